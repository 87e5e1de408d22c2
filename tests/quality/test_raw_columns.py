"""Columns as Arrow may lay them out are read as plain ones are, from ten thousand rows on too."""

import itertools
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.quality import aggregate
from evenhand.quality.frame import BadTable, encoded, read
from evenhand.quality.names import TEXTS_WORTH_READING

ROWS = TEXTS_WORTH_READING + 2_000

VALUES: dict[str, Callable[[int], Any]] = {
    "running numbers": lambda n: f"t{n}",
    "bare numbers": str,
    "padded": lambda n: f"{n:07}",
    "words": lambda n: f"{'xyz'[n % 3]}{n}é",
    "long and alike": lambda n: "the same beginning " * 3 + chr(97 + n % 26) + str(n),
    "mostly empty": lambda n: "" if n % 7 else str(n),
    "all empty": lambda _: "",
}
KINDS = {
    "string": lambda texts: pa.array(texts, pa.string()),
    "large_string": lambda texts: pa.array(texts, pa.large_string()),
    "string_view": lambda texts: pa.array(texts, pa.string_view()),
    "dictionary": lambda texts: pa.array(texts).dictionary_encode(),
    "integers": lambda texts: pa.array([len(text) for text in texts], pa.int16()),
    "unsigned": lambda texts: pa.array([len(text) for text in texts], pa.uint64()),
}


def _same(column: Any) -> None:
    """Hold what the fast way reads against what the column says of itself, row by row."""
    found = encoded(column)
    plain = column.to_pylist()
    names = found.names.to_pylist()
    assert names == sorted(set(plain), key=lambda one: one.encode() if type(one) is str else one)
    assert [names[code] for code in found.codes] == plain


@given(
    values=st.sampled_from(sorted(VALUES)),
    kind=st.sampled_from(sorted(KINDS)),
    before=st.integers(0, 300),
    cuts=st.lists(st.integers(0, ROWS), max_size=4),
    distinct=st.integers(1, ROWS),
)
@settings(max_examples=60, deadline=None)
def test_a_sliced_and_chunked_column_is_read_as_the_plain_one(
    values: str, kind: str, before: int, cuts: list[int], distinct: int
):
    rng = np.random.default_rng(distinct)
    texts = [VALUES[values](int(n)) for n in rng.integers(0, distinct, ROWS + before + 50)]
    # Slices share the buffers of the whole: they begin and end in the middle of them.
    whole = KINDS[kind](texts).slice(before, ROWS)
    edges = [0, *sorted(cuts), ROWS]
    chunks = [whole.slice(a, b - a) for a, b in itertools.pairwise(edges)]
    _same(pa.chunked_array(chunks, whole.type))


def test_dictionaries_that_differ_by_chunk_or_hold_an_empty_entry_are_read_alike():
    parts = [
        pa.array([f"t{n % (7 + part)}" for n in range(6_000)]).dictionary_encode()
        for part in range(3)
    ]
    _same(pa.chunked_array(parts))
    names = pa.array([*(f"t{n}" for n in range(12_000)), None])
    _same(pa.DictionaryArray.from_arrays(pa.array(np.arange(12_000, dtype=np.int32)), names))
    _same(
        pa.DictionaryArray.from_arrays(
            pa.array(np.arange(200, dtype=np.uint8)), pa.array([*range(200), None])
        )
    )


def test_a_row_whose_category_is_an_empty_entry_is_empty():
    table = pa.table(
        {
            "task": pa.DictionaryArray.from_arrays(pa.array([0, 1, 2]), pa.array(["a", None, "b"])),
            "annotator": ["x", "y", "z"],
            "label": ["p", "p", "p"],
        }
    )
    with pytest.raises(BadTable, match="Column task is empty in 1 of 3 rows, first in row 1"):
        read(table)


@pytest.fixture(scope="module")
def votes() -> Any:
    """Votes enough for Parquet to read them in several chunks, on tasks that end in numbers."""
    rng = np.random.default_rng(8)
    tasks = np.repeat(np.arange(60_000), 5)
    right = rng.integers(0, 2, 60_000)[tasks]
    said = np.where(rng.random(tasks.size) < 0.8, right, 1 - right)
    return pa.table(
        {
            "task": [f"t{n}" for n in tasks],
            "annotator": [f"{n}" for n in rng.integers(0, 200, tasks.size)],
            "label": [["no", "yes"][n] for n in said],
        }
    )


def _results(table: Any, method: str) -> list[tuple[Any, ...]]:
    found = aggregate(table, method=method)
    found = aggregate(table, method=method).table
    return list(zip(found["task"].to_pylist(), found["label"].to_pylist(), strict=True))


@pytest.mark.parametrize("method", ["majority", "dawid-skene", "one-coin"])
def test_every_layout_of_a_table_gives_the_same_labels(votes: Any, method: str):
    expected = None
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "votes.parquet"
        pq.write_table(votes, file)
        from_file = pq.read_table(file)
    padded = pa.concat_tables([votes.slice(0, 1_000), votes]).combine_chunks()
    layouts = {
        "plain": {name: votes.column(name).to_pylist() for name in votes.column_names},
        "sliced": padded.slice(1_000),
        "from Parquet": from_file,
        "chunked": pa.concat_tables([votes.slice(0, 100_000), votes.slice(100_000)]),
        "large": votes.cast(pa.schema([(n, pa.large_string()) for n in votes.column_names])),
        "pandas": votes.to_pandas().astype({"task": pandas.StringDtype("pyarrow")}),
    }
    for name, table in layouts.items():
        found = _results(table, method)
        expected = expected or found
        assert len(found) == 60_000, name
        assert found == expected, name


def test_a_slice_of_unanimous_votes_has_its_own_tasks_and_no_others():
    table = pa.table(
        {
            "task": [f"t{n // 5}" for n in range(200_000)],
            "annotator": [str(n % 5) for n in range(200_000)],
            "label": ["yes"] * 200_000,
        }
    )
    assert len(_results(table.slice(100_000), "majority")) == 20_000
