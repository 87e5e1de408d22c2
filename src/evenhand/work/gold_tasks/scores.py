"""How well gold tasks were answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from evenhand.foundation import sql
from evenhand.foundation.changed import Changed
from evenhand.foundation.database import Connection, Tx
from evenhand.foundation.rows import many, one, row_count, run
from evenhand.work.gold_tasks.gold import GoldPurpose

QUERIES = sql.beside(__file__)

SCORED_AT_ONCE_MAX = 200  # answers in one transaction: its locks stay short
# Of fewer at once an annotator could tell which of their last answers made a count or a pause move.
COUNTED_BY = 5
_EVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldAnswer:
    """An answer to a gold task beside what is expected."""

    assignment_id: UUID
    annotation_id: UUID
    attempt: int
    annotator_id: UUID
    response: Mapping[str, Any]
    answered_at: datetime
    task_id: str
    project_id: UUID
    purpose: GoldPurpose
    expected_response: Mapping[str, Any]
    expected_version: int
    type: str
    params: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldScore:
    """How like the expected response an answer is, from 0 to 1, and whether that is enough."""

    answer: GoldAnswer
    score: float
    is_right: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many evaluation tasks someone has answered, and how many rightly."""

    answers: int
    right: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseResult:
    """How far someone is in a round of a course, and their mean score in it."""

    lessons: int
    finished: int
    score: float


async def tenants_to_score(connection: Connection) -> list[UUID]:
    """Which tenants have answers to gold tasks that were not scored yet."""
    return await many(connection, QUERIES["tenants_to_score"], UUID)


class _Due(msgspec.Struct, frozen=True, gc=False):
    annotation_id: UUID
    task_id: str


async def answers_to_score(tx: Tx, *, now: datetime) -> list[GoldAnswer]:
    """Read a few answers that were not scored yet."""
    due = await many(tx, QUERIES["score_due"], _Due, limit=SCORED_AT_ONCE_MAX, now=now)
    if not due:
        return []
    return await gold_answers_of(
        tx,
        sorted({answer.task_id for answer in due}),
        annotation_ids=[answer.annotation_id for answer in due],
    )


async def end_scoring(tx: Tx, answers: Sequence[GoldAnswer]) -> None:
    """Take answers off the list of those to be scored; raises `Changed` where one is not on it."""
    ended = await row_count(
        tx,
        QUERIES["end_score_due"],
        annotation_ids=[answer.annotation_id for answer in answers],
    )
    if ended != len(answers):
        raise Changed


async def score_later(tx: Tx, answer: GoldAnswer) -> None:
    """Have an answer scored in the background."""
    await run(
        tx, QUERIES["score_later"], annotation_id=answer.annotation_id, task_id=answer.task_id
    )


async def gold_answers_of(
    tx: Tx, task_ids: Sequence[str], *, annotation_ids: Sequence[UUID] | None = None
) -> list[GoldAnswer]:
    """Answers to these gold tasks, all of them or those named."""
    return await many(
        tx,
        QUERIES["gold_answers"],
        GoldAnswer,
        task_ids=list(task_ids),
        annotation_ids=None if annotation_ids is None else list(annotation_ids),
    )


async def keep_gold_scores(tx: Tx, scores: Sequence[GoldScore], *, now: datetime) -> None:
    """Keep scores; one of an answer that has one replaces it."""
    if not scores:
        return
    answers = [score.answer for score in scores]
    await run(
        tx,
        QUERIES["keep_gold_scores"],
        assignment_ids=[answer.assignment_id for answer in answers],
        project_ids=[answer.project_id for answer in answers],
        task_ids=[answer.task_id for answer in answers],
        annotator_ids=[answer.annotator_id for answer in answers],
        purposes=[answer.purpose for answer in answers],
        attempts=[answer.attempt for answer in answers],
        scores=[score.score for score in scores],
        rights=[score.is_right for score in scores],
        versions=[answer.expected_version for answer in answers],
        answered=[answer.answered_at for answer in answers],
        now=now,
    )


async def void_gold_scores(tx: Tx, task_id: str) -> None:
    """Let the answers to a gold task count for nobody."""
    await run(tx, QUERIES["void_gold_scores"], task_id=task_id)


async def scored_annotators(tx: Tx, task_id: str) -> list[UUID]:
    """Whose answers to a gold task were scored, in the order of their ids."""
    return sorted(await many(tx, QUERIES["scored_annotators"], UUID, task_id=task_id))


async def gold_tally(
    tx: Tx,
    project_id: UUID,
    annotator_id: UUID,
    *,
    judged_from: datetime | None,
    counted_before: datetime,
) -> Tally:
    """Count how often someone was right on evaluation tasks of a project between two moments.

    Only whole multiples of `COUNTED_BY` answers count, the oldest first.
    """
    return await one(
        tx,
        QUERIES["gold_tally"],
        Tally,
        project_id=project_id,
        annotator_id=annotator_id,
        judged_from=judged_from or _EVER,
        counted_before=counted_before,
        counted_by=COUNTED_BY,
    )


async def course_result(
    tx: Tx, project_id: UUID, annotator_id: UUID, *, attempt: int
) -> CourseResult:
    """Say how someone did in a round of a project's course."""
    return await one(
        tx,
        QUERIES["course_result"],
        CourseResult,
        project_id=project_id,
        annotator_id=annotator_id,
        attempt=attempt,
    )
