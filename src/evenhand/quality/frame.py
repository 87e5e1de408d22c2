"""A table of annotations from any frame library, read once into codes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from evenhand.quality.arrow import Column, Names, Table, pa, pc

Codes: TypeAlias = NDArray[np.int32]

COLUMNS = ("task", "annotator", "label")


class BadTable(ValueError):
    """The table cannot be read as annotations; the message says where and how to mend it."""


@runtime_checkable
class ArrowStream(Protocol):
    """What polars, pandas and others offer: their columns as Arrow, without copying."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Hand out the columns."""
        ...


@dataclass(frozen=True, slots=True)
class Encoded:
    """A column as numbers from 0: `names[codes[row]]` is what stood there; names ascend."""

    codes: Codes
    names: Names


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Annotations, one a row: whose, on what, and the label still as it was given."""

    tasks: Encoded
    annotators: Encoded
    labels: Column


def read(table: object) -> Frame:
    """Read a pyarrow table, a pandas or polars frame, or a mapping of columns.

    Raises BadTable when a column is missing or a cell of one is empty.
    """
    arrow = as_arrow(table, COLUMNS)
    return Frame(
        tasks=encoded(arrow.column("task")),
        annotators=encoded(arrow.column("annotator")),
        labels=arrow.column("label"),
    )


def as_arrow(table: object, columns: Sequence[str]) -> Table:
    """Take any frame as an Arrow table that has these columns, no cell of them empty."""
    arrow = _arrow(table)
    missing = [name for name in columns if name not in arrow.column_names]
    if missing:
        raise BadTable(
            f"The table has no column {', '.join(missing)}; it has "
            f"{', '.join(arrow.column_names) or 'none'}. Rename its columns to "
            f"{', '.join(columns)}."
        )
    for name in columns:
        empty = arrow.column(name).null_count
        if empty:
            row = pc.index(pc.is_null(arrow.column(name)), True).as_py()
            raise BadTable(
                f"Column {name} is empty in {empty:,} of {arrow.num_rows:,} rows, first in row "
                f"{row:,}; drop those rows or fill them."
            )
    return arrow.select(list(columns))


def _arrow(table: object) -> Table:
    if isinstance(table, pa.Table):
        return table
    if isinstance(table, Mapping):
        return pa.table(table)
    if isinstance(table, ArrowStream):
        return pa.table(table)
    raise BadTable(
        f"A {type(table).__name__} is no table; hand in a pyarrow table, a pandas or polars "
        "frame, or a mapping from column to values."
    )


def encoded(column: Column) -> Encoded:
    """Number what stands in a column by its order, so that the order of rows cannot matter."""
    whole = column.combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        whole = pa.concat_arrays(whole.chunks) if whole.num_chunks else pa.array([], whole.type)
    if pa.types.is_dictionary(whole.type):
        whole = whole.dictionary_decode()
    if pa.types.is_string_view(whole.type):
        whole = whole.cast(pa.large_string())  # polars' texts, which Arrow cannot sort
    found = whole.dictionary_encode()
    order = np.asarray(pc.sort_indices(found.dictionary))
    rank = np.empty(order.size, dtype=np.int32)
    rank[order] = np.arange(order.size, dtype=np.int32)
    codes = rank[np.asarray(found.indices)] if len(whole) else np.zeros(0, dtype=np.int32)
    return Encoded(codes, found.dictionary.take(pa.array(order)))
