"""Who gets what next: leases taken, renewed, given back, run out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from psycopg.errors import UniqueViolation
from psycopg.rows import class_row

from evenhand.foundation import sql
from evenhand.foundation.database import Connection, Tx
from evenhand.foundation.errors import Conflict
from evenhand.work.assignments.fairness import Head, Queue, Turn
from evenhand.work.tasks.tasks import Purpose

QUERIES = sql.beside(__file__)

LEASE = timedelta(minutes=15)  # long enough for a paragraph, short enough to lose one
HELD_MAX = 8  # the task in hand and a few fetched ahead; more would starve others
SKIP_REASON_CHARACTERS_MAX = 2000
SKIPS_MAX = 3  # annotators; where the project's policy does not say otherwise
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


@dataclass(frozen=True, slots=True)
class Queues:
    """All tenants' queues as the fair rule may see them, and apart from them whose they are.

    A tenant is guarded when a pause, a course or gold tasks stand between the annotator and work.
    """

    tenant_ids: Sequence[UUID]
    queues: Sequence[Queue]
    guarded: Sequence[bool]
    held: int


async def queues_for(connection: Connection, annotator_id: UUID, *, reviewer: bool) -> Queues:
    """Read where every tenant stands, and how many assignments the annotator holds."""
    cursor = await connection.execute(
        QUERIES["queues"], {"annotator_id": annotator_id, "reviewer": reviewer}
    )
    found = await cursor.fetchall()
    return Queues(
        tenant_ids=[row[0] for row in found],
        queues=[
            Queue(
                weight=row[1],
                virtual_start=row[2],
                virtual_finish=row[3],
                head=None if row[4] is None else Head(position=int(row[4][0]), lot=row[4][1]),
            )
            for row in found
        ],
        guarded=[row[6] for row in found],
        held=sum(row[5] for row in found),
    )


async def lease_next(
    tx: Tx, annotator_id: UUID, *, reviewer: bool, turn: Turn, guarded: bool, now: datetime
) -> Assignment | None:
    """Lend the annotator the tenant's next task, or nothing when none is open to them.

    `guarded` must be true where anything stands between the annotator and work, and may be else.
    """
    arguments = {
        "tenant_id": tx.tenant_id,
        "annotator_id": annotator_id,
        "reviewer": reviewer,
        "now": now,
        "expires_at": now + LEASE,
        "virtual_start": turn.start,
        "cost": turn.finish - turn.start,
        "contested": turn.contested,
    }
    async with tx.connection.cursor(row_factory=class_row(Assignment)) as cursor:
        try:
            if guarded:
                await cursor.execute(QUERIES["lease_guarded"], {**arguments, "hidden_id": uuid4()})
            else:
                await cursor.execute(QUERIES["lease_next"], arguments)
        except UniqueViolation as error:
            raise DrawnTwice from error
        return await cursor.fetchone()


async def held_by(connection: Connection, annotator_id: UUID) -> list[tuple[UUID, UUID]]:
    """Which assignments the annotator holds, as tenant and assignment."""
    cursor = await connection.execute(QUERIES["held_by"], {"annotator_id": annotator_id})
    return [(row[0], row[1]) for row in await cursor.fetchall()]


async def held(tx: Tx, assignment_id: UUID, annotator_id: UUID) -> Assignment:
    """Read an assignment that the annotator holds."""
    async with tx.connection.cursor(row_factory=class_row(Assignment)) as cursor:
        await cursor.execute(
            QUERIES["held"],
            {
                "tenant_id": tx.tenant_id,
                "assignment_id": assignment_id,
                "annotator_id": annotator_id,
            },
        )
        found = await cursor.fetchone()
    if found is None:
        raise LeaseLost
    return found


async def renew(tx: Tx, assignment_id: UUID, annotator_id: UUID, *, now: datetime) -> datetime:
    """Lengthen a lease that is still held and say until when."""
    cursor = await tx.connection.execute(
        QUERIES["renew"],
        {
            "tenant_id": tx.tenant_id,
            "assignment_id": assignment_id,
            "annotator_id": annotator_id,
            "expires_at": now + LEASE,
        },
    )
    row = await cursor.fetchone()
    if row is None:
        raise LeaseLost
    return row[0]


async def skip(
    tx: Tx, assignment_id: UUID, annotator_id: UUID, *, reason: str, now: datetime
) -> tuple[str, Purpose]:
    """Give an assignment back for good, and say of which task and what that was for.

    Someone else is asked instead, unless the answer is known already.
    """
    arguments = {
        "tenant_id": tx.tenant_id,
        "assignment_id": assignment_id,
        "annotator_id": annotator_id,
        "reason": reason[:SKIP_REASON_CHARACTERS_MAX],
        "now": now,
        "replacement_id": uuid4(),
    }
    row = await (await tx.connection.execute(QUERIES["skip"], arguments)).fetchone()
    if row is None:
        raise LeaseLost
    return row[0], row[1]


async def expire_leases(tx: Tx, *, now: datetime) -> list[tuple[UUID, str]]:
    """Return overdue assignments to the queue and say which, with their tasks."""
    cursor = await tx.connection.execute(
        QUERIES["expire_leases"], {"tenant_id": tx.tenant_id, "now": now}
    )
    return [(row[0], row[1]) for row in await cursor.fetchall()]


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
        await tx.connection.execute(
            QUERIES["want_more"],
            {
                "tenant_id": tx.tenant_id,
                "task_ids": task_ids,
                "assignment_ids": [uuid4() for _ in task_ids],
                "skills_least": [(skills_least or {}).get(task_id) for task_id in task_ids],
                "reserved_until": now + RESERVED,
                "review": review,
            },
        )


async def skipped_too_often(tx: Tx, task_id: str) -> bool:
    """Say whether so many annotators skipped an open task that a person should look at it."""
    cursor = await tx.connection.execute(
        QUERIES["skips_of"],
        {"tenant_id": tx.tenant_id, "task_id": task_id, "skips_max": SKIPS_MAX},
    )
    row = await cursor.fetchone()
    if row is None:
        return False
    skips, stage, purpose, skips_max = row
    return stage == "open" and purpose == "live" and skips >= skips_max


async def tenants_with_overdue(connection: Connection, *, now: datetime) -> list[UUID]:
    """Which tenants have leases that ran out."""
    cursor = await connection.execute(QUERIES["tenants_with_overdue"], {"now": now})
    return [row[0] for row in await cursor.fetchall()]
