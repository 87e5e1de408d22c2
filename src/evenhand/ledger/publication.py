"""The public log as files that anyone may read: tiles, and a checkpoint that is signed.

They are made of the epochs in the database, and of nothing else, so whoever publishes after a crash
writes the same bytes again. Files that say something else than the database stop it: there must
never be two histories.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from evenhand.foundation import sql
from evenhand.foundation.database import Connection
from evenhand.foundation.errors import Conflict
from evenhand.foundation.rows import many, one, run
from evenhand.foundation.secret import Secret
from evenhand.ledger.log_store import log_store
from evenhand.tlog import tree
from evenhand.tlog.checkpoint import Checkpoint
from evenhand.tlog.errors import LogError, Missing
from evenhand.tlog.note import Note
from evenhand.tlog.policy import Party, Policy
from evenhand.tlog.signatures import SignatureType, SigningKey, signed
from evenhand.tlog.store import Store
from evenhand.tlog.tiles import CHECKPOINT
from evenhand.tlog.writer import LogWriter

QUERIES = sql.beside(__file__)

LEAVES_A_STEP = 10_000


class LogAhead(Conflict):
    """The published log has more epochs than the database: it was restored to an earlier day.

    To go on would be a second history, which everybody could prove. Restore a later backup; or give
    the log a new name with EVENHAND_LOG_ORIGIN and an empty EVENHAND_LOG_URL, and tell its readers.
    """


class LogDiffers(Conflict):
    """The published log is not the one of this database, so nothing is published any more."""


class OriginDiffers(Conflict):
    """EVENHAND_LOG_ORIGIN names another log than the database holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicHead:
    """How far the public log is in the database."""

    origin: str
    size: int
    root: bytes


@dataclass(slots=True)
class Publication:
    """The files of the public log, written by one process at a time."""

    origin: str
    store: Store
    keys: Sequence[SigningKey]
    _writer: LogWriter | None = field(default=None, init=False)

    async def publish(self, connection: Connection, *, now: datetime) -> int:
        """Publish what is made and not yet published, and say how many epochs it was.

        Raises `LogAhead` or `LogDiffers` where the files cannot be those of this database.
        """
        head = await public_head(connection)
        writer = self._writer or await asyncio.to_thread(self._resumed, head)
        # Until it is published, whatever happens: the files are looked at anew after trouble.
        self._writer = None
        if writer.size > head.size:
            raise LogAhead(published=writer.size, database=head.size)
        before = writer.size
        while writer.size < head.size:
            end = min(head.size, writer.size + LEAVES_A_STEP)
            leaves = await many(
                connection, QUERIES["leaves_from"], bytes, start=writer.size, end=end
            )
            await asyncio.to_thread(_appended, writer, leaves)
        if writer.root != head.root:
            raise LogDiffers(size=head.size)
        if writer.size > before or before == 0:
            checkpoint = Checkpoint(head.origin, head.size, head.root)
            await asyncio.to_thread(_published, writer, self._signed(checkpoint, now))
        self._writer = writer
        return writer.size - before

    async def note(self) -> Note | None:
        """The checkpoint that is published, with all signatures; None before the first."""
        try:
            return Note.parse(await asyncio.to_thread(self.store.read, CHECKPOINT))
        except Missing:
            return None

    def read(self, path: str) -> bytes | None:
        """The bytes of a published file; waits for the disk."""
        try:
            return self.store.read(path)
        except Missing:
            return None

    def policy(self) -> Policy:
        """Whom a reader of the log is to trust."""
        return Policy(tuple(Party(key.verifier_key) for key in self.keys))

    def _resumed(self, head: PublicHead) -> LogWriter:
        published = published_in(self.store)
        if published is None:
            return LogWriter(self.store)
        if published.origin != head.origin:
            raise LogDiffers(published=published.origin, database=head.origin)
        if published.size > head.size:
            raise LogAhead(published=published.size, database=head.size)
        try:
            return LogWriter.resume(self.store, size=published.size, root=published.root)
        except LogError as error:
            raise LogDiffers(str(error)) from error

    def _signed(self, checkpoint: Checkpoint, now: datetime) -> Note:
        return signed(checkpoint, self.keys, time=int(now.timestamp()))


def signing_keys(secret: Secret, origin: str) -> list[SigningKey]:
    """The two keys of the log: one that every reader knows, and one for after quantum computers."""
    return [
        SigningKey(origin, SignatureType.ED25519, secret.key("log Ed25519")),
        SigningKey(origin, SignatureType.ML_DSA_44, secret.key("log ML-DSA-44")),
    ]


def published_in(store: Store) -> Checkpoint | None:
    """What the published checkpoint says, if there is one."""
    try:
        return Checkpoint.parse(Note.parse(store.read(CHECKPOINT)).text)
    except Missing:
        return None
    except LogError as error:
        raise LogDiffers(str(error)) from error


async def opened_publication(
    connection: Connection, secret: Secret, *, place: str | Path, origin: str | None
) -> Publication:
    """Open the public log, beginning it where it has not begun: its name stays for ever.

    Raises `LogAhead` where the database was restored to an earlier day than what is published.
    """
    default = f"evenhand.{secret.key('log name').hex()[:16]}"
    await run(
        connection, QUERIES["begin_public_log"], origin=origin or default, root=tree.EMPTY_ROOT
    )
    head = await public_head(connection)
    if origin is not None and head.origin != origin:
        raise OriginDiffers(setting=origin, database=head.origin)
    publication = Publication(head.origin, log_store(place), signing_keys(secret, head.origin))
    published = await asyncio.to_thread(published_in, publication.store)
    if published is not None and published.size > head.size:
        raise LogAhead(published=published.size, database=head.size)
    return publication


async def public_head(connection: Connection) -> PublicHead:
    """How far the public log is; it has begun."""
    return await one(connection, QUERIES["public_head"], PublicHead)


def _appended(writer: LogWriter, leaves: Sequence[bytes]) -> None:
    try:
        writer.append(leaves)
    except LogError as error:
        raise LogDiffers(str(error)) from error


def _published(writer: LogWriter, note: Note) -> None:
    try:
        writer.publish(note)
    except LogError as error:
        raise LogDiffers(str(error)) from error
