"""Standings: annotators are paused and resumed by their accuracy on gold tasks, or by hand."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from evenhand import ledger
from evenhand.foundation.database import Tx
from evenhand.ledger import events
from evenhand.quality.share import share_interval
from evenhand.work import gold_tasks, projects, qualification

# After the hour whose answers are judged, by when the last of them are scored.
SETTLED_AFTER = timedelta(minutes=1)


async def judge_due(tx: Tx, *, now: datetime) -> int:
    """Judge whoever is due to be, and say how many were."""
    due = await qualification.take_to_judge(
        tx, hour=_full_hour(now), judge_at=after_this_hour(now), now=now
    )
    for project_id, annotator_id in due:
        await judge_annotator(tx, project_id, annotator_id, now=now)
    return len(due)


async def judge_annotator(tx: Tx, project_id: UUID, annotator_id: UUID, *, now: datetime) -> None:
    """Pause an annotator whose accuracy is surely too little, or undo that where it no longer is.

    Surely means that the upper end of the 90 % interval lies under the project's bar. Only answers
    before the last full hour count, in multiples of `work.COUNTED_BY`: neither the moment of a
    pause nor that of its end tells which of the last answers was to a gold task.
    """
    policy = await projects.policy_of_project(tx, project_id)
    standing = await qualification.lock_standing(tx, project_id, annotator_id)
    tally = await gold_tasks.gold_tally(
        tx,
        project_id,
        annotator_id,
        judged_from=standing.judged_from,
        counted_before=_full_hour(now),
    )
    judged = events.AnnotatorJudged(
        project_id=project_id,
        annotator_id=annotator_id,
        right=tally.right,
        answers=tally.answers,
    )
    await ledger.append(tx, judged, at=now)
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
    tx: Tx,
    standing: qualification.Standing,
    kind: qualification.PauseKind,
    reason: str,
    *,
    now: datetime,
) -> None:
    """Lend an annotator no more of a project; what they hold they may finish."""
    if await qualification.pause(tx, standing, kind, reason, now=now):
        paused = events.AnnotatorPaused(
            project_id=standing.project_id, annotator_id=standing.annotator_id, why=kind
        )
        await ledger.append(tx, paused, at=now)


async def resume(tx: Tx, standing: qualification.Standing, *, afresh: bool, now: datetime) -> None:
    """Let a paused annotator work again; `afresh` forgets what was held against them."""
    if await qualification.resume(tx, standing, afresh=afresh, now=now):
        resumed = events.AnnotatorResumed(
            project_id=standing.project_id,
            annotator_id=standing.annotator_id,
            why=standing.pause_kind or "manual",
        )
        await ledger.append(tx, resumed, at=now)


def after_this_hour(now: datetime) -> datetime:
    """Say when answers of this hour are judged."""
    return _full_hour(now) + timedelta(hours=1) + SETTLED_AFTER


def _full_hour(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
