"""A witness follows a log by its tiles, and two witnesses together find two histories."""

from collections.abc import Callable
from pathlib import Path

import pytest
from logs import LOG_KEYS, ORIGIN, TIME, entries, publish, served, written

from evenhand import witness
from evenhand.tlog.checkpoint import Checkpoint
from evenhand.tlog.errors import Forked, Missing, Unsigned
from evenhand.tlog.note import Note
from evenhand.tlog.policy import Party, Policy
from evenhand.tlog.signatures import SignatureType, SigningKey, signed, verified
from evenhand.tlog.sources import source
from evenhand.tlog.store import Folder
from evenhand.tlog.writer import LogWriter
from evenhand.witness.memory import EVIDENCE


def new_witness(folder: Path, name: str) -> witness.Witness:
    witness.new_witness(folder, name)
    for key in LOG_KEYS:
        witness.add_log(folder, key.verifier_key, None)
    return witness.opened(folder, lambda: TIME)


@pytest.fixture
def one(tmp_path: Path) -> witness.Witness:
    return new_witness(tmp_path / "one", "one.example")


@pytest.fixture
def two(tmp_path: Path) -> witness.Witness:
    return new_witness(tmp_path / "two", "two.example")


def test_a_growing_log_is_followed_in_a_folder_and_over_http(one: witness.Witness, tmp_path: Path):
    log = tmp_path / "log"
    writer = written(log, entries(3))
    with served(log) as url, source(url) as over_http:
        for more, read in [(0, over_http), (300, Folder(log).read), (1, over_http)]:
            writer.append(entries(more, writer.size))
            checkpoint = publish(writer)
            found = witness.follow_once(one, read)
            assert (found.checkpoint, found.is_new) == (checkpoint, True)
            assert not witness.follow_once(one, read).is_new


def test_the_cosigned_checkpoint_satisfies_a_policy_that_asks_for_the_witness(
    one: witness.Witness, tmp_path: Path
):
    written(tmp_path / "log", entries(3))
    found = witness.follow_once(one, Folder(tmp_path / "log").read)
    logs = tuple(Party(key.verifier_key) for key in LOG_KEYS)
    for key in one.verifier_keys:
        policy = Policy(logs, {"one": Party(key)}, quorum="one")
        assert policy.verify(found.note).witnesses == {"one": TIME}


def test_a_log_that_shrank_is_told_as_a_fork(one: witness.Witness, tmp_path: Path):
    written(tmp_path / "log", entries(300))
    witness.follow_once(one, Folder(tmp_path / "log").read)
    written(tmp_path / "restored", entries(200))
    with pytest.raises(Forked, match="shorter"):
        witness.follow_once(one, Folder(tmp_path / "restored").read)


def test_a_log_that_was_rewritten_is_told_as_a_fork(one: witness.Witness, tmp_path: Path):
    written(tmp_path / "log", entries(300))
    witness.follow_once(one, Folder(tmp_path / "log").read)
    for size in (300, 400):
        written(tmp_path / f"rewritten-{size}", [b"other", *entries(size - 1)])
        with pytest.raises(Forked):
            witness.follow_once(one, Folder(tmp_path / f"rewritten-{size}").read)


def test_what_no_key_of_the_log_signed_is_neither_cosigned_nor_called_a_fork(
    one: witness.Witness, tmp_path: Path
):
    written(tmp_path / "log", entries(300))
    witness.follow_once(one, Folder(tmp_path / "log").read)
    stranger = SigningKey(ORIGIN, SignatureType.ED25519, b"s" * 32)
    small = LogWriter(Folder(tmp_path / "strange"))
    small.append(entries(3))
    publish(small, [stranger])
    with pytest.raises(Unsigned):
        witness.follow_once(one, Folder(tmp_path / "strange").read)


def test_a_log_without_a_checkpoint_is_told_as_such(one: witness.Witness, tmp_path: Path):
    with pytest.raises(Missing):
        witness.follow_once(one, Folder(tmp_path / "none").read)


@pytest.fixture
def split(one: witness.Witness, two: witness.Witness, tmp_path: Path) -> Callable[..., Note]:
    """A server that shows one history to one witness and another to the other, of these sizes.

    Neither sees anything wrong by itself. What the second has seen is given.
    """

    def shown(size_to_one: int, size_to_two: int) -> Note:
        for name, by, size, first in (
            ("one", one, size_to_one, 1000),
            ("two", two, size_to_two, 2000),
        ):
            store = Folder(tmp_path / f"log-{name}")
            writer = written(tmp_path / f"log-{name}", entries(250))
            assert witness.follow_once(by, store.read).is_new
            writer.append(entries(size - 250, first))
            publish(writer)
            assert witness.follow_once(by, store.read).is_new
        theirs = two.memory.last(ORIGIN)
        assert theirs is not None
        return theirs

    return shown


@pytest.mark.parametrize(
    ("size_to_one", "size_to_two", "tiles_of"),
    [(300, 300, "one"), (300, 300, "two"), (300, 400, "two"), (400, 300, "one")],
)
def test_a_server_that_shows_two_histories_is_caught_when_two_witnesses_compare(
    one: witness.Witness,
    split: Callable[..., Note],
    size_to_one: int,
    size_to_two: int,
    tiles_of: str,
    tmp_path: Path,
):
    theirs = split(size_to_one, size_to_two)
    with pytest.raises(Forked):
        witness.compare(one, theirs, Folder(tmp_path / f"log-{tiles_of}").read)
    kept = [Note.parse(file.read_bytes()) for file in (tmp_path / "one" / EVIDENCE).rglob("*-*")]
    assert {Checkpoint.parse(note.text).size for note in kept} == {size_to_one, size_to_two}
    assert len(kept) == 2
    for note in kept:
        assert verified(note, [LOG_KEYS[0].verifier_key])


def test_a_log_that_withholds_its_tiles_leaves_two_sizes_uncompared(
    one: witness.Witness, split: Callable[..., Note], tmp_path: Path
):
    theirs = split(300, 400)
    with pytest.raises(Missing):
        witness.compare(one, theirs, Folder(tmp_path / "log-one").read)
    assert not (tmp_path / "one" / EVIDENCE).exists()


def _seen(by: witness.Witness) -> Checkpoint:
    note = by.memory.last(ORIGIN)
    assert note is not None
    return Checkpoint.parse(note.text)


def test_two_witnesses_who_saw_the_same_history_agree(
    one: witness.Witness, two: witness.Witness, tmp_path: Path
):
    log = tmp_path / "log"
    writer = written(log, entries(250))
    witness.follow_once(one, Folder(log).read)
    writer.append(entries(100, 250))
    publish(writer)
    witness.follow_once(two, Folder(log).read)
    for mine, other in ((one, two), (two, one), (one, one)):
        theirs = other.memory.last(ORIGIN)
        assert theirs is not None
        sizes = [checkpoint.size for checkpoint in witness.compare(mine, theirs, Folder(log).read)]
        assert sizes == [_seen(mine).size, _seen(other).size]
    assert not (tmp_path / "one" / EVIDENCE).exists()


def test_a_checkpoint_that_the_log_did_not_sign_accuses_nobody(
    one: witness.Witness, tmp_path: Path
):
    writer = written(tmp_path / "log", entries(250))
    witness.follow_once(one, Folder(tmp_path / "log").read)
    stranger = SigningKey(ORIGIN, SignatureType.ED25519, b"s" * 32)
    forged = signed(Checkpoint(ORIGIN, writer.size, bytes(32)), [stranger], time=TIME)
    with pytest.raises(Unsigned):
        witness.compare(one, Note.parse(bytes(forged)), Folder(tmp_path / "log").read)
    assert not (tmp_path / "one" / EVIDENCE).exists()
