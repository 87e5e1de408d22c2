"""What an annotator is told of themselves: scores, what lessons taught, and contests."""

import time
from datetime import datetime
from typing import Any, Literal
from uuid import UUID, uuid4

import msgspec
from litestar import Request, Response, get, post

from evenhand import pipeline, workforce
from evenhand.app.api import numbered_files
from evenhand.app.api.key_order import key_order
from evenhand.app.context import Context
from evenhand.app.file_replies import file_reply, wanted_file
from evenhand.app.reply_timing import pace_reply
from evenhand.foundation.database import as_tenant
from evenhand.quality.share import share_interval
from evenhand.work import gold_tasks, qualification

HANDLE_CHARACTERS_MAX = 200
SKILL_DIGITS = 2  # finer ones say nothing of a few dozen answers
# Its counts are told with all others, at midnight.
GOLD_PAUSE = (
    "Too few of your answers to tasks whose answer is known were right. From the day after, the"
    " answers that count against you are shown, and you can contest them."
)

TrainingState = Literal["none", "in_course", "passed", "failed"]


class Skill(msgspec.Struct):
    """How often the annotator is right in a project, with the interval that holds it."""

    accuracy: float
    lower: float
    upper: float


class Pause(msgspec.Struct):
    """Since when nothing of a project is lent, and why."""

    since: datetime
    kind: qualification.PauseKind
    reason: str


class ProjectScore(msgspec.Struct):
    """Where the annotator stands in a project, which is not named: whose it is concerns nobody."""

    project: str
    type: str
    skill: Skill | None
    gold_answers: int
    gold_right: int
    training: TrainingState
    training_round: int
    training_score: float | None
    paused: Pause | None


class MissedAnswer(msgspec.Struct):
    """An answer that counts, or counted, against the annotator."""

    assignment_id: str
    project: str
    type: str
    lesson: bool
    score: float
    answered_at: datetime
    contest: Literal["open", "upheld", "rejected"] | None
    note: str | None


class Scores(msgspec.Struct):
    """All that is known of the annotator: gold answers are counted up to `counted_before`."""

    counted_before: datetime
    projects: list[ProjectScore]
    missed: list[MissedAnswer]


class Feedback(msgspec.Struct):
    """What an annotator answered, and what was expected."""

    type: str
    instruction: str
    params: dict[str, Any]
    files: dict[str, str]
    response: dict[str, Any]
    expected_response: dict[str, Any]
    score: float
    is_right: bool
    lesson: bool
    key_order: dict[str, list[str]] = {}


class NewContest(msgspec.Struct):
    """Why an answer was right."""

    assignment_id: str
    reason: str


class Contested(msgspec.Struct):
    """The answer whose score is contested."""

    assignment_id: str


@get("/me/scores")
async def scores(annotator: workforce.Annotator, context: Context) -> Scores:
    """Say where the annotator stands in every project that knows them, and what was missed."""
    moment = context.clock.now()
    told = Scores(counted_before=qualification.told_up_to(moment), projects=[], missed=[])
    holder = annotator.annotator_id
    async with context.pool.connection() as connection:
        tenant_ids = await qualification.tenants_that_know(connection, holder)
    for tenant_id in tenant_ids:
        async with as_tenant(context.pool, tenant_id) as tx:
            standings = await qualification.standings_of(
                tx,
                counted_before=told.counted_before,
                counted_by=gold_tasks.COUNTED_BY,
                annotator_id=holder,
            )
            missed = await qualification.missed(tx, holder, now=moment)

        def named(inner_id: UUID, tenant_id: UUID = tenant_id) -> str:
            return context.secret.handle(tenant_id, inner_id, holder=holder)

        told.projects += [project_score(one, named(one.project_id)) for one in standings]
        told.missed += [
            MissedAnswer(
                assignment_id=named(one.assignment_id),
                project=named(one.project_id),
                type=one.type,
                lesson=one.purpose == "training",
                score=one.score,
                answered_at=one.answered_at,
                contest=one.contest,
                note=one.note,
            )
            for one in missed
        ]
    # By what annotators see themselves: an order of tenants would say which projects are one's.
    told.projects.sort(key=lambda one: (one.type, one.project))
    told.missed.sort(key=lambda one: (one.answered_at, one.assignment_id), reverse=True)
    return told


def project_score(one: qualification.ProjectStanding, handle: str) -> ProjectScore:
    """Say what an annotator may know of where they stand: nothing that moves with one answer.

    Skill is that of the answers counted beside it, not the estimate that every answer moves.
    """
    skill = None
    if one.answers:
        lower, upper = share_interval(one.right, one.answers)
        skill = Skill(
            accuracy=round(one.right / one.answers, SKILL_DIGITS),
            lower=round(lower, SKILL_DIGITS),
            upper=round(upper, SKILL_DIGITS),
        )
    paused = None
    if one.paused_at is not None and one.pause_kind is not None:
        paused = Pause(
            since=one.paused_at.replace(minute=0, second=0, microsecond=0),
            kind=one.pause_kind,
            reason=GOLD_PAUSE if one.pause_kind == "gold" else one.pause_reason or "",
        )
    return ProjectScore(
        project=handle,
        type=one.type,
        skill=skill,
        gold_answers=one.answers,
        gold_right=one.right,
        training=training_state(one),
        training_round=one.attempt + 1,
        training_score=one.training_score,
        paused=paused,
    )


def training_state(one: qualification.ProjectStanding) -> TrainingState:
    """Say how far an annotator is in the course of a project."""
    if one.pause_kind == "training":
        return "failed"
    if one.passed_at is not None:
        return "passed"
    return "in_course" if one.has_course else "none"


@get("/assignments/{handle:str}/feedback")
async def feedback(handle: str, annotator: workforce.Annotator, context: Context) -> Feedback:
    """Show what was expected of a lesson just answered, or of an answer that can be told."""
    told = await _disclosed(handle, annotator, context)
    return Feedback(
        type=told.type,
        instruction=told.instruction,
        params=told.params,
        files=numbered_files.addresses(told.files, f"{handle}/feedback"),
        response=told.response,
        expected_response=told.expected_response,
        score=told.score,
        is_right=told.is_right,
        lesson=told.purpose == "training",
        key_order=key_order(told.params),
    )


@get("/assignments/{handle:str}/feedback/files/{number:int}")
async def read_feedback_file(
    request: Request[Any, Any, Any],
    handle: str,
    number: int,
    annotator: workforce.Annotator,
    context: Context,
) -> Response[Any]:
    """Show an attachment of a task of which the annotator is told what was expected."""
    told = await _disclosed(handle, annotator, context)
    wanted_id = numbered_files.file_id(told.files, number)
    tenant_id, _ = context.secret.open_handle(handle, holder=annotator.annotator_id)
    async with as_tenant(context.pool, tenant_id, by_key=True) as tx:
        wanted = await wanted_file(tx, context, wanted_id, request)
    return await file_reply(wanted, context, reader=annotator.annotator_id)


async def _disclosed(
    handle: str, annotator: workforce.Annotator, context: Context
) -> qualification.Disclosed:
    began = time.perf_counter()
    tenant_id, assignment_id = context.secret.open_handle(handle, holder=annotator.annotator_id)
    try:
        async with as_tenant(context.pool, tenant_id, by_key=True) as tx:
            told = await qualification.disclosed(
                tx, assignment_id, annotator.annotator_id, now=context.clock.now()
            )
            await pipeline.show(tx, assignment_id, annotator.annotator_id, now=context.clock.now())
            return told
    finally:
        # Of gold that is not told yet there is more to look through than of a live task.
        await pace_reply(began)


@post("/me/contests", status_code=200)
async def contest(data: NewContest, annotator: workforce.Annotator, context: Context) -> Contested:
    """Say why an answer that counts against the annotator was right; its tenant decides."""
    began = time.perf_counter()
    handle = data.assignment_id[:HANDLE_CHARACTERS_MAX]
    tenant_id, assignment_id = context.secret.open_handle(handle, holder=annotator.annotator_id)
    new = qualification.NewContest(
        contest_id=uuid4(),
        assignment_id=assignment_id,
        annotator_id=annotator.annotator_id,
        reason=data.reason,
    )
    try:
        async with as_tenant(context.pool, tenant_id) as tx:
            await pipeline.annotator.contest(tx, new, now=context.clock.now())
    finally:
        await pace_reply(began)
    return Contested(assignment_id=handle)
