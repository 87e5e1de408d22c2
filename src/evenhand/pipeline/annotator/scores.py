"""Answers to gold tasks are scored in the background, so none is taken slower than a live one.

An answer to a lesson is scored at once where that is light, so that its annotator can be told.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from evenhand import ledger
from evenhand.foundation.changed import Changed
from evenhand.foundation.database import Pool, Tx, as_tenant
from evenhand.ledger import events
from evenhand.pipeline.annotator.courses import judge_course
from evenhand.pipeline.annotator.learning import learn_from_gold, told_by_gold
from evenhand.pipeline.annotator.likeness import keep_scores, scores_of
from evenhand.pipeline.annotator.standings import after_this_hour
from evenhand.work import gold_tasks, projects, qualification


async def score(pool: Pool, tenant_id: UUID, *, now: datetime) -> int:
    """Score answers to gold tasks and learn from them; say how many there were.

    Whom evaluation tasks show to err too often is paused after the hour: sooner would tell which
    task it was.
    """
    async with as_tenant(pool, tenant_id) as tx:
        answers = await gold_tasks.answers_to_score(tx, now=now)
    if not answers:
        return 0
    hidden = [answer for answer in answers if answer.purpose == "evaluation"]
    scores = await scores_of(tenant_id, answers)
    told = await told_by_gold(tenant_id, hidden)
    try:
        async with as_tenant(pool, tenant_id, by_key=True) as tx:
            await gold_tasks.end_scoring(tx, answers)
            await keep_scores(tx, scores, now=now)
            await _tell_unscored(tx, answers, scores, now=now)
            await _judge_later(tx, hidden, now=now)
            await learn_from_gold(tx, told, now=now)
            for answer in answers:
                if answer.purpose == "training":
                    await judge_course(tx, answer.project_id, answer.annotator_id, now=now)
    except Changed:
        # Another worker was first, or the project is being fitted: what is due is still due.
        return 0
    return len(answers)


async def _tell_unscored(
    tx: Tx,
    answers: Sequence[gold_tasks.GoldAnswer],
    scores: Sequence[gold_tasks.GoldScore],
    *,
    now: datetime,
) -> None:
    scored = {score.answer.assignment_id for score in scores}
    unscored = [
        events.GoldUnscored(
            task_id=answer.task_id,
            assignment_id=answer.assignment_id,
            annotator_id=answer.annotator_id,
        )
        for answer in answers
        if answer.assignment_id not in scored
    ]
    await ledger.append_many(tx, unscored, at=now)


async def _judge_later(tx: Tx, answers: Sequence[gold_tasks.GoldAnswer], *, now: datetime) -> None:
    whose = sorted({(answer.project_id, answer.annotator_id) for answer in answers})
    policies = {
        project_id: await projects.policy_of_project(tx, project_id)
        for project_id in {project_id for project_id, _ in whose}
    }
    due = [one for one in whose if policies[one[0]].gold_accuracy_least is not None]
    if due:
        await qualification.judge_later(tx, due, judge_at=after_this_hour(now))
