"""Epochs: once a second the public log gets a leaf, always of the same size, whatever happened.

One process makes them, and another takes over when it has not done so for a while. It is the one
that gives entries their places, too, so that it knows what each tenant's log has come to: that goes
into the blinded map of the next epoch. An epoch is made by one statement; what is published is made
of the rows that it leaves, so that it can be published again, by whoever comes, to the byte.
"""

import asyncio
import json
import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from evenhand.foundation import sql
from evenhand.foundation.database import Connection, Tx
from evenhand.foundation.rows import many, one_or_none, row_count, run
from evenhand.ledger.epoch_order import EpochOrder
from evenhand.receipts.blinded_map import BlindedMap, place_of
from evenhand.receipts.epoch import Epoch
from evenhand.receipts.opening import commitment
from evenhand.tlog import tree
from evenhand.tlog.checkpoint import Checkpoint

QUERIES = sql.beside(__file__)

# Longer than a commit takes on a disk that is busy, shorter than anybody waits for a receipt.
LEASE = timedelta(seconds=5)
SALT_BYTES = 16
SEED_BYTES = 32


class NotTheMaker(Exception):
    """Another process makes epochs now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _PublicHead:
    origin: str
    size: int
    root: bytes
    frontier: list[bytes]
    instead_of: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Anchored:
    size: int
    root: bytes
    name: str
    key: bytes


@dataclass(slots=True)
class EpochMaker:
    """The making of epochs by one process, as long as no other does."""

    maker: UUID = field(default_factory=uuid4)
    lease: timedelta = LEASE  # longer than two epochs
    _head: _PublicHead | None = field(default=None, init=False)
    # What the map of the next epoch says, of each tenant its slot and the leaf there.
    _said: dict[UUID, tuple[int, bytes]] = field(
        default_factory=dict[UUID, tuple[int, bytes]], init=False
    )
    _order: EpochOrder = field(default_factory=EpochOrder, init=False)

    @property
    def makes(self) -> bool:
        """Whether this process makes epochs, as far as it knows."""
        return self._head is not None

    @property
    def next(self) -> int:
        """The number of the epoch that is made next; asked of a maker only."""
        assert self._head is not None, "it makes epochs"
        return self._head.size

    @property
    def head(self) -> Checkpoint:
        """What the public log has come to; asked of a maker only."""
        assert self._head is not None, "it makes epochs"
        return Checkpoint(self._head.origin, self._head.size, self._head.root)

    async def take_over(self, connection: Connection, *, now: datetime) -> bool:
        """Begin to make epochs, unless another process does; say whether this one does now."""
        if self._head is None:
            self._said, self._order = {}, EpochOrder()
            self._head = await one_or_none(
                connection,
                QUERIES["take_over"],
                _PublicHead,
                maker=self.maker,
                now=now,
                until=now + self.lease,
            )
        return self._head is not None

    async def tenants_to_anchor(self, connection: Connection) -> list[UUID]:
        """The tenants of whose logs no epoch that is made says all: for whoever takes over."""
        return await many(connection, QUERIES["tenants_to_anchor"], UUID, next=self.next)

    async def anchor(self, tx: Tx) -> None:
        """Have the next epoch say what the tenant's log has come to."""
        head = self._head
        assert head is not None, "it makes epochs"
        anchored = await one_or_none(
            tx, QUERIES["anchor"], _Anchored, maker=self.maker, epoch=head.size
        )
        if anchored is None:
            self._head = None
            raise NotTheMaker
        origin = statement_origin(head.origin, anchored.name)
        statement = Checkpoint(origin, anchored.size, anchored.root).text.encode()
        place = place_of(anchored.key, head.size)
        await self._order.add(tx, epoch=head.size, size=anchored.size)
        self._said[tx.tenant_id] = place.slot, place.leaf(statement)

    @contextmanager
    def said_once_committed(self, tenant_id: UUID) -> Generator[None]:
        """Around a transaction that anchors: if it comes to nothing, all is as it was before."""
        before, count = self._said.get(tenant_id), self._order.count(tenant_id)
        try:
            yield
        except BaseException:
            self._order.put_back(tenant_id, count)
            self._said.pop(tenant_id, None)
            if before is not None:
                self._said[tenant_id] = before
            raise

    def forget(self) -> None:
        """Take over anew before anything is made: whether the last step stands is not known."""
        self._head = None
        self._said, self._order = {}, EpochOrder()

    async def make(
        self, connection: Connection, *, at: datetime, record: Mapping[str, object], now: datetime
    ) -> None:
        """Make the next epoch, ended at a moment, of all that was anchored in it.

        Nothing is anchored meanwhile. Raises `NotTheMaker` where another process has taken over.
        """
        head = self._head
        assert head is not None, "it makes epochs"
        leaves, order = dict(self._said.values()), self._order
        salt, seed = os.urandom(SALT_BYTES), os.urandom(SEED_BYTES)
        # Of a thousand logs it takes some 50 ms, in which others have their turn.
        in_map = await asyncio.to_thread(BlindedMap, leaves, seed=seed)
        entries, ordered = await asyncio.to_thread(order.told)
        said = {
            "epoch": head.size,
            "entries": entries,
            "order": ordered.hex(),
            **record,
        }
        if head.size == 0 and head.instead_of is not None:
            said["instead_of"] = json.loads(head.instead_of)
        told = json.dumps(said, sort_keys=True, separators=(",", ":"))
        leaf = Epoch(
            number=head.size,
            at=at,
            record=commitment(salt, told.encode()),
            map_root=in_map.root,
        ).leaf
        frontier = tree.extend(head.frontier, head.size, [tree.leaf_hash(leaf)])
        # Until it is known to stand: a maker that does not know takes over from itself.
        self.forget()
        made = await row_count(
            connection,
            QUERIES["make_epoch"],
            maker=self.maker,
            epoch=head.size,
            root=tree.root_of(frontier),
            frontier=frontier,
            until=now + self.lease,
            leaf=leaf,
            record=told,
            salt=salt,
            seed=seed,
            places=b"".join(slot.to_bytes(4, "big") + leaves[slot] for slot in sorted(leaves)),
        )
        if not made:
            raise NotTheMaker
        order.begin_next()
        self._order = order
        self._head = _PublicHead(
            origin=head.origin, size=head.size + 1, root=tree.root_of(frontier), frontier=frontier
        )

    async def stand_down(self, connection: Connection) -> None:
        """Let another process make epochs at once."""
        self.forget()
        await run(connection, QUERIES["stand_down"], maker=self.maker)


def statement_origin(origin: str, name: str) -> str:
    """By what name a private log goes in the public log of an origin."""
    return f"{origin}/{name}"
