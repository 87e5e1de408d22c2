"""Projects: created, and given other params for their future tasks."""

from collections.abc import Mapping
from datetime import datetime
from uuid import uuid4

from evenhand import ledger
from evenhand.foundation.database import Tx
from evenhand.ledger import events
from evenhand.work import projects


async def create_project(tx: Tx, new: projects.NewProject, *, now: datetime) -> projects.Project:
    """Make a project, from which tasks inherit params."""
    project = await projects.create_project(tx, new, project_id=uuid4(), now=now)
    await ledger.append(tx, events.ProjectCreated(project_id=project.project_id), at=now)
    return project


async def set_params(
    tx: Tx,
    name: str,
    params: Mapping[str, object],
    *,
    patch: bool,
    is_test: bool,
    now: datetime,
) -> projects.Project:
    """Give future tasks of a project other params; `patch` keeps those that are not named."""
    project = await projects.project_of(tx, name, is_test=is_test)
    project = await projects.set_params(tx, project, params, patch=patch, now=now)
    entered = events.ProjectParamsSet(
        project_id=project.project_id, version=project.history[-1].version
    )
    await ledger.append(tx, entered, at=now)
    return project
