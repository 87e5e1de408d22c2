"""Whether a gold task is due in the place of an offer, which one, and its lending."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from evenhand.foundation import sql
from evenhand.foundation.database import Tx
from evenhand.foundation.rows import one_or_none, run
from evenhand.work.assignments.eligibility import Gate, Offer
from evenhand.work.projects import policy_of

QUERIES = sql.beside(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hidden:
    """A task with a known answer that is lent in place of a live one."""

    task_id: str
    attempt: int
    lesson: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    due: bool
    start: int


async def hidden_instead(
    tx: Tx, annotator_id: UUID, offer: Offer, found: Sequence[Gate]
) -> tuple[Hidden | None, bool]:
    """Say what is lent in place of an offer, if anything, and whether the project has gold tasks.

    A lesson comes first. A gold task that ran out comes again at its old place, as live work does,
    unless another is due.
    """
    if offer.project_id is None:
        return None, False
    for gate in found:
        if gate.project_id == offer.project_id and gate.lesson_id is not None:
            return Hidden(task_id=gate.lesson_id, attempt=gate.attempt, lesson=True), False
    about = {
        "annotator_id": annotator_id,
        "project_id": offer.project_id,
        "review": offer.review,
        "rank": offer.rank,
        "position": offer.position,
    }
    gold_share = policy_of(offer.policy).gold_share
    place = await one_or_none(tx, QUERIES["gold_place"], _Place, **about, gold_share=gold_share)
    if place is None:
        return None, False
    lapsed = await one_or_none(tx, QUERIES["lapsed_gold"], str, **about)
    if place.due:
        ahead = await one_or_none(tx, QUERIES["gold_ahead"], str, **about, start=place.start)
        chosen = ahead or lapsed
    else:
        chosen = lapsed
    return (None if chosen is None else Hidden(task_id=chosen, attempt=0, lesson=False)), True


async def lend_hidden(
    tx: Tx, annotator_id: UUID, hidden: Hidden, offer: Offer, *, now: datetime, expires_at: datetime
) -> UUID:
    """Lend what is hidden at the place of an offer, once more where it ran out before."""
    given_id = uuid4()
    arguments = {
        "annotator_id": annotator_id,
        "assignment_id": given_id,
        "task_id": hidden.task_id,
        "attempt": hidden.attempt,
        "project_id": offer.project_id,
        "rank": offer.rank,
        "position": offer.position,
        "review": offer.review,
        "now": now,
        "expires_at": expires_at,
    }
    again = await one_or_none(tx, QUERIES["take_again"], UUID, **arguments)
    if again is not None:
        return again
    await run(tx, QUERIES["give"], **arguments)
    return given_id


async def count_lent(tx: Tx, annotator_id: UUID, project_id: UUID) -> None:
    """Count what an annotator was lent of a project with gold tasks."""
    await run(tx, QUERIES["count_lent"], project_id=project_id, annotator_id=annotator_id)


async def let_go(tx: Tx, annotator_id: UUID, offer: Offer, *, now: datetime) -> None:
    """End what ran out for another before this offer: had it been live, it would be gone."""
    await run(
        tx,
        QUERIES["let_go"],
        annotator_id=annotator_id,
        project_id=offer.project_id,
        rank=offer.rank,
        position=offer.position,
        review=offer.review,
        now=now,
    )
