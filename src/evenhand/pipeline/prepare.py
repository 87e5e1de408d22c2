"""What a task shows is fetched before the task is offered."""

from datetime import datetime
from uuid import UUID, uuid4

from evenhand import datasets, delivery, ledger, tenants
from evenhand.foundation.database import Pool, Tx, as_tenant
from evenhand.foundation.errors import EvenhandError, Invalid, TooLarge, Unavailable
from evenhand.foundation.outgoing import Outgoing, UnreachableNow
from evenhand.ledger import events
from evenhand.pipeline.settle import complete_batches
from evenhand.work import intake, tasks


class BrokenOff(Unavailable):
    """Every attempt to fetch it broke off."""


async def fetch(
    pool: Pool,
    storage: datasets.Storage,
    way_out: Outgoing,
    tenant_id: UUID,
    asked: intake.Fetch,
    *,
    now: datetime,
) -> None:
    """Fetch an attachment and, if it is its task's last, offer the task.

    What went wrong for a moment is tried again on the schedule of callbacks; what cannot be
    fetched ends the task in error.
    """
    if asked.attempt > delivery.ATTEMPTS_MAX:
        # Each of them ended with its worker, or in a fault of ours.
        async with as_tenant(pool, tenant_id) as tx:
            await _fail(tx, asked.task_id, _told(asked, BrokenOff()), now=now)
        return
    new = datasets.NewFile(file_id=uuid4(), is_test=asked.is_test, source_url=asked.url)
    try:
        received = await datasets.fetch_url(pool, tenant_id, storage, way_out, new, now=now)
    except (UnreachableNow, Unavailable) as problem:
        async with as_tenant(pool, tenant_id) as tx:
            await _again(tx, asked, _told(asked, problem), now=now)
    except (Invalid, TooLarge) as problem:
        async with as_tenant(pool, tenant_id) as tx:
            await _fail(tx, asked.task_id, _told(asked, problem), now=now)
    else:
        async with as_tenant(pool, tenant_id) as tx:
            await _keep(tx, asked, received, now=now)


async def _keep(tx: Tx, asked: intake.Fetch, received: datasets.Received, *, now: datetime) -> None:
    await intake.lock_prepared(tx, asked.task_id)
    file = await datasets.keep_file(tx, received, now=now)
    await intake.link_fetched(tx, asked, file.file_id)
    opened = await intake.open_prepared(tx, asked.task_id, now=now)
    if opened is not None:
        prepared = events.TaskPrepared(task_id=asked.task_id, opened=opened)
        await ledger.append(tx, prepared, at=now)


def _told(asked: intake.Fetch, problem: EvenhandError) -> str:
    return f"The attachment {asked.url} failed: {problem.message}"


async def _again(tx: Tx, asked: intake.Fetch, problem: str, *, now: datetime) -> None:
    due_at = delivery.retry_at(asked.attempt, now)
    if due_at is None:
        await _fail(tx, asked.task_id, problem, now=now)
    else:
        await intake.fetch_again(tx, asked, due_at=due_at)
        failed = events.FetchFailed(
            task_id=asked.task_id, number=asked.number, attempt=asked.attempt
        )
        await ledger.append(tx, failed, at=now)


async def _fail(tx: Tx, task_id: str, problem: str, *, now: datetime) -> None:
    task = await tasks.fail_task(tx, task_id, problem, now=now)
    if task is None:
        return
    await ledger.append(tx, events.TaskFailed(task_id=task_id), at=now)
    if task.purpose != "live":
        # Nobody waits for its response.
        return
    url = task.callback_url or (await tenants.tenant_of(tx)).callback_url
    if url is not None:
        await delivery.open_callback(tx, task_id=task_id, url=url, event="task.error", now=now)
    if task.batch_id is not None:
        await complete_batches(tx, {task.batch_id}, now=now)
