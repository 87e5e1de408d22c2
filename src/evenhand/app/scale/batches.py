"""Batches: create, look at, list, count, finalize, change."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post

from evenhand import pipeline, tenants
from evenhand.app.context import Context
from evenhand.app.scale import bodies, query
from evenhand.app.scale.paths import name_in
from evenhand.app.scale.projects import check_name
from evenhand.app.scale.replies import moment_now, reply
from evenhand.app.scale.steps import step
from evenhand.delivery import contract
from evenhand.foundation.database import Tx, as_tenant
from evenhand.task_types import InvalidParams
from evenhand.task_types.outside import params_of
from evenhand.work import intake, projects

OFFSET_MAX = 1_000_000
STATUSES = ("staging", "in_progress", "completed", "paused", "cancelled")

_MENDS = {
    "project": "Send the name of a project.",
    "name": "Send a name of your own.",
    "callback": "Send an http(s) URL or an e-mail address.",
    "metadata": 'Send an object such as {"source": "camera 7"}.',
    "priority": "Send 10, 20 or 30.",
}


class BatchForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A batch as it is asked for."""

    project: str
    name: str
    callback: str | None = None
    calibration_batch: bool = False
    self_label_batch: bool = False
    metadata: dict[str, Any] = {}


class PriorityForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The priority that all pending tasks of a batch are to have."""

    priority: int


@post("/batches", status_code=200)
async def create(
    request: Request[Any, Any, Any], context: Context, caller: tenants.Caller
) -> Response[bytes]:
    """Create a batch; one of a Rapid or Studio project begins in staging."""
    form = params_of(await bodies.object_in(request), BatchForm, _MENDS)
    check_name(form.name)
    if form.callback:
        intake.check_callback(form.callback, "callback")
    for name in ("calibration_batch", "self_label_batch"):
        if getattr(form, name):
            raise InvalidParams(
                "is not supported",
                at=name,
                hint="Leave it out: all batches of a project go before the same annotators.",
            )
    new = projects.NewBatch(
        name=form.name,
        project=form.project,
        is_test=caller.is_test,
        callback=form.callback or None,
        metadata=intake.check_metadata(form.metadata),
        options={},
    )
    async with as_tenant(context.pool, caller.tenant_id) as tx:
        batch = await pipeline.project.create_batch(tx, new, now=moment_now(context))
    return reply(contract.batch_object(batch))


@get("/batches")
async def find(
    request: Request[Any, Any, Any], context: Context, caller: tenants.Caller
) -> Response[bytes]:
    """Answer a page of batches, newest first, with the exact number of all that fit."""
    most = projects.BATCHES_A_PAGE_MAX
    limit = query.whole(request, "limit", default=most, least=1, most=most)
    offset = query.whole(request, "offset", default=0, least=0, most=OFFSET_MAX)
    wanted = projects.BatchFilter(
        is_test=caller.is_test,
        project=query.text(request, "project"),
        status=query.one_of(request, "status", STATUSES),
        created_from=query.moment(request, "start_time"),
        created_to=query.moment(request, "end_time"),
        completed_from=query.moment(request, "completed_after"),
        completed_to=query.moment(request, "completed_before"),
    )
    async with as_tenant(context.pool, caller.tenant_id) as tx:
        found, total = await projects.find_batches(tx, wanted, limit=limit, offset=offset)
        detailed = query.flag(request, "detailed")
        counts = await projects.counts_of(tx, [b.batch_id for b in found]) if detailed else {}
    return reply(
        {
            "docs": [contract.batch_object(batch, counts.get(batch.batch_id)) for batch in found],
            "totalDocs": total,
            "total": total,
            "limit": limit,
            "offset": offset,
            "has_more": offset + len(found) < total,
        }
    )


@get("/batches/{name:str}")
async def look(
    request: Request[Any, Any, Any], context: Context, caller: tenants.Caller
) -> Response[bytes]:
    """Answer one batch."""
    async with as_tenant(context.pool, caller.tenant_id) as tx:
        batch = await projects.batch_of(tx, name_in(request), is_test=caller.is_test)
    return reply(contract.batch_object(batch))


@get("/batches/{name:str}/status")
async def status(
    request: Request[Any, Any, Any], context: Context, caller: tenants.Caller
) -> Response[bytes]:
    """Answer how far a batch is: its status, and its tasks counted by theirs."""
    async with as_tenant(context.pool, caller.tenant_id) as tx:
        batch = await projects.batch_of(tx, name_in(request), is_test=caller.is_test)
        counts = await projects.counts_of(tx, [batch.batch_id])
    return reply(contract.batch_status_object(batch, counts[batch.batch_id]))


@post("/batches/{name:str}/finalize", status_code=200)
async def finalize(
    request: Request[Any, Any, Any], context: Context, caller: tenants.Caller
) -> Response[bytes]:
    """Let work on a staged batch begin, and take no more tasks; any other stays as it is."""
    name = name_in(request)

    async def begin(tx: Tx) -> projects.Batch:
        return await pipeline.project.finalize_batch(
            tx, name, is_test=caller.is_test, now=moment_now(context)
        )

    return reply(contract.batch_object(await step(context, caller, begin)))


@post("/batches/{name:str}/setMetadata", status_code=200)
async def set_metadata(
    request: Request[Any, Any, Any], context: Context, caller: tenants.Caller
) -> Response[bytes]:
    """Replace the metadata of a batch."""
    metadata = intake.check_metadata(await bodies.object_in(request))
    async with as_tenant(context.pool, caller.tenant_id) as tx:
        batch = await pipeline.project.set_batch_metadata(
            tx, name_in(request), metadata, is_test=caller.is_test, now=moment_now(context)
        )
    return reply(contract.batch_object(batch))


@post("/batches/{name:str}/prioritize", status_code=200)
async def prioritize(
    request: Request[Any, Any, Any], context: Context, caller: tenants.Caller
) -> Response[bytes]:
    """Give all pending tasks of a batch a priority, and those that are added later."""
    form = params_of(await bodies.object_in(request), PriorityForm, _MENDS)
    intake.check_priority(form.priority)
    name = name_in(request)

    async def reorder(tx: Tx) -> int:
        return await pipeline.project.prioritize_batch(
            tx, name, priority=form.priority, is_test=caller.is_test, now=moment_now(context)
        )

    changed = await step(context, caller, reorder)
    return reply({"result": "success", "tasks": changed})
