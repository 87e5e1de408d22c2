"""Files: saved as they stream in, read whole or in part, listed newest first."""

import hashlib
import json
import os
import re
from collections.abc import AsyncIterable, AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol
from uuid import UUID, uuid4

from psycopg.types.json import Json, Jsonb

from evenhand import ledger
from evenhand.datasets.examining import Flaw, Picture, looked_at
from evenhand.datasets.fitness import Found
from evenhand.datasets.keys import DataKey, key_named, present_key
from evenhand.datasets.sealing import (
    SALT_BYTES,
    SEALED_BYTES,
    SEGMENT_BYTES,
    DamagedFile,
    Layout,
    Seal,
    regrouped,
    sealed,
)
from evenhand.datasets.sniffing import HEAD_BYTES, is_picture, mime_type_of
from evenhand.datasets.storage import Storage, object_name
from evenhand.foundation import sql
from evenhand.foundation.database import Pool, Tx, as_tenant
from evenhand.foundation.errors import Invalid, NotFound, TooLarge
from evenhand.foundation.rows import many, one_or_none, run

QUERIES = sql.beside(__file__)

FILE_BYTES_MAX = 80 * 1000 * 1000  # the contract's 80 MB
NAME_LENGTH_MAX = 1000
METADATA_BYTES_MAX = 10 * 1024
PROJECTS_MAX = 100
PAGE_MAX = 100
SCHEME = "scaledata://"
# NUL as JSON spells it, which PostgreSQL cannot hold; not a backslash that stands for itself.
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


class FileTooLarge(TooLarge):
    """The file is larger than 80 MB, the most that this server takes."""


class EmptyFile(Invalid):
    """The file is empty."""


class UnknownFile(NotFound):
    """File with that ID not found."""


class InvalidFile(Invalid):
    """What is said about the file is not well formed."""


class RangeOutside(Invalid):
    """The range lies outside the file."""

    status = 416


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFile:
    """What a tenant says about a file that it brings; its type is not among it.

    One that is made here, to be shown in the place of another, names that as its original.
    """

    file_id: UUID
    is_test: bool
    original_id: UUID | None = None
    project_names: Sequence[str] = ()
    reference_id: str | None = None
    display_name: str | None = None
    source_url: str | None = None
    metadata: Mapping[str, object] = field(default_factory=dict[str, object])


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A stored file; of a picture, its size upright, or why it cannot be shown."""

    file_id: UUID
    key_id: UUID
    salt: bytes
    is_test: bool
    project_names: list[str]
    reference_id: str | None
    display_name: str | None
    source_url: str | None
    mime_type: str
    size: int
    sha256: bytes
    width: int | None
    height: int | None
    flaw: str | None
    metadata: dict[str, object]
    created_at: datetime
    updated_at: datetime

    @property
    def attachment_url(self) -> str:
        """How a task names this file as its attachment."""
        return f"{SCHEME}{self.file_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written(Found):
    """What was learnt about a file while it was written."""

    key_id: UUID
    salt: bytes
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Received:
    """Content that lies sealed in the storage, and what its row will say.

    With a picture that cannot be shown as it came, comes the one that is shown instead.
    """

    new: NewFile
    written: Written
    instead: "Received | None" = None

    @property
    def shown_id(self) -> UUID:
        """Which file a task shows."""
        return self.new.file_id if self.instead is None else self.instead.new.file_id


async def save_file(
    tx: Tx, storage: Storage, chunks: AsyncIterable[bytes], new: NewFile, *, now: datetime
) -> File:
    """Store a file whose content is at hand; what comes over a network is for `receive_file`."""
    _check(new)
    data_key = await present_key(tx, storage.ring, now=now)
    written = await _write(storage, tx.tenant_id, data_key, chunks, new.file_id)
    return await _enter(tx, new, written, now=now)


async def receive_file(
    pool: Pool,
    tenant_id: UUID,
    storage: Storage,
    chunks: AsyncIterable[bytes],
    new: NewFile,
    *,
    now: datetime,
) -> File:
    """Store a file as it comes in; no transaction stays open while its sender is slow."""
    received = await receive(pool, tenant_id, storage, chunks, new, now=now)
    async with as_tenant(pool, tenant_id) as tx:
        return await keep_file(tx, received, now=now)


async def receive(
    pool: Pool,
    tenant_id: UUID,
    storage: Storage,
    chunks: AsyncIterable[bytes],
    new: NewFile,
    *,
    now: datetime,
) -> Received:
    """Seal content as it comes in, and look at it; it is a file once `keep_file` has committed."""
    _check(new)
    async with as_tenant(pool, tenant_id) as tx:
        data_key = await present_key(tx, storage.ring, now=now)
    written = await _write(storage, tenant_id, data_key, chunks, new.file_id)
    received = Received(new, written)
    if not is_picture(written.mime_type):
        return received
    return await _looked_at(storage, tenant_id, data_key, received)


async def keep_file(tx: Tx, received: Received, *, now: datetime) -> File:
    """Make a file of content that was received, in the transaction that needs it."""
    file = await _enter(tx, received.new, received.written, now=now)
    if received.instead is not None:
        await _enter(tx, received.instead.new, received.instead.written, now=now)
    return file


async def read_file(
    tx: Tx, storage: Storage, file: File, *, start: int = 0, end: int | None = None
) -> AsyncIterator[bytes]:
    """Open a file, or its bytes from start up to end; the transaction may close before it is read.

    Each segment is proved before any of it is given out.
    """
    stop = file.size if end is None else end
    if not 0 <= start <= stop <= file.size:
        raise RangeOutside(size=file.size)
    data_key = await key_named(tx, storage.ring, file.key_id)
    seal = Seal(data_key.key, tenant_id=tx.tenant_id, file_id=file.file_id, salt=file.salt)
    return _opened(storage, tx.tenant_id, file, seal, (start, stop))


async def file_of(tx: Tx, file_id: UUID) -> File:
    """One file of the tenant."""
    file = await one_or_none(tx, QUERIES["find_file"], File, file_id=file_id)
    if file is None:
        raise UnknownFile
    return file


async def list_files(
    tx: Tx,
    *,
    is_test: bool,
    limit: int = PAGE_MAX,
    project_name: str | None = None,
    metadata: Mapping[str, object] | None = None,
    after: tuple[datetime, UUID] | None = None,
) -> list[File]:
    """A page of files, newest first; `after` is time and id of the last file seen."""
    after_time, after_id = after or (None, None)
    return await many(
        tx,
        QUERIES["list_files"],
        File,
        is_test=is_test,
        project_name=project_name,
        metadata=None if metadata is None else Jsonb(dict(metadata)),
        after_time=after_time,
        after_id=after_id,
        limit=max(1, min(limit, PAGE_MAX)),
    )


async def resolve_attachment(tx: Tx, url: str) -> File | None:
    """The stored file that an attachment's URL names, or nothing when it lies elsewhere."""
    if not url.startswith(SCHEME):
        return None
    try:
        file_id = UUID(url.removeprefix(SCHEME))
    except ValueError as error:
        raise UnknownFile from error
    return await file_of(tx, file_id)


class _Meter:
    """Passes a stream on and keeps what its row will say of it."""

    def __init__(self, chunks: AsyncIterable[bytes]) -> None:
        self._chunks = chunks
        self.size = 0
        self.head = b""
        self.digest = hashlib.sha256()

    async def passed(self) -> AsyncIterator[bytes]:
        async for chunk in self._chunks:
            self.size += len(chunk)
            if self.size > FILE_BYTES_MAX:
                raise FileTooLarge(bytes_max=FILE_BYTES_MAX)
            if len(self.head) < HEAD_BYTES:
                self.head = (self.head + chunk)[:HEAD_BYTES]
            self.digest.update(chunk)
            yield chunk


async def _write(
    storage: Storage,
    tenant_id: UUID,
    data_key: DataKey,
    chunks: AsyncIterable[bytes],
    file_id: UUID,
) -> Written:
    salt = os.urandom(SALT_BYTES)
    seal = Seal(data_key.key, tenant_id=tenant_id, file_id=file_id, salt=salt)
    meter = _Meter(chunks)
    await storage.put(object_name(tenant_id, file_id, salt), sealed(seal, meter.passed()))
    return Written(
        key_id=data_key.key_id,
        salt=salt,
        mime_type=mime_type_of(meter.head),
        size=meter.size,
        sha256=meter.digest.digest(),
    )


async def _looked_at(
    storage: Storage, tenant_id: UUID, data_key: DataKey, received: Received
) -> Received:
    """Decode a picture, and seal what has to be shown instead of it."""
    new, written = received.new, received.written
    seal = Seal(data_key.key, tenant_id=tenant_id, file_id=new.file_id, salt=written.salt)
    lies = _Sealed(file_id=new.file_id, salt=written.salt, size=written.size)
    content = _opened(storage, tenant_id, lies, seal, (0, written.size))
    async with looked_at(tenant_id, content, bytes_max=FILE_BYTES_MAX) as looked:
        match looked.seen:
            case Flaw(words=words):
                return Received(new, replace(written, flaw=words))
            case Picture(width=width, height=height, written=None):
                return Received(new, replace(written, width=width, height=height))
            case Picture(width=width, height=height):
                shown = replace(new, file_id=uuid4(), original_id=new.file_id)
                made = await _write(storage, tenant_id, data_key, looked.instead, shown.file_id)
                size = {"width": width, "height": height}
                instead = Received(shown, replace(made, **size))
                return Received(new, replace(written, **size), instead)


async def _enter(tx: Tx, new: NewFile, written: Written, *, now: datetime) -> File:
    await run(
        tx,
        QUERIES["insert_file"],
        file_id=new.file_id,
        key_id=written.key_id,
        salt=written.salt,
        is_test=new.is_test,
        original_id=new.original_id,
        project_names=list(new.project_names),
        reference_id=new.reference_id,
        display_name=new.display_name,
        source_url=new.source_url,
        mime_type=written.mime_type,
        size=written.size,
        sha256=written.sha256,
        width=written.width,
        height=written.height,
        flaw=written.flaw,
        metadata=Json(dict(new.metadata)),
        now=now,
    )
    # With the row or not at all: a process that dies in between leaves no file without its entry.
    await ledger.append(tx, ledger.events.FileStored(file_id=new.file_id), at=now)
    return await file_of(tx, new.file_id)


class _Lies(Protocol):
    """Where the bytes of a file lie, whether it has a row yet or not."""

    @property
    def file_id(self) -> UUID: ...
    @property
    def salt(self) -> bytes: ...
    @property
    def size(self) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sealed:
    file_id: UUID
    salt: bytes
    size: int


async def _opened(
    storage: Storage, tenant_id: UUID, file: _Lies, seal: Seal, span: tuple[int, int]
) -> AsyncIterator[bytes]:
    start, stop = span
    layout = Layout(size=file.size)
    wanted = layout.covering(start, stop)
    chunks = await storage.get(
        object_name(tenant_id, file.file_id, file.salt),
        span=layout.sealed_span(wanted),
        size=layout.sealed_size,
    )
    index = wanted.start
    async for piece in regrouped(chunks, SEALED_BYTES):
        plain = seal.open_segment(index, piece, last=index == layout.segments - 1)
        begin = index * SEGMENT_BYTES
        yield plain[max(0, start - begin) : stop - begin]
        index += 1
    if index != wanted.stop:
        raise DamagedFile(file_id=str(file.file_id))


def _check(new: NewFile) -> None:
    texts = [new.reference_id, new.display_name, *new.project_names]
    if any(text is not None and len(text) > NAME_LENGTH_MAX for text in texts):
        raise InvalidFile(f"Names hold at most {NAME_LENGTH_MAX} characters.")
    if len(new.project_names) > PROJECTS_MAX:
        raise InvalidFile(f"A file belongs to at most {PROJECTS_MAX} projects.")
    try:
        metadata = json.dumps(dict(new.metadata), ensure_ascii=False, allow_nan=False)
        told = "".join(text or "" for text in [*texts, new.source_url]) + metadata
        told.encode()
    except ValueError as error:
        raise InvalidFile("Text must be Unicode, and numbers must be finite.") from error
    if "\0" in told or _NUL.search(metadata):
        raise InvalidFile("Text must not hold the character NUL.")
    if len(metadata.encode()) > METADATA_BYTES_MAX:
        raise InvalidFile("Metadata holds at most 10 KB.")
