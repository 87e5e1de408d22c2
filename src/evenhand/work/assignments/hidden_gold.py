"""Gold tasks and lessons lent in the place of live work, so that nobody can tell which is which."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID, uuid4

from psycopg.rows import class_row, scalar_row

from evenhand.foundation import sql
from evenhand.foundation.database import Tx
from evenhand.work.assignments.eligibility import Gate, Offer

QUERIES = sql.beside(__file__)

GOLD_SHARE = 0.1  # of what an annotator is lent, where the project's policy does not say otherwise


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
        "tenant_id": tx.tenant_id,
        "annotator_id": annotator_id,
        "project_id": offer.project_id,
        "review": offer.review,
        "rank": offer.rank,
        "position": offer.position,
    }
    place = await _place(tx, about)
    if place is None:
        return None, False
    lapsed = await _task_id(tx, QUERIES["lapsed_gold"], about)
    if place.due:
        ahead = await _task_id(tx, QUERIES["gold_ahead"], {**about, "start": place.start})
        chosen = ahead or lapsed
    else:
        chosen = lapsed
    return (None if chosen is None else Hidden(task_id=chosen, attempt=0, lesson=False)), True


async def _place(tx: Tx, about: dict[str, Any]) -> _Place | None:
    async with tx.connection.cursor(row_factory=class_row(_Place)) as cursor:
        await cursor.execute(QUERIES["gold_place"], {**about, "gold_share": GOLD_SHARE})
        return await cursor.fetchone()


async def _task_id(tx: Tx, statement: LiteralString, about: dict[str, Any]) -> str | None:
    async with tx.connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(statement, about)
        return await cursor.fetchone()


async def lend_hidden(
    tx: Tx, annotator_id: UUID, hidden: Hidden, offer: Offer, *, now: datetime, expires_at: datetime
) -> UUID:
    """Lend what is hidden at the place of an offer, once more where it ran out before."""
    given_id = uuid4()
    arguments = {
        "tenant_id": tx.tenant_id,
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
    async with tx.connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(QUERIES["take_again"], arguments)
        again = await cursor.fetchone()
        if again is not None:
            return again
        await cursor.execute(QUERIES["give"], arguments)
    return given_id


async def count_lent(tx: Tx, annotator_id: UUID, project_id: UUID) -> None:
    """Count what an annotator was lent of a project with gold tasks."""
    await tx.connection.execute(
        QUERIES["count_lent"],
        {"tenant_id": tx.tenant_id, "project_id": project_id, "annotator_id": annotator_id},
    )


async def let_go(tx: Tx, annotator_id: UUID, offer: Offer, *, now: datetime) -> None:
    """End what ran out for another before this offer: had it been live, it would be gone."""
    await tx.connection.execute(
        QUERIES["let_go"],
        {
            "tenant_id": tx.tenant_id,
            "annotator_id": annotator_id,
            "project_id": offer.project_id,
            "rank": offer.rank,
            "position": offer.position,
            "review": offer.review,
            "now": now,
        },
    )
