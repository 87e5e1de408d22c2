"""Receipts: for a tenant, that its events are in the public log, from rows and published files."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol
from uuid import UUID

import msgspec

from evenhand.foundation import sql
from evenhand.foundation.database import Pool, Tx, as_tenant
from evenhand.foundation.rows import many, one, one_or_none
from evenhand.ledger.epochs import statement_origin
from evenhand.ledger.publication import Publication, PublishedLog
from evenhand.ledger.subtrees import SubtreesOfLog
from evenhand.receipts.blinded_map import BlindedMap, place_of
from evenhand.receipts.receipt import Receipt
from evenhand.tlog.checkpoint import Checkpoint
from evenhand.tlog.proof import Proof

QUERIES = sql.beside(__file__)

FILE_FORMAT = "evenhand-receipts/1"
RECEIPTS_A_PAGE_MAX = 100
LOOKED_AT_MAX = 20_000
ENTRIES_OF_A_TASK_MAX = 1000
_SLOT_BYTES, _PLACE_BYTES = 4, 36


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateLog:
    """A tenant's log as its tenant knows it; `key` finds its place in the map of any epoch."""

    name: str
    key: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipts:
    """A page of receipts; `waiting` counts entries that no published epoch speaks of yet."""

    receipts: Sequence[Receipt]
    next: int | None
    waiting: int


class _Opening(msgspec.Struct, frozen=True, gc=False):
    position: int | None
    event: str
    salt: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Anchor:
    epoch: int
    size: int
    root: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Epoch:
    leaf: bytes
    seed: bytes
    places: bytes


class _PageOf(Protocol):
    def __call__(self, tx: Tx, /, *, start: int) -> Awaitable[Receipts]: ...


async def private_log(tx: Tx, publication: Publication) -> PrivateLog | None:
    """The name and key of the tenant's log; None until its first entry has a place."""
    found = await one_or_none(tx, QUERIES["log_of_tenant"], PrivateLog)
    if found is None:
        return None
    return PrivateLog(name=statement_origin(publication.origin, found.name), key=found.key)


async def receipts_from(
    tx: Tx,
    publication: Publication,
    *,
    start: int,
    limit: int,
    kinds: Sequence[str] | None = None,
) -> Receipts:
    """Receipts of the tenant's entries in their order, from a place on, a page at a time.

    A page looks no further than 20,000 entries, however few of them are of these kinds: it may be
    short of `limit`, or empty, and yet say where the next one begins.
    """
    maker = await _Maker.over(tx, publication)
    covered = 0 if maker is None else await maker.covered()
    waiting = await one(tx, QUERIES["entries_waiting"], int, covered=covered)
    if maker is None:
        return Receipts(receipts=[], next=None, waiting=waiting)
    end = min(covered, start + LOOKED_AT_MAX)
    found = await many(
        tx,
        QUERIES["openings_from"],
        _Opening,
        start=start,
        end=end,
        kinds=None if kinds is None else list(kinds),
        limit=limit + 1,
    )
    page, more = found[:limit], found[limit:]
    following = end if end < covered else None
    return Receipts(
        receipts=[await maker.receipt(opening) for opening in page],
        next=more[0].position if more else following,
        waiting=waiting,
    )


async def receipts_of_task(tx: Tx, publication: Publication, task_id: str) -> Receipts:
    """Receipts of all entries that name a task, in their order."""
    found = await many(
        tx,
        QUERIES["openings_of_task"],
        _Opening,
        task_id=task_id,
        limit=ENTRIES_OF_A_TASK_MAX,
    )
    maker = await _Maker.over(tx, publication)
    covered = 0 if maker is None else await maker.covered()
    ready = [one for one in found if one.position is not None and one.position < covered]
    receipts = [] if maker is None else [await maker.receipt(opening) for opening in ready]
    return Receipts(receipts=receipts, next=None, waiting=len(found) - len(ready))


async def receipts_of_tasks(
    tx: Tx, publication: Publication, task_ids: Sequence[str], *, start: int
) -> Receipts:
    """Receipts of entries that name one of these tasks, in their order, from a place on.

    A page at a time; what no published epoch speaks of is not counted.
    """
    maker = await _Maker.over(tx, publication)
    if maker is None:
        return Receipts(receipts=[], next=None, waiting=0)
    found = await many(
        tx,
        QUERIES["openings_of_tasks"],
        _Opening,
        task_ids=list(task_ids),
        start=start,
        end=await maker.covered(),
        limit=RECEIPTS_A_PAGE_MAX + 1,
    )
    page, more = found[:RECEIPTS_A_PAGE_MAX], found[RECEIPTS_A_PAGE_MAX:]
    receipts = [await maker.receipt(opening) for opening in page]
    return Receipts(receipts=receipts, next=more[0].position if more else None, waiting=0)


async def receipt_lines(
    pool: Pool,
    publication: Publication,
    tenant_id: UUID,
    *,
    of_tasks: AsyncIterator[Sequence[str]] | None = None,
) -> AsyncIterator[bytes]:
    """Receipts of a tenant as JSON lines, behind one with the name and key of its log.

    All of them, or those of some tasks. Each page has a transaction of its own, which no slow
    reader holds.
    """
    async with as_tenant(pool, tenant_id) as tx:
        log = await private_log(tx, publication)
    if log is None:
        return
    head = {"format": FILE_FORMAT, "log": log.name, "key": log.key.hex()}
    yield msgspec.json.encode(head) + b"\n"

    if of_tasks is None:
        every = partial(receipts_from, publication=publication, limit=RECEIPTS_A_PAGE_MAX)
        async for line in _lines(pool, tenant_id, every):
            yield line
        return
    async for task_ids in of_tasks:
        named = partial(receipts_of_tasks, publication=publication, task_ids=task_ids)
        async for line in _lines(pool, tenant_id, named):
            yield line


async def _lines(pool: Pool, tenant_id: UUID, page_of: _PageOf) -> AsyncIterator[bytes]:
    start: int | None = 0
    while start is not None:
        async with as_tenant(pool, tenant_id) as tx:
            page = await page_of(tx, start=start)
        for line in await asyncio.to_thread(_encoded, page.receipts):
            yield line
        start = page.next


def _encoded(receipts: Sequence[Receipt]) -> list[bytes]:
    return [msgspec.json.encode(one.as_json()) + b"\n" for one in receipts]


class _Maker:
    """Makes receipts of one tenant under one published checkpoint."""

    def __init__(self, tx: Tx, log: PrivateLog, published: PublishedLog) -> None:
        self._tx = tx
        self._log = log
        self._published = published
        self._subtrees = SubtreesOfLog(tx)
        self._anchor: _Anchor | None = None
        self._from = 0
        # One alone: entries are asked for in order, and a map of a thousand logs takes 5 MB.
        self._epoch_of: tuple[int, _Epoch, BlindedMap, tuple[bytes, ...]] | None = None

    @classmethod
    async def over(cls, tx: Tx, publication: Publication) -> "_Maker | None":
        log = await private_log(tx, publication)
        published = await publication.published()
        return None if log is None or published is None else cls(tx, log, published)

    async def covered(self) -> int:
        """How many of the tenant's entries published epochs speak of."""
        last = await one_or_none(
            self._tx, QUERIES["last_anchor"], _Anchor, published=self._published.size
        )
        return 0 if last is None else last.size

    async def receipt(self, opening: _Opening) -> Receipt:
        """The receipt of an entry that has a place, of which a published epoch speaks."""
        assert opening.position is not None, "it has a place"
        anchor = await self._anchor_over(opening.position)
        epoch, in_map, public_path = await self._epoch(anchor.epoch)
        place = place_of(self._log.key, anchor.epoch)
        return Receipt(
            event=opening.event,
            salt=opening.salt,
            log=Checkpoint(self._log.name, anchor.size, anchor.root),
            index=opening.position,
            path=tuple(await self._subtrees.inclusion_path(opening.position, anchor.size)),
            place=place,
            map_path=tuple(in_map.path(place.slot)),
            leaf=epoch.leaf,
            proof=Proof(anchor.epoch, public_path, self._published.note),
        )

    async def _epoch(self, number: int) -> tuple[_Epoch, BlindedMap, tuple[bytes, ...]]:
        if self._epoch_of is None or self._epoch_of[0] != number:
            epoch = await one(self._tx, QUERIES["epoch_map"], _Epoch, epoch=number)
            leaves = leaves_in(epoch.places)
            in_map = await asyncio.to_thread(BlindedMap, leaves, seed=epoch.seed)
            path = await self._published.inclusion_path(number)
            self._epoch_of = number, epoch, in_map, tuple(path)
        return self._epoch_of[1:]

    async def _anchor_over(self, position: int) -> _Anchor:
        """The first published epoch that speaks of an entry; entries are asked for in order."""
        if self._anchor is None or not self._from <= position < self._anchor.size:
            self._anchor = await one(
                self._tx,
                QUERIES["anchor_over"],
                _Anchor,
                position=position,
                published=self._published.size,
            )
            self._from = position
        return self._anchor


def leaves_in(places: bytes) -> dict[int, bytes]:
    """Read what stands in a map, by slot."""
    each = [places[at : at + _PLACE_BYTES] for at in range(0, len(places), _PLACE_BYTES)]
    return {int.from_bytes(one[:_SLOT_BYTES], "big"): one[_SLOT_BYTES:] for one in each}
