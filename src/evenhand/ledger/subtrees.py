"""Roots of a log's full subtrees of 256, 65,536 and so on leaves, kept for proofs.

The hashes of leaves are made anew from the entries where a proof needs them: at most two times 256
of them, where all others come from these roots. That is one row for every 256 entries.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evenhand.foundation import sql
from evenhand.foundation.database import Tx
from evenhand.foundation.rows import many, run
from evenhand.tlog import tree

QUERIES = sql.beside(__file__)

HEIGHT = 8
WIDTH = 1 << HEIGHT
LEAVES_A_STEP = 16 * WIDTH


@dataclass(frozen=True, slots=True)
class Subtree:
    """The root of 256^level leaves, the index-th of its kind."""

    level: int
    index: int
    root: bytes


def extend(
    frontier: Sequence[bytes], size: int, leaves: Iterable[bytes]
) -> tuple[list[bytes], list[Subtree]]:
    """The frontier once these leaf hashes have been added, and the subtrees that they complete."""
    assert len(frontier) == size.bit_count(), "one root for each full subtree"
    roots, found = list(frontier), list[Subtree]()
    for leaf in leaves:
        node, height = leaf, 0
        while size >> height & 1:
            node, height = tree.node_hash(roots.pop(), node), height + 1
            if height % HEIGHT == 0:
                found.append(Subtree(height // HEIGHT, size >> height, node))
        roots.append(node)
        size += 1
    return roots, found


async def keep(tx: Tx, completed: Sequence[Subtree]) -> None:
    """Keep the roots of subtrees that were just completed."""
    if completed:
        await run(
            tx,
            QUERIES["insert_subtrees"],
            levels=[one.level for one in completed],
            indexes=[one.index for one in completed],
            roots=[one.root for one in completed],
        )


async def fill(tx: Tx, size: int) -> None:
    """Keep the roots of a log that has grown to a size before any of them was kept."""
    frontier: list[bytes] = []
    for start in range(0, size, LEAVES_A_STEP):
        hashes = await leaf_hashes(tx, start=start, end=min(size, start + LEAVES_A_STEP))
        frontier, completed = extend(frontier, start, hashes)
        await keep(tx, completed)


async def leaf_hashes(tx: Tx, *, start: int, end: int) -> list[bytes]:
    """The hashes of a log's leaves from one until before another."""
    found = await many(tx, QUERIES["commitments_between"], bytes, start=start, end=end)
    return [tree.leaf_hash(commitment) for commitment in found]


class SubtreesOfLog:
    """Full subtrees of a tenant's log, read in rows of 256 hashes that are kept for the next proof.

    Of less than 256 leaves they are made of these, larger ones of the roots that are kept.
    """

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self._rows: dict[tuple[int, int], tuple[int, tree.Subtrees]] = {}

    async def inclusion_path(self, index: int, size: int) -> list[bytes]:
        """Prove that a leaf is in the log as it was at a size."""
        needed: set[tuple[int, int]] = set()

        def noted(level: int, subtree: int) -> bytes:
            needed.add((level, subtree))
            return b""

        # The same walk twice: which subtrees it asks for, and then with these at hand.
        tree.inclusion_path(index, size, noted)
        for level, subtree in needed:
            row, first, end = _within(level, subtree)
            if self._rows.get((row, first), (0,))[0] < end:
                hashes = await self._read(row, first)
                self._rows[row, first] = first + len(hashes), tree.subtrees_of(hashes)
        return tree.inclusion_path(index, size, self._subtree)

    def _subtree(self, level: int, index: int) -> bytes:
        row, first, _ = _within(level, index)
        height = level % HEIGHT
        return self._rows[row, first][1](height, index - (first >> height))

    async def _read(self, row: int, first: int) -> list[bytes]:
        if row == 0:
            return await leaf_hashes(self._tx, start=first, end=first + WIDTH)
        return await many(
            self._tx,
            QUERIES["subtree_roots"],
            bytes,
            level=row,
            start=first,
            end=first + WIDTH,
        )


def _within(level: int, index: int) -> tuple[int, int, int]:
    """In which row of 256 hashes a subtree lies: its level, its first hash, and where it ends."""
    row, height = divmod(level, HEIGHT)
    return row, (index << height) // WIDTH * WIDTH, (index + 1) << height
