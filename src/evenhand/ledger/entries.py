"""Entries: what happened as canonical text, under a salt that keeps its commitment mute."""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeAlias
from uuid import UUID

from evenhand.foundation import sql
from evenhand.foundation.database import Tx

QUERIES = sql.beside(__file__)

SALT_BYTES = 16
# Beyond this, readers whose numbers are all doubles would see another number.
INTEGER_MAX = 2**53 - 1

Plain: TypeAlias = str | UUID | int | float | bool | None
Value: TypeAlias = Plain | Sequence[Plain]


async def append(tx: Tx, kind: str, *, at: datetime, **ids: Value) -> None:
    """Make an entry in this transaction, so that it stands exactly if what it tells happened."""
    await tx.connection.execute(QUERIES["insert_entry"], _entry(tx.tenant_id, kind, at, ids))


async def append_many(
    tx: Tx, entries: Iterable[tuple[str, Mapping[str, Value]]], *, at: datetime
) -> None:
    """Make many entries, each a kind and its ids, in one go."""
    async with tx.connection.cursor() as cursor:
        await cursor.executemany(
            QUERIES["insert_entry"],
            [_entry(tx.tenant_id, kind, at, ids) for kind, ids in entries],
        )


def _entry(tenant_id: UUID, kind: str, at: datetime, ids: Mapping[str, Value]) -> dict[str, object]:
    return {
        "tenant_id": tenant_id,
        "at": at,
        "event": canonical(kind, at, ids),
        "salt": os.urandom(SALT_BYTES),
    }


def canonical(kind: str, at: datetime, ids: Mapping[str, Value]) -> str:
    """An event as text that has one form only: sorted keys, no spaces, ASCII, UTC."""
    assert not ids.keys() & {"kind", "at"}, "an event has one kind and one time"
    assert at.tzinfo is not None, "times carry a zone"
    moment = at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    event = {"kind": kind, "at": moment} | {name: _json(value) for name, value in ids.items()}
    # Numbers take their shortest form that reads back the same; NaN has none and is refused.
    return json.dumps(event, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _json(value: Value) -> object:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_json(item) for item in value]
    if isinstance(value, int):
        assert abs(value) <= INTEGER_MAX, "a number that every reader can hold"
    return value
