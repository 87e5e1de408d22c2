"""Columns of any kind become codes in the order of their names, and nothing else matters."""

import datetime
import decimal
from typing import Any

import numpy as np
import pandas
import polars
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.quality.frame import BadTable, encoded, read
from evenhand.quality.votes import COUNTED_AT_ONCE, grouped


def names_of(column: Any) -> list[Any]:
    """Encode a column, check that it can be read back, and return its names."""
    found = encoded(column)
    assert found.codes.dtype == np.int32
    assert found.names.take(pa.array(found.codes)).to_pylist() == column.to_pylist()
    names = found.names.to_pylist()
    assert names == sorted(set(column.to_pylist()))
    return names


@given(
    values=st.lists(st.integers(-(2**63), 2**63 - 1) | st.integers(-3, 3), max_size=30),
    split=st.integers(0, 30),
)
@settings(max_examples=100, deadline=None)
def test_whole_numbers_near_and_far_are_numbered_alike(values: list[int], split: int):
    column = pa.chunked_array([values[:split], values[split:]], type=pa.int64())
    assert names_of(column) == sorted(set(values))


@given(values=st.lists(st.text(max_size=3), max_size=30), split=st.integers(0, 30))
@settings(max_examples=100, deadline=None)
def test_texts_are_numbered_and_categories_like_texts(values: list[str], split: int):
    plain = pa.chunked_array([values[:split], values[split:]], type=pa.string())
    names = names_of(plain)
    categories = plain.dictionary_encode()
    assert names_of(categories) == names
    assert (encoded(categories).codes == encoded(plain).codes).all()


@pytest.mark.parametrize(
    "texts",
    [
        [f"task {number}" for number in range(995, 12_000)],
        [f"{number:07}" for number in range(12_000)],
        # None of these is a prefix and a running number that could be told by it alone.
        [f"w{number}" for number in range(12_000)] + ["w007"],
        [f"w{number}" for number in range(12_000)] + ["w"],
        [f"w{number}" for number in range(12_000)] + ["v1"],
        [f"w{number}" for number in range(12_000)] + ["w1x"],
        [f"w{number}" for number in range(12_000)] + ["w" + "9" * 19],
        [f"w{number * 10**9}" for number in range(12_000)],
        [f"ω{number}" for number in range(12_000)] + ["ω１"],
    ],
)
def test_texts_with_a_running_number_are_texts_all_the_same(texts: list[str]):
    shuffled = [texts[place] for place in np.random.default_rng(6).permutation(len(texts))]
    for kind in (pa.string(), pa.large_string()):
        for column in (
            pa.array(shuffled, kind),
            pa.array(["x", *shuffled], kind)[1:],
            pa.chunked_array([shuffled[:6_000], [], shuffled[6_000:]], kind),
        ):
            found = encoded(column)
            assert found.names.type == kind
            assert found.names.to_pylist() == sorted(texts)
            assert found.names.take(pa.array(found.codes)).to_pylist() == shuffled


@pytest.mark.parametrize("prefix", ["", "task ", "ταξις-"])
def test_many_texts_are_put_in_the_order_of_their_bytes(prefix: str):
    chance = np.random.default_rng(5)
    short = [f"{prefix}{number}" for number in chance.permutation(20_000)]
    # These share their first bytes, or more than eight; one is empty but for the prefix.
    long = [f"{prefix}1234567890{number}" for number in range(2_000)]
    texts = [*short, *long, prefix, prefix + "\0", prefix + "1\0", prefix + "é", prefix + "😀"]
    for kind in (pa.string(), pa.large_string()):
        found = encoded(pa.array(texts, kind))
        assert found.names.to_pylist() == sorted(set(texts), key=str.encode)
        assert found.names.take(pa.array(found.codes)).to_pylist() == texts


@pytest.mark.parametrize(
    "column",
    [
        pa.array([3, 1, 2, 1], pa.int8()),
        pa.array([3, 2**63 + 5], pa.uint64()),
        pa.array([True, False, True]),
        pa.array([1.5, 0.5]),
        pa.array([datetime.date(2020, 1, 2), datetime.date(2019, 1, 2)]),
        pa.array([decimal.Decimal("1.2"), decimal.Decimal("0.2")]),
        pa.array([b"bb", b"aa"], pa.binary(2)),
        pa.DictionaryArray.from_arrays(pa.array([2, 0, 2]), pa.array(["x", "unused", "a"])),
        pa.DictionaryArray.from_arrays(pa.array([2, 0, 1]), pa.array(["x", "a", "a"])),
        pa.chunked_array([], pa.string()),
        pa.chunked_array([], pa.int64()),
        pa.array([], pa.dictionary(pa.int32(), pa.string())),
    ],
)
def test_columns_of_other_types_are_numbered_too(column: Any):
    names_of(column)


def test_frames_of_other_libraries_are_read_as_they_are():
    columns = {"task": ["b", "a"], "annotator": [2, 1], "label": ["x", "y"], "more": [1, 2]}
    for table in (columns, pandas.DataFrame(columns), polars.DataFrame(columns)):
        frame = read(table)
        assert frame.tasks.names.to_pylist() == ["a", "b"]
        assert frame.annotators.codes.tolist() == [1, 0]
        assert frame.labels.to_pylist() == ["x", "y"]


def test_a_column_of_several_types_is_refused():
    with pytest.raises(BadTable, match="several types"):
        read({"task": ["a", 1], "annotator": [1, 2], "label": ["x", "y"]})


votes = st.lists(st.tuples(*[st.integers(0, 5)] * 3), max_size=80)


@given(rows=votes)
@settings(max_examples=100, deadline=None)
def test_votes_are_grouped_by_task_each_annotator_with_one_vote(rows: list[tuple[int, int, int]]):
    columns = np.array(rows, dtype=np.int32).reshape(-1, 3).T
    found = grouped(*columns, task_count=7, annotator_count=6, label_count=6)
    distinct = sorted(set(rows))
    got = zip(found.tasks(), found.annotators, found.labels, strict=True)
    assert [tuple(int(code) for code in row) for row in got] == distinct
    pairs = [(task, annotator) for task, annotator, _ in distinct]
    assert np.allclose(found.weight(), [1 / pairs.count(pair) for pair in pairs])
    assert (found.weights is None) == (len(pairs) == len(set(pairs)))
    by_annotator = [len({task for task, who, _ in rows if who == one}) for one in range(6)]
    assert np.allclose(found.by_annotator(), by_annotator)


def test_many_tasks_and_long_rows_are_grouped_alike():
    # Enough tasks for several drawers each, a row too long for plain insertion, and more votes
    # than are counted at once.
    chance = np.random.default_rng(4)
    tasks = np.concatenate([np.repeat(np.arange(50_000), 21), np.full(3_000, 7)])
    annotators = np.concatenate([np.tile(np.arange(21), 50_000), np.arange(21, 3_021)])
    labels = chance.integers(0, 4, tasks.size)
    order = chance.permutation(tasks.size)
    assert tasks.size > COUNTED_AT_ONCE
    columns = [part[order].astype(np.int32) for part in (tasks, annotators, labels)]
    found = grouped(*columns, task_count=50_000, annotator_count=3_021, label_count=4)
    expected = np.lexsort((annotators, tasks))
    assert (found.tasks() == tasks[expected]).all()
    assert (found.annotators == annotators[expected]).all()
    assert (found.labels == labels[expected]).all()
    assert (found.by_annotator() == np.bincount(annotators)).all()


def test_keys_too_wide_for_a_small_number_are_grouped_all_the_same():
    columns = [np.array(part, dtype=np.int32) for part in ([0, 0], [70_000, 1], [69_999, 4])]
    found = grouped(*columns, task_count=1, annotator_count=70_001, label_count=70_000)
    assert found.annotators.tolist() == [1, 70_000]
    assert found.labels.tolist() == [4, 69_999]
