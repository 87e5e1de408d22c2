"""A job is asked for by the transaction that needs it, and by nothing that did not commit."""

from datetime import timedelta
from uuid import UUID

import pytest
from given import NOW

from evenhand import tenants
from evenhand.foundation.database import Pool, as_nobody, as_tenant
from evenhand.foundation.jobs import enqueue

JOBS = "SELECT task_name, args, scheduled_at FROM public.procrastinate_jobs ORDER BY id"
TASK = UUID(int=9)


async def _jobs(pool: Pool) -> list[tuple[object, ...]]:
    async with as_nobody(pool) as connection:
        return await (await connection.execute(JOBS)).fetchall()


async def test_a_job_waits_with_its_tenant_and_ids_once_the_transaction_has_committed(
    pool: Pool, tenant: tenants.NewTenant
) -> None:
    later = NOW + timedelta(hours=1)
    async with as_tenant(pool, tenant.tenant_id) as tx:
        await enqueue(tx, "deliver", at=later, task_id=TASK, attempt=2)
        assert await _jobs(pool) == []
    assert await _jobs(pool) == [
        (
            "deliver",
            {"tenant_id": str(tenant.tenant_id), "task_id": str(TASK), "attempt": 2},
            later,
        )
    ]


async def _enqueue_and_fail(pool: Pool, tenant: tenants.NewTenant) -> None:
    async with as_tenant(pool, tenant.tenant_id) as tx:
        await enqueue(tx, "deliver", task_id=TASK)
        raise ZeroDivisionError


async def test_an_undone_transaction_leaves_no_job(pool: Pool, tenant: tenants.NewTenant) -> None:
    with pytest.raises(ZeroDivisionError):
        await _enqueue_and_fail(pool, tenant)
    assert await _jobs(pool) == []
