"""The one call: frames in, labels out, whatever the ids are and in whatever order rows come."""

from typing import Any

import numpy as np
import pandas
import polars
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from quality.crowd_sets import public_set

from evenhand.quality import (
    Aggregation,
    BadTable,
    UnknownKind,
    UnknownMethod,
    UnusedHistory,
    aggregate,
)
from evenhand.quality.choice.methods import METHODS
from evenhand.quality.codes import leaders
from evenhand.quality.compiled import compiled

OURS = ["majority", "dawid-skene", "one-coin", "map"]

rows = st.lists(
    st.tuples(st.integers(0, 7), st.integers(0, 4), st.integers(0, 2)), min_size=1, max_size=60
)


def table_of(rows: list[tuple[Any, Any, Any]]) -> pa.Table:
    """Make a table of rows of task, annotator and label."""
    return pa.table(dict(zip(("task", "annotator", "label"), zip(*rows, strict=True), strict=True)))


def labels_of(found: Aggregation) -> dict[Any, Any]:
    """Return the labels by task."""
    columns = found.table.to_pydict()
    return dict(zip(columns["task"], columns["label"], strict=True))


THREE = table_of(
    [("b", 2, "dog"), ("a", 1, "cat"), ("a", 2, "cat"), ("b", 1, "dog"), ("a", 3, "dog")]
)


@pytest.mark.parametrize("method", OURS)
def test_labels_come_out_in_the_order_of_tasks(method: str):
    found = aggregate(THREE, method=method)
    assert found.table.column_names == ["task", "label", "confidence"]
    assert labels_of(found) == {"a": "cat", "b": "dog"}
    assert found.table["task"].to_pylist() == ["a", "b"]
    assert found.annotators["annotator"].to_pylist() == [1, 2, 3]
    assert found.annotators["votes"].to_pylist() == [2, 2, 1]
    assert found.classes.to_pylist() == ["cat", "dog"]
    assert found.method.name == method
    for lower, skill, upper in zip(
        *(found.annotators[name].to_pylist() for name in ("lower", "skill", "upper")), strict=True
    ):
        assert 0 <= lower <= skill <= upper <= 1


def test_any_frame_will_do():
    columns = THREE.to_pydict()
    expected = aggregate(THREE, method="dawid-skene").table.to_pydict()
    categories = pandas.DataFrame(columns).astype({"task": "category", "label": "category"})
    for frame in (columns, pandas.DataFrame(columns), polars.DataFrame(columns), categories):
        assert aggregate(frame, method="dawid-skene").table.to_pydict() == expected


@pytest.mark.parametrize("method", OURS)
@given(rows=rows, seed=st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_the_order_of_rows_changes_nothing_at_all(method: str, rows, seed: int):
    shuffled = list(rows)
    np.random.default_rng(seed).shuffle(shuffled)
    one, other = (aggregate(table_of(each), method=method) for each in (rows, shuffled))
    assert one.table.equals(other.table)
    assert one.annotators.equals(other.annotators)
    assert one.log_likelihood == other.log_likelihood


@given(rows=rows)
@settings(max_examples=40, deadline=None)
def test_ids_may_be_of_any_type(rows):
    # Texts, and numbers too far apart to count off, name the same things as small numbers.
    far = [(10**12 * task, -(10**15) * who, label) for task, who, label in rows]
    text = [(f"task {task}", f"{who}", f"label {label}") for task, who, label in rows]
    plain = aggregate(table_of(rows), method="dawid-skene", max_iterations=5)
    for table in (table_of(far), table_of(text)):
        other = aggregate(table, method="dawid-skene", max_iterations=5)
        assert np.allclose(other.table["confidence"], plain.table["confidence"], atol=1e-6)
    assert labels_of(aggregate(table_of(text), method="majority")) == {
        f"task {task}": None if label is None else f"label {label}"
        for task, label in labels_of(aggregate(table_of(rows), method="majority")).items()
    }


def test_a_tie_is_called_a_tie():
    tied = table_of([("t", "ann", "cat"), ("t", "ben", "dog")])
    for method in OURS:
        found = aggregate(tied, method=method)
        assert labels_of(found) == {"t": None}
        assert found.table["confidence"].to_pylist() == [pytest.approx(0.5)]


def test_whoever_says_the_same_twice_has_one_vote_and_whoever_says_both_has_half_each():
    again = table_of([("t", "ann", "cat"), ("t", "ann", "cat"), ("t", "ben", "dog")])
    assert labels_of(aggregate(again, method="majority")) == {"t": None}
    both = table_of([("t", "ann", "cat"), ("t", "ann", "dog"), ("t", "ben", "dog")])
    found = aggregate(both, method="majority")
    assert labels_of(found) == {"t": "dog"}
    assert found.table["confidence"].to_pylist() == [0.75]
    assert found.annotators["votes"].to_pylist() == [1, 1]


@pytest.mark.parametrize("method", OURS)
def test_no_rows_are_no_error(method: str):
    nothing = pa.table({name: pa.array([], pa.string()) for name in ("task", "annotator", "label")})
    found = aggregate(nothing, method=method)
    assert found.table.num_rows == 0
    assert found.annotators.num_rows == 0


def crowd_that_errs_together() -> tuple[pa.Table, dict[int, int]]:
    """Two who know and three who are mostly wrong, on 600 tasks, and the truth."""
    chance = np.random.default_rng(8)
    truth = chance.integers(0, 2, 600)
    skills = np.array([0.9, 0.9, 0.2, 0.2, 0.2])
    right = chance.random((600, 5)) < skills
    said = np.where(right, truth[:, None], 1 - truth[:, None])
    table = pa.table(
        {
            "task": np.repeat(np.arange(600), 5),
            "annotator": np.tile(np.arange(5), 600),
            "label": said.ravel(),
        }
    )
    return table, dict(enumerate(truth.tolist()))


def share_right(found: Aggregation, truth: dict[int, int]) -> float:
    """Return how many labels are right."""
    return float(np.mean([truth[task] == label for task, label in labels_of(found).items()]))


@pytest.mark.parametrize("as_table", [True, False])
def test_gold_tasks_teach_whom_to_trust(as_table: bool):
    table, truth = crowd_that_errs_together()
    gold: Any = {task: truth[task] for task in range(30)}
    # Gold of tasks that nobody met does no harm.
    gold[9_999] = 1
    if as_table:
        gold = pa.table({"task": list(gold), "label": list(gold.values())})
    assert share_right(aggregate(table, method="dawid-skene"), truth) < 0.5
    assert share_right(aggregate(table, method="dawid-skene", gold=gold), truth) > 0.85


def test_a_gold_label_that_nobody_gave_is_a_label_all_the_same():
    found = aggregate(THREE, method="dawid-skene", gold={"a": "fox"})
    assert labels_of(found)["a"] == "fox"
    assert found.classes.to_pylist() == ["cat", "dog", "fox"]


def test_earlier_skill_is_believed():
    table, truth = crowd_that_errs_together()
    history = {"annotator": range(5), "skill": [0.9, 0.9, 0.2, 0.2, 0.2], "votes": [400] * 5}
    assert share_right(aggregate(table, method="dawid-skene", history=history), truth) > 0.85


def test_what_one_aggregation_learns_is_history_to_the_next():
    table, truth = crowd_that_errs_together()
    learnt = aggregate(table, method="dawid-skene", gold=truth).annotators
    again = aggregate(table, method="dawid-skene", history=learnt)
    assert share_right(again, truth) > 0.85
    through_polars = polars.DataFrame(learnt)
    other = aggregate(table, method="dawid-skene", history=through_polars)
    assert np.allclose(other.table["confidence"], again.table["confidence"])


def test_a_history_with_confusions_finds_its_labels_by_name():
    # The record is of labels in another order, and of one that is not used today.
    history = {
        "annotator": ["ann", "ben"],
        "skill": [0.5, 0.5],
        "votes": [300, 300],
        "classes": [["x", "dog", "cat"]] * 2,
        # Ann calls every dog a cat; Ben is always right.
        "confusion": [
            [[1.0, 0, 0], [0, 0.0, 1.0], [0, 0, 1.0]],
            [[1.0, 0, 0], [0, 1.0, 0.0], [0, 0, 1.0]],
        ],
    }
    table = table_of([("t", "ann", "cat"), ("t", "ben", "dog"), ("u", "ann", "cat")])
    assert labels_of(aggregate(table, method="dawid-skene", history=history))["t"] == "dog"


def test_what_does_not_exist_is_refused_with_what_does():
    with pytest.raises(UnknownMethod, match="dawid-skene"):
        aggregate(THREE, method="magic")
    with pytest.raises(UnknownKind, match="choice"):
        aggregate(THREE, kind="smell")


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"task": ["a"], "worker": ["b"], "label": ["c"]}, "no column annotator"),
        ({"task": ["a", None], "annotator": ["b", "c"], "label": ["c", "c"]}, "empty in 1 of 2"),
        ([1, 2], "no table"),
        ({"task": [[1]], "annotator": ["b"], "label": ["c"]}, "no names"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused_with_the_reason(table: Any, says: str):
    with pytest.raises(BadTable, match=says):
        aggregate(table, method="majority")


@pytest.mark.parametrize(
    ("known", "says"),
    [
        ({"gold": {"a": 1.5}}, "label in gold"),
        ({"history": {"annotator": [1], "skill": [2.0], "votes": [3]}}, "between 0 and 1"),
        ({"history": {"annotator": ["ann"], "skill": [0.5], "votes": [3]}}, "annotator in history"),
    ],
)
def test_knowledge_that_cannot_be_is_refused(known: dict[str, Any], says: str):
    with pytest.raises(BadTable, match=says):
        aggregate(THREE, method="dawid-skene", **known)


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("Bluebird", 88.8),
        ("Dog", 84.2),
        ("D_PosSent", 96.0),
        ("RTE", 92.7),
        ("D_Product", 93.9),
        ("S_Rel", 61.3),
        ("Face", 64.0),
        ("LabelMe", 79.2),
    ],
)
def test_dawid_skene_is_as_right_on_public_data_as_others_are(name: str, least: float):
    data = public_set(name)
    fit = METHODS["dawid-skene"](data.votes)
    assert data.right(leaders(fit.posterior)) >= least
    assert fit.converged


def test_a_loop_may_call_another_that_is_not_compiled_yet():
    @compiled
    def alone(number: int) -> int:
        return number + 1

    assert alone(1) == 2
    assert total(np.arange(4)) == 12


@compiled
def twice(number: int) -> int:
    """Double a number."""
    return 2 * number


@compiled
def total(numbers: np.ndarray) -> int:
    """Add up doubles."""
    found = 0
    for number in numbers:
        found += twice(number)
    return found


@pytest.mark.parametrize(
    ("kind", "columns"),
    [
        ("choices", {"task": [1], "annotator": [1], "label": [["a"]]}),
        ("ordinal", {"task": [1], "annotator": [1], "label": [2]}),
        ("rankings", {"task": [1], "annotator": [1], "label": [["a", "b"]]}),
        ("pairs", {"left": [1], "right": [2], "annotator": [1], "label": ["left"]}),
    ],
)
def test_a_record_that_would_be_ignored_is_refused(kind: str, columns: dict[str, list[object]]):
    history = {"annotator": [1], "skill": [0.9], "votes": [5]}
    assert aggregate(columns, kind=kind).table.num_rows
    with pytest.raises(UnusedHistory, match="would be ignored"):
        aggregate(columns, kind=kind, history=history)
