"""Answers whose lease ran out and whose assignment somebody else has by now."""

from datetime import datetime
from uuid import UUID

from evenhand.foundation import sql
from evenhand.foundation.database import Tx
from evenhand.foundation.rows import one_or_none
from evenhand.work.assignments import AlreadyAnnotated, LeaseLost, NewAnnotation, Submission

QUERIES = sql.beside(__file__)


async def place_for_late(
    tx: Tx, found: Submission, new: NewAnnotation, *, now: datetime
) -> UUID | None:
    """Find where an answer that comes late still counts; None where it is taken already.

    The task must want one more answer that nobody has been asked for, and the annotator be one who
    could be asked. Of a gold task that is said as of the live one in whose place it was lent.
    """
    here = {"task_id": found.task_id, "annotation_id": new.annotation_id}
    author = await one_or_none(tx, QUERIES["late_annotation"], UUID, **here)
    if author == new.annotator_id:
        return None
    if author is not None:
        raise AlreadyAnnotated
    if found.purpose == "live":
        place = await one_or_none(
            tx,
            QUERIES["spare"],
            UUID,
            task_id=found.task_id,
            annotator_id=new.annotator_id,
            now=now,
        )
    else:
        place = await one_or_none(
            tx,
            QUERIES["take_up_gold"],
            UUID,
            assignment_id=found.assignment_id,
            annotator_id=new.annotator_id,
        )
    if place is None:
        raise LeaseLost
    return place
