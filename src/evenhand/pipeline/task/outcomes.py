"""Outcomes of an assessment: settled and called back, more annotations wanted, or a review."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import assert_never
from uuid import UUID

from evenhand import delivery, ledger, quality, tenants
from evenhand.foundation.database import Tx
from evenhand.ledger import events
from evenhand.pipeline.annotator.knowledge import NOTHING, Knowledge
from evenhand.pipeline.task.judgement import Weighed
from evenhand.work import assignments, projects, tasks, verdicts

NOTHING_WITHDRAWN: Mapping[str, tasks.Withdrawn] = {}


async def conclude(
    tx: Tx,
    tasks: Sequence[verdicts.AnnotatedTask],
    found: Mapping[str, Weighed],
    known: Mapping[UUID | None, Knowledge],
    *,
    now: datetime,
) -> None:
    """Keep what tasks came to: a response, a wish for more, or a reviewer's doubt."""
    outcomes: dict[str, verdicts.Outcome] = {}
    wanted: dict[str, int] = {}
    doubtful: dict[str, verdicts.Doubt] = {}
    skills_least: dict[str, float] = {}
    for task in tasks:
        verdict = found[task.task_id]
        match verdict:
            case verdicts.Outcome() as outcome:
                outcomes[task.task_id] = outcome
            case quality.WantMore(annotations=count):
                wanted[task.task_id] = count
                median = known.get(task.project_id, NOTHING).skill_median
                if median is not None:
                    skills_least[task.task_id] = median
            case verdicts.Doubt() as doubt:
                doubtful[task.task_id] = doubt
            case _:
                assert_never(verdict)
    # What answers nothing goes out in one message.
    async with tx.connection.pipeline():
        await want_more(tx, wanted, skills_least=skills_least, now=now)
        await review(tx, doubtful, now=now)
        await settle(tx, list(outcomes.values()), now=now)
    await call_back(tx, [task for task in tasks if task.task_id in outcomes], now=now)


async def settle(tx: Tx, outcomes: Sequence[verdicts.Outcome], *, now: datetime) -> None:
    """Keep what tasks came to."""
    if not outcomes:
        return
    withdrawn = await verdicts.settle_all(tx, outcomes, now=now)
    settled: list[events.Event] = []
    for outcome in outcomes:
        left = withdrawn.get(outcome.task_id, tasks.NOTHING)
        settled.append(
            events.TaskSettled(
                task_id=outcome.task_id,
                annotations=outcome.annotations,
                method=outcome.method,
                withdrawn=left.ordinary,
                reviews_withdrawn=left.reviews,
            )
        )
    await ledger.append_many(tx, settled, at=now)


async def call_back(tx: Tx, settled: Sequence[verdicts.AnnotatedTask], *, now: datetime) -> None:
    """Ask for the callbacks of tasks just settled, and of batches that end with them."""
    if not settled:
        return
    default = None
    if any(task.callback_url is None for task in settled):
        default = (await tenants.tenant_of(tx)).callback_url
    for task in settled:
        url = task.callback_url or default
        if url is not None:
            await delivery.open_callback(tx, task_id=task.task_id, url=url, now=now)
    await complete_batches(tx, {task.batch_id for task in settled if task.batch_id}, now=now)


async def want_more(
    tx: Tx, wanted: Mapping[str, int], *, skills_least: Mapping[str, float], now: datetime
) -> None:
    """Ask for further annotations, so many for each task; the skilled come first where named."""
    if not wanted:
        return
    await assignments.want_more(tx, wanted, skills_least=skills_least, now=now)
    asked = [
        events.TaskMoreWanted(task_id=task_id, opened=count, skill_least=skills_least.get(task_id))
        for task_id, count in wanted.items()
    ]
    await ledger.append_many(tx, asked, at=now)


async def review(
    tx: Tx,
    doubts: Mapping[str, verdicts.Doubt],
    *,
    withdrawn: Mapping[str, tasks.Withdrawn] = NOTHING_WITHDRAWN,
    now: datetime,
) -> None:
    """Have a reviewer decide tasks, who is shown what the votes came to, if they did.

    `withdrawn` is what was just taken back of the tasks, and is entered with it.
    """
    if not doubts:
        return
    await assignments.want_more(tx, dict.fromkeys(doubts, 1), review=True, now=now)
    await verdicts.send_to_review(tx, doubts, now=now)
    sent: list[events.Event] = []
    for task_id in doubts:
        left = withdrawn.get(task_id, tasks.NOTHING)
        sent.append(
            events.TaskSentToReview(
                task_id=task_id,
                reviews_opened=1,
                withdrawn=left.ordinary,
                reviews_withdrawn=left.reviews,
            )
        )
    await ledger.append_many(tx, sent, at=now)


async def end_in_error(
    tx: Tx,
    task_id: str,
    told: str,
    *,
    stages: Sequence[str],
    withdrawn: tasks.Withdrawn = tasks.NOTHING,
    now: datetime,
) -> None:
    """End a task that is at one of these stages in error, and tell its customer why.

    `withdrawn` is what was just taken back of it, and is entered with it.
    """
    task = await tasks.fail_task(tx, task_id, told, stages=stages, now=now)
    if task is None:
        return
    failed = events.TaskFailed(
        task_id=task_id, withdrawn=withdrawn.ordinary, reviews_withdrawn=withdrawn.reviews
    )
    await ledger.append(tx, failed, at=now)
    if task.purpose != "live":
        # Nobody waits for its response.
        return
    url = task.callback_url or (await tenants.tenant_of(tx)).callback_url
    if url is not None:
        await delivery.open_callback(tx, task_id=task_id, url=url, event="task.error", now=now)
    if task.batch_id is not None:
        await complete_batches(tx, {task.batch_id}, now=now)


async def complete_batches(tx: Tx, batch_ids: set[UUID], *, now: datetime) -> None:
    """Close the batches whose last task is done, and call back for them."""
    for batch in await projects.complete_batches(tx, sorted(batch_ids), now=now):
        await ledger.append(tx, events.BatchCompleted(batch_id=batch.batch_id), at=now)
        if batch.callback is not None:
            await delivery.open_callback(tx, batch_id=batch.batch_id, url=batch.callback, now=now)
