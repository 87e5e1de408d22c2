"""Results leave."""

from datetime import datetime
from uuid import UUID

from evenhand import delivery
from evenhand.foundation.database import Pool
from evenhand.foundation.outgoing import Outgoing
from evenhand.foundation.secret import Secret


async def deliver(
    pool: Pool,
    secret: Secret,
    way_out: Outgoing,
    *,
    tenant_id: UUID,
    callback_id: UUID,
    now: datetime,
) -> None:
    """Send a callback that is due and record how it went; what failed is asked for again."""
    await delivery.attempt(pool, secret, way_out, tenant_id, callback_id, now=now)
