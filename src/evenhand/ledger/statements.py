"""What others found when they checked the public log, as they signed it, for everybody to read.

The operator chooses what is shown, and can make up none of it: what is shown is what was signed.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from evenhand.foundation import sql
from evenhand.foundation.database import Connection
from evenhand.foundation.errors import Conflict, Invalid, NotFound
from evenhand.foundation.rows import many, one_or_none, row_count
from evenhand.ledger.publication import Publication
from evenhand.receipts.statement import Statement, opened
from evenhand.tlog.checkpoint import Checkpoint
from evenhand.tlog.signatures import VerifierKey

QUERIES = sql.beside(__file__)

SHOWN_MAX = 20  # the newest so many, some 10 kB in all
AHEAD_MAX = timedelta(minutes=5)  # by which a verifier's clock may be before the database's


class OfAnotherLog(Invalid):
    """The statement is about another log than the one of this installation."""


class OfAnotherHistory(Conflict):
    """This log never had the root of which the statement speaks.

    Either the statement is forged, or somebody was shown another history than is published: ask
    its verifier for the checkpoint that they checked.
    """


class BeyondTheLog(Conflict):
    """The statement speaks of more epochs than are published."""


class CheckedLater(Invalid):
    """The statement says that it was made at a time that has not come yet."""


class SignedByTheLog(Invalid):
    """The statement is signed as the log itself: publish what others found."""


class UnknownStatement(NotFound):
    """No statement that is shown has this id: see `evenhand verification list`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A statement as it came, and the key by which it was checked."""

    statement_id: UUID
    verifier_key: str
    note: bytes
    published_at: datetime
    withdrawn_at: datetime | None = None

    @property
    def key(self) -> VerifierKey:
        """The key of the verifier."""
        return VerifierKey.parse(self.verifier_key)

    @property
    def statement(self) -> Statement:
        """What it says; that its verifier signed it is checked again."""
        return opened(self.note, self.key)


async def publish(
    connection: Connection,
    publication: Publication,
    note: bytes,
    key: VerifierKey,
    *,
    now: datetime,
) -> Published:
    """Show everybody what somebody found of this log; one that is shown already stays as it is.

    Raises a `LogError` where the key did not sign it or it is malformed, and else what keeps it
    from being of this log. Looks at files of the log.
    """
    statement = opened(note, key)
    await _require_of_this_log(publication, statement, key, now)
    added = Published(statement_id=uuid4(), verifier_key=str(key), note=note, published_at=now)
    await row_count(
        connection,
        QUERIES["insert_statement"],
        statement_id=added.statement_id,
        origin=publication.origin,
        verifier_key=added.verifier_key,
        note=note,
        checked_at=datetime.fromtimestamp(statement.checked_at, UTC),
        now=now,
    )
    return (
        await one_or_none(connection, QUERIES["statement_of_note"], Published, note=note) or added
    )


async def withdraw(connection: Connection, statement_id: UUID, *, now: datetime) -> None:
    """Show a statement no longer; it stays on record with the moment."""
    withdrawn = await row_count(
        connection, QUERIES["withdraw_statement"], statement_id=statement_id, now=now
    )
    if not withdrawn:
        raise UnknownStatement(statement_id=str(statement_id))


async def shown(connection: Connection, origin: str, *, limit: int = SHOWN_MAX) -> list[Published]:
    """What is shown of a log, the latest check first."""
    return await many(
        connection, QUERIES["statements_shown"], Published, origin=origin, limit=limit
    )


async def _require_of_this_log(
    publication: Publication, statement: Statement, key: VerifierKey, now: datetime
) -> None:
    said = statement.checkpoint
    if said.origin != publication.origin:
        raise OfAnotherLog(of=said.origin, ours=publication.origin)
    ours = {one.verifier_key.public for one in publication.keys}
    if key.name == publication.origin or key.public in ours:
        raise SignedByTheLog(key=key.name)
    if statement.checked_at > (now + AHEAD_MAX).timestamp():
        raise CheckedLater(checked=statement.checked_at, now=int(now.timestamp()))
    note = await publication.note()
    size = 0 if note is None else Checkpoint.parse(note.text).size
    if said.size > size:
        raise BeyondTheLog(of=said.size, published=size)
    root = await asyncio.to_thread(publication.root_at, said.size, size)
    if said.root != root:
        raise OfAnotherHistory(epochs=said.size, said=said.root.hex(), published=root.hex())
