"""How right each annotator is in a project, as estimated from their agreement with others."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import class_row

from evenhand.foundation import sql
from evenhand.foundation.database import Tx, rows

QUERIES = sql.beside(__file__)

REFIT_ANNOTATIONS_MAX = 200_000  # the newest so many: a fit of a second, and skill drifts anyway


@dataclass(frozen=True, slots=True, kw_only=True)
class Skill:
    """An annotator's estimated accuracy in a project, with a 95 % interval."""

    project_id: UUID
    annotator_id: UUID
    accuracy: float
    lower: float
    upper: float
    tasks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PastVote:
    """A response as it entered a project's history."""

    task_id: str
    annotator_id: UUID
    type: str
    params: dict[str, Any]
    response: dict[str, Any]


async def skills(tx: Tx, project_ids: Sequence[UUID]) -> list[Skill]:
    """What is known of the annotators of these projects."""
    async with tx.connection.cursor(row_factory=class_row(Skill)) as cursor:
        await cursor.execute(
            QUERIES["skills"], {"tenant_id": tx.tenant_id, "project_ids": list(project_ids)}
        )
        return await cursor.fetchall()


async def projects_to_refit(tx: Tx, *, since: datetime) -> list[UUID]:
    """Projects where several annotate a task and something was settled since then."""
    found = await rows(
        tx.connection,
        QUERIES["projects_to_refit"],
        {"tenant_id": tx.tenant_id, "since": since},
    )
    return [row[0] for row in found]


async def votes_of(tx: Tx, project_id: UUID) -> list[PastVote]:
    """The newest annotations of a project."""
    async with tx.connection.cursor(row_factory=class_row(PastVote)) as cursor:
        await cursor.execute(
            QUERIES["votes_of"],
            {
                "tenant_id": tx.tenant_id,
                "project_id": project_id,
                "limit": REFIT_ANNOTATIONS_MAX,
            },
        )
        return await cursor.fetchall()


async def keep_skills(tx: Tx, found: Sequence[Skill], *, now: datetime) -> None:
    """Replace the estimates of these annotators."""
    if not found:
        return
    await tx.connection.execute(
        QUERIES["keep_skills"],
        {
            "tenant_id": tx.tenant_id,
            "project_ids": [skill.project_id for skill in found],
            "annotator_ids": [skill.annotator_id for skill in found],
            "accuracies": [skill.accuracy for skill in found],
            "lowers": [skill.lower for skill in found],
            "uppers": [skill.upper for skill in found],
            "tasks": [skill.tasks for skill in found],
            "now": now,
        },
    )
