"""Votes come out grouped by task, each triple once, however they went in and however many."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.quality import votes as grouping
from evenhand.quality.votes import Votes, grouped, sorted_votes

TRIPLES = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 3), st.integers(0, 4)), max_size=60)
# With two million, keys of annotator and label no longer fit in 32 bits.
FEW, MANY = 10, 2_000_000


def votes_of(rows: list[tuple[int, int, int]], annotator_count: int) -> Votes:
    columns = np.array(rows, dtype=np.int32).reshape(-1, 3).T
    return grouped(
        *(np.ascontiguousarray(column) for column in columns),
        task_count=50,
        annotator_count=annotator_count,
        label_count=5 if annotator_count == FEW else 2_000,
    )


@pytest.mark.parametrize("annotator_count", [FEW, MANY])
@settings(deadline=None)  # the first call compiles
@given(rows=TRIPLES)
def test_each_vote_stands_once_under_its_task_by_annotator_and_label(
    annotator_count: int, rows: list[tuple[int, int, int]]
):
    votes = votes_of(rows, annotator_count)
    codes = votes.tasks().tolist(), votes.annotators.tolist(), votes.labels.tolist()
    assert list(zip(*codes, strict=True)) == sorted(set(rows))


@pytest.mark.parametrize("annotator_count", [FEW, MANY])
@settings(deadline=None)  # the first call compiles
@given(rows=TRIPLES)
def test_an_annotator_who_gave_several_labels_has_one_vote_in_all(
    annotator_count: int, rows: list[tuple[int, int, int]]
):
    votes = votes_of(rows, annotator_count)
    pairs = {row[:2] for row in rows}
    assert (votes.weights is None) == (len(pairs) == len(set(rows)))
    assert votes.weight().sum() == pytest.approx(len(pairs))


@settings(deadline=None)  # the first call compiles
@given(
    rows=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 4)), max_size=500),
    drawers_bits=st.integers(0, 6),
)
def test_votes_are_grouped_alike_however_many_tasks_share_a_drawer(
    rows: list[tuple[int, int, int]], drawers_bits: int
):
    spread = [(task * 13, annotator, label) for task, annotator, label in rows]
    expected = votes_of(spread, FEW)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grouping, "DRAWERS_BITS", drawers_bits)
        votes = votes_of(spread, FEW)
    assert votes.starts.tolist() == expected.starts.tolist()
    assert votes.annotators.tolist() == expected.annotators.tolist()
    assert votes.labels.tolist() == expected.labels.tolist()


@settings(deadline=None)  # the first call compiles
@given(rows=TRIPLES)
def test_votes_are_sorted_without_a_compiler_as_they_are_with_one(
    rows: list[tuple[int, int, int]],
):
    columns = np.array(rows, dtype=np.int32).reshape(-1, 3)
    expected = votes_of(rows, FEW)
    votes = sorted_votes((columns[:, 0], columns[:, 1], columns[:, 2]), (50, FEW, 5))
    assert votes.starts.tolist() == expected.starts.tolist()
    assert votes.annotators.tolist() == expected.annotators.tolist()
    assert votes.labels.tolist() == expected.labels.tolist()
    assert votes.weight().tolist() == expected.weight().tolist()
    assert (votes.weights is None) == (expected.weights is None)
