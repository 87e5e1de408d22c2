"""Exported tasks as Parquet: one row a task; what is JSON in a task is JSON text in its column."""

import os
import sys
from collections.abc import Sequence
from datetime import datetime
from types import TracebackType
from typing import IO, Any, Self, TypedDict

import msgspec

from evenhand.foundation.spool import Spool

# Arrow's own pools keep back what was freed, 50 MB of it beside the 4 MB that a group takes; it
# reads which to take when it is loaded.
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")

import pyarrow
import pyarrow.parquet

# pyarrow has no types of its own.
pa: Any = pyarrow
pq: Any = pyarrow.parquet


class _NoPandas:
    """Finds no pandas, whether it is installed or not."""

    def find_spec(self, name: str, *_: object) -> None:
        if name == "pandas":
            raise ImportError(name=name)


def _look_for_pandas_in_vain() -> None:
    # Before it makes its first array Arrow looks, once, whether what it is handed could come from
    # pandas, and loads that where it is installed: 55 MB and a second for nothing.
    if "pandas" in sys.modules:
        return
    finder = _NoPandas()
    sys.meta_path.insert(0, finder)
    try:
        pa.array(())
    finally:
        sys.meta_path.remove(finder)


_look_for_pandas_in_vain()

# A group is the least that a reader reads: too small and it reads too often, too large and it
# must hold what it does not want.
ROW_GROUP = 5_000

_TIME = pa.timestamp("us", tz="UTC")
_COLUMNS = pa.schema(
    [
        pa.field("task_id", pa.string(), nullable=False),
        pa.field("type", pa.string(), nullable=False),
        ("project", pa.string()),
        ("batch", pa.string()),
        pa.field("status", pa.string(), nullable=False),
        ("unique_id", pa.string()),
        pa.field("metadata", pa.string(), nullable=False),
        ("response", pa.string()),
        ("confidence", pa.float32()),
        ("agreement", pa.float32()),
        pa.field("annotation_count", pa.int32(), nullable=False),
        pa.field("created_at", _TIME, nullable=False),
        ("completed_at", _TIME),
    ]
)
_PARAMS = pa.field("params", pa.string(), nullable=False)
_ANNOTATIONS = pa.field(
    "annotations",
    pa.list_(
        pa.struct([("annotator", pa.string()), ("response", pa.string()), ("created_at", _TIME)])
    ),
    nullable=False,
)

# As they come.
_NAMES = (
    "task_id",
    "type",
    "project",
    "batch",
    "status",
    "unique_id",
    "confidence",
    "agreement",
    "annotation_count",
    "created_at",
    "completed_at",
    "metadata",
    "response",
    "params",
    "annotations",
)
# A dictionary of what differs from task to task takes time and is thrown away in the end.
_FEW_VALUES = [
    "type",
    "project",
    "batch",
    "status",
    "metadata",
    "response",
    "confidence",
    "agreement",
    "annotation_count",
]


class _Annotation(TypedDict):
    annotator: str
    response: str
    created_at: datetime


_DECODER = msgspec.json.Decoder(list[_Annotation])


class ParquetFile:
    """Writes rows of `export_rows` into a file, one group after another."""

    def __init__(
        self, file: IO[bytes] | Spool, *, with_params: bool, with_annotations: bool
    ) -> None:
        self._with_params = with_params
        self._with_annotations = with_annotations
        self._schema = _COLUMNS
        if with_params:
            self._schema = self._schema.append(_PARAMS)
        if with_annotations:
            self._schema = self._schema.append(_ANNOTATIONS)
        self._held: list[Sequence[Any]] = []
        self._writer = pq.ParquetWriter(
            file, self._schema, compression="zstd", use_dictionary=_FEW_VALUES
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None and self._held:
            self._write_group(self._held)
        self._writer.close()

    def add(self, rows: Sequence[Sequence[Any]]) -> None:
        """Take rows, and write what makes whole groups."""
        self._held.extend(rows)
        while len(self._held) >= ROW_GROUP:
            self._write_group(self._held[:ROW_GROUP])
            del self._held[:ROW_GROUP]

    def _write_group(self, rows: Sequence[Sequence[Any]]) -> None:
        columns = dict(zip(_NAMES, zip(*rows, strict=True), strict=True))
        if self._with_annotations:
            columns["annotations"] = tuple(map(_DECODER.decode, columns["annotations"]))
        arrays = [pa.array(columns[field.name], type=field.type) for field in self._schema]
        self._writer.write_batch(pa.record_batch(arrays, schema=self._schema))
