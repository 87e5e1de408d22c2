"""A course before live work: each lesson is scored at once, and the last one decides."""

from datetime import datetime
from uuid import UUID

from evenhand import ledger, work
from evenhand.foundation.database import Tx
from evenhand.pipeline.gold import keep_scores, pause, resume


async def score_lesson(
    tx: Tx, task_id: str, annotation_id: UUID, annotator_id: UUID, *, now: datetime
) -> None:
    """Score an answer to a lesson; with the last one the course is passed, repeated or failed."""
    answers = await work.gold_answers_of(tx, [task_id], annotation_ids=[annotation_id])
    await keep_scores(tx, answers, now=now)
    for answer in answers:
        await judge_course(tx, answer.project_id, annotator_id, now=now)


async def judge_course_of(tx: Tx, task_id: str, annotator_id: UUID, *, now: datetime) -> None:
    """Look where an annotator is in the course of a lesson."""
    await judge_course(tx, await work.project_of_gold(tx, task_id), annotator_id, now=now)


async def judge_course(tx: Tx, project_id: UUID, annotator_id: UUID, *, now: datetime) -> None:
    """Look where an annotator is in a course, and let them on, back or out at its end."""
    standing = await work.lock_standing(tx, project_id, annotator_id)
    if standing.passed_at is not None:
        return
    result = await work.course_result(tx, project_id, annotator_id, attempt=standing.attempt)
    if result.lessons == 0 or result.finished < result.lessons:
        return
    policy = await work.policy_of_project(tx, project_id)
    ids = {"project_id": project_id, "annotator_id": annotator_id}
    told = {**ids, "score": round(result.score, 6), "attempt": standing.attempt + 1}
    if result.score >= policy.training_score_least:
        await work.pass_course(tx, standing, score=result.score, now=now)
        await ledger.append(tx, "training.passed", at=now, **told)
        if standing.pause_kind == "training":
            await resume(tx, standing, afresh=False, now=now)
    elif standing.pause_kind is None and standing.attempt + 1 < policy.training_attempts_max:
        await work.repeat_course(tx, standing, score=result.score)
        await ledger.append(tx, "training.repeated", at=now, **told)
    elif standing.pause_kind is None:
        await ledger.append(tx, "training.failed", at=now, **told)
        reason = (
            f"Scored {result.score:.0%} in the training, round {standing.attempt + 1} of "
            f"{policy.training_attempts_max}; the project asks for "
            f"{policy.training_score_least:.0%}."
        )
        await pause(tx, standing, "training", reason, now=now)
