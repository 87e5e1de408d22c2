"""Sets of labels: planted sets are found, empty ones too, and a tie is no set."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.quality.aggregation import Aggregation
from evenhand.quality.choice.label_sets import METHODS, aggregate_choices
from evenhand.quality.frame import BadTable, read
from evenhand.quality.request import Limits, Request, UnknownMethod

Row = tuple[int, int, list[str]]

sets = st.lists(st.sampled_from("abcd"), max_size=4)
votes = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3), sets), min_size=1, max_size=25)


def found(rows: list[Row], method: str = "auto", **more: object) -> Aggregation:
    import pyarrow as pa

    task, annotator, label = zip(*rows, strict=True)
    table = {
        "task": list(task),
        "annotator": list(annotator),
        "label": pa.array([list(one) for one in label], pa.list_(pa.string())),
    }
    return aggregate_choices(read(table), Request(method=method, **more))


def labels(aggregation: Aggregation) -> dict[int, list[str] | None]:
    table = aggregation.table.to_pydict()
    return dict(zip(table["task"], table["label"], strict=True))


def planted(
    seed: int, skills: list[tuple[float, float]], *, tasks: int = 400
) -> tuple[list[Row], list[set[str]]]:
    """Every annotator has a sensitivity and a specificity; sets hold about two of six labels."""
    chance = np.random.default_rng(seed)
    truth = chance.random((tasks, 6)) < [0.6, 0.5, 0.4, 0.3, 0.15, 0.1]
    rows: list[Row] = []
    for task in range(tasks):
        for who in chance.permutation(len(skills))[:4]:
            sensitivity, specificity = skills[who]
            draw = chance.random(6)
            said = np.where(truth[task], draw < sensitivity, draw > specificity)
            rows.append((task, int(who), ["abcdef"[place] for place in np.flatnonzero(said)]))
    return rows, [{"abcdef"[place] for place in np.flatnonzero(row)} for row in truth]


def right(aggregation: Aggregation, truth: list[set[str]]) -> float:
    """Return the share of decisions on a label that are right; of a tied set, none is."""
    wrong = sum(
        6 if label is None else len(set(label) ^ truth[task])
        for task, label in labels(aggregation).items()
    )
    return 1 - wrong / (6 * len(truth))


def test_skill_is_learnt_and_helps():
    rows, truth = planted(1, [(0.95, 0.98)] * 3 + [(0.6, 0.7)] * 5 + [(0.4, 0.6)] * 2)
    chosen = found(rows)
    assert chosen.method.name == "dawid-skene"
    assert chosen.converged
    assert right(chosen, truth) > right(found(rows, "majority"), truth) + 0.1
    skill = chosen.annotators.column("skill").to_numpy()
    assert skill[:3].min() > skill[3:].max() + 0.2
    sensitivity = chosen.annotators.column("sensitivity").to_numpy()
    assert np.abs(sensitivity[:3] - 0.95).max() < 0.05


def test_few_votes_each_do_no_harm():
    rows, truth = planted(2, [(0.8, 0.9)] * 300)
    assert right(found(rows), truth) > right(found(rows, "majority"), truth) - 0.005


def test_the_empty_set_is_an_answer():
    rows: list[Row] = [(0, 0, []), (0, 1, []), (0, 2, ["a"]), (1, 0, ["a"]), (1, 1, ["a"])]
    assert labels(found(rows, "majority")) == {0: [], 1: ["a"]}
    assert labels(found([(0, 0, []), (0, 1, [])])) == {0: []}


def test_a_label_that_half_gave_leaves_the_set_open():
    result = found([(0, 0, ["a", "b"]), (0, 1, ["b"]), (1, 0, ["b"])], "majority")
    assert labels(result) == {0: None, 1: ["b"]}
    assert result.table.column("confidence").to_pylist() == [0.5, 1.0]


def test_the_confidence_is_that_of_the_least_sure_label():
    rows: list[Row] = [(0, who, ["a", "b"] if who < 3 else ["a"]) for who in range(4)]
    assert found(rows, "majority").table.column("confidence").to_pylist() == [0.75]


def test_several_sets_of_one_annotator_are_one_vote():
    rows: list[Row] = [(0, 0, ["a"]), (0, 0, ["a"]), (0, 0, ["a"]), (0, 1, []), (0, 2, [])]
    assert labels(found(rows, "majority")) == {0: []}


def test_a_known_set_stands():
    rows: list[Row] = [(0, 0, ["a"]), (0, 1, ["a"]), (1, 0, ["b"]), (1, 1, ["a"])]
    result = found(rows, gold={0: ["b"]})
    assert labels(result)[0] == ["b"]


@given(rows=votes, seed=st.integers(0, 99))
@settings(max_examples=25, deadline=None)
def test_the_order_of_rows_and_of_labels_changes_nothing_at_all(rows: list[Row], seed: int):
    chance = np.random.default_rng(seed)
    shuffled = [(task, who, list(chance.permutation(label))) for task, who, label in rows]
    chance.shuffle(shuffled)
    for method in METHODS:
        assert found(rows, method).table == found(shuffled, method).table


@given(rows=votes)
@settings(max_examples=25, deadline=None)
def test_labels_may_have_any_name(rows: list[Row]):
    name = dict(zip("abcd", "zxyw", strict=True))
    renamed = [(task, who, [name[one] for one in label]) for task, who, label in rows]
    one, other = labels(found(rows, "majority")), labels(found(renamed, "majority"))
    for task, label in one.items():
        assert (label is None) == (other[task] is None)
        assert {name[part] for part in label or []} == set(other[task] or [])


@given(rows=votes)
@settings(max_examples=25, deadline=None)
def test_the_likelihood_rises_and_confidence_is_a_share(rows: list[Row]):
    reached = [
        found(rows, "dawid-skene", limits=Limits(max_iterations=turns, tolerance=0.0))
        for turns in (2, 6)
    ]
    if reached[0].log_likelihood is not None:
        # The pooling is a prior, so the likelihood alone may give a little of its gain back.
        assert reached[1].log_likelihood > reached[0].log_likelihood - 0.5
    share = reached[1].table.column("confidence").to_numpy()
    assert ((share >= 0.5 - 1e-9) & (share <= 1)).all()


def test_what_is_no_set_is_refused_with_the_remedy():
    with pytest.raises(BadTable, match="give each row a list"):
        aggregate_choices(read({"task": [1], "annotator": [1], "label": ["a"]}), Request())
    with pytest.raises(UnknownMethod, match="majority"):
        found([(0, 0, ["a"])], "mean")
    with pytest.raises(BadTable, match="no list of labels"):
        found([(0, 0, ["a"])], gold={0: "a"})
