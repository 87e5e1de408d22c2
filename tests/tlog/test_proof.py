"""A proof is checked without the log: by the leaf, the proof and a policy alone."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from logs import LOG_KEYS, ORIGIN, TIME, TRUSTED, entries, written

from evenhand.tlog import tree
from evenhand.tlog.checkpoint import Checkpoint
from evenhand.tlog.errors import LogError, Malformed, NoQuorum, Unproven
from evenhand.tlog.policy import Party, Policy
from evenhand.tlog.proof import HEADER, Proof
from evenhand.tlog.reading import LogReader
from evenhand.tlog.signatures import SignatureType, SigningKey, signed
from evenhand.tlog.store import Folder

SIZE = 300
ENTRIES = entries(SIZE)
LEAVES = [tree.leaf_hash(entry) for entry in ENTRIES]
SUBTREES = tree.subtrees_of(LEAVES)
CHECKPOINT = Checkpoint(ORIGIN, SIZE, tree.root_of(tree.frontier_at(SIZE, SUBTREES)))
NOTE = signed(CHECKPOINT, LOG_KEYS[:1], time=TIME)


def proof_of(index: int, extra: bytes | None = None) -> Proof:
    return Proof(index, tuple(tree.inclusion_path(index, SIZE, SUBTREES)), NOTE, extra)


@given(st.integers(0, SIZE - 1), st.none() | st.binary(max_size=50))
def test_a_proof_reads_as_it_is_written_and_convinces(index: int, extra: bytes | None):
    proof = Proof.parse(bytes(proof_of(index, extra)))
    assert proof == proof_of(index, extra)
    assert proof.verify(LEAVES[index], TRUSTED).checkpoint == CHECKPOINT


def test_a_proof_is_laid_out_as_the_specification_says():
    lines = bytes(proof_of(7, b"more")).decode().split("\n")
    assert lines[:3] == [HEADER, "extra bW9yZQ==", "index 7"]
    gap = lines.index("")
    assert len(lines[3:gap]) == 9
    assert "\n".join(lines[gap + 1 :]).encode() == bytes(NOTE)


def test_a_proof_of_another_leaf_does_not_convince():
    with pytest.raises(Unproven):
        proof_of(7).verify(LEAVES[8], TRUSTED)


@settings(max_examples=300)
@given(st.data())
def test_a_proof_with_any_bit_flipped_does_not_convince(data: st.DataObject):
    whole = bytearray(bytes(proof_of(7)))
    at = data.draw(st.integers(0, 8 * len(whole) - 1))
    whole[at // 8] ^= 1 << at % 8
    with pytest.raises(LogError):
        Proof.parse(bytes(whole)).verify(LEAVES[7], TRUSTED)


def test_a_proof_without_a_quorum_does_not_convince():
    witness = SigningKey("w.example", SignatureType.COSIGNATURE, b"w" * 32)
    policy = Policy(TRUSTED.logs, {"w": Party(witness.verifier_key)}, quorum="w")
    with pytest.raises(NoQuorum):
        proof_of(7).verify(LEAVES[7], policy)
    cosigned = NOTE.signed([witness.sign(NOTE.text, time=TIME)])
    Proof(7, proof_of(7).path, cosigned).verify(LEAVES[7], policy)


def test_a_proof_is_made_from_a_folder(tmp_path: Path):
    written(tmp_path, ENTRIES)
    path = LogReader(Folder(tmp_path).read, SIZE).inclusion_path(7)
    assert tuple(path) == proof_of(7).path


TEXT = bytes(proof_of(7)).decode()


@pytest.mark.parametrize(
    "text",
    [
        "", HEADER, TEXT.replace("@v1", "@v2"), TEXT.replace("index 7", "index 07"),
        TEXT.replace("index 7", "index -7"), TEXT.replace("index 7\n", ""),
        TEXT.replace("index 7", "index 7\nextra AAAA"), TEXT.replace("index 7", "extra A\nindex 7"),
        TEXT.replace("index 7\n", "index 7\nAAAA\n"), TEXT.replace("\n\n", "\n", 1),
        TEXT.replace("index 7\n", "index 7\n" + "A" * 43 + "=\n" * 1 * 60), TEXT[:-1],
        "\n" + TEXT, TEXT.replace("\n", "\r\n"),
    ],
)  # fmt: skip
def test_what_is_no_proof_is_refused(text: str):
    with pytest.raises(Malformed):
        Proof.parse(text.encode())
