"""Incremental learning about annotators, from newly settled tasks and answers to gold tasks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from evenhand import ledger, quality
from evenhand.foundation.changed import Changed
from evenhand.foundation.database import Pool, Tx, as_tenant
from evenhand.foundation.processes import Exceeded
from evenhand.pipeline import child_processes
from evenhand.pipeline.annotator.evidence import answered_gold, past_tasks
from evenhand.pipeline.annotator.knowledge import are_alike, experience, keep_experience
from evenhand.work import gold_tasks, skills

TASKS_AT_ONCE = 20  # learned from in the light of the same: those after them know more

log: structlog.stdlib.BoundLogger = structlog.get_logger()


async def learn(pool: Pool, tenant_id: UUID, *, now: datetime) -> int:
    """Add what newly settled tasks tell of their annotators, each once; say how many there were."""
    async with as_tenant(pool, tenant_id) as tx:
        due = await skills.projects_to_learn(tx, now=now)
    return sum([await _learned_of(pool, tenant_id, project_id, now) for project_id in due])


async def _learned_of(pool: Pool, tenant_id: UUID, project_id: UUID, now: datetime) -> int:
    try:
        return await _learn_of(pool, tenant_id, project_id, now)
    except Changed:
        # It took longer than the claim, and the lessons are still due.
        log.warning("learn.changed", tenant_id=str(tenant_id))
        return 0


async def _learn_of(pool: Pool, tenant_id: UUID, project_id: UUID, now: datetime) -> int:
    async with skills.experience_claimed(
        pool, tenant_id, project_id, seconds=child_processes.CLAIM_SECONDS, now=now
    ) as busy_until:
        if busy_until is None:
            return 0
        async with as_tenant(pool, tenant_id) as tx:
            lessons = await skills.tasks_to_learn(tx, project_id)
            tasks = await past_tasks(tx, lessons)
            who = sorted({annotator for task in tasks for annotator, _ in task.votes})
            found = await _known(tx, project_id, who)
        try:
            found = await child_processes.LONG.run(tenant_id, taught, tasks, found)
        except Exceeded as error:
            # They count as learned from, or the same would be tried for ever.
            log.warning("learn.set_aside", tenant_id=str(tenant_id), reason=type(error).__name__)
        async with as_tenant(pool, tenant_id) as tx:
            learned = await skills.lock_claimed(tx, project_id, busy_until)
            await skills.end_learning(tx, [lesson.task_id for lesson in lessons])
            learned = replace(learned, tasks=learned.tasks + len(lessons))
            alike = are_alike(tasks)
            await keep_experience(tx, project_id, found, learned, alike=alike, now=now)
            added = ledger.events.SkillsLearned(project_id=project_id, tasks=len(lessons))
            await ledger.append(tx, added, at=now)
    return len(lessons)


def taught(tasks: Sequence[quality.PastTask[Any]], known: quality.Experience) -> quality.Experience:
    """Add what tasks tell to what is known, a few at a time."""
    for begin in range(0, len(tasks), TASKS_AT_ONCE):
        some = tasks[begin : begin + TASKS_AT_ONCE]
        known = known.plus(quality.experience_from(some, known))
    return known


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What answers to evaluation tasks of one project tell of those who gave them."""

    answers: int
    whose: Sequence[str]
    alike: bool
    experience: quality.Experience


async def told_by_gold(
    tenant_id: UUID, answers: Sequence[gold_tasks.GoldAnswer]
) -> Mapping[UUID, Told]:
    """Say for each project what answers tell, outside of any transaction."""
    return {
        project_id: await _told_by(
            tenant_id, [answer for answer in answers if answer.project_id == project_id]
        )
        for project_id in sorted({answer.project_id for answer in answers})
    }


async def _told_by(tenant_id: UUID, answers: Sequence[gold_tasks.GoldAnswer]) -> Told:
    gold = answered_gold(tenant_id, answers)
    found = quality.Experience()
    try:
        found = await child_processes.SHORT.run(tenant_id, quality.experience_from_gold, gold)
    except Exceeded as error:
        log.warning("learn.set_aside", tenant_id=str(tenant_id), reason=type(error).__name__)
    return Told(
        answers=len(answers),
        whose=sorted({str(answer.annotator_id) for answer in answers}),
        alike=are_alike(gold),
        experience=found,
    )


async def learn_from_gold(tx: Tx, told: Mapping[UUID, Told], *, now: datetime) -> None:
    """Add what answers to evaluation tasks tell.

    Raises `work.Changed` while one of the projects is fitted.
    """
    # In the order of the key, so that two who learn never wait for each other in a circle.
    for project_id, one in sorted(told.items()):
        learned = await skills.lock_experience(tx, project_id, now=now)
        found = (await _known(tx, project_id, one.whose)).plus(one.experience)
        learned = replace(learned, tasks=learned.tasks + one.answers)
        await keep_experience(tx, project_id, found, learned, alike=one.alike, now=now)


async def _known(tx: Tx, project_id: UUID, who: Sequence[str]) -> quality.Experience:
    for found in await skills.experiences(tx, [project_id], [UUID(one) for one in who]):
        return experience(found)
    return quality.Experience()
