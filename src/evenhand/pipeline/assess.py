"""Annotations are weighed: the task settles, or more is asked for."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import assert_never
from uuid import UUID

import structlog
from psycopg import OperationalError

from evenhand import quality
from evenhand.foundation.database import Tx, return_to_savepoint
from evenhand.pipeline.known import NOTHING, Known, known_of
from evenhand.pipeline.settle import call_back, review, settle, want_more
from evenhand.pipeline.verdict import Weighed, weighed
from evenhand.work import verdicts

log: structlog.stdlib.BoundLogger = structlog.get_logger()


async def assess(tx: Tx, *, now: datetime) -> int:
    """Settle annotated tasks, or ask for more; say how many annotated tasks were looked at."""
    return len((await assess_light(tx, now=now)).tasks)


async def assess_light(tx: Tx, *, but: Collection[str] = (), now: datetime) -> verdicts.Taken:
    """Settle annotated tasks that are light, or ask for more, and name those that are heavy."""
    taken = await verdicts.take_annotated(tx, but=but)
    # With annotations still to come, the last of them brings the task back here.
    ready = [t for t in taken.tasks if t.stage in ("open", "review") and t.outstanding == 0]
    if not ready:
        return taken
    votes: dict[str, list[verdicts.Annotation]] = defaultdict(list)
    for annotation in taken.annotations:
        votes[annotation.task_id].append(annotation)
    try:
        known = await known_of(tx, replace(taken, tasks=ready))
        await _weigh(tx, ready, votes, known, now=now)
    except OperationalError:
        # The database's trouble and no task's: all of them are still due.
        raise
    except Exception:
        log.exception("assess.failed", tenant_id=str(tx.tenant_id), tasks=len(ready))
        await return_to_savepoint(tx)
        for task in ready:
            await _weigh_alone(tx, replace(taken, tasks=[task]), votes, now=now)
    return taken


async def _weigh_alone(
    tx: Tx,
    taken: verdicts.Taken,
    votes: Mapping[str, Sequence[verdicts.Annotation]],
    *,
    now: datetime,
) -> None:
    """Weigh one task by itself, and give it to a reviewer if the judge stumbles on it."""
    (task,) = taken.tasks
    try:
        async with tx.connection.transaction():
            known = await known_of(tx, taken)
            await _weigh(tx, [task], votes, known, now=now)
    except OperationalError:
        raise
    except Exception:
        log.exception("assess.set_aside", tenant_id=str(tx.tenant_id), task_id=task.task_id)
        await review(tx, {task.task_id: verdicts.Doubt()}, now=now)


async def _weigh(
    tx: Tx,
    tasks: Sequence[verdicts.AnnotatedTask],
    votes: Mapping[str, Sequence[verdicts.Annotation]],
    known: Mapping[UUID | None, Known],
    *,
    now: datetime,
) -> None:
    found: dict[str, Weighed] = {}
    for task in tasks:
        knows = known.get(task.project_id, NOTHING)
        found[task.task_id] = weighed(task, votes[task.task_id], knows)
        # Each is quickly weighed, but many of them are not: others have their turn between.
        await asyncio.sleep(0)
    await conclude(tx, tasks, found, known, now=now)


async def conclude(
    tx: Tx,
    tasks: Sequence[verdicts.AnnotatedTask],
    found: Mapping[str, Weighed],
    known: Mapping[UUID | None, Known],
    *,
    now: datetime,
) -> None:
    """Keep what tasks came to: a response, a wish for more, or a reviewer's doubt."""
    outcomes: dict[str, verdicts.Outcome] = {}
    wanted: dict[str, int] = {}
    doubtful: dict[str, verdicts.Doubt] = {}
    skills_least: dict[str, float] = {}
    for task in tasks:
        verdict = found[task.task_id]
        match verdict:
            case verdicts.Outcome() as outcome:
                outcomes[task.task_id] = outcome
            case quality.WantMore(annotations=count):
                wanted[task.task_id] = count
                median = known.get(task.project_id, NOTHING).skill_median
                if median is not None:
                    skills_least[task.task_id] = median
            case verdicts.Doubt() as doubt:
                doubtful[task.task_id] = doubt
            case _:
                assert_never(verdict)
    # What answers nothing goes out in one message.
    async with tx.connection.pipeline():
        await want_more(tx, wanted, skills_least=skills_least, now=now)
        await review(tx, doubtful, now=now)
        await settle(tx, list(outcomes.values()), now=now)
    await call_back(tx, [task for task in tasks if task.task_id in outcomes], now=now)
