"""Files brought in from a URL."""

from datetime import datetime
from uuid import UUID

from evenhand.datasets.files import FILE_BYTES_MAX, File, NewFile, receive_file
from evenhand.datasets.storage import Storage
from evenhand.foundation.database import Pool
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
    assert new.source_url is not None, "an import has a source"
    async with way_out.fetch(new.source_url, bytes_max=FILE_BYTES_MAX) as fetched:
        return await receive_file(pool, tenant_id, storage, fetched.chunks, new, now=now)
