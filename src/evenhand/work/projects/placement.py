"""Where a new task goes: its project with the params in force, and its batch."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

import msgspec

from evenhand.foundation import sql
from evenhand.foundation.database import Tx
from evenhand.foundation.errors import Invalid
from evenhand.foundation.rows import one, one_or_none, row_count, run

QUERIES = sql.beside(__file__)

# A task asked to inherit from this version inherits nothing.
INHERIT_NOTHING = -1


class UnknownProject(Invalid):
    """The project that the request names does not exist."""


class UnknownBatch(Invalid):
    """The batch that the request names does not exist."""


class UnknownVersion(Invalid):
    """The project has no such version of its params."""


class BatchClosed(Invalid):
    """The batch takes no more tasks."""


class ProjectMismatch(Invalid):
    """The batch belongs to another project than the one that the request names."""


class Wanted(msgspec.Struct, frozen=True, gc=False):
    """What a request says about where its task goes."""

    is_test: bool
    project: str | None = None
    batch: str | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Project and batch of a new task; all empty for a task that stands alone."""

    project_id: UUID | None = None
    project: str | None = None
    type: str | None = None
    policy: Mapping[str, Any] = field(default_factory=dict[str, Any])
    version: int | None = None
    params: Mapping[str, Any] = field(default_factory=dict[str, Any])
    batch_id: UUID | None = None
    batch: str | None = None
    staged: bool = False
    reopened: bool = False
    priority: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    project_id: UUID
    project: str
    type: str
    policy: dict[str, Any]
    version: int | None
    params: dict[str, Any] | None
    batch_id: UUID | None
    batch: str | None
    status: str | None
    finalized: bool | None
    priority: int | None


async def place(tx: Tx, wanted: Wanted, *, now: datetime) -> Placement:
    """Find project and batch, and keep the batch from closing until this transaction ends."""
    if wanted.batch is not None:
        row = await _find(tx, QUERIES["place_in_batch"], wanted)
        if row is None:
            raise UnknownBatch(await _whereabouts(tx, "batch", wanted.batch, wanted))
        await _admit(tx, row, wanted, now)
    elif wanted.project is not None:
        row = await _find(tx, QUERIES["place_in_project"], wanted)
        if row is None:
            raise UnknownProject(await _whereabouts(tx, "project", wanted.project, wanted))
    else:
        return Placement()
    if wanted.version is not None and wanted.version >= 0 and row.version is None:
        raise UnknownVersion(
            f'`project_version` {wanted.version} of project "{row.project}" does not exist. '
            "Leave it out for the newest, or send -1 to inherit nothing."
        )
    inherits = wanted.version != INHERIT_NOTHING
    return Placement(
        project_id=row.project_id,
        project=row.project,
        type=row.type,
        policy=row.policy,
        version=row.version if inherits else INHERIT_NOTHING,
        params=(row.params or {}) if inherits else {},
        batch_id=row.batch_id,
        batch=row.batch,
        staged=row.status == "staging",
        reopened=row.status == "completed",
        priority=row.priority,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stands:
    name: str
    status: str


async def take_up_batch(tx: Tx, batch_id: UUID) -> bool:
    """Have a batch wait for one of its tasks again, and say whether it had been completed."""
    batch = await one(tx, QUERIES["status_of_batch"], _Stands, batch_id=batch_id)
    if batch.status in ("paused", "cancelled"):
        raise BatchClosed(f'Batch "{batch.name}" is {batch.status} and takes up no task again.')
    return await row_count(tx, QUERIES["take_up_batch"], batch_id=batch_id) > 0


async def _find(tx: Tx, statement: LiteralString, wanted: Wanted) -> _Row | None:
    return await one_or_none(
        tx,
        statement,
        _Row,
        is_test=wanted.is_test,
        name=wanted.batch or wanted.project,
        version=wanted.version,
    )


async def _admit(tx: Tx, row: _Row, wanted: Wanted, now: datetime) -> None:
    if wanted.project is not None and wanted.project != row.project:
        raise ProjectMismatch(
            f'Batch "{row.batch}" belongs to project "{row.project}", not to '
            f'"{wanted.project}". Leave `project` out, or name the batch\'s own.'
        )
    if row.finalized:
        raise BatchClosed(
            f'Batch "{row.batch}" is finalized and takes no more tasks. Create another batch.'
        )
    if row.status in ("paused", "cancelled"):
        raise BatchClosed(f'Batch "{row.batch}" is {row.status} and takes no more tasks.')
    if row.status == "completed":
        # It was never finalized, so it only looked done: with a new task it is not.
        await run(tx, QUERIES["reopen_batch"], batch_id=row.batch_id, now=now)


async def _whereabouts(tx: Tx, kind: str, name: str, wanted: Wanted) -> str:
    batch, project = (name, None) if kind == "batch" else (None, name)
    elsewhere = Wanted(is_test=not wanted.is_test, batch=batch, project=project)
    if kind == "batch":
        found = await _find(tx, QUERIES["place_in_batch"], elsewhere)
    else:
        found = await _find(tx, QUERIES["place_in_project"], elsewhere)
    if found is None:
        return f'`{kind}` "{name}" does not exist. Create it first, or correct the name.'
    here, there = ("test", "live") if wanted.is_test else ("live", "test")
    return (
        f'`{kind}` "{name}" exists for {there} calls only, and this is a {here} call. '
        f"Use your {there} key, or create a {here} {kind} of that name."
    )
