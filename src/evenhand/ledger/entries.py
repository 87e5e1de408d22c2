"""Entries: events as canonical JSON, each with a salt, so that a hash tells nothing."""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from evenhand.foundation import sql
from evenhand.foundation.database import Tx
from evenhand.foundation.rows import run
from evenhand.ledger.events import Event

QUERIES = sql.beside(__file__)

SALT_BYTES = 16
# Beyond this, readers whose numbers are all doubles would see another number.
INTEGER_MAX = 2**53 - 1


async def append(tx: Tx, event: Event, *, at: datetime) -> None:
    """Enter an event in this transaction, so that it stands exactly if what it tells happened."""
    await run(tx, QUERIES["enter"], **entry(event, at))


async def append_many(tx: Tx, events: Iterable[Event], *, at: datetime) -> None:
    """Enter many events in one go, in their order."""
    texts = [canonical(event, at) for event in events]
    if texts:
        await run(
            tx,
            QUERIES["enter_many"],
            at=at,
            events=msgspec.json.encode(texts).decode(),
            salts=os.urandom(SALT_BYTES * len(texts)),
            salt_bytes=SALT_BYTES,
        )


def entry(event: Event, at: datetime, *, later: Sequence[str] = ()) -> dict[str, object]:
    """Return an event as the arguments of `ledger.enter`, for steps that are one statement.

    What stands in the fields named as `later` is not yet known: the event is then a format of
    PostgreSQL's, in which the n-th argument fills the n-th of these fields.
    """
    text = canonical(event, at) if not later else _to_fill(event, at, later)
    return {"at": at, "event": text, "salt": os.urandom(SALT_BYTES)}


def canonical(event: Event, at: datetime) -> str:
    """An event as text that has one form only: sorted keys, no spaces, ASCII, UTC."""
    return _written(_told(event, at))


def _to_fill(event: Event, at: datetime, later: Sequence[str]) -> str:
    told = _told(event, at)
    marks = {name: f"%{number}$s" for number, name in enumerate(later, start=1)}
    known = {name: value for name, value in told.items() if name not in marks}
    assert len(known) + len(marks) == len(told), "all fields to be filled are fields of the event"
    text = _written(told | dict.fromkeys(marks, 0)).replace("%", "%%")
    for name, mark in marks.items():
        given = f'"{mark}"' if isinstance(told[name], str) else mark
        text = text.replace(f'"{name}":0', f'"{name}":{given}')
    return text


def _told(event: Event, at: datetime) -> dict[str, object]:
    assert at.tzinfo is not None, "times carry a zone"
    moment = at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    told: dict[str, object] = msgspec.to_builtins(event)
    assert all(abs(value) <= INTEGER_MAX for value in told.values() if isinstance(value, int)), (
        "a number that every reader can hold"
    )
    return {**told, "at": moment}


def _written(told: Mapping[str, object]) -> str:
    # Numbers take their shortest form that reads back the same; NaN has none and is refused.
    return json.dumps(told, sort_keys=True, separators=(",", ":"), allow_nan=False)
