"""Results leave, and once more where a customer asks for it."""

from datetime import datetime
from uuid import UUID

from evenhand import delivery
from evenhand.foundation.database import Pool, Tx
from evenhand.foundation.outgoing import Outgoing
from evenhand.foundation.secret import Secret


async def deliver(
    pool: Pool,
    secret: Secret,
    way_out: Outgoing,
    tenant_id: UUID,
    claimed: delivery.Claimed,
    *,
    now: datetime,
) -> None:
    """Send a callback that is due and record how it went; what failed is due again later."""
    await delivery.attempt(pool, secret, way_out, tenant_id, claimed, now=now)


async def send_again(tx: Tx, task_id: str, *, is_test: bool, now: datetime) -> None:
    """Send the callback of a finished task once more, as the customer asked."""
    await delivery.redeliver(tx, task_id, is_test=is_test, now=now)
