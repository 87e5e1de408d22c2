"""Projects: what their tasks have in common, and every version of it there ever was."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from evenhand.foundation import sql
from evenhand.foundation.database import Tx
from evenhand.foundation.errors import Conflict, NotFound

QUERIES = sql.beside(__file__)

# The contract answers with all projects at once; a tenant with more reads them by offset.
PROJECTS_A_PAGE_MAX = 1_000


class NoSuchProject(NotFound):
    """Project with that name not found."""


class ProjectNameTaken(Conflict):
    """There is a project of this name already; choose another name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewProject:
    """A project as it is asked for."""

    name: str
    type: str
    is_test: bool
    staged: bool
    policy: Mapping[str, object]
    params: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParamsVersion:
    """The params that tasks of a project inherited, from one moment to the next version."""

    project_id: UUID
    version: int
    params: dict[str, Any]
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project with the history of its params, oldest first."""

    project_id: UUID
    name: str
    type: str
    is_test: bool
    staged: bool
    policy: dict[str, Any]
    archived: bool
    created_at: datetime
    history: tuple[ParamsVersion, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    project_id: UUID
    name: str
    type: str
    is_test: bool
    staged: bool
    policy: dict[str, Any]
    archived: bool
    created_at: datetime


async def create_project(tx: Tx, new: NewProject, *, project_id: UUID, now: datetime) -> Project:
    """Make a project whose params have version 0."""
    cursor = await tx.connection.execute(
        QUERIES["create_project"],
        {
            "tenant_id": tx.tenant_id,
            "project_id": project_id,
            "is_test": new.is_test,
            "name": new.name,
            "type": new.type,
            "staged": new.staged,
            "policy": Jsonb(new.policy),
            "params": Jsonb(new.params),
            "now": now,
        },
    )
    if await cursor.fetchone() is None:
        raise ProjectNameTaken(
            f'The project name "{new.name}" is already used; choose another name.'
        )
    return await project_of(tx, new.name, is_test=new.is_test)


async def project_of(tx: Tx, name: str, *, is_test: bool) -> Project:
    """The project of this name, in the world of the key."""
    async with tx.connection.cursor(row_factory=class_row(_Row)) as cursor:
        await cursor.execute(
            QUERIES["project_of"], {"tenant_id": tx.tenant_id, "is_test": is_test, "name": name}
        )
        row = await cursor.fetchone()
    if row is None:
        raise NoSuchProject(f'Project with name "{name}" not found.')
    return (await _with_history(tx, [row]))[0]


async def projects_of(
    tx: Tx, *, is_test: bool, archived: bool | None, limit: int, offset: int
) -> list[Project]:
    """Projects with their histories, newest first."""
    async with tx.connection.cursor(row_factory=class_row(_Row)) as cursor:
        await cursor.execute(
            QUERIES["projects_of"],
            {
                "tenant_id": tx.tenant_id,
                "is_test": is_test,
                "archived": archived,
                "limit": min(limit, PROJECTS_A_PAGE_MAX),
                "offset": offset,
            },
        )
        found = await cursor.fetchall()
    return await _with_history(tx, found)


async def project_to_change(tx: Tx, name: str, *, is_test: bool) -> Project:
    """The project of this name, which nobody else changes until this transaction has ended."""
    seen = await project_of(tx, name, is_test=is_test)
    await tx.connection.execute(
        QUERIES["lock_project"], {"tenant_id": tx.tenant_id, "project_id": seen.project_id}
    )
    return await project_of(tx, name, is_test=is_test)


async def set_policy(tx: Tx, project: Project, policy: Mapping[str, object]) -> Project:
    """Let another policy hold for a project from now on."""
    await tx.connection.execute(
        QUERIES["set_policy"],
        {
            "tenant_id": tx.tenant_id,
            "project_id": project.project_id,
            "policy": Jsonb(policy),
        },
    )
    return await project_of(tx, project.name, is_test=project.is_test)


async def set_params(
    tx: Tx, project: Project, params: Mapping[str, object], *, patch: bool, now: datetime
) -> Project:
    """Give future tasks other params; `patch` keeps those that are not named."""
    # Two who change a project at once must not both write the same version.
    await tx.connection.execute(
        QUERIES["lock_project"], {"tenant_id": tx.tenant_id, "project_id": project.project_id}
    )
    await tx.connection.execute(
        QUERIES["add_params"],
        {
            "tenant_id": tx.tenant_id,
            "project_id": project.project_id,
            "params": Jsonb(params),
            "patch": patch,
            "now": now,
        },
    )
    return await project_of(tx, project.name, is_test=project.is_test)


async def _with_history(tx: Tx, projects: Sequence[_Row]) -> list[Project]:
    async with tx.connection.cursor(row_factory=class_row(ParamsVersion)) as cursor:
        await cursor.execute(
            QUERIES["param_histories"],
            {"tenant_id": tx.tenant_id, "project_ids": [row.project_id for row in projects]},
        )
        versions = await cursor.fetchall()
    histories: dict[UUID, list[ParamsVersion]] = {row.project_id: [] for row in projects}
    for version in versions:
        histories[version.project_id].append(version)
    return [
        Project(
            project_id=row.project_id,
            name=row.name,
            type=row.type,
            is_test=row.is_test,
            staged=row.staged,
            policy=row.policy,
            archived=row.archived,
            created_at=row.created_at,
            history=tuple(histories[row.project_id]),
        )
        for row in projects
    ]
