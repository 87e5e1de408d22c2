"""Verification: the tree, computed again from what the entries say."""

from dataclasses import dataclass, replace

import msgspec

from evenhand.foundation import sql
from evenhand.foundation.database import Tx
from evenhand.foundation.rows import many, one
from evenhand.receipts.opening import commitment
from evenhand.tlog import tree

QUERIES = sql.beside(__file__)

# Entries read at once: small in memory, and few enough round trips not to matter.
PAGE = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What the entries of a tenant add up to, and the first thing that is wrong with them."""

    ok: bool
    size: int
    root: bytes
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class _Head:
    size: int
    root: bytes
    frontier: list[bytes]
    places: int


class _Entry(msgspec.Struct, frozen=True, gc=False):
    position: int
    event: str
    salt: bytes


async def verify(tx: Tx) -> Verification:
    """Compute the tenant's tree from its entries and compare it with the recorded head."""
    # Entries that are numbered while this runs lie beyond the head that was read first.
    head = await one(tx, QUERIES["head_and_places"], _Head, empty_root=tree.EMPTY_ROOT)
    found = Verification(ok=True, size=0, root=tree.EMPTY_ROOT)
    frontier: list[bytes] = []
    while found.size < head.size:
        page = await _page(tx, start=found.size, end=head.size)
        for expected, (position, _) in enumerate(page, found.size):
            if position != expected:
                return _broken(found, f"The entry at position {expected} is missing.")
        if not page:
            return _broken(found, f"The entry at position {found.size} is missing.")
        frontier = tree.extend(frontier, found.size, (leaf for _, leaf in page))
        found = replace(found, size=found.size + len(page), root=tree.root_of(frontier))
    problem = _disagreement(head, found, frontier)
    return found if problem is None else _broken(found, problem)


def _disagreement(head: _Head, found: Verification, frontier: list[bytes]) -> str | None:
    if head.places > head.size:
        return f"The head counts {head.size} entries, but {head.places} places have been given."
    if found.root != head.root:
        return (
            f"The first {head.size} entries add up to the root {found.root.hex()}, "
            f"but the head says {head.root.hex()}: an entry or the head has been changed."
        )
    if frontier != head.frontier:
        return "The head's frontier does not belong to its root."
    return None


def _broken(found: Verification, problem: str) -> Verification:
    return replace(found, ok=False, problem=problem)


async def _page(tx: Tx, *, start: int, end: int) -> list[tuple[int, bytes]]:
    page = await many(tx, QUERIES["entries_between"], _Entry, start=start, end=end, limit=PAGE)
    return [
        (entry.position, tree.leaf_hash(commitment(entry.salt, entry.event.encode())))
        for entry in page
    ]
