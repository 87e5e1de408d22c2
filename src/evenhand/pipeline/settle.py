"""What follows when a task is weighed: review, or the callback and the end of its batch."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from evenhand import delivery, ledger, tenants
from evenhand.foundation.database import Tx
from evenhand.work import assignments, projects, verdicts


async def settle(tx: Tx, outcomes: Sequence[verdicts.Outcome], *, now: datetime) -> None:
    """Keep what tasks came to."""
    if not outcomes:
        return
    await verdicts.settle_all(tx, outcomes, now=now)
    await ledger.append_many(
        tx,
        [
            ("task.settled", {"task_id": outcome.task_id, "annotations": outcome.annotations})
            for outcome in outcomes
        ],
        at=now,
    )


async def call_back(tx: Tx, tasks: Sequence[verdicts.AnnotatedTask], *, now: datetime) -> None:
    """Ask for the callbacks of tasks just settled, and of batches that end with them."""
    if not tasks:
        return
    default = None
    if any(task.callback_url is None for task in tasks):
        default = (await tenants.tenant_of(tx)).callback_url
    for task in tasks:
        url = task.callback_url or default
        if url is not None:
            await delivery.open_callback(tx, task_id=task.task_id, url=url, now=now)
    await complete_batches(tx, {task.batch_id for task in tasks if task.batch_id}, now=now)


async def review(tx: Tx, doubts: Mapping[str, verdicts.Doubt], *, now: datetime) -> None:
    """Have a reviewer decide tasks, who is shown what the votes came to, if they did."""
    if not doubts:
        return
    await assignments.want_more(tx, dict.fromkeys(doubts, 1), review=True, now=now)
    await verdicts.send_to_review(tx, doubts, now=now)


async def complete_batches(tx: Tx, batch_ids: set[UUID], *, now: datetime) -> None:
    """Close the batches whose last task is done, and call back for them."""
    for batch in await projects.complete_batches(tx, sorted(batch_ids), now=now):
        await ledger.append(tx, "batch.completed", at=now, batch_id=batch.batch_id)
        if batch.callback is not None:
            await delivery.open_callback(tx, batch_id=batch.batch_id, url=batch.callback, now=now)
