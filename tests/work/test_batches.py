"""Batches: staged and finalized, complete when the last task is done, whoever does it when."""

import asyncio
from uuid import uuid4

import pytest
from given import NOW
from work.opened import annotators, assess, do_next, new_tasks, project

from evenhand import pipeline
from evenhand.foundation.database import as_tenant
from evenhand.work import projects


async def batch(pool, tenant, name: str = "b", *, callback: str | None = None) -> None:
    async with as_tenant(pool, tenant.tenant_id) as tx:
        new = projects.NewBatch(
            name=name, project="animals", is_test=False, callback=callback, metadata={}, options={}
        )
        await projects.create_batch(tx, new, batch_id=uuid4(), now=NOW)


async def staged_project(pool, tenant) -> None:
    async with as_tenant(pool, tenant.tenant_id) as tx:
        new = projects.NewProject(
            name="animals",
            type="categorization",
            is_test=False,
            staged=True,
            policy={"annotations": 2},
            params={"categories": ["cat", "dog"], "attachment_type": "text"},
        )
        await projects.create_project(tx, new, project_id=uuid4(), now=NOW)


async def look(pool, tenant, name: str = "b") -> projects.Batch:
    async with as_tenant(pool, tenant.tenant_id) as tx:
        return await projects.batch_of(tx, name, is_test=False)


async def cancel(pool, tenant, task_id: str) -> None:
    async with as_tenant(pool, tenant.tenant_id) as tx:
        await pipeline.cancel(tx, task_id, is_test=False, clear_unique_id=False, now=NOW)


async def test_a_batch_is_completed_with_its_last_task_and_calls_back_once(pool, tenant):
    await project(pool, tenant)
    await batch(pool, tenant, callback="https://example.com/batch")
    both = await new_tasks(pool, tenant, 2, batch="b")
    (anna,) = await annotators(pool, 1)

    done = await do_next(pool, anna, "cat")
    await assess(pool, tenant)
    assert (await look(pool, tenant)).status == "in_progress"
    (left,) = set(both) - {done}
    await cancel(pool, tenant, left)

    assert (await look(pool, tenant)).status == "completed"
    async with as_tenant(pool, tenant.tenant_id) as tx:
        called = await tx.connection.execute("SELECT event FROM delivery.callback")
        assert await called.fetchall() == [("batch.completed",)]


async def test_the_last_two_tasks_ended_at_once_complete_the_batch(pool, tenant):
    await project(pool, tenant)
    await batch(pool, tenant)
    first, second = await new_tasks(pool, tenant, 2, batch="b")

    async with as_tenant(pool, tenant.tenant_id) as tx:
        await pipeline.cancel(tx, first, is_test=False, clear_unique_id=False, now=NOW)
        # The other gets as far as it can while this transaction has not ended.
        other = asyncio.create_task(cancel(pool, tenant, second))
        await asyncio.wait([other], timeout=1)
    await other

    assert (await look(pool, tenant)).status == "completed"


async def test_a_batch_that_was_never_finalized_opens_again_for_a_new_task(pool, tenant):
    await project(pool, tenant)
    await batch(pool, tenant)
    (first,) = await new_tasks(pool, tenant, 1, batch="b")
    await cancel(pool, tenant, first)
    assert (await look(pool, tenant)).completed_at == NOW

    (second,) = await new_tasks(pool, tenant, 1, batch="b")
    reopened = await look(pool, tenant)
    assert (reopened.status, reopened.completed_at) == ("in_progress", None)
    await cancel(pool, tenant, second)
    assert (await look(pool, tenant)).status == "completed"


async def test_nobody_is_offered_a_staged_task_before_its_batch_is_finalized(pool, tenant):
    await staged_project(pool, tenant)
    await batch(pool, tenant)
    (task_id,) = await new_tasks(pool, tenant, 1, batch="b")
    anna, ben = await annotators(pool, 2)
    assert await pipeline.dispatch(pool, anna, now=NOW) is None

    async with as_tenant(pool, tenant.tenant_id) as tx:
        assert (await pipeline.project.finalize_batch(tx, "b", is_test=False, now=NOW)).finalized
    assert await do_next(pool, anna, "cat") == task_id
    assert await do_next(pool, ben, "cat") == task_id


async def test_an_empty_batch_is_completed_when_it_can_get_no_tasks(pool, tenant):
    await staged_project(pool, tenant)
    await batch(pool, tenant)
    async with as_tenant(pool, tenant.tenant_id) as tx:
        await pipeline.project.finalize_batch(tx, "b", is_test=False, now=NOW)
    assert (await look(pool, tenant)).status == "completed"


async def test_a_task_added_while_its_batch_is_finalized_is_offered_or_refused(pool, tenant):
    await staged_project(pool, tenant)
    await batch(pool, tenant)

    async def finalize() -> None:
        async with as_tenant(pool, tenant.tenant_id) as tx:
            await pipeline.project.finalize_batch(tx, "b", is_test=False, now=NOW)

    async def add() -> list[str]:
        return await new_tasks(pool, tenant, 1, batch="b")

    await new_tasks(pool, tenant, 1, batch="b")
    ended = await asyncio.gather(
        *(add() for _ in range(6)), finalize(), *(add() for _ in range(6)), return_exceptions=True
    )
    added = [one[0] for one in ended if isinstance(one, list)]
    refused = [one for one in ended if isinstance(one, Exception)]
    assert all("finalized" in str(one) for one in refused)
    assert len(added) + len(refused) == 12
    async with as_tenant(pool, tenant.tenant_id) as tx:
        found = await tx.connection.execute(
            "SELECT task.stage, count(a.assignment_id) FROM work.task"
            " LEFT JOIN work.assignment AS a USING (tenant_id, task_id)"
            " GROUP BY task.task_id, task.stage"
        )
        assert await found.fetchall() == [("open", 2)] * (len(added) + 1)


async def test_a_batch_of_an_unknown_project_is_refused(pool, tenant):
    with pytest.raises(Exception, match="does not exist"):
        await batch(pool, tenant)
