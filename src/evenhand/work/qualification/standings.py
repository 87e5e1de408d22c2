"""Where annotators stand in projects: in a course, at work, or paused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID

from evenhand.foundation import sql
from evenhand.foundation.database import Connection, Tx
from evenhand.foundation.rows import many, one, row_count, run

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
    return await one(
        tx,
        QUERIES["lock_standing"],
        Standing,
        project_id=project_id,
        annotator_id=annotator_id,
    )


async def pause(tx: Tx, standing: Standing, kind: PauseKind, reason: str, *, now: datetime) -> bool:
    """Lend an annotator no more of a project; say whether they were at work until now."""
    paused = await row_count(
        tx,
        QUERIES["pause"],
        **_key(standing),
        kind=kind,
        reason=reason[:PAUSE_REASON_CHARACTERS_MAX],
        now=now,
    )
    return paused > 0


async def resume(tx: Tx, standing: Standing, *, afresh: bool, now: datetime) -> bool:
    """Let an annotator work again; say whether they were paused until now.

    `afresh` forgets what was held against them and lets them take the course once more.
    """
    resumed = await row_count(tx, QUERIES["resume"], **_key(standing), afresh=afresh, now=now)
    return resumed > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Paused:
    annotator_id: UUID
    pause_kind: PauseKind


async def paused_by_policy(tx: Tx, project_id: UUID) -> list[tuple[UUID, PauseKind]]:
    """Whom a project's policy keeps out, and whether over gold tasks or a course."""
    found = await many(tx, QUERIES["paused_by_policy"], _Paused, project_id=project_id)
    return [(paused.annotator_id, paused.pause_kind) for paused in found]


async def judge_later(tx: Tx, whose: Sequence[tuple[UUID, UUID]], *, judge_at: datetime) -> None:
    """Have annotators, each given after a project, judged at a time, or when they would be."""
    await run(
        tx,
        QUERIES["judge_later"],
        project_ids=[project_id for project_id, _ in whose],
        annotator_ids=[annotator_id for _, annotator_id in whose],
        judge_at=judge_at,
    )


async def tenants_to_judge(connection: Connection, *, now: datetime) -> list[UUID]:
    """The tenants of which an annotator is due to be judged."""
    return await many(connection, QUERIES["tenants_to_judge"], UUID, now=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Due:
    project_id: UUID
    annotator_id: UUID


async def take_to_judge(
    tx: Tx, *, hour: datetime, judge_at: datetime, now: datetime
) -> list[tuple[UUID, UUID]]:
    """Take who is due to be judged: projects and annotators.

    Whoever has answered since `hour`, up to which answers count, is due again at `judge_at`.
    """
    found = await many(
        tx,
        QUERIES["take_to_judge"],
        _Due,
        hour=hour,
        judge_at=judge_at,
        limit=JUDGED_AT_ONCE_MAX,
        now=now,
    )
    return sorted((due.project_id, due.annotator_id) for due in found)


async def pass_course(tx: Tx, standing: Standing, *, score: float, now: datetime) -> None:
    """Let an annotator who has learnt enough work on live tasks."""
    await run(
        tx,
        QUERIES["pass_course"],
        **_key(standing),
        score=score,
        now=now,
    )


async def repeat_course(tx: Tx, standing: Standing, *, score: float) -> None:
    """Begin another round of the course."""
    await run(
        tx,
        QUERIES["repeat_course"],
        **_key(standing),
        score=score,
    )


def _key(standing: Standing) -> dict[str, object]:
    return {"project_id": standing.project_id, "annotator_id": standing.annotator_id}
