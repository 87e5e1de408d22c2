"""The blinded map of an epoch: all private logs that moved, and nobody can tell how many.

A binary tree of 32 levels, so of 2^32 slots. The statement of a private log stands in a slot
that follows from a key which its tenant shares with the log, and from the epoch; every other
subtree is a random number. So a path always has 32 siblings, and none of them tells whether
anything stands below it.

    slot   = first 4 bytes of HMAC-SHA-256(key, "slot"  ‖ epoch), big-endian
    blind  = HMAC-SHA-256(key, "blind" ‖ epoch)
    leaf   = SHA-256(0x02 ‖ blind ‖ SHA-256(statement))
    node   = SHA-256(0x03 ‖ left ‖ right)
    filler = HMAC-SHA-256(seed, level ‖ index), for a subtree in which nothing stands

`epoch` and `index` are 8 bytes and `level` is one; leaves are of level 0. The key is 32 random
bytes of the tenant, the seed 32 random bytes of the epoch which nobody is ever shown.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

LEVELS = 32
LEAF_PREFIX = b"\x02"
NODE_PREFIX = b"\x03"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a private log stands in the map of one epoch, and what hides that it does."""

    slot: int
    blind: bytes

    def leaf(self, statement: bytes) -> bytes:
        """What stands there, of a log that says this of itself."""
        said = hashlib.sha256(statement).digest()
        return hashlib.sha256(LEAF_PREFIX + self.blind + said).digest()


def place_of(key: bytes, epoch: int) -> Place:
    """Find the place of a log in an epoch from the key of the log."""
    number = epoch.to_bytes(8, "big")
    slot = hmac.digest(key, b"slot" + number, "sha256")[:4]
    return Place(int.from_bytes(slot, "big"), hmac.digest(key, b"blind" + number, "sha256"))


class BlindedMap:
    """The map over the leaves that stand in it, by slot."""

    def __init__(self, leaves: Mapping[int, bytes], *, seed: bytes) -> None:
        assert all(0 <= slot < 1 << LEVELS for slot in leaves), "a slot is of 32 bits"
        self._seed = seed
        self._rows: list[dict[int, bytes]] = [dict(leaves)]
        for level in range(LEVELS):
            parents = {index >> 1 for index in self._rows[level]}
            self._rows.append(
                {
                    index: _node_hash(
                        self._hash(level, 2 * index), self._hash(level, 2 * index + 1)
                    )
                    for index in parents
                }
            )

    @property
    def root(self) -> bytes:
        """What the public log says of the map."""
        return self._hash(LEVELS, 0)

    def path(self, slot: int) -> list[bytes]:
        """The siblings on the way from a slot to the root, the lowest first."""
        return [self._hash(level, (slot >> level) ^ 1) for level in range(LEVELS)]

    def _hash(self, level: int, index: int) -> bytes:
        found = self._rows[level].get(index)
        if found is not None:
            return found
        where = level.to_bytes(1, "big") + index.to_bytes(8, "big")
        return hmac.digest(self._seed, where, "sha256")


def root_from(leaf: bytes, slot: int, path: Sequence[bytes]) -> bytes:
    """The root to which a path of 32 siblings leads from what stands in a slot."""
    assert len(path) == LEVELS, "one sibling for each level"
    node = leaf
    for level, sibling in enumerate(path):
        is_right = slot >> level & 1
        node = _node_hash(sibling, node) if is_right else _node_hash(node, sibling)
    return node


def _node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(NODE_PREFIX + left + right).digest()
