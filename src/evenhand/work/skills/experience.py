"""What a project has learned of its annotators, kept as sums to which later tasks are added."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, LiteralString
from uuid import UUID

from psycopg import OperationalError
from psycopg.types.json import Jsonb

from evenhand.foundation import sql
from evenhand.foundation.changed import Changed
from evenhand.foundation.database import Connection, Pool, Tx, as_tenant
from evenhand.foundation.rows import many, one_or_none, row_count, run

QUERIES = sql.beside(__file__)

LEARNED_A_STEP_MAX = 500  # settled tasks learned from in one transaction: its locks stay short
FIT_TASKS_MAX = 20_000  # the newest so many, fitted together: a second or two; skill drifts anyway
FIT_GROWTH = 1.25  # a project that has learned from so many times more is fitted anew
FIT_TASKS_MIN = (
    10  # and from so many more at least; what is first learned is soon understood better
)
FIT_EVERY = timedelta(days=1)
SKILLED_PERCENT = 50  # of the annotators known in a project, the best so many count as skilled
KNOWN_LEAST = 3  # annotators, before any of them does
SURENESS_TASKS_MIN = 10  # before that, tasks are drawn by lot
SHARE_CORRECTION = 3.0  # of the share of reviews that was missed lately, made up for at once
SURENESS_TASKS_MAX = 300  # the newest so many say where the least sure share lies


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillEstimate:
    """An annotator's estimated accuracy in a project, with a 95 % interval and its record."""

    annotator_id: UUID
    accuracy: float
    lower: float
    upper: float
    tasks: int
    record: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredExperience:
    """What a project has learned, with the records of those annotators that were asked for."""

    project_id: UUID
    usual: dict[str, Any]
    truths: dict[str, float]
    dependence: float | None
    skill_median: float | None
    records: dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Learning:
    """How many tasks a project has learned from, and from how many when all were last fitted.

    That fit told how much votes on one task depend on each other; None before the first.
    Some answers of those in `fit_for` are judged otherwise by now.
    """

    tasks: int
    fitted_tasks: int
    fitted_at: datetime | None
    dependence: float | None
    fit_for: list[UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledTask:
    """A settled task, and the response if a reviewer gave it."""

    task_id: str
    project_id: UUID
    type: str
    params: dict[str, Any]
    reviewed: dict[str, Any] | None


async def experiences(
    tx: Tx, project_ids: Sequence[UUID], annotator_ids: Sequence[UUID]
) -> list[StoredExperience]:
    """What these projects have learned, and of these annotators in particular."""
    return await many(
        tx,
        QUERIES["experiences"],
        StoredExperience,
        project_ids=list(project_ids),
        annotator_ids=list(annotator_ids),
    )


async def tenants_to_learn(connection: Connection) -> list[UUID]:
    """Which tenants have settled tasks from which nothing has been learned yet."""
    return await many(connection, QUERIES["tenants_to_learn"], UUID)


async def projects_to_learn(tx: Tx, *, now: datetime) -> list[UUID]:
    """Which projects have settled tasks from which nothing has been learned yet."""
    return sorted(await many(tx, QUERIES["projects_to_learn"], UUID, now=now))


async def tasks_to_learn(tx: Tx, project_id: UUID) -> list[SettledTask]:
    """Read a few settled tasks of a project that are to be learned from."""
    due = await many(
        tx, QUERIES["tasks_to_learn"], str, project_id=project_id, limit=LEARNED_A_STEP_MAX
    )
    return await past_tasks(tx, due)


async def end_learning(tx: Tx, task_ids: Sequence[str]) -> None:
    """Take tasks off the list of those that are to be learned from."""
    await run(tx, QUERIES["end_learning"], task_ids=list(task_ids))


async def past_tasks(tx: Tx, task_ids: Sequence[str]) -> list[SettledTask]:
    """Read settled tasks."""
    return await many(tx, QUERIES["past_tasks"], SettledTask, task_ids=list(task_ids))


@asynccontextmanager
async def experience_claimed(
    pool: Pool, tenant_id: UUID, project_id: UUID, *, seconds: float, now: datetime
) -> AsyncGenerator[datetime | None]:
    """Hold what a project knows for so long, so that nobody adds to it meanwhile.

    Yields until when, by which `lock_claimed` knows the claim; None where another holds it.
    """
    busy_until = now + timedelta(seconds=seconds)
    claim = {"project_id": project_id, "busy_until": busy_until, "now": now}
    async with as_tenant(pool, tenant_id) as tx:
        await run(tx, QUERIES["begin_experience"], **claim)
        claimed = await row_count(tx, QUERIES["claim_experience"], **claim)
    if not claimed:
        yield None
        return
    try:
        yield busy_until
    finally:
        # Of a claim that was kept, nothing is left to release.
        with suppress(OperationalError):
            async with as_tenant(pool, tenant_id) as tx:
                await run(tx, QUERIES["release_experience"], **claim)


async def lock_claimed(tx: Tx, project_id: UUID, busy_until: datetime) -> Learning:
    """Read what was claimed before it is replaced; raises `Changed` where the claim has ended."""
    return await _learned(tx, QUERIES["lock_claimed"], project_id=project_id, busy_until=busy_until)


async def lock_experience(tx: Tx, project_id: UUID, *, now: datetime) -> Learning:
    """Keep others from adding to what a project knows until this transaction has ended.

    Raises `Changed` while somebody has claimed it.
    """
    await run(tx, QUERIES["begin_experience"], project_id=project_id)
    return await _learned(tx, QUERIES["lock_experience"], project_id=project_id, now=now)


async def _learned(tx: Tx, statement: LiteralString, **arguments: object) -> Learning:
    found = await one_or_none(tx, statement, Learning, **arguments)
    if found is None:
        raise Changed
    return found


async def pass_over_fit(tx: Tx, project_id: UUID, *, now: datetime) -> None:
    """Leave what is known as it is until the project has grown by a share more."""
    await run(tx, QUERIES["pass_over_fit"], project_id=project_id, now=now)


async def fit_later(tx: Tx, project_id: UUID, annotator_ids: Sequence[UUID]) -> None:
    """Have all that a project knows fitted anew, since answers of these are judged otherwise."""
    await run(tx, QUERIES["fit_later"], project_id=project_id, annotator_ids=list(annotator_ids))


async def keep_experience(
    tx: Tx,
    project_id: UUID,
    learned: Learning,
    *,
    usual: Mapping[str, object],
    truths: Mapping[str, float],
) -> None:
    """Replace what a project knows of all annotators together."""
    await run(
        tx,
        QUERIES["keep_experience"],
        project_id=project_id,
        usual=Jsonb(usual),
        truths=Jsonb(truths),
        dependence=learned.dependence,
        tasks=learned.tasks,
        fitted_tasks=learned.fitted_tasks,
        fitted_at=learned.fitted_at,
        fit_for=learned.fit_for,
    )


async def keep_skills(
    tx: Tx, project_id: UUID, found: Sequence[SkillEstimate], *, now: datetime
) -> None:
    """Replace the estimates of these annotators."""
    if not found:
        return
    await run(
        tx,
        QUERIES["keep_skills"],
        project_id=project_id,
        annotator_ids=[skill.annotator_id for skill in found],
        accuracies=[skill.accuracy for skill in found],
        lowers=[skill.lower for skill in found],
        uppers=[skill.upper for skill in found],
        tasks=[skill.tasks for skill in found],
        records=[Jsonb(skill.record) for skill in found],
        now=now,
    )


async def mark_experience(tx: Tx, project_id: UUID) -> None:
    """Note from which skill on an annotator counts as skilled."""
    await run(
        tx,
        QUERIES["mark_experience"],
        project_id=project_id,
        known_least=KNOWN_LEAST,
        skilled_percent=SKILLED_PERCENT,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _LeastSure:
    below: float
    share: float


async def least_sure(tx: Tx, project_id: UUID, *, share: float) -> tuple[float, float] | None:
    """Say under which confidence this share of tasks lies, and which part of those exactly at it.

    None while too few tasks have been judged to tell.
    """
    found = await one_or_none(
        tx,
        QUERIES["least_sure"],
        _LeastSure,
        project_id=project_id,
        share=share,
        correction=SHARE_CORRECTION,
        limit=SURENESS_TASKS_MAX,
        least=SURENESS_TASKS_MIN,
    )
    return None if found is None else (found.below, found.share)


async def tenants_to_fit(connection: Connection) -> list[UUID]:
    """Which tenants have projects that have learned something since they were last fitted."""
    return await many(connection, QUERIES["tenants_to_fit"], UUID)


async def projects_to_fit(tx: Tx, *, now: datetime) -> list[UUID]:
    """Which projects are due to have all their tasks fitted together."""
    return await many(
        tx,
        QUERIES["projects_to_fit"],
        UUID,
        growth=FIT_GROWTH,
        tasks_min=FIT_TASKS_MIN,
        day_ago=now - FIT_EVERY,
        now=now,
    )


async def tasks_to_fit(tx: Tx, project_id: UUID) -> list[str]:
    """Name the newest tasks that a project has learned from."""
    return await many(tx, QUERIES["tasks_to_fit"], str, project_id=project_id, limit=FIT_TASKS_MAX)
