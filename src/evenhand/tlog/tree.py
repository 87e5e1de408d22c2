"""A Merkle tree over a list that only grows, as RFC 6962 defines it.

All that is needed to go on is the frontier: the roots of the full subtrees that the list
falls into, largest first, one for each bit of its size.
"""

import hashlib
from collections.abc import Iterable, Sequence

EMPTY_ROOT = hashlib.sha256(b"").digest()
# Other prefixes for leaves and nodes, or a node could be passed off as a leaf.
LEAF_PREFIX = b"\x00"
NODE_PREFIX = b"\x01"


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
