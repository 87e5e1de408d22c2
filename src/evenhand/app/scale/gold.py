"""Evaluation and training tasks: create, look at, find, retire; copies of settled tasks.

The contract says no more than how they are created; the rest is ours.
"""

from collections.abc import Mapping
from typing import Any, cast

from litestar import Request, Response, delete, get, post

from evenhand import pipeline, tenants
from evenhand.app.context import Context
from evenhand.app.scale import bodies, query
from evenhand.app.scale.replies import moment_now, reply
from evenhand.app.scale.steps import step
from evenhand.app.scale.tasks import repeatable, require_id
from evenhand.delivery import contract
from evenhand.foundation.database import Tx, as_tenant
from evenhand.task_types import InvalidParams
from evenhand.task_types.outside import prove_json
from evenhand.work import gold_tasks, intake

OFFSET_MAX = 1_000_000
PURPOSES: Mapping[str, gold_tasks.GoldPurpose] = {
    "evaluation_tasks": "evaluation",
    "training_tasks": "training",
}
_RESPONSES = ("expected_response", "initial_response")


@post(["/evaluation_tasks/{name:str}", "/training_tasks/{name:str}"], status_code=200)
async def create(
    request: Request[Any, Any, Any], context: Context, caller: tenants.Caller, name: str
) -> Response[bytes]:
    """Create a task whose response is known, of the type that the path names."""
    purpose = _purpose(request)
    raw = await bodies.bytes_in(request, bodies.TASK_BYTES_MAX)
    body = bodies.as_object(raw, request.headers.get("content-type", ""))
    asked = {key: value for key, value in body.items() if key not in _RESPONSES}
    order = intake.order_of(name, asked, is_test=caller.is_test, purpose=purpose)
    expected = _response(body, "expected_response")
    if expected is None:
        raise InvalidParams(
            "is missing",
            at="expected_response",
            hint="Send the right response, in the form in which tasks of this type are answered.",
        )
    initial = _response(body, "initial_response") if purpose == "evaluation" else None
    once = repeatable(request, caller, f"{purpose} {name}", raw)

    async def submit(tx: Tx) -> bytes:
        now = moment_now(context)
        if once is not None:
            before = await intake.begin_once(tx, once, now=now)
            if before is not None:
                return before.encode()
        gold = await pipeline.annotator.add_gold(tx, order, expected, initial=initial, now=now)
        answer = reply(contract.gold_object(gold)).content
        if once is not None:
            await intake.keep_answer(tx, once, answer.decode())
        return answer

    return Response(await step(context, caller, submit), media_type="application/json")


@post(["/task/{task_id:str}/evaluation_task", "/task/{task_id:str}/training_task"], status_code=200)
async def copy(
    request: Request[Any, Any, Any], context: Context, caller: tenants.Caller, task_id: str
) -> Response[bytes]:
    """Make a completed task into one whose response is known; the task itself stays as it is."""
    require_id(task_id)
    is_lesson = request.url.path.rstrip("/").endswith("/training_task")
    expected = _response(
        await bodies.object_in(request, bodies.TASK_BYTES_MAX), "expected_response"
    )

    async def submit(tx: Tx) -> gold_tasks.Gold:
        return await pipeline.annotator.gold_from_task(
            tx,
            task_id,
            "training" if is_lesson else "evaluation",
            is_test=caller.is_test,
            expected=expected,
            now=moment_now(context),
        )

    return reply(contract.gold_object(await step(context, caller, submit)))


@get(["/evaluation_tasks", "/training_tasks"])
async def find(
    request: Request[Any, Any, Any], context: Context, caller: tenants.Caller
) -> Response[bytes]:
    """Answer a page of evaluation or training tasks, newest first."""
    most = gold_tasks.GOLD_A_PAGE_MAX
    limit = query.whole(request, "limit", default=most, least=1, most=most)
    offset = query.whole(request, "offset", default=0, least=0, most=OFFSET_MAX)
    async with as_tenant(context.pool, caller.tenant_id) as tx:
        found, total = await gold_tasks.find_gold(
            tx,
            _purpose(request),
            is_test=caller.is_test,
            project=query.text(request, "project"),
            limit=limit,
            offset=offset,
        )
    return reply(
        {
            "docs": [contract.gold_object(gold) for gold in found],
            "total": total,
            "limit": limit,
            "offset": offset,
            "has_more": offset + len(found) < total,
        }
    )


@get(["/evaluation_tasks/{name:str}", "/training_tasks/{name:str}"])
async def look(
    request: Request[Any, Any, Any], context: Context, caller: tenants.Caller, name: str
) -> Response[bytes]:
    """Answer one evaluation or training task, with how often it was answered rightly."""
    async with as_tenant(context.pool, caller.tenant_id) as tx:
        gold = await _of_path(tx, request, name, is_test=caller.is_test)
    return reply(contract.gold_object(gold))


@delete(["/evaluation_tasks/{name:str}", "/training_tasks/{name:str}"], status_code=200)
async def retire(
    request: Request[Any, Any, Any], context: Context, caller: tenants.Caller, name: str
) -> Response[bytes]:
    """Give an evaluation or training task to nobody any more; what was answered stays."""

    async def take_back(tx: Tx) -> gold_tasks.Gold:
        await _of_path(tx, request, name, is_test=caller.is_test)
        return await pipeline.annotator.retire_gold(
            tx, name, is_test=caller.is_test, now=moment_now(context)
        )

    return reply(contract.gold_object(await step(context, caller, take_back)))


async def _of_path(
    tx: Tx, request: Request[Any, Any, Any], task_id: str, *, is_test: bool
) -> gold_tasks.Gold:
    gold = await gold_tasks.gold_of(tx, task_id, is_test=is_test)
    if gold.purpose != _purpose(request):
        raise gold_tasks.NoSuchGold
    return gold


def _purpose(request: Request[Any, Any, Any]) -> gold_tasks.GoldPurpose:
    parts = request.url.path.strip("/").split("/")
    return PURPOSES[parts[1]]


def _response(body: Mapping[str, object], name: str) -> dict[str, object] | None:
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, dict):
        raise InvalidParams(
            "is not an object",
            at=name,
            hint="Send it in the form in which tasks of this type are answered.",
        )
    response = cast("dict[str, object]", value)
    prove_json(response, InvalidParams)
    return response
