"""Tasks: create, look at, find, cancel, change at the edges, call back again."""

import hashlib
import re
import time
from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any, cast

from litestar import Request, Response, delete, get, post, put
from litestar.params import Parameter

from evenhand import pipeline, tenants
from evenhand.app.context import Context
from evenhand.app.door.answers import NEVER_COMPRESSED
from evenhand.app.reply_timing import pace_reply
from evenhand.app.scale import bodies, query, tokens
from evenhand.app.scale.replies import moment_now, reply
from evenhand.app.scale.steps import step
from evenhand.delivery import contract
from evenhand.foundation.database import Tx, as_tenant
from evenhand.foundation.errors import Invalid
from evenhand.task_types import REGISTRY, InvalidParams
from evenhand.work import intake, tasks

OFFSET_MAX = 1_000_000  # further on, next_token is the way
IDEMPOTENCY_KEY_LENGTH_MAX = 255
STATUSES = ("pending", "completed", "canceled", "error")

_TASK_ID = re.compile(r"[0-9a-f]{24}")
_TypeName = Annotated[
    str,
    Parameter(
        description="The type of task, for example categorization.",
        schema_extra={"enum": sorted(REGISTRY)},
    ),
]


class BadIdempotencyKey(Invalid):
    """The Idempotency-Key is longer than 255 characters; send a UUID."""


@post("/task/{type_name:str}", status_code=200, opt={NEVER_COMPRESSED: True})
async def create(
    request: Request[Any, Any, Any],
    context: Context,
    caller: tenants.Caller,
    type_name: _TypeName,
) -> Response[bytes]:
    """Create a task; with a test key it is completed at once."""
    raw = await bodies.bytes_in(request, bodies.TASK_BYTES_MAX)
    body = bodies.as_object(raw, request.headers.get("content-type", ""))
    order = intake.order_of(type_name, body, is_test=caller.is_test)
    once = repeatable(request, caller, type_name, raw)
    if once is None:
        task = await context.creates.entered(
            caller.tenant_id, order, len(raw), partial(_submit_each, context, caller)
        )
        return reply(contract.task_object(task))

    async def submit(tx: Tx) -> bytes:
        now = moment_now(context)
        before = await intake.begin_once(tx, once, now=now)
        if before is not None:
            return before.encode()
        answer = reply(contract.task_object(await pipeline.submit(tx, order, now=now))).content
        await intake.keep_answer(tx, once, answer.decode())
        return answer

    return Response(await step(context, caller, submit), media_type="application/json")


async def _submit_each(
    context: Context, caller: tenants.Caller, orders: Sequence[intake.Order]
) -> list[pipeline.Submitted]:
    async def submit(tx: Tx) -> list[pipeline.Submitted]:
        return await pipeline.submit_each(tx, orders, now=moment_now(context))

    return await step(context, caller, submit)


def repeatable(
    request: Request[Any, Any, Any], caller: tenants.Caller, type_name: str, body: bytes
) -> intake.Repeatable | None:
    """Read the key under which a request may be sent twice, if it has one."""
    key = request.headers.get("idempotency-key", "").strip()
    if not key:
        return None
    if len(key) > IDEMPOTENCY_KEY_LENGTH_MAX:
        raise BadIdempotencyKey
    return intake.Repeatable(
        is_test=caller.is_test,
        key_hash=hashlib.sha256(key.encode()).digest(),
        body_hash=hashlib.sha256(type_name.encode() + b"\n" + body).digest(),
    )


@get("/task/{task_id:str}")
async def look(context: Context, caller: tenants.Caller, task_id: str) -> Response[bytes]:
    """Answer one task."""
    require_id(task_id)
    async with as_tenant(context.pool, caller.tenant_id, by_key=True) as tx:
        task = await tasks.task_of(tx, task_id, is_test=caller.is_test)
    return reply(contract.task_object(task))


@get("/task/{task_id:str}/receipts")
async def receipts(context: Context, caller: tenants.Caller, task_id: str) -> Response[bytes]:
    """Answer receipts of all that was recorded of a task."""
    require_id(task_id)
    began = time.perf_counter()
    async with as_tenant(context.pool, caller.tenant_id) as tx:
        await tasks.task_of(tx, task_id, is_test=caller.is_test)
        found = await pipeline.record.receipts_of_task(tx, context.publication, task_id)
    # The map of an epoch takes the longer to prove, the more tenants' logs moved in it.
    await pace_reply(began)
    told = [receipt.as_json() for receipt in found.receipts]
    return reply({"receipts": told, "waiting": found.waiting})


@get("/tasks")
async def find(
    request: Request[Any, Any, Any], context: Context, caller: tenants.Caller
) -> Response[bytes]:
    """Answer a page of tasks, newest first, with the exact number of all that fit."""
    wanted = _filter(request, is_test=caller.is_test)
    limit = query.whole(
        request, "limit", default=tasks.TASKS_A_PAGE_MAX, least=1, most=tasks.TASKS_A_PAGE_MAX
    )
    token = tokens.opened(query.text(request, "next_token"))
    offset = 0 if token else query.whole(request, "offset", default=0, least=0, most=OFFSET_MAX)
    async with as_tenant(context.pool, caller.tenant_id) as tx:
        # Later pages repeat the first one's total, or each would count everything again.
        found = await tasks.find_tasks(
            tx,
            wanted,
            after=token.after if token else None,
            limit=limit + 1,
            offset=offset,
            total=token.total if token else None,
        )
    docs, more = found.tasks[:limit], len(found.tasks) > limit
    worded = (
        contract.limited_task_object
        if query.flag(request, "limited_response")
        else contract.task_object
    )
    page: dict[str, Any] = {
        "docs": [worded(task) for task in docs],
        "total": found.total,
        "limit": limit,
        "offset": offset,
        "has_more": more,
    }
    if more:
        last = tasks.After(created_at=docs[-1].created_at, task_id=docs[-1].task_id)
        page["next_token"] = tokens.sealed(tokens.Token(after=last, total=found.total))
    return reply(page)


def _filter(request: Request[Any, Any, Any], *, is_test: bool) -> tasks.TaskFilter:
    _require_kept(request)
    return tasks.TaskFilter(
        is_test=is_test,
        status=query.one_of(request, "status", STATUSES),
        type=query.text(request, "type"),
        project=query.text(request, "project"),
        batch=query.text(request, "batch"),
        unique_ids=query.texts(request, "unique_id"),
        tags=query.texts(request, "tags"),
        created_from=query.moment(request, "start_time"),
        created_to=query.moment(request, "end_time"),
        completed_from=query.moment(request, "completed_after"),
        completed_to=query.moment(request, "completed_before"),
        updated_from=query.moment(request, "updated_after"),
        updated_to=query.moment(request, "updated_before"),
    )


def _require_kept(request: Request[Any, Any, Any]) -> None:
    """Refuse a filter by what no task has, rather than answer that no task fits."""
    if query.text(request, "customer_review_status") is not None:
        raise query.InvalidQuery(
            "`customer_review_status` is not kept here, so nothing is found by it. Leave it out."
        )


@post("/task/{task_id:str}/cancel", status_code=200)
async def cancel(
    request: Request[Any, Any, Any], context: Context, caller: tenants.Caller, task_id: str
) -> Response[bytes]:
    """Cancel a pending task on which no work has begun; to cancel it again changes nothing."""
    require_id(task_id)
    clear = query.flag(request, "clear_unique_id") or bodies.flag(
        await bodies.object_in(request), "clear_unique_id"
    )

    async def withdraw(tx: Tx) -> tasks.Task:
        return await pipeline.cancel(
            tx, task_id, is_test=caller.is_test, clear_unique_id=clear, now=moment_now(context)
        )

    return reply(contract.task_object(await step(context, caller, withdraw)))


@post("/task/{task_id:str}/unique_id", status_code=200)
async def set_unique_id(
    request: Request[Any, Any, Any], context: Context, caller: tenants.Caller, task_id: str
) -> Response[bytes]:
    """Give a task another unique_id."""
    require_id(task_id)
    unique_id = (await bodies.object_in(request)).get("unique_id")
    if not isinstance(unique_id, str) or not unique_id:
        raise InvalidParams("is missing", at="unique_id", hint="Send a string of your own.")
    intake.check_unique_id(unique_id)
    return await _with_unique_id(context, caller, task_id, unique_id)


@delete("/task/{task_id:str}/unique_id", status_code=200)
async def clear_unique_id(
    context: Context, caller: tenants.Caller, task_id: str
) -> Response[bytes]:
    """Take a task's unique_id away, so that another task may have it."""
    require_id(task_id)
    return await _with_unique_id(context, caller, task_id, None)


async def _with_unique_id(
    context: Context, caller: tenants.Caller, task_id: str, unique_id: str | None
) -> Response[bytes]:
    async with as_tenant(context.pool, caller.tenant_id) as tx:
        task = await pipeline.set_unique_id(
            tx, task_id, unique_id, is_test=caller.is_test, now=moment_now(context)
        )
    return reply(contract.task_object(task))


@post("/task/{task_id:str}/setMetadata", status_code=200)
async def set_metadata(
    request: Request[Any, Any, Any], context: Context, caller: tenants.Caller, task_id: str
) -> Response[bytes]:
    """Replace the metadata of a task."""
    require_id(task_id)
    metadata = intake.check_metadata(await bodies.object_in(request))
    async with as_tenant(context.pool, caller.tenant_id) as tx:
        task = await pipeline.set_task_metadata(
            tx, task_id, metadata, is_test=caller.is_test, now=moment_now(context)
        )
    return reply(contract.task_object(task))


@post("/task/{task_id:str}/tags", status_code=200)
async def set_tags(
    request: Request[Any, Any, Any], context: Context, caller: tenants.Caller, task_id: str
) -> Response[bytes]:
    """Replace the tags of a task."""
    tags = await _tags_in(request, task_id)
    async with as_tenant(context.pool, caller.tenant_id) as tx:
        task = await pipeline.set_tags(
            tx, task_id, tags, is_test=caller.is_test, now=moment_now(context)
        )
    return reply(contract.task_object(task))


@put("/task/{task_id:str}/tags", status_code=200)
async def add_tags(
    request: Request[Any, Any, Any], context: Context, caller: tenants.Caller, task_id: str
) -> Response[bytes]:
    """Add tags to a task; those that it has already are ignored."""
    tags = await _tags_in(request, task_id)
    async with as_tenant(context.pool, caller.tenant_id) as tx:
        task = await pipeline.add_tags(
            tx, task_id, tags, is_test=caller.is_test, now=moment_now(context)
        )
    return reply(contract.task_object(task))


@delete("/task/{task_id:str}/tags", status_code=200)
async def remove_tags(
    request: Request[Any, Any, Any], context: Context, caller: tenants.Caller, task_id: str
) -> Response[bytes]:
    """Take tags from a task; those that it does not have are ignored."""
    tags = await _tags_in(request, task_id)
    async with as_tenant(context.pool, caller.tenant_id) as tx:
        task = await pipeline.remove_tags(
            tx, task_id, tags, is_test=caller.is_test, now=moment_now(context)
        )
    return reply(contract.task_object(task))


async def _tags_in(request: Request[Any, Any, Any], task_id: str) -> list[str]:
    require_id(task_id)
    sent = await bodies.value_in(request)
    if isinstance(sent, dict):
        sent = cast("dict[str, object]", sent).get("tags")
    return intake.check_tags([] if sent is None else sent)


@post("/task/{task_id:str}/send_callback", status_code=200)
async def send_callback(context: Context, caller: tenants.Caller, task_id: str) -> Response[bytes]:
    """Send the callback of a completed or errored task once more."""
    require_id(task_id)
    async with as_tenant(context.pool, caller.tenant_id) as tx:
        await pipeline.send_again(tx, task_id, is_test=caller.is_test, now=moment_now(context))
    return reply({"success": True})


@post("/task/{task_id:str}/retry", status_code=200)
async def retry(context: Context, caller: tenants.Caller, task_id: str) -> Response[bytes]:
    """Prepare a task that ended in error once more: what it shows is fetched anew."""
    require_id(task_id)

    async def again(tx: Tx) -> tasks.Task:
        return await pipeline.retry(tx, task_id, is_test=caller.is_test, now=moment_now(context))

    return reply(contract.task_object(await step(context, caller, again)))


def require_id(task_id: str) -> None:
    """Refuse what cannot be the id of a task."""
    if not _TASK_ID.fullmatch(task_id):
        raise tasks.NoSuchTask
