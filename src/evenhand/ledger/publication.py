"""The public log as files that anyone may read: tiles, and a checkpoint that is signed.

They are made of the epochs in the database, and of nothing else, so whoever publishes after a crash
writes the same bytes again. Files that say something else than the database stop it: there must
never be two histories.
"""

import asyncio
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from evenhand.foundation import sql
from evenhand.foundation.database import Connection
from evenhand.foundation.errors import Conflict, EvenhandError
from evenhand.foundation.rows import many, one, run
from evenhand.foundation.secret import Secret
from evenhand.ledger.log_store import LogUnreachable, log_store, reached
from evenhand.tlog import tree
from evenhand.tlog.checkpoint import Checkpoint
from evenhand.tlog.errors import LogError, Missing
from evenhand.tlog.note import Note
from evenhand.tlog.policy import Party, Policy
from evenhand.tlog.reading import LogReader
from evenhand.tlog.signatures import SignatureType, SigningKey, signed
from evenhand.tlog.store import Store
from evenhand.tlog.tiles import CHECKPOINT
from evenhand.tlog.writer import LogWriter

QUERIES = sql.beside(__file__)

LEAVES_A_STEP = 10_000
POLICY = "policy"  # whom a reader of the log is to trust: a file of the log itself
INSTEAD_OF = "instead-of"  # of a log that was begun anew: what its first record says of the old one
NO_WITNESSES = Policy(())


class LogAhead(Conflict):
    """The published log has more epochs than the database: it was restored to an earlier day.

    To go on would be a second history, which everybody could prove. Restore a later backup of the
    database. If there is none, what was promised since the last one cannot be kept: tell the
    readers of the log, and do not empty its place, for whoever kept a checkpoint has the proof.
    """


class LogDiffers(Conflict):
    """The published log is not the one of this database, so nothing is published any more.

    If EVENHAND_LOG_URL names the place of another log, name that of this one. If files were
    damaged, put them back as they were; `checkpoint` alone may be deleted, and is made anew if the
    tiles are those of this database. Then the log goes on by itself.
    """


class OriginDiffers(Conflict):
    """EVENHAND_LOG_ORIGIN names another log than the database holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicHead:
    """How far the public log is in the database."""

    origin: str
    size: int
    root: bytes
    # What there is of the log that this one was begun in place of, as JSON.
    instead_of: str | None = None


@dataclass(frozen=True, slots=True)
class PublishedLog:
    """The log under one checkpoint; its tiles are read once, for all proofs that need them."""

    note: Note
    _reader: LogReader
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def size(self) -> int:
        """How many epochs it has."""
        return self._reader.size

    async def inclusion_path(self, epoch: int) -> list[bytes]:
        """Prove that the log holds an epoch."""
        async with self._lock:
            return await asyncio.to_thread(self._reader.inclusion_path, epoch)


@dataclass(frozen=True, slots=True)
class Unpublished:
    """Epochs that are read and not written yet."""

    writer: LogWriter
    head: PublicHead
    leaves: Sequence[bytes]
    count: int


@dataclass(frozen=True, slots=True)
class Written:
    """Epochs whose tiles are written and whose checkpoint nobody is shown yet."""

    writer: LogWriter
    checkpoint: Checkpoint
    note: Note


@dataclass(slots=True)
class Publication:
    """The files of the public log, written by one process at a time."""

    origin: str
    store: Store
    keys: Sequence[SigningKey]
    # By whom it is to be cosigned: the logs of this policy are not looked at.
    witnesses: Policy = NO_WITNESSES
    # What keeps this process from publishing, told by whoever publishes.
    trouble: EvenhandError | None = field(default=None, init=False)
    _writer: LogWriter | None = field(default=None, init=False)
    _shown: "PublishedLog | None" = field(default=None, init=False)

    async def publish(self, connection: Connection, *, now: datetime) -> int:
        """Publish what is made and not yet published, and say how many epochs it was.

        Errors as those of `unpublished`, `written` and `show`.
        """
        unpublished = await self.unpublished(connection)
        if unpublished is None:
            return 0
        await self.show(await self.written(unpublished, now=now))
        return unpublished.count

    async def unpublished(self, connection: Connection) -> "Unpublished | None":
        """Read what is made and not yet published; None where nothing is.

        Raises `LogAhead` or `LogDiffers` where the files cannot be those of this database, and
        `LogUnreachable` where they cannot be read or written now.
        """
        head = await public_head(connection)
        # Until it is shown, whatever happens: the files are looked at anew after trouble.
        writer, self._writer = self._writer, None
        if writer is None:
            published = await asyncio.to_thread(published_in, self.store)
            writer = await asyncio.to_thread(self._resumed, head, published)
        if writer.size > head.size:
            raise LogAhead(published=writer.size, database=head.size)
        before = writer.size
        while head.size - writer.size > LEAVES_A_STEP:
            leaves = await _leaves(connection, writer.size, writer.size + LEAVES_A_STEP)
            await asyncio.to_thread(_appended, writer, leaves)
        if head.size == before > 0:
            if writer.root != head.root:
                raise LogDiffers(size=head.size)
            self._writer = writer
            return None
        leaves = await _leaves(connection, writer.size, head.size)
        return Unpublished(writer, head, leaves, head.size - before)

    async def written(
        self, unpublished: "Unpublished", *, now: datetime, at: float = 0.0
    ) -> "Written":
        """Write the tiles of what was read, not before a moment of the steady clock.

        A thread waits for it, which no busy loop keeps from going on. Errors as `unpublished`.
        """
        return await asyncio.to_thread(_written, unpublished, self.keys, now, at)

    async def show(self, written: "Written", note: Note | None = None, *, at: float = 0.0) -> None:
        """Put the checkpoint of what is written in place, as it is or cosigned, at a moment."""
        await asyncio.to_thread(_shown, written.writer, note or written.note, at)
        self._writer = written.writer

    async def show_again(self, note: Note) -> None:
        """Put the checkpoint that was shown last in place under more signatures."""
        writer, self._writer = self._writer, None
        assert writer is not None, "it was shown, and nothing has been written since"
        await asyncio.to_thread(_shown, writer, note)
        self._writer = writer

    async def require(self, connection: Connection) -> None:
        """Raise what keeps the log from going on: what this process met, or what can be seen."""
        if self.trouble is not None:
            raise self.trouble
        await self.require_one_history(connection)

    async def require_one_history(self, connection: Connection) -> None:
        """Raise `LogAhead` or `LogDiffers` where the checkpoint shows it, or `LogUnreachable`."""
        # In this order: another process may publish between the two.
        published = await asyncio.to_thread(published_in, self.store)
        _require_of(await public_head(connection), published)

    async def require_going_on(self, connection: Connection) -> Checkpoint | None:
        """Raise what keeps a process from going on with the files, and return how far they are.

        It looks at the edge as whoever publishes does.
        """
        # In this order: another process may publish between the two.
        published = await asyncio.to_thread(published_in, self.store)
        await asyncio.to_thread(self._resumed, await public_head(connection), published)
        return published

    def consistency_path(self, old: int, new: int) -> list[bytes]:
        """Prove by the tiles that the log of one size is how that of another began; waits."""
        with reached(), _held_to_be_ours():
            return LogReader(self.store.read, new).consistency_path(old)

    def root_at(self, size: int, published: int) -> bytes:
        """What the log added up to at a size, by the tiles of what is published; waits."""
        with reached(), _held_to_be_ours():
            return LogReader(self.store.read, published).root(size)

    async def quorum_problem(self) -> str | None:
        """What the published checkpoint lacks to satisfy the policy, as a sentence."""
        note = await self.note()
        if note is None or self.witnesses.quorum == NO_WITNESSES.quorum:
            return None
        try:
            self.policy().verify(note)
        except LogError as error:
            return str(error)
        return None

    async def published(self) -> "PublishedLog | None":
        """What is published at this moment, to make proofs of; None before the first epoch."""
        note = await self.note()
        if note is None:
            return None
        if self._shown is None or self._shown.note != note:
            size = Checkpoint.parse(note.text).size
            self._shown = PublishedLog(note, LogReader(self.store.read, size))
        return self._shown

    async def note(self) -> Note | None:
        """The checkpoint that is published, with all signatures; None before the first."""
        with reached():
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
        return replace(self.witnesses, logs=tuple(Party(key.verifier_key) for key in self.keys))

    def _resumed(self, head: PublicHead, published: Checkpoint | None) -> LogWriter:
        _require_of(head, published)
        with reached(), _held_to_be_ours():
            # Beside the tiles, so that they can be checked where there is no server any more.
            self.store.replace(POLICY, bytes(self.policy()))
            if head.instead_of is not None:
                self.store.replace(INSTEAD_OF, head.instead_of.encode())
            if published is None:
                return LogWriter(self.store)
            return LogWriter.resume(self.store, size=published.size, root=published.root)


def signing_keys(secret: Secret, origin: str) -> list[SigningKey]:
    """The two keys of the log: one that every reader knows, and one for after quantum computers."""
    return [
        SigningKey(origin, SignatureType.ED25519, secret.key("log Ed25519")),
        SigningKey(origin, SignatureType.ML_DSA_44, secret.key("log ML-DSA-44")),
    ]


def published_in(store: Store) -> Checkpoint | None:
    """What the published checkpoint says, if there is one."""
    with reached(), _held_to_be_ours():
        try:
            return Checkpoint.parse(Note.parse(store.read(CHECKPOINT)).text)
        except Missing:
            return None


async def opened_publication(
    connection: Connection,
    secret: Secret,
    *,
    place: str | Path,
    origin: str | None,
    witnesses: Policy = NO_WITNESSES,
) -> Publication:
    """Open the public log, beginning it where it has not begun: its name stays for ever.

    Raises `LogAhead` where the database was restored to an earlier day than what is published,
    and `LogDiffers` where another log is. One that cannot be reached is no reason not to begin.
    """
    default = f"evenhand.{secret.key('log name').hex()[:16]}"
    await run(
        connection, QUERIES["begin_public_log"], origin=origin or default, root=tree.EMPTY_ROOT
    )
    publication = await publication_as_it_is(connection, secret, place=place, witnesses=witnesses)
    if origin is not None and publication.origin != origin:
        raise OriginDiffers(setting=origin, database=publication.origin)
    # Whoever makes epochs does not begin until it is reached.
    with suppress(LogUnreachable):
        await publication.require_one_history(connection)
    return publication


async def publication_as_it_is(
    connection: Connection, secret: Secret, *, place: str | Path, witnesses: Policy = NO_WITNESSES
) -> Publication:
    """The public log that has begun, whatever is wrong with it."""
    head = await public_head(connection)
    return Publication(head.origin, log_store(place), signing_keys(secret, head.origin), witnesses)


async def public_head(connection: Connection) -> PublicHead:
    """How far the public log is; it has begun."""
    return await one(connection, QUERIES["public_head"], PublicHead)


def _require_of(head: PublicHead, published: Checkpoint | None) -> None:
    """Refuse what is published where the database cannot have made it."""
    if published is None:
        return
    if published.origin != head.origin:
        raise LogDiffers(published=published.origin, database=head.origin)
    if published.size > head.size:
        raise LogAhead(published=published.size, database=head.size)
    if published.size == head.size and published.root != head.root:
        raise LogDiffers(size=head.size)


async def _leaves(connection: Connection, start: int, end: int) -> list[bytes]:
    return await many(connection, QUERIES["leaves_from"], bytes, start=start, end=end)


def _appended(writer: LogWriter, leaves: Sequence[bytes]) -> None:
    with reached(), _held_to_be_ours():
        writer.append(leaves)


def _written(
    unpublished: Unpublished, keys: Sequence[SigningKey], now: datetime, at: float
) -> Written:
    writer, head = unpublished.writer, unpublished.head
    _wait_until(at)
    _appended(writer, unpublished.leaves)
    if writer.root != head.root:
        raise LogDiffers(size=head.size)
    checkpoint = Checkpoint(head.origin, head.size, head.root)
    return Written(writer, checkpoint, signed(checkpoint, keys, time=int(now.timestamp())))


def _shown(writer: LogWriter, note: Note, at: float = 0.0) -> None:
    _wait_until(at)
    with reached(), _held_to_be_ours():
        writer.publish(note)


def _wait_until(at: float) -> None:
    time.sleep(max(0.0, at - time.monotonic()))


@contextmanager
def _held_to_be_ours() -> Generator[None]:
    """Tell what is wrong with the files of a log as what it is to its database."""
    try:
        yield
    except LogError as error:
        raise LogDiffers(because=str(error)) from error
