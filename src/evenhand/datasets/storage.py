"""Where sealed objects lie: a folder, or a bucket of S3, Google Cloud or Azure."""

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError
from obstore.store import LocalStore, ObjectStore, from_url

from evenhand.datasets.keys import KeyRing
from evenhand.datasets.sealing import DamagedFile
from evenhand.foundation.disk import FULL, DiskFull, disk_trouble, require_room
from evenhand.foundation.errors import Unavailable
from evenhand.foundation.secret import Secret

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig

# What is shorter goes up in one request; what is longer in parts, two of them at a time.
WHOLE_BYTES_MAX = 4 * 1024 * 1024
PARTS_AT_ONCE = 2
READ_BYTES = 1024 * 1024
# A store that is down is reported while someone still waits for the answer. Plain http serves
# stores beside the server: what goes there is sealed, and requests are signed, not keyed.
CLIENT: "ClientConfig" = {"connect_timeout": "5s", "timeout": "60s", "allow_http": True}
NOWHERE = "readiness"  # the name of no object: asked for, it shows that the store answers
RETRIES: "RetryConfig" = {"max_retries": 3, "retry_timeout": timedelta(seconds=20)}


class StorageUnreachable(Unavailable):
    """The object storage does not answer; try again."""


class Storage:
    """Puts and gets sealed objects; their names are made of ids alone."""

    def __init__(self, url_or_folder: str | Path, secret: Secret) -> None:
        self.ring = KeyRing(secret)
        text = str(url_or_folder)
        self._folder = None if "://" in text else Path(url_or_folder)
        self._store: ObjectStore = (
            from_url(text, client_options=CLIENT, retry_config=RETRIES)
            if self._folder is None
            else LocalStore(self._folder, mkdir=True)
        )

    async def put(self, path: str, pieces: AsyncIterator[bytes]) -> None:
        """Write an object whole or not at all; when this returns, it outlives a power cut."""
        head = [piece async for piece in _up_to(pieces, WHOLE_BYTES_MAX)]
        try:
            if sum(map(len, head)) < WHOLE_BYTES_MAX:
                await obstore.put_async(self._store, path, b"".join(head))
            else:
                await obstore.put_async(
                    self._store, path, _chained(head, pieces), max_concurrency=PARTS_AT_ONCE
                )
        except BaseError as error:
            raise _trouble(error) from error
        if self._folder is not None:
            # The row that names the object is written next and is certain to last: so must be
            # the object, which the operating system may still hold in memory.
            await asyncio.to_thread(_sync, self._folder, path)

    async def require(self, *, seconds: float) -> None:
        """Refuse a storage that does not answer in so many seconds, or a folder without room."""
        if self._folder is not None:
            await require_room(self._folder)
            return
        try:
            async with asyncio.timeout(seconds):
                await obstore.head_async(self._store, NOWHERE)
        except (FileNotFoundError, PermissionDeniedError):
            # Whoever may not list a bucket is not told either that something is not in it.
            return
        except (BaseError, TimeoutError) as error:
            raise StorageUnreachable from error

    async def get(self, path: str, *, span: tuple[int, int], size: int) -> AsyncIterator[bytes]:
        """Open a part of an object, which must have exactly the size that it is known to have."""
        try:
            result = await obstore.get_async(self._store, path, options={"range": span})
        except FileNotFoundError as error:
            raise DamagedFile(object_name=path) from error
        except BaseError as error:
            raise StorageUnreachable from error
        if result.meta["size"] != size:
            raise DamagedFile(object_name=path)
        return _bytes_of(result)


def object_name(tenant_id: UUID, file_id: UUID, salt: bytes) -> str:
    """Where a file's object lies; with its salt in the name, no later one can take its place."""
    return f"{tenant_id}/{file_id}/{salt.hex()[:16]}"


async def _bytes_of(result: "obstore.GetResult") -> AsyncIterator[bytes]:
    try:
        async for chunk in result.stream(min_chunk_size=READ_BYTES):
            yield bytes(chunk)
    except BaseError as error:
        raise StorageUnreachable from error


async def _up_to(pieces: AsyncIterator[bytes], length: int) -> AsyncIterator[bytes]:
    seen = 0
    async for piece in pieces:
        yield piece
        seen += len(piece)
        if seen >= length:
            return


async def _chained(head: list[bytes], rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    for piece in head:
        yield piece
    async for piece in rest:
        yield piece


def _trouble(error: BaseError) -> Unavailable:
    is_full = any(f"(os error {number})" in str(error) for number in FULL)
    return DiskFull() if is_full else StorageUnreachable()


def _sync(folder: Path, path: str) -> None:
    written = folder / path
    for place in (written, *written.parents):
        with disk_trouble():
            descriptor = os.open(place, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        if place == folder:
            return
