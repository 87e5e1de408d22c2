"""Tiles (C2SP tlog-tiles): which files a log of some size consists of, and what they hold.

A tile is 256 consecutive hashes, 8,192 bytes; at level 0 of leaves, above it of full tiles below.
An entry bundle is the 256 entries under a tile of level 0, each behind its length in two bytes.
Those at the right edge are partial: named after their width, so that no file ever changes.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evenhand.tlog.errors import Malformed
from evenhand.tlog.fields import HASH_BYTES
from evenhand.tlog.tree import node_hash

CHECKPOINT = "checkpoint"
HEIGHT = 8
WIDTH = 1 << HEIGHT
ENTRIES = -1  # in place of a level, as Go's tlog numbers it
LEVEL_MAX = 63
ENTRY_BYTES_MAX = 65_535
LENGTH_BYTES = 2
# No file of a log is longer: a full bundle of the longest entries.
FILE_BYTES_MAX = WIDTH * (LENGTH_BYTES + ENTRY_BYTES_MAX)

_PATH = re.compile(
    r"tile/(?P<level>entries|0|[1-9][0-9]?)"
    r"/(?P<index>(?:x[0-9]{3}/)*[0-9]{3})"
    r"(?:\.p/(?P<width>[1-9][0-9]{0,2}))?"
)
# Enough for every leaf that a 64-bit size counts; a longer path has a needless x000.
_INDEX_GROUPS_MAX = 7


@dataclass(frozen=True, slots=True)
class Tile:
    """A file of hashes or of entries, by its place in the tree and its width."""

    level: int
    index: int
    width: int = WIDTH

    @classmethod
    def parse(cls, path: str) -> "Tile":
        """Read the path of a tile; whatever else it may be is refused."""
        found = _PATH.fullmatch(path)
        if found is None:
            raise Malformed("This is no path of a tile.")
        level = ENTRIES if found["level"] == "entries" else int(found["level"])
        groups = found["index"].replace("x", "").split("/")
        tile = cls(level, int("".join(groups)), int(found["width"] or WIDTH))
        if tile.level > LEVEL_MAX or len(groups) > _INDEX_GROUPS_MAX or tile.path != path:
            raise Malformed("This is no path of a tile.")
        return tile

    @property
    def path(self) -> str:
        """Where the file lies, below the log's prefix."""
        level = "entries" if self.level == ENTRIES else str(self.level)
        index, last = divmod(self.index, 1000)
        name = f"{last:03}"
        while index:
            index, group = divmod(index, 1000)
            name = f"x{group:03}/{name}"
        return f"tile/{level}/{name}" + (f".p/{self.width}" if self.is_partial else "")

    @property
    def is_partial(self) -> bool:
        """Whether it stands at the right edge, and grows."""
        return self.width < WIDTH

    @property
    def full(self) -> "Tile":
        """The tile that this one becomes once it is full."""
        return Tile(self.level, self.index)


def tiles_of(size: int) -> Iterator[Tile]:
    """Every tile of a log of this size: bundles first, then levels from the lowest."""
    return tiles_between(0, size)


def tiles_between(old: int, new: int) -> Iterator[Tile]:
    """The tiles that a log gains as it grows from one size to another."""
    for level in range(ENTRIES, LEVEL_MAX + 1):
        had, has = count_at(level, old), count_at(level, new)
        if not has:
            return
        if has > had:
            for index in range(had // WIDTH, -(-has // WIDTH)):
                yield Tile(level, index, min(WIDTH, has - index * WIDTH))


def tile_at(level: int, index: int, size: int) -> Tile:
    """The tile of a place as a log of this size has it."""
    width = min(WIDTH, count_at(level, size) - index * WIDTH)
    assert width > 0, "the log has no such tile"
    return Tile(level, index, width)


def count_at(level: int, size: int) -> int:
    """How many hashes, or entries, a level has in a log of this size."""
    return size >> (HEIGHT * max(level, 0))


def hashes_of(data: bytes, tile: Tile) -> list[bytes]:
    """Take a tile apart into its hashes."""
    if len(data) != tile.width * HASH_BYTES:
        raise Malformed(f"A tile of {tile.width} hashes has {len(data)} bytes.", path=tile.path)
    return [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]


def entries_of(data: bytes, tile: Tile) -> list[bytes]:
    """Take a bundle apart into its entries."""
    try:
        entries = unbundled(data)
    except Malformed as error:
        raise Malformed(error.message, path=tile.path) from error
    if len(entries) != tile.width:
        raise Malformed(f"A bundle of {tile.width} entries has {len(entries)}.", path=tile.path)
    return entries


def unbundled(data: bytes) -> list[bytes]:
    """Take the bytes of a bundle apart into entries, however many these are."""
    entries: list[bytes] = []
    at = 0
    while at < len(data):
        start = at + LENGTH_BYTES
        at = start + int.from_bytes(data[at:start])
        entries.append(data[start:at])
        if at > len(data) or start > len(data):
            raise Malformed("The last entry of a bundle is cut off.")
    return entries


def bundled(entry: bytes) -> bytes:
    """An entry behind its length, as it stands in a bundle."""
    if len(entry) > ENTRY_BYTES_MAX:
        raise Malformed(f"An entry has more than {ENTRY_BYTES_MAX} bytes.")
    return len(entry).to_bytes(LENGTH_BYTES) + entry


def subtree_root(hashes: Sequence[bytes]) -> bytes:
    """The root over as many hashes as a power of two."""
    assert len(hashes).bit_count() == 1, "a full subtree"
    row = hashes
    while len(row) > 1:
        row = [node_hash(row[at], row[at + 1]) for at in range(0, len(row), 2)]
    return row[0]
