"""What a task shows is fetched before the task is offered."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from evenhand import datasets, delivery, ledger, tenants, work
from evenhand.foundation.database import Pool, Tx, as_tenant
from evenhand.foundation.errors import EvenhandError, Invalid, TooLarge, Unavailable
from evenhand.foundation.jobs import enqueue
from evenhand.foundation.outgoing import Outgoing, UnreachableNow
from evenhand.pipeline.settle import complete_batches


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparation:
    """A task whose attachments are to be fetched, and for the how manieth time that is tried."""

    tenant_id: UUID
    task_id: str
    attempt: int = 1


async def prepare(
    pool: Pool,
    storage: datasets.Storage,
    way_out: Outgoing,
    asked: Preparation,
    *,
    now: datetime,
) -> None:
    """Fetch what a task shows and offer it; what cannot be fetched ends the task in error.

    What went wrong for a moment is tried again on the schedule of callbacks, before it does.
    """
    tenant_id, task_id = asked.tenant_id, asked.task_id
    async with as_tenant(pool, tenant_id) as tx:
        waiting = await work.unfetched(tx, task_id)
    for url, is_test in waiting:
        new = datasets.NewFile(file_id=uuid4(), is_test=is_test, source_url=url)
        try:
            file = await datasets.import_url(pool, tenant_id, storage, way_out, new, now=now)
        except (UnreachableNow, Unavailable) as problem:
            async with as_tenant(pool, tenant_id) as tx:
                await _again(tx, task_id, _told(url, problem), attempt=asked.attempt, now=now)
            return
        except (Invalid, TooLarge) as problem:
            async with as_tenant(pool, tenant_id) as tx:
                await _fail(tx, task_id, _told(url, problem), now=now)
            return
        async with as_tenant(pool, tenant_id) as tx:
            await work.link_fetched(tx, task_id, url, file.file_id)
    async with as_tenant(pool, tenant_id) as tx:
        if await work.open_prepared(tx, task_id, now=now):
            await ledger.append(tx, "task.prepared", at=now, task_id=task_id)


def _told(url: str, problem: EvenhandError) -> str:
    return f"The attachment {url} failed: {problem.message}"


async def _again(tx: Tx, task_id: str, problem: str, *, attempt: int, now: datetime) -> None:
    due_at = delivery.retry_at(attempt, now)
    if due_at is None:
        await _fail(tx, task_id, problem, now=now)
    else:
        await enqueue(tx, "prepare", at=due_at, task_id=task_id, attempt=attempt + 1)


async def _fail(tx: Tx, task_id: str, problem: str, *, now: datetime) -> None:
    task = await work.fail_task(tx, task_id, problem, now=now)
    if task is None:
        return
    await ledger.append(tx, "task.failed", at=now, task_id=task_id)
    url = task.callback_url or (await tenants.tenant_of(tx)).callback_url
    if url is not None:
        await delivery.open_callback(tx, task_id=task_id, url=url, event="task.error", now=now)
    if task.batch_id is not None:
        await complete_batches(tx, {task.batch_id}, now=now)
