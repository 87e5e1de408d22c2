"""Tables of every kind of label, and the ways in which Arrow may lay one out."""

import io
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from evenhand.quality.choice.methods import METHODS as CHOICE
from evenhand.quality.number.estimates import METHODS as NUMBER

ROWS = 10_500  # more than the ten thousand from which on texts are read by their bytes
VOTES = 5  # annotators a task
SPAN_TYPE = pa.list_(
    pa.struct([("start", pa.int64()), ("end", pa.int64()), ("label", pa.string())])
)
SHAPE_TYPE = pa.list_(
    pa.struct([("kind", pa.string()), ("label", pa.string()), ("numbers", pa.list_(pa.float64()))])
)
WORDS = np.array(["oak", "elm", "ash", "fir", "yew"])


def _noisy(rng: np.random.Generator, tasks: np.ndarray, labels: int) -> np.ndarray:
    right = rng.integers(0, labels, tasks.max() + 1)[tasks]
    return np.where(rng.random(tasks.size) < 0.7, right, rng.integers(0, labels, tasks.size))


def _ranking(rng: np.random.Generator) -> list[str]:
    return rng.permutation(WORDS[:3]).tolist()


def _mask(number: int) -> dict[str, object]:
    return {"width": 3, "height": 3, "counts": [int(number), 9 - int(number)]}


LABELS: dict[str, Callable[[np.random.Generator, np.ndarray], pa.Array]] = {
    "choice": lambda rng, tasks: pa.array(WORDS[_noisy(rng, tasks, 3)].tolist()),
    "choices": lambda rng, tasks: pa.array(
        [sorted({WORDS[n], WORDS[n // 2]}) for n in _noisy(rng, tasks, 5)]
    ),
    "number": lambda rng, tasks: pa.array(tasks % 50 + rng.normal(0, 1, tasks.size)),
    "ordinal": lambda rng, tasks: pa.array(_noisy(rng, tasks, 4)),
    "rankings": lambda rng, tasks: pa.array([_ranking(rng) for _ in tasks]),
    "text": lambda rng, tasks: pa.array([f"the {WORDS[n]}" for n in _noisy(rng, tasks, 2)]),
    "spans": lambda rng, tasks: pa.array(
        [[(int(n), int(n) + 9, "x")] for n in _noisy(rng, tasks, 40)], SPAN_TYPE
    ),
    "shapes": lambda rng, tasks: pa.array(
        [
            [("box", "x", [float(n) * 9, 2.0, 12.0, 9.0])] if task % 8 == 0 else []
            for n, task in zip(_noisy(rng, tasks, 3), tasks, strict=True)
        ],
        SHAPE_TYPE,
    ),
    "masks": lambda rng, tasks: pa.array([_mask(n) for n in _noisy(rng, tasks, 9)]),
    "pairs": lambda rng, tasks: pa.array(
        np.array(["left", "right", "tie"])[_noisy(rng, tasks, 3)].tolist()
    ),
}
METHODS: dict[str, tuple[str, ...]] = {
    "choice": tuple(CHOICE),
    "choices": ("auto",),
    "number": tuple(NUMBER),
    "ordinal": ("auto",),
    "rankings": ("auto",),
    "text": ("medoid", "rover"),
    "spans": ("majority", "weighted", "sequence"),
    "shapes": ("majority", "weighted"),
    "masks": ("majority", "staple"),
    "pairs": ("auto",),
}


def plain(kind: str, seed: int, rows: int = ROWS) -> pa.Table:
    """Make a table of one chunk, of texts that end in numbers, with five votes on each task."""
    rng = np.random.default_rng(seed)
    tasks = np.repeat(np.arange(rows // VOTES), VOTES)
    annotators = (np.arange(rows) * 7 + tasks) % 60
    prefix = ("t", "", "picture ", "é")[seed % 4]
    if kind == "pairs":
        left = rng.integers(0, 200, rows)
        return pa.table(
            {
                "left": [f"{prefix}{n}" for n in left],
                "right": [f"{prefix}{n}" for n in (left + rng.integers(1, 200, rows)) % 200],
                "annotator": [str(n) for n in annotators],
                "label": LABELS[kind](rng, tasks),
            }
        )
    return pa.table(
        {
            "task": [f"{prefix}{n}" for n in tasks],
            "annotator": [str(n) for n in annotators],
            "label": LABELS[kind](rng, tasks),
        }
    )


def _padded(table: pa.Table, before: int) -> pa.Table:
    rows = table.num_rows
    return (
        pa.concat_tables([table.slice(0, before), table, table.slice(0, 9)])
        .combine_chunks()
        .slice(before, rows)
    )


def _chunked(table: pa.Table, rng: np.random.Generator) -> pa.Table:
    edges = np.unique([0, *rng.integers(0, table.num_rows, rng.integers(1, 6)), table.num_rows])
    return pa.concat_tables([table.slice(int(a), int(b - a)) for a, b in itertools.pairwise(edges)])


def _names_as(table: pa.Table, column: str, to: Callable[[Any], Any]) -> pa.Table:
    return table.set_column(table.column_names.index(column), column, to(table.column(column)))


def _dictionary(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column.dictionary_encode()


def _by_chunk(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Dictionaries that differ from chunk to chunk, as files of several row groups have them."""
    return pa.chunked_array([chunk.dictionary_encode() for chunk in column.chunks])


def _with_empty_entry(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A dictionary with an entry that is no name, and one that no row has."""
    whole = column.combine_chunks().dictionary_encode()
    names = pa.concat_arrays([pa.array([None, "unused"], pa.string()), whole.dictionary])
    indices = pa.array(np.asarray(whole.indices) + 2, pa.int32())
    return pa.chunked_array([pa.DictionaryArray.from_arrays(indices, names)])


def _nullable(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A slice, all of it filled, of a column that is not."""
    parts = [pa.array([None], column.type), *column.chunks]
    return pa.chunked_array([pa.concat_arrays(parts).slice(1)])


TYPES: dict[str, Callable[[pa.ChunkedArray], pa.ChunkedArray]] = {
    "string": lambda column: column,
    "large_string": lambda column: column.cast(pa.large_string()),
    "string_view": lambda column: column.cast(pa.string_view()),
    "dictionary": _dictionary,
    "dictionaries": _by_chunk,
    "empty entry": _with_empty_entry,
    "nullable": _nullable,
}


def _from_parquet(table: pa.Table, rng: np.random.Generator) -> pa.Table:
    file = io.BytesIO()
    pq.write_table(
        table,
        file,
        row_group_size=int(rng.integers(900, 6_000)),
        use_dictionary=bool(rng.integers(2)),
    )
    file.seek(0)
    return pq.read_table(file, read_dictionary=["annotator"] if rng.integers(2) else None)


def laid_out(table: pa.Table, seed: int) -> tuple[str, pa.Table]:
    """Lay a table out in some other way, and say which: the same rows, in the same order."""
    rng = np.random.default_rng(seed)
    told: list[str] = []
    if rng.integers(3) == 0:
        table = _from_parquet(table, rng)
        told.append("from Parquet")
    for column in ("task", "annotator", "label"):
        if column not in table.column_names or not pa.types.is_string(table.column(column).type):
            continue
        name = str(rng.choice(list(TYPES)))
        table = _names_as(table, column, TYPES[name])
        told.append(f"{column} as {name}")
    if rng.integers(2):
        before = int(rng.integers(1, 400))
        table = _padded(table.unify_dictionaries(), before)
        told.append(f"a slice from {before}")
    if rng.integers(2):
        table = _chunked(table, rng)
        told.append("in chunks")
    return ", ".join(told), table
