"""Fetched attachments: kept with the task, fetched again later, or the end of the task."""

import re
from datetime import datetime

from evenhand import datasets, delivery, ledger
from evenhand.foundation.database import Tx
from evenhand.foundation.errors import EvenhandError, Unavailable
from evenhand.foundation.outgoing import UnreachableNow
from evenhand.ledger import events
from evenhand.pipeline.task.outcomes import end_in_error
from evenhand.work import intake, projects, tasks

# Of tasks from before such URLs were refused.
_PASSWORD = re.compile(r"(://)[^/?#]*@")


class BrokenOff(Unavailable):
    """Every attempt to fetch it broke off."""


async def keep(tx: Tx, asked: intake.Fetch, received: datasets.Received, *, now: datetime) -> None:
    """Keep what was fetched, and offer its task if that was the last of it."""
    await intake.lock_prepared(tx, asked.task_id)
    await datasets.keep_file(tx, received, now=now)
    await intake.link_fetched(tx, asked, received.shown_id)
    await _offer(tx, asked.task_id, now=now)


async def try_again(tx: Tx, asked: intake.Fetch, problem: EvenhandError, *, now: datetime) -> None:
    """Let a fetch fall due again, on the schedule of callbacks; after the last the task fails.

    Not before the server that was asked said that it can be.
    """
    due_at = delivery.retry_at(asked.attempt, now)
    if due_at is not None and isinstance(problem, UnreachableNow) and problem.after is not None:
        due_at = max(due_at, now + problem.after)
    if due_at is None:
        await fail(tx, asked, problem, now=now)
    else:
        await intake.fetch_again(tx, asked, due_at=due_at)
        failed = events.FetchFailed(
            task_id=asked.task_id, number=asked.number, attempt=asked.attempt
        )
        await ledger.append(tx, failed, at=now)


async def retry(tx: Tx, task_id: str, *, is_test: bool, now: datetime) -> tasks.Task:
    """Prepare a task that ended in error once more, and offer it once what it shows is at hand."""
    batch_id = await tasks.retry_task(tx, task_id, is_test=is_test, now=now)
    await intake.fetch_anew(tx, task_id, now=now)
    await ledger.append(tx, events.TaskRetried(task_id=task_id), at=now)
    if batch_id is not None and await projects.take_up_batch(tx, batch_id):
        await ledger.append(tx, events.BatchReopened(batch_id=batch_id), at=now)
    await _offer(tx, task_id, now=now)
    return await tasks.task_of(tx, task_id, is_test=is_test)


async def _offer(tx: Tx, task_id: str, *, now: datetime) -> None:
    opened = await intake.open_prepared(tx, task_id, now=now)
    if opened is not None:
        await ledger.append(tx, events.TaskPrepared(task_id=task_id, opened=opened), at=now)


async def refuse(
    tx: Tx, asked: intake.Fetch, received: datasets.Received, why: str, *, now: datetime
) -> None:
    """End a task in error, because what was fetched is not what it has to show; it is kept."""
    await datasets.keep_file(tx, received, now=now)
    await fail(tx, asked, intake.AttachmentUnfit(why), now=now)


async def fail(tx: Tx, asked: intake.Fetch, problem: EvenhandError, *, now: datetime) -> None:
    """End a task in error, because what it shows cannot be had."""
    told = f"The attachment {_without_password(asked.url)} failed: {problem.message}"
    await end_in_error(tx, asked.task_id, told, stages=tasks.PREPARING, now=now)


def _without_password(url: str) -> str:
    return _PASSWORD.sub(r"\1", url, count=1)
