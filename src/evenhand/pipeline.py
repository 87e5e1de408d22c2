"""The life of a task, in order. Start reading here.

submit -> dispatch -> annotate -> assess -> deliver

Each step is one transaction of one tenant. It changes state, writes the
ledger and asks for the next step: all of it happens, or none.
"""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import assert_never
from uuid import UUID, uuid4

import msgspec
import structlog
from psycopg import OperationalError

from evenhand import datasets, delivery, ledger, quality, tenants, work, workforce
from evenhand.foundation.database import Connection, Pool, Tx, as_tenant, as_tenant_on
from evenhand.foundation.errors import Invalid, TooLarge
from evenhand.foundation.jobs import enqueue_many
from evenhand.foundation.outgoing import Outgoing
from evenhand.foundation.secret import Secret
from evenhand.task_types import task_type

# An annotator who asks twice at once may draw two slots of one task; the loser draws again.
RACES_MAX = 5

log: structlog.stdlib.BoundLogger = structlog.get_logger()


async def submit(tx: Tx, order: work.Order, *, now: datetime) -> work.Task:
    """Open a task to annotators, once what it shows is at hand; a test task is settled at once."""
    (entry,), answered = await _entered(tx, [order], now)
    match entry:
        case work.Opened():
            return answered.get(entry.opening.task_id) or entry.task()
        case work.Existing():
            raise work.taken(entry.unique_id, entry.task_id)
        case work.Refused():
            raise entry.error


async def submit_many(tx: Tx, orders: Sequence[work.Order], *, now: datetime) -> list[work.Entry]:
    """Open what can be opened, and say of each order what became of it, in their order."""
    entries, _ = await _entered(tx, orders, now)
    return entries


async def _entered(
    tx: Tx, orders: Sequence[work.Order], now: datetime
) -> tuple[list[work.Entry], dict[str, work.Task]]:
    entries = await work.enter(tx, await work.admit(tx, orders, now=now), now=now)
    opened = [entry for entry in entries if isinstance(entry, work.Opened)]
    task_ids = [entry.opening.task_id for entry in opened]
    waiting = [entry.opening.task_id for entry in opened if entry.opening.stage == "preparing"]
    if waiting:
        await enqueue_many(tx, "prepare", [{"task_id": task_id} for task_id in waiting])
    if len(task_ids) == 1:
        await ledger.append(tx, "task.submitted", at=now, task_id=task_ids[0])
    elif task_ids:
        # One entry for all: whoever has the ids can show that they are the ones meant.
        digest = hashlib.sha256("\n".join(task_ids).encode()).hexdigest()
        await ledger.append(tx, "tasks.submitted", at=now, count=len(task_ids), sha256=digest)
    tests = [entry.task() for entry in opened if entry.opening.new.is_test]
    return entries, await _answer_tests(tx, tests, now=now)


async def _answer_tests(
    tx: Tx, tasks: Sequence[work.Task], *, now: datetime
) -> dict[str, work.Task]:
    """Settle test tasks with their types' canned responses, so that an integration can be tried."""
    if not tasks:
        return {}
    responses = {task.task_id: task_type(task.type).canned_response(task.params) for task in tasks}
    await work.settle_all(
        tx,
        [
            work.Outcome(
                task_id=task_id,
                response=response,
                confidence=None,
                agreement=None,
                method="canned",
                annotations=0,
            )
            for task_id, response in responses.items()
        ],
        now=now,
    )
    default_url = (await tenants.tenant_of(tx)).callback_url
    for task in tasks:
        url = task.callback_url or default_url
        if url is not None:
            await delivery.open_callback(tx, task_id=task.task_id, url=url, now=now)
    return {
        task.task_id: replace(
            task,
            status="completed",
            stage="closed",
            response=responses[task.task_id],
            callback_succeeded=True,
            completed_at=now,
        )
        for task in tasks
    }


async def prepare(
    pool: Pool,
    storage: datasets.Storage,
    way_out: Outgoing,
    *,
    tenant_id: UUID,
    task_id: str,
    now: datetime,
) -> None:
    """Fetch what a task shows and offer it; what cannot be fetched ends the task in error."""
    async with as_tenant(pool, tenant_id) as tx:
        waiting = await work.unfetched(tx, task_id)
    for url, is_test in waiting:
        new = datasets.NewFile(file_id=uuid4(), is_test=is_test, source_url=url)
        try:
            file = await datasets.import_url(pool, tenant_id, storage, way_out, new, now=now)
        except (Invalid, TooLarge) as problem:
            async with as_tenant(pool, tenant_id) as tx:
                await _fail(tx, task_id, f"The attachment {url} failed: {problem.message}", now=now)
            return
        async with as_tenant(pool, tenant_id) as tx:
            await work.link_fetched(tx, task_id, url, file.file_id)
    async with as_tenant(pool, tenant_id) as tx:
        if await work.open_prepared(tx, task_id, now=now):
            await ledger.append(tx, "task.prepared", at=now, task_id=task_id)


async def _fail(tx: Tx, task_id: str, problem: str, *, now: datetime) -> None:
    task = await work.fail_task(tx, task_id, problem, now=now)
    if task is None:
        return
    await ledger.append(tx, "task.failed", at=now, task_id=task_id)
    url = task.callback_url or (await tenants.tenant_of(tx)).callback_url
    if url is not None:
        await delivery.open_callback(tx, task_id=task_id, url=url, event="task.error", now=now)
    if task.batch_id is not None:
        await complete_batches(tx, {task.batch_id}, now=now)


async def cancel(
    tx: Tx, task_id: str, *, is_test: bool, clear_unique_id: bool, now: datetime
) -> work.Task:
    """Withdraw a task on which no work has begun; to do so twice is to do so once."""
    canceled = await work.cancel_task(
        tx, task_id, is_test=is_test, clear_unique_id=clear_unique_id, now=now
    )
    task = await work.task_of(tx, task_id, is_test=is_test)
    if canceled:
        await ledger.append(tx, "task.canceled", at=now, task_id=task_id)
        if task.batch_id is not None:
            await complete_batches(tx, {task.batch_id}, now=now)
    return task


async def finalize_batch(tx: Tx, name: str, *, is_test: bool, now: datetime) -> work.Batch:
    """Let work on a batch begin and take no more tasks; with nothing to do it is complete."""
    batch = await work.finalize_batch(tx, name, is_test=is_test, now=now)
    await ledger.append(tx, "batch.finalized", at=now, batch_id=batch.batch_id)
    await complete_batches(tx, {batch.batch_id}, now=now)
    return batch


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
            tenant_id = seen.tenant_ids[turn.index]
            for _ in range(RACES_MAX):
                with suppress(work.DrawnTwice):
                    lent = await _lend(connection, tenant_id, annotator, turn, now)
                    break
            else:
                continue
            if lent is not None:
                return tenant_id, lent
    return None


async def _lend(
    connection: Connection,
    tenant_id: UUID,
    annotator: workforce.Annotator,
    turn: work.Turn,
    now: datetime,
) -> work.Assignment | None:
    async with as_tenant_on(connection, tenant_id, by_key=True) as tx:
        lent = await work.lease_next(
            tx, annotator.annotator_id, reviewer=annotator.reviewer, turn=turn, now=now
        )
        if lent is not None:
            await ledger.append(
                tx,
                "assignment.leased",
                at=now,
                task_id=lent.task_id,
                assignment_id=lent.assignment_id,
                annotator_id=annotator.annotator_id,
            )
    return lent


async def annotate(
    tx: Tx,
    assignment_id: UUID,
    new: work.NewAnnotation,
    *,
    lent: work.Submission | None = None,
    now: datetime,
) -> None:
    """Accept an annotation and have its task assessed; a repeat changes nothing.

    `lent` is the assignment as it was lent, where that is remembered, and spares a look.
    """
    found = lent or await work.submission(tx, assignment_id)
    if work.is_repeat(found, new):
        return
    checked = task_type(found.type).check_response(found.params, new.response)
    try:
        await work.accept_annotation(tx, found, replace(new, response=checked), now=now)
    except work.LeaseLost:
        # Two requests raced, or things have changed since it was lent: look how they stand.
        if work.is_repeat(await work.submission(tx, assignment_id), new):
            return
        raise
    await ledger.append(
        tx,
        "annotation.accepted",
        at=now,
        task_id=found.task_id,
        assignment_id=assignment_id,
        annotation_id=new.annotation_id,
        annotator_id=new.annotator_id,
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
    try:
        async with tx.connection.transaction():
            await _weigh(tx, ready, now=now)
    except OperationalError:
        # The database's trouble and no task's: all of them are still due.
        raise
    except Exception:
        log.exception("assess.failed", tenant_id=str(tx.tenant_id), tasks=len(ready))
        await _weigh_one_by_one(tx, ready, now=now)
    return len(tasks)


async def _weigh_one_by_one(tx: Tx, tasks: Sequence[work.AnnotatedTask], *, now: datetime) -> None:
    """Weigh each task by itself, and give a reviewer the one on which the judge stumbles."""
    for task in tasks:
        try:
            async with tx.connection.transaction():
                await _weigh(tx, [task], now=now)
        except OperationalError:
            raise
        except Exception:
            log.exception("assess.set_aside", tenant_id=str(tx.tenant_id), task_id=task.task_id)
            await _review(tx, [task.task_id], now=now)


async def _weigh(tx: Tx, tasks: Sequence[work.AnnotatedTask], *, now: datetime) -> None:
    votes: dict[str, list[work.Annotation]] = defaultdict(list)
    for annotation in await work.annotations_of(tx, [task.task_id for task in tasks]):
        votes[annotation.task_id].append(annotation)
    skills = await _skills(tx, tasks)
    outcomes: dict[str, work.Outcome] = {}
    wanted: dict[str, int] = {}
    doubtful: list[str] = []
    for task in tasks:
        verdict = _verdict(task, votes[task.task_id], skills.get(task.project_id, {}))
        match verdict:
            case work.Outcome() as outcome:
                outcomes[task.task_id] = outcome
            case quality.WantMore(annotations=count):
                wanted[task.task_id] = count
            case quality.NeedsReview():
                doubtful.append(task.task_id)
            case _:
                assert_never(verdict)
    await work.want_more(tx, wanted)
    await _review(tx, doubtful, now=now)
    await _settle(
        tx, [task for task in tasks if task.task_id in outcomes], list(outcomes.values()), now
    )


async def _review(tx: Tx, task_ids: Sequence[str], *, now: datetime) -> None:
    await work.want_more(tx, dict.fromkeys(task_ids, 1), review=True)
    await work.send_to_review(tx, task_ids, now=now)


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
        case quality.Settled():
            responses = [vote.response for vote in votes]
            return work.Outcome(
                task_id=task.task_id,
                response=kind.deliverable(task.params, verdict.answer, responses),
                confidence=verdict.confidence,
                agreement=verdict.agreement,
                method=verdict.method,
                annotations=len(votes),
            )
        case quality.WantMore() | quality.NeedsReview():
            return verdict
        case _:
            assert_never(verdict)


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
    default = (await tenants.tenant_of(tx)).callback_url if outcomes else None
    for task in tasks:
        url = task.callback_url or default
        if url is not None:
            await delivery.open_callback(tx, task_id=task.task_id, url=url, now=now)
    await complete_batches(tx, {task.batch_id for task in tasks if task.batch_id}, now=now)


async def complete_batches(tx: Tx, batch_ids: set[UUID], *, now: datetime) -> None:
    """Close the batches whose last task is done, and call back for them."""
    for batch in await work.complete_batches(tx, sorted(batch_ids), now=now):
        await ledger.append(tx, "batch.completed", at=now, batch_id=batch.batch_id)
        if batch.callback is not None:
            await delivery.open_callback(tx, batch_id=batch.batch_id, url=batch.callback, now=now)


async def deliver(
    pool: Pool,
    secret: Secret,
    way_out: Outgoing,
    *,
    tenant_id: UUID,
    callback_id: UUID,
    now: datetime,
) -> None:
    """Send a callback that is due and record how it went; what failed is asked for again."""
    await delivery.attempt(pool, secret, way_out, tenant_id, callback_id, now=now)


async def refit(tx: Tx, *, since: datetime, now: datetime) -> int:
    """Estimate skill anew where something was settled since then; say in how many projects."""
    projects = await work.projects_to_refit(tx, since=since)
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
