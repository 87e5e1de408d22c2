"""A score is contested, and what follows when the annotator was right."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from evenhand import ledger, work
from evenhand.foundation.database import Tx
from evenhand.pipeline.gold import judge, keep_scores, proven_response
from evenhand.pipeline.refit import fit
from evenhand.pipeline.training import judge_course


async def contest(tx: Tx, new: work.NewContest, *, now: datetime) -> None:
    """Let an annotator say why an answer that counts against them was right."""
    about = await work.disclosed(tx, new.assignment_id, new.annotator_id, now=now)
    await work.open_contest(tx, new, about, now=now)
    await _enter(tx, "contest.opened", new.contest_id, new.annotator_id, now)


async def reject(tx: Tx, contest_id: UUID, *, note: str | None, now: datetime) -> work.Contest:
    """Let a score stand that was contested."""
    about = await work.contest_of(tx, contest_id)
    await work.decide_contest(tx, contest_id, "rejected", note=note, now=now)
    await _enter(tx, "contest.rejected", contest_id, about.annotator_id, now)
    return await work.contest_of(tx, contest_id)


async def uphold(
    tx: Tx,
    contest_id: UUID,
    *,
    expected: Mapping[str, object] | None,
    note: str | None,
    now: datetime,
) -> work.Contest:
    """Give an annotator right: another response is expected from now on, or the task is retired.

    All answers to the task are scored anew, or count for nobody; whoever was paused or failed a
    course over it is judged again, and skill in the project is fitted by what is right now.
    """
    about = await work.contest_of(tx, contest_id)
    await work.decide_contest(tx, contest_id, "upheld", note=note, now=now)
    await _enter(tx, "contest.upheld", contest_id, about.annotator_id, now)
    if expected is None:
        if await work.retire_gold(tx, about.task_id, now=now):
            await ledger.append(tx, "gold.retired", at=now, task_id=about.task_id)
        await work.void_gold_scores(tx, about.task_id)
        await ledger.append(tx, "gold.voided", at=now, task_id=about.task_id)
    else:
        proven = proven_response(about.type, about.params, expected, "expected_response")
        await work.expect(tx, about.task_id, proven)
        await ledger.append(tx, "gold.expectation_changed", at=now, task_id=about.task_id)
        await keep_scores(tx, await work.gold_answers_of(tx, [about.task_id]), now=now)
    beside = await work.uphold_with(
        tx, about.task_id, note="Decided with another contest of the same task.", now=now
    )
    for other_id, annotator_id in beside:
        await _enter(tx, "contest.upheld", other_id, annotator_id, now)
    judge_again = judge if about.purpose == "evaluation" else judge_course
    scored = await work.scored_annotators(tx, about.task_id)
    for annotator_id in scored:
        await judge_again(tx, about.project_id, annotator_id, now=now)
    if about.purpose == "evaluation":
        # All of it, for what one answer had told cannot be taken out of a fit. That is a second or
        # two where thousands of tasks are known, and a person has just decided for longer.
        await fit(tx, about.project_id, also=scored, now=now)
    return await work.contest_of(tx, contest_id)


async def _enter(tx: Tx, kind: str, contest_id: UUID, annotator_id: UUID, now: datetime) -> None:
    await ledger.append(tx, kind, at=now, contest_id=contest_id, annotator_id=annotator_id)
