"""In which order things happened in an epoch, across all tenants: its record commits to it.

A leaf of the tree is an entry's id, 16 bytes, and its commitment, 32. Ids grow with the time of
entering, to the microsecond, so that who reads the entries in the order of their ids sees what each
decision could see.
"""

from dataclasses import dataclass, field
from uuid import UUID

import msgspec

from evenhand.foundation import sql
from evenhand.foundation.database import Tx
from evenhand.foundation.rows import many, one
from evenhand.tlog import tree

QUERIES = sql.beside(__file__)


class _Ordered(msgspec.Struct, frozen=True, gc=False):
    entry_id: UUID
    commitment: bytes


@dataclass(slots=True)
class EpochOrder:
    """The entries of the epoch under way, of each tenant those that no epoch made has told of."""

    _told: dict[UUID, int] = field(default_factory=dict[UUID, int])
    _entries: dict[UUID, list[bytes]] = field(default_factory=dict[UUID, list[bytes]])

    async def add(self, tx: Tx, *, epoch: int, size: int) -> None:
        """Add what the tenant's log has got since the last epoch made, up to a size."""
        tenant_id = tx.tenant_id
        told = self._told.get(tenant_id)
        if told is None:
            told = await one(tx, QUERIES["size_told"], int, epoch=epoch)
        entries = self._entries.setdefault(tenant_id, [])
        found = await many(
            tx, QUERIES["ordered_entries"], _Ordered, start=told + len(entries), end=size
        )
        self._told[tenant_id] = told
        entries += [one.entry_id.bytes + one.commitment for one in found]

    def count(self, tenant_id: UUID) -> int:
        """How many entries of a tenant are added."""
        return len(self._entries.get(tenant_id, ()))

    def put_back(self, tenant_id: UUID, count: int) -> None:
        """Have of a tenant only the entries that were added first: the others are not placed."""
        self._told.pop(tenant_id, None)
        del self._entries.get(tenant_id, [])[count:]

    def told(self) -> tuple[int, bytes]:
        """How many entries the epoch has, and the root over all of them in their order.

        After a while without epochs these may be many: so it is asked in a thread.
        """
        leaves = sorted(leaf for entries in self._entries.values() for leaf in entries)
        frontier = tree.extend([], 0, [tree.leaf_hash(leaf) for leaf in leaves])
        return len(leaves), tree.root_of(frontier)

    def begin_next(self) -> None:
        """The epoch is made, and tells of all that was added."""
        for tenant_id in self._entries.keys() & self._told.keys():
            self._told[tenant_id] += len(self._entries[tenant_id])
        self._entries = {}
