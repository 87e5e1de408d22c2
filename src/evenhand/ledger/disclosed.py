"""Disclosures: to whom content of a tenant went, told from its record."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from evenhand.foundation import sql
from evenhand.foundation.database import Tx
from evenhand.foundation.rows import many, one_or_none
from evenhand.ledger.events import AssignmentLeased, Purpose

QUERIES = sql.beside(__file__)

# A page looks no further back than so many entries, however few of them are disclosures.
LOOKED_AT_MAX = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure:
    """A task that went to somebody; `place` is that of its entry in the tenant's log."""

    place: int
    at: datetime
    annotator_id: UUID
    task_id: str
    purpose: Purpose
    review: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosures:
    """A page of them, the newest first; `next` is what the following page comes before."""

    disclosures: Sequence[Disclosure]
    next: int | None


class _Entry(msgspec.Struct, frozen=True, gc=False):
    position: int
    at: datetime
    event: str


class _Lent(msgspec.Struct, frozen=True, gc=False):
    """What is read of an `assignment.leased`."""

    task_id: str
    annotator_id: UUID
    purpose: Purpose
    review: bool


async def disclosures(tx: Tx, *, before: int | None, limit: int) -> Disclosures:
    """A page of what went to whom, before an entry's place or from the end.

    The last page may be short of `limit` though there are more: then `next` says where they are.
    """
    size = await one_or_none(tx, QUERIES["size_of_log"], int) or 0
    end = size if before is None else min(size, before)
    start = max(0, end - LOOKED_AT_MAX)
    found = await many(
        tx,
        QUERIES["entries_of_kind"],
        _Entry,
        kind=AssignmentLeased.__struct_config__.tag,
        start=start,
        end=end,
        limit=limit,
    )
    page = [_disclosure(entry) for entry in found]
    following = page[-1].place if len(page) == limit else start
    return Disclosures(disclosures=page, next=following or None)


def _disclosure(entry: _Entry) -> Disclosure:
    lent = msgspec.json.decode(entry.event, type=_Lent)
    return Disclosure(
        place=entry.position,
        at=entry.at,
        annotator_id=lent.annotator_id,
        task_id=lent.task_id,
        purpose=lent.purpose,
        review=lent.review,
    )
