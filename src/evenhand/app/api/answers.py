"""The annotator's way back: an answer opened again and corrected, a skip taken back."""

import time
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post, put

from evenhand import pipeline, workforce
from evenhand.app.api import numbered_files
from evenhand.app.api.assignments import AssignmentView, FrameView, view
from evenhand.app.api.incoming import RESPONSE_BYTES_MAX
from evenhand.app.api.key_order import key_order
from evenhand.app.context import Context
from evenhand.app.file_replies import file_reply, wanted_file
from evenhand.app.reply_timing import pace_reply
from evenhand.foundation.database import as_tenant
from evenhand.work import corrections, intake

REVISIONS_MAX = 30_000  # nobody corrects an answer more often; the column holds a few more


class AnswerView(msgspec.Struct):
    """An answer that is not weighed yet, as it was given or corrected last, with its task."""

    assignment_id: str
    type: str
    instruction: str
    params: dict[str, Any]
    files: dict[str, str]
    frames: dict[str, FrameView]
    response: dict[str, Any]
    revision: int
    key_order: dict[str, list[str]] = {}


class Revise(msgspec.Struct):
    """What is to stand in the place of an answer, made from this revision of it."""

    revision: Annotated[int, msgspec.Meta(ge=0, le=REVISIONS_MAX)]
    response: dict[str, Any]
    active_ms: int = 0


class Revised(msgspec.Struct):
    """The revision that the answer has now."""

    revision: int


async def _unweighed(
    handle: str, annotator: workforce.Annotator, context: Context
) -> tuple[UUID, corrections.Answer]:
    began = time.perf_counter()
    tenant_id, assignment_id = context.secret.open_handle(handle, holder=annotator.annotator_id)
    try:
        async with as_tenant(context.pool, tenant_id, by_key=True) as tx:
            who, now = annotator.annotator_id, context.clock.now()
            return tenant_id, await pipeline.answer(tx, assignment_id, who, now=now)
    finally:
        # Of a gold task there is more to look through than of a live one.
        await pace_reply(began)


@get("/assignments/{handle:str}/answer")
async def answer(handle: str, annotator: workforce.Annotator, context: Context) -> AnswerView:
    """Show an annotator an answer of theirs that they may still correct; 409 once it is weighed."""
    tenant_id, found = await _unweighed(handle, annotator, context)
    async with as_tenant(context.pool, tenant_id, by_key=True) as tx:
        frames = await intake.frames_of(tx, found.task_id)
    return AnswerView(
        assignment_id=handle,
        type=found.type,
        instruction=found.instruction,
        params=found.params,
        files=numbered_files.addresses(found.files, f"{handle}/answer"),
        frames={url: FrameView(one.width, one.height) for url, one in frames.items()},
        response=found.response,
        revision=found.revision,
        key_order=key_order(found.params),
    )


@get("/assignments/{handle:str}/answer/files/{number:int}")
async def read_answer_file(
    request: Request[Any, Any, Any],
    handle: str,
    number: int,
    annotator: workforce.Annotator,
    context: Context,
) -> Response[Any]:
    """Show an attachment of a task whose answer may still be corrected."""
    tenant_id, found = await _unweighed(handle, annotator, context)
    wanted_id = numbered_files.file_id(found.files, number)
    async with as_tenant(context.pool, tenant_id, by_key=True) as tx:
        wanted = await wanted_file(tx, context, wanted_id, request)
    return await file_reply(wanted, context, reader=annotator.annotator_id)


@put("/assignments/{handle:str}/answer", request_max_body_size=RESPONSE_BYTES_MAX)
async def revise(
    handle: str, data: Revise, annotator: workforce.Annotator, context: Context
) -> Revised:
    """Correct an answer before it is weighed; sending the same correction again changes nothing."""
    began = time.perf_counter()
    tenant_id, assignment_id = context.secret.open_handle(handle, holder=annotator.annotator_id)
    correction = corrections.Correction(
        annotator_id=annotator.annotator_id,
        revision=data.revision,
        response=data.response,
        active_ms=data.active_ms,
    )
    try:
        revision = await pipeline.revise(
            context.pool, tenant_id, assignment_id, correction, now=context.clock.now()
        )
    finally:
        await pace_reply(began)
    return Revised(revision=revision)


@post("/assignments/{handle:str}/unskip", status_code=200)
async def unskip(handle: str, annotator: workforce.Annotator, context: Context) -> AssignmentView:
    """Take back a skip, while nobody else was lent the task; it is the annotator's again."""
    began = time.perf_counter()
    tenant_id, assignment_id = context.secret.open_handle(handle, holder=annotator.annotator_id)
    try:
        async with as_tenant(context.pool, tenant_id, by_key=True) as tx:
            lent = await pipeline.take_back_skip(
                tx, assignment_id, annotator.annotator_id, now=context.clock.now()
            )
    finally:
        await pace_reply(began)
    return view(context, annotator, tenant_id, lent)
