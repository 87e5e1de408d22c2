"""Entries: events as canonical JSON, each with a salt, so that a hash tells nothing."""

import json
import os
from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec

from evenhand.foundation import sql
from evenhand.foundation.database import Tx
from evenhand.foundation.rows import run, run_each
from evenhand.ledger.events import Event

QUERIES = sql.beside(__file__)

SALT_BYTES = 16
# Beyond this, readers whose numbers are all doubles would see another number.
INTEGER_MAX = 2**53 - 1


async def append(tx: Tx, event: Event, *, at: datetime) -> None:
    """Enter an event in this transaction, so that it stands exactly if what it tells happened."""
    await run(tx, QUERIES["insert_entry"], **_entry(event, at))


async def append_many(tx: Tx, events: Iterable[Event], *, at: datetime) -> None:
    """Enter many events in one go, in their order."""
    await run_each(tx, QUERIES["insert_entry"], [_entry(event, at) for event in events])


def _entry(event: Event, at: datetime) -> dict[str, object]:
    return {"at": at, "event": canonical(event, at), "salt": os.urandom(SALT_BYTES)}


def canonical(event: Event, at: datetime) -> str:
    """An event as text that has one form only: sorted keys, no spaces, ASCII, UTC."""
    assert at.tzinfo is not None, "times carry a zone"
    moment = at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    told: dict[str, object] = msgspec.to_builtins(event)
    assert all(abs(value) <= INTEGER_MAX for value in told.values() if isinstance(value, int)), (
        "a number that every reader can hold"
    )
    # Numbers take their shortest form that reads back the same; NaN has none and is refused.
    return json.dumps(
        {**told, "at": moment}, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
