"""Ordered grades: annotators' bias and spread are found, and a middle between two is a tie."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.quality.aggregate import aggregate
from evenhand.quality.frame import BadTable
from evenhand.quality.number.ordinal import METHODS
from evenhand.quality.request import UnknownMethod

Row = tuple[int, int, int]

votes = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 3), st.integers(1, 5)), min_size=1, max_size=30
)


def found(rows: list[Row], method: str = "auto", **more: object):
    task, annotator, label = zip(*rows, strict=True)
    table = {"task": list(task), "annotator": list(annotator), "label": list(label)}
    return aggregate(table, method, kind="ordinal", **more)


def planted(
    seed: int, spreads: list[float], biases: list[float], each: int = 4
) -> tuple[list[Row], np.ndarray]:
    """Grades 1 to 5, seen by annotators with a spread and a bias and rounded to a grade."""
    chance = np.random.default_rng(seed)
    truth = chance.integers(1, 6, 500)
    rows = [
        (task, int(who), int(np.clip(round(truth[task] + biases[who] + noise), 1, 5)))
        for task in range(500)
        for who in chance.permutation(len(spreads))[:each]
        for noise in [chance.normal(0, spreads[who])]
    ]
    return rows, truth


def off(aggregation, truth: np.ndarray) -> float:
    """Return the mean distance from the truth; a tie is off by a whole grade."""
    label = aggregation.table.column("label").to_pylist()
    return float(
        np.mean([1 if one is None else abs(one - truth[i]) for i, one in enumerate(label)])
    )


def test_annotators_spread_and_bias_are_found_and_help():
    spreads, biases = [0.4] * 3 + [1.5] * 5, [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, -1.0, 0.0]
    rows, truth = planted(1, spreads, biases)
    result = found(rows)
    assert result.method.name == "dawid-skene"
    assert result.converged
    assert off(result, truth) < 0.7 * off(found(rows, "median"), truth)
    annotators = result.annotators.to_pydict()
    assert max(annotators["spread"][:3]) < min(annotators["spread"][3:])
    assert annotators["bias"][3] > 0.3
    assert annotators["bias"][6] < -0.3
    assert min(annotators["skill"][:3]) > max(annotators["skill"][3:])


def test_few_votes_each_do_no_harm():
    rows, truth = planted(2, [0.8] * 400, [0.0] * 400)
    assert off(found(rows), truth) < off(found(rows, "median"), truth) + 0.02


def test_the_median_is_the_middle_vote_and_between_two_grades_a_tie():
    rows = [(0, 0, 1), (0, 1, 2), (0, 2, 5), (1, 0, 1), (1, 1, 2), (2, 0, 3)]
    table = found(rows, "median").table.to_pydict()
    assert table["label"] == [2, None, 3]
    assert table["confidence"] == pytest.approx([1 / 3, 1 / 2, 1])


def test_names_are_graded_by_the_order_given():
    rows = {"task": [0] * 3, "annotator": [0, 1, 2], "label": ["bad", "good", "fair"]}
    result = aggregate(rows, "median", kind="ordinal", order=["bad", "fair", "good"])
    assert result.table.column("label").to_pylist() == ["fair"]
    with pytest.raises(BadTable, match="need their order"):
        aggregate(rows, kind="ordinal")
    with pytest.raises(BadTable, match="'fair' is not in it"):
        aggregate(rows, kind="ordinal", order=["bad", "good"])


def test_a_known_grade_stands():
    rows = [(0, 0, 1), (0, 1, 1), (1, 0, 2), (1, 1, 5)]
    for method in METHODS:
        result = found(rows, method, gold={0: 5}).table.to_pydict()
        assert result["label"][0] == 5
        assert result["confidence"][0] == 1.0


@pytest.mark.parametrize("method", METHODS)
@given(rows=votes, seed=st.integers(0, 99))
@settings(max_examples=15, deadline=None)
def test_the_order_of_rows_changes_nothing_at_all(method: str, rows: list[Row], seed: int):
    shuffled = list(rows)
    np.random.default_rng(seed).shuffle(shuffled)
    one, other = found(rows, method), found(shuffled, method)
    assert one.table == other.table
    assert one.annotators == other.annotators


@pytest.mark.parametrize("method", METHODS[1:])
@given(rows=votes)
@settings(max_examples=20, deadline=None)
def test_turning_the_scale_round_turns_the_labels_round(method: str, rows: list[Row]):
    turned = [(task, who, 6 - label) for task, who, label in rows]
    one, other = found(rows, method).table.to_pydict(), found(turned, method).table.to_pydict()
    # Within rounding of a tie, either side may call it one.
    pairs = zip(one["label"], other["label"], strict=True)
    assert all(a == 6 - b for a, b in pairs if a is not None and b is not None)
    assert one["confidence"] == pytest.approx(other["confidence"], abs=1e-6)


def test_what_is_no_method_is_refused():
    with pytest.raises(UnknownMethod, match="median"):
        found([(0, 0, 1)], "mean")


@pytest.mark.parametrize("method", METHODS)
def test_no_votes_are_no_tasks(method: str):
    import pyarrow as pa

    empty = {"task": [], "annotator": [], "label": pa.array([], pa.int64())}
    assert aggregate(empty, method, kind="ordinal").table.num_rows == 0
