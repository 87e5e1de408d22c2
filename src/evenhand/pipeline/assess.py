"""Annotations are weighed: the task settles, or more is asked for."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import assert_never
from uuid import UUID

import msgspec
import structlog
from psycopg import OperationalError

from evenhand import quality, work
from evenhand.foundation.database import Tx
from evenhand.pipeline.settle import settle
from evenhand.task_types import task_type

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
            await _review(tx, [task.task_id], now=now)


async def _weigh(tx: Tx, tasks: Sequence[work.AnnotatedTask], *, now: datetime) -> None:
    votes: dict[str, list[work.Annotation]] = defaultdict(list)
    for annotation in await work.annotations_of(tx, [task.task_id for task in tasks]):
        votes[annotation.task_id].append(annotation)
    skills = await _skills(tx, tasks)
    outcomes: dict[str, work.Outcome] = {}
    wanted: dict[str, int] = {}
    doubtful: list[str] = []
    for task in tasks:
        verdict = _verdict(task, votes[task.task_id], skills.get(task.project_id, {}))
        match verdict:
            case work.Outcome() as outcome:
                outcomes[task.task_id] = outcome
            case quality.WantMore(annotations=count):
                wanted[task.task_id] = count
            case quality.NeedsReview():
                doubtful.append(task.task_id)
            case _:
                assert_never(verdict)
    await work.want_more(tx, wanted)
    await _review(tx, doubtful, now=now)
    await settle(
        tx, [task for task in tasks if task.task_id in outcomes], list(outcomes.values()), now
    )


async def _review(tx: Tx, task_ids: Sequence[str], *, now: datetime) -> None:
    await work.want_more(tx, dict.fromkeys(task_ids, 1), review=True)
    await work.send_to_review(tx, task_ids, now=now)


def _verdict(
    task: work.AnnotatedTask, votes: Sequence[work.Annotation], skills: Mapping[str, float]
) -> work.Outcome | quality.WantMore | quality.NeedsReview:
    kind = task_type(task.type)
    reviews = [vote for vote in votes if vote.review]
    if reviews:
        # A review is a person's last word on what the others could not settle.
        return work.Outcome(
            task_id=task.task_id,
            response=reviews[-1].response,
            confidence=None,
            agreement=None,
            method="review",
            annotations=len(votes),
        )
    verdict = quality.judge(
        kind.answer_kind(task.params),
        [
            quality.Vote(
                annotator=str(vote.annotator_id), answer=kind.answer(task.params, vote.response)
            )
            for vote in votes
        ],
        policy_of(task.policy, annotations=task.annotations_wanted),
        skills,
    )
    match verdict:
        case quality.Settled():
            responses = [vote.response for vote in votes]
            return work.Outcome(
                task_id=task.task_id,
                response=kind.deliverable(task.params, verdict.answer, responses),
                confidence=verdict.confidence,
                agreement=verdict.agreement,
                method=verdict.method,
                annotations=len(votes),
            )
        case quality.WantMore() | quality.NeedsReview():
            return verdict
        case _:
            assert_never(verdict)


def policy_of(policy: Mapping[str, object], *, annotations: int) -> quality.Policy:
    """Read a project's policy for a task that was opened with so many annotations."""
    given = msgspec.convert({**policy, "annotations": annotations}, _PolicyFields)
    return quality.Policy(
        annotations=annotations,
        annotations_max=max(annotations, given.annotations_max),
        confidence=given.confidence,
        review_below=given.review_below,
    )


class _PolicyFields(msgspec.Struct, frozen=True, kw_only=True):
    annotations: int = 1
    annotations_max: int = 1
    confidence: float = 0.0
    review_below: float | None = None


async def _skills(
    tx: Tx, tasks: Sequence[work.AnnotatedTask]
) -> Mapping[UUID | None, Mapping[str, float]]:
    projects = {t.project_id for t in tasks if t.project_id and t.annotations_wanted > 1}
    found: dict[UUID | None, dict[str, float]] = defaultdict(dict)
    if projects:
        for skill in await work.skills(tx, sorted(projects)):
            found[skill.project_id][str(skill.annotator_id)] = skill.accuracy
    return found
