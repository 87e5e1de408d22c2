"""Disclosures: to whom content of a tenant went, told from its record."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from evenhand.foundation import sql
from evenhand.foundation.database import Tx
from evenhand.foundation.rows import many, one_or_none
from evenhand.ledger.event import Purpose
from evenhand.ledger.events import AssignmentLeased, AssignmentShown
from evenhand.ledger.wall_events import SupportShown

QUERIES = sql.beside(__file__)

# A page looks no further back than so many entries, however few of them are disclosures.
LOOKED_AT_MAX = 20_000
KINDS = [kind.__struct_config__.tag for kind in (AssignmentLeased, AssignmentShown, SupportShown)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure:
    """A task that was shown to an annotator, or to staff; `place` is that of its entry in the log.

    What it was for stands in the entry of its lease, where this one is of a later moment.
    """

    place: int
    at: datetime
    person_id: UUID
    is_staff: bool
    task_id: str
    purpose: Purpose | None
    review: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosures:
    """A page of them, the newest first; `next` is what the following page comes before."""

    disclosures: Sequence[Disclosure]
    next: int | None


class _Entry(msgspec.Struct, frozen=True, gc=False):
    position: int
    at: datetime
    event: str


class _Shown(msgspec.Struct, frozen=True, gc=False):
    """What is read of an entry of these kinds."""

    task_id: str
    annotator_id: UUID | None = None
    staff_id: UUID | None = None
    purpose: Purpose | None = None
    review: bool | None = None


async def disclosures(tx: Tx, *, before: int | None, limit: int) -> Disclosures:
    """A page of what went to whom, before an entry's place or from the end.

    The last page may be short of `limit` though there are more: then `next` says where they are.
    """
    size = await one_or_none(tx, QUERIES["size_of_log"], int) or 0
    end = size if before is None else min(size, before)
    start = max(0, end - LOOKED_AT_MAX)
    found = await many(
        tx,
        QUERIES["entries_that_show"],
        _Entry,
        kinds=KINDS,
        start=start,
        end=end,
        limit=limit,
    )
    page = [_disclosure(entry) for entry in found]
    following = page[-1].place if len(page) == limit else start
    return Disclosures(disclosures=page, next=following or None)


def _disclosure(entry: _Entry) -> Disclosure:
    shown = msgspec.json.decode(entry.event, type=_Shown)
    person_id = shown.annotator_id or shown.staff_id
    assert person_id is not None, "nothing is shown to nobody"
    return Disclosure(
        place=entry.position,
        at=entry.at,
        person_id=person_id,
        is_staff=shown.annotator_id is None,
        task_id=shown.task_id,
        purpose=shown.purpose,
        review=shown.review,
    )
