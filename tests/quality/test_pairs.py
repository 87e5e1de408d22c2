"""Comparisons in pairs: the peers' answers, planted strengths, and what cannot be compared."""

import re

import choix
import evalica
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.quality.aggregation import Aggregation
from evenhand.quality.frame import BadTable
from evenhand.quality.pair import bradley_terry as module
from evenhand.quality.pair import pairs
from evenhand.quality.pair.bradley_terry import bradley_terry
from evenhand.quality.pair.comparisons import PairCounts, tallied
from evenhand.quality.pair.pairs import METHODS, aggregate_pairs
from evenhand.quality.request import Request, UnknownMethod

Row = tuple[int, int, str]
Table = dict[str, list[object]]

OUTCOMES = np.array(["left", "right", "tie"])


@st.composite
def tournaments(draw: st.DrawFn, *, outcomes: tuple[str, ...] = ("left", "right")) -> list[Row]:
    """Comparisons in which everyone beat everyone else, if only through others."""
    count = draw(st.integers(2, 7))
    ring = [(item, (item + 1) % count, "left") for item in range(count)]
    item = st.integers(0, count - 1)
    row = st.tuples(item, item, st.sampled_from(outcomes)).filter(lambda row: row[0] != row[1])
    return [*ring, *draw(st.lists(row, max_size=40))]


def table(rows: list[Row]) -> Table:
    left, right, label = zip(*rows, strict=True)
    return {"left": list(left), "right": list(right), "label": list(label)}


def found(rows: Table, method: str = "auto") -> Aggregation:
    return aggregate_pairs(rows, Request(method=method))


def scores(aggregation: Aggregation) -> np.ndarray:
    return aggregation.table.column("score").to_numpy()


def planted(
    seed: int,
    *,
    votes: int = 6000,
    position: float = 0.0,
    tie: float = 0.0,
    skills: tuple[float, ...] = (1.0,),
) -> tuple[Table, np.ndarray]:
    """Draw comparisons of twelve items from the models themselves."""
    chance = np.random.default_rng(seed)
    strength = np.sort(chance.normal(0, 1, 12))
    left = chance.integers(0, 12, votes)
    right = (left + chance.integers(1, 12, votes)) % 12
    d = strength[left] - strength[right] + position
    part = np.stack([np.exp(d / 2), np.exp(-d / 2), np.full(votes, tie)])
    edges = np.cumsum(part / part.sum(axis=0), axis=0)
    outcome = (chance.random(votes) > edges).sum(axis=0)
    who = chance.integers(0, len(skills), votes)
    wrong = (chance.random(votes) > np.array(skills)[who]) & (outcome < 2)
    outcome = np.where(wrong, 1 - outcome, outcome)
    rows: Table = {
        "left": left.tolist(),
        "right": right.tolist(),
        "label": OUTCOMES[outcome].tolist(),
        "annotator": who.tolist(),
    }
    return rows, strength - strength.mean()


@given(rows=tournaments())
@settings(max_examples=50, deadline=None)
def test_scores_are_those_of_choix(rows: list[Row]):
    count = 1 + max(max(left, right) for left, right, _ in rows)
    won = [(a, b) if label == "left" else (b, a) for a, b, label in rows]
    peer = choix.ilsr_pairwise(count, won, max_iter=10_000, tol=1e-12)
    mine = scores(found(table(rows), "bradley-terry"))
    assert np.abs(mine - (peer - peer.mean())).max() < 1e-6


@given(rows=tournaments(outcomes=("left", "right", "tie")))
@settings(max_examples=60, deadline=None)
def test_scores_with_ties_as_half_wins_are_those_of_evalica(rows: list[Row]):
    winner = {
        "left": evalica.Winner.X, "right": evalica.Winner.Y, "tie": evalica.Winner.Draw,
    }  # fmt: skip
    left, right, label = zip(*rows, strict=True)
    result = evalica.bradley_terry(
        left, right, [winner[name] for name in label], tolerance=1e-13, limit=100_000
    )
    peer = np.log(result.scores.sort_index().to_numpy())
    mine = scores(found(table(rows), "bradley-terry"))
    assert np.abs(mine - (peer - peer.mean())).max() < 1e-6


@given(rows=tournaments(outcomes=("left", "right", "tie")), seed=st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_the_order_of_rows_changes_nothing_at_all(rows: list[Row], seed: int):
    shuffled = list(rows)
    np.random.default_rng(seed).shuffle(shuffled)
    for method in ("auto", "bradley-terry", "davidson", "position"):
        assert found(table(rows), method).table == found(table(shuffled), method).table


@given(rows=tournaments(outcomes=("left", "right", "tie")))
@settings(max_examples=40, deadline=None)
def test_sides_matter_only_where_the_left_may_have_an_advantage(rows: list[Row]):
    other = {"left": "right", "right": "left", "tie": "tie"}
    turned = [(right, left, other[label]) for left, right, label in rows]
    for method in ("bradley-terry", "davidson", "position"):
        one, two = found(table(rows), method), found(table(turned), method)
        assert np.allclose(scores(one), scores(two), atol=1e-7)


@given(rows=tournaments(outcomes=("left", "right", "tie")))
@settings(max_examples=40, deadline=None)
def test_the_fit_is_where_the_likelihood_has_its_maximum(rows: list[Row]):
    left, right, label = zip(*rows, strict=True)
    codes = [np.array(column, dtype=np.int32) for column in (left, right)]
    outcome = np.array([list(OUTCOMES).index(name) for name in label], dtype=np.int32)
    tally = tallied(*codes, outcome, 1 + max(*left, *right))
    fit = bradley_terry(tally, ties=True)
    assert fit.converged
    if fit.tie is None or not tally.ties.any():
        return
    point = np.concatenate((fit.scores, [fit.tie]))
    best = davidson_likelihood(point, rows)
    assert best == pytest.approx(fit.log_likelihood, abs=1e-8)
    for place in range(point.size):
        for step in (-1e-3, 1e-3):
            moved = point.copy()
            moved[place] += step
            assert davidson_likelihood(moved, rows) <= best + 1e-9


def davidson_likelihood(point: np.ndarray, rows: list[Row]) -> float:
    """Davidson's model written out vote by vote."""
    total = 0.0
    for left, right, label in rows:
        one, two = np.exp(point[left]), np.exp(point[right])
        tie = np.exp(point[-1]) * np.sqrt(one * two)
        part = {"left": one, "right": two, "tie": tie}[label]
        total += float(np.log(part / (one + two + tie)))
    return total


def many(votes: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Draw comparisons of 200 items; returns strengths, and who was left, right and preferred."""
    chance = np.random.default_rng(0)
    strength = chance.normal(0, 1, 200)
    left = chance.integers(0, 200, votes).astype(np.int32)
    right = ((left + chance.integers(1, 200, left.size)) % 200).astype(np.int32)
    won = chance.random(left.size) < 1 / (1 + np.exp(strength[right] - strength[left]))
    return strength, left, right, np.where(won, 0, 1).astype(np.int32)


def test_a_fit_of_a_million_comparisons_goes_through_pairs_of_items_a_few_times(
    monkeypatch: pytest.MonkeyPatch,
):
    # It is fast because no step sees a comparison: at most 19,900 pairs, less than ten times.
    seen: list[int] = []
    at = module._Problem.at

    def watched(problem: module._Problem, point: np.ndarray):
        seen.append(problem.tally.left.size)
        return at(problem, point)

    monkeypatch.setattr(module._Problem, "at", watched)
    strength, left, right, outcome = many(1_000_000)
    fit = bradley_terry(tallied(left, right, outcome, 200))
    assert fit.converged
    assert np.abs(fit.scores - (strength - strength.mean())).max() < 0.1
    assert max(seen) <= 200 * 199 / 2
    assert len(seen) < 10


def test_comparisons_are_counted_once_for_all_models(monkeypatch: pytest.MonkeyPatch):
    counted: list[int] = []

    def watched(left: np.ndarray, *rest: object) -> PairCounts:
        counted.append(left.size)
        return tallied(left, *rest)

    monkeypatch.setattr(pairs, "tallied", watched)
    _, left, right, outcome = many(5_000)
    result = found({"left": left, "right": right, "label": OUTCOMES[outcome]})
    assert set(result.method.evidence) == {"bradley-terry", "position"}
    assert counted == [5_000]


def test_many_items_are_fitted_as_few_are(monkeypatch: pytest.MonkeyPatch):
    rows, _ = planted(1, votes=800, tie=0.4, position=0.3)
    for method in ("bradley-terry", "davidson", "position"):
        dense = found(rows, method)
        with monkeypatch.context() as patch:
            patch.setattr(module, "DENSE_MAX", 1)
            sparse = found(rows, method)
        assert np.allclose(scores(dense), scores(sparse), atol=1e-7)


@pytest.mark.parametrize("seed", range(3))
def test_intervals_hold_the_strength_as_often_as_they_say(seed: int):
    inside = []
    for turn in range(12):
        rows, strength = planted(100 * seed + turn, votes=900, tie=0.5)
        result = found(rows, "davidson").table
        low, high = (result.column(name).to_numpy() for name in ("lower", "upper"))
        inside.append(((low <= strength) & (strength <= high)).mean())
    assert 0.88 <= np.mean(inside) <= 1.0


def test_the_advantage_of_the_left_is_found_and_told():
    rows, strength = planted(5, position=0.5)
    result = found(rows)
    assert result.method.name == "position"
    assert any(
        "left is worth +0.5" in note or "left is worth +0.4" in note for note in result.notes
    )
    assert np.abs(scores(result) - strength).max() < 0.3


def test_nothing_is_found_where_there_is_nothing():
    rows, strength = planted(6, skills=(1.0,) * 8)
    result = found(rows)
    assert result.method.name == "bradley-terry"
    assert result.notes == ()
    assert np.abs(scores(result) - strength).max() < 0.3


def test_annotators_who_guess_count_less():
    rows, strength = planted(7, skills=(0.95, 0.95, 0.5, 0.5, 0.5, 0.2))
    result = found(rows)
    assert result.method.name == "crowd"
    assert result.converged
    skill = result.annotators.column("skill").to_numpy()
    assert np.abs(skill - np.array([0.95, 0.95, 0.5, 0.5, 0.5, 0.2])).max() < 0.08
    plain = scores(found(rows, "bradley-terry"))
    assert np.abs(scores(result) - strength).mean() < 0.5 * np.abs(plain - strength).mean()


def test_ties_are_modelled_where_there_are_any():
    rows, _ = planted(8, tie=0.8)
    result = found(rows)
    assert result.method.name == "davidson"
    assert any(re.search(r"tie with a probability of 0\.(2|3)", note) for note in result.notes)


def test_who_was_never_beaten_has_a_finite_score_and_it_is_said():
    result = found(table([(0, 1, "left"), (0, 1, "left"), (1, 2, "left")]))
    assert np.isfinite(scores(result)).all()
    assert result.table.column("rank").to_pylist() == [1, 2, 3]
    assert any("no finite estimate" in note for note in result.notes)


def test_groups_that_never_met_are_not_compared():
    rows = [(0, 1, "left"), (1, 0, "left"), (2, 3, "tie"), (4, 2, "left"), (3, 4, "left")]
    result = found(table(rows), "bradley-terry")
    assert result.table.column("group").to_pylist() == [0, 0, 1, 1, 1]
    assert any("2 groups" in note for note in result.notes)
    assert scores(result)[:2] == pytest.approx([0, 0])
    assert scores(result)[2:].sum() == pytest.approx(0)


def test_equal_items_share_a_rank():
    rows = [(0, 1, "tie"), (0, 2, "left"), (1, 2, "left"), (2, 0, "left"), (2, 1, "left")]
    assert found(table([*rows, *rows[1:3]]), "bradley-terry").table.column("rank").to_pylist() == [
        1,
        1,
        3,
    ]


@given(rows=tournaments(outcomes=("left", "right", "tie")))
@settings(max_examples=30, deadline=None)
def test_items_may_have_any_name(rows: list[Row]):
    name = dict(zip(range(7), "dgaebfc", strict=True))
    renamed = [(name[left], name[right], label) for left, right, label in rows]
    one = found(table(rows), "davidson").table.to_pydict()
    other = found(table(renamed), "davidson").table.to_pydict()
    by_name = dict(zip(other["item"], other["score"], strict=True))
    for item, score in zip(one["item"], one["score"], strict=True):
        assert by_name[name[item]] == pytest.approx(score, abs=1e-7)


def test_what_is_no_comparison_is_refused_with_the_remedy():
    with pytest.raises(BadTable, match="compared with itself"):
        found(table([(0, 1, "left"), (1, 1, "tie")]))
    with pytest.raises(BadTable, match="left, right or tie"):
        found(table([(0, 1, "both")]))
    with pytest.raises(BadTable, match="no column right"):
        found({"left": [1], "label": ["left"]})
    with pytest.raises(UnknownMethod, match="annotator"):
        found(table([(0, 1, "left")]), "crowd")
    with pytest.raises(UnknownMethod, match="davidson"):
        found(table([(0, 1, "left")]), "elo")


@pytest.mark.parametrize("method", METHODS[:-1])
def test_no_comparisons_are_no_items(method: str):
    assert found({"left": [], "right": [], "label": []}, method).table.num_rows == 0
