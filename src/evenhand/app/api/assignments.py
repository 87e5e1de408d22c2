"""What an annotator does: take the next task, save drafts, submit, skip."""

import time
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any, Literal, TypeAlias
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post, put
from litestar.openapi import ResponseSpec
from litestar.params import Parameter

from evenhand import pipeline, workforce
from evenhand.app.api import numbered_files
from evenhand.app.api.incoming import RESPONSE_BYTES_MAX
from evenhand.app.api.key_order import key_order
from evenhand.app.context import Context
from evenhand.app.file_replies import file_reply, wanted_file
from evenhand.app.reply_timing import pace_reply
from evenhand.foundation.database import acting_as, as_tenant
from evenhand.task_types import prefilled, task_type
from evenhand.work import assignments, intake

COMMENT_CHARACTERS_MAX = 1000
# A response of so many bytes takes some 2 ms to prove; of more, others have their turn between.
PROVED_AT_ONCE_BYTES_MAX = 64 * 1024
NOTHING_OPEN = ResponseSpec(None, generate_examples=False, description="Nothing is open to them")
DRAFT_VERSION_MAX = 1_000_000_000  # nobody saves more often; the column holds twice that

_Lent: TypeAlias = tuple[UUID, assignments.Assignment]


class Draft(msgspec.Struct):
    """Work that was not submitted yet, and its version."""

    response: dict[str, Any]
    version: Annotated[int, msgspec.Meta(ge=0, le=DRAFT_VERSION_MAX)]


class FrameView(msgspec.Struct):
    """The picture as it is seen: its size in pixels, in which everything on it is measured."""

    width: int
    height: int
    orientation: Literal["upright"] = "upright"


class AssignmentView(msgspec.Struct):
    """A task lent to the annotator: what to do, and until when.

    Where it is not `shown` yet, the page says so when it is, by `/assignments/{handle}/shown`.
    `key_order` has the names of those objects in the params whose order JavaScript would not keep.
    """

    assignment_id: str
    type: str
    instruction: str
    params: dict[str, Any]
    files: dict[str, str]
    frames: dict[str, FrameView]
    review: bool
    lesson: bool
    shown: bool
    leased_at: datetime
    expires_at: datetime
    draft: Draft | None
    proposal: dict[str, Any] | None
    key_order: dict[str, list[str]] = {}


class Held(msgspec.Struct):
    """What the annotator holds, oldest first."""

    assignments: list[AssignmentView]


class DraftSaved(msgspec.Struct):
    """The version that a saved draft got."""

    version: int


class Renewed(msgspec.Struct):
    """Until when the lease lasts now."""

    expires_at: datetime


class Submit(msgspec.Struct):
    """An annotation under an id that the client made, so that sending it twice is safe."""

    annotation_id: UUID
    response: dict[str, Any]
    active_ms: int = 0


class Submitted(msgspec.Struct):
    """The annotation that was accepted; and where it was asked for, the next task or none."""

    annotation_id: UUID
    next: AssignmentView | msgspec.UnsetType | None = msgspec.UNSET


class Skip(msgspec.Struct):
    """Why the annotator cannot do this task."""

    reason: Literal["unclear", "broken", "not_qualified", "other"]
    comment: str = ""


def view(
    context: Context,
    annotator: workforce.Annotator,
    tenant_id: UUID,
    lent: assignments.Assignment,
    *,
    shown: bool = True,
) -> AssignmentView:
    """Show an annotator what they are lent, under a handle that tells nobody whose it is."""
    handle = context.secret.handle(tenant_id, lent.assignment_id, holder=annotator.annotator_id)
    draft = None
    if lent.draft is not None and lent.draft_version is not None:
        draft = Draft(response=lent.draft, version=lent.draft_version)
    return AssignmentView(
        assignment_id=handle,
        type=lent.type,
        instruction=lent.instruction,
        params=lent.params,
        files=numbered_files.addresses(lent.files, handle),
        frames={url: FrameView(one.width, one.height) for url, one in lent.frames.items()},
        review=lent.review,
        # An evaluation task is told from a live one by nothing: only a lesson says what it is.
        lesson=lent.purpose == "training",
        shown=shown,
        leased_at=lent.leased_at,
        expires_at=lent.expires_at,
        draft=draft,
        proposal=lent.proposal or prefilled(task_type(lent.type), lent.params),
        key_order=key_order(lent.params),
    )


@get("/assignments")
async def held(annotator: workforce.Annotator, context: Context) -> Held:
    """List what the annotator still holds, so that a reloaded page can go on."""
    async with context.pool.connection() as connection:
        mine = await assignments.held_by(connection, annotator.annotator_id)
    views: list[AssignmentView] = []
    for tenant_id, assignment_id in mine:
        # What has ended since is left out, and what a wall has been raised before.
        with suppress(assignments.LeaseLost):
            async with as_tenant(context.pool, tenant_id, by_key=True) as tx:
                lent = await assignments.held(tx, assignment_id, annotator.annotator_id)
                if lent.files:
                    lent = replace(lent, frames=await intake.frames_of(tx, lent.task_id))
            views.append(view(context, annotator, tenant_id, lent, shown=False))
    return Held(assignments=sorted(views, key=lambda view: view.leased_at))


@post("/assignments/next", status_code=200, responses={204: NOTHING_OPEN})
async def take_next(
    annotator: workforce.Annotator, context: Context
) -> Response[AssignmentView | None]:
    """Lend the annotator the next task; 204 when nothing is open to them."""
    began = time.perf_counter()
    lent = await _lent_next(annotator, context)
    if lent is None or lent[1].among_gold:
        await pace_reply(began)
    if lent is None:
        return Response(None, status_code=204)
    return Response(view(context, annotator, *lent))


@post("/assignments/take", status_code=200)
async def take(
    annotator: workforce.Annotator,
    context: Context,
    count: Annotated[int, Parameter(ge=1, le=assignments.HELD_MAX)] = 1,
) -> Held:
    """Lend the annotator up to so many tasks, one after the other, each as `next` would.

    Fewer, or none, where no more are open to them or they hold as many as they may. The first one
    counts as shown to them, the others when `shown` says so.
    """
    began = time.perf_counter()
    lent: list[_Lent] = []
    while len(lent) < count:
        try:
            following = await _lent_next(annotator, context, ahead=bool(lent))
        except assignments.TooManyHeld:
            if not lent:
                raise
            break
        if following is None:
            break
        lent.append(following)
    if len(lent) < count or any(one.among_gold for _, one in lent):
        await pace_reply(began)
    return Held(
        assignments=[
            view(context, annotator, *one, shown=number == 0) for number, one in enumerate(lent)
        ]
    )


async def _lent_next(
    annotator: workforce.Annotator, context: Context, *, ahead: bool = False
) -> _Lent | None:
    lent = await pipeline.dispatch(
        context.pool,
        annotator,
        now=context.clock.now(),
        search_memory=context.search_memory,
        ahead=ahead,
    )
    return await _remembered(annotator, context, lent, ahead=ahead)


async def _remembered(
    annotator: workforce.Annotator, context: Context, lent: _Lent | None, *, ahead: bool = False
) -> _Lent | None:
    if lent is None:
        return None
    tenant_id, assignment = lent
    if assignment.files:
        async with as_tenant(context.pool, tenant_id, by_key=True) as tx:
            frames = await intake.frames_of(tx, assignment.task_id)
        assignment = replace(assignment, frames=frames)
    context.assignment_cache.remember(tenant_id, annotator.annotator_id, assignment, ahead=ahead)
    return tenant_id, assignment


@dataclass(frozen=True, slots=True, kw_only=True)
class _HandedIn:
    """An annotation that is to be accepted, and the assignment as it was lent, if remembered."""

    annotator: workforce.Annotator
    tenant_id: UUID
    assignment_id: UUID
    lent: assignments.Submission | None
    new: assignments.NewAnnotation
    is_large: bool
    now: datetime

    @property
    def remembered(self) -> pipeline.HandedIn | None:
        """Both, where the assignment is remembered."""
        return None if self.lent is None else pipeline.HandedIn(lent=self.lent, new=self.new)


async def _accept(context: Context, given: _HandedIn) -> None:
    pool, tenant_id, now = context.pool, given.tenant_id, given.now
    if given.is_large:
        with acting_as(None):
            await pipeline.annotate_large(pool, tenant_id, given.assignment_id, given.new, now=now)
    elif given.remembered is None or not await pipeline.annotate_at_once(
        pool, tenant_id, given.remembered, now=now
    ):
        # Nothing is shown by this, and what was begun before a wall was raised is not lost.
        with acting_as(None):
            async with as_tenant(pool, tenant_id, by_key=True) as tx:
                await pipeline.annotate(tx, given.assignment_id, given.new, now=now)
    context.search_memory.forget(given.annotator.annotator_id, tenant_id)


async def _accept_and_lend(context: Context, given: _HandedIn) -> _Lent | None:
    if given.remembered is not None and not given.is_large:
        is_accepted, following = await pipeline.annotate_and_dispatch(
            context.pool,
            given.annotator,
            given.tenant_id,
            given.remembered,
            now=given.now,
            search_memory=context.search_memory,
        )
        if is_accepted:
            return await _remembered(given.annotator, context, following)
    await _accept(context, replace(given, lent=None))
    # The annotation stands, whatever becomes of the next task: sent again, it is a repeat.
    with suppress(assignments.TooManyHeld):
        return await _lent_next(given.annotator, context)
    return None


@get("/assignments/{handle:str}/files/{number:int}")
async def read_file(
    request: Request[Any, Any, Any],
    handle: str,
    number: int,
    annotator: workforce.Annotator,
    context: Context,
) -> Response[Any]:
    """Show an attachment of a task that the annotator holds."""
    tenant_id, assignment_id = context.secret.open_handle(handle, holder=annotator.annotator_id)
    async with as_tenant(context.pool, tenant_id, by_key=True) as tx:
        lent = await assignments.held(tx, assignment_id, annotator.annotator_id)
        who, now = annotator.annotator_id, context.clock.now()
        await pipeline.show(tx, assignment_id, who, again=True, now=now)
        wanted_id = numbered_files.file_id(lent.files, number)
        wanted = await wanted_file(tx, context, wanted_id, request)
    return await file_reply(wanted, context, reader=annotator.annotator_id)


@post("/assignments/{handle:str}/shown", status_code=204)
async def shown(handle: str, annotator: workforce.Annotator, context: Context) -> None:
    """Say that a task that was lent ahead is on the annotator's screen; 409 if it is lost."""
    tenant_id, assignment_id = context.secret.open_handle(handle, holder=annotator.annotator_id)
    async with as_tenant(context.pool, tenant_id, by_key=True) as tx:
        await pipeline.show(tx, assignment_id, annotator.annotator_id, now=context.clock.now())
    context.assignment_cache.shown(tenant_id, assignment_id)


@put("/assignments/{handle:str}/draft", request_max_body_size=RESPONSE_BYTES_MAX)
async def save_draft(
    handle: str, data: Draft, annotator: workforce.Annotator, context: Context
) -> DraftSaved:
    """Keep a draft made on top of the version given; 409 when a newer one is there."""
    tenant_id, assignment_id = context.secret.open_handle(handle, holder=annotator.annotator_id)
    async with as_tenant(context.pool, tenant_id, by_key=True) as tx:
        version = await pipeline.save_draft(
            tx,
            assignment_id,
            annotator.annotator_id,
            response=data.response,
            version=data.version,
            now=context.clock.now(),
        )
    return DraftSaved(version=version)


@post("/assignments/{handle:str}/renew", status_code=200)
async def renew(handle: str, annotator: workforce.Annotator, context: Context) -> Renewed:
    """Lengthen the lease while the annotator is at work."""
    tenant_id, assignment_id = context.secret.open_handle(handle, holder=annotator.annotator_id)
    async with as_tenant(context.pool, tenant_id, by_key=True) as tx:
        until = await pipeline.renew(
            tx, assignment_id, annotator.annotator_id, now=context.clock.now()
        )
    return Renewed(expires_at=until)


@post(
    "/assignments/{handle:str}/submit",
    status_code=200,
    request_max_body_size=RESPONSE_BYTES_MAX,
)
async def submit(
    request: Request[Any, Any, Any],
    handle: str,
    data: Submit,
    annotator: workforce.Annotator,
    context: Context,
    next: bool = False,  # noqa: A002 - the word that callers send, and that errors name
) -> Submitted:
    """Accept an annotation; sending the same one again changes nothing.

    `next=true` lends the annotator the next task in the same reply, as `/assignments/next` would;
    none where nothing is open to them, or they hold as many as they may.
    """
    began = time.perf_counter()
    new = assignments.NewAnnotation(
        annotator_id=annotator.annotator_id,
        annotation_id=data.annotation_id,
        response=data.response,
        active_ms=data.active_ms,
    )
    tenant_id, assignment_id = context.secret.open_handle(handle, holder=annotator.annotator_id)
    lent = context.assignment_cache.taken(tenant_id, annotator.annotator_id, assignment_id)
    handed_in = _HandedIn(
        annotator=annotator,
        tenant_id=tenant_id,
        assignment_id=assignment_id,
        lent=lent,
        new=new,
        is_large=len(await request.body()) > PROVED_AT_ONCE_BYTES_MAX,
        now=context.clock.now(),
    )
    following = None
    if next:
        following = await _accept_and_lend(context, handed_in)
    else:
        await _accept(context, handed_in)
    is_live = lent is not None and not lent.among_gold
    if not is_live or (next and (following is None or following[1].among_gold)):
        # That there is nothing takes as long whatever the reason. And weighed at once, a live
        # answer could be heard by whoever asks for anything meanwhile.
        await pace_reply(began)
    if is_live:
        context.annotated.set()
    if not next:
        return Submitted(annotation_id=data.annotation_id)
    following_view = None if following is None else view(context, annotator, *following)
    return Submitted(annotation_id=data.annotation_id, next=following_view)


@post("/assignments/{handle:str}/skip", status_code=204)
async def skip(handle: str, data: Skip, annotator: workforce.Annotator, context: Context) -> None:
    """Give a task back for good, with the reason."""
    began = time.perf_counter()
    tenant_id, assignment_id = context.secret.open_handle(handle, holder=annotator.annotator_id)
    comment = data.comment[:COMMENT_CHARACTERS_MAX]
    async with as_tenant(context.pool, tenant_id, by_key=True) as tx:
        await pipeline.skip(
            tx,
            assignment_id,
            annotator_id=annotator.annotator_id,
            reason=f"{data.reason}: {comment}" if comment else data.reason,
            now=context.clock.now(),
        )
    context.search_memory.forget(annotator.annotator_id, tenant_id)
    await pace_reply(began)
