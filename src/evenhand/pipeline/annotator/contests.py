"""Contests of scores, and what follows when the annotator was right."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from evenhand import ledger
from evenhand.foundation.changed import Changed
from evenhand.foundation.database import Pool, Tx, as_tenant
from evenhand.foundation.errors import Conflict
from evenhand.ledger import events
from evenhand.pipeline.annotator.courses import judge_course
from evenhand.pipeline.annotator.gold import Proof
from evenhand.pipeline.annotator.likeness import keep_scores, scores_of
from evenhand.pipeline.annotator.standings import judge_annotator
from evenhand.work import gold_tasks, intake, qualification, skills

TRIES = 5  # each is in vain only if somebody has just answered the task


class StillAnswered(Conflict):
    """The task is being answered just now; decide the contest again in a moment."""


async def contest(tx: Tx, new: qualification.NewContest, *, now: datetime) -> None:
    """Let an annotator say why an answer that counts against them was right."""
    about = await qualification.disclosed(tx, new.assignment_id, new.annotator_id, now=now)
    await qualification.open_contest(tx, new, about, now=now)
    opened = events.ContestOpened(contest_id=new.contest_id, annotator_id=new.annotator_id)
    await ledger.append(tx, opened, at=now)


async def reject(
    tx: Tx, contest_id: UUID, *, note: str | None, now: datetime
) -> qualification.Contest:
    """Let a score stand that was contested."""
    about = await qualification.contest_of(tx, contest_id)
    await qualification.decide_contest(tx, contest_id, "rejected", note=note, now=now)
    rejected = events.ContestRejected(contest_id=contest_id, annotator_id=about.annotator_id)
    await ledger.append(tx, rejected, at=now)
    return await qualification.contest_of(tx, contest_id)


async def uphold(
    pool: Pool,
    tenant_id: UUID,
    contest_id: UUID,
    *,
    expected: Mapping[str, object] | None,
    note: str | None,
    now: datetime,
) -> qualification.Contest:
    """Give an annotator right: another response is expected from now on, or the task is retired.

    All answers to the task are scored anew, or count for nobody; whoever was paused or failed a
    course over it is judged again, and skill in the project will be fitted by what is right now.
    """
    for _ in range(TRIES):
        async with as_tenant(pool, tenant_id) as tx:
            about = await qualification.contest_of(tx, contest_id)
            answers = await gold_tasks.gold_answers_of(tx, [about.task_id])
            frames = await intake.frames_of(tx, about.task_id)
        proven = None
        scores: list[gold_tasks.GoldScore] = []
        if expected is not None:
            proof = Proof(about.type, about.params, frames)
            proven = proof.of(expected, "expected_response")
            # By the response that is expected from here on, outside of any transaction.
            wanted = [replace(answer, expected_response=proven) for answer in answers]
            scores = await scores_of(tenant_id, wanted)
        try:
            async with as_tenant(pool, tenant_id) as tx:
                await _decide(tx, about, note, now)
                await _expect(tx, about.task_id, proven, scores, len(answers), now)
                return await _concluded(tx, about, now)
        except Changed:
            continue
    raise StillAnswered


async def _decide(tx: Tx, about: qualification.Contest, note: str | None, now: datetime) -> None:
    await qualification.decide_contest(tx, about.contest_id, "upheld", note=note, now=now)
    upheld = events.ContestUpheld(contest_id=about.contest_id, annotator_id=about.annotator_id)
    await ledger.append(tx, upheld, at=now)


async def _expect(
    tx: Tx,
    task_id: str,
    proven: Mapping[str, object] | None,
    scores: Sequence[gold_tasks.GoldScore],
    answers: int,
    now: datetime,
) -> None:
    if proven is None:
        if await gold_tasks.retire_gold(tx, task_id, now=now):
            await ledger.append(tx, events.GoldRetired(task_id=task_id), at=now)
        await gold_tasks.void_gold_scores(tx, task_id)
        await ledger.append(tx, events.GoldVoided(task_id=task_id), at=now)
        return
    await gold_tasks.expect(tx, task_id, proven)
    await ledger.append(tx, events.GoldExpectationChanged(task_id=task_id), at=now)
    as_expected = {
        one.assignment_id: one for one in await gold_tasks.gold_answers_of(tx, [task_id])
    }
    if len(as_expected) != answers:
        # Somebody answered meanwhile, and was perhaps scored by what was expected before.
        raise Changed
    scored = [replace(score, answer=as_expected[score.answer.assignment_id]) for score in scores]
    await keep_scores(tx, scored, now=now)


async def _concluded(tx: Tx, about: qualification.Contest, now: datetime) -> qualification.Contest:
    beside = await qualification.uphold_with(
        tx, about.task_id, note="Decided with another contest of the same task.", now=now
    )
    for other_id, annotator_id in beside:
        upheld = events.ContestUpheld(contest_id=other_id, annotator_id=annotator_id)
        await ledger.append(tx, upheld, at=now)
    judge_again = judge_annotator if about.purpose == "evaluation" else judge_course
    scored = await gold_tasks.scored_annotators(tx, about.task_id)
    for annotator_id in scored:
        await judge_again(tx, about.project_id, annotator_id, now=now)
    if about.purpose == "evaluation":
        # All of it, for what one answer had told cannot be taken out of a fit.
        await skills.fit_later(tx, about.project_id, scored)
    return await qualification.contest_of(tx, about.contest_id)
