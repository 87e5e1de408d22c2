"""Who gets what next: leases taken, renewed, given back, run out."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
from psycopg.errors import DatabaseError, UniqueViolation

from evenhand.foundation import sql
from evenhand.foundation.database import Connection, Tx
from evenhand.foundation.errors import Conflict
from evenhand.foundation.rows import many, one, one_or_none, run
from evenhand.task_types import Frame, Frames
from evenhand.work.assignments.fairness import RESERVED, Queue
from evenhand.work.tasks.tasks import Purpose

QUERIES = sql.beside(__file__)

LEASE = timedelta(minutes=15)  # long enough for a paragraph, short enough to lose one
HOLDS_TOO_MANY = "EH001"  # as `work.require_room` says it
WALLED = "EH002"  # as `work.hold_the_wall` and `work.show` say it
HELD_MAX = 8  # the task in hand and a few fetched ahead; more would starve others
SKIP_REASON_CHARACTERS_MAX = 2000


class TooManyHeld(Conflict):
    """You hold as many assignments as one annotator may; submit or skip one first."""


class LeaseLost(Conflict):
    """The lease on this assignment has run out and the task went to someone else."""


class Walled(Conflict):
    """Nothing is open to you."""


class DrawnTwice(Conflict):
    """You asked twice at once and drew the same task; ask again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """A task lent to one annotator until it expires, with what is needed to do it.

    Where it is a review, the proposal is the response that the reviewer accepts or changes. Among
    gold is whatever gold tasks may have been lent in place of. Of what size its pictures are,
    `intake.frames_of` reads.
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
    frames: Frames = field(default_factory=dict[str, Frame])


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


class Place(msgspec.Struct, frozen=True, gc=False):
    """A place along a tenant's open assignments, which lie by rank and then by age."""

    rank: int
    position: int


class QueueSeen(msgspec.Struct, frozen=True, gc=False):
    """A queue as a decision finds it, and whose it is.

    It is new if it got work and has yet to be noted; else it stands in the order of the rule.
    `first_tag` is the smallest of all queues with work. It is guarded when a pause, a course or
    gold tasks stand between the annotator and work.
    """

    tenant_id: UUID
    is_new: bool
    weight: int
    tag: int
    tie: str
    virtual_time: int
    first_tag: int
    has_competition: bool
    guarded: bool

    @property
    def queue(self) -> Queue:
        """What the rule may see of it."""
        return Queue(weight=self.weight, tag=self.tag, tie=self.tie)


class Emptied(msgspec.Struct, frozen=True, gc=False):
    """Which kinds of work a queue still has when another has run out."""

    has_open: bool
    has_reviews: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Which queues a decision asks for: so many at most, after a place in the order.

    No queue with work has a smaller tag than the floor. Those that are to be noted come first, and
    alone, where they are wanted and there are any.
    """

    floor: int
    after: tuple[int, str]
    most: int
    want_new: bool


async def queues_ahead(
    connection: Connection, annotator_id: UUID, *, reviewer: bool, look: Look, now: datetime
) -> list[QueueSeen]:
    """Read the next queues in the order of the rule, or those that are to be noted before.

    Queues behind a wall are left out, as if they had no work.
    """
    return await many(
        connection,
        QUERIES["queues_ahead"],
        QueueSeen,
        annotator_id=annotator_id,
        reviewer=reviewer,
        want_new=look.want_new,
        floor=look.floor,
        after_tag=look.after[0],
        after_tie=look.after[1],
        most=look.most,
        now=now,
    )


async def note_emptied(tx: Tx) -> Emptied | None:
    """Take back that the tenant's queue has work, if nothing is open; None where nothing changes.

    What a queue owes or is owed counts for as long as it has work.
    """
    return await one_or_none(tx, QUERIES["note_emptied"], Emptied)


@contextmanager
def in_our_words() -> Generator[None]:
    """Say what the database refuses about a lease as an error of ours."""
    try:
        yield
    except UniqueViolation as error:
        raise DrawnTwice from error
    except DatabaseError as error:
        if error.sqlstate == WALLED:
            # It was raised since the queues were looked at.
            raise Walled from error
        if error.sqlstate != HOLDS_TOO_MANY:
            raise
        held = int(error.diag.message_primary or HELD_MAX)
        raise TooManyHeld(held=held, held_max=HELD_MAX) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    tenant_id: UUID
    assignment_id: UUID


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


async def show(
    tx: Tx, assignment_id: UUID, annotator_id: UUID, *, again: bool = False, now: datetime
) -> str | None:
    """Note that an annotator is shown an assignment of theirs; the task, where that is news.

    It is, where it was held ahead of its turn, or nothing of the tenant was shown to them today.
    `again` leaves alone what is held ahead.
    """
    with _lost_behind_a_wall():
        return await one_or_none(
            tx,
            QUERIES["show"],
            str,
            assignment_id=assignment_id,
            annotator_id=annotator_id,
            again=again,
            now=now,
        )


async def renew(tx: Tx, assignment_id: UUID, annotator_id: UUID, *, now: datetime) -> datetime:
    """Lengthen a lease that is still held and say until when."""
    with _lost_behind_a_wall():
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


@contextmanager
def _lost_behind_a_wall() -> Generator[None]:
    # That a wall was raised is said by nothing: to them it is a lease like any that was lost.
    try:
        yield
    except DatabaseError as error:
        if error.sqlstate != WALLED:
            raise
        raise LeaseLost from error


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


async def expire_leases(tx: Tx, *, left: UUID | None = None, now: datetime) -> list[Ended]:
    """Return overdue assignments to the queue and say which, with their tasks.

    Or all that somebody holds who has left.
    """
    if left is not None:
        return await many(tx, QUERIES["end_leases_of"], Ended, annotator_id=left)
    return await many(tx, QUERIES["expire_leases"], Ended, now=now)


async def holds_ahead(tx: Tx, annotator_id: UUID) -> bool:
    """Tell whether the annotator holds something of the tenant that was not shown to them."""
    return await one(tx, QUERIES["holds_ahead"], bool, annotator_id=annotator_id)


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


async def tenants_with_overdue(connection: Connection, *, now: datetime) -> list[UUID]:
    """Which tenants have leases that ran out."""
    return await many(connection, QUERIES["tenants_with_overdue"], UUID, now=now)
