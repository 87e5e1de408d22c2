"""The life of a task, in order. Start reading here.

submit -> dispatch -> annotate -> assess -> deliver

Each step is one transaction of one tenant. It changes state, writes the
ledger and asks for the next step: all of it happens, or none.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import assert_never
from uuid import UUID

import msgspec

from evenhand import delivery, ledger, quality, work, workforce
from evenhand.foundation.database import Pool, Tx, as_tenant_on
from evenhand.task_types import task_type


async def dispatch(
    pool: Pool, annotator: workforce.Annotator, *, now: datetime
) -> tuple[UUID, work.Assignment] | None:
    """Lend the annotator the next task of whichever tenant's turn it is, and say whose it is."""
    async with pool.connection() as connection:
        seen = await work.queues_for(
            connection, annotator.annotator_id, reviewer=annotator.reviewer
        )
        if seen.held >= work.HELD_MAX:
            raise work.TooManyHeld(held=seen.held, held_max=work.HELD_MAX)
        for turn in work.turns(seen.queues):
            async with as_tenant_on(connection, seen.tenant_ids[turn.index]) as tx:
                lent = await work.lease_next(
                    tx, annotator.annotator_id, reviewer=annotator.reviewer, turn=turn, now=now
                )
                if lent is None:
                    continue
                await ledger.append(
                    tx,
                    "assignment.leased",
                    at=now,
                    task_id=lent.task_id,
                    assignment_id=lent.assignment_id,
                    annotator_id=annotator.annotator_id,
                )
            return tx.tenant_id, lent
    return None


async def annotate(
    tx: Tx,
    assignment_id: UUID,
    *,
    annotator_id: UUID,
    annotation_id: UUID,
    response: Mapping[str, object],
    active_ms: int,
    now: datetime,
) -> None:
    """Accept an annotation and have its task assessed; a repeat changes nothing."""
    found = await work.submission(tx, assignment_id)
    if work.is_repeat(found, annotator_id, annotation_id):
        return
    checked = task_type(found.type).check_response(found.params, response)
    await work.accept_annotation(
        tx,
        found,
        annotator_id=annotator_id,
        annotation_id=annotation_id,
        response=checked,
        active_ms=active_ms,
        now=now,
    )
    await ledger.append(
        tx,
        "annotation.accepted",
        at=now,
        task_id=found.task_id,
        assignment_id=assignment_id,
        annotation_id=annotation_id,
        annotator_id=annotator_id,
    )


async def skip(
    tx: Tx, assignment_id: UUID, *, annotator_id: UUID, reason: str, now: datetime
) -> None:
    """Take an assignment back from an annotator who cannot do it and offer it to others."""
    task_id = await work.skip(tx, assignment_id, annotator_id, reason=reason, now=now)
    await ledger.append(
        tx,
        "assignment.skipped",
        at=now,
        task_id=task_id,
        assignment_id=assignment_id,
        annotator_id=annotator_id,
    )


async def expire(tx: Tx, *, now: datetime) -> int:
    """Return overdue assignments to the queue and say how many there were."""
    overdue = await work.expire_leases(tx, now=now)
    await ledger.append_many(
        tx,
        [
            ("assignment.expired", {"task_id": task_id, "assignment_id": assignment_id})
            for assignment_id, task_id in overdue
        ],
        at=now,
    )
    return len(overdue)


async def assess(tx: Tx, *, now: datetime) -> int:
    """Settle annotated tasks, or ask for more; say how many annotated tasks were looked at."""
    tasks = await work.take_annotated(tx)
    # With annotations still to come, the last of them brings the task back here.
    ready = [t for t in tasks if t.stage in ("open", "review") and t.outstanding == 0]
    if not ready:
        return len(tasks)
    votes: dict[str, list[work.Annotation]] = defaultdict(list)
    for annotation in await work.annotations_of(tx, [task.task_id for task in ready]):
        votes[annotation.task_id].append(annotation)
    skills = await _skills(tx, ready)
    outcomes: list[work.Outcome] = []
    wanted: dict[str, int] = {}
    doubtful: dict[str, int] = {}
    for task in ready:
        match _verdict(task, votes[task.task_id], skills.get(task.project_id, {})):
            case work.Outcome() as outcome:
                outcomes.append(outcome)
            case quality.WantMore(annotations=count):
                wanted[task.task_id] = count
            case quality.NeedsReview():
                doubtful[task.task_id] = 1
            case other:
                assert_never(other)
    await work.want_more(tx, wanted)
    await work.want_more(tx, doubtful, review=True)
    await work.send_to_review(tx, list(doubtful), now=now)
    await _settle(tx, [t for t in ready if t.task_id in {o.task_id for o in outcomes}], outcomes, now)
    return len(tasks)


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
        case quality.Settled(answer, confidence, agreement, method):
            responses = [vote.response for vote in votes]
            return work.Outcome(
                task_id=task.task_id,
                response=kind.deliverable(task.params, answer, responses),
                confidence=confidence,
                agreement=agreement if len(votes) > 1 else None,
                method=method,
                annotations=len(votes),
            )
        case quality.WantMore() | quality.NeedsReview():
            return verdict
        case other:
            assert_never(other)


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


async def _settle(
    tx: Tx,
    tasks: Sequence[work.AnnotatedTask],
    outcomes: Sequence[work.Outcome],
    now: datetime,
) -> None:
    await work.settle_all(tx, outcomes, now=now)
    await ledger.append_many(
        tx,
        [
            ("task.settled", {"task_id": outcome.task_id, "annotations": outcome.annotations})
            for outcome in outcomes
        ],
        at=now,
    )
    for task in tasks:
        if task.callback_url is not None:
            await delivery.open_callback(tx, task_id=task.task_id, url=task.callback_url, now=now)
    await complete_batches(tx, {task.batch_id for task in tasks if task.batch_id}, now=now)


async def complete_batches(tx: Tx, batch_ids: set[UUID], *, now: datetime) -> None:
    """Close the batches whose last task is done, and call back for them."""
    for batch in await work.complete_batches(tx, sorted(batch_ids), now=now):
        await ledger.append(tx, "batch.completed", at=now, batch_id=batch.batch_id)
        if batch.callback is not None:
            await delivery.open_callback(tx, batch_id=batch.batch_id, url=batch.callback, now=now)


async def refit(tx: Tx, *, now: datetime) -> int:
    """Estimate annotators' skill anew where something was settled; say in how many projects."""
    projects = await work.projects_to_refit(tx)
    for project_id in projects:
        choices: list[tuple[str, str, str]] = []
        for vote in await work.votes_of(tx, project_id):
            kind = task_type(vote.type)
            if kind.answer_kind(vote.params) == "choice":
                answer = str(kind.answer(vote.params, vote.response))
                choices.append((vote.task_id, str(vote.annotator_id), answer))
        if not choices:
            continue
        fitted = quality.skills_from_votes(*zip(*choices, strict=True))
        await work.keep_skills(
            tx,
            [
                work.Skill(
                    project_id=project_id,
                    annotator_id=UUID(annotator_id),
                    accuracy=skill.accuracy,
                    lower=skill.lower,
                    upper=skill.upper,
                    tasks=skill.votes,
                )
                for annotator_id, skill in fitted.items()
            ],
            now=now,
        )
    return len(projects)
