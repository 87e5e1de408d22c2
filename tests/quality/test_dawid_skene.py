"""Dawid-Skene and its kin: laws, planted truth, the paper, and the peer's same methods."""

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.quality.choice.dawid_skene import dawid_skene
from evenhand.quality.choice.em import TooManyRates
from evenhand.quality.choice.fit import Fit, Known, Limits
from evenhand.quality.choice.kernels import FACTORS_MAX
from evenhand.quality.choice.majority import majority_vote
from evenhand.quality.choice.map import map_dawid_skene
from evenhand.quality.choice.one_coin import one_coin
from evenhand.quality.codes import leaders
from evenhand.quality.votes import Votes, grouped

EM = [dawid_skene, one_coin, map_dawid_skene]

rows = st.lists(
    st.tuples(st.integers(0, 7), st.integers(0, 4), st.integers(0, 2)), min_size=1, max_size=60
)


def votes_of(rows: list[tuple[int, int, int]], labels: int = 3) -> Votes:
    """Group rows of task, annotator and label."""
    columns = np.array(rows, dtype=np.int32).reshape(-1, 3).T
    tasks, annotators = (int(column.max(initial=-1)) + 1 for column in columns[:2])
    return grouped(*columns, task_count=tasks, annotator_count=annotators, label_count=labels)


def planted(
    skills: list[float], tasks: int, classes: int, seed: int, per_task: int | None = None
) -> tuple[Votes, np.ndarray]:
    """Let annotators label tasks, right as often as their skill says."""
    chance = np.random.default_rng(seed)
    truth = chance.integers(0, classes, tasks)
    who = np.argsort(chance.random((tasks, len(skills))), axis=1)[:, :per_task]
    task = np.repeat(np.arange(tasks), who.shape[1])
    annotator = who.ravel()
    right = chance.random(task.size) < np.array(skills)[annotator]
    wrong = (truth[task] + chance.integers(1, classes, task.size)) % classes
    label = np.where(right, truth[task], wrong)
    return votes_of(list(zip(task, annotator, label, strict=True)), classes), truth


def once(rows: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Keep each annotator's first label on a task, and tasks and all else without gaps."""
    first: dict[tuple[int, int], int] = {}
    for task, annotator, label in rows:
        first.setdefault((task, annotator), label)
    kept = [(task, annotator, label) for (task, annotator), label in first.items()]
    columns = [np.unique(column, return_inverse=True)[1] for column in zip(*kept, strict=True)]
    return [tuple(int(code) for code in row) for row in zip(*columns, strict=True)]  # pyright: ignore[reportReturnType]


def by_crowdkit(name: str, rows: list[tuple[int, int, int]], **options: Any) -> Any:
    """Fit the same rows with the peer."""
    classification = pytest.importorskip("crowdkit.aggregation.classification")
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(rows, columns=["task", "worker", "label"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it uses what newer pandas wants to drop
        return getattr(classification, name)(**options).fit(frame)


@pytest.mark.parametrize("method", EM)
@given(rows=rows, seed=st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_the_order_of_rows_changes_nothing_at_all(method, rows, seed: int):
    shuffled = list(rows)
    np.random.default_rng(seed).shuffle(shuffled)
    one, other = method(votes_of(rows)), method(votes_of(shuffled))
    assert (one.posterior == other.posterior).all()
    assert (one.confusion == other.confusion).all()
    assert one.log_likelihood == other.log_likelihood


@pytest.mark.parametrize("method", EM)
@given(rows=rows, names=st.permutations([0, 1, 2]))
@settings(max_examples=60, deadline=None)
def test_labels_may_have_any_name(method, rows, names: list[int]):
    renamed = [(task, who, names[label]) for task, who, label in rows]
    limits = Limits(max_iterations=20)
    one = method(votes_of(rows), limits=limits)
    other = method(votes_of(renamed), limits=limits)
    # EM amplifies the last digit near ties, hence few iterations and a loose comparison.
    assert np.allclose(one.posterior, other.posterior[:, names], atol=1e-4)


@pytest.mark.parametrize("method", [dawid_skene, one_coin])
@given(rows=rows)
@settings(max_examples=60, deadline=None)
def test_probabilities_are_probabilities_and_the_likelihood_never_falls(method, rows):
    votes = votes_of(rows)
    likelihoods = []
    for iterations in range(1, 8):
        fit = method(votes, limits=Limits(max_iterations=iterations, tolerance=-1))
        voted = np.diff(votes.starts) > 0
        assert np.allclose(fit.posterior[voted].sum(axis=1), 1)
        assert not fit.posterior[~voted].any()
        assert np.allclose(fit.confusion.sum(axis=2), 1)
        assert fit.iterations == iterations
        likelihoods.append(fit.log_likelihood)
    assert (np.diff(likelihoods) > -1e-6).all()


@given(rows=rows.map(once), iterations=st.integers(1, 12))
@settings(max_examples=20, deadline=None)
def test_dawid_skene_is_the_peers(rows, iterations: int):
    fit = dawid_skene(votes_of(rows, 3), limits=Limits(max_iterations=iterations, tolerance=-1))
    peer = by_crowdkit("DawidSkene", rows, n_iter=iterations, tol=-1)
    _same(fit, peer, rows)
    for (who, said), rates in peer.errors_.iterrows():
        for truth in rates.index:
            assert fit.confusion[who, truth, said] == pytest.approx(rates[truth], abs=1e-6)


@given(rows=rows.map(once), iterations=st.integers(1, 12))
@settings(max_examples=20, deadline=None)
def test_one_coin_is_the_peers(rows, iterations: int):
    labels = len({label for _, _, label in rows})
    if labels < 2:
        return  # the peer divides by the number of wrong labels
    limits = Limits(max_iterations=iterations, tolerance=-1)
    fit = one_coin(votes_of(rows, labels), limits=limits)
    peer = by_crowdkit("OneCoinDawidSkene", rows, n_iter=iterations, tol=-1)
    _same(fit, peer, rows)
    for who, skill in peer.skills_.items():
        assert fit.skill[who] == pytest.approx(skill, abs=1e-6)


@given(rows=rows.map(once))
@settings(max_examples=40, deadline=None)
def test_majority_vote_is_the_peers(rows):
    _same(majority_vote(votes_of(rows)), by_crowdkit("MajorityVote", rows), rows)


def _same(fit: Fit, peer: Any, rows: list[tuple[int, int, int]]) -> None:
    expected = peer.probas_.reindex(sorted({task for task, _, _ in rows}))
    found = fit.posterior[:, list(expected.columns)]
    assert np.allclose(found, expected.to_numpy(), atol=1e-6)


def test_the_fit_is_the_one_of_the_paper():
    # Written out label by label, as equations 2.3 to 2.5 of Dawid and Skene have it.
    votes, _ = planted([0.8, 0.7, 0.6, 0.9], tasks=40, classes=3, seed=6)
    rows = list(zip(votes.tasks(), votes.annotators, votes.labels, strict=True))
    truth = np.zeros((40, 3))
    for one, _, said in rows:
        truth[one, said] += 1 / 4
    for _ in range(4):
        prior = truth.mean(axis=0)
        rates = np.zeros((4, 3, 3))
        for one, who, said in rows:
            rates[who, :, said] += truth[one]
        rates /= rates.sum(axis=2, keepdims=True)
        truth = np.tile(prior, (40, 1))
        for one, who, said in rows:
            truth[one] *= rates[who, :, said]
        truth /= truth.sum(axis=1, keepdims=True)
    fit = dawid_skene(votes, limits=Limits(max_iterations=4, tolerance=-1))
    assert np.allclose(fit.posterior, truth, atol=1e-6)


@pytest.mark.parametrize("method", EM)
def test_many_votes_on_a_task_neither_overflow_nor_underflow(method):
    # 4,000 annotators, each wrong now and then: the product of so many rates is no number.
    chance = np.random.default_rng(3)
    said = (chance.random((20, 4_000)) < 0.6).astype(np.int64)
    rows = [(task, who, said[task, who]) for task in range(20) for who in range(4_000)]
    fit = method(votes_of(rows, 2))
    assert np.isfinite(fit.posterior).all()
    assert np.isfinite(fit.log_likelihood)
    assert np.allclose(fit.posterior.sum(axis=1), 1)


@pytest.mark.parametrize("classes", range(2, 11))
@pytest.mark.parametrize("method", EM)
def test_products_and_logarithms_agree(method, classes: int):
    # Beyond so many votes a task is worked out in logarithms; both ways meet at the border. How
    # many labels there are decides how the products go through them.
    skills = [0.9, 0.8, 0.7, 0.6] * 3
    votes, _ = planted(skills, 300, classes, seed=4, per_task=FACTORS_MAX)
    halves = np.full(votes.size, 1.0)
    weighted = Votes(
        starts=votes.starts,
        annotators=votes.annotators,
        labels=votes.labels,
        # A weight that is not quite one sends every task to the logarithms.
        weights=halves - 1e-12,
        annotator_count=votes.annotator_count,
        label_count=votes.label_count,
    )
    limits = Limits(max_iterations=10, tolerance=-1)
    one, other = method(votes, limits=limits), method(weighted, limits=limits)
    assert np.allclose(one.posterior, other.posterior, atol=1e-8)
    assert one.log_likelihood == pytest.approx(other.log_likelihood, rel=1e-8)


def test_a_vote_shared_between_labels_counts_half_for_each():
    rows = [(0, 0, 0), (0, 0, 1), (0, 1, 0), (1, 0, 1), (1, 1, 1), (2, 0, 0), (2, 1, 0)]
    votes = votes_of(rows, 2)
    assert votes.weights is not None
    fit = dawid_skene(votes, limits=Limits(max_iterations=1, tolerance=-1))
    # By hand: shares are 3/4, 1/4 on task 0; certain on 1 and 2.
    said = np.array([[0.5 * 0.75 + 1, 0.5 * 0.25], [0.5 * 0.75, 0.5 * 0.25 + 1]])
    rate = said / said.sum(axis=0)
    other = np.array([[1.75, 0.25], [0.0, 1.0]])
    rate_other = np.maximum(other, 1e-10) / np.maximum(other, 1e-10).sum(axis=0)
    prior = np.array([1.75, 1.25]) / 3
    likelihood = prior * np.sqrt(rate[0] * rate[1]) * rate_other[0]
    assert np.allclose(fit.posterior[0], likelihood / likelihood.sum(), atol=1e-9)


def test_gold_is_certain_and_teaches_whom_to_trust():
    # The crowd is wrong together; ten known tasks show who is right.
    skills = [0.9, 0.9, 0.2, 0.2, 0.2]
    votes, truth = planted(skills, 2_000, 2, seed=5)
    gold = np.full(2_000, -1, dtype=np.int32)
    gold[:100] = truth[:100]
    blind = leaders(dawid_skene(votes).posterior)
    taught = dawid_skene(votes, Known(gold=gold))
    assert (taught.posterior[np.arange(100), truth[:100]] == 1).all()
    assert (blind == truth).mean() < 0.5
    assert (leaders(taught.posterior) == truth).mean() > 0.9


def test_an_earlier_record_counts_as_votes_do():
    skills = [0.9, 0.9, 0.2, 0.2, 0.2]
    votes, truth = planted(skills, 500, 2, seed=6)
    counts = np.array([[[skill, 1 - skill], [1 - skill, skill]] for skill in skills]) * 2_000
    told = dawid_skene(votes, Known(counts=counts))
    assert (leaders(told.posterior) == truth).mean() > 0.9
    assert np.allclose(told.skill, skills, atol=0.05)


@pytest.mark.parametrize("method", EM)
def test_a_fit_that_may_not_go_on_says_that_it_has_not_converged(method):
    votes, _ = planted([0.6] * 6, tasks=200, classes=3, seed=1)
    assert not method(votes, limits=Limits(max_iterations=2)).converged
    assert method(votes, limits=Limits(max_iterations=2_000)).converged


def test_dawid_skene_finds_the_truth_that_the_majority_misses():
    # Five who guess outvote two who know; the fit learns whom to believe.
    skills = [0.95, 0.95, 0.4, 0.4, 0.4, 0.4, 0.4]
    votes, truth = planted(skills, tasks=2_000, classes=3, seed=2)
    majority = (leaders(majority_vote(votes).posterior) == truth).mean()
    fitted = (leaders(dawid_skene(votes).posterior) == truth).mean()
    assert fitted > majority + 0.05
    assert fitted > 0.95


def test_planted_confusions_are_found():
    votes, _ = planted([0.9, 0.8, 0.7, 0.6, 0.9], 4_000, classes=3, seed=3)
    fit = dawid_skene(votes)
    found = fit.confusion[:, range(3), range(3)]
    assert np.abs(found - np.array([[0.9], [0.8], [0.7], [0.6], [0.9]])).max() < 0.05
    assert np.abs(fit.skill - np.array([0.9, 0.8, 0.7, 0.6, 0.9])).max() < 0.03


def test_an_annotator_with_few_votes_stays_near_what_is_usual_under_priors():
    votes, _ = planted([0.8] * 6, 300, 3, seed=7, per_task=3)
    rows = list(zip(votes.tasks(), votes.annotators, votes.labels, strict=True))
    with_newcomer = votes_of([*rows, (0, 6, (rows[0][2] + 1) % 3)])
    plain, cautious = dawid_skene(with_newcomer), map_dawid_skene(with_newcomer)
    said = rows[0][2]
    assert plain.confusion[6].max() > 0.99
    assert cautious.confusion[6, said, said] > 0.4


def test_error_rates_beyond_memory_are_refused():
    with pytest.raises(TooManyRates, match="at most"):
        dawid_skene(votes_of([(0, 0, 0)], 10_000))


@pytest.mark.parametrize("method", [*EM, majority_vote])
def test_no_votes_are_no_error(method):
    assert method(votes_of([], 0)).posterior.shape == (0, 0)
    assert method(votes_of([], 3)).converged


@given(rows=rows)
@settings(max_examples=60, deadline=None)
def test_no_soundness_is_asked_of_too_little(rows):
    # It answers for any votes, and one label is nobody's to swallow.
    fit = dawid_skene(votes_of([(task, who, 0) for task, who, _ in rows], 1))
    assert fit.degenerate is None
