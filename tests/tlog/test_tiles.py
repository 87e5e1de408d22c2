"""Tiles are the files that C2SP tlog-tiles names, with the bytes that it asks for."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.tlog.errors import Malformed
from evenhand.tlog.tiles import (
    ENTRIES,
    LEVEL_MAX,
    Tile,
    bundled,
    entries_of,
    hashes_of,
    tile_at,
    tiles_between,
    tiles_of,
)

SIZES = st.integers(0, 200_000)
TILES = st.builds(Tile, st.integers(ENTRIES, LEVEL_MAX), st.integers(0, 2**56), st.integers(1, 256))


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 1234067), "tile/0/x001/x234/067"),  # the specification's own example
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 273, 112), "tile/0/273.p/112"),
        (Tile(ENTRIES, 1000, 1), "tile/entries/x001/000.p/1"),
        (Tile(63, 999_999), "tile/63/x999/999"),
    ],
)
def test_a_tile_lies_where_the_specification_says(tile: Tile, path: str):
    assert tile.path == path
    assert Tile.parse(path) == tile


@given(TILES)
def test_every_path_reads_as_the_tile_it_was_written_for(tile: Tile):
    assert Tile.parse(tile.path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "", "checkpoint", "tile", "tile/0", "tile/0/", "tile/0/0", "tile/0/00", "tile/0/0000",
        "tile/00/000", "tile/64/000", "tile/-1/000", "tile/data/000", "tile/0/001/000",
        "tile/0/x000/000", "tile/0/x000/x001/000", "tile/0/000.p", "tile/0/000.p/",
        "tile/0/000.p/0", "tile/0/000.p/01", "tile/0/000.p/256", "tile/0/000.p/257",
        "/tile/0/000", "tile/0/000/", "tile//000", "tile/0/000\n", "tile/0/../000",
        "tile/0/\u0660\u0660\u0660", "tile/entries/000.p/1/2", "Tile/0/000",
        "tile/0/" + "x999/" * 40 + "000",
    ],
)  # fmt: skip
def test_no_other_path_is_one_of_a_tile(path: str):
    with pytest.raises(Malformed):
        Tile.parse(path)


def test_a_log_of_70_000_has_the_tiles_that_the_specification_counts():
    tiles = [tile for tile in tiles_of(70_000) if tile.level != ENTRIES]
    assert Counter((tile.level, tile.width) for tile in tiles) == {
        (0, 256): 273,
        (0, 112): 1,
        (1, 256): 1,
        (1, 17): 1,
        (2, 1): 1,
    }


def test_a_log_of_256_has_a_full_tile_and_one_of_width_1_above():
    assert list(tiles_of(256)) == [Tile(ENTRIES, 0), Tile(0, 0), Tile(1, 0, 1)]


def test_an_empty_log_has_no_tile():
    assert list(tiles_of(0)) == []


@given(SIZES, SIZES)
def test_a_log_gains_the_tiles_that_it_did_not_have(one: int, other: int):
    old, new = sorted((one, other))
    gained = list(tiles_between(old, new))
    assert len(gained) == len(set(gained))
    assert set(gained) == set(tiles_of(new)) - set(tiles_of(old))


@given(st.integers(1, 200_000))
def test_each_tile_is_found_by_its_place(size: int):
    for tile in tiles_of(size):
        assert tile_at(tile.level, tile.index, size) == tile


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=256))
def test_a_bundle_holds_its_entries_behind_their_lengths(content: list[bytes]):
    data = b"".join(map(bundled, content))
    assert entries_of(data, Tile(ENTRIES, 0, len(content))) == content
    assert data[:2] == len(content[0]).to_bytes(2, "big")


def test_an_entry_has_at_most_65_535_bytes():
    longest = b"x" * 65_535
    assert entries_of(bundled(longest), Tile(ENTRIES, 0, 1)) == [longest]
    with pytest.raises(Malformed):
        bundled(longest + b"x")


@given(st.lists(st.binary(min_size=1, max_size=20), min_size=1, max_size=8), st.data())
def test_a_bundle_that_is_cut_off_or_goes_on_is_refused(content: list[bytes], data: st.DataObject):
    whole = b"".join(map(bundled, content))
    tile = Tile(ENTRIES, 0, len(content))
    cut = data.draw(st.integers(0, len(whole) - 1))
    for wrong in (whole[:cut], whole + b"\0", whole + b"\0\0", whole + whole):
        with pytest.raises(Malformed):
            entries_of(wrong, tile)


@pytest.mark.parametrize("length", [0, 31, 32, 65, 96])
def test_a_tile_of_another_length_than_its_width_is_refused(length: int):
    with pytest.raises(Malformed):
        hashes_of(b"x" * length, Tile(0, 0, 2))
