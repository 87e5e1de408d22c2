"""Another public log in place of one that cannot go on: a way on where no later backup is left.

What was published stays as it is, for whoever kept a checkpoint or receipts of it. The new log has
another name, so that nobody is shown two histories under one, another place, and in its first
record what was published of the old one and what the database held of it.
"""

import asyncio
import json
from dataclasses import dataclass

from evenhand.foundation import sql
from evenhand.foundation.database import Connection
from evenhand.foundation.errors import Conflict, EvenhandError
from evenhand.foundation.rows import many, run
from evenhand.foundation.secret import Secret
from evenhand.ledger.log_store import log_store, reached
from evenhand.ledger.publication import (
    LEAVES_A_STEP,
    POLICY,
    LogAhead,
    LogDiffers,
    Publication,
    public_head,
    signing_keys,
)
from evenhand.tlog import tree
from evenhand.tlog.checkpoint import Checkpoint
from evenhand.tlog.errors import LogError
from evenhand.tlog.note import Note
from evenhand.tlog.tiles import CHECKPOINT

QUERIES = sql.beside(__file__)


class NothingWrong(Conflict):
    """The public log goes on as it is, so there is no reason to begin another."""


class NameTaken(Conflict):
    """The log that ended has this name: under one name there must never be two histories."""


class PlaceTaken(Conflict):
    """A log lies in this place already; name an empty one, and leave the old one as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A log that cannot go on: what was published of it, what the database holds, and why."""

    database: Checkpoint
    published: Note | None
    because: EvenhandError

    @property
    def published_size(self) -> int:
        """How many epochs are published of it, as far as can be read."""
        return 0 if self.published is None else Checkpoint.parse(self.published.text).size

    def __str__(self) -> str:
        return json.dumps(
            {
                "because": type(self.because).__name__,
                "database": self.database.text,
                "published": None if self.published is None else bytes(self.published).decode(),
            },
            sort_keys=True,
            separators=(",", ":"),
        )


async def why_it_stopped(
    connection: Connection, publication: Publication
) -> LogAhead | LogDiffers | None:
    """What keeps the log from going on, beginning with its first epoch; None where nothing does."""
    try:
        published = await publication.require_going_on(connection)
        if published is not None:
            await _require_made_here(connection, published)
    except (LogAhead, LogDiffers) as error:
        return error
    return None


async def ended(connection: Connection, publication: Publication, because: EvenhandError) -> Ended:
    """Note what there is of a log that cannot go on."""
    head = await public_head(connection)
    return Ended(
        database=Checkpoint(head.origin, head.size, head.root),
        published=await asyncio.to_thread(_note_in, publication),
        because=because,
    )


async def begin_anew(
    connection: Connection, secret: Secret, old: Ended, *, origin: str, place: str
) -> Publication:
    """Begin another log, under another name and in another place, by whoever owns the tables.

    Raises `NameTaken` and `PlaceTaken`, and `LogUnreachable` where the place cannot be written.
    """
    if origin == old.database.origin:
        raise NameTaken(origin=origin)
    begun = Publication(origin, log_store(place), signing_keys(secret, origin))
    if await begun.note() is not None:
        raise PlaceTaken(place=place)
    with reached():
        # Before anything ends: it can be written.
        await asyncio.to_thread(begun.store.replace, POLICY, bytes(begun.policy()))
    await run(
        connection, QUERIES["begin_anew"], origin=origin, root=tree.EMPTY_ROOT, ended=str(old)
    )
    return begun


def _note_in(publication: Publication) -> Note | None:
    """What is published, if anybody can read it."""
    try:
        with reached():
            return Note.parse(publication.store.read(CHECKPOINT))
    except LogError:
        return None


async def _require_made_here(connection: Connection, published: Checkpoint) -> None:
    """Refuse what is published where the database's epochs add up to something else."""
    frontier: list[bytes] = []
    for start in range(0, published.size, LEAVES_A_STEP):
        end = min(published.size, start + LEAVES_A_STEP)
        leaves = await many(connection, QUERIES["leaves_from"], bytes, start=start, end=end)
        frontier = tree.extend(frontier, start, [tree.leaf_hash(leaf) for leaf in leaves])
    if tree.root_of(frontier) != published.root:
        raise LogDiffers(size=published.size)
