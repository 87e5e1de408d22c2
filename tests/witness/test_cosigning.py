"""A witness cosigns what continues the last checkpoint, and forgets nothing, whoever asks when."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from logs import HASHES, LOG_KEYS, ORIGIN, TIME

from evenhand import witness
from evenhand.tlog import tree
from evenhand.tlog.checkpoint import Checkpoint
from evenhand.tlog.errors import LogError
from evenhand.tlog.note import Note
from evenhand.tlog.signatures import SignatureType, SigningKey, signed, verified
from evenhand.tlog.witnessing import AddCheckpoint, cosignatures_of, size_of
from evenhand.witness.memory import EVIDENCE, SEEN, hash_of_origin

NAME = "witness.example/w"
SIZES = (1, 5, 256, 1000, 70_000)


def checkpoint(size: int, root: bytes | None = None) -> Checkpoint:
    return Checkpoint(ORIGIN, size, root or tree.root_of(tree.frontier_at(size, HASHES)))


def request(
    old: int, new: int, *, root: bytes | None = None, keys: list[SigningKey] = LOG_KEYS
) -> bytes:
    """What a log sends: a checkpoint of `new` with the proof from `old`."""
    path = tree.consistency_path(old, new, HASHES) if old <= new else []
    note = signed(checkpoint(new, root), keys, time=TIME)
    return bytes(AddCheckpoint(old, tuple(path), note))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "witness"
    witness.new_witness(folder, NAME)
    for key in LOG_KEYS:
        witness.add_log(folder, key.verifier_key, None)
    return folder


@pytest.fixture
def one(folder: Path) -> witness.Witness:
    return witness.opened(folder, lambda: TIME)


def size_seen(one: witness.Witness) -> int:
    last = one.memory.last(ORIGIN)
    return 0 if last is None else Checkpoint.parse(last.text).size


def test_what_continues_is_cosigned_by_each_key(one: witness.Witness):
    old = 0
    for new in SIZES:
        answer = one.add_checkpoint(request(old, new))
        assert answer.status == 200
        note = Note(checkpoint(new).text, tuple(cosignatures_of(answer.body)))
        found = verified(note, one.verifier_keys)
        assert [(cosigned.key.type, cosigned.time) for cosigned in found] == [
            (SignatureType.COSIGNATURE, TIME),
            (SignatureType.ML_DSA_44, TIME),
        ]
        assert answer.body.decode().count("\u2014") == answer.body.count(b"\n") == 2
        old = new


def test_the_same_checkpoint_is_cosigned_again(one: witness.Witness):
    assert one.add_checkpoint(request(0, 256)).status == 200
    assert one.add_checkpoint(request(256, 256)).status == 200


def test_an_empty_log_is_cosigned(one: witness.Witness):
    assert one.add_checkpoint(request(0, 0)).status == 200
    assert one.add_checkpoint(request(0, 5)).status == 200


def test_another_old_size_is_told_the_right_one(one: witness.Witness):
    one.add_checkpoint(request(0, 256))
    for old, new in [(0, 1000), (5, 1000), (255, 256), (0, 5), (257, 1000), (1000, 1000)]:
        answer = one.add_checkpoint(request(old, new))
        assert (answer.status, answer.content_type) == (409, "text/x.tlog.size")
        assert answer.body == b"256\n"
        assert size_of(answer.body) == 256
    assert size_seen(one) == 256


def test_another_root_of_the_same_size_is_a_conflict_and_kept_as_evidence(
    one: witness.Witness, folder: Path
):
    one.add_checkpoint(request(0, 256))
    forked = request(256, 256, root=tree.leaf_hash(b"other"))
    answer = one.add_checkpoint(forked)
    assert answer.status == 409
    assert answer.content_type != "text/x.tlog.size"
    kept = list((folder / EVIDENCE / hash_of_origin(ORIGIN)).iterdir())
    roots = {Checkpoint.parse(Note.parse(file.read_bytes()).text).root for file in kept}
    assert roots == {checkpoint(256).root, tree.leaf_hash(b"other")}
    for file in kept:
        verified(Note.parse(file.read_bytes()), [LOG_KEYS[0].verifier_key])
    assert Checkpoint.parse(one.memory.last(ORIGIN).text) == checkpoint(256)  # pyright: ignore[reportOptionalMemberAccess]


def test_a_proof_that_does_not_hold_is_unprocessable(one: witness.Witness):
    one.add_checkpoint(request(0, 256))
    good = AddCheckpoint.parse(request(256, 1000))
    proofs = [(), good.path[:-1], (*good.path, good.path[0]), good.path[::-1]]
    for path in proofs:
        wrong = AddCheckpoint(256, path, good.note)
        assert one.add_checkpoint(bytes(wrong)).status == 422
    other = request(256, 1000, root=tree.leaf_hash(b"other"))
    assert one.add_checkpoint(other).status == 422
    assert one.add_checkpoint(bytes(AddCheckpoint(256, good.path, good.note))).status == 200


def test_a_proof_from_nothing_is_empty(one: witness.Witness):
    good = AddCheckpoint.parse(request(0, 256))
    wrong = AddCheckpoint(0, (tree.leaf_hash(b"more"),), good.note)
    assert one.add_checkpoint(bytes(wrong)).status == 422


def test_an_old_size_above_the_new_is_a_bad_request(one: witness.Witness):
    assert one.add_checkpoint(request(5, 1)).status == 400


def test_an_unknown_log_is_not_found(one: witness.Witness):
    other = SigningKey("example.com/other", SignatureType.ED25519, b"o" * 32)
    note = signed(Checkpoint("example.com/other", 1, bytes(32)), [other], time=TIME)
    assert one.add_checkpoint(bytes(AddCheckpoint(0, (), note))).status == 404


def test_a_checkpoint_by_no_key_of_its_log_is_forbidden(one: witness.Witness):
    stranger = SigningKey(ORIGIN, SignatureType.ED25519, b"s" * 32)
    assert one.add_checkpoint(request(0, 1, keys=[stranger])).status == 403
    good = AddCheckpoint.parse(request(0, 1))
    # One good signature does not make up for a false one in the name of a known key.
    signatures = [*good.note.signatures]
    signatures[1] = type(signatures[1])(ORIGIN, signatures[1].key_id, bytes(2428))
    false = Note(good.note.text, tuple(signatures))
    assert one.add_checkpoint(bytes(AddCheckpoint(0, (), false))).status == 403
    assert size_seen(one) == 0


GOOD = request(0, 1)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"old 0", GOOD[1:], GOOD[:-1], GOOD.replace(b"old 0", b"old 00"),
        GOOD.replace(b"old 0", b"old -1"), GOOD.replace(b"old 0", b"old  0"),
        GOOD.replace(b"old 0\n", b"old 0\nAAAA\n"), GOOD.replace(b"\n", b"\r\n"),
        GOOD.replace(b"old 0\n", b"old 0\n" + (b"A" * 43 + b"=\n") * 64),
        GOOD.replace(b"\n1\n", b"\n01\n"), b"\xff" + GOOD, b"old 0\n\n\n",
    ],
)  # fmt: skip
def test_what_is_no_request_is_a_bad_one(body: bytes, one: witness.Witness):
    assert one.add_checkpoint(body).status == 400
    assert size_seen(one) == 0


def test_what_was_cosigned_is_remembered_over_restarts(one: witness.Witness, folder: Path):
    one.add_checkpoint(request(0, 1000))
    again = witness.opened(folder, lambda: TIME + 1)
    assert again.verifier_keys == one.verifier_keys
    answer = again.add_checkpoint(request(0, 256))
    assert (answer.status, answer.body) == (409, b"1000\n")


def test_what_is_remembered_carries_the_signatures_that_were_checked(one: witness.Witness):
    stranger = SigningKey("stranger.example", SignatureType.ED25519, b"s" * 32)
    one.add_checkpoint(request(0, 256, keys=[*LOG_KEYS, stranger]))
    note = one.memory.last(ORIGIN)
    assert note is not None
    assert {signature.name for signature in note.signatures} == {ORIGIN, NAME}
    assert len(verified(note, one.verifier_keys)) == 2


def test_a_memory_that_cannot_be_read_is_not_taken_for_an_empty_one(
    one: witness.Witness, folder: Path
):
    one.add_checkpoint(request(0, 256))
    (folder / SEEN / hash_of_origin(ORIGIN)).write_bytes(b"torn")
    with pytest.raises(LogError):
        one.add_checkpoint(request(0, 5))


# The race that the specification spells out: a request for N and one for N + K are both found
# consistent, the larger is stored first, and then the smaller rolls it back.
def test_no_smaller_checkpoint_is_cosigned_after_a_larger_one(folder: Path):
    for start in range(10):
        origin_seen = folder / SEEN / hash_of_origin(ORIGIN)
        origin_seen.unlink(missing_ok=True)
        barrier = Barrier(8)

        def ask(new: int, barrier: Barrier = barrier) -> tuple[int, int]:
            mine = witness.opened(folder, lambda: TIME)
            barrier.wait()
            return new, mine.add_checkpoint(request(0, new)).status

        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(ask, range(start + 1, start + 9)))
        cosigned = [new for new, status in answers if status == 200]
        # All ask from nothing, so that whoever is first is the only one.
        assert len(cosigned) == 1
        assert size_seen(witness.opened(folder, lambda: TIME)) == cosigned[0]


CLIMB = """
import sys
from pathlib import Path
from evenhand import witness
from evenhand.tlog.witnessing import size_of

folder, requests = Path(sys.argv[1]), Path(sys.argv[2])
one = witness.opened(folder, lambda: 1)
old, top = 0, 40
while old < top:
    # Each process takes other steps, so that they cross.
    new = min(top, old + 1 + int(sys.argv[3]))
    answer = one.add_checkpoint((requests / f"{old}-{new}").read_bytes())
    if answer.status == 200:
        print(new, flush=True)
        old = new
    else:
        assert answer.content_type == "text/x.tlog.size", answer
        known = size_of(answer.body)
        assert known > old, "never back"
        old = known
"""


def test_processes_that_cosign_for_one_witness_never_roll_a_log_back(folder: Path, tmp_path: Path):
    requests = tmp_path / "requests"
    requests.mkdir()
    for old in range(40):
        for new in range(old, 41):
            (requests / f"{old}-{new}").write_bytes(request(old, new))
    climbing = [
        subprocess.Popen(
            [sys.executable, "-c", CLIMB, str(folder), str(requests), str(step)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for step in range(4)
    ]
    cosigned: list[int] = []
    for process in climbing:
        told, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        cosigned += map(int, told.split())
    # Every size at most once: two cosignatures of one size from two old ones would be a rollback.
    assert sorted(set(cosigned)) == sorted(cosigned)
    assert size_seen(witness.opened(folder, lambda: TIME)) == 40


ENDLESS = """
import sys
from pathlib import Path
from evenhand import witness
from evenhand.tlog.witnessing import size_of

one = witness.opened(Path(sys.argv[1]), lambda: 1)
requests = Path(sys.argv[2])
old = size_of(one.add_checkpoint((requests / "0-0").read_bytes()).body) if len(sys.argv) > 3 else 0
while old < 40:
    assert one.add_checkpoint((requests / f"{old}-{old + 1}").read_bytes()).status == 200
    old += 1
    print(old, flush=True)
"""


def test_a_witness_killed_at_any_moment_remembers_what_it_gave_out(folder: Path, tmp_path: Path):
    requests = tmp_path / "requests"
    requests.mkdir()
    for old in range(40):
        for new in (old, old + 1):
            (requests / f"{old}-{new}").write_bytes(request(old, new))
    told: list[int] = []
    for again in range(4):
        words = [
            sys.executable,
            "-c",
            ENDLESS,
            str(folder),
            str(requests),
            *["go on"] * bool(again),
        ]
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            told += [int(process.stdout.readline()) for _ in range(3)]
            process.kill()
            told += map(int, process.stdout.read().split())
        assert size_seen(witness.opened(folder, lambda: TIME)) >= told[-1]
    # Nothing was cosigned twice, and a size was left out only where its answer was lost.
    assert told == sorted(set(told))
