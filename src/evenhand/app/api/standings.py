"""What a tenant sees and decides of annotators: where they stand, pauses, contests.

Annotators bear the names that they have in the tenant's exports.
"""

from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import get, post

from evenhand import delivery, pipeline, tenants
from evenhand.app.api.incoming import RESPONSE_BYTES_MAX
from evenhand.app.api.scores import TrainingState, training_state
from evenhand.app.context import Context
from evenhand.foundation.database import Tx, as_tenant
from evenhand.work import projects, qualification

OFFSET_MAX = 1_000_000

_Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]


class AnnotatorStanding(msgspec.Struct):
    """Where an annotator stands in a project."""

    annotator: str
    project: str
    type: str
    accuracy: float | None
    lower: float | None
    upper: float | None
    gold_answers: int
    gold_right: int
    training: TrainingState
    training_round: int
    training_score: float | None
    paused_at: datetime | None
    pause_kind: qualification.PauseKind | None
    pause_reason: str | None


class PauseForm(msgspec.Struct):
    """Who is to be lent nothing more of a project, and why: the annotator is told the reason."""

    project: str
    annotator: str
    reason: _Reason


class ResumeForm(msgspec.Struct):
    """Who is to be lent tasks of a project again."""

    project: str
    annotator: str


class Changed(msgspec.Struct):
    """Whose standing was changed, and whether they are paused now."""

    annotator: str
    paused: bool


class ContestView(msgspec.Struct):
    """What an annotator contests, beside what was expected."""

    contest_id: str
    state: qualification.ContestState
    project: str
    task_id: str
    lesson: bool
    type: str
    params: dict[str, Any]
    annotator: str
    reason: str
    response: dict[str, Any]
    expected_response: dict[str, Any]
    score: float
    note: str | None
    created_at: datetime
    decided_at: datetime | None


class Decision(msgspec.Struct):
    """How a contest is decided; upheld without another response, the gold task is retired."""

    uphold: bool
    note: Annotated[str, msgspec.Meta(max_length=2000)] | None = None
    expected_response: dict[str, Any] | None = None


@get("/standings")
async def find_standings(
    caller: tenants.Caller, context: Context, project: str
) -> dict[str, list[AnnotatorStanding]]:
    """Show where every annotator of a project stands."""
    async with as_tenant(context.pool, caller.tenant_id) as tx:
        found = await projects.project_of(tx, project, is_test=caller.is_test)
        # A tenant knows its own gold tasks, so nothing is counted late.
        standings = await qualification.standings_of(
            tx, counted_before=context.clock.now() + timedelta(days=1), project_id=found.project_id
        )
    return {"standings": [_standing(caller.tenant_id, one) for one in standings]}


def _standing(tenant_id: UUID, one: qualification.ProjectStanding) -> AnnotatorStanding:
    return AnnotatorStanding(
        annotator=delivery.annotator_name(tenant_id, one.annotator_id),
        project=one.project,
        type=one.type,
        accuracy=one.accuracy,
        lower=one.lower,
        upper=one.upper,
        gold_answers=one.answers,
        gold_right=one.right,
        training=training_state(one),
        training_round=one.attempt + 1,
        training_score=one.training_score,
        paused_at=one.paused_at,
        pause_kind=one.pause_kind,
        pause_reason=one.pause_reason,
    )


@post("/standings/pause", status_code=200)
async def pause(data: PauseForm, caller: tenants.Caller, context: Context) -> Changed:
    """Lend an annotator no more of a project; what they hold they may finish."""
    async with as_tenant(context.pool, caller.tenant_id) as tx:
        standing = await _standing_of(tx, caller, data.project, data.annotator)
        await pipeline.annotator.pause(tx, standing, "manual", data.reason, now=context.clock.now())
    return Changed(annotator=data.annotator, paused=True)


@post("/standings/resume", status_code=200)
async def resume(data: ResumeForm, caller: tenants.Caller, context: Context) -> Changed:
    """Lend an annotator tasks of a project again, with what was held against them forgotten."""
    async with as_tenant(context.pool, caller.tenant_id) as tx:
        standing = await _standing_of(tx, caller, data.project, data.annotator)
        await pipeline.annotator.resume(tx, standing, afresh=True, now=context.clock.now())
    return Changed(annotator=data.annotator, paused=False)


async def _standing_of(
    tx: Tx, caller: tenants.Caller, project: str, annotator: str
) -> qualification.Standing:
    found = await projects.project_of(tx, project, is_test=caller.is_test)
    for annotator_id in await qualification.annotators_of_project(tx, found.project_id):
        if delivery.annotator_name(tx.tenant_id, annotator_id) == annotator:
            return await qualification.lock_standing(tx, found.project_id, annotator_id)
    raise qualification.UnknownAnnotator


@get("/contests")
async def find_contests(
    caller: tenants.Caller,
    context: Context,
    status: qualification.ContestState | None = None,
    offset: Annotated[int, msgspec.Meta(ge=0, le=OFFSET_MAX)] = 0,
) -> dict[str, list[ContestView]]:
    """Show what annotators contest, the newest first, a hundred at a time."""
    async with as_tenant(context.pool, caller.tenant_id) as tx:
        found = await qualification.contests_of(
            tx, state=status, limit=qualification.CONTESTS_A_PAGE_MAX, offset=offset
        )
    return {"contests": [_contest(caller.tenant_id, one) for one in found]}


@post(
    "/contests/{contest_id:uuid}/decide",
    status_code=200,
    request_max_body_size=RESPONSE_BYTES_MAX,
)
async def decide(
    contest_id: UUID, data: Decision, caller: tenants.Caller, context: Context
) -> ContestView:
    """Uphold or reject a contest; upheld, all answers to its gold task are scored anew."""
    now = context.clock.now()
    if data.uphold:
        decided = await pipeline.annotator.uphold(
            context.pool,
            caller.tenant_id,
            contest_id,
            expected=data.expected_response,
            note=data.note,
            now=now,
        )
    else:
        async with as_tenant(context.pool, caller.tenant_id) as tx:
            decided = await pipeline.annotator.reject(tx, contest_id, note=data.note, now=now)
    return _contest(caller.tenant_id, decided)


def _contest(tenant_id: UUID, one: qualification.Contest) -> ContestView:
    return ContestView(
        contest_id=str(one.contest_id),
        state=one.state,
        project=one.project,
        task_id=one.task_id,
        lesson=one.purpose == "training",
        type=one.type,
        params=one.params,
        annotator=delivery.annotator_name(tenant_id, one.annotator_id),
        reason=one.reason,
        response=one.response,
        expected_response=one.expected_response,
        score=one.score,
        note=one.note,
        created_at=one.created_at,
        decided_at=one.decided_at,
    )
