"""Files for tests to save, and the stream that brings them."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

from evenhand import datasets


async def stream(content: bytes, piece: int = 300_000) -> AsyncIterator[bytes]:
    for start in range(0, len(content), piece):
        yield content[start : start + piece]


def a_new_file(**said: object) -> datasets.NewFile:
    return datasets.NewFile(file_id=uuid4(), is_test=False, **said)  # pyright: ignore[reportArgumentType]


async def whole(chunks: AsyncIterator[bytes]) -> bytes:
    return b"".join([chunk async for chunk in chunks])


def objects_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def is_made_of_ids(path: Path, folder: Path) -> bool:
    return (
        re.fullmatch(r"[0-9a-f-]{36}/[0-9a-f-]{36}/[0-9a-f]{16}", str(path.relative_to(folder)))
        is not None
    )
