"""Many tasks in one call: each line is created by itself, or with `atomic` all are or none."""

import asyncio
import hashlib
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, post

from evenhand import pipeline, tenants
from evenhand.app.context import Context
from evenhand.app.door.bodies import as_stream
from evenhand.app.scale import query
from evenhand.app.scale.bulk_lines import BulkResult, Chunk, Reading
from evenhand.app.scale.lines import ARRAY_BYTES_MAX, chunks_in
from evenhand.app.scale.replies import moment_now, reply
from evenhand.app.scale.steps import step
from evenhand.app.scale.tasks import repeatable
from evenhand.foundation.database import Tx
from evenhand.work import intake

# While PostgreSQL enters two chunks, the next is read and proven.
CHUNKS_AT_ONCE = 2
# What is entered in one transaction is read to its end before that begins.
WHOLE_BYTES_MAX = ARRAY_BYTES_MAX


@dataclass(frozen=True, slots=True)
class _Call:
    """A call, and who makes it."""

    request: Request[Any, Any, Any]
    context: Context
    caller: tenants.Caller
    reading: Reading
    is_atomic: bool


@post("/tasks/bulk", status_code=200, request_max_body_size=None)
async def create_many(
    request: Request[Any, Any, Any], context: Context, caller: tenants.Caller
) -> Response[bytes]:
    """Create many tasks; a line whose unique_id exists names the task that has it."""
    as_stream(request)
    reading = Reading(caller.is_test, query.text(request, "type"))
    call = _Call(request, context, caller, reading, bool(query.flag(request, "atomic")))
    is_repeatable = repeatable(request, caller, "", b"") is not None
    async with context.bulk_calls.taken(caller.tenant_id):
        if call.is_atomic or is_repeatable:
            return await _in_one_transaction(call)
        return await _by_chunks(call)


async def _by_chunks(call: _Call) -> Response[bytes]:
    total = BulkResult()
    running: deque[asyncio.Task[BulkResult]] = deque()
    try:
        async for lines in chunks_in(call.request):
            chunk = await call.reading.read(lines)
            if len(running) == CHUNKS_AT_ONCE:
                total.add(await running.popleft())
            running.append(asyncio.create_task(_entered(call, chunk)))
        while running:
            total.add(await running.popleft())
    finally:
        for task in running:
            task.cancel()
    return reply(total.told())


async def _entered(call: _Call, chunk: Chunk) -> BulkResult:
    async def enter(tx: Tx) -> list[intake.Entry]:
        return await pipeline.submit_many(tx, chunk.orders, now=moment_now(call.context))

    # A chunk is large enough to be worth a plan of its own.
    return chunk.result(await step(call.context, call.caller, enter, by_key=False))


async def _in_one_transaction(call: _Call) -> Response[bytes]:
    # Read to its end before the transaction begins: none waits for a slow sender.
    body = hashlib.sha256()
    why = "With `atomic`" if call.is_atomic else "With an Idempotency-Key"
    chunks = [
        await call.reading.read(lines)
        async for lines in chunks_in(call.request, WHOLE_BYTES_MAX, why=why, on_piece=body.update)
    ]
    said = f"bulk {call.reading.default_type} {call.is_atomic} {body.hexdigest()}"
    once = repeatable(call.request, call.caller, said, b"")

    async def enter(tx: Tx) -> bytes:
        now = moment_now(call.context)
        if once is not None:
            before = await intake.begin_once(tx, once, now=now)
            if before is not None:
                return before.encode()
        total = await _entered_in(tx, call, chunks)
        if total.failed and call.is_atomic:
            raise _Undone(total)
        answer = reply(total.told()).content
        if once is not None:
            await intake.keep_answer(tx, once, answer.decode())
        return answer

    try:
        answer = await step(call.context, call.caller, enter, by_key=False)
    except _Undone as undone:
        return _undone(undone.total)
    return Response(answer, media_type="application/json")


async def _entered_in(tx: Tx, call: _Call, chunks: Sequence[Chunk]) -> BulkResult:
    total = BulkResult()
    now = moment_now(call.context)
    for chunk in chunks:
        total.add(chunk.result(await pipeline.submit_many(tx, chunk.orders, now=now)))
    return total


class _Undone(Exception):
    """Takes back what was entered; not an error of the server."""

    def __init__(self, total: BulkResult) -> None:
        super().__init__()
        self.total = total


def _undone(total: BulkResult) -> Response[bytes]:
    told = {**total.told(), "created": 0, "existing": 0}
    for of_what_is_there in ("task_ids", "existing_lines", "existing_lines_left_off"):
        told.pop(of_what_is_there, None)
    return reply(
        {
            "status_code": 400,
            "error": f"{total.failed:,} lines are not as they should be, and with "
            "`atomic` that means that nothing was created. Mend them and send all again.",
            **told,
        },
        status_code=400,
    )
