"""Another public log in place of one that cannot go on, and of no other."""

import json
from pathlib import Path

import psycopg
import pytest
from given import Database
from ledger.test_receipts import Installation, _enter

from evenhand import ledger, tenants
from evenhand.foundation.database import Pool, as_tenant
from evenhand.foundation.secret import Secret
from evenhand.ledger.log_store import log_store
from evenhand.ledger.publication import LogAhead, LogDiffers, signing_keys
from evenhand.ledger.succession import NameTaken, PlaceTaken
from evenhand.tlog.checkpoint import Checkpoint
from evenhand.tlog.note import Note
from evenhand.tlog.signatures import signed
from evenhand.tlog.writer import LogWriter

ORIGIN = "log.example.org/one"
NEW = "log.example.org/two"


@pytest.fixture
async def installation(pool, secret, tenant, tmp_path) -> Installation:
    """A log of three epochs."""
    async with pool.connection() as connection:
        publication = await ledger.opened_publication(
            connection, secret, place=tmp_path / "log", origin=ORIGIN
        )
    made = Installation(pool, publication)
    await _enter(pool, tenant, 5)
    for _ in range(3):
        await made.epoch(tenant)
    return made


def _show(folder: Path, secret: Secret, checkpoint: Checkpoint) -> None:
    """Show a checkpoint that this database never made."""
    note = signed(checkpoint, signing_keys(secret, ORIGIN), time=1)
    log_store(folder).replace("checkpoint", bytes(note))


async def _why(installation: Installation) -> type[Exception] | None:
    async with installation.pool.connection() as connection:
        found = await ledger.why_it_stopped(connection, installation.publication)
    return None if found is None else type(found)


async def test_it_is_known_why_a_log_cannot_go_on(installation, secret, tmp_path):
    assert await _why(installation) is None
    note = await installation.publication.note()
    shown = Checkpoint.parse(note.text)
    _show(tmp_path / "log", secret, Checkpoint(ORIGIN, 7, bytes(32)))
    assert await _why(installation) is LogAhead
    for other in (
        Checkpoint("log.example.org/another", 2, bytes(32)),
        Checkpoint(ORIGIN, 3, bytes(32)),
        Checkpoint(ORIGIN, 2, bytes(32)),
    ):
        _show(tmp_path / "log", secret, other)
        assert await _why(installation) is LogDiffers
    _show(tmp_path / "log", secret, shown)
    assert await _why(installation) is None


async def test_a_log_of_another_database_of_the_same_secret_is_told_although_it_is_shorter(
    installation, pool, tenant, secret, tmp_path
):
    """Its files agree with themselves; only the rows say that they are not theirs."""
    async with await psycopg.AsyncConnection.connect(str(pool.conninfo)) as connection:
        head = await ledger.public_head(connection)
    other = tmp_path / "other"
    leaves = [bytes([n]) * 96 for n in range(head.size - 1)]
    writer = LogWriter(log_store(other))
    writer.append(leaves)
    _show(other, secret, Checkpoint(ORIGIN, writer.size, writer.root))
    installation.publication.store = log_store(other)
    assert await _why(installation) is LogDiffers


async def _begun(
    installation: Installation, database: Database, secret: Secret, **asked: str
) -> ledger.Publication:
    async with await psycopg.AsyncConnection.connect(database.admin, autocommit=True) as connection:
        because = await ledger.why_it_stopped(connection, installation.publication)
        assert because is not None
        old = await ledger.ended(connection, installation.publication, because)
        return await ledger.begin_anew(connection, secret, old, **asked)


async def test_the_new_log_names_the_old_one_and_has_receipts_of_all_that_is_left(
    installation, database: Database, pool: Pool, tenant: tenants.NewTenant, secret, tmp_path
):
    _show(tmp_path / "log", secret, Checkpoint(ORIGIN, 7, bytes(32)))
    shown = await installation.publication.note()
    await _begun(installation, database, secret, origin=NEW, place=str(tmp_path / "new"))
    async with pool.connection() as connection:
        publication = await ledger.opened_publication(
            connection, secret, place=tmp_path / "new", origin=NEW
        )
    anew = Installation(pool, publication)
    await anew.epoch(tenant)
    with psycopg.connect(database.admin) as connection:
        (record,) = connection.execute("SELECT record FROM ledger.epoch").fetchone()
    told = json.loads(record)["instead_of"]
    assert told["because"] == "LogAhead"
    assert Note.parse(told["published"].encode()) == shown
    assert Checkpoint.parse(told["database"]).size == 3
    async with as_tenant(pool, tenant.tenant_id) as tx:
        page = await ledger.receipts_from(tx, publication, start=0, limit=100)
    assert (len(page.receipts), page.waiting) == (9, 0)
    for receipt in page.receipts:
        assert receipt.verify(publication.policy()).checkpoint.origin == NEW


async def test_neither_name_nor_place_of_the_old_log_is_used_again(
    installation, database: Database, secret, tmp_path
):
    _show(tmp_path / "log", secret, Checkpoint(ORIGIN, 7, bytes(32)))
    with pytest.raises(NameTaken):
        await _begun(installation, database, secret, origin=ORIGIN, place=str(tmp_path / "new"))
    with pytest.raises(PlaceTaken):
        await _begun(installation, database, secret, origin=NEW, place=str(tmp_path / "log"))


async def test_the_application_cannot_begin_another_log(installation, pool: Pool):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with pool.connection() as connection:
            await connection.execute("SELECT ledger.begin_anew('x', '', '')")
