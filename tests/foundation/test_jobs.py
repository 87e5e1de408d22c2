"""Jobs are rows that fall due: nobody's slow ones keep another's waiting, and none is lost."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

import pytest
from given import NOW

from evenhand import tenants
from evenhand.foundation import jobs
from evenhand.foundation.database import Connection, Pool, Tx
from evenhand.foundation.jobs import CLAIM, Jobs, Worker

A_TENANT = 3
TOTAL = 8


@dataclass
class Errands(Jobs[int]):
    """Jobs whose rows are in memory: what they wait for is for the test to say."""

    due: dict[UUID, dict[int, datetime]]
    open: asyncio.Event = field(default_factory=asyncio.Event)
    done: list[tuple[UUID, int]] = field(default_factory=list[tuple[UUID, int]])
    fails: bool = False

    name: ClassVar[str] = "errands"
    at_once: ClassVar[int] = TOTAL
    at_once_a_tenant: ClassVar[int] = A_TENANT

    async def tenants_due(self, connection: Connection, *, now: datetime) -> Sequence[UUID]:
        return [one for one, rows in self.due.items() if any(at <= now for at in rows.values())]

    async def claim(
        self, tx: Tx, limit: int, *, busy_until: datetime, now: datetime
    ) -> Sequence[int]:
        rows = self.due[tx.tenant_id]
        taken = [number for number, at in rows.items() if at <= now][:limit]
        rows.update(dict.fromkeys(taken, busy_until))
        return taken

    async def do(self, tenant_id: UUID, job: int) -> None:
        await self.open.wait()
        if self.fails:
            raise ZeroDivisionError
        del self.due[tenant_id][job]
        self.done.append((tenant_id, job))

    async def renew(
        self, tx: Tx, jobs: Sequence[int], *, busy_until: datetime, now: datetime
    ) -> None:
        self.due[tx.tenant_id].update(dict.fromkeys(jobs, busy_until))

    async def give_back(self, tx: Tx, job: int, *, now: datetime) -> None:
        self.due[tx.tenant_id][job] = now


def _rows(count: int) -> dict[int, datetime]:
    return dict.fromkeys(range(count), NOW)


async def test_a_tenant_with_much_to_do_leaves_places_for_the_other(
    pool: Pool, tenant: tenants.NewTenant, rival: tenants.NewTenant
):
    errands = Errands({rival.tenant_id: _rows(100)})
    worker = Worker(pool, errands, lambda: NOW)
    assert await worker.begin() == A_TENANT
    assert await worker.begin() == 0
    errands.due[tenant.tenant_id] = _rows(2)
    assert await worker.begin() == 2
    assert (worker.held(rival.tenant_id), worker.held(tenant.tenant_id)) == (A_TENANT, 2)
    await _end(worker, errands)


async def test_the_last_places_are_shared_out_evenly(
    pool: Pool, tenant: tenants.NewTenant, rival: tenants.NewTenant, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(Errands, "at_once", 4)
    errands = Errands({rival.tenant_id: _rows(100), tenant.tenant_id: _rows(100)})
    worker = Worker(pool, errands, lambda: NOW)
    assert await worker.begin() == 4
    assert (worker.held(rival.tenant_id), worker.held(tenant.tenant_id)) == (2, 2)
    await _end(worker, errands)


async def test_a_place_that_comes_free_is_told_of(pool: Pool, tenant: tenants.NewTenant):
    errands = Errands({tenant.tenant_id: _rows(A_TENANT + 1)})
    worker = Worker(pool, errands, lambda: NOW)
    assert await worker.begin() == A_TENANT
    errands.open.set()
    await asyncio.wait_for(worker.ended.wait(), 5)
    await asyncio.sleep(0)
    assert await worker.begin() == 1
    await _end(worker, errands)
    assert errands.due[tenant.tenant_id] == {}


async def test_what_is_still_under_way_at_the_end_is_given_back(
    pool: Pool, tenant: tenants.NewTenant, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(jobs, "FINISH_SECONDS", 0.01)
    errands = Errands({tenant.tenant_id: _rows(2)})
    worker = Worker(pool, errands, lambda: NOW)
    await worker.begin()
    assert set(errands.due[tenant.tenant_id].values()) == {NOW + CLAIM}
    await worker.stop()
    assert set(errands.due[tenant.tenant_id].values()) == {NOW}
    assert worker.held(tenant.tenant_id) == 0


async def test_a_job_that_ends_soon_after_the_signal_is_not_given_back(
    pool: Pool, tenant: tenants.NewTenant
):
    errands = Errands({tenant.tenant_id: _rows(2)})
    worker = Worker(pool, errands, lambda: NOW)
    await worker.begin()
    stopping = asyncio.create_task(worker.stop())
    await asyncio.sleep(0.01)
    errands.open.set()
    await stopping
    assert len(errands.done) == 2


async def test_a_job_that_lasts_is_held_on_to(pool: Pool, tenant: tenants.NewTenant):
    errands = Errands({tenant.tenant_id: _rows(1)})
    moment = NOW
    worker = Worker(pool, errands, lambda: moment)
    await worker.begin()
    moment += timedelta(seconds=jobs.RENEW_SECONDS)
    await worker.renew()
    assert errands.due[tenant.tenant_id] == {0: moment + CLAIM}
    await _end(worker, errands)


async def test_a_job_that_fails_falls_due_again_when_its_claim_ends(
    pool: Pool, tenant: tenants.NewTenant
):
    errands = Errands({tenant.tenant_id: _rows(1)}, fails=True)
    moment = NOW
    worker = Worker(pool, errands, lambda: moment)
    await worker.begin()
    errands.open.set()
    await worker.stop()
    assert await worker.begin() == 0
    moment += CLAIM
    errands.fails = False
    assert await worker.begin() == 1
    await worker.stop()
    assert errands.done == [(tenant.tenant_id, 0)]


async def _end(worker: Worker[int], errands: Errands) -> None:
    errands.open.set()
    await worker.stop()
