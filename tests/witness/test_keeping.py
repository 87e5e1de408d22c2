"""A witness's folder is made once, for its owner's eyes, and watches the logs that are named."""

import stat
from pathlib import Path

import pytest
from logs import LOG_KEYS

from evenhand import witness
from evenhand.tlog.errors import Malformed
from evenhand.tlog.policy import Policy
from evenhand.tlog.signatures import SignatureType, SigningKey
from evenhand.witness.keeping import KEYS, AlreadyAWitness, NoWitness


def test_a_new_witness_has_a_key_of_each_type(tmp_path: Path):
    keys = witness.new_witness(tmp_path / "w", "w.example")
    assert [(key.name, key.type) for key in keys] == [
        ("w.example", SignatureType.COSIGNATURE),
        ("w.example", SignatureType.ML_DSA_44),
    ]
    assert witness.opened(tmp_path / "w", lambda: 1).verifier_keys == keys


def test_only_its_owner_reads_its_keys(tmp_path: Path):
    witness.new_witness(tmp_path / "w", "w.example")
    assert stat.S_IMODE((tmp_path / "w" / KEYS).stat().st_mode) == 0o600


def test_keys_are_never_replaced(tmp_path: Path):
    witness.new_witness(tmp_path, "w.example")
    before = (tmp_path / KEYS).read_bytes()
    with pytest.raises(AlreadyAWitness):
        witness.new_witness(tmp_path, "w.example")
    assert (tmp_path / KEYS).read_bytes() == before


@pytest.mark.parametrize("name", ["", "two words", "a+b", "x" * 256])
def test_a_name_that_no_key_can_have_makes_no_folder(name: str, tmp_path: Path):
    with pytest.raises(Malformed):
        witness.new_witness(tmp_path / "w", name)
    assert not (tmp_path / "w").exists()


def test_logs_are_added_once_each(tmp_path: Path):
    witness.new_witness(tmp_path, "w.example")
    for key in LOG_KEYS:
        witness.add_log(tmp_path, key.verifier_key, "https://log.example/")
    with pytest.raises(Malformed):
        witness.add_log(tmp_path, LOG_KEYS[0].verifier_key, None)
    with pytest.raises(Malformed):
        cosigner = SigningKey("x.example", SignatureType.COSIGNATURE, b"x" * 32).verifier_key
        witness.add_log(tmp_path, cosigner, None)
    assert [log.key for log in witness.logs_of(tmp_path).logs] == [
        key.verifier_key for key in LOG_KEYS
    ]


def test_a_folder_without_a_witness_is_told_how_to_make_one(tmp_path: Path):
    for ask in (
        lambda: witness.opened(tmp_path, lambda: 1),
        lambda: witness.logs_of(tmp_path),
        lambda: witness.add_log(tmp_path, LOG_KEYS[0].verifier_key, None),
    ):
        with pytest.raises(NoWitness, match="witness init"):
            ask()


def test_other_logs_may_be_given_than_those_of_the_folder(tmp_path: Path):
    witness.new_witness(tmp_path, "w.example")
    one = witness.opened(tmp_path, lambda: 1, Policy(()))
    assert one.verifier_keys
