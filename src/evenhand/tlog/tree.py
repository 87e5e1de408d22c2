"""A Merkle tree over a list that only grows, as RFC 6962 defines it, and proofs of it.

All that is needed to go on is the frontier: the roots of the full subtrees that the list
falls into, largest first, one for each bit of its size. Proofs are made from the roots of full
subtrees, wherever these are kept, and checked as RFC 9162 says.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias

from evenhand.tlog.errors import Unproven

EMPTY_ROOT = hashlib.sha256(b"").digest()
# Other prefixes for leaves and nodes, or a node could be passed off as a leaf.
LEAF_PREFIX = b"\x00"
NODE_PREFIX = b"\x01"

# `(level, index)` gives the root of the full subtree of 2**level leaves whose first leaf stands
# at index * 2**level.
Subtrees: TypeAlias = Callable[[int, int], bytes]


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf."""
    return hashlib.sha256(LEAF_PREFIX + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node above two others."""
    return hashlib.sha256(NODE_PREFIX + left + right).digest()


def extend(frontier: Sequence[bytes], size: int, leaves: Iterable[bytes]) -> list[bytes]:
    """The frontier of a list of this size once these leaf hashes have been added."""
    assert len(frontier) == size.bit_count(), "one root for each full subtree"
    roots = list(frontier)
    for leaf in leaves:
        node = leaf
        # A new leaf completes one subtree for every trailing one of the size.
        full = size
        while full & 1:
            node = node_hash(roots.pop(), node)
            full >>= 1
        roots.append(node)
        size += 1
    return roots


def root_of(frontier: Sequence[bytes]) -> bytes:
    """The root of the whole tree."""
    if not frontier:
        return EMPTY_ROOT
    *rest, node = frontier
    for left in reversed(rest):
        node = node_hash(left, node)
    return node


def subtrees_of(leaves: Sequence[bytes]) -> Subtrees:
    """Hold every full subtree over these leaf hashes in memory."""
    levels = [list(leaves)]
    while len(below := levels[-1]) > 1:
        pairs = zip(below[::2], below[1::2], strict=False)
        levels.append([node_hash(left, right) for left, right in pairs])
    return lambda level, index: levels[level][index]


def frontier_at(size: int, subtrees: Subtrees) -> list[bytes]:
    """The frontier that the list had at a size."""
    return [subtrees(level, first >> level) for level, first in _full_subtrees(0, size)]


def inclusion_path(index: int, size: int, subtrees: Subtrees) -> list[bytes]:
    """Prove that the leaf at an index is in a tree: its siblings on the way, the lowest first."""
    assert 0 <= index < size, "only leaves of the tree are in it"
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_root_between(middle, end, subtrees))
            end = middle
        else:
            path.append(_root_between(start, middle, subtrees))
            start = middle
    return path[::-1]


def consistency_path(old: int, new: int, subtrees: Subtrees) -> list[bytes]:
    """Prove that the tree of `new` leaves begins with that of `old` leaves."""
    assert 0 <= old <= new, "a list that only grows"
    if old in {0, new}:
        return []
    path: list[bytes] = []
    start, end = 0, new
    while end != old:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(_root_between(middle, end, subtrees))
            end = middle
        else:
            path.append(_root_between(start, middle, subtrees))
            start = middle
    if start:
        path.append(_root_between(start, end, subtrees))
    # Otherwise what is left is the old tree itself, whose root the verifier has.
    return path[::-1]


def verify_inclusion(
    leaf: bytes, index: int, size: int, *, root: bytes, path: Sequence[bytes]
) -> None:
    """Refuse a path that does not lead from this leaf hash at its index to the root."""
    if not 0 <= index < size:
        raise Unproven(f"A tree of {size} leaves has none at {index}.")
    node, last = leaf, size - 1
    for sibling in path:
        if last == 0:
            raise Unproven("The inclusion proof is too long.")
        if index & 1 or index == last:
            node = node_hash(sibling, node)
            index, last = _risen(index, last)
        else:
            node = node_hash(node, sibling)
        index, last = index >> 1, last >> 1
    if last:
        raise Unproven("The inclusion proof is too short.")
    if node != root:
        raise Unproven("The inclusion proof leads to another root.")


def verify_consistency(
    old: int, new: int, *, old_root: bytes, new_root: bytes, path: Sequence[bytes]
) -> None:
    """Refuse a path that does not show the tree of `new` leaves to begin with that of `old`."""
    if not 0 <= old <= new:
        raise Unproven(f"A log of {new} leaves cannot continue one of {old}.")
    if old in {0, new}:
        _verify_trivial(old, new, old_root, new_root, path)
        return
    nodes = list(path)
    if old & (old - 1) == 0:
        # The old tree is a full subtree of the new one, so that its root begins the path.
        nodes.insert(0, old_root)
    if not nodes:
        raise Unproven("The consistency proof is too short.")
    first, last = old - 1, new - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    old_node = new_node = nodes[0]
    for sibling in nodes[1:]:
        if last == 0:
            raise Unproven("The consistency proof is too long.")
        if first & 1 or first == last:
            old_node, new_node = node_hash(sibling, old_node), node_hash(sibling, new_node)
            first, last = _risen(first, last)
        else:
            new_node = node_hash(new_node, sibling)
        first, last = first >> 1, last >> 1
    if last:
        raise Unproven("The consistency proof is too short.")
    if old_node != old_root:
        raise Unproven("The consistency proof leads to another root of the old tree.")
    if new_node != new_root:
        raise Unproven("The consistency proof leads to another root of the new tree.")


def _risen(index: int, last: int) -> tuple[int, int]:
    """Pass the levels at which a node at the right edge has no sibling, and rises as it is."""
    while index and not index & 1:
        index, last = index >> 1, last >> 1
    return index, last


def _verify_trivial(
    old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]
) -> None:
    if path:
        raise Unproven("The consistency proof is too long.")
    if old == 0 and old_root != EMPTY_ROOT:
        raise Unproven("An empty tree has another root.")
    if old == new and old_root != new_root:
        raise Unproven(f"Two trees of {new} leaves have unlike roots.")


def _split(size: int) -> int:
    """The largest power of two below the size: where RFC 6962 divides a list."""
    return 1 << ((size - 1).bit_length() - 1)


def _root_between(start: int, end: int, subtrees: Subtrees) -> bytes:
    return root_of([subtrees(level, first >> level) for level, first in _full_subtrees(start, end)])


def _full_subtrees(start: int, end: int) -> Iterator[tuple[int, int]]:
    """Level and first leaf of the full subtrees that a range falls into, largest first.

    A range of a proof begins where a subtree of at least its size does.
    """
    while start < end:
        level = (end - start).bit_length() - 1
        yield level, start
        start += 1 << level
