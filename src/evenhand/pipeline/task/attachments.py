"""Fetched attachments: kept with the task, fetched again later, or the end of the task."""

import re
from datetime import datetime

from evenhand import datasets, delivery, ledger, tenants
from evenhand.foundation.database import Tx
from evenhand.foundation.errors import EvenhandError, Unavailable
from evenhand.foundation.outgoing import UnreachableNow
from evenhand.ledger import events
from evenhand.pipeline.task.outcomes import complete_batches
from evenhand.work import intake, tasks

# Of tasks from before such URLs were refused.
_PASSWORD = re.compile(r"(://)[^/?#]*@")


class BrokenOff(Unavailable):
    """Every attempt to fetch it broke off."""


async def keep(tx: Tx, asked: intake.Fetch, received: datasets.Received, *, now: datetime) -> None:
    """Keep what was fetched, and offer its task if that was the last of it."""
    await intake.lock_prepared(tx, asked.task_id)
    await datasets.keep_file(tx, received, now=now)
    await intake.link_fetched(tx, asked, received.shown_id)
    opened = await intake.open_prepared(tx, asked.task_id, now=now)
    if opened is not None:
        prepared = events.TaskPrepared(task_id=asked.task_id, opened=opened)
        await ledger.append(tx, prepared, at=now)


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


async def refuse(
    tx: Tx, asked: intake.Fetch, received: datasets.Received, why: str, *, now: datetime
) -> None:
    """End a task in error, because what was fetched is not what it has to show; it is kept."""
    await datasets.keep_file(tx, received, now=now)
    await fail(tx, asked, intake.AttachmentUnfit(why), now=now)


async def fail(tx: Tx, asked: intake.Fetch, problem: EvenhandError, *, now: datetime) -> None:
    """End a task in error, because what it shows cannot be had."""
    task_id = asked.task_id
    told = f"The attachment {_without_password(asked.url)} failed: {problem.message}"
    task = await tasks.fail_task(tx, task_id, told, now=now)
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


def _without_password(url: str) -> str:
    return _PASSWORD.sub(r"\1", url, count=1)
