"""The way back: what an annotator handed in or gave up, and thinks better of."""

import asyncio
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from evenhand import ledger
from evenhand.foundation.database import Pool, Tx, as_tenant
from evenhand.ledger import events
from evenhand.pipeline.task.life import show
from evenhand.task_types import task_type
from evenhand.work import assignments, corrections


async def answer(
    tx: Tx, assignment_id: UUID, annotator_id: UUID, *, now: datetime
) -> corrections.Answer:
    """Read an answer that its annotator may still correct, with its task."""
    await show(tx, assignment_id, annotator_id, again=True, now=now)
    found = await corrections.answer_of(tx, assignment_id, annotator_id)
    await corrections.require_unweighed(tx, assignment_id)
    return found


async def revise(
    pool: Pool,
    tenant_id: UUID,
    assignment_id: UUID,
    correction: corrections.Correction,
    *,
    now: datetime,
) -> int:
    """Put a correction in the place of an answer that is not weighed yet; a repeat changes nothing.

    Return the revision that it got. It may take long to prove: outside of transactions.
    """
    async with as_tenant(pool, tenant_id, by_key=True) as tx:
        found = await corrections.answer_of(tx, assignment_id, correction.annotator_id)
    check = task_type(found.type).check_response
    checked = await asyncio.to_thread(check, found.params, correction.response)
    proven = replace(correction, response=checked)
    async with as_tenant(pool, tenant_id, by_key=True) as tx:
        return await _revise(tx, assignment_id, proven, now=now)


async def _revise(
    tx: Tx, assignment_id: UUID, proven: corrections.Correction, *, now: datetime
) -> int:
    annotator_id = proven.annotator_id
    await corrections.hold_from_weighing(tx, assignment_id, annotator_id)
    found = await corrections.answer_of(tx, assignment_id, annotator_id)
    if corrections.is_said_already(found, proven):
        return found.revision
    await corrections.require_unweighed(tx, assignment_id)
    revision = await corrections.revise(tx, found, proven)
    revised = events.AnnotationRevised(
        task_id=found.task_id,
        assignment_id=assignment_id,
        annotation_id=found.annotation_id,
        annotator_id=annotator_id,
        revision=revision,
    )
    await ledger.append(tx, revised, at=now)
    return revision


async def take_back_skip(
    tx: Tx, assignment_id: UUID, annotator_id: UUID, *, now: datetime
) -> assignments.Assignment:
    """Lend an annotator again what they skipped, if nobody was lent it in their place."""
    taken = await corrections.take_back_skip(tx, assignment_id, annotator_id, now=now)
    resumed = events.AssignmentResumed(
        task_id=taken.task_id,
        assignment_id=assignment_id,
        annotator_id=annotator_id,
        withdrawn=taken.withdrawn.ordinary,
        reviews_withdrawn=taken.withdrawn.reviews,
    )
    await ledger.append(tx, resumed, at=now)
    await show(tx, assignment_id, annotator_id, now=now)
    return await assignments.held(tx, assignment_id, annotator_id)
