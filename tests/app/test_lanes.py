"""However much of the database a tenant's requests hold, background work has its turn."""

import asyncio
from contextlib import AsyncExitStack

from work.opened import annotators, do_next, look, new_tasks, project

from evenhand import tenants
from evenhand.app import worker
from evenhand.app.context import Context
from evenhand.foundation.database import SHARE_A_TENANT, Pool, as_tenant

SETTLE_SECONDS_MAX = 20


async def _answered(pool: Pool, owner: tenants.NewTenant) -> str:
    await project(pool, owner)
    (task_id,) = await new_tasks(pool, owner, 1)
    (anna,) = await annotators(pool, 1)
    assert await do_next(pool, anna, "cat") == task_id
    return task_id


async def test_tasks_settle_while_a_rivals_requests_hold_all_that_they_may(
    pool: Pool, tenant: tenants.NewTenant, rival: tenants.NewTenant, context: Context
):
    made = {owner: await _answered(pool, owner) for owner in (rival, tenant)}
    held = round(pool.max_size * SHARE_A_TENANT)
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group, AsyncExitStack() as pressing:
        for _ in range(max(1, held)):
            await pressing.enter_async_context(as_tenant(pool, rival.tenant_id))
        pressing.callback(stop.set)
        group.create_task(worker.work_until(stop, context))
        async with asyncio.timeout(SETTLE_SECONDS_MAX):
            while (await look(pool, tenant, made[tenant])).status != "completed":
                await asyncio.sleep(0.05)
    assert (await look(pool, rival, made[rival])).status == "completed"
