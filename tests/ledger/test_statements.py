"""Others' statements about the public log are shown as they were signed, of this log alone."""

from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from given import NOW, Database
from ledger.test_receipts import Installation

from evenhand import ledger
from evenhand.foundation.database import Pool
from evenhand.foundation.secret import Secret
from evenhand.ledger import statements
from evenhand.receipts.statement import Statement
from evenhand.tenants import NewTenant
from evenhand.tlog import tree
from evenhand.tlog.checkpoint import Checkpoint
from evenhand.tlog.errors import BadSignature, LogError, Malformed, Unsigned
from evenhand.tlog.note import Note
from evenhand.tlog.signatures import SignatureType, SigningKey

ORIGIN = "log.example.org/one"
EPOCHS = 3
AUDITOR = SigningKey("example.com/auditor", SignatureType.ED25519, b"a" * 32)
NOTHING = Checkpoint(ORIGIN, 0, tree.EMPTY_ROOT)


class Shown(Installation):
    """An installation whose log others check."""

    roots: list[bytes]

    def said(self, size: int = EPOCHS, *, at: int = 0, origin: str = ORIGIN) -> Statement:
        """What an honest verifier finds of the first epochs, so many seconds after noon."""
        return Statement(
            checkpoint=Checkpoint(origin, size, self.roots[size]),
            checked_at=int(NOW.timestamp()) + at,
            held=4,
            failed=0,
            not_checked=3,
        )

    async def publish(
        self, statement: Statement | bytes, key: SigningKey = AUDITOR, by: SigningKey = AUDITOR
    ) -> statements.Published:
        """Publish what a key signed, under the key that somebody says is the verifier's."""
        note = statement if isinstance(statement, bytes) else bytes(statement.signed(by))
        async with self.pool.connection() as connection:
            return await statements.publish(
                connection, self.publication, note, key.verifier_key, now=NOW
            )

    async def shown(self) -> list[statements.Published]:
        """What anybody is shown."""
        async with self.pool.connection() as connection:
            return await statements.shown(connection, self.publication.origin)

    async def withdraw(self, one: statements.Published) -> None:
        async with self.pool.connection() as connection:
            await statements.withdraw(connection, one.statement_id, now=NOW)


@pytest.fixture
async def installation(pool: Pool, secret: Secret, tenant: NewTenant, tmp_path: Path) -> Shown:
    """A log of three epochs."""
    async with pool.connection() as connection:
        publication = await ledger.opened_publication(
            connection, secret, place=tmp_path / "log", origin=ORIGIN
        )
    made = Shown(pool, publication)
    made.roots = [tree.EMPTY_ROOT]
    for size in range(1, EPOCHS + 1):
        await made.epoch(tenant)
        made.roots.append(publication.root_at(size, size))
    return made


async def test_what_a_verifier_signed_is_shown_as_it_was_signed(installation: Shown) -> None:
    said = installation.said()
    added = await installation.publish(said)
    (shown,) = await installation.shown()
    assert shown == added
    assert shown.note == bytes(said.signed(AUDITOR))
    assert (shown.statement, shown.key) == (said, AUDITOR.verifier_key)


@pytest.mark.parametrize("size", [0, 1, 2])
async def test_a_statement_about_an_earlier_day_is_shown_as_well(
    installation: Shown, size: int
) -> None:
    await installation.publish(installation.said(size))
    assert len(await installation.shown()) == 1


async def test_a_statement_that_something_failed_is_shown_too(installation: Shown) -> None:
    await installation.publish(replace(installation.said(), failed=1))
    (shown,) = await installation.shown()
    assert shown.statement.outcome == "failed"


async def test_a_statement_of_another_key_is_refused(installation: Shown) -> None:
    said, forger = installation.said(), replace(AUDITOR, seed=b"f" * 32)
    with pytest.raises(Unsigned):
        await installation.publish(said, by=forger)
    # In the name of the key, with its id.
    (signature,) = said.signed(forger).signatures
    pretended = replace(signature, key_id=AUDITOR.verifier_key.key_id)
    with pytest.raises(BadSignature):
        await installation.publish(bytes(Note(said.text, (pretended,))))
    assert await installation.shown() == []


async def test_a_statement_with_an_altered_byte_is_refused(installation: Shown) -> None:
    note = bytes(replace(installation.said(), failed=1).signed(AUDITOR))
    altered = {b"failed": b"held", b"checks 4 1 3": b"checks 4 0 3", b"1\n": b"2\n"}
    for said, instead in altered.items():
        with pytest.raises(LogError):
            await installation.publish(note.replace(said, instead, 1))
    assert await installation.shown() == []


async def test_a_statement_of_another_root_is_refused_at_every_size(installation: Shown) -> None:
    for size in range(1, EPOCHS + 1):
        forged = replace(installation.said(), checkpoint=Checkpoint(ORIGIN, size, b"f" * 32))
        with pytest.raises(statements.OfAnotherHistory):
            await installation.publish(forged)
    swapped = replace(installation.said(), checkpoint=Checkpoint(ORIGIN, 2, installation.roots[3]))
    with pytest.raises(statements.OfAnotherHistory):
        await installation.publish(swapped)
    assert await installation.shown() == []


@pytest.mark.parametrize("size", [EPOCHS + 1, 2**62])
async def test_a_statement_of_more_epochs_than_there_are_is_refused(
    installation: Shown, size: int
) -> None:
    beyond = replace(installation.said(), checkpoint=Checkpoint(ORIGIN, size, b"f" * 32))
    with pytest.raises(statements.BeyondTheLog):
        await installation.publish(beyond)


async def test_a_statement_of_another_log_is_refused(installation: Shown) -> None:
    with pytest.raises(statements.OfAnotherLog):
        await installation.publish(installation.said(origin="log.example.org/two"))


@pytest.mark.parametrize("after", [360, 2**62])
async def test_a_statement_of_a_time_to_come_is_refused(installation: Shown, after: int) -> None:
    said = installation.said(at=after)
    with pytest.raises(statements.CheckedLater):
        await installation.publish(said)


async def test_the_log_vouches_for_itself_under_no_name(
    installation: Shown, secret: Secret
) -> None:
    ours = next(key for key in installation.publication.keys if key.type is SignatureType.ED25519)
    for key in (ours, replace(ours, name="example.com/friend"), replace(AUDITOR, name=ORIGIN)):
        with pytest.raises(statements.SignedByTheLog):
            await installation.publish(installation.said(), key, key)


async def test_something_large_is_refused_before_it_is_read(installation: Shown) -> None:
    with pytest.raises(Malformed):
        await installation.publish(b"x" * 5000)


async def test_the_same_statement_is_shown_once_however_often_it_is_added(
    installation: Shown,
) -> None:
    first = await installation.publish(installation.said())
    assert await installation.publish(installation.said()) == first
    assert await installation.shown() == [first]


async def test_a_statement_that_is_withdrawn_is_shown_no_longer_and_stays_on_record(
    installation: Shown, database: Database
) -> None:
    one = await installation.publish(installation.said())
    await installation.withdraw(one)
    assert await installation.shown() == []
    with pytest.raises(statements.UnknownStatement):
        await installation.withdraw(one)
    with pytest.raises(statements.UnknownStatement):
        await installation.withdraw(replace(one, statement_id=uuid4()))
    again = await installation.publish(installation.said())
    assert await installation.shown() == [again]
    assert again.statement_id != one.statement_id
    with psycopg.connect(database.admin) as connection:
        kept = connection.execute(
            "SELECT statement_id, withdrawn_at FROM ledger.statement ORDER BY withdrawn_at"
        ).fetchall()
    assert kept == [(one.statement_id, NOW), (again.statement_id, None)]


async def test_the_last_twenty_are_shown_the_latest_check_first(installation: Shown) -> None:
    for at in (*range(0, -40, -2), *range(-1, -11, -2)):
        await installation.publish(installation.said(at=at))
    shown = await installation.shown()
    times = [one.statement.checked_at - int(NOW.timestamp()) for one in shown]
    assert len(times) == statements.SHOWN_MAX
    assert times == sorted((*range(0, -40, -2), *range(-1, -11, -2)), reverse=True)[:20]


async def test_what_was_said_of_a_log_that_was_ended_is_not_said_of_the_next(
    installation: Shown,
) -> None:
    await installation.publish(installation.said())
    installation.publication.origin = "log.example.org/two"
    assert await installation.shown() == []


async def test_the_application_may_change_nothing_that_was_signed(
    installation: Shown,
) -> None:
    await installation.publish(installation.said())
    for change in ("UPDATE ledger.statement SET note = ''", "DELETE FROM ledger.statement"):
        async with installation.pool.connection() as connection:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                await connection.execute(change)
            await connection.rollback()
