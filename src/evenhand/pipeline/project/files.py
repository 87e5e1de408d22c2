"""Files: uploaded by a customer, or fetched for one."""

from collections.abc import AsyncIterable
from datetime import datetime
from uuid import UUID

from evenhand import datasets
from evenhand.foundation.database import Pool, as_tenant
from evenhand.foundation.outgoing import Outgoing
from evenhand.work import projects


async def store_file(
    pool: Pool,
    tenant_id: UUID,
    storage: datasets.Storage,
    chunks: AsyncIterable[bytes],
    new: datasets.NewFile,
    *,
    now: datetime,
) -> datasets.File:
    """Store a file as it comes in; no transaction stays open while its sender is slow."""
    await _require_projects(pool, tenant_id, new)
    return await datasets.receive_file(pool, tenant_id, storage, chunks, new, now=now)


async def import_file(
    pool: Pool,
    tenant_id: UUID,
    storage: datasets.Storage,
    way_out: Outgoing,
    new: datasets.NewFile,
    *,
    now: datetime,
) -> datasets.File:
    """Fetch what lies at the new file's source URL and store it."""
    await _require_projects(pool, tenant_id, new)
    return await datasets.import_url(pool, tenant_id, storage, way_out, new, now=now)


async def _require_projects(pool: Pool, tenant_id: UUID, new: datasets.NewFile) -> None:
    """Refuse a file of a project that is not there: nobody would find it by that name."""
    if not new.project_names:
        return
    async with as_tenant(pool, tenant_id) as tx:
        for name in new.project_names:
            try:
                await projects.project_of(tx, name, is_test=new.is_test)
            except projects.NoSuchProject as error:
                raise projects.UnknownProject(
                    f'`project_name` "{name}" does not exist. Create it first, or correct the name.'
                ) from error
