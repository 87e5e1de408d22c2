"""Settled tasks and answers to gold tasks, in the form that statistics reads."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import structlog

from evenhand import quality
from evenhand.foundation.database import Tx
from evenhand.pipeline.unreadable import UNREADABLE
from evenhand.task_types import task_type
from evenhand.work import gold_tasks, skills, verdicts

log: structlog.stdlib.BoundLogger = structlog.get_logger()


async def past_tasks(tx: Tx, tasks: Sequence[skills.SettledTask]) -> list[quality.PastTask[Any]]:
    """Read settled tasks with their votes."""
    votes: dict[str, list[verdicts.Annotation]] = defaultdict(list)
    for vote in await verdicts.annotations_of(tx, [task.task_id for task in tasks]):
        if not vote.review:
            votes[vote.task_id].append(vote)
    found: list[quality.PastTask[Any]] = []
    for task in tasks:
        try:
            found.append(_past(task, votes[task.task_id]))
        except UNREADABLE:
            # One task that cannot be read must not keep a project from learning of the others.
            log.exception("learn.set_aside", tenant_id=str(tx.tenant_id), task_id=task.task_id)
    return found


def _past(task: skills.SettledTask, votes: Sequence[verdicts.Annotation]) -> quality.PastTask[Any]:
    reading = task_type(task.type).reading(task.params)
    # Where answers are more or less alike, a reviewer's is one more of them and not the truth.
    reviewed = None if reading.kind.labels is None else task.reviewed
    return quality.PastTask(
        kind=reading.kind,
        votes=[(str(vote.annotator_id), reading.answer(vote.response)) for vote in votes],
        classes=reading.classes(),
        truth=reading.answer(reviewed) if reviewed else None,
    )


def answered_gold(
    tenant_id: UUID, answers: Sequence[gold_tasks.GoldVote] | Sequence[gold_tasks.GoldAnswer]
) -> list[quality.PastTask[Any]]:
    """Make a task of one vote and known truth of each answer to a gold task."""
    found: list[quality.PastTask[Any]] = []
    for answer in answers:
        try:
            reading = task_type(answer.type).reading(answer.params)
            given, truth = map(reading.answer, (answer.response, answer.expected_response))
        except UNREADABLE:
            log.exception("learn.set_aside", tenant_id=str(tenant_id), task_id=answer.task_id)
            continue
        found.append(
            quality.PastTask(
                kind=reading.kind,
                votes=[(str(answer.annotator_id), given)],
                classes=reading.classes(),
                truth=truth,
            )
        )
    return found
