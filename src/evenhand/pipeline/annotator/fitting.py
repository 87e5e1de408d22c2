"""The periodic refit of all that a project has learned from, by what is right by now."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from evenhand import ledger, quality
from evenhand.foundation.changed import Changed
from evenhand.foundation.database import Pool, as_tenant
from evenhand.foundation.processes import Exceeded
from evenhand.pipeline import child_processes
from evenhand.pipeline.annotator.evidence import answered_gold, past_tasks
from evenhand.pipeline.annotator.knowledge import are_alike, keep_experience
from evenhand.work import gold_tasks, skills

TASKS_A_PAGE = 200  # read at once, so that others in this process have their turn between

log: structlog.stdlib.BoundLogger = structlog.get_logger()


async def refit(pool: Pool, tenant_id: UUID, *, now: datetime) -> int:
    """Fit all tasks together in projects that have grown by a share; say in how many."""
    async with as_tenant(pool, tenant_id) as tx:
        due = await skills.projects_to_fit(tx, now=now)
    return sum([await _fitted(pool, tenant_id, project_id, now) for project_id in sorted(due)])


async def _fitted(pool: Pool, tenant_id: UUID, project_id: UUID, now: datetime) -> bool:
    try:
        return await _fit(pool, tenant_id, project_id, now)
    except Changed:
        log.warning("fit.changed", tenant_id=str(tenant_id))
        return False


async def _fit(pool: Pool, tenant_id: UUID, project_id: UUID, now: datetime) -> bool:
    async with skills.experience_claimed(
        pool, tenant_id, project_id, seconds=child_processes.CLAIM_SECONDS, now=now
    ) as busy_until:
        if busy_until is None:
            return False
        tasks, gold = await _evidence(pool, tenant_id, project_id)
        try:
            found = await child_processes.LONG.run(tenant_id, fitted_together, tasks, gold)
        except Exceeded as error:
            # What is known stays; it is tried again when the project has grown by a share.
            log.warning("fit.set_aside", tenant_id=str(tenant_id), reason=type(error).__name__)
            found = None
        async with as_tenant(pool, tenant_id) as tx:
            learned = await skills.lock_claimed(tx, project_id, busy_until)
            if found is None:
                await skills.pass_over_fit(tx, project_id, now=now)
                aside = ledger.events.SkillsFitSetAside(project_id=project_id)
                await ledger.append(tx, aside, at=now)
                return False
            # Nothing may be left of what answers had told that are judged otherwise by now.
            nothing = {str(annotator_id): quality.Record() for annotator_id in learned.fit_for}
            found = replace(found, records={**nothing, **found.records})
            fitted = skills.Learning(
                tasks=learned.tasks,
                fitted_tasks=learned.tasks,
                fitted_at=now,
                dependence=found.dependence,
                fit_for=[],
            )
            alike = are_alike([*tasks, *gold])
            await keep_experience(tx, project_id, found, fitted, alike=alike, now=now)
            done = ledger.events.SkillsFitted(project_id=project_id, tasks=learned.tasks)
            await ledger.append(tx, done, at=now)
    return True


async def _evidence(
    pool: Pool, tenant_id: UUID, project_id: UUID
) -> tuple[list[quality.PastTask[Any]], list[quality.PastTask[Any]]]:
    async with as_tenant(pool, tenant_id) as tx:
        task_ids = await skills.tasks_to_fit(tx, project_id)
        gold = answered_gold(tenant_id, await gold_tasks.gold_votes_of(tx, project_id))
    tasks: list[quality.PastTask[Any]] = []
    for begin in range(0, len(task_ids), TASKS_A_PAGE):
        async with as_tenant(pool, tenant_id) as tx:
            page = await skills.past_tasks(tx, task_ids[begin : begin + TASKS_A_PAGE])
            tasks += await past_tasks(tx, page)
    return tasks, gold


def fitted_together(
    tasks: Sequence[quality.PastTask[Any]], gold: Sequence[quality.PastTask[Any]]
) -> quality.Experience:
    """Fit choices together, those of known truth among them; others are compared one by one."""
    together = [*tasks, *gold]
    choices = [task for task in map(quality.labelled, together) if task is not None]
    rows = [
        (str(number), annotator, label)
        for number, task in enumerate(choices)
        for annotator, label in task.votes
    ]
    truths = {
        str(number): task.truth for number, task in enumerate(choices) if task.truth is not None
    }
    columns: list[list[str]] = [list(column) for column in zip(*rows, strict=True)] or [[], [], []]
    found = quality.experience_of(columns[0], columns[1], columns[2], truths=truths)
    found = replace(found, truths=_without(gold, found.truths))
    others = [task for task in together if task.kind.labels is None]
    return found.plus(quality.experience_from(others, found))


def _without(
    gold: Sequence[quality.PastTask[Any]], truths: Mapping[str, float]
) -> Mapping[str, float]:
    """Take tasks that somebody picked out of how often each label is true."""
    labels = [task.truth for task in map(quality.labelled, gold) if task is not None]
    picked = Counter(label for label in labels if label is not None)
    return {label: max(tasks - picked[label], 0.0) for label, tasks in truths.items()}
