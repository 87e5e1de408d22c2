"""Verification: the tree, computed again from what the entries say."""

from dataclasses import dataclass, replace

from evenhand.foundation import sql
from evenhand.foundation.database import Tx
from evenhand.ledger import tree

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


async def verify(tx: Tx) -> Verification:
    """Compute the tenant's tree from its entries and compare it with the recorded head."""
    # Entries that are numbered while this runs lie beyond the head that was read first.
    head = await _head(tx)
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


async def _head(tx: Tx) -> _Head:
    cursor = await tx.connection.execute(QUERIES["head_and_places"], {"tenant_id": tx.tenant_id})
    row = await cursor.fetchone()
    assert row is not None, "an aggregate has one row"
    return _Head(
        size=row[0] or 0, root=row[1] or tree.EMPTY_ROOT, frontier=row[2] or [], places=row[3]
    )


async def _page(tx: Tx, *, start: int, end: int) -> list[tuple[int, bytes]]:
    cursor = await tx.connection.execute(
        QUERIES["entries_between"],
        {"tenant_id": tx.tenant_id, "start": start, "end": end, "limit": PAGE},
    )
    return [
        (position, tree.leaf_hash(tree.commitment(salt, event.encode())))
        for position, event, salt in await cursor.fetchall()
    ]
