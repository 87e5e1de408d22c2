"""A folder keeps the files of a log: each whole or not at all, and none twice."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from logs import TRUSTED, entries, files, publish

from evenhand.tlog.checkpoint import Checkpoint
from evenhand.tlog.errors import Missing, Rewritten
from evenhand.tlog.reading import LogReader
from evenhand.tlog.store import Folder
from evenhand.tlog.verification import Outcome, verify_log
from evenhand.tlog.writer import LogWriter


def test_what_is_created_is_read(tmp_path: Path):
    folder = Folder(tmp_path / "log")
    folder.create({"tile/0/000.p/1": b"a", "tile/0/x001/000": b"b"})
    assert folder.read("tile/0/000.p/1") == b"a"
    assert folder.read("tile/0/x001/000") == b"b"


def test_a_file_that_is_there_with_the_same_bytes_is_as_good_as_written(tmp_path: Path):
    folder = Folder(tmp_path)
    folder.create({"a": b"a"})
    folder.create({"a": b"a", "b": b"b"})
    assert folder.read("b") == b"b"


def test_where_one_file_stands_with_other_bytes_none_is_written(tmp_path: Path):
    folder = Folder(tmp_path)
    folder.create({"b": b"b"})
    with pytest.raises(Rewritten):
        folder.create({"a": b"a", "b": b"other"})
    assert [path.name for path in files(tmp_path)] == ["b"]
    assert folder.read("b") == b"b"


def test_of_many_who_create_a_file_at_once_one_wins_and_the_others_know(tmp_path: Path):
    def attempt(number: int) -> bool:
        try:
            Folder(tmp_path).create({"tile/0/000": b"%d" % number})
        except Rewritten:
            return False
        return True

    with ThreadPoolExecutor(16) as threads:
        won = list(threads.map(attempt, range(64)))
    assert won.count(True) == 1
    assert Folder(tmp_path).read("tile/0/000") == b"%d" % won.index(True)
    assert len(files(tmp_path)) == 1


def test_the_checkpoint_is_replaced(tmp_path: Path):
    folder = Folder(tmp_path)
    folder.replace("checkpoint", b"old")
    folder.replace("checkpoint", b"new")
    assert folder.read("checkpoint") == b"new"
    assert len(files(tmp_path)) == 1


@pytest.mark.parametrize(
    "path", ["", "nothing", "../secret", "/etc/hostname", "a/../../secret", "a/b"]
)
def test_what_is_not_in_the_folder_is_not_read(path: str, tmp_path: Path):
    (tmp_path / "secret").write_bytes(b"secret")
    folder = Folder(tmp_path / "log")
    folder.create({"a": b"a"})
    with pytest.raises(Missing):
        folder.read(path)


def test_partial_tiles_that_became_full_are_dropped_and_the_log_still_holds(tmp_path: Path):
    store = Folder(tmp_path)
    writer = LogWriter(store)
    kept: list[Checkpoint] = []
    while writer.size < 1100:
        writer.append(entries(90, writer.size))
        kept.append(publish(writer))
    before = len(files(tmp_path))
    # Of bundles and of leaves: tiles 0 to 2, since 3 is the last full one and 4 is partial.
    assert store.drop_partials(writer.size) == 6
    assert store.drop_partials(writer.size) == 0
    assert len(files(tmp_path)) < before
    assert verify_log(store.read, TRUSTED, earlier=kept).outcome is Outcome.HELD
    for checkpoint in kept:
        assert LogReader(store.read, checkpoint.size).root() == checkpoint.root
    assert (tmp_path / "tile/0/003.p").is_dir()
