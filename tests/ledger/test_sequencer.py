"""Every entry gets one place, once, and the tree over them can be computed again."""

import asyncio
import hashlib
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest
from given import NOW, Database

from evenhand import ledger, tenants
from evenhand.foundation.database import Pool, Tx, as_nobody, as_tenant
from evenhand.ledger import events, sequencer


class Noted(events.Event, frozen=True, kw_only=True, tag="noted"):
    """What these tests enter."""

    n: int


async def _sequence_all(tx: Tx) -> int:
    total = 0
    while numbered := await ledger.sequence(tx, now=NOW):
        total += numbered
    return total


async def _filled(pool: Pool, tenant_id: UUID, entries: int) -> None:
    async with as_tenant(pool, tenant_id) as tx:
        await ledger.append_many(tx, [Noted(n=n) for n in range(entries)], at=NOW)


async def test_an_empty_log_is_sound_and_has_the_root_of_nothing(pool: Pool) -> None:
    async with as_tenant(pool, UUID(int=1)) as tx:
        assert await ledger.sequence(tx, now=NOW) == 0
        found = await ledger.verify(tx)
    assert found == ledger.Verification(ok=True, size=0, root=hashlib.sha256(b"").digest())


async def test_pending_entries_get_places_without_gaps_in_the_order_of_entering(
    pool: Pool, tenant: tenants.NewTenant
) -> None:
    async with as_tenant(pool, tenant.tenant_id) as tx:
        for n in (3, 1, 2):
            await ledger.append(tx, Noted(n=n), at=NOW + timedelta(seconds=n))
        assert await ledger.sequence(tx, now=NOW) == 7
        cursor = await tx.connection.execute(
            "SELECT position, event::json->>'n' FROM ledger.entry ORDER BY position"
        )
        placed = await cursor.fetchall()
        assert await ledger.sequence(tx, now=NOW) == 0
    assert [row[0] for row in placed] == list(range(7))
    assert [row[1] for row in placed[4:]] == ["3", "1", "2"]


async def test_an_early_entry_that_commits_late_goes_behind_and_moves_nothing(
    pool: Pool, tenant: tenants.NewTenant
) -> None:
    async with as_tenant(pool, tenant.tenant_id) as tx:
        await _sequence_all(tx)
        before = await ledger.verify(tx)
        await ledger.append(tx, Noted(n=1), at=NOW - timedelta(days=1))
        await ledger.sequence(tx, now=NOW)
        cursor = await tx.connection.execute(
            "SELECT position FROM ledger.entry WHERE at < %s", [NOW]
        )
        assert await cursor.fetchall() == [(before.size,)]
        assert (await ledger.verify(tx)).ok


async def test_one_call_numbers_a_limited_count_and_the_next_goes_on(
    pool: Pool, tenant: tenants.NewTenant
) -> None:
    await _filled(pool, tenant.tenant_id, sequencer.ENTRIES_A_STEP_MAX + 10)
    async with as_tenant(pool, tenant.tenant_id) as tx:
        assert await ledger.sequence(tx, now=NOW) == sequencer.ENTRIES_A_STEP_MAX
        # The tenant itself has left three entries when it was made.
        assert await ledger.sequence(tx, now=NOW) == 14
        found = await ledger.verify(tx)
    assert (found.ok, found.size, found.problem) == (True, sequencer.ENTRIES_A_STEP_MAX + 14, None)


async def test_two_sequencers_and_writers_at_once_give_every_entry_one_place(
    pool: Pool, tenant: tenants.NewTenant
) -> None:
    async def write(writer: int) -> None:
        for n in range(30):
            async with as_tenant(pool, tenant.tenant_id) as tx:
                await ledger.append(tx, Noted(n=30 * writer + n), at=NOW + timedelta(seconds=n % 7))

    async def number() -> int:
        total = 0
        for _ in range(20):
            async with as_tenant(pool, tenant.tenant_id) as tx:
                total += await ledger.sequence(tx, now=NOW)
        return total

    _, _, _, *numbered = await asyncio.gather(*map(write, range(3)), number(), number())
    async with as_tenant(pool, tenant.tenant_id) as tx:
        total = sum(numbered) + await _sequence_all(tx)
        found = await ledger.verify(tx)
    assert (total, found.size, found.problem) == (94, 94, None)


async def test_the_tree_is_over_what_the_entries_say(pool: Pool, tenant: tenants.NewTenant) -> None:
    async with as_tenant(pool, tenant.tenant_id) as tx:
        await _sequence_all(tx)
        cursor = await tx.connection.execute(
            "SELECT salt, event FROM ledger.entry ORDER BY position"
        )
        leaves = [
            hashlib.sha256(b"\x00" + hashlib.sha256(salt + event.encode()).digest()).digest()
            for salt, event in await cursor.fetchall()
        ]
        found = await ledger.verify(tx)
    # Four leaves: two pairs, and the root over both.
    pairs = [hashlib.sha256(b"\x01" + leaves[n] + leaves[n + 1]).digest() for n in range(0, 4, 2)]
    assert found.root == hashlib.sha256(b"\x01" + pairs[0] + pairs[1]).digest()


async def test_tenants_with_pending_entries_are_named_by_id(
    pool: Pool, tenant: tenants.NewTenant, rival: tenants.NewTenant
) -> None:
    async with as_tenant(pool, tenant.tenant_id) as tx:
        await _sequence_all(tx)
    async with as_nobody(pool) as connection:
        (pending,) = await ledger.tenants_pending(connection)
    assert pending.tenant_id == rival.tenant_id


FAULTS = {
    "a changed event": (
        "UPDATE ledger.entry SET event = event || ' ' WHERE position = 3", "add up to the root"),
    "a changed salt": (
        "UPDATE ledger.entry SET salt = substring(sha256(salt) FROM 1 FOR 16) WHERE position = 0",
        "add up to the root"),
    "a removed entry": (
        "DELETE FROM ledger.entry WHERE position = 4", "position 4 is missing"),
    "a removed last entry": (
        "DELETE FROM ledger.entry WHERE position = 13", "position 13 is missing"),
    "a removed last entry and a shorter head": (
        "DELETE FROM ledger.entry WHERE position = 13; UPDATE ledger.head SET size = 13",
        "add up to the root"),
    "a removed log": (
        "DELETE FROM ledger.entry", "position 0 is missing"),
    "an entry taken out of the order": (
        "UPDATE ledger.entry SET position = NULL WHERE position = 5", "position 5 is missing"),
    "two entries in each other's place": (
        ("UPDATE ledger.entry SET position = 100 WHERE position = 2; "
        "UPDATE ledger.entry SET position = 2 WHERE position = 7; "
        "UPDATE ledger.entry SET position = 7 WHERE position = 100"), "add up to the root"),
    "another root": (
        "UPDATE ledger.head SET root = sha256(root)", "add up to the root"),
    "another frontier": (
        "UPDATE ledger.head SET frontier[1] = sha256(root)", "frontier"),
    "an older head": (
        "UPDATE ledger.head SET size = 0, frontier = '{}', root = sha256('')",
        "counts 0 entries, but 14 places"),
    "a removed head": (
        "DELETE FROM ledger.head", "counts 0 entries, but 14 places"),
    "an entry slipped in behind the head": (
        ("INSERT INTO ledger.entry SELECT tenant_id, gen_random_uuid(), at, event, salt, 14 "
        "FROM ledger.entry WHERE position = 1"), "counts 14 entries, but 15 places"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
async def test_what_a_superuser_tampers_with_is_found(
    database: Database, pool: Pool, tenant: tenants.NewTenant, fault: str
) -> None:
    statement, problem = FAULTS[fault]
    await _filled(pool, tenant.tenant_id, 10)
    async with as_tenant(pool, tenant.tenant_id) as tx:
        await _sequence_all(tx)
        assert (await ledger.verify(tx)).ok
    with psycopg.connect(database.admin) as superuser:
        superuser.execute(statement.encode())
    async with as_tenant(pool, tenant.tenant_id) as tx:
        found = await ledger.verify(tx)
    assert not found.ok
    assert problem in (found.problem or "")
