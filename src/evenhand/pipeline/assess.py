"""Annotations are weighed: the task settles, or more is asked for."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

import structlog
from psycopg import OperationalError

from evenhand import quality, work
from evenhand.foundation.database import Tx
from evenhand.pipeline.known import NOTHING, known_of
from evenhand.pipeline.settle import review, settle
from evenhand.pipeline.verdict import verdict_on

log: structlog.stdlib.BoundLogger = structlog.get_logger()


async def assess(tx: Tx, *, now: datetime) -> int:
    """Settle annotated tasks, or ask for more; say how many annotated tasks were looked at."""
    tasks = await work.take_annotated(tx)
    # With annotations still to come, the last of them brings the task back here.
    ready = [t for t in tasks if t.stage in ("open", "review") and t.outstanding == 0]
    if not ready:
        return len(tasks)
    try:
        async with tx.connection.transaction():
            await _weigh(tx, ready, now=now)
    except OperationalError:
        # The database's trouble and no task's: all of them are still due.
        raise
    except Exception:
        log.exception("assess.failed", tenant_id=str(tx.tenant_id), tasks=len(ready))
        await _weigh_one_by_one(tx, ready, now=now)
    return len(tasks)


async def _weigh_one_by_one(tx: Tx, tasks: Sequence[work.AnnotatedTask], *, now: datetime) -> None:
    """Weigh each task by itself, and give a reviewer the one on which the judge stumbles."""
    for task in tasks:
        try:
            async with tx.connection.transaction():
                await _weigh(tx, [task], now=now)
        except OperationalError:
            raise
        except Exception:
            log.exception("assess.set_aside", tenant_id=str(tx.tenant_id), task_id=task.task_id)
            await review(tx, {task.task_id: None}, now=now)


async def _weigh(tx: Tx, tasks: Sequence[work.AnnotatedTask], *, now: datetime) -> None:
    votes: dict[str, list[work.Annotation]] = defaultdict(list)
    for annotation in await work.annotations_of(tx, [task.task_id for task in tasks]):
        votes[annotation.task_id].append(annotation)
    known = await known_of(tx, tasks, votes)
    outcomes: dict[str, work.Outcome] = {}
    wanted: dict[str, int] = {}
    doubtful: dict[str, float | None] = {}
    skills_least: dict[str, float] = {}
    for task in tasks:
        verdict = verdict_on(task, votes[task.task_id], known.get(task.project_id, NOTHING))
        match verdict:
            case work.Outcome() as outcome:
                outcomes[task.task_id] = outcome
            case quality.WantMore(annotations=count):
                wanted[task.task_id] = count
                least = known.get(task.project_id, NOTHING).skill_median
                if least is not None:
                    skills_least[task.task_id] = least
            case quality.NeedsReview(confidence=confidence):
                doubtful[task.task_id] = confidence
            case _:
                assert_never(verdict)
    await work.want_more(tx, wanted, skills_least=skills_least, now=now)
    await review(tx, doubtful, now=now)
    await settle(
        tx, [task for task in tasks if task.task_id in outcomes], list(outcomes.values()), now
    )
