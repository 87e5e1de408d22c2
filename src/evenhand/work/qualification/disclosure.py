"""What annotators are told of themselves, and what tenants are told of annotators.

A gold task that is still in use stays secret. A count tells of the days before today alone, and of
several answers at once; a miss is told when the task is retired, on the day after its annotator was
paused over such tasks, or when a month has gone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from evenhand.foundation import sql
from evenhand.foundation.database import Connection, Tx
from evenhand.foundation.errors import NotFound
from evenhand.foundation.rows import many, one_or_none
from evenhand.work.gold_tasks.gold import GoldPurpose
from evenhand.work.qualification.standings import PauseKind

QUERIES = sql.beside(__file__)

TOLD_AFTER = timedelta(days=30)  # by then nobody tells a colleague what the answer was
MISSED_MAX = 50  # the newest so many; more would be read by nobody
STANDINGS_MAX = 1_000


class NothingToTell(NotFound):
    """There is nothing to tell of this assignment, or not yet."""


class UnknownAnnotator(NotFound):
    """No annotator of that name has worked in this project."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosed:
    """An answer to a gold task beside what was expected."""

    task_id: str
    project_id: UUID
    purpose: GoldPurpose
    type: str
    instruction: str
    params: dict[str, Any]
    files: Mapping[str, str]
    response: dict[str, Any]
    expected_response: dict[str, Any]
    score: float
    is_right: bool
    is_void: bool
    answered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """An answer that counts, or counted, against its annotator."""

    assignment_id: UUID
    project_id: UUID
    purpose: GoldPurpose
    type: str
    score: float
    answered_at: datetime
    contest: Literal["open", "upheld", "rejected"] | None
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectStanding:
    """Where an annotator stands in a project, with what is known of their skill."""

    project_id: UUID
    project: str
    type: str
    annotator_id: UUID
    accuracy: float | None
    lower: float | None
    upper: float | None
    answers: int
    right: int
    has_course: bool
    attempt: int
    training_score: float | None
    passed_at: datetime | None
    paused_at: datetime | None
    pause_kind: PauseKind | None
    pause_reason: str | None


def told_up_to(moment: datetime) -> datetime:
    """Of gold answers before this midnight an annotator may be told; of later ones, nothing."""
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


async def tenants_that_know(connection: Connection, annotator_id: UUID) -> list[UUID]:
    """In whose projects something is known of the annotator."""
    return await many(connection, QUERIES["tenants_that_know"], UUID, annotator_id=annotator_id)


async def disclosed(tx: Tx, assignment_id: UUID, annotator_id: UUID, *, now: datetime) -> Disclosed:
    """What was expected of an answer that the annotator gave, once it can be told."""
    found = await one_or_none(
        tx,
        QUERIES["disclosed"],
        Disclosed,
        assignment_id=assignment_id,
        annotator_id=annotator_id,
        told_before=now - TOLD_AFTER,
        counted_before=told_up_to(now),
    )
    if found is None:
        raise NothingToTell
    return found


async def missed(tx: Tx, annotator_id: UUID, *, now: datetime) -> list[Missed]:
    """The newest answers that count against the annotator, as far as they can be told."""
    return await many(
        tx,
        QUERIES["missed"],
        Missed,
        annotator_id=annotator_id,
        told_before=now - TOLD_AFTER,
        counted_before=told_up_to(now),
        limit=MISSED_MAX,
    )


async def standings_of(
    tx: Tx,
    *,
    counted_before: datetime,
    counted_by: int = 1,
    annotator_id: UUID | None = None,
    project_id: UUID | None = None,
) -> list[ProjectStanding]:
    """Where annotators stand in the tenant's projects: of one annotator, in one project, or all.

    Gold answers are counted in multiples of `counted_by`, the oldest first.
    """
    return await many(
        tx,
        QUERIES["standings"],
        ProjectStanding,
        annotator_id=annotator_id,
        project_id=project_id,
        counted_before=counted_before,
        counted_by=counted_by,
        limit=STANDINGS_MAX,
    )


async def annotators_of_project(tx: Tx, project_id: UUID) -> list[UUID]:
    """Everyone who was ever lent something of a project."""
    return sorted(await many(tx, QUERIES["annotators_of_project"], UUID, project_id=project_id))
