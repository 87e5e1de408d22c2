"""Tasks come in: opened to annotators, or refused, each with its reason."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from evenhand import delivery, ledger, tenants
from evenhand.foundation.database import Tx
from evenhand.pipeline.settle import complete_batches
from evenhand.task_types import task_type
from evenhand.work import intake, projects, tasks, verdicts


async def submit(tx: Tx, order: intake.Order, *, now: datetime) -> tasks.Task:
    """Open a task to annotators, once what it shows is at hand; a test task is settled at once."""
    (entry,), answered = await _entered(tx, [order], now)
    match entry:
        case intake.Opened():
            return answered.get(entry.opening.task_id) or entry.task()
        case intake.Existing():
            raise tasks.taken(entry.unique_id, entry.task_id)
        case intake.Refused():
            raise entry.error


async def submit_many(
    tx: Tx, orders: Sequence[intake.Order], *, now: datetime
) -> list[intake.Entry]:
    """Open what can be opened, and say of each order what became of it, in their order."""
    entries, _ = await _entered(tx, orders, now)
    return entries


async def _entered(
    tx: Tx, orders: Sequence[intake.Order], now: datetime
) -> tuple[list[intake.Entry], dict[str, tasks.Task]]:
    entries = await intake.enter(tx, await intake.admit(tx, orders, now=now), now=now)
    opened = [entry for entry in entries if isinstance(entry, intake.Opened)]
    task_ids = [entry.opening.task_id for entry in opened]
    if len(task_ids) == 1:
        await ledger.append(tx, "task.submitted", at=now, task_id=task_ids[0])
    elif task_ids:
        # One entry for all: whoever has the ids can show that they are the ones meant.
        digest = hashlib.sha256("\n".join(task_ids).encode()).hexdigest()
        await ledger.append(tx, "tasks.submitted", at=now, count=len(task_ids), sha256=digest)
    tests = [entry.task() for entry in opened if entry.opening.new.is_test]
    return entries, await _answer_tests(tx, tests, now=now)


async def _answer_tests(
    tx: Tx, opened: Sequence[tasks.Task], *, now: datetime
) -> dict[str, tasks.Task]:
    """Settle test tasks with their types' canned responses, so that an integration can be tried."""
    if not opened:
        return {}
    responses = {task.task_id: task_type(task.type).canned_response(task.params) for task in opened}
    await verdicts.settle_all(
        tx,
        [
            verdicts.Outcome(
                task_id=task_id,
                response=response,
                confidence=None,
                agreement=None,
                method="canned",
                annotations=0,
            )
            for task_id, response in responses.items()
        ],
        now=now,
    )
    default_url = (await tenants.tenant_of(tx)).callback_url
    for task in opened:
        url = task.callback_url or default_url
        if url is not None:
            await delivery.open_callback(tx, task_id=task.task_id, url=url, now=now)
    return {
        task.task_id: replace(
            task,
            status="completed",
            stage="closed",
            response=responses[task.task_id],
            callback_succeeded=True,
            completed_at=now,
        )
        for task in opened
    }


async def cancel(
    tx: Tx, task_id: str, *, is_test: bool, clear_unique_id: bool, now: datetime
) -> tasks.Task:
    """Withdraw a task on which no work has begun; to do so twice is to do so once."""
    canceled = await tasks.cancel_task(
        tx, task_id, is_test=is_test, clear_unique_id=clear_unique_id, now=now
    )
    task = await tasks.task_of(tx, task_id, is_test=is_test)
    if canceled:
        await ledger.append(tx, "task.canceled", at=now, task_id=task_id)
        if task.batch_id is not None:
            await complete_batches(tx, {task.batch_id}, now=now)
    return task


async def finalize_batch(tx: Tx, name: str, *, is_test: bool, now: datetime) -> projects.Batch:
    """Let work on a batch begin and take no more tasks; with nothing to do it is complete."""
    batch = await projects.finalize_batch(tx, name, is_test=is_test, now=now)
    await ledger.append(tx, "batch.finalized", at=now, batch_id=batch.batch_id)
    await complete_batches(tx, {batch.batch_id}, now=now)
    return batch
