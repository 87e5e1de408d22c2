"""Whatever way Arrow lays a table out, every method finds in it what it finds in the plain one.

A usual run takes a few tables; `EVENHAND_TEST_LAYOUTS=500` takes five hundred.
"""

import os
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from quality.layouts import METHODS, laid_out, plain

from evenhand.quality import aggregate

TABLES = int(os.environ.get("EVENHAND_TEST_LAYOUTS", "24"))
KINDS = sorted(METHODS)
SEEDS = 4  # plain tables of a kind; each prefix of ids is in one of them
ITERATIONS_MAX = 2  # enough to read every vote and every name


def _found(table: Any, kind: str, method: str) -> list[pa.Table]:
    result = aggregate(table, method, kind=kind, max_iterations=ITERATIONS_MAX)
    return [_plainly(one) for one in (result.table, result.annotators)]


def _plainly(table: pa.Table) -> pa.Table:
    """Names keep the type that they were handed in as; what they say is to be the same."""
    return pa.table({name: table.column(name).to_pylist() for name in table.column_names})


@cache
def _in_the_plain_table(kind: str, seed: int, method: str) -> list[pa.Table]:
    return _found(plain(kind, seed), kind, method)


@pytest.mark.parametrize("number", range(TABLES))
@pytest.mark.timeout(600)
def test_every_method_finds_in_another_layout_what_it_finds_in_the_plain_table(number: int):
    kind, seed = KINDS[number % len(KINDS)], number // len(KINDS) % SEEDS
    told, table = laid_out(plain(kind, seed), number)
    for method in METHODS[kind]:
        for ours, theirs in zip(
            _found(table, kind, method), _in_the_plain_table(kind, seed, method), strict=True
        ):
            assert ours.equals(theirs), f"{kind} by {method}: {told}"


def test_three_hundred_thousand_rows_from_parquet_are_read_as_they_were_written(tmp_path):
    import pyarrow.parquet as pq

    table = plain("choice", 0, rows=300_000)
    pq.write_table(table, tmp_path / "votes.parquet")
    read = pq.read_table(tmp_path / "votes.parquet")
    assert read.column("task").num_chunks > 1, "otherwise nothing is shown"
    for method in METHODS["choice"]:
        for ours, theirs in zip(
            _found(read, "choice", method), _found(table, "choice", method), strict=True
        ):
            assert ours.equals(theirs), method


def test_layouts_are_of_the_same_rows():
    for number in range(12):
        table = plain("choice", number % SEEDS)
        told, other = laid_out(table, number)
        assert _plainly(other).equals(_plainly(table)), told
        assert np.prod(other.shape) == np.prod(table.shape)
