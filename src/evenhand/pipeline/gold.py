"""Gold tasks: made, retired, and what answers to them say of annotators.

An answer to an evaluation task is scored in the background, so that it is taken no slower than
one to a live task; one to a lesson at once, so that its annotator can be told. Neither is ever
weighed for a response, called back for or exported.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import structlog

from evenhand import ledger, quality, work
from evenhand.foundation.database import Tx
from evenhand.foundation.processes import Exceeded
from evenhand.pipeline import beside
from evenhand.pipeline.refit import learn_from_gold
from evenhand.pipeline.unreadable import UNREADABLE
from evenhand.quality.share import share_interval
from evenhand.task_types import InvalidParams, InvalidResponse, task_type

# As like the expected response as two careful people are to each other; a choice is like or not.
RIGHT_FROM = 0.8
# After the hour whose answers are judged, by when the last of them are scored.
SETTLED_AFTER = timedelta(minutes=1)

log: structlog.stdlib.BoundLogger = structlog.get_logger()


async def add_gold(
    tx: Tx,
    order: work.Order,
    expected: Mapping[str, object],
    *,
    initial: Mapping[str, object] | None = None,
    now: datetime,
) -> work.Gold:
    """Open a task whose response is known, once what it shows is at hand."""
    assert order.purpose != "live", "a live task is submitted"
    (admission,) = await work.admit(tx, [await _in_project(tx, order)], now=now)
    if isinstance(admission, work.Refused):
        raise admission.error
    project_id = admission.placement.project_id
    assert project_id is not None, "it was put into a project above"
    opening = admission.opening
    params = opening.new.params
    new = work.NewGold(
        purpose=order.purpose,
        project_id=project_id,
        expected_response=proven_response(order.type, params, expected, "expected_response"),
        initial_response=(
            None
            if initial is None
            else proven_response(order.type, params, initial, "initial_response")
        ),
    )
    (entry,) = await work.enter(tx, [admission], now=now)
    match entry:
        case work.Existing():
            raise work.taken(entry.unique_id, entry.task_id)
        case work.Refused():
            raise entry.error
        case work.Opened():
            pass
    return await _keep(tx, opening.task_id, new, is_test=order.is_test, now=now)


async def _in_project(tx: Tx, order: work.Order) -> work.Order:
    # A batch tells which project is meant; a task that nobody waits for is no part of it.
    project = order.wanted.project
    if order.wanted.batch is not None:
        batch = await work.batch_of(tx, order.wanted.batch, is_test=order.is_test)
        project = project or batch.project
    if project is None:
        raise InvalidParams(
            "is missing", at="project", mend="Send the name of the project that it is for."
        )
    wanted = msgspec.structs.replace(order.wanted, project=project, batch=None)
    return msgspec.structs.replace(order, wanted=wanted)


def proven_response(
    type_name: str, params: Mapping[str, Any], response: Mapping[str, object], at: str
) -> dict[str, object]:
    """Prove a response that a customer sends to be one that the task can have."""
    try:
        return task_type(type_name).check_response(params, response)
    except InvalidResponse as error:
        where = f"{at}.{error.at}" if error.at else at
        raise InvalidParams(error.problem, at=where, mend=error.mend) from error


async def _keep(
    tx: Tx, task_id: str, new: work.NewGold, *, is_test: bool, now: datetime
) -> work.Gold:
    await work.keep_gold(tx, task_id, new, now=now)
    await ledger.append(
        tx,
        "gold.added",
        at=now,
        task_id=task_id,
        project_id=new.project_id,
        purpose=new.purpose,
    )
    return await work.gold_of(tx, task_id, is_test=is_test)


async def gold_from_task(
    tx: Tx,
    task_id: str,
    purpose: work.GoldPurpose,
    *,
    is_test: bool,
    expected: Mapping[str, object] | None = None,
    now: datetime,
) -> work.Gold:
    """Copy a settled task of a project into a gold task; its response is the expected one.

    Nobody who has had the task is given the copy.
    """
    source = await work.settled_source(tx, task_id, is_test=is_test)
    wanted = source.response if expected is None else expected
    new = work.NewGold(
        purpose=purpose,
        project_id=source.project_id,
        expected_response=proven_response(source.type, source.params, wanted, "expected_response"),
        source_task_id=task_id,
    )
    copy_id = await work.copy_task(tx, task_id, purpose, now=now)
    return await _keep(tx, copy_id, new, is_test=is_test, now=now)


async def retire_gold(tx: Tx, task_id: str, *, is_test: bool, now: datetime) -> work.Gold:
    """Give a gold task to nobody any more; whoever holds it may finish it, and it counts."""
    await work.gold_of(tx, task_id, is_test=is_test)
    if await work.retire_gold(tx, task_id, now=now):
        await ledger.append(tx, "gold.retired", at=now, task_id=task_id)
    return await work.gold_of(tx, task_id, is_test=is_test)


async def score(tx: Tx, *, now: datetime) -> int:
    """Score answers to evaluation tasks and learn from them; say how many there were.

    Whom they show to err too often is paused after the hour: sooner would tell which task it was.
    """
    answers = await work.take_to_score(tx)
    await keep_scores(tx, answers, now=now)
    await _judge_later(tx, answers, now=now)
    await learn_from_gold(tx, answers, now=now)
    return len(answers)


async def _judge_later(tx: Tx, answers: Sequence[work.GoldAnswer], *, now: datetime) -> None:
    whose = sorted({(answer.project_id, answer.annotator_id) for answer in answers})
    policies = {
        project_id: await work.policy_of_project(tx, project_id)
        for project_id in {project_id for project_id, _ in whose}
    }
    due = [one for one in whose if policies[one[0]].gold_accuracy_least is not None]
    if due:
        await work.judge_later(tx, due, judge_at=_after_this_hour(now))


def _after_this_hour(now: datetime) -> datetime:
    return _full_hour(now) + timedelta(hours=1) + SETTLED_AFTER


def _full_hour(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


async def keep_scores(tx: Tx, answers: Sequence[work.GoldAnswer], *, now: datetime) -> None:
    """Compare answers with what is expected, and keep how like it they are."""
    found = [await _scored(tx, answer) for answer in answers]
    scores = [score for score in found if score is not None]
    await work.keep_gold_scores(tx, scores, now=now)
    await ledger.append_many(
        tx,
        [
            (
                "gold.scored",
                {
                    "task_id": found.answer.task_id,
                    "assignment_id": found.answer.assignment_id,
                    "annotator_id": found.answer.annotator_id,
                    "score": round(found.score, 6),
                    "is_right": found.is_right,
                },
            )
            for found in scores
        ],
        at=now,
    )


async def _scored(tx: Tx, answer: work.GoldAnswer) -> work.GoldScore | None:
    size = len(msgspec.json.encode((answer.response, answer.expected_response)))
    try:
        if size <= work.LIGHT_WEIGHT_MAX:
            alike = likeness_to_expected(answer)
        else:
            alike = await beside.SHORT.run(tx.tenant_id, likeness_to_expected, answer)
    except Exceeded as error:
        log.warning("score.set_aside", task_id=answer.task_id, reason=type(error).__name__)
        return None
    except UNREADABLE:
        # Both were proven when they came in, so this is a fault of ours: it counts for nobody.
        log.exception("score.set_aside", task_id=answer.task_id)
        return None
    alike = min(max(alike, 0.0), 1.0)
    return work.GoldScore(answer=answer, score=alike, is_right=alike >= RIGHT_FROM)


def likeness_to_expected(answer: work.GoldAnswer) -> float:
    """Compare an answer with what is expected: 1 where they are the same."""
    kind = task_type(answer.type)
    both = [
        kind.answer(answer.params, response)
        for response in (answer.response, answer.expected_response)
    ]
    return quality.consensus(kind.answer_kind(answer.params), both).agreement or 0.0


async def judge_due(tx: Tx, *, now: datetime) -> int:
    """Judge whoever is due to be, and say how many were."""
    due = await work.take_to_judge(
        tx, hour=_full_hour(now), judge_at=_after_this_hour(now), now=now
    )
    for project_id, annotator_id in due:
        await judge(tx, project_id, annotator_id, now=now)
    return len(due)


async def judge(tx: Tx, project_id: UUID, annotator_id: UUID, *, now: datetime) -> None:
    """Pause an annotator whose accuracy is surely too little, or undo that where it no longer is.

    Surely means that the upper end of the 90 % interval lies under the project's bar. Only answers
    before the last full hour count, in multiples of `work.COUNTED_BY`: neither the moment of a
    pause nor that of its end tells which of the last answers was to a gold task.
    """
    policy = await work.policy_of_project(tx, project_id)
    standing = await work.lock_standing(tx, project_id, annotator_id)
    tally = await work.gold_tally(
        tx,
        project_id,
        annotator_id,
        judged_from=standing.judged_from,
        counted_before=_full_hour(now),
    )
    _, upper = share_interval(tally.right, tally.answers)
    least = policy.gold_accuracy_least
    is_too_little = least is not None and tally.answers >= policy.gold_tasks_least and upper < least
    if is_too_little and standing.paused_at is None:
        reason = (
            f"Right on {tally.right} of {tally.answers} tasks whose answer is known: at best "
            f"{upper:.0%} in the long run, and the project asks for {least:.0%}."
        )
        await pause(tx, standing, "gold", reason, now=now)
    elif not is_too_little and standing.pause_kind == "gold":
        await resume(tx, standing, afresh=False, now=now)


async def pause(
    tx: Tx, standing: work.Standing, kind: work.PauseKind, reason: str, *, now: datetime
) -> None:
    """Lend an annotator no more of a project; what they hold they may finish."""
    if await work.pause(tx, standing, kind, reason, now=now):
        await _enter(tx, "annotator.paused", standing, kind, now)


async def resume(tx: Tx, standing: work.Standing, *, afresh: bool, now: datetime) -> None:
    """Let a paused annotator work again; `afresh` forgets what was held against them."""
    if await work.resume(tx, standing, afresh=afresh, now=now):
        await _enter(tx, "annotator.resumed", standing, standing.pause_kind or "manual", now)


async def _enter(
    tx: Tx, kind: str, standing: work.Standing, why: work.PauseKind, now: datetime
) -> None:
    await ledger.append(
        tx,
        kind,
        at=now,
        project_id=standing.project_id,
        annotator_id=standing.annotator_id,
        why=why,
    )
