"""What checks of a project's annotations found worth a look, and the annotations they read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from psycopg.types.json import Jsonb

from evenhand.foundation import sql
from evenhand.foundation.database import Connection, Tx
from evenhand.foundation.rows import many, many_in_turns, run

QUERIES = sql.beside(__file__)

REPORTED_ANNOTATIONS_MAX = 20_000  # the newest so many: some seconds of statistics
ALERTS_A_PAGE_MAX = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """An annotation with what its task came to."""

    task_id: str
    annotator_id: UUID
    type: str
    params: dict[str, Any]
    response: dict[str, Any]
    created_at: datetime
    active_ms: int
    review: bool
    delivered: dict[str, Any] | None
    method: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """What was found of whom or what; it pauses nobody."""

    project: str
    kind: str
    subject: str
    annotator_id: UUID | None
    task_id: str | None
    severity: float
    reason: str
    evidence: Mapping[str, Any]
    first_seen_at: datetime
    last_seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAlert:
    """What a check has found; the same of the same subject is one alert, seen again."""

    kind: str
    subject: str
    annotator_id: UUID | None
    task_id: str | None
    severity: float
    reason: str
    evidence: Mapping[str, object]


async def reported(tx: Tx, project_id: UUID) -> list[Reported]:
    """Read the newest annotations of a project, newest tasks first."""
    return await many_in_turns(
        tx, QUERIES["reported"], Reported, project_id=project_id, limit=REPORTED_ANNOTATIONS_MAX
    )


async def tenants_to_check(connection: Connection, *, since: datetime) -> list[UUID]:
    """Tenants in whose projects something was settled since then."""
    return await many(connection, QUERIES["tenants_to_check"], UUID, since=since)


async def projects_to_check(tx: Tx, *, since: datetime) -> list[UUID]:
    """Projects where something that several annotated was settled since then."""
    return await many(tx, QUERIES["projects_to_check"], UUID, since=since)


async def keep_alerts(
    tx: Tx, project_id: UUID, found: Sequence[NewAlert], *, now: datetime
) -> None:
    """Add what is new, and note of the rest that it was seen again."""
    for one in found:
        await run(
            tx,
            QUERIES["keep_alert"],
            alert_id=uuid4(),
            project_id=project_id,
            kind=one.kind,
            subject=one.subject,
            annotator_id=one.annotator_id,
            task_id=one.task_id,
            severity=one.severity,
            reason=one.reason,
            evidence=Jsonb(one.evidence),
            now=now,
        )


async def alerts_of(tx: Tx, *, is_test: bool, project: str | None, limit: int) -> list[Alert]:
    """The alerts of a tenant, last seen first."""
    return await many(
        tx,
        QUERIES["alerts"],
        Alert,
        is_test=is_test,
        project=project,
        limit=min(limit, ALERTS_A_PAGE_MAX),
    )
