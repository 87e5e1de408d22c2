"""Whoever has a log's files and a policy finds whatever is wrong with it, and is told where."""

import shutil
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from logs import LOG_KEYS, ORIGIN, TIME, TRUSTED, entries, files, head, publish, served, written

from evenhand.tlog.checkpoint import Checkpoint
from evenhand.tlog.errors import Forked, Malformed
from evenhand.tlog.policy import Party, Policy
from evenhand.tlog.reading import LogReader, Read
from evenhand.tlog.signatures import SignatureType, SigningKey, signed
from evenhand.tlog.sources import source
from evenhand.tlog.store import Folder
from evenhand.tlog.tiles import Tile, tiles_of
from evenhand.tlog.verification import Outcome, require_one_history, verify_log
from evenhand.tlog.writer import LogWriter

SIZE = 66_000  # with tiles on three levels, partial on each


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("log")
    written(folder, entries(SIZE))
    return folder


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small")
    writer = LogWriter(Folder(folder))
    writer.append(entries(600))
    # By one key: of two lines, one in a name that was changed would be passed over.
    publish(writer, LOG_KEYS[:1])
    return folder


def changed(read: Read, path: str, data: bytes) -> Read:
    """The same log but for one file."""
    return lambda asked: data if asked == path else read(asked)


def problems(read: Read, policy: Policy = TRUSTED, **more: object) -> dict[str, str | None]:
    report = verify_log(read, policy, **more)  # pyright: ignore[reportArgumentType]
    return {
        check.name: check.problem for check in report.checks if check.outcome is not Outcome.HELD
    }


def test_a_sound_log_holds_in_a_folder_and_at_a_url(log: Path):
    told: list[int] = []
    report = verify_log(Folder(log).read, TRUSTED, told=told.append)
    assert report.outcome is Outcome.HELD
    assert [check.name for check in report.checks] == [
        "signature", "entries and tiles", "root",
    ]  # fmt: skip
    assert told[-1] == SIZE
    with served(log) as url, source(url) as read:
        assert verify_log(read, TRUSTED).outcome is Outcome.HELD


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 512, 600])
def test_logs_of_odd_sizes_hold(size: int, tmp_path: Path):
    written(tmp_path, entries(size))
    assert problems(Folder(tmp_path).read) == {}


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_any_bit_flipped_in_any_file_is_found(small: Path, data: st.DataObject):
    place = data.draw(st.sampled_from(files(small)))
    content = bytearray(place.read_bytes())
    at = data.draw(st.integers(0, 8 * len(content) - 1))
    content[at // 8] ^= 1 << at % 8
    path = str(place.relative_to(small))
    assert problems(changed(Folder(small).read, path, bytes(content)))


@pytest.mark.parametrize(
    ("tile", "index"), [(Tile(0, 17), 17 * 256 + 5), (Tile(1, 0), 5), (Tile(1, 1, 1), 256)]
)
def test_a_changed_hash_is_told_by_its_place(tile: Tile, index: int, log: Path):
    data = bytearray((log / tile.path).read_bytes())
    data[index % 256 * 32] ^= 1
    found = problems(changed(Folder(log).read, tile.path, bytes(data)))
    assert list(found) == ["entries and tiles"]
    assert f"path: {tile.path}" in str(found["entries and tiles"])
    assert f"index: {index}." in str(found["entries and tiles"])


def test_a_changed_entry_is_told_by_its_index(log: Path):
    path = Tile(-1, 100).path
    data = (log / path).read_bytes().replace(b"entry 25700", b"entry 25799")
    found = problems(changed(Folder(log).read, path, data))
    assert "index: 25700." in str(found["entries and tiles"])


def test_a_file_that_is_not_there_is_unread_and_not_a_failure(log: Path, tmp_path: Path):
    shutil.copytree(log, tmp_path / "log")
    (tmp_path / "log" / Tile(0, 3).path).unlink()
    report = verify_log(Folder(tmp_path / "log").read, TRUSTED)
    assert report.outcome is Outcome.UNREAD
    assert verify_log(Folder(tmp_path / "none").read, TRUSTED).outcome is Outcome.UNREAD


def test_a_log_signed_for_other_entries_fails_by_its_root(tmp_path: Path):
    writer = written(tmp_path, entries(300))
    other = Checkpoint(ORIGIN, writer.size, bytes(32))
    Folder(tmp_path).replace("checkpoint", bytes(signed(other, LOG_KEYS, time=TIME)))
    found = problems(Folder(tmp_path).read)
    assert list(found) == ["root"]
    assert writer.root.hex() in str(found["root"])
    assert bytes(32).hex() in str(found["root"])


def test_a_log_that_nobody_trusted_signed_is_not_looked_into(tmp_path: Path):
    writer = written(tmp_path, entries(3))
    stranger = SigningKey(ORIGIN, SignatureType.ED25519, b"s" * 32)
    Folder(tmp_path).replace("checkpoint", bytes(signed(head(writer), [stranger], time=TIME)))
    report = verify_log(Folder(tmp_path).read, TRUSTED)
    assert [(check.name, check.outcome) for check in report.checks] == [
        ("signature", Outcome.FAILED)
    ]


def test_a_missing_quorum_is_told_and_the_rest_is_looked_at(tmp_path: Path):
    written(tmp_path, entries(3))
    witness = SigningKey("w.example", SignatureType.COSIGNATURE, b"w" * 32)
    policy = Policy(TRUSTED.logs, {"w": Party(witness.verifier_key)}, quorum="w")
    report = verify_log(Folder(tmp_path).read, policy)
    assert list(problems(Folder(tmp_path).read, policy)) == ["quorum"]
    assert len(report.checks) == 4


def test_a_log_continues_the_checkpoints_that_somebody_kept(tmp_path: Path):
    writer = written(tmp_path, entries(3))
    kept = [Checkpoint(ORIGIN, 0, LogWriter(Folder(tmp_path)).root), head(writer)]
    for more in (253, 1, 300, 43):
        writer.append(entries(more, writer.size))
        kept.append(publish(writer))
    assert problems(Folder(tmp_path).read, earlier=kept) == {}
    rewritten = Checkpoint(ORIGIN, 257, bytes(32))
    longer = Checkpoint(ORIGIN, 601, bytes(32))
    other = Checkpoint("example.com/other", 3, kept[1].root)
    found = problems(Folder(tmp_path).read, earlier=[*kept, rewritten, longer, other])
    assert len(found) == 3


def test_two_checkpoints_have_one_history_or_are_told_as_a_fork(log: Path):
    read = Folder(log).read
    ends = [Checkpoint(ORIGIN, size, _root(read, size)) for size in (0, 1000, 1001, SIZE)]
    for one in ends:
        for other in ends:
            require_one_history(one, other, read)
    for other in (Checkpoint(ORIGIN, 1000, bytes(32)), Checkpoint(ORIGIN, 999, bytes(32))):
        with pytest.raises(Forked):
            require_one_history(ends[1], other, read)
    with pytest.raises(Malformed):
        require_one_history(ends[1], Checkpoint("example.com/other", 1000, ends[1].root), read)


def _root(read: Read, size: int) -> bytes:
    return LogReader(read, SIZE).root(size)


def test_a_hundred_thousand_entries_are_verified_within_ten_seconds(tmp_path: Path):
    began = time.perf_counter()
    written(tmp_path, entries(100_000))
    wrote = time.perf_counter() - began
    began = time.perf_counter()
    assert problems(Folder(tmp_path).read) == {}
    verified = time.perf_counter() - began
    assert sum(1 for _ in tiles_of(100_000)) + 1 == len(list(files(tmp_path)))
    assert verified < 10, f"verified in {verified:.1f} s, written in {wrote:.1f} s"
