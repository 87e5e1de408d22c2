"""Entries of a tenant get their places, and the next epoch is to say what they add up to."""

from collections.abc import Sequence
from datetime import datetime

from evenhand import ledger
from evenhand.foundation.database import Connection, Tx
from evenhand.foundation.due import EVER, Due
from evenhand.ledger import Verification
from evenhand.work import assignments

TERMS = assignments.TERMS
TERMS_DIGEST = ledger.events.digest_of(TERMS)


async def tenants_to_sequence(connection: Connection, since: datetime = EVER) -> Sequence[Due]:
    """The tenants who have entries without a place yet, entered from a moment on."""
    return await ledger.tenants_pending(connection, since)


async def place(tx: Tx, maker: ledger.EpochMaker, *, since: datetime = EVER, now: datetime) -> int:
    """Give pending entries their places, and have the next epoch say what they add up to.

    Raises `NotTheMaker` where another process makes epochs: then it gives them theirs.
    """
    placed = await ledger.sequence(tx, since=since, now=now)
    await maker.anchor(tx)
    return placed


async def anchor(tx: Tx, *, maker: ledger.EpochMaker) -> int:
    """Have the next epoch say what the tenant's log has come to, and return that it does."""
    await maker.anchor(tx)
    return 1


async def make_epoch(
    connection: Connection, maker: ledger.EpochMaker, *, at: datetime, now: datetime
) -> None:
    """Make the epoch that ended at a moment; it commits to the rule by which work went out."""
    record = {
        "at": at.isoformat().replace("+00:00", "Z"),
        "rule": assignments.RULE,
        "terms": TERMS_DIGEST,
    }
    await maker.make(connection, at=at, record=record, now=now)


async def verify(tx: Tx) -> Verification:
    """Compute the tenant's record from its entries and compare it with what its head says."""
    return await ledger.verify(tx)
