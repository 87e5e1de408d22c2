"""What settled tasks tell of their annotators: added as they settle, now and then fitted anew."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import cast
from uuid import UUID

import structlog

from evenhand import quality, work
from evenhand.foundation.database import Tx
from evenhand.foundation.processes import Exceeded
from evenhand.pipeline import beside
from evenhand.pipeline.known import experience, kept
from evenhand.pipeline.unreadable import UNREADABLE
from evenhand.task_types import task_type

log: structlog.stdlib.BoundLogger = structlog.get_logger()

TASKS_AT_ONCE = 20  # learned from in the light of the same: those after them know more
TASKS_A_PAGE = 200  # read at once, so that others in this process have their turn between


async def learn(tx: Tx, *, now: datetime) -> int:
    """Add what newly settled tasks tell of their annotators, each once; say how many there were."""
    lessons: dict[UUID, list[work.PastTask]] = defaultdict(list)
    for task in await work.take_lessons(tx):
        lessons[task.project_id].append(task)
    # In the order of the key, so that two who learn never wait for each other in a circle.
    for project_id in sorted(lessons):
        learned = await work.lock_experience(tx, project_id)
        tasks = await _read(tx, lessons[project_id])
        who = sorted({annotator for task in tasks for annotator, _ in task.votes})
        found = await _known(tx, project_id, who)
        try:
            found = await beside.LONG.run(tx.tenant_id, taught, tasks, found)
        except Exceeded as error:
            # They count as learned from, or the same would be tried for ever.
            log.warning("learn.set_aside", tenant_id=str(tx.tenant_id), reason=type(error).__name__)
        learned = replace(learned, tasks=learned.tasks + len(lessons[project_id]))
        await _keep(tx, project_id, found, learned, alike=_alike(tasks), now=now)
    return sum(len(tasks) for tasks in lessons.values())


def taught(tasks: Sequence[quality.PastTask], known: quality.Experience) -> quality.Experience:
    """Add what tasks tell to what is known, a few at a time."""
    for begin in range(0, len(tasks), TASKS_AT_ONCE):
        some = tasks[begin : begin + TASKS_AT_ONCE]
        known = known.plus(quality.experience_from(some, known))
    return known


async def learn_from_gold(tx: Tx, answers: Sequence[work.GoldAnswer], *, now: datetime) -> None:
    """Add what answers to evaluation tasks tell of those who gave them; each is given once."""
    for project_id in sorted({answer.project_id for answer in answers}):
        learned = await work.lock_experience(tx, project_id)
        mine = [answer for answer in answers if answer.project_id == project_id]
        gold = _gold(tx, mine)
        who = sorted({str(answer.annotator_id) for answer in mine})
        found = await _known(tx, project_id, who)
        try:
            told = await beside.SHORT.run(tx.tenant_id, quality.experience_from_gold, gold)
            found = found.plus(told)
        except Exceeded as error:
            log.warning("learn.set_aside", tenant_id=str(tx.tenant_id), reason=type(error).__name__)
        learned = replace(learned, tasks=learned.tasks + len(mine))
        await _keep(tx, project_id, found, learned, alike=_alike(gold), now=now)


async def refit(tx: Tx, *, now: datetime) -> int:
    """Fit all tasks together in projects that have grown by a share; say in how many."""
    due = await work.projects_to_fit(tx, now=now)
    for project_id in sorted(due):
        await fit(tx, project_id, now=now)
    return len(due)


async def fit(tx: Tx, project_id: UUID, *, also: Sequence[UUID] = (), now: datetime) -> None:
    """Fit all that a project has learned from together, by what is held to be right by now.

    Nothing may be left to tell of those in `also`; then they are as little known as who is new.
    """
    learned = await work.lock_experience(tx, project_id)
    task_ids = await work.tasks_to_fit(tx, project_id)
    tasks: list[quality.PastTask] = []
    for begin in range(0, len(task_ids), TASKS_A_PAGE):
        page = await work.past_tasks(tx, task_ids[begin : begin + TASKS_A_PAGE])
        tasks += await _read(tx, page)
    gold = _gold(tx, await work.gold_votes_of(tx, project_id))
    found = await beside.LONG.run(tx.tenant_id, fitted_together, tasks, gold)
    nothing = {str(annotator_id): quality.Record() for annotator_id in also}
    found = replace(found, records={**nothing, **found.records})
    fitted = work.Learned(
        tasks=learned.tasks,
        fitted_tasks=learned.tasks,
        fitted_at=now,
        dependence=found.dependence,
    )
    await _keep(tx, project_id, found, fitted, alike=_alike([*tasks, *gold]), now=now)


async def _read(tx: Tx, tasks: Sequence[work.PastTask]) -> list[quality.PastTask]:
    votes: dict[str, list[work.Annotation]] = defaultdict(list)
    for vote in await work.annotations_of(tx, [task.task_id for task in tasks]):
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


def _past(task: work.PastTask, votes: Sequence[work.Annotation]) -> quality.PastTask:
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


def _gold(
    tx: Tx, answers: Sequence[work.GoldVote] | Sequence[work.GoldAnswer]
) -> list[quality.PastTask]:
    found: list[quality.PastTask] = []
    for answer in answers:
        kind = task_type(answer.type)
        try:
            given, truth = (
                kind.answer(answer.params, response)
                for response in (answer.response, answer.expected_response)
            )
        except UNREADABLE:
            log.exception("learn.set_aside", tenant_id=str(tx.tenant_id), task_id=answer.task_id)
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


async def _known(tx: Tx, project_id: UUID, who: Sequence[str]) -> quality.Experience:
    for found in await work.experiences(tx, [project_id], [UUID(one) for one in who]):
        return experience(found)
    return quality.Experience()


def fitted_together(
    tasks: Sequence[quality.PastTask], gold: Sequence[quality.PastTask]
) -> quality.Experience:
    """Fit choices together, those of known truth among them; others are compared one by one."""
    together = [*tasks, *gold]
    choices = [task for task in together if task.kind == "choice"]
    rows = [
        (str(number), annotator, str(answer))
        for number, task in enumerate(choices)
        for annotator, answer in task.votes
    ]
    truths = {
        str(number): str(task.truth)
        for number, task in enumerate(choices)
        if task.truth is not None
    }
    columns: list[list[str]] = [list(column) for column in zip(*rows, strict=True)] or [[], [], []]
    found = quality.experience_of(columns[0], columns[1], columns[2], truths=truths)
    found = replace(found, truths=_without(gold, found.truths))
    others = [task for task in together if task.kind != "choice"]
    return found.plus(quality.experience_from(others, found))


def _without(gold: Sequence[quality.PastTask], truths: Mapping[str, float]) -> Mapping[str, float]:
    """Take tasks that somebody picked out of how often each label is true."""
    picked = Counter(str(task.truth) for task in gold if task.kind == "choice")
    return {label: max(tasks - picked[label], 0.0) for label, tasks in truths.items()}


def _alike(tasks: Sequence[quality.PastTask]) -> bool:
    """Say whether the answers of a project are more or less alike, rather than right or wrong."""
    return bool(tasks) and all(task.kind != "choice" for task in tasks)


async def _keep(
    tx: Tx,
    project_id: UUID,
    found: quality.Experience,
    learned: work.Learned,
    *,
    alike: bool,
    now: datetime,
) -> None:
    await work.keep_experience(
        tx,
        project_id,
        learned,
        usual=kept(found.usual),
        truths={label: round(tasks, 3) for label, tasks in found.truths.items()},
    )
    skills: list[work.Skill] = []
    for name, record in sorted(found.records.items()):
        skill = quality.skill(record, found.usual, alike=alike)
        skills.append(
            work.Skill(
                annotator_id=UUID(name),
                accuracy=skill.accuracy,
                lower=skill.lower,
                upper=skill.upper,
                tasks=skill.votes,
                record=kept(record),
            )
        )
    await work.keep_skills(tx, project_id, skills, now=now)
    await work.mark_experience(tx, project_id)
