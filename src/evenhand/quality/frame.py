"""A table of annotations from any frame library, read once into codes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from evenhand.quality.arrow import Column, Names, Table, pa, pc
from evenhand.quality.compiled import compiled

Codes: TypeAlias = NDArray[np.int32]

COLUMNS = ("task", "annotator", "label")

# Whole numbers are counted off in a table when it has at most so many cells a row: more than
# that, and a hash is quicker. So few cells cost nothing in any case.
NUMBERS_SPREAD_MAX = 4
NUMBERS_ALWAYS_COUNTED = 1024
NAMES_WORTH_KEYS = 10_000


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
        empty = arrow.column(name).null_count
        if empty:
            row = pc.index(pc.is_null(arrow.column(name)), True).as_py()
            raise BadTable(
                f"Column {name} is empty in {empty:,} of {arrow.num_rows:,} rows, first in row "
                f"{row:,}; drop those rows or fill them."
            )
    return arrow.select(wanted)


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
    if pa.types.is_integer(chunked.type):
        found = _whole_numbers(chunked)
        if found is not None:
            return found
    if pa.types.is_dictionary(chunked.type):
        return _categories(chunked)
    if pa.types.is_string_view(chunked.type):
        chunked = chunked.cast(pa.large_string())  # polars' texts, which Arrow cannot sort
    return _by_hash(chunked)


def _whole_numbers(column: Column) -> Encoded | None:
    """Number whole numbers that lie close together, for which no hash is needed."""
    bounds = pc.min_max(column)
    least, most = bounds["min"].as_py(), bounds["max"].as_py()
    if least is None or most > np.iinfo(np.int64).max:
        return None
    width = most - least + 1
    if width > len(column) * NUMBERS_SPREAD_MAX + NUMBERS_ALWAYS_COUNTED:
        return None
    seen = np.zeros(width, dtype=np.uint8)
    for chunk in column.chunks:
        mark(np.asarray(chunk.cast(pa.int64())), least, seen)
    names = pa.array(np.flatnonzero(seen) + least).cast(column.type)
    rank = None if seen.all() else np.cumsum(seen, dtype=np.int32) - np.int32(1)
    codes = np.empty(len(column), dtype=np.int32)
    row = 0
    for chunk in column.chunks:
        numbers, numbered = np.asarray(chunk.cast(pa.int64())), codes[row : row + len(chunk)]
        if rank is None:
            np.subtract(numbers, least, out=numbered, casting="unsafe")
        else:
            look_up(numbers, least, rank, numbered)
        row += len(chunk)
    return Encoded(codes, names)


@compiled
def mark(numbers: NDArray[np.int64], least: int, seen: NDArray[np.uint8]) -> None:
    """Mark which numbers, counted from the least, occur."""
    for number in numbers:
        seen[number - least] = 1


@compiled
def look_up(numbers: NDArray[np.int64], least: int, rank: Codes, codes: Codes) -> None:
    """Write each number's rank, which stands at its distance from the least."""
    for row in range(numbers.size):
        codes[row] = rank[numbers[row] - least]


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
    order = _order(names)
    rank = np.empty(order.size, dtype=np.int32)
    rank[order] = np.arange(order.size, dtype=np.int32)
    codes = np.empty(len(column), dtype=np.int32)
    row = 0
    for chunk in found.chunks:
        np.take(rank, np.asarray(chunk.indices), out=codes[row : row + len(chunk)])
        row += len(chunk)
    return Encoded(codes, names.take(pa.array(order)))


def _order(names: Column) -> NDArray[Any]:
    """Return the rows in ascending order of their names."""
    text = pa.types.is_string(names.type) or pa.types.is_large_string(names.type)
    if not text or len(names) < NAMES_WORTH_KEYS:
        return np.asarray(pc.sort_indices(names))
    # Names often begin alike. What follows, as a number, sorts several times as fast.
    bounds = pc.min_max(names)
    prefix = _alike(*(bounds[end].as_py().encode() for end in ("min", "max")))
    _, starts, text_bytes = names.cast(pa.large_string()).buffers()
    places = np.frombuffer(starts, np.int64)[names.offset : names.offset + len(names) + 1]
    keys = np.empty(len(names), dtype=np.uint64)
    first_bytes(places, np.frombuffer(text_bytes, np.uint8), prefix, keys)
    order = np.argsort(keys)
    keys = keys[order]
    alike = np.zeros(len(names), dtype=np.bool_)
    alike[1:] = keys[1:] == keys[:-1]
    alike[:-1] |= alike[1:]
    # Names that share these bytes lie side by side, and are put in order as a whole.
    shared = order[alike]
    order[alike] = shared[np.asarray(pc.sort_indices(names.take(pa.array(shared))))]
    return order


def _alike(one: bytes, other: bytes) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))


@compiled
def first_bytes(
    starts: NDArray[np.int64], text: NDArray[np.uint8], prefix: int, keys: NDArray[np.uint64]
) -> None:
    """Write the eight bytes after a prefix of each text as one number, the first byte leading."""
    for row in range(keys.size):
        key = np.uint64(0)
        for place in range(starts[row] + prefix, starts[row] + prefix + 8):
            byte = text[place] if place < starts[row + 1] else np.uint8(0)
            key = (key << np.uint64(8)) | np.uint64(byte)
        keys[row] = key


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
