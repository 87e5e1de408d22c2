"""A table of annotations from any frame library, read once into codes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from evenhand.quality.arrow import Column, Names, Table, pa, pc
from evenhand.quality.codes import Codes
from evenhand.quality.compiled import compiled
from evenhand.quality.names import in_order, numbers_in

COLUMNS = ("task", "annotator", "label")

# Whole numbers are counted off in a table when it has at most so many cells a row: more than
# that, and a hash is quicker. So few cells cost nothing in any case.
NUMBERS_SPREAD_MAX = 4
NUMBERS_ALWAYS_COUNTED = 1024


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


def as_arrow(table: object, columns: Sequence[str], perhaps: Sequence[str] = ()) -> Table:
    """Take any frame as an Arrow table that has these columns, no cell of them empty.

    It may also have others that are called for, and then these come along.
    """
    arrow = _arrow(table)
    missing = [name for name in columns if name not in arrow.column_names]
    if missing:
        raise BadTable(
            f"The table has no column {', '.join(missing)}; it has "
            f"{', '.join(arrow.column_names) or 'none'}. Rename its columns to "
            f"{', '.join(columns)}."
        )
    wanted = [*columns, *(name for name in perhaps if name in arrow.column_names)]
    for name in wanted:
        column = _plain_where_empty(arrow.column(name))
        empty = column.null_count
        if empty:
            row = pc.index(pc.is_null(column), True).as_py()
            raise BadTable(
                f"Column {name} is empty in {empty:,} of {arrow.num_rows:,} rows, first in row "
                f"{row:,}; drop those rows or fill them."
            )
    return arrow.select(wanted)


def _plain_where_empty(column: Column) -> Column:
    """Write out categories where one of them is empty.

    Arrow neither counts the rows that have it, nor brings such categories together by chunk.
    """
    has_empty = pa.types.is_dictionary(column.type) and any(
        chunk.dictionary.null_count for chunk in column.chunks
    )
    return column.cast(column.type.value_type) if has_empty else column


def _arrow(table: object) -> Table:
    if isinstance(table, pa.Table):
        return table
    if isinstance(table, Mapping | ArrowStream):
        try:
            return pa.table(table)
        except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
            raise BadTable(f"A column holds values of several types: {error}") from error
    raise BadTable(
        f"A {type(table).__name__} is no table; hand in a pyarrow table, a pandas or polars "
        "frame, or a mapping from column to values."
    )


def encoded(column: Column) -> Encoded:
    """Number what stands in a column by its order, so that the order of rows cannot matter."""
    chunked = column if isinstance(column, pa.ChunkedArray) else pa.chunked_array([column])
    # An empty category has no place in the order of names; rows that have it were refused.
    chunked = _plain_where_empty(chunked)
    if pa.types.is_integer(chunked.type):
        found = _whole_numbers(chunked)
        if found is not None:
            return found
    if pa.types.is_dictionary(chunked.type):
        return _categories(chunked)
    if pa.types.is_string_view(chunked.type):
        chunked = chunked.cast(pa.large_string())  # polars' texts, which Arrow cannot sort
    return _numbered_texts(chunked) or _by_hash(chunked)


def _numbered_texts(column: Column) -> Encoded | None:
    """Number texts that are a prefix and a running number, for which no hash is needed either."""
    read = numbers_in(column)
    found = None if read is None else _whole_numbers(read.numbers)
    if read is None or found is None:
        return None
    names = read.texts(found.names)
    order = in_order(names)
    rank = np.empty(order.size, dtype=np.int32)
    rank[order] = np.arange(order.size, dtype=np.int32)
    return Encoded(rank[found.codes], names.take(pa.array(order)))


def _whole_numbers(column: Column) -> Encoded | None:
    """Number whole numbers that lie close together, for which no hash is needed."""
    bounds = pc.min_max(column)
    least, most = bounds["min"].as_py(), bounds["max"].as_py()
    if least is None or most > np.iinfo(np.int64).max:
        return None
    width = most - least + 1
    affordable = len(column) * NUMBERS_SPREAD_MAX + NUMBERS_ALWAYS_COUNTED
    if width > min(affordable, np.iinfo(np.int32).max):
        return None
    seen = np.zeros(width, dtype=np.uint8)
    codes = np.empty(len(column), dtype=np.int32)
    row = 0
    for chunk in column.chunks:
        count_off(np.asarray(chunk.cast(pa.int64())), least, seen, codes[row:])
        row += len(chunk)
    if not seen.all():
        close_gaps(np.cumsum(seen, dtype=np.int32) - np.int32(1), codes)
    return Encoded(codes, pa.array(np.flatnonzero(seen) + least).cast(column.type))


@compiled
def count_off(
    numbers: NDArray[np.int64], least: int, seen: NDArray[np.uint8], codes: Codes
) -> None:
    """Write how far each number is from the least, and mark that it occurs."""
    for row in range(numbers.size):
        codes[row] = numbers[row] - least
        seen[codes[row]] = 1


@compiled
def close_gaps(rank: Codes, codes: Codes) -> None:
    """Put the rank that stands at each code in its place."""
    for row in range(codes.size):
        codes[row] = rank[codes[row]]


def _by_hash(column: Column) -> Encoded:
    try:
        found = column.dictionary_encode()
    except pa.ArrowNotImplementedError as error:
        raise BadTable(
            f"A column of {column.type} has no names to tell apart; hand in texts or numbers."
        ) from error
    if found.num_chunks == 0:
        return Encoded(np.zeros(0, dtype=np.int32), pa.array([], column.type))
    names = found.chunk(0).dictionary  # one for all chunks
    order = in_order(names)
    rank = np.empty(order.size, dtype=np.int32)
    rank[order] = np.arange(order.size, dtype=np.int32)
    codes = np.empty(len(column), dtype=np.int32)
    row = 0
    for chunk in found.chunks:
        np.take(rank, np.asarray(chunk.indices), out=codes[row : row + len(chunk)])
        row += len(chunk)
    return Encoded(codes, names.take(pa.array(order)))


def _categories(column: Column) -> Encoded:
    """Number categories by their names; those that no row has are left out."""
    whole = column.unify_dictionaries().combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.chunk(0) if whole.num_chunks else pa.array([], column.type)
    categories = encoded(whole.dictionary)
    codes = categories.codes[np.asarray(whole.indices)] if len(whole) else categories.codes[:0]
    used = np.bincount(codes, minlength=len(categories.names)) > 0
    if used.all():
        return Encoded(codes, categories.names)
    rank = np.cumsum(used, dtype=np.int32) - 1
    return Encoded(rank[codes].astype(np.int32), categories.names.filter(pa.array(used)))
