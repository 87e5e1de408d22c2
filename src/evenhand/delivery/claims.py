"""Which callbacks a worker sends now: claimed for a while, so that nobody else begins the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from evenhand.foundation import sql
from evenhand.foundation.database import Connection, Tx
from evenhand.foundation.rows import many, run

QUERIES = sql.beside(__file__)

# Attempts of one tenant under way at once. However many of its receivers never answer, it takes
# no more of the workers than this, and no other tenant's callbacks wait behind it.
CALLBACKS_AT_ONCE_MAX = 8

Event = Literal["task.completed", "task.error", "batch.completed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A callback that this worker alone may send now."""

    callback_id: UUID
    task_id: str | None
    batch_id: UUID | None
    event: Event
    url: str
    number: int
    is_test: bool | None


async def claim_callbacks(
    tx: Tx, limit: int, *, busy_until: datetime, now: datetime
) -> list[Claimed]:
    """Take callbacks that are due, the longest due first, until `busy_until`."""
    arguments = {
        "limit": limit,
        "at_once_max": CALLBACKS_AT_ONCE_MAX,
        "busy_until": busy_until,
        "now": now,
    }
    await run(tx, QUERIES["one_at_a_time"], **arguments)
    return await many(tx, QUERIES["claim_callbacks"], Claimed, **arguments)


async def renew_callbacks(
    tx: Tx, claimed: Sequence[Claimed], *, busy_until: datetime, now: datetime
) -> None:
    """Hold on to callbacks that are still being sent."""
    await run(
        tx,
        QUERIES["renew_callbacks"],
        callback_ids=[one.callback_id for one in claimed],
        busy_until=busy_until,
        now=now,
    )


async def give_back_callback(tx: Tx, claimed: Claimed, *, now: datetime) -> None:
    """Let a callback that was not sent be due at once."""
    await run(tx, QUERIES["give_back_callback"], callback_id=claimed.callback_id, now=now)


async def tenants_due(connection: Connection, *, now: datetime) -> list[UUID]:
    """The tenants that have a callback due, and nothing else about them."""
    return await many(connection, QUERIES["tenants_due"], UUID, moment=now)
