"""Assessment of light tasks: together, and one by one where the judge stumbles."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import structlog
from psycopg import OperationalError

from evenhand.foundation.database import Tx, return_to_savepoint
from evenhand.pipeline.annotator.knowledge import NOTHING, knowledge_of
from evenhand.pipeline.task.judgement import Weighed, weighed
from evenhand.pipeline.task.outcomes import conclude, review
from evenhand.work import verdicts

log: structlog.stdlib.BoundLogger = structlog.get_logger()


async def weigh(tx: Tx, taken: verdicts.Taken, *, now: datetime) -> None:
    """Judge light tasks together; where the judge stumbles, each alone."""
    votes: dict[str, list[verdicts.Annotation]] = defaultdict(list)
    for annotation in taken.annotations:
        votes[annotation.task_id].append(annotation)
    try:
        await _weigh(tx, taken, votes, now=now)
    except OperationalError:
        # The database's trouble and no task's: all of them are still due.
        raise
    except Exception:
        log.exception("assess.failed", tenant_id=str(tx.tenant_id), tasks=len(taken.tasks))
        await return_to_savepoint(tx)
        for task in taken.tasks:
            await _weigh_alone(tx, replace(taken, tasks=[task]), votes, now=now)


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
            await _weigh(tx, taken, votes, now=now)
    except OperationalError:
        raise
    except Exception:
        log.exception("assess.set_aside", tenant_id=str(tx.tenant_id), task_id=task.task_id)
        await review(tx, {task.task_id: verdicts.Doubt()}, now=now)


async def _weigh(
    tx: Tx,
    taken: verdicts.Taken,
    votes: Mapping[str, Sequence[verdicts.Annotation]],
    *,
    now: datetime,
) -> None:
    known = await knowledge_of(tx, taken)
    found: dict[str, Weighed] = {}
    for task in taken.tasks:
        knows = known.get(task.project_id, NOTHING)
        found[task.task_id] = weighed(task, votes[task.task_id], knows)
        # Each is quickly weighed, but many of them are not: others have their turn between.
        await asyncio.sleep(0)
    await conclude(tx, taken.tasks, found, known, now=now)
