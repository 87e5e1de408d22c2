"""The leaf of an epoch in the public log: always of the same size, whatever happened.

| bytes | what |
|---|---|
| 16 | `evenhand-epoch-1` in ASCII |
| 8 | number of the epoch, from 0, which is also its index in the log |
| 8 | when it ended, in microseconds since 1970-01-01 UTC |
| 32 | SHA-256 of the epoch's salted record |
| 32 | root of the blinded map |

Numbers are unsigned and big-endian.
"""

import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

MARK = b"evenhand-epoch-1"
_LAYOUT = struct.Struct(">16sQQ32s32s")
LEAF_BYTES = _LAYOUT.size
_START = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class NotAnEpoch(ValueError):
    """These bytes are not the leaf of an epoch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Epoch:
    """What the public log says of an epoch."""

    number: int
    at: datetime
    record: bytes
    map_root: bytes

    @property
    def leaf(self) -> bytes:
        """The entry of the public log, 96 bytes."""
        since = (self.at - _START) // _MICROSECOND
        return _LAYOUT.pack(MARK, self.number, since, self.record, self.map_root)

    @classmethod
    def parse(cls, leaf: bytes) -> "Epoch":
        """Read an entry of the public log; raises `NotAnEpoch` for any other bytes."""
        if len(leaf) != LEAF_BYTES:
            raise NotAnEpoch(f"An epoch's leaf has {LEAF_BYTES} bytes, and this has {len(leaf)}.")
        mark, number, since, record, map_root = _LAYOUT.unpack(leaf)
        if mark != MARK:
            raise NotAnEpoch(f"An epoch's leaf begins with {MARK.decode()}.")
        try:
            at = _START + since * _MICROSECOND
        except OverflowError as error:
            raise NotAnEpoch("The epoch ended at no time that there is.") from error
        return cls(number=number, at=at, record=record, map_root=map_root)
