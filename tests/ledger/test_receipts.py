"""Receipts that a tenant keeps, and that whoever holds one checks without the server."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from given import NOW

from evenhand import ledger, tenants
from evenhand.foundation.database import Pool, as_tenant
from evenhand.ledger import events, receipts
from evenhand.ledger.receipts import private_log, receipts_from, receipts_of_task
from evenhand.receipts.blinded_map import Place
from evenhand.receipts.receipt import Receipt
from evenhand.tlog.errors import LogError, Malformed, Unproven
from evenhand.tlog.store import Folder
from evenhand.tlog.tiles import CHECKPOINT

TASK_ID = "0123456789abcdef01234567"


class Noted(events.Event, frozen=True, kw_only=True, tag="noted"):
    """What these tests enter."""

    n: int
    task_id: str | None = None


class Installation:
    """Makes epochs and publishes them, as one process of an installation does."""

    def __init__(self, pool: Pool, publication: ledger.Publication) -> None:
        self.pool, self.publication = pool, publication
        self.maker = ledger.EpochMaker()

    async def epoch(self, *owners: tenants.NewTenant) -> None:
        async with self.pool.connection() as connection:
            assert await self.maker.take_over(connection, now=NOW)
        for owner in owners:
            async with as_tenant(self.pool, owner.tenant_id) as tx:
                while await ledger.sequence(tx, now=NOW):
                    pass
                await self.maker.anchor(tx)
        async with self.pool.connection() as connection:
            at = NOW + timedelta(seconds=self.maker.next)
            await self.maker.make(connection, at=at, record={"rule": "fair/3"}, now=NOW)
            await self.publication.publish(connection, now=NOW)


@pytest.fixture
async def installation(pool, secret, tmp_path) -> Installation:
    async with pool.connection() as connection:
        publication = await ledger.opened_publication(
            connection, secret, place=tmp_path / "log", origin="log.example.org/one"
        )
    return Installation(pool, publication)


async def _enter(pool: Pool, owner: tenants.NewTenant, count: int, **said: str) -> None:
    async with as_tenant(pool, owner.tenant_id) as tx:
        await ledger.append_many(tx, [Noted(n=n, **said) for n in range(count)], at=NOW)


@pytest.mark.parametrize("size", [1, 255, 256, 257, 700])
async def test_every_entry_of_a_published_epoch_has_a_receipt_that_holds(
    pool, tenant, rival, installation, size
):
    await _enter(pool, tenant, size)
    await _enter(pool, rival, 3)
    await installation.epoch(tenant, rival)
    await _enter(pool, tenant, 40)
    await installation.epoch(tenant)
    async with as_tenant(pool, tenant.tenant_id) as tx:
        log = await private_log(tx, installation.publication)
        assert log is not None
        found: list[Receipt] = []
        start: int | None = 0
        while start is not None:
            page = await receipts_from(tx, installation.publication, start=start, limit=97)
            assert page.waiting == 0
            found += page.receipts
            start = page.next
    assert [receipt.index for receipt in found] == list(range(len(found)))
    assert len(found) >= size + 40
    policy = installation.publication.policy()
    for receipt in found:
        sent = Receipt.of_json(json.loads(json.dumps(receipt.as_json())))
        assert sent == receipt
        assert sent.verify(policy, key=log.key).checkpoint.origin == "log.example.org/one"


async def test_what_no_published_epoch_speaks_of_has_no_receipt_yet_and_is_counted(
    pool, tenant, installation
):
    await installation.epoch(tenant)
    await _enter(pool, tenant, 2, task_id=TASK_ID)
    async with as_tenant(pool, tenant.tenant_id) as tx:
        assert await ledger.sequence(tx, now=NOW) == 2
    await _enter(pool, tenant, 3, task_id=TASK_ID)
    async with as_tenant(pool, tenant.tenant_id) as tx:
        page = await receipts_from(tx, installation.publication, start=0, limit=10)
        assert page.waiting == 5
        of_task = await receipts_of_task(tx, installation.publication, TASK_ID)
        assert (of_task.receipts, of_task.waiting) == ([], 5)
    await installation.epoch(tenant)
    async with as_tenant(pool, tenant.tenant_id) as tx:
        of_task = await receipts_of_task(tx, installation.publication, TASK_ID)
    assert [receipt.told["n"] for receipt in of_task.receipts] == [0, 1, 0, 1, 2]
    assert of_task.waiting == 0


async def _one(pool, tenant, installation) -> Receipt:
    await _enter(pool, tenant, 5, task_id=TASK_ID)
    await installation.epoch(tenant)
    async with as_tenant(pool, tenant.tenant_id) as tx:
        found = await receipts_of_task(tx, installation.publication, TASK_ID)
    return found.receipts[3]


async def test_a_receipt_of_which_anything_is_changed_does_not_hold(pool, tenant, installation):
    receipt = await _one(pool, tenant, installation)
    policy = installation.publication.policy()
    receipt.verify(policy)
    other = bytes(32)
    for changed in (
        replace(receipt, event=receipt.event.replace('"n":3', '"n":4')),
        replace(receipt, salt=bytes(16)),
        replace(receipt, index=receipt.index + 1),
        replace(receipt, log=replace(receipt.log, root=other)),
        replace(receipt, log=replace(receipt.log, size=receipt.log.size + 1)),
        replace(receipt, log=replace(receipt.log, origin="log.example.org/one/another")),
        replace(receipt, path=(other, *receipt.path[1:])),
        replace(receipt, place=Place(receipt.place.slot ^ 1, receipt.place.blind)),
        replace(receipt, place=Place(receipt.place.slot, other)),
        replace(receipt, map_path=(*receipt.map_path[:-1], other)),
        replace(receipt, leaf=receipt.leaf[:-1] + bytes([receipt.leaf[-1] ^ 1])),
        replace(receipt, proof=replace(receipt.proof, index=receipt.proof.index + 1)),
    ):
        with pytest.raises(LogError):
            changed.verify(policy)
    with pytest.raises(Unproven, match="another place"):
        receipt.verify(policy, key=other)


async def test_what_is_no_receipt_is_refused_in_words(pool, tenant, installation):
    told = (await _one(pool, tenant, installation)).as_json()
    wrong: list[object] = [None, 7.5, True, [], ["x"], {}, "no base64"]
    for name in told.keys() - {"event", "log", "path", "proof", "format"}:
        for value in wrong:
            with pytest.raises(Malformed, match="receipt"):
                Receipt.of_json({**told, name: value})
    for name in ("event", "log", "proof", "format"):
        for value in wrong[:-1]:
            with pytest.raises(Malformed, match="receipt"):
                Receipt.of_json({**told, name: value})
    for value in (7.5, ["x"], {}, [told["root"]] * 64):
        with pytest.raises(Malformed, match="receipt"):
            Receipt.of_json({**told, "path": value})
    for value in wrong:
        with pytest.raises(Malformed, match="receipt"):
            Receipt.of_json(value)


async def _anchor(pool: Pool, maker: ledger.EpochMaker, owner: tenants.NewTenant, **fault: bool):
    with maker.said_once_committed(owner.tenant_id):
        async with as_tenant(pool, owner.tenant_id) as tx:
            await ledger.sequence(tx, now=NOW)
            await maker.anchor(tx)
            if fault:
                raise ConnectionError


async def test_a_map_says_nothing_of_what_came_to_nothing(pool, tenant, rival, installation):
    """It goes on saying what it said before: else no receipt of the epoch would hold."""
    maker = installation.maker
    async with pool.connection() as connection:
        assert await maker.take_over(connection, now=NOW)
    await _enter(pool, tenant, 3, task_id=TASK_ID)
    await _anchor(pool, maker, tenant)
    await _enter(pool, tenant, 2, task_id=TASK_ID)
    for owner in (tenant, rival):
        with pytest.raises(ConnectionError):
            await _anchor(pool, maker, owner, fault=True)
    async with pool.connection() as connection:
        await maker.make(connection, at=NOW, record={"rule": "fair/3"}, now=NOW)
        await installation.publication.publish(connection, now=NOW)
    async with as_tenant(pool, tenant.tenant_id) as tx:
        found = await receipts_of_task(tx, installation.publication, TASK_ID)
    assert (len(found.receipts), found.waiting) == (3, 2)
    for receipt in found.receipts:
        receipt.verify(installation.publication.policy())
    async with pool.connection() as connection:
        found = await (await connection.execute("SELECT places FROM ledger.epoch")).fetchone()
    assert len(receipts.leaves_in(found[0])) == 1, "and nothing of the rival"


class Overtaken(Folder):
    """A log that another process publishes to just before somebody looks at it."""

    def __init__(self, root: Path, publish: Callable[[], None]) -> None:
        super().__init__(root)
        self._publish = publish

    def read(self, path: str) -> bytes:
        if path == CHECKPOINT:
            self._publish()
        return super().read(path)


@pytest.mark.parametrize("look", ["require_one_history", "require_going_on"])
async def test_who_publishes_while_another_looks_is_not_taken_for_a_second_history(
    pool, tenant, installation, tmp_path, look
):
    await installation.epoch(tenant)
    loop = asyncio.get_running_loop()

    def publish() -> None:
        asyncio.run_coroutine_threadsafe(installation.epoch(tenant), loop).result()

    held = installation.publication
    other = ledger.Publication(held.origin, Overtaken(tmp_path / "log", publish), held.keys)
    async with pool.connection() as connection:
        await getattr(other, look)(connection)
    assert installation.maker.next > 1


async def test_one_process_makes_epochs_and_another_goes_on_when_it_has_stopped(
    pool, tenant, rival, installation, secret
):
    await installation.epoch(tenant)
    other = Installation(pool, installation.publication)
    async with pool.connection() as connection:
        assert not await other.maker.take_over(connection, now=NOW)
        later = NOW + timedelta(seconds=60)
        assert await other.maker.take_over(connection, now=later)
        assert set(await other.maker.tenants_to_anchor(connection)) <= {rival.tenant_id}
    async with as_tenant(pool, tenant.tenant_id) as tx:
        with pytest.raises(ledger.NotTheMaker):
            await installation.maker.anchor(tx)
    async with pool.connection() as connection:
        assert not await installation.maker.take_over(connection, now=later)


async def test_two_that_make_the_same_epoch_make_one(pool, tenant, installation):
    await installation.epoch(tenant)
    late = Installation(pool, installation.publication)
    later = NOW + timedelta(seconds=60)
    async with pool.connection() as connection:
        assert await late.maker.take_over(connection, now=later)

    async def make(maker: ledger.EpochMaker) -> bool:
        async with pool.connection() as connection:
            try:
                await maker.make(connection, at=later, record={}, now=later)
            except ledger.NotTheMaker:
                return False
        return True

    made = await asyncio.gather(make(installation.maker), make(late.maker))
    assert sorted(made) == [False, True]
    async with pool.connection() as connection:
        assert await installation.publication.publish(connection, now=later) == 1


async def test_a_walk_for_what_is_rare_looks_at_so_much_a_page_and_finds_it_all(
    pool, tenant, installation, monkeypatch
):
    monkeypatch.setattr(receipts, "LOOKED_AT_MAX", 10)
    for _ in range(2):
        await _enter(pool, tenant, 25)
        async with as_tenant(pool, tenant.tenant_id) as tx:
            await ledger.append(tx, events.TenantCreated(), at=NOW)
    await installation.epoch(tenant)
    found: list[Receipt] = []
    pages, start = 0, 0
    async with as_tenant(pool, tenant.tenant_id) as tx:
        while start is not None:
            page = await receipts_from(
                tx, installation.publication, start=start, limit=5, kinds=["tenant.created"]
            )
            found, start, pages = [*found, *page.receipts], page.next, pages + 1
    # The first was entered with the tenant.
    assert len(found) == 3
    assert pages >= 5
