"""What settled tasks and answers to gold tasks say of annotators, as statistics reads it."""

from collections import defaultdict
from collections.abc import Sequence
from typing import cast
from uuid import UUID

import structlog

from evenhand import quality
from evenhand.foundation.database import Tx
from evenhand.pipeline.unreadable import UNREADABLE
from evenhand.task_types import task_type
from evenhand.work import gold_tasks, skills, verdicts

log: structlog.stdlib.BoundLogger = structlog.get_logger()


async def past_tasks(tx: Tx, tasks: Sequence[skills.PastTask]) -> list[quality.PastTask]:
    """Read settled tasks with their votes."""
    votes: dict[str, list[verdicts.Annotation]] = defaultdict(list)
    for vote in await verdicts.annotations_of(tx, [task.task_id for task in tasks]):
        if not vote.review:
            votes[vote.task_id].append(vote)
    found: list[quality.PastTask] = []
    for task in tasks:
        try:
            found.append(_past(task, votes[task.task_id]))
        except UNREADABLE:
            # One task that cannot be read must not keep a project from learning of the others.
            log.exception("learn.set_aside", tenant_id=str(tx.tenant_id), task_id=task.task_id)
    return found


def _past(task: skills.PastTask, votes: Sequence[verdicts.Annotation]) -> quality.PastTask:
    kind = task_type(task.type)
    answers = kind.answer_kind(task.params)
    is_choice = answers == "choice"
    truth = kind.answer(task.params, task.reviewed) if task.reviewed and is_choice else None
    return quality.PastTask(
        kind=answers,
        votes=[(str(vote.annotator_id), kind.answer(task.params, vote.response)) for vote in votes],
        classes=kind.classes(task.params) if is_choice else (),
        truth=cast("str | None", truth),
    )


def answered_gold(
    tenant_id: UUID, answers: Sequence[gold_tasks.GoldVote] | Sequence[gold_tasks.GoldAnswer]
) -> list[quality.PastTask]:
    """Make a task of one vote and known truth of each answer to a gold task."""
    found: list[quality.PastTask] = []
    for answer in answers:
        kind = task_type(answer.type)
        try:
            given, truth = (
                kind.answer(answer.params, response)
                for response in (answer.response, answer.expected_response)
            )
        except UNREADABLE:
            log.exception("learn.set_aside", tenant_id=str(tenant_id), task_id=answer.task_id)
            continue
        answers_kind = kind.answer_kind(answer.params)
        found.append(
            quality.PastTask(
                kind=answers_kind,
                votes=[(str(answer.annotator_id), given)],
                classes=kind.classes(answer.params) if answers_kind == "choice" else (),
                truth=truth,
            )
        )
    return found
