"""What a tenant sees of the quality of its labels: a project's report, and alerts.

Annotators bear the names that they have in the tenant's exports.
"""

import asyncio
from typing import Annotated, Any, Literal

from litestar import Response, get
from litestar.params import QueryParameter

from evenhand import delivery, pipeline, tenants
from evenhand.app.context import Context
from evenhand.foundation.database import as_tenant
from evenhand.quality.report import PAGE_POLICY, plain, render
from evenhand.work import projects, verdicts

# The workbench's own policy knows no style within a page; this page has one, and no script.
PAGE_HEADERS = {"Content-Security-Policy": f"{PAGE_POLICY}; frame-ancestors 'none'"}


@get("/quality/report")
async def report(
    caller: tenants.Caller,
    context: Context,
    project: str,
    form: Annotated[Literal["json", "html"], QueryParameter(name="format")] = "json",
) -> Response[Any]:
    """Report how good a project's labels are, from its newest annotations."""
    told = await pipeline.project.report(
        context.pool, caller.tenant_id, project, is_test=caller.is_test
    )
    if form == "html":
        page = await asyncio.to_thread(render, told, title=f"Label quality: {project}")
        return Response(page, media_type="text/html", headers=PAGE_HEADERS)
    return Response(await asyncio.to_thread(plain, told))


@get("/quality/alerts")
async def alerts(
    caller: tenants.Caller, context: Context, project: str | None = None, limit: int = 100
) -> dict[str, list[dict[str, Any]]]:
    """List what checks found worth a look, last seen first; an alert pauses nobody."""
    async with as_tenant(context.pool, caller.tenant_id) as tx:
        await projects.require_names(tx, project=project, is_test=caller.is_test)
        found = await verdicts.alerts_of(
            tx, is_test=caller.is_test, project=project, limit=max(1, limit)
        )
    return {"alerts": [worded(one, caller) for one in found]}


def worded(one: verdicts.Alert, caller: tenants.Caller) -> dict[str, Any]:
    """Word an alert as its tenant sees it."""
    who = one.annotator_id
    return {
        "project": one.project,
        "kind": one.kind,
        "annotator": None if who is None else delivery.annotator_name(caller.tenant_id, who),
        "task_id": one.task_id,
        "severity": one.severity,
        "reason": one.reason,
        "evidence": dict(one.evidence),
        "first_seen_at": one.first_seen_at,
        "last_seen_at": one.last_seen_at,
    }
