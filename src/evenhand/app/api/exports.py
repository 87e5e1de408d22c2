"""What a tenant takes away: exports of responses, and the record of its callbacks."""

from dataclasses import asdict
from typing import Annotated, Any, Literal

from litestar import get
from litestar.params import QueryParameter
from litestar.response import Stream

from evenhand import delivery, tenants, work
from evenhand.app.context import Context
from evenhand.foundation.database import as_tenant

MEDIA_TYPES = {"jsonl": "application/x-ndjson", "parquet": "application/vnd.apache.parquet"}


@get("/export")
async def export(
    caller: tenants.Caller,
    context: Context,
    project: str | None = None,
    batch: str | None = None,
    status: Literal["pending", "completed", "canceled", "error"] | None = None,
    export_format: Annotated[Literal["jsonl", "parquet"], QueryParameter(name="format")] = "jsonl",
    annotations: bool = False,
) -> Stream:
    """Stream the tasks with their responses, filtered, as JSON lines or as Parquet."""
    wanted = delivery.ExportFilter(
        is_test=caller.is_test, project=project, batch=batch, status=status, annotations=annotations
    )
    content = delivery.exported(context.pool, caller.tenant_id, wanted, export_format)
    return Stream(
        content,
        media_type=MEDIA_TYPES[export_format],
        headers={"Content-Disposition": f'attachment; filename="evenhand.{export_format}"'},
    )


@get("/callbacks")
async def callbacks(
    caller: tenants.Caller, context: Context, task_id: str
) -> dict[str, list[dict[str, Any]]]:
    """Show every callback of a task with every attempt."""
    async with as_tenant(context.pool, caller.tenant_id) as tx:
        await work.task_of(tx, task_id, is_test=caller.is_test)
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
