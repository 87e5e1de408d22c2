"""What a tenant sees of its own record: receipts, and to whom its content went."""

import time
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

from litestar import Response, get
from litestar.params import QueryParameter
from litestar.response import Stream

from evenhand import delivery, pipeline, tenants
from evenhand.app.api.disclosures_page import PAGE_HEADERS, page_of
from evenhand.app.context import Context
from evenhand.app.reply_timing import pace_reply
from evenhand.foundation.database import as_tenant

_Start = Annotated[int, QueryParameter(ge=0, description="The place of the first entry.")]
_Limit = Annotated[int, QueryParameter(ge=1, le=pipeline.record.RECEIPTS_A_PAGE_MAX)]


@get("/log")
async def log(caller: tenants.Caller, context: Context) -> dict[str, Any]:
    """Show by what name and key the tenant's own log stands in the public one."""
    async with as_tenant(context.pool, caller.tenant_id) as tx:
        found = await pipeline.record.private_log(tx, context.publication)
    return {
        "public_log": context.publication.origin,
        "log": None if found is None else found.name,
        "key": None if found is None else found.key.hex(),
    }


@get("/receipts")
async def receipts(
    caller: tenants.Caller,
    context: Context,
    start: _Start = 0,
    limit: _Limit = 20,
    kind: list[str] | None = None,
) -> dict[str, Any]:
    """Give receipts of the tenant's entries in their order, of some kinds or of all."""
    began = time.perf_counter()
    async with as_tenant(context.pool, caller.tenant_id) as tx:
        found = await pipeline.record.receipts_from(
            tx, context.publication, start=start, limit=limit, kinds=kind
        )
    # The map of an epoch takes the longer to prove, the more tenants' logs moved in it.
    await pace_reply(began)
    return worded(found)


@get("/receipts/file")
async def receipts_file(caller: tenants.Caller, context: Context) -> Stream:
    """Stream all receipts as JSON lines, behind one with the name and key of the tenant's log."""
    return Stream(
        _lines(context, caller),
        media_type="application/x-ndjson",
        headers={"Content-Disposition": 'attachment; filename="receipts.jsonl"'},
    )


async def _lines(context: Context, caller: tenants.Caller) -> AsyncIterator[bytes]:
    # As exports: of one tenant so many at once, however slowly they are taken.
    async with context.exports.taken(caller.tenant_id):
        async for line in pipeline.record.receipt_lines(
            context.pool, context.publication, caller.tenant_id
        ):
            yield line


@get("/disclosures")
async def disclosures(
    caller: tenants.Caller,
    context: Context,
    before: Annotated[int | None, QueryParameter(ge=0)] = None,
    limit: _Limit = 100,
    form: Annotated[Literal["json", "html"], QueryParameter(name="format")] = "json",
) -> Response[Any]:
    """List to whom content of the tenant went, when and with which task, the newest first."""
    async with as_tenant(context.pool, caller.tenant_id) as tx:
        found = await pipeline.record.disclosures(tx, before=before, limit=limit)
    shown: list[dict[str, Any]] = [
        {
            "place": one.place,
            "at": one.at,
            "annotator": delivery.annotator_name(caller.tenant_id, one.person_id),
            "staff": one.is_staff,
            "task_id": one.task_id,
            "purpose": one.purpose,
            "review": one.review,
            "receipt": f"/api/receipts?start={one.place}&limit=1",
        }
        for one in found.disclosures
    ]
    if form == "html":
        return Response(page_of(shown, found.next), media_type="text/html", headers=PAGE_HEADERS)
    return Response({"disclosures": shown, "next": found.next})


def worded(found: pipeline.record.Receipts) -> dict[str, Any]:
    """Word a page of receipts as JSON."""
    return {
        "receipts": [one.as_json() for one in found.receipts],
        "next": found.next,
        "waiting": found.waiting,
    }
