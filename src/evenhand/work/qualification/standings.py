"""Where annotators stand in projects: in a course, at work, or paused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID

from psycopg.rows import class_row

from evenhand.foundation import sql
from evenhand.foundation.database import Connection, Tx, rows

QUERIES = sql.beside(__file__)

PauseKind: TypeAlias = Literal["gold", "training", "manual"]

PAUSE_REASON_CHARACTERS_MAX = 2000
JUDGED_AT_ONCE_MAX = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where an annotator stands in a project."""

    project_id: UUID
    annotator_id: UUID
    attempt: int
    training_score: float | None
    passed_at: datetime | None
    judged_from: datetime | None
    paused_at: datetime | None
    pause_kind: PauseKind | None
    pause_reason: str | None


async def lock_standing(tx: Tx, project_id: UUID, annotator_id: UUID) -> Standing:
    """Read where an annotator stands, and keep others from changing it meanwhile."""
    async with tx.connection.cursor(row_factory=class_row(Standing)) as cursor:
        await cursor.execute(QUERIES["lock_standing"], _key(tx, project_id, annotator_id))
        found = await cursor.fetchone()
    assert found is not None, "it is made where it is missing"
    return found


async def pause(tx: Tx, standing: Standing, kind: PauseKind, reason: str, *, now: datetime) -> bool:
    """Lend an annotator no more of a project; say whether they were at work until now."""
    cursor = await tx.connection.execute(
        QUERIES["pause"],
        {
            **_key(tx, standing.project_id, standing.annotator_id),
            "kind": kind,
            "reason": reason[:PAUSE_REASON_CHARACTERS_MAX],
            "now": now,
        },
    )
    return cursor.rowcount > 0


async def resume(tx: Tx, standing: Standing, *, afresh: bool, now: datetime) -> bool:
    """Let an annotator work again; say whether they were paused until now.

    `afresh` forgets what was held against them and lets them take the course once more.
    """
    cursor = await tx.connection.execute(
        QUERIES["resume"],
        {
            **_key(tx, standing.project_id, standing.annotator_id),
            "afresh": afresh,
            "now": now,
        },
    )
    return cursor.rowcount > 0


async def paused_by_policy(tx: Tx, project_id: UUID) -> list[tuple[UUID, PauseKind]]:
    """Whom a project's policy keeps out, and whether over gold tasks or a course."""
    found = await rows(
        tx.connection,
        QUERIES["paused_by_policy"],
        {"tenant_id": tx.tenant_id, "project_id": project_id},
    )
    return [(row[0], row[1]) for row in found]


async def judge_later(tx: Tx, whose: Sequence[tuple[UUID, UUID]], *, judge_at: datetime) -> None:
    """Have annotators, each given after a project, judged at a time, or when they would be."""
    await tx.connection.execute(
        QUERIES["judge_later"],
        {
            "tenant_id": tx.tenant_id,
            "project_ids": [project_id for project_id, _ in whose],
            "annotator_ids": [annotator_id for _, annotator_id in whose],
            "judge_at": judge_at,
        },
    )


async def tenants_to_judge(connection: Connection, *, now: datetime) -> list[UUID]:
    """The tenants of which an annotator is due to be judged."""
    return [row[0] for row in await rows(connection, QUERIES["tenants_to_judge"], {"now": now})]


async def take_to_judge(
    tx: Tx, *, hour: datetime, judge_at: datetime, now: datetime
) -> list[tuple[UUID, UUID]]:
    """Take who is due to be judged: projects and annotators.

    Whoever has answered since `hour`, up to which answers count, is due again at `judge_at`.
    """
    found = await rows(
        tx.connection,
        QUERIES["take_to_judge"],
        {
            "tenant_id": tx.tenant_id,
            "hour": hour,
            "judge_at": judge_at,
            "limit": JUDGED_AT_ONCE_MAX,
            "now": now,
        },
    )
    return sorted((row[0], row[1]) for row in found)


async def pass_course(tx: Tx, standing: Standing, *, score: float, now: datetime) -> None:
    """Let an annotator who has learnt enough work on live tasks."""
    await tx.connection.execute(
        QUERIES["pass_course"],
        {
            **_key(tx, standing.project_id, standing.annotator_id),
            "score": score,
            "now": now,
        },
    )


async def repeat_course(tx: Tx, standing: Standing, *, score: float) -> None:
    """Begin another round of the course."""
    await tx.connection.execute(
        QUERIES["repeat_course"],
        {**_key(tx, standing.project_id, standing.annotator_id), "score": score},
    )


def _key(tx: Tx, project_id: UUID, annotator_id: UUID) -> dict[str, object]:
    return {
        "tenant_id": tx.tenant_id,
        "project_id": project_id,
        "annotator_id": annotator_id,
    }
