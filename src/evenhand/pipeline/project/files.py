"""Files: uploaded by a customer, or fetched for one."""

from collections.abc import AsyncIterable
from datetime import datetime
from uuid import UUID

from evenhand import datasets
from evenhand.foundation.database import Pool
from evenhand.foundation.outgoing import Outgoing


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
    return await datasets.import_url(pool, tenant_id, storage, way_out, new, now=now)
