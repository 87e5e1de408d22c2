"""Pictures are looked at as they come in: decoded wholly, beside the server, within bounds.

A child process reads the bytes from memory that it shares with the server, so nothing lies in clear
on a disk. What is to be shown in the picture's place, if it has to be another, it writes likewise.
"""

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Self, TypeAlias
from uuid import UUID

from evenhand.foundation.places import Places
from evenhand.foundation.processes import Processes, TookTooLong, TookTooMuch

PIXELS_MAX = 2**26  # 8,192 by 8,192; a browser holds one of these in 256 MB
SECONDS_MAX = 60.0  # the largest take ten to decode, turn and write
MEMORY_MAX = 768 * 2**20  # bytes; four a pixel, as read and as turned, and what the decoder needs
AT_ONCE = 2  # one of whoever sends what takes long, one of everybody else in turn
WAITING_A_TENANT_MAX = 64  # none of them has been read yet
READ_BYTES = 1024 * 1024

_CHILDREN = Processes(children=AT_ONCE, seconds_max=SECONDS_MAX, memory_max=MEMORY_MAX)
_PLACES = Places(AT_ONCE, per_key=1, waiting_per_key=WAITING_A_TENANT_MAX)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture that can be shown: its size as it is seen, upright, and what shows it.

    `written` is the type of what was written to be shown in its place, or nothing where the bytes
    themselves are shown.
    """

    width: int
    height: int
    written: str | None = None


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why a picture cannot be shown, in words that follow the name of the file."""

    words: str


Seen: TypeAlias = Picture | Flaw


@dataclass(frozen=True, slots=True)
class Looked:
    """What was seen, and the bytes to show in the picture's place, if any were written."""

    seen: Seen
    instead: AsyncIterator[bytes]


@asynccontextmanager
async def looked_at(
    tenant_id: UUID, content: AsyncIterator[bytes], *, bytes_max: int
) -> AsyncGenerator[Looked]:
    """Look at a picture; what is to be shown in its place is there until the block ends."""
    async with _PLACES.taken(tenant_id):
        with _Memory() as given, _Memory() as made:
            async for piece in content:
                await asyncio.to_thread(given.write, piece)
            try:
                seen = await _CHILDREN.run(
                    tenant_id, _look, given.path, made.path, bytes_max=bytes_max
                )
            except TookTooLong:
                seen = Flaw(f"takes more than {SECONDS_MAX:.0f} s to decode")
            except TookTooMuch:
                seen = Flaw(f"takes more than {MEMORY_MAX // 2**20} MB of memory to decode")
            yield Looked(seen, made.pieces())


def close() -> None:
    """End the children."""
    _CHILDREN.close()


def _look(given: str, made: str, *, bytes_max: int) -> Seen:
    # In the child alone: no server needs to load decoders.
    from evenhand.datasets.pictures import look  # noqa: PLC0415

    return look(given, made, bytes_max=bytes_max)


class _Memory:
    """Memory that a child opens by a path, as if it were a file."""

    def __enter__(self) -> Self:
        self._file = open(os.memfd_create("picture"), "w+b", buffering=0)  # noqa: PTH123
        self.path = f"/proc/{os.getpid()}/fd/{self._file.fileno()}"
        return self

    def __exit__(self, *_error: object) -> None:
        self._file.close()

    def write(self, piece: bytes) -> None:
        left = memoryview(piece)
        while left:
            left = left[self._file.write(left) :]

    async def pieces(self) -> AsyncIterator[bytes]:
        self._file.seek(0)
        while piece := await asyncio.to_thread(self._file.read, READ_BYTES):
            yield piece
