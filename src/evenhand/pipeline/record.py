"""Upkeep of a tenant's ledger: entries get their places, and the tree is verified."""

from collections.abc import Sequence
from datetime import datetime

from evenhand import ledger
from evenhand.foundation.database import Connection, Tx
from evenhand.foundation.due import EVER, Due
from evenhand.ledger import Verification


async def tenants_to_sequence(connection: Connection, since: datetime = EVER) -> Sequence[Due]:
    """The tenants who have entries without a place yet, entered from a moment on."""
    return await ledger.tenants_pending(connection, since)


async def sequence(tx: Tx, *, since: datetime = EVER, now: datetime) -> int:
    """Give up to 5,000 pending entries of the tenant their places, and say how many there were.

    Those that were entered before `since` have theirs.
    """
    return await ledger.sequence(tx, since=since, now=now)


async def verify(tx: Tx) -> Verification:
    """Compute the tenant's record from its entries and compare it with what its head says."""
    return await ledger.verify(tx)
