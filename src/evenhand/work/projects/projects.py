"""Projects: what their tasks have in common, and every version of it there ever was."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Json

from evenhand.foundation import sql
from evenhand.foundation.database import Tx
from evenhand.foundation.errors import Conflict, NotFound
from evenhand.foundation.rows import many, one_or_none, row_count, run
from evenhand.work.projects.nearest import nearest_project
from evenhand.work.projects.policy import Policy, policy_of

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
    created = await row_count(
        tx,
        QUERIES["create_project"],
        project_id=project_id,
        is_test=new.is_test,
        name=new.name,
        type=new.type,
        staged=new.staged,
        policy=Json(new.policy),
        params=Json(new.params),
        now=now,
    )
    if not created:
        raise ProjectNameTaken(
            f'The project name "{new.name}" is already used; choose another name.'
        )
    return await project_of(tx, new.name, is_test=new.is_test)


async def project_of(tx: Tx, name: str, *, is_test: bool) -> Project:
    """The project of this name, in the world of the key."""
    row = await one_or_none(tx, QUERIES["project_of"], _Row, is_test=is_test, name=name)
    if row is None:
        nearest = await nearest_project(tx, name, is_test=is_test)
        raise NoSuchProject(f'Project with name "{name}" not found.{nearest}')
    return (await _with_history(tx, [row]))[0]


async def projects_of(
    tx: Tx, *, is_test: bool, archived: bool | None, limit: int, offset: int
) -> list[Project]:
    """Projects with their histories, newest first."""
    found = await many(
        tx,
        QUERIES["projects_of"],
        _Row,
        is_test=is_test,
        archived=archived,
        limit=min(limit, PROJECTS_A_PAGE_MAX),
        offset=offset,
    )
    return await _with_history(tx, found)


async def project_to_change(tx: Tx, name: str, *, is_test: bool) -> Project:
    """The project of this name, which nobody else changes until this transaction has ended."""
    seen = await project_of(tx, name, is_test=is_test)
    await run(tx, QUERIES["lock_project"], project_id=seen.project_id)
    return await project_of(tx, name, is_test=is_test)


async def policy_of_project(tx: Tx, project_id: UUID) -> Policy:
    """Read what a project asks of its tasks and annotators."""
    found = await one_or_none(
        tx, QUERIES["policy_of_project"], dict[str, Any], project_id=project_id
    )
    return policy_of(found)


async def set_policy(tx: Tx, project: Project, policy: Mapping[str, object]) -> Project:
    """Let another policy hold for a project from now on."""
    await run(tx, QUERIES["set_policy"], project_id=project.project_id, policy=Json(policy))
    return await project_of(tx, project.name, is_test=project.is_test)


async def set_params(
    tx: Tx, project: Project, params: Mapping[str, object], *, patch: bool, now: datetime
) -> Project:
    """Give future tasks other params; `patch` keeps those that are not named."""
    # Two who change a project at once must not both write the same version.
    locked = await project_to_change(tx, project.name, is_test=project.is_test)
    kept = locked.history[-1].params if patch else {}
    await run(
        tx,
        QUERIES["add_params"],
        project_id=project.project_id,
        params=Json({**kept, **params}),
        now=now,
    )
    return await project_of(tx, project.name, is_test=project.is_test)


async def _with_history(tx: Tx, projects: Sequence[_Row]) -> list[Project]:
    versions = await many(
        tx,
        QUERIES["param_histories"],
        ParamsVersion,
        project_ids=[row.project_id for row in projects],
    )
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
