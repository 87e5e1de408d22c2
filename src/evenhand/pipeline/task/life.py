"""The life of a task, in order. Start reading here.

submit -> fetch -> dispatch -> annotate -> assess -> deliver

Each step is one transaction of one tenant. It changes state, writes the ledger and asks for the
next step: all of it happens, or none. What takes long is done between two of them.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias
from uuid import UUID, uuid4

from evenhand import datasets, delivery, ledger, walls, workforce
from evenhand.foundation.database import Pool, Tx, as_tenant, connection_for
from evenhand.foundation.due import EVER
from evenhand.foundation.errors import EvenhandError, Invalid, TooLarge, Unavailable
from evenhand.foundation.outgoing import Outgoing, UnreachableNow
from evenhand.foundation.secret import Secret
from evenhand.ledger import events
from evenhand.pipeline.annotator.courses import judge_course_of, score_lesson
from evenhand.pipeline.task import at_once, attachments
from evenhand.pipeline.task.admission import entered
from evenhand.pipeline.task.assessment import weigh
from evenhand.pipeline.task.decision import (
    Decision,
    Walk,
    decided,
    learn,
    lending_of,
)
from evenhand.pipeline.task.outcomes import complete_batches
from evenhand.pipeline.task.search_memory import SearchMemory
from evenhand.pipeline.task.skips import look_at_skips
from evenhand.task_types import Invalid as InvalidTask
from evenhand.task_types import task_type, use_of
from evenhand.work import assignments, corrections, intake, tasks, verdicts

Submitted: TypeAlias = tasks.Task | EvenhandError | InvalidTask


async def submit(tx: Tx, order: intake.Order, *, now: datetime) -> tasks.Task:
    """Open a task to annotators, once what it shows is at hand; a test task is settled at once."""
    (submitted,) = await submit_each(tx, [order], now=now)
    if isinstance(submitted, Exception):
        raise submitted
    return submitted


async def submit_each(tx: Tx, orders: Sequence[intake.Order], *, now: datetime) -> list[Submitted]:
    """Open the tasks of several requests, each told by itself, or why it could not be opened."""
    entries, answered = await entered(tx, orders, now, told_apart=True)
    submitted: list[Submitted] = []
    for entry in entries:
        match entry:
            case intake.Opened():
                submitted.append(answered.get(entry.opening.task_id) or entry.task())
            case intake.Existing():
                submitted.append(tasks.taken(entry.unique_id, entry.task_id))
            case intake.Refused():
                submitted.append(entry.error)
    return submitted


async def submit_many(
    tx: Tx, orders: Sequence[intake.Order], *, now: datetime
) -> list[intake.Entry]:
    """Open what can be opened, and say of each order what became of it, in their order."""
    entries, _ = await entered(tx, orders, now)
    return entries


async def cancel(
    tx: Tx, task_id: str, *, is_test: bool, clear_unique_id: bool, now: datetime
) -> tasks.Task:
    """Withdraw a task on which no work has begun; to do so twice is to do so once."""
    withdrawn = await tasks.cancel_task(
        tx, task_id, is_test=is_test, clear_unique_id=clear_unique_id, now=now
    )
    task = await tasks.task_of(tx, task_id, is_test=is_test)
    if clear_unique_id:
        await ledger.append(tx, events.TaskUniqueIdSet(task_id=task_id), at=now)
    if withdrawn is not None:
        canceled = events.TaskCanceled(
            task_id=task_id,
            withdrawn=withdrawn.ordinary,
            reviews_withdrawn=withdrawn.reviews,
        )
        await ledger.append(tx, canceled, at=now)
        if task.batch_id is not None:
            await complete_batches(tx, {task.batch_id}, now=now)
    return task


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
            await attachments.fail(tx, asked, attachments.BrokenOff(), now=now)
        return
    new = datasets.NewFile(file_id=uuid4(), is_test=asked.is_test, source_url=asked.url)
    try:
        received = await datasets.fetch_url(pool, tenant_id, storage, way_out, new, now=now)
    except (UnreachableNow, Unavailable) as problem:
        async with as_tenant(pool, tenant_id) as tx:
            await attachments.try_again(tx, asked, problem, now=now)
    except (Invalid, TooLarge) as problem:
        async with as_tenant(pool, tenant_id) as tx:
            await attachments.fail(tx, asked, problem, now=now)
    else:
        unfit = datasets.why_unfit(asked.kind, received.written)
        async with as_tenant(pool, tenant_id) as tx:
            if unfit is not None:
                await attachments.refuse(tx, asked, received, unfit, now=now)
            else:
                await attachments.keep(tx, asked, received, now=now)


async def dispatch(
    pool: Pool,
    annotator: workforce.Annotator,
    *,
    now: datetime,
    search_memory: SearchMemory | None = None,
    ahead: bool = False,
) -> tuple[UUID, assignments.Assignment] | None:
    """Lend the annotator the next task of whichever tenant's turn it is, and say whose it is.

    What is lent ahead of its turn counts as shown when `show` says so.
    `search_memory` remembers where a long search found nothing, and spares the next one.
    """
    memory = search_memory or SearchMemory()
    async with pool.connection() as connection:
        decision = Decision(annotator=annotator, now=now, ahead=ahead)
        return await decided(Walk(connection, decision, memory))


async def show(
    tx: Tx, assignment_id: UUID, annotator_id: UUID, *, again: bool = False, now: datetime
) -> None:
    """Note that an annotator is shown an assignment of theirs, unless a wall has been raised.

    `again` is for what goes on with a task that was shown before, or is still held ahead.
    """
    task_id = await assignments.show(tx, assignment_id, annotator_id, again=again, now=now)
    if task_id is not None:
        await _enter_shown(tx, assignment_id, task_id, annotator_id, now=now)


async def _enter_shown(
    tx: Tx, assignment_id: UUID, task_id: str, annotator_id: UUID, *, now: datetime
) -> None:
    shown = events.AssignmentShown(
        assignment_id=assignment_id, task_id=task_id, annotator_id=annotator_id
    )
    await ledger.append(tx, shown, at=now)


async def annotate(
    tx: Tx,
    assignment_id: UUID,
    new: assignments.NewAnnotation,
    *,
    now: datetime,
) -> None:
    """Accept an annotation and have its task assessed, or scored; a repeat changes nothing."""
    found = await _to_accept(tx, assignment_id, new, now=now)
    if found is None:
        return
    checked = task_type(found.type).check(found.params, new.response, found.frames)
    await _accept(tx, found, replace(new, response=checked), now=now)


async def annotate_at_once(
    pool: Pool,
    tenant_id: UUID,
    handed_in: at_once.HandedIn,
    *,
    now: datetime,
) -> bool:
    """Accept the annotation of what its annotator was just lent, in one message.

    False where they no longer hold it, or where more is to be done: then `annotate` says what.
    """
    if not handed_in.is_simple:
        return False
    accepting = _accepting(handed_in)
    async with connection_for(pool, tenant_id) as connection:
        return await at_once.accept(connection, tenant_id, accepting, now=now)


async def annotate_and_dispatch(
    pool: Pool,
    annotator: workforce.Annotator,
    tenant_id: UUID,
    handed_in: at_once.HandedIn,
    *,
    now: datetime,
    search_memory: SearchMemory,
) -> tuple[bool, tuple[UUID, assignments.Assignment] | None]:
    """Accept an annotation as `annotate_at_once` does, and if so lend as `dispatch` does.

    Where the next task is of the same tenant, that is one message.
    """
    if not handed_in.is_simple:
        return False, None
    accepting = _accepting(handed_in)
    async with connection_for(pool, tenant_id) as connection:
        decision = Decision(annotator=annotator, now=now)
        walk = Walk(connection, decision, search_memory)
        first = await walk.next()
        if first is not None and first.tenant_id == tenant_id:
            # What the database refuses of the two, it refuses of both: then one after the other.
            with suppress(assignments.DrawnTwice, assignments.TooManyHeld, assignments.Walled):
                lending = lending_of(decision, first, search_memory)
                is_accepted, following = await at_once.accept_and_lend(
                    connection, tenant_id, accepting, lending, now=now
                )
                learn(search_memory, first, lending, following)
                if following is not None:
                    return True, (tenant_id, following)
                if not is_accepted:
                    return False, None
                accepting = None
        if accepting and not await at_once.accept(connection, tenant_id, accepting, now=now):
            return False, None
        search_memory.forget(annotator.annotator_id, tenant_id)
        if first is not None:
            walk.put_back()
        with suppress(assignments.TooManyHeld):
            return True, await decided(walk)
        return True, None


def _accepting(handed_in: at_once.HandedIn) -> at_once.Accepting:
    lent, new = handed_in.lent, handed_in.new
    checked = task_type(lent.type).check(lent.params, new.response, lent.frames)
    proven = replace(new, response=checked)
    return at_once.Accepting(
        lent=lent, new=proven, entry=_accepted(lent, proven, tasks.Withdrawn())
    )


async def annotate_large(
    pool: Pool,
    tenant_id: UUID,
    assignment_id: UUID,
    new: assignments.NewAnnotation,
    *,
    now: datetime,
) -> None:
    """Accept an annotation that takes long to prove: in a thread, and outside of transactions."""
    async with as_tenant(pool, tenant_id, by_key=True) as tx:
        found = await _to_accept(tx, assignment_id, new, now=now)
        if found is None:
            return
    check = task_type(found.type).check
    checked = await asyncio.to_thread(check, found.params, new.response, found.frames)
    async with as_tenant(pool, tenant_id, by_key=True) as tx:
        await _accept(tx, found, replace(new, response=checked), now=now)


async def _to_accept(
    tx: Tx, assignment_id: UUID, new: assignments.NewAnnotation, *, now: datetime
) -> assignments.Submission | None:
    """Find the assignment that an annotation ends, or None where it was accepted before.

    That is the one it was made for, or where somebody else has it, another of the same task.
    """
    found = await assignments.submission(tx, assignment_id)
    try:
        if assignments.is_repeat(found, new):
            return None
    except assignments.LeaseLost:
        if await walls.stands(tx, new.annotator_id, now=now):
            raise
        place = await corrections.place_for_late(tx, found, new, now=now)
        if place is None:
            return None
        return await assignments.submission(tx, place)
    await _refuse_unseen(tx, found, new.annotator_id, now=now)
    return found


async def _refuse_unseen(
    tx: Tx, found: assignments.Submission, annotator_id: UUID, *, now: datetime
) -> None:
    """Take no answer to what was never shown and is behind a wall: errors tell what it asks."""
    if found.ahead and await walls.stands(tx, annotator_id, now=now):
        raise assignments.LeaseLost


async def _accept(
    tx: Tx, found: assignments.Submission, new: assignments.NewAnnotation, *, now: datetime
) -> None:
    assignment_id = found.assignment_id
    try:
        withdrawn = await assignments.accept_annotation(tx, found, new, now=now)
    except assignments.LeaseLost:
        # Two requests raced, or things have changed since it was lent: look how they stand.
        if assignments.is_repeat(await assignments.submission(tx, assignment_id), new):
            return
        raise
    if found.ahead:
        # Whoever answers has seen it, whatever their page told of it.
        await walls.expose(tx, new.annotator_id, now=now)
        await _enter_shown(tx, assignment_id, found.task_id, new.annotator_id, now=now)
    await ledger.append(tx, _accepted(found, new, withdrawn), at=now)
    if found.purpose == "training":
        await score_lesson(tx, found.task_id, new.annotation_id, new.annotator_id, now=now)


def _accepted(
    found: assignments.Submission, new: assignments.NewAnnotation, withdrawn: tasks.Withdrawn
) -> events.AnnotationAccepted:
    return events.AnnotationAccepted(
        task_id=found.task_id,
        assignment_id=found.assignment_id,
        annotation_id=new.annotation_id,
        annotator_id=new.annotator_id,
        withdrawn=withdrawn.ordinary,
        reviews_withdrawn=withdrawn.reviews,
        hypothesis=use_of(task_type(found.type), found.params, new.response),
    )


async def save_draft(
    tx: Tx,
    assignment_id: UUID,
    annotator_id: UUID,
    *,
    response: Mapping[str, object],
    version: int,
    now: datetime,
) -> int:
    """Keep a draft that was made on top of `version` and return its own version."""
    await show(tx, assignment_id, annotator_id, now=now)
    saved = await assignments.save_draft(
        tx, assignment_id, annotator_id, response=response, version=version, now=now
    )
    if version == 0:
        # A page saves one every two seconds, and none of the later ones says more than the first.
        begun = events.DraftBegun(assignment_id=assignment_id, annotator_id=annotator_id)
        await ledger.append(tx, begun, at=now)
    return saved


async def renew(tx: Tx, assignment_id: UUID, annotator_id: UUID, *, now: datetime) -> datetime:
    """Lengthen a lease that is still held and say until when."""
    await show(tx, assignment_id, annotator_id, again=True, now=now)
    until = await assignments.renew(tx, assignment_id, annotator_id, now=now)
    renewed = events.AssignmentRenewed(assignment_id=assignment_id, annotator_id=annotator_id)
    await ledger.append(tx, renewed, at=now)
    return until


async def skip(
    tx: Tx, assignment_id: UUID, *, annotator_id: UUID, reason: str, now: datetime
) -> None:
    """Take an assignment back from an annotator who cannot do it and offer it to others.

    A lesson that was skipped counts as one not learnt.
    """
    skipped = await assignments.skip(tx, assignment_id, annotator_id, reason=reason, now=now)
    task_id = skipped.task_id
    entered = events.AssignmentSkipped(
        task_id=task_id,
        assignment_id=assignment_id,
        annotator_id=annotator_id,
        opened=skipped.opened,
        reviews_opened=skipped.reviews_opened,
    )
    await ledger.append(tx, entered, at=now)
    if skipped.purpose == "training":
        await judge_course_of(tx, task_id, annotator_id, now=now)
    else:
        await look_at_skips(tx, task_id, now=now)


async def expire(tx: Tx, *, left: UUID | None = None, now: datetime) -> int:
    """Return overdue assignments to the queue and say how many there were.

    Or all that an annotator holds who has left.
    """
    overdue = await assignments.expire_leases(tx, left=left, now=now)
    await ledger.append_many(
        tx,
        [
            events.AssignmentExpired(
                task_id=one.task_id,
                assignment_id=one.assignment_id,
                opened=one.opened,
                reviews_opened=one.reviews_opened,
            )
            for one in overdue
        ],
        at=now,
    )
    return len(overdue)


async def assess(tx: Tx, *, now: datetime) -> int:
    """Settle annotated tasks, or ask for more; say how many annotated tasks were looked at."""
    return len((await assess_light(tx, now=now)).tasks)


async def assess_light(
    tx: Tx, *, but: Collection[str] = (), since: datetime = EVER, now: datetime
) -> verdicts.Taken:
    """Settle annotated tasks that are light, or ask for more, and name those that are heavy.

    What was handed in before `since` has been weighed, and tasks in `but` are left alone;
    `assess_heavy` judges those, in another process.
    """
    taken = await verdicts.take_annotated(tx, but=but, since=since)
    # With annotations still to come, the last of them brings the task back here.
    ready = [t for t in taken.tasks if t.stage in ("open", "review") and t.outstanding == 0]
    if ready:
        await weigh(tx, replace(taken, tasks=ready), now=now)
    return taken


async def deliver(
    pool: Pool,
    secret: Secret,
    way_out: Outgoing,
    tenant_id: UUID,
    claimed: delivery.Claimed,
    *,
    now: datetime,
) -> None:
    """Send a callback that is due and record how it went; what failed is due again later."""
    await delivery.attempt(pool, secret, way_out, tenant_id, claimed, now=now)


async def send_again(tx: Tx, task_id: str, *, is_test: bool, now: datetime) -> None:
    """Send the callback of a finished task once more, as the customer asked."""
    await delivery.redeliver(tx, task_id, is_test=is_test, now=now)
