"""Files brought in from a URL."""

from datetime import datetime
from uuid import UUID

from evenhand.datasets.files import (
    FILE_BYTES_MAX,
    EmptyFile,
    File,
    NewFile,
    Received,
    keep_file,
    receive,
)
from evenhand.datasets.storage import Storage
from evenhand.foundation.database import Pool, as_tenant
from evenhand.foundation.outgoing import Outgoing


async def import_url(
    pool: Pool,
    tenant_id: UUID,
    storage: Storage,
    way_out: Outgoing,
    new: NewFile,
    *,
    now: datetime,
) -> File:
    """Fetch what lies at the new file's source URL and store it."""
    received = await fetch_url(pool, tenant_id, storage, way_out, new, now=now)
    if received.written.size == 0:
        raise EmptyFile("The file at this URL is empty.")
    async with as_tenant(pool, tenant_id) as tx:
        return await keep_file(tx, received, now=now)


async def fetch_url(
    pool: Pool,
    tenant_id: UUID,
    storage: Storage,
    way_out: Outgoing,
    new: NewFile,
    *,
    now: datetime,
) -> Received:
    """Fetch what lies at the new file's source URL; it is a file once `keep_file` has committed."""
    assert new.source_url is not None, "an import has a source"
    async with way_out.fetch(new.source_url, bytes_max=FILE_BYTES_MAX) as fetched:
        return await receive(pool, tenant_id, storage, fetched.chunks, new, now=now)
