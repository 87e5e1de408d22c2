"""Batches: tasks that belong together, and whether they are all done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Json, Jsonb

from evenhand.foundation import sql
from evenhand.foundation.database import Tx
from evenhand.foundation.errors import Conflict, Invalid, NotFound
from evenhand.foundation.rows import PlannedAnew, many, one, one_or_none, row_count, run
from evenhand.work.projects.nearest import nearest_batch
from evenhand.work.projects.placement import UnknownProject

QUERIES = sql.beside(__file__)

BATCHES_A_PAGE_MAX = 100
# Beyond this many tasks still pending, the last one is not among those being settled right
# now, so nobody needs the lock: more than there ever are tasks in open transactions.
PENDING_UNLOCKED_MIN = 20_000


class NoSuchBatch(NotFound):
    """Batch with that name not found."""


class BatchNameTaken(Conflict):
    """There is a batch of this name already; choose another name."""


class NotFinalizable(Invalid):
    """A cancelled batch cannot be finalized."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBatch:
    """A batch as it is asked for."""

    name: str
    project: str
    is_test: bool
    callback: str | None
    metadata: Mapping[str, object]
    options: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A batch of tasks."""

    batch_id: UUID
    name: str
    project: str
    status: str
    is_test: bool
    finalized: bool
    callback: str | None
    metadata: dict[str, Any]
    options: dict[str, Any]
    created_at: datetime
    completed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchFilter:
    """Which batches are asked for; what is None does not matter."""

    is_test: bool
    project: str | None = None
    status: str | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None
    completed_from: datetime | None = None
    completed_to: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Created:
    projects: int
    batches: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _StatusCount:
    batch_id: UUID
    status: str
    tasks: int


async def create_batch(tx: Tx, new: NewBatch, *, batch_id: UUID, now: datetime) -> Batch:
    """Make a batch, in staging when its project wants batches to be finalized."""
    found = await one(
        tx,
        QUERIES["create_batch"],
        _Created,
        batch_id=batch_id,
        is_test=new.is_test,
        name=new.name,
        project=new.project,
        callback=new.callback,
        metadata=Json(new.metadata),
        options=Jsonb(new.options),
        now=now,
    )
    if not found.projects:
        raise UnknownProject(
            f'`project` "{new.project}" does not exist. Create it first, or correct the name.'
        )
    if not found.batches:
        raise BatchNameTaken(f'The batch name "{new.name}" is already used; choose another name.')
    return await batch_of(tx, new.name, is_test=new.is_test)


async def batch_of(tx: Tx, name: str, *, is_test: bool) -> Batch:
    """The batch of this name, in the world of the key."""
    batch = await one_or_none(tx, QUERIES["batch_of"], Batch, is_test=is_test, name=name)
    if batch is None:
        nearest = await nearest_batch(tx, name, is_test=is_test)
        raise NoSuchBatch(f'Batch with name "{name}" not found.{nearest}')
    return batch


async def batches_by_id(tx: Tx, batch_ids: Sequence[UUID]) -> list[Batch]:
    """Batches by their ids, in no order that means anything."""
    return await many(tx, QUERIES["batches_by_id"], Batch, batch_ids=list(batch_ids))


async def find_batches(
    tx: Tx, wanted: BatchFilter, *, limit: int, offset: int
) -> tuple[list[Batch], int]:
    """A page of batches, newest first, and how many there are in all."""
    arguments = {
        "is_test": wanted.is_test,
        "project": wanted.project,
        "status": wanted.status,
        "created_from": wanted.created_from,
        "created_to": wanted.created_to,
        "completed_from": wanted.completed_from,
        "completed_to": wanted.completed_to,
        "limit": limit,
        "offset": offset,
    }
    found = await many(tx, PlannedAnew(QUERIES["find_batches"]), Batch, **arguments)
    return found, await one(tx, PlannedAnew(QUERIES["count_batches"]), int, **arguments)


async def counts_of(tx: Tx, batch_ids: Sequence[UUID]) -> dict[UUID, dict[str, int]]:
    """How many tasks each batch has of each status; a status without tasks is left out."""
    counts: dict[UUID, dict[str, int]] = {batch_id: {} for batch_id in batch_ids}
    for found in await many(
        tx, QUERIES["counts_of_batches"], _StatusCount, batch_ids=list(batch_ids)
    ):
        counts[found.batch_id][found.status] = found.tasks
    return counts


async def finalize_batch(
    tx: Tx, name: str, *, is_test: bool, now: datetime
) -> tuple[Batch, int | None]:
    """Let work on a staged batch begin, and take no more tasks; any other stays as it is.

    With it comes how many assignments were opened, or None where the batch was not staged.
    """
    # Locked against those who add tasks: what they added before is opened below.
    await run(tx, QUERIES["lock_batch"], is_test=is_test, name=name)
    batch = await batch_of(tx, name, is_test=is_test)
    if batch.status == "cancelled":
        raise NotFinalizable(f'Batch "{name}" is cancelled and cannot be finalized.')
    if batch.status != "staging":
        return batch, None
    arguments = {"batch_id": batch.batch_id, "now": now}
    await run(tx, QUERIES["finalize_batch"], **arguments)
    opened = await row_count(tx, QUERIES["open_staged_assignments"], **arguments)
    await run(tx, QUERIES["open_staged_tasks"], **arguments)
    return await batch_of(tx, name, is_test=is_test), opened


async def set_batch_metadata(
    tx: Tx, name: str, metadata: Mapping[str, object], *, is_test: bool
) -> Batch:
    """Replace the metadata of a batch."""
    batch = await batch_of(tx, name, is_test=is_test)
    await run(tx, QUERIES["set_batch_metadata"], batch_id=batch.batch_id, metadata=Json(metadata))
    return await batch_of(tx, name, is_test=is_test)


async def prioritize_batch(
    tx: Tx, name: str, *, priority: int, is_test: bool, now: datetime
) -> tuple[UUID, int]:
    """Give all pending tasks of a batch a priority, and later ones too.

    Says which batch it is, and how many tasks changed.
    """
    batch = await batch_of(tx, name, is_test=is_test)
    arguments = {
        "batch_id": batch.batch_id,
        "priority": priority,
        "options": Jsonb({"priority": priority}),
        "now": now,
    }
    await run(tx, QUERIES["set_batch_options"], **arguments)
    changed = await row_count(tx, QUERIES["prioritize_tasks"], **arguments)
    await run(tx, QUERIES["rank_assignments"], **arguments)
    return batch.batch_id, changed


async def complete_batches(tx: Tx, batch_ids: Sequence[UUID], *, now: datetime) -> list[Batch]:
    """Mark those of these batches as completed whose last task is done; return just these.

    Of two transactions that finish the last two tasks at once, neither sees the other's: the
    lock makes one wait and then look again. In a fixed order, so that nobody waits in a circle.
    """
    completed: list[UUID] = []
    for batch_id in sorted(batch_ids):
        arguments = {
            "batch_id": batch_id,
            "now": now,
            "beyond": PENDING_UNLOCKED_MIN,
        }
        if await row_count(tx, QUERIES["many_pending"], **arguments):
            continue
        await run(tx, QUERIES["lock_batch_by_id"], **arguments)
        if await row_count(tx, QUERIES["complete_batch"], **arguments):
            completed.append(batch_id)
    return await batches_by_id(tx, completed) if completed else []
