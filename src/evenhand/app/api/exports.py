"""What a tenant takes away: exports of responses, and the record of its callbacks."""

from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Annotated, Any, Literal

from litestar import get
from litestar.di import Provide
from litestar.params import QueryParameter
from litestar.response import Stream

from evenhand import delivery, pipeline, tenants
from evenhand.app.context import Context
from evenhand.foundation.database import as_tenant
from evenhand.foundation.spool import Spool
from evenhand.work import projects, tasks

MEDIA_TYPES = {"jsonl": "application/x-ndjson", "parquet": "application/vnd.apache.parquet"}


async def selection(
    caller: tenants.Caller,
    project: str | None = None,
    batch: str | None = None,
    status: Literal["pending", "completed", "canceled", "error"] | None = None,
    params: bool = False,
    annotations: bool = False,
) -> delivery.Selection:
    """Read from the query which tasks are wanted, and how much of each."""
    return delivery.Selection(
        is_test=caller.is_test,
        project=project,
        batch=batch,
        status=status,
        with_params=params,
        with_annotations=annotations,
    )


@get("/export", dependencies={"selected": Provide(selection)})
async def export(
    caller: tenants.Caller,
    context: Context,
    selected: delivery.Selection,
    form: Annotated[delivery.Form, QueryParameter(name="format")] = "jsonl",
) -> Stream:
    """Stream the tasks with their responses, filtered, as JSON lines or as Parquet."""
    await _require_names(context, caller, selected)
    pieces = _in_turn(context, caller, selected, form)
    # With the first piece at hand all was read: what fails before it is still told as an error.
    first = await anext(pieces, b"")
    return Stream(
        _joined(first, pieces),
        media_type=MEDIA_TYPES[form],
        headers={"Content-Disposition": f'attachment; filename="evenhand.{form}"'},
    )


@get("/export/receipts", dependencies={"selected": Provide(selection)})
async def export_receipts(
    caller: tenants.Caller, context: Context, selected: delivery.Selection
) -> Stream:
    """Stream the receipts of the tasks that an export is of, as `evenhand verify` reads them."""
    await _require_names(context, caller, selected)
    pieces = _receipts_in_turn(context, caller, selected)
    first = await anext(pieces, b"")
    return Stream(
        _joined(first, pieces),
        media_type=MEDIA_TYPES["jsonl"],
        headers={"Content-Disposition": 'attachment; filename="receipts.jsonl"'},
    )


async def _require_names(
    context: Context, caller: tenants.Caller, selected: delivery.Selection
) -> None:
    async with as_tenant(context.pool, caller.tenant_id) as tx:
        await projects.require_names(
            tx, project=selected.project, batch=selected.batch, is_test=caller.is_test
        )


async def _receipts_in_turn(
    context: Context, caller: tenants.Caller, selected: delivery.Selection
) -> AsyncIterator[bytes]:
    with Spool() as ids:
        async with context.exports.taken(caller.tenant_id):
            async with as_tenant(context.pool, caller.tenant_id) as tx:
                await delivery.write_ids(tx, selected, ids)
            async for line in pipeline.record.receipt_lines(
                context.pool,
                context.publication,
                caller.tenant_id,
                of_tasks=delivery.ids_in(ids),
            ):
                yield line


async def _in_turn(
    context: Context, caller: tenants.Caller, selected: delivery.Selection, form: delivery.Form
) -> AsyncIterator[bytes]:
    # Held until the last piece is taken: what a slow reader leaves lying is on the disk.
    async with context.exports.taken(caller.tenant_id):
        async for piece in delivery.export(context.pool, caller.tenant_id, selected, form=form):
            yield piece


async def _joined(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece


@get("/callbacks")
async def callbacks(
    caller: tenants.Caller, context: Context, task_id: str
) -> dict[str, list[dict[str, Any]]]:
    """Show every callback of a task with every attempt."""
    async with as_tenant(context.pool, caller.tenant_id) as tx:
        await tasks.task_of(tx, task_id, is_test=caller.is_test)
        found = [
            {
                **asdict(callback),
                "tries": [
                    asdict(one) for one in await delivery.attempts_of(tx, callback.callback_id)
                ],
            }
            for callback in await delivery.callbacks_of(tx, task_id)
        ]
    return {"callbacks": found}
