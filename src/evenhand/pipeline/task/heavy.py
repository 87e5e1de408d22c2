"""Assessment of heavy tasks in another process, between two short transactions."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import msgspec
import structlog
from psycopg import OperationalError

from evenhand import ledger, quality
from evenhand.foundation.changed import Changed
from evenhand.foundation.database import Pool, Tx, as_tenant
from evenhand.foundation.processes import Exceeded, Processes
from evenhand.pipeline.annotator.knowledge import NOTHING, Knowledge, knowledge_of
from evenhand.pipeline.task.judgement import Weighed, weighed
from evenhand.pipeline.task.outcomes import conclude, review
from evenhand.work import verdicts

HEAVY_BYTES_MAX = 32 * 2**20  # of a task and its annotations; more is not even read

log: structlog.stdlib.BoundLogger = structlog.get_logger()


class TooManyBytes(Exceeded):
    """It is larger than what is judged."""


async def assess_heavy(
    pool: Pool, processes: Processes, tenant_id: UUID, heavy: Mapping[str, int], *, now: datetime
) -> None:
    """Judge heavy tasks one by one, outside of any transaction; a reviewer has what cannot be."""
    for task_id, size in heavy.items():
        try:
            await _assess_one(pool, processes, tenant_id, (task_id, size), now=now)
        except Changed:
            # What came meanwhile is still due, and so is what was judged without it.
            log.info("assess.changed", tenant_id=str(tenant_id), task_id=task_id)


async def _assess_one(
    pool: Pool, processes: Processes, tenant_id: UUID, task: tuple[str, int], *, now: datetime
) -> None:
    task_id, size = task
    judged: set[UUID] | None = None
    try:
        _require_readable(size)
        async with as_tenant(pool, tenant_id) as tx:
            heavy = await verdicts.heavy_task(tx, task_id)
            known = await knowledge_of(tx, heavy.taken)
        judged = heavy.annotation_ids
        knows = known.get(heavy.task.project_id, NOTHING)
        found = None
        if heavy.task.outstanding == 0:
            found = await processes.run(tenant_id, weighed_raw, heavy, knows)
        await _keep(pool, tenant_id, heavy, found, known, now=now)
    except (OperationalError, Changed):
        raise
    except Exception as error:
        reason = _reason(error)
        log.exception("assess.set_aside", tenant_id=str(tenant_id), task_id=task_id, reason=reason)
        async with as_tenant(pool, tenant_id) as tx:
            if await verdicts.lock_judged(tx, task_id, judged):
                await _set_aside(tx, task_id, reason, now=now)


def _require_readable(size: int) -> None:
    if size > HEAVY_BYTES_MAX:
        raise TooManyBytes


def weighed_raw(heavy: verdicts.Heavy, known: Knowledge) -> Weighed:
    """Read a task and its annotations, and judge it."""
    task = replace(heavy.task, params=msgspec.json.decode(heavy.params))
    votes = [
        replace(vote, response=msgspec.json.decode(response))
        for vote, response in zip(heavy.taken.annotations, heavy.responses, strict=True)
    ]
    return weighed(task, votes, known)


async def _keep(
    pool: Pool,
    tenant_id: UUID,
    heavy: verdicts.Heavy,
    found: Weighed | None,
    known: Mapping[UUID | None, Knowledge],
    *,
    now: datetime,
) -> None:
    task_id = heavy.task.task_id
    async with as_tenant(pool, tenant_id) as tx:
        if await verdicts.lock_judged(tx, task_id, heavy.annotation_ids):
            if found is None:
                raise Changed
            await conclude(tx, [heavy.task], {task_id: found}, known, now=now)


def _reason(error: Exception) -> str:
    """Name a bound that was passed; of any other fault the log says what it was."""
    bounds: Iterable[type[Exception]] = (Exceeded, quality.TooMuchToCompare)
    return type(error).__name__ if isinstance(error, tuple(bounds)) else "Fault"


async def _set_aside(tx: Tx, task_id: str, reason: str, *, now: datetime) -> None:
    await review(tx, {task_id: verdicts.Doubt()}, now=now)
    aside = ledger.events.TaskSetAside(task_id=task_id, reason=reason)
    await ledger.append(tx, aside, at=now)
