"""Who gets what next: leases taken, renewed, given back, run out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from psycopg.errors import UniqueViolation

from evenhand.foundation import sql
from evenhand.foundation.database import Connection, Tx
from evenhand.foundation.errors import Conflict
from evenhand.foundation.rows import many, one, one_or_none, run
from evenhand.work.assignments.eligibility import Offer, first_offer, gates
from evenhand.work.assignments.fairness import Queue, Turn
from evenhand.work.assignments.hidden_gold import (
    count_lent,
    hidden_instead,
    lend_hidden,
    let_go,
)
from evenhand.work.projects import policy_of
from evenhand.work.tasks.tasks import Purpose

QUERIES = sql.beside(__file__)

LEASE = timedelta(minutes=15)  # long enough for a paragraph, short enough to lose one
HELD_MAX = 8  # the task in hand and a few fetched ahead; more would starve others
SKIP_REASON_CHARACTERS_MAX = 2000
# One more annotation is kept for the skilled so long: some of them ask every few seconds where many
# are at work, and where none is, the others must not stand idle before it.
RESERVED = timedelta(seconds=3)


class TooManyHeld(Conflict):
    """You hold as many assignments as one annotator may; submit or skip one first."""


class LeaseLost(Conflict):
    """The lease on this assignment has run out and the task went to someone else."""


class DrawnTwice(Conflict):
    """You asked twice at once and drew the same task; ask again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """A task lent to one annotator until it expires, with what is needed to do it.

    Where it is a review, the proposal is the response that the reviewer accepts or changes. Among
    gold is whatever gold tasks may have been lent in place of.
    """

    assignment_id: UUID
    task_id: str
    type: str
    instruction: str
    params: dict[str, Any]
    files: dict[str, str]
    review: bool
    leased_at: datetime
    expires_at: datetime
    draft: dict[str, Any] | None
    draft_version: int | None
    purpose: Purpose
    among_gold: bool
    proposal: dict[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """An assignment that was skipped or ran out; a live one is open again, or another for it."""

    assignment_id: UUID
    task_id: str
    purpose: Purpose
    review: bool

    @property
    def opened(self) -> int:
        """How many assignments it opened for annotators."""
        return int(self.purpose == "live" and not self.review)

    @property
    def reviews_opened(self) -> int:
        """How many assignments it opened for reviewers."""
        return int(self.purpose == "live" and self.review)


@dataclass(frozen=True, slots=True)
class Queues:
    """All tenants' queues as the fair rule may see them, and apart from them whose they are.

    A tenant is guarded when a pause, a course or gold tasks stand between the annotator and work.
    """

    tenant_ids: Sequence[UUID]
    queues: Sequence[Queue]
    guarded: Sequence[bool]
    held: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Advance:
    """How far serving an assignment moved its queue's tag."""

    tag_before: int
    tag_after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    tenant_id: UUID
    weight: int
    tag: int
    served: int
    waiting: bool
    has_work: bool
    head: str | None
    held: int
    guarded: bool


async def queues_for(connection: Connection, annotator_id: UUID, *, reviewer: bool) -> Queues:
    """Read where every tenant stands, and how many assignments the annotator holds."""
    found = await many(
        connection, QUERIES["queues"], _Seen, annotator_id=annotator_id, reviewer=reviewer
    )
    return Queues(
        tenant_ids=[one.tenant_id for one in found],
        queues=[
            Queue(
                weight=one.weight,
                tag=one.tag,
                served=one.served,
                waiting=one.waiting,
                has_work=one.has_work,
                head=one.head,
            )
            for one in found
        ],
        guarded=[one.guarded for one in found],
        held=sum(one.held for one in found),
    )


async def note_waiting(tx: Tx, *, waiting: bool, tag: int) -> None:
    """Note that the tenant's queue has got work, and then stands at this tag at least, or has none.

    What a queue owes or is owed counts for as long as it has work.
    """
    await run(tx, QUERIES["note_waiting"], tag=tag, waiting=waiting)


async def lease_next(
    tx: Tx, annotator_id: UUID, *, reviewer: bool, guarded: bool, now: datetime
) -> Assignment | None:
    """Lend the annotator the tenant's next task, or nothing when none is open to them.

    `guarded` must be true where anything stands between the annotator and work, and may be else.
    """
    expires_at = now + LEASE
    if not guarded:
        return await _lend_first(
            tx, annotator_id, reviewer=reviewer, now=now, expires_at=expires_at
        )
    found = await gates(tx, annotator_id)
    offer = await first_offer(tx, annotator_id, reviewer=reviewer, found=found, now=now)
    if offer is None:
        return None
    hidden, counted = await hidden_instead(tx, annotator_id, offer, found)
    if hidden is None:
        await _take(tx, annotator_id, offer, now=now, expires_at=expires_at)
        lent_id = offer.assignment_id
        if counted:
            await let_go(tx, annotator_id, offer, now=now)
    else:
        lent_id = await lend_hidden(tx, annotator_id, hidden, offer, now=now, expires_at=expires_at)
    if counted and offer.project_id is not None:
        await count_lent(tx, annotator_id, offer.project_id)
    return await held(tx, lent_id, annotator_id)


async def _lend_first(
    tx: Tx, annotator_id: UUID, *, reviewer: bool, now: datetime, expires_at: datetime
) -> Assignment | None:
    """Lend the first that is offered, in one message; a reviewer's first are reviews."""
    for review in (True, False) if reviewer else (False,):
        try:
            lent = await one_or_none(
                tx,
                QUERIES["lend_first"],
                Assignment,
                annotator_id=annotator_id,
                review=review,
                now=now,
                expires_at=expires_at,
            )
        except UniqueViolation as error:
            raise DrawnTwice from error
        if lent is not None:
            return lent
    return None


async def _take(
    tx: Tx, annotator_id: UUID, offer: Offer, *, now: datetime, expires_at: datetime
) -> None:
    try:
        await run(
            tx,
            QUERIES["take"],
            assignment_id=offer.assignment_id,
            annotator_id=annotator_id,
            now=now,
            expires_at=expires_at,
        )
    except UniqueViolation as error:
        raise DrawnTwice from error


async def advance(tx: Tx, turn: Turn) -> Advance:
    """Move the tenant's queue on by the step that a turn costs, and say from where to where.

    Its turn is one row that all its leases would wait for, so it is left alone where nobody else
    has work.
    """
    if not turn.has_competition:
        return Advance(tag_before=turn.tag, tag_after=turn.tag)
    return await one(tx, QUERIES["advance"], Advance, tag=turn.tag, step=turn.step)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    tenant_id: UUID
    assignment_id: UUID


async def held_alone(connection: Connection, annotator_id: UUID) -> int:
    """How many assignments the annotator holds, once nobody else decides what they are lent."""
    return await one(connection, QUERIES["held_alone"], int, annotator_id=annotator_id)


async def held_by(connection: Connection, annotator_id: UUID) -> list[tuple[UUID, UUID]]:
    """Which assignments the annotator holds, as tenant and assignment."""
    found = await many(connection, QUERIES["held_by"], _Held, annotator_id=annotator_id)
    return [(one.tenant_id, one.assignment_id) for one in found]


async def held(tx: Tx, assignment_id: UUID, annotator_id: UUID) -> Assignment:
    """Read an assignment that the annotator holds."""
    found = await one_or_none(
        tx, QUERIES["held"], Assignment, assignment_id=assignment_id, annotator_id=annotator_id
    )
    if found is None:
        raise LeaseLost
    return found


async def renew(tx: Tx, assignment_id: UUID, annotator_id: UUID, *, now: datetime) -> datetime:
    """Lengthen a lease that is still held and say until when."""
    expires_at = await one_or_none(
        tx,
        QUERIES["renew"],
        datetime,
        assignment_id=assignment_id,
        annotator_id=annotator_id,
        expires_at=now + LEASE,
    )
    if expires_at is None:
        raise LeaseLost
    return expires_at


async def skip(
    tx: Tx, assignment_id: UUID, annotator_id: UUID, *, reason: str, now: datetime
) -> Ended:
    """Give an assignment back for good, and say of which task and what that was for.

    Someone else is asked instead, unless the answer is known already.
    """
    arguments = {
        "assignment_id": assignment_id,
        "annotator_id": annotator_id,
        "reason": reason[:SKIP_REASON_CHARACTERS_MAX],
        "now": now,
        "replacement_id": uuid4(),
    }
    skipped = await one_or_none(tx, QUERIES["skip"], Ended, **arguments)
    if skipped is None:
        raise LeaseLost
    return skipped


async def expire_leases(tx: Tx, *, now: datetime) -> list[Ended]:
    """Return overdue assignments to the queue and say which, with their tasks."""
    return await many(tx, QUERIES["expire_leases"], Ended, now=now)


async def want_more(
    tx: Tx,
    wanted: Mapping[str, int],
    *,
    now: datetime,
    review: bool = False,
    skills_least: Mapping[str, float] | None = None,
) -> None:
    """Open further assignments: how many for each task.

    Where a skill is named, annotators of at least that skill come first, for a while.
    """
    task_ids = [task_id for task_id, count in wanted.items() for _ in range(count)]
    if task_ids:
        await run(
            tx,
            QUERIES["want_more"],
            task_ids=task_ids,
            assignment_ids=[uuid4() for _ in task_ids],
            skills_least=[(skills_least or {}).get(task_id) for task_id in task_ids],
            reserved_until=now + RESERVED,
            review=review,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Skips:
    skips: int
    stage: str
    purpose: Purpose
    policy: dict[str, Any] | None


async def skipped_too_often(tx: Tx, task_id: str) -> bool:
    """Say whether so many annotators skipped an open task that a person should look at it."""
    found = await one_or_none(tx, QUERIES["skips_of"], _Skips, task_id=task_id)
    if found is None or found.stage != "open" or found.purpose != "live":
        return False
    return found.skips >= policy_of(found.policy).skips_max


async def tenants_with_overdue(connection: Connection, *, now: datetime) -> list[UUID]:
    """Which tenants have leases that ran out."""
    return await many(connection, QUERIES["tenants_with_overdue"], UUID, now=now)
