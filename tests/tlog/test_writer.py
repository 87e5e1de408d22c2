"""A log is written once: tiles before the checkpoint, no file ever with other bytes.

The oracle for tiles is the definition of C2SP tlog-tiles over the whole list of entries.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from logs import (
    HASHES,
    LOG_KEYS,
    ORIGIN,
    SHORT,
    TIME,
    Held,
    entries,
    files,
    head,
    publish,
    written,
)

from evenhand.tlog import tree
from evenhand.tlog.checkpoint import Checkpoint
from evenhand.tlog.errors import Forked, Malformed, Missing, Rewritten, Unproven, Unsigned
from evenhand.tlog.note import Note
from evenhand.tlog.signatures import signed
from evenhand.tlog.store import Folder
from evenhand.tlog.tiles import CHECKPOINT, ENTRIES, Tile, bundled, tiles_of
from evenhand.tlog.writer import LogWriter


def by_definition(tile: Tile) -> bytes:
    first = tile.index * 256
    places = range(first, first + tile.width)
    if tile.level == ENTRIES:
        return b"".join(bundled(SHORT[place]) for place in places)
    return b"".join(HASHES(8 * tile.level, place) for place in places)


def test_a_log_of_70_000_consists_of_the_files_that_are_defined():
    store = Held()
    writer = LogWriter(store)
    writer.append(SHORT)
    assert store.files == {tile.path: by_definition(tile) for tile in tiles_of(70_000)}
    assert writer.root == tree.root_of(tree.frontier_at(70_000, HASHES))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 700), max_size=6), st.integers(0, 66_000))
def test_growing_in_steps_writes_the_files_of_every_size_on_the_way(steps: list[int], first: int):
    store = Held()
    writer = LogWriter(store)
    sizes = [first]
    writer.append(SHORT[:first])
    for step in steps:
        # Sometimes the same writer goes on, and sometimes one that read where it stands.
        if step % 2:
            writer = LogWriter.resume(store, size=writer.size, root=writer.root)
        writer.append(SHORT[writer.size : writer.size + step])
        sizes.append(writer.size)
        assert writer.root == tree.root_of(tree.frontier_at(writer.size, HASHES))
    expected = {tile for size in sizes for tile in tiles_of(size)}
    assert store.files == {tile.path: by_definition(tile) for tile in expected}


@given(st.integers(0, 3))
@settings(max_examples=4, deadline=None)
def test_a_writer_that_was_killed_anywhere_writes_the_same_again(killed_after: int):
    store = Held()
    writer = LogWriter(store)
    writer.append(SHORT[:300])
    publish(writer)
    store.creations_left = killed_after
    with pytest.raises(OSError, match="killed"):
        writer.append(SHORT[300:900])
    store.creations_left = 1_000_000
    # More has come in meanwhile, as it does where entries are kept in a database.
    checkpoint = Checkpoint.parse(Note.parse(store.read(CHECKPOINT)).text)
    writer = LogWriter.resume(store, size=checkpoint.size, root=checkpoint.root)
    writer.append(SHORT[300:1300])
    publish(writer)
    for tile in tiles_of(1300):
        assert store.read(tile.path) == by_definition(tile)


def test_what_a_writer_could_not_write_does_not_move_it():
    store = Held()
    writer = LogWriter(store)
    store.creations_left = 1
    with pytest.raises(OSError, match="killed"):
        writer.append(SHORT[:10])
    assert (writer.size, writer.root) == (0, tree.EMPTY_ROOT)


def test_other_entries_in_a_place_that_is_taken_are_refused(tmp_path: Path):
    store = Folder(tmp_path)
    LogWriter(store).append([b"one"])
    before = {path: path.read_bytes() for path in files(tmp_path)}
    with pytest.raises(Rewritten) as refused:
        LogWriter(store).append([b"other"])
    assert "tile/entries/000.p/1" in str(refused.value)
    assert {path: path.read_bytes() for path in files(tmp_path)} == before


def test_nothing_is_published_before_its_tiles_are_there(tmp_path: Path):
    store = Folder(tmp_path)
    writer = LogWriter(store)
    writer.append([b"one"])
    ahead = Checkpoint(ORIGIN, 2, writer.root)
    other = Checkpoint(ORIGIN, 1, tree.leaf_hash(b"other"))
    for checkpoint in (ahead, other):
        with pytest.raises(Unproven):
            writer.publish(signed(checkpoint, LOG_KEYS, time=TIME))
    with pytest.raises(Missing):
        store.read(CHECKPOINT)


def test_a_log_whose_published_checkpoint_is_ahead_stops(tmp_path: Path):
    written(tmp_path, [b"one", b"two"])
    restored = LogWriter(Folder(tmp_path))
    restored.append([b"one"])
    with pytest.raises(Forked, match="restored to an earlier day"):
        publish(restored)


def test_two_writers_who_went_apart_do_not_both_publish(tmp_path: Path):
    first = written(tmp_path, entries(10))
    second = LogWriter.resume(Folder(tmp_path), size=first.size, root=first.root)
    # Of unlike sizes, so that no file of one is in the way of the other's.
    first.append([b"of the first"])
    second.append([b"of the second", b"and another"])
    publish(first)
    with pytest.raises(Forked, match="second writer"):
        publish(second)
    assert Checkpoint.parse(Note.parse((tmp_path / CHECKPOINT).read_bytes()).text) == head(first)


def test_another_log_is_not_published_into_the_same_folder(tmp_path: Path):
    writer = written(tmp_path, entries(3))
    other = Checkpoint("example.com/other", writer.size, writer.root)
    with pytest.raises(Forked, match="another log"):
        writer.publish(signed(other, LOG_KEYS, time=TIME))


@pytest.mark.parametrize("tile", [Tile(0, 1, 44), Tile(1, 0, 1), Tile(ENTRIES, 1, 44)])
def test_a_log_does_not_go_on_from_tiles_that_do_not_add_up(tile: Tile, tmp_path: Path):
    writer = written(tmp_path, entries(300))
    place = tmp_path / tile.path
    content = bytearray(place.read_bytes())
    content[-1] ^= 1
    place.write_bytes(content)
    with pytest.raises(Unproven):
        LogWriter.resume(Folder(tmp_path), size=writer.size, root=writer.root)


def test_a_checkpoint_that_nobody_signed_is_not_published(tmp_path: Path):
    writer = written(tmp_path, entries(3))
    writer.append(entries(1, 3))
    with pytest.raises(Unsigned):
        publish(writer, [])
    assert Checkpoint.parse(Note.parse((tmp_path / CHECKPOINT).read_bytes()).text).size == 3


def test_an_entry_that_is_too_long_leaves_the_log_as_it_was(tmp_path: Path):
    writer = written(tmp_path, entries(3))
    before = files(tmp_path), head(writer)
    with pytest.raises(Malformed):
        writer.append([b"short", b"x" * 65_536])
    assert (files(tmp_path), head(writer)) == before


# Writes a log of entries that follow from their index, and is killed on the way.
ENDLESS = """
import sys
from pathlib import Path
from logs import publish
from evenhand.tlog.checkpoint import Checkpoint
from evenhand.tlog.errors import Missing
from evenhand.tlog.note import Note
from evenhand.tlog.store import Folder
from evenhand.tlog.tiles import CHECKPOINT
from evenhand.tlog.writer import LogWriter

store = Folder(Path(sys.argv[1]))
try:
    at = Checkpoint.parse(Note.parse(store.read(CHECKPOINT)).text)
    writer = LogWriter.resume(store, size=at.size, root=at.root)
except Missing:
    writer = LogWriter(store)
while True:
    writer.append([b"%d" % n for n in range(writer.size, writer.size + 97)])
    publish(writer)
    print(writer.size, flush=True)
"""


def test_a_writer_killed_at_any_moment_leaves_a_log_that_goes_on(tmp_path: Path):
    folder = tmp_path / "log"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    size = 0
    for kill in range(6):
        words = [sys.executable, "-c", ENDLESS, str(folder)]
        with subprocess.Popen(words, stdout=subprocess.PIPE, env=environment, text=True) as process:
            assert process.stdout is not None
            told = [int(process.stdout.readline()) for _ in range(3 + 2 * kill)]
            process.kill()
            told += map(int, process.stdout.read().split())
        # What was told of is there, and nothing before it has gone.
        assert told[0] == size + 97 or told[0] == size + 2 * 97
        at = Checkpoint.parse(Note.parse((folder / CHECKPOINT).read_bytes()).text)
        assert at.size >= told[-1]
        assert at.root == tree.root_of(tree.frontier_at(at.size, HASHES))
        size = at.size
    for tile in tiles_of(size):
        assert (folder / tile.path).read_bytes() == by_definition(tile)
