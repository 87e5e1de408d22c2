"""Upkeep of a tenant's ledger: entries get their places, and the tree is verified."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from evenhand import ledger
from evenhand.foundation.database import Connection, Tx
from evenhand.ledger import Verification


async def tenants_to_sequence(connection: Connection) -> Sequence[UUID]:
    """The tenants who have entries without a place yet."""
    return await ledger.tenants_pending(connection)


async def sequence(tx: Tx, *, now: datetime) -> int:
    """Give up to 5,000 pending entries of the tenant their places, and say how many there were."""
    return await ledger.sequence(tx, now=now)


async def verify(tx: Tx) -> Verification:
    """Compute the tenant's record from its entries and compare it with what its head says."""
    return await ledger.verify(tx)
