"""The machine's disk: where it is full or does not answer, that is told in a sentence."""

import asyncio
import errno
import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from evenhand.foundation.errors import Unavailable

# One file of the largest that is taken, sealed, and a little.
FREE_BYTES_MIN = 100 * 1024 * 1024
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class DiskFull(Unavailable):
    """The server's disk is full; try again once its operator has made room."""

    status = 507


class DiskAway(Unavailable):
    """The server's disk does not answer as it should; try again."""


@contextmanager
def disk_trouble() -> Generator[None]:
    """Tell trouble of the disk as what it is; nothing but the disk is used inside."""
    try:
        yield
    except OSError as error:
        raise (DiskFull if error.errno in FULL else DiskAway) from error


async def require_room(folder: Path, *, least: int = FREE_BYTES_MIN) -> None:
    """Refuse a folder that cannot be written to, or whose disk has less room than that."""
    # In a thread: a disk of another machine may not answer for minutes.
    await asyncio.to_thread(_require_room, folder, least)


def _require_room(folder: Path, least: int) -> None:
    with disk_trouble():
        if not os.access(folder, os.W_OK | os.X_OK):
            raise DiskAway
        if shutil.disk_usage(folder).free < least:
            raise DiskFull
