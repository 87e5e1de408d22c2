"""Many tasks in one call: each line is created by itself, or with `atomic` all are or none."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

import msgspec
from litestar import Request, Response, post

from evenhand import pipeline, tenants
from evenhand.app.context import Context
from evenhand.app.door.bodies import as_stream
from evenhand.app.scale import query
from evenhand.app.scale.lines import (
    ARRAY_BYTES_MAX,
    LINE_BYTES_MAX,
    LINE_NODES_MAX,
    Line,
    chunks_in,
)
from evenhand.app.scale.replies import moment_now, reply
from evenhand.app.scale.steps import step
from evenhand.foundation.database import Tx
from evenhand.foundation.errors import EvenhandError, Invalid
from evenhand.task_types import Invalid as InvalidTask
from evenhand.task_types import InvalidParams, UnknownTaskType
from evenhand.work import intake

ERRORS_TOLD_MAX = 1_000
IDS_TOLD_MAX = 1_000
# While PostgreSQL enters two chunks, the next is read and proven.
CHUNKS_AT_ONCE = 2
ATOMIC_BYTES_MAX = ARRAY_BYTES_MAX
# Some 3 ms, so that other requests are served meanwhile.
LINES_BETWEEN_BREATHS = 250
BYTES_BETWEEN_BREATHS = 64 * 1024


class BadLine(Invalid):
    """The line is not one JSON object of at most 1 MB and 20,000 values."""


@dataclass(slots=True)
class BulkResult:
    """What became of the lines so far."""

    created: int = 0
    existing: int = 0
    failed: int = 0
    errors: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    task_ids: list[tuple[int, str | None]] = field(default_factory=list[tuple[int, str | None]])

    def refuse(self, number: int, why: str) -> None:
        """Count a line that could not be created."""
        self.failed += 1
        self.errors.append((number, why))
        self.task_ids.append((number, None))

    def count(self, number: int, entry: intake.Entry) -> None:
        """Count a line by what became of it."""
        match entry:
            case intake.Opened():
                self.created += 1
                self.task_ids.append((number, entry.opening.task_id))
            case intake.Existing():
                self.existing += 1
                self.task_ids.append((number, entry.task_id))
            case intake.Refused():
                self.refuse(number, told_of(entry.error))

    def add(self, other: "BulkResult") -> None:
        """Add what another chunk came to."""
        self.created += other.created
        self.existing += other.existing
        self.failed += other.failed
        # Chunks end in any order, so the first thousand are only known at the end of each.
        self.errors = sorted(self.errors + other.errors)[:ERRORS_TOLD_MAX]
        if len(self.task_ids) <= IDS_TOLD_MAX:
            self.task_ids += other.task_ids

    def told(self) -> dict[str, object]:
        """The summary that the customer gets."""
        summary: dict[str, object] = {
            "created": self.created,
            "existing": self.existing,
            "failed": self.failed,
            "errors": [{"line": number, "error": why} for number, why in self.errors],
        }
        if len(self.task_ids) <= IDS_TOLD_MAX:
            summary["task_ids"] = [task_id for _, task_id in sorted(self.task_ids)]
        return summary


@post("/tasks/bulk", status_code=200, request_max_body_size=None)
async def create_many(
    request: Request[Any, Any, Any], context: Context, caller: tenants.Caller
) -> Response[bytes]:
    """Create many tasks; a line whose unique_id exists names the task that has it."""
    as_stream(request)
    async with context.bulk_calls.taken(caller.tenant_id):
        return await _created(request, context, caller)


async def _created(
    request: Request[Any, Any, Any], context: Context, caller: tenants.Caller
) -> Response[bytes]:
    reading = _Reading(caller.is_test, query.text(request, "type"))
    if query.flag(request, "atomic"):
        return await _all_or_none(request, context, caller, reading)
    total = BulkResult()
    running: deque[asyncio.Task[BulkResult]] = deque()
    try:
        async for lines in chunks_in(request):
            chunk = await reading.read(lines)
            if len(running) == CHUNKS_AT_ONCE:
                total.add(await running.popleft())
            running.append(asyncio.create_task(_entered(context, caller, chunk)))
        while running:
            total.add(await running.popleft())
    finally:
        for task in running:
            task.cancel()
    return reply(total.told())


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Some lines, read: orders with their line numbers, and what could not be read."""

    numbers: list[int]
    orders: list[intake.Order]
    tally: BulkResult


async def _entered(context: Context, caller: tenants.Caller, chunk: _Chunk) -> BulkResult:
    async def enter(tx: Tx) -> list[intake.Entry]:
        return await pipeline.submit_many(tx, chunk.orders, now=moment_now(context))

    # A chunk is large enough to be worth a plan of its own.
    entries = await step(context, caller, enter, by_key=False)
    for number, entry in zip(chunk.numbers, entries, strict=True):
        chunk.tally.count(number, entry)
    return chunk.tally


async def _all_or_none(
    request: Request[Any, Any, Any], context: Context, caller: tenants.Caller, reading: "_Reading"
) -> Response[bytes]:
    # Read to its end before the transaction begins: none waits for a slow sender.
    chunks = [await reading.read(lines) async for lines in chunks_in(request, ATOMIC_BYTES_MAX)]

    async def enter(tx: Tx) -> BulkResult:
        total = BulkResult()
        now = moment_now(context)
        for chunk in chunks:
            tally = replace(chunk.tally, errors=[*chunk.tally.errors], task_ids=[])
            entries = await pipeline.submit_many(tx, chunk.orders, now=now)
            for number, entry in zip(chunk.numbers, entries, strict=True):
                tally.count(number, entry)
            total.add(tally)
        if total.failed:
            raise _Undone(total)
        return total

    try:
        return reply((await step(context, caller, enter, by_key=False)).told())
    except _Undone as undone:
        told = {**undone.tally.told(), "created": 0, "existing": 0}
        told.pop("task_ids", None)
        return reply(
            {
                "status_code": 400,
                "error": f"{undone.tally.failed:,} lines are not as they should be, and with "
                "`atomic` that means that nothing was created. Mend them and send all again.",
                **told,
            },
            status_code=400,
        )


class _Undone(Exception):
    """Takes back what was entered; not an error of the server."""

    def __init__(self, tally: BulkResult) -> None:
        super().__init__()
        self.tally = tally


@dataclass(frozen=True, slots=True)
class _Reading:
    """Makes orders of lines, all for one world and, where they name none, of one type."""

    is_test: bool
    default_type: str | None

    async def read(self, lines: Sequence[Line]) -> _Chunk:
        chunk = _Chunk([], [], BulkResult())
        since_lines = since_bytes = 0
        for line in lines:
            since_lines += 1
            since_bytes += 0 if line.content is None else len(line.content)
            if since_lines >= LINES_BETWEEN_BREATHS or since_bytes >= BYTES_BETWEEN_BREATHS:
                since_lines = since_bytes = 0
                await asyncio.sleep(0)
            try:
                chunk.orders.append(self._order(line))
                chunk.numbers.append(line.number)
            except (EvenhandError, InvalidTask, UnknownTaskType) as error:
                chunk.tally.refuse(line.number, told_of(error))
        return chunk

    def _order(self, line: Line) -> intake.Order:
        if line.content is None:
            raise BadLine(
                f"The line is longer than {LINE_BYTES_MAX:,} bytes or holds more than "
                f"{LINE_NODES_MAX:,} values. Upload large content with "
                "POST /v1/files/upload and send its attachment_url."
            )
        try:
            body = msgspec.json.decode(line.content)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise BadLine(f"The line is not JSON: {error}. Correct it there.") from error
        if type(body) is not dict:
            raise BadLine("The line is not an object. Send one JSON object a line.")
        sent = cast("dict[str, object]", body)
        type_name = sent.pop("type", None) or self.default_type
        if not isinstance(type_name, str):
            raise InvalidParams(
                "is missing", at="type", hint="Send it with the line, or as ?type= with the call."
            )
        return intake.order_of(type_name, sent, is_test=self.is_test)


def told_of(error: Exception) -> str:
    """What the sender of a line is told of its error."""
    return error.message if isinstance(error, EvenhandError) else str(error)
