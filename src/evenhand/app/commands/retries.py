"""`evenhand retry`: tasks that ended in error are prepared once more."""

from datetime import datetime
from uuid import UUID

from evenhand import pipeline
from evenhand.app.commands.output import AsJson, print_facts
from evenhand.app.commands.tenants import tenant_named
from evenhand.app.context import Context
from evenhand.app.installation import open_installation
from evenhand.foundation.database import as_tenant
from evenhand.foundation.errors import Invalid
from evenhand.foundation.settings import Settings
from evenhand.work import tasks


class NothingNamed(Invalid):
    """Name tasks by their ids, or a project with --project."""


async def retry(
    *task_ids: str, tenant: str, project: str | None = None, json: AsJson = False
) -> None:
    """Fetch anew what tasks show that ended in error, and offer them.

    Parameters
    ----------
    task_ids
        These tasks.
    tenant
        The tenant's id or name.
    project
        All tasks of this project that ended in error, beside those that are named.
    """
    if not task_ids and project is None:
        raise NothingNamed
    async with open_installation(Settings.read()) as context:
        tenant_id = await tenant_named(context, tenant)
        now = context.clock.now()
        for task_id in task_ids:
            async with as_tenant(context.pool, tenant_id) as tx:
                await pipeline.retry(tx, task_id, is_test=False, now=now)
        retried = len(task_ids)
        if project is not None:
            retried += await _retry_all(context, tenant_id, project, now=now)
    print_facts({"retried": retried}, as_json=json)


async def _retry_all(context: Context, tenant_id: UUID, project: str, *, now: datetime) -> int:
    wanted = tasks.TaskFilter(is_test=False, project=project, status="error")
    retried, last = 0, None
    while True:
        async with as_tenant(context.pool, tenant_id) as tx:
            found = await tasks.find_tasks(
                tx, wanted, after=last, limit=tasks.TASKS_A_PAGE_MAX, offset=0, total=0
            )
            for one in found.tasks:
                await pipeline.retry(tx, one.task_id, is_test=False, now=now)
        if not found.tasks:
            return retried
        retried += len(found.tasks)
        final = found.tasks[-1]
        last = tasks.After(created_at=final.created_at, task_id=final.task_id)
