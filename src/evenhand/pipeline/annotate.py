"""An assignment is worked on and ends: annotated, skipped, or run out."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from evenhand import ledger
from evenhand.foundation.database import Pool, Tx, as_tenant
from evenhand.ledger import events
from evenhand.pipeline.settle import review
from evenhand.pipeline.training import judge_course_of, score_lesson
from evenhand.task_types import task_type
from evenhand.work import assignments, tasks, verdicts


async def annotate(
    tx: Tx,
    assignment_id: UUID,
    new: assignments.NewAnnotation,
    *,
    lent: assignments.Submission | None = None,
    now: datetime,
) -> None:
    """Accept an annotation and have its task assessed, or itself scored; a repeat changes nothing.

    `lent` is the assignment as it was lent, where that is remembered, and spares a look.
    """
    found = lent or await assignments.submission(tx, assignment_id)
    if assignments.is_repeat(found, new):
        return
    checked = task_type(found.type).check_response(found.params, new.response)
    await _accept(tx, found, replace(new, response=checked), now=now)


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
        found = await assignments.submission(tx, assignment_id)
    if assignments.is_repeat(found, new):
        return
    check = task_type(found.type).check_response
    checked = await asyncio.to_thread(check, found.params, new.response)
    async with as_tenant(pool, tenant_id, by_key=True) as tx:
        await _accept(tx, found, replace(new, response=checked), now=now)


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
    accepted = events.AnnotationAccepted(
        task_id=found.task_id,
        assignment_id=assignment_id,
        annotation_id=new.annotation_id,
        annotator_id=new.annotator_id,
        withdrawn=withdrawn.ordinary,
        reviews_withdrawn=withdrawn.reviews,
    )
    await ledger.append(tx, accepted, at=now)
    if found.purpose == "training":
        await score_lesson(tx, found.task_id, new.annotation_id, new.annotator_id, now=now)


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
    elif await assignments.skipped_too_often(tx, task_id):
        # A task that one after the other cannot do would be offered for ever.
        withdrawn = await tasks.withdraw_open(tx, [task_id])
        await review(tx, {task_id: verdicts.Doubt()}, withdrawn=withdrawn, now=now)


async def expire(tx: Tx, *, now: datetime) -> int:
    """Return overdue assignments to the queue and say how many there were."""
    overdue = await assignments.expire_leases(tx, now=now)
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
