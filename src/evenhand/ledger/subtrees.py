"""Roots of a log's full subtrees of 256, 65,536 and so on leaves, kept for proofs.

The hashes of leaves are made anew from the entries where a proof needs them: at most two times 256
of them, where all others come from these roots. That is one row for every 256 entries.
"""

from collections.abc import Collection, Iterable, Sequence
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


async def subtrees_for(tx: Tx, needed: Collection[tuple[int, int]]) -> tree.Subtrees:
    """Find full subtrees by level, as a power of two, and index: all that some proof asks for.

    Of less than 256 leaves they are made of these, larger ones of the roots that are kept.
    """
    found: dict[int, dict[int, tree.Subtrees]] = {}
    for level, first, last in sorted(_rows_of(needed)):
        kept = await _row(tx, level, first, last)
        found.setdefault(level, {})[first] = tree.subtrees_of(kept)

    def subtrees(level: int, index: int) -> bytes:
        row, height = divmod(level, HEIGHT)
        first = (index << height) // WIDTH * WIDTH
        return found[row][first](height, index - (first >> height))

    return subtrees


def _rows_of(needed: Collection[tuple[int, int]]) -> set[tuple[int, int, int]]:
    """Of the rows of 256 hashes in which subtrees lie, how much is needed: level, from, until."""
    ends: dict[tuple[int, int], int] = {}
    for level, index in needed:
        row, height = divmod(level, HEIGHT)
        first = (index << height) // WIDTH * WIDTH
        ends[row, first] = max(ends.get((row, first), 0), (index + 1) << height)
    return {(row, first, end) for (row, first), end in ends.items()}


async def _row(tx: Tx, level: int, first: int, end: int) -> list[bytes]:
    if level == 0:
        return await leaf_hashes(tx, start=first, end=end)
    return await many(tx, QUERIES["subtree_roots"], bytes, level=level, start=first, end=end)
