"""Training courses before live work: the last lesson decides whether a course is passed."""

from datetime import datetime
from uuid import UUID

from evenhand import ledger
from evenhand.foundation.database import Tx
from evenhand.ledger import events
from evenhand.pipeline.annotator.likeness import is_light, keep_scores, scores_of
from evenhand.pipeline.annotator.standings import pause, resume
from evenhand.work import gold_tasks, projects, qualification


async def score_lesson(
    tx: Tx, task_id: str, annotation_id: UUID, annotator_id: UUID, *, now: datetime
) -> None:
    """Score an answer to a lesson; with the last one the course is passed, repeated or failed.

    One that takes long to compare is scored in the background.
    """
    for answer in await gold_tasks.gold_answers_of(tx, [task_id], annotation_ids=[annotation_id]):
        if not is_light(answer):
            await gold_tasks.score_later(tx, answer)
            continue
        await keep_scores(tx, await scores_of(tx.tenant_id, [answer]), now=now)
        await judge_course(tx, answer.project_id, annotator_id, now=now)


async def judge_course_of(tx: Tx, task_id: str, annotator_id: UUID, *, now: datetime) -> None:
    """Look where an annotator is in the course of a lesson."""
    await judge_course(tx, await gold_tasks.project_of_gold(tx, task_id), annotator_id, now=now)


async def judge_course(tx: Tx, project_id: UUID, annotator_id: UUID, *, now: datetime) -> None:
    """Look where an annotator is in a course, and let them on, back or out at its end."""
    standing = await qualification.lock_standing(tx, project_id, annotator_id)
    if standing.passed_at is not None:
        return
    # An earlier round may turn out to have been good enough, when a contest is upheld.
    rounds = [
        await gold_tasks.course_result(tx, project_id, annotator_id, attempt=attempt)
        for attempt in range(standing.attempt + 1)
    ]
    policy = await projects.policy_of_project(tx, project_id)
    scores = [one.score for one in rounds if 0 < one.lessons == one.finished]
    if max(scores, default=-1.0) >= policy.training_score_least:
        await _pass(tx, standing, max(scores), now)
    elif rounds[-1].lessons == 0 and standing.pause_kind == "training":
        # The course that kept them out is no more.
        await resume(tx, standing, afresh=False, now=now)
    elif 0 < rounds[-1].lessons == rounds[-1].finished and standing.pause_kind is None:
        await _repeat_or_end(tx, standing, policy, rounds[-1].score, now)
    elif (
        0 < rounds[-1].lessons == rounds[-1].finished
        and standing.pause_kind == "training"
        and standing.attempt + 1 < policy.training_attempts_max
    ):
        # The policy allows another round by now.
        await _repeat_or_end(tx, standing, policy, rounds[-1].score, now)
        await resume(tx, standing, afresh=False, now=now)


async def _pass(tx: Tx, standing: qualification.Standing, score: float, now: datetime) -> None:
    await qualification.pass_course(tx, standing, score=score, now=now)
    await _enter(tx, events.TrainingPassed, standing, score, now)
    if standing.pause_kind == "training":
        await resume(tx, standing, afresh=False, now=now)


async def _repeat_or_end(
    tx: Tx,
    standing: qualification.Standing,
    policy: projects.Policy,
    score: float,
    now: datetime,
) -> None:
    if standing.attempt + 1 < policy.training_attempts_max:
        await qualification.repeat_course(tx, standing, score=score)
        await _enter(tx, events.TrainingRepeated, standing, score, now)
        return
    await _enter(tx, events.TrainingFailed, standing, score, now)
    reason = (
        f"Scored {score:.0%} in the training, round {standing.attempt + 1} of "
        f"{policy.training_attempts_max}; the project asks for {policy.training_score_least:.0%}."
    )
    await pause(tx, standing, "training", reason, now=now)


async def _enter(
    tx: Tx,
    outcome: type[events.TrainingPassed | events.TrainingRepeated | events.TrainingFailed],
    standing: qualification.Standing,
    score: float,
    now: datetime,
) -> None:
    ended = outcome(
        project_id=standing.project_id,
        annotator_id=standing.annotator_id,
        score=round(score, 6),
        round=standing.attempt + 1,
    )
    await ledger.append(tx, ended, at=now)
