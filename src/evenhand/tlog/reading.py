"""A log read through its tiles: entries, nodes, and the proofs that are made of them.

Nothing that is read is believed: a proof from these tiles is checked against a root that was
signed (`tree.verify_inclusion`, `tree.verify_consistency`), and then it does not matter who
served them.
"""

from collections.abc import Callable
from typing import Generic, TypeAlias, TypeVar

from evenhand.tlog import tree
from evenhand.tlog.errors import Missing
from evenhand.tlog.tiles import (
    ENTRIES,
    HEIGHT,
    WIDTH,
    Tile,
    entries_of,
    hashes_of,
    tile_at,
)

# Gives the bytes of a file by its path below the log's prefix, or raises `Missing`.
Read: TypeAlias = Callable[[str], bytes]

TILES_HELD = 256  # some 10 MB: with them, proofs of 50,000 neighbours need no file read again
BUNDLES_HELD = 8
_Content = TypeVar("_Content")


class LogReader:
    """The tiles of a log of `size` entries, of which what was read last is kept."""

    def __init__(self, read: Read, size: int) -> None:
        self.size = size
        self._tiles = _Held(read, _subtrees_in, most=TILES_HELD)
        self._bundles = _Held(read, entries_in, most=BUNDLES_HELD)

    def entry(self, index: int) -> bytes:
        """The entry at an index."""
        place, within = divmod(index, WIDTH)
        return self._bundles.content(tile_at(ENTRIES, place, self.size))[within]

    def subtree(self, level: int, index: int) -> bytes:
        """The root of the full subtree of 2**level leaves that is the index-th of its kind."""
        tile_level, height = divmod(level, HEIGHT)
        place, within = divmod(index << height, WIDTH)
        within_tile = self._tiles.content(tile_at(tile_level, place, self.size))
        return within_tile(height, within >> height)

    def leaf_hash(self, index: int) -> bytes:
        """The hash of the leaf at an index."""
        return self.subtree(0, index)

    def root(self, size: int | None = None) -> bytes:
        """The root that the log has, or had at a size."""
        return tree.root_of(self.frontier(size))

    def frontier(self, size: int | None = None) -> list[bytes]:
        """The roots of the full subtrees that the log falls into, or fell into at a size."""
        return tree.frontier_at(self._within(size), self.subtree)

    def inclusion_path(self, index: int, size: int | None = None) -> list[bytes]:
        """Prove that the entry at an index is in the log, or was at a size."""
        return tree.inclusion_path(index, self._within(size), self.subtree)

    def consistency_path(self, old: int, new: int | None = None) -> list[bytes]:
        """Prove that the log, or the log at a size, begins with what it was at an older size."""
        return tree.consistency_path(old, self._within(new), self.subtree)

    def _within(self, size: int | None) -> int:
        assert size is None or size <= self.size, "no more than the log has"
        return self.size if size is None else size


def entries_in(read: Read, tile: Tile) -> list[bytes]:
    """The entries of a bundle."""
    return _read_tile(read, tile, entries_of)


def hashes_in(read: Read, tile: Tile) -> list[bytes]:
    """The hashes of a tile."""
    return _read_tile(read, tile, hashes_of)


def _subtrees_in(read: Read, tile: Tile) -> tree.Subtrees:
    return tree.subtrees_of(hashes_in(read, tile))


def _read_tile(
    read: Read, tile: Tile, taken_apart: Callable[[bytes, Tile], list[bytes]]
) -> list[bytes]:
    try:
        return taken_apart(read(tile.path), tile)
    except Missing:
        # A log may drop partial tiles once they are full.
        if not tile.is_partial:
            raise
        return taken_apart(read(tile.full.path), tile.full)[: tile.width]


class _Held(Generic[_Content]):
    """Files taken apart, of which those used last are held."""

    def __init__(
        self, read: Read, content_of: Callable[[Read, Tile], _Content], *, most: int
    ) -> None:
        self._read = read
        self._content_of = content_of
        self._most = most
        self._held: dict[Tile, _Content] = {}

    def content(self, tile: Tile) -> _Content:
        found = self._held.pop(tile, None)
        if found is None:
            found = self._content_of(self._read, tile)
            if len(self._held) >= self._most:
                del self._held[next(iter(self._held))]
        # Whatever is used moves to the end, so that what is dropped is used least.
        self._held[tile] = found
        return found
