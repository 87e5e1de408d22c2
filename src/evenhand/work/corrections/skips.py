"""Skips that are taken back while nobody else has been lent the task."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from evenhand.foundation import sql
from evenhand.foundation.database import Tx
from evenhand.foundation.errors import Conflict
from evenhand.foundation.rows import one, one_or_none, run
from evenhand.work.assignments import HELD_MAX, LEASE, in_our_words
from evenhand.work.tasks.tasks import Purpose, Withdrawn

QUERIES = sql.beside(__file__)


class TooLate(Conflict):
    """This skip cannot be taken back any more: the task went on without you."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """Of which task a skip was taken back, and what left the queue for it."""

    task_id: str
    withdrawn: Withdrawn


@dataclass(frozen=True, slots=True, kw_only=True)
class _Skipped:
    task_id: str
    purpose: Purpose


async def take_back_skip(
    tx: Tx, assignment_id: UUID, annotator_id: UUID, *, now: datetime
) -> TakenBack:
    """Lend an annotator again what they skipped, if nobody was lent it in their place.

    A lesson counts as not learnt, and stays skipped.
    """
    mine = {"assignment_id": assignment_id, "annotator_id": annotator_id}
    found = await one_or_none(tx, QUERIES["skipped"], _Skipped, **mine)
    if found is None or found.purpose == "training":
        raise TooLate
    with in_our_words():
        await run(
            tx, QUERIES["require_room"], annotator_id=annotator_id, held_max=HELD_MAX, now=now
        )
    is_live = found.purpose == "live"
    if is_live:
        place = await one_or_none(
            tx,
            QUERIES["take_place_back"],
            UUID,
            assignment_id=assignment_id,
            task_id=found.task_id,
        )
        is_free = place is not None
    else:
        is_free = await one(tx, QUERIES["has_open_beside"], bool, assignment_id=assignment_id)
    if not is_free:
        raise TooLate
    with in_our_words():
        review = await one_or_none(
            tx, QUERIES["lend_again"], bool, **mine, now=now, expires_at=now + LEASE
        )
    if review is None:
        raise TooLate
    withdrawn = Withdrawn(ordinary=int(is_live and not review), reviews=int(is_live and review))
    return TakenBack(task_id=found.task_id, withdrawn=withdrawn)
