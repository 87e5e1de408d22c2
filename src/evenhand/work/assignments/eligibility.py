"""What an annotator may be offered of a tenant's work, and why not: the one place that says it.

Conditions on a single assignment stand in the database, in `work.offered`; those on a project stand
here, as gates. A wall between annotator and tenant belongs before both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from evenhand.foundation import sql
from evenhand.foundation.database import Tx
from evenhand.foundation.rows import many, one, one_or_none

QUERIES = sql.beside(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What stands between an annotator and a project: a pause, or a course and its next lesson."""

    project_id: UUID
    paused: bool
    in_course: bool
    attempt: int
    lesson_id: str | None

    @property
    def closed(self) -> bool:
        """Nothing of the project may be lent now."""
        return self.paused or (self.in_course and self.lesson_id is None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """An open assignment that the annotator may be lent, locked, and what lies before its project.

    Where there is a lesson, it is lent in the assignment's place.
    """

    assignment_id: UUID
    rank: int
    position: int
    review: bool
    project_id: UUID | None
    policy: Mapping[str, object] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Barred:
    """Which conditions keep a queue's first open assignments from an annotator."""

    paused: bool
    in_course: bool
    had: bool
    reserved: bool

    def reasons(self) -> list[str]:
        """Name what applies; nothing of it, where somebody else was faster."""
        named = {
            "paused": self.paused,
            "in course": self.in_course,
            "had": self.had,
            "reserved": self.reserved,
        }
        return [name for name, applies in named.items() if applies] or ["taken"]


async def gates(tx: Tx, annotator_id: UUID) -> list[Gate]:
    """Name the projects of a tenant in which something stands between an annotator and work."""
    return await many(tx, QUERIES["gates"], Gate, annotator_id=annotator_id)


async def first_offer(
    tx: Tx, annotator_id: UUID, *, reviewer: bool, found: Sequence[Gate], now: datetime
) -> Offer | None:
    """Lock the first assignment that an annotator may be lent; a reviewer's first are reviews."""
    if reviewer:
        # Whoever is still in a course decides nothing there.
        shut = [gate.project_id for gate in found]
        offer = await one_or_none(
            tx,
            QUERIES["first_offered"],
            Offer,
            annotator_id=annotator_id,
            review=True,
            closed=shut,
            now=now,
        )
        if offer is not None:
            return offer
    closed = [gate.project_id for gate in found if gate.closed]
    statement = QUERIES["first_offered_beside"] if closed else QUERIES["first_offered"]
    return await one_or_none(
        tx, statement, Offer, annotator_id=annotator_id, review=False, closed=closed, now=now
    )


async def barred(tx: Tx, annotator_id: UUID, *, reviewer: bool, now: datetime) -> Barred:
    """Say why nothing of a tenant's queue was lent to an annotator."""
    return await one(
        tx, QUERIES["barred"], Barred, annotator_id=annotator_id, reviewer=reviewer, now=now
    )
