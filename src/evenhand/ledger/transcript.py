"""Transcripts: for an auditor, everything that was entered, epoch by epoch, under pseudonyms.

A tenant goes by the name of its log, 32 random hex digits. Entries hold ids and numbers and never
content, so neither does a transcript.
"""

import base64
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from uuid import UUID

import msgspec

from evenhand.foundation import sql
from evenhand.foundation.database import Pool, Tx, as_tenant
from evenhand.foundation.rows import many, one, one_or_none
from evenhand.ledger.publication import Publication
from evenhand.ledger.receipts import PrivateLog

QUERIES = sql.beside(__file__)

FORMAT = "evenhand-transcript/1"
EPOCHS_A_STEP = 200


class _Record(msgspec.Struct, frozen=True, gc=False):
    epoch: int
    record: str
    salt: bytes


class _Anchor(msgspec.Struct, frozen=True, gc=False):
    epoch: int
    size: int


class _Entry(msgspec.Struct, frozen=True, gc=False):
    entry_id: UUID
    event: str
    salt: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Published epochs, from the first on until before the end."""

    first: int
    end: int


async def transcript_lines(
    pool: Pool,
    publication: Publication,
    tenant_ids: Sequence[UUID],
    *,
    rule: Mapping[str, object],
) -> AsyncIterator[bytes]:
    """The lines of a transcript of all published epochs: its head, then one an epoch.

    Each step of some epochs asks each tenant in a transaction of its own.
    """
    published = await publication.published()
    async with pool.connection() as connection:
        first = await one(connection, QUERIES["first_ordered_epoch"], int)
    head = {"format": FORMAT, "origin": publication.origin, "first": first, **rule}
    yield msgspec.json.encode(head) + b"\n"
    end = 0 if published is None else published.size
    for start in range(first, end, EPOCHS_A_STEP):
        step = Span(first=start, end=min(end, start + EPOCHS_A_STEP))
        entered: dict[int, list[list[str]]] = {}
        for tenant_id in tenant_ids:
            async with as_tenant(pool, tenant_id) as tx:
                await _add_entries(tx, step, entered)
        async with pool.connection() as connection:
            records = await many(
                connection,
                QUERIES["epochs_from"],
                _Record,
                epoch=step.first,
                published=step.end,
                limit=EPOCHS_A_STEP,
            )
        for record in records:
            yield _line(record, entered.get(record.epoch, []))


async def _add_entries(tx: Tx, span: Span, entered: dict[int, list[list[str]]]) -> None:
    anchors = await many(
        tx,
        QUERIES["anchors_from"],
        _Anchor,
        epoch=span.first,
        published=span.end,
        limit=span.end - span.first,
    )
    if not anchors:
        return
    log = await one_or_none(tx, QUERIES["log_of_tenant"], PrivateLog)
    assert log is not None, "a log that moved has a name"
    told = await one(tx, QUERIES["size_told"], int, epoch=span.first)
    for before, anchor in pairwise([_Anchor(span.first, told), *anchors]):
        found = await many(
            tx, QUERIES["transcribed_entries"], _Entry, start=before.size, end=anchor.size
        )
        entered.setdefault(anchor.epoch, []).extend(
            [log.name, one.entry_id.hex, one.event, base64.b64encode(one.salt).decode()]
            for one in found
        )


def _line(record: _Record, entries: list[list[str]]) -> bytes:
    told = {
        "epoch": record.epoch,
        "record": record.record,
        "salt": base64.b64encode(record.salt).decode(),
        "entries": sorted(entries, key=lambda entry: entry[1]),
    }
    return msgspec.json.encode(told) + b"\n"
