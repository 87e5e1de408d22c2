"""Keys sign what the specifications say: by vectors, and by another implementation."""

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey
from hypothesis import given
from hypothesis import strategies as st
from logs import LOG_KEYS, ORIGIN, TIME
from tlog_scales import signing
from tlog_scales.tlog import Checkpoint as TheirCheckpoint

from evenhand.tlog.checkpoint import Checkpoint
from evenhand.tlog.errors import BadSignature, Malformed, Unsigned
from evenhand.tlog.note import Note, Signature
from evenhand.tlog.signatures import SignatureType, SigningKey, VerifierKey, signed, verified

CHECKPOINT = Checkpoint(ORIGIN, 3, hashlib.sha256(b"three").digest())
KEYS = [SigningKey(f"example.com/{one.name}", one, b"s" * 32) for one in SignatureType]
TYPES = pytest.mark.parametrize("key", KEYS, ids=lambda key: key.type.name)

# Of the documentation of Go's package `note`.
GO_VERIFIER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_SIGNER = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
GO_NOTE = """\
If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZ\
SNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
"""
# What the checksum database of Go signed one day of 2022.
SUMDB_KEY = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
SUMDB_NOTE = """\
go.sum database tree
15067302
gJyioq6dwR9n+NjEWORfYmH+ubeYm3kH42BBQ0bTpYI=

— sum.golang.org Az3grp1rvWOs5NKlr/xR4GLN/CDyzzakmt1o61uSxYKpK1SerqOP2ClbX/pe\
KUZjYnyomH5Xz7GZG3TpB7OeKn4E2ww=
"""


@pytest.mark.parametrize(("note", "key"), [(GO_NOTE, GO_VERIFIER), (SUMDB_NOTE, SUMDB_KEY)])
def test_what_go_has_signed_is_verified(note: str, key: str):
    (found,) = verified(Note.parse(note.encode()), [VerifierKey.parse(key)])
    assert str(found.key) == key
    assert found.time is None


def test_a_key_that_go_made_signs_as_it_does_there():
    key = SigningKey.parse(GO_SIGNER)
    assert key.private_text == GO_SIGNER
    assert str(key.verifier_key) == GO_VERIFIER
    note = Note.parse(GO_NOTE.encode())
    assert (key.sign(note.text, time=TIME),) == note.signatures


@TYPES
def test_keys_read_as_they_are_written(key: SigningKey):
    assert SigningKey.parse(key.private_text) == key
    assert VerifierKey.parse(str(key.verifier_key)) == key.verifier_key


@TYPES
def test_no_key_shows_its_secret_by_itself(key: SigningKey):
    assert "s" * 8 not in f"{key!r} {key}"


def test_an_ed25519_cosignature_signs_a_time_and_the_text():
    key = KEYS[1]
    payload = key.sign(CHECKPOINT.text, time=TIME).payload
    message = f"cosignature/v1\ntime {TIME}\n{CHECKPOINT.text}"
    assert payload[:8] == TIME.to_bytes(8, "big")
    plain = VerifierKey(key.name, SignatureType.ED25519, key.verifier_key.public)
    assert plain.time_of(message, payload[8:]) is None


def test_an_ml_dsa_cosignature_signs_the_structure_that_the_specification_lays_out():
    # Written down byte by byte, from tlog-cosignature, "ML-DSA-44 signed message".
    name = KEYS[2].name.encode()
    message = (
        b"subtree/v1\n\0" + bytes([len(name)]) + name + TIME.to_bytes(8, "big")
        + bytes([len(ORIGIN)]) + ORIGIN.encode()
        + (0).to_bytes(8, "big") + (3).to_bytes(8, "big") + CHECKPOINT.root
    )  # fmt: skip
    payload = KEYS[2].sign(CHECKPOINT.text, time=TIME).payload
    assert len(payload) == 8 + 2420
    assert payload[:8] == TIME.to_bytes(8, "big")
    MLDSA44PublicKey.from_public_bytes(KEYS[2].verifier_key.public).verify(payload[8:], message)


@TYPES
def test_another_implementation_verifies_what_we_sign(key: SigningKey):
    note = signed(CHECKPOINT, [key], time=TIME)
    theirs = TheirCheckpoint.from_text(bytes(note).decode())
    keys = signing.VkeySet(signing.Vkey.from_string(str(key.verifier_key)))
    assert len(keys.verify(theirs.signatures, theirs)) == 1


@pytest.mark.parametrize(
    "theirs",
    [
        signing.PlainEd25519Signer(ORIGIN, b"t" * 32),
        signing.MLDSA44CosignatureSigner(ORIGIN, b"t" * 32),
    ],
)
def test_we_verify_what_another_implementation_signs(theirs: signing.CheckpointSigner):
    note = TheirCheckpoint.make_signed(ORIGIN, 3, CHECKPOINT.root, [theirs])
    (found,) = verified(
        Note.parse(note.serialize().encode()), [VerifierKey.parse(theirs.vkey.serialize())]
    )
    assert str(found.key) == theirs.vkey.serialize()


def test_unknown_signatures_are_passed_over():
    note = signed(CHECKPOINT, [*LOG_KEYS, *KEYS], time=TIME)
    (found,) = verified(note, [KEYS[1].verifier_key])
    assert (found.key, found.time) == (KEYS[1].verifier_key, TIME)


def test_a_name_or_an_id_alone_makes_no_key_known():
    key = KEYS[0].verifier_key
    (line,) = signed(CHECKPOINT, [KEYS[0]], time=TIME).signatures
    for other in (
        Signature("example.com/else", line.key_id, line.payload),
        Signature(line.name, line.key_id ^ 1, line.payload),
    ):
        with pytest.raises(Unsigned):
            verified(Note(CHECKPOINT.text, (other,)), [key])


@TYPES
def test_a_signature_in_a_known_name_that_fails_refuses_the_note(key: SigningKey):
    note = signed(CHECKPOINT, [*LOG_KEYS, key], time=TIME)
    changed = Note(note.text.replace("\n3\n", "\n4\n"), note.signatures)
    with pytest.raises(BadSignature):
        verified(changed, [key.verifier_key])


@TYPES
@given(st.data())
def test_a_signature_with_any_byte_changed_or_cut_off_fails(key: SigningKey, data: st.DataObject):
    payload = bytearray(key.sign(CHECKPOINT.text, time=TIME).payload)
    at = data.draw(st.integers(0, len(payload) - 1))
    cut = bytes(payload[:at])
    payload[at] ^= data.draw(st.integers(1, 255))
    for wrong in (bytes(payload), cut):
        with pytest.raises(BadSignature):
            key.verifier_key.time_of(CHECKPOINT.text, wrong)


def test_a_cosignature_is_no_signature_of_the_other_type():
    # The same key under both types: what it says in one role is not heard in the other.
    plain = VerifierKey(KEYS[1].name, SignatureType.ED25519, KEYS[1].verifier_key.public)
    assert plain.key_id != KEYS[1].verifier_key.key_id
    with pytest.raises(BadSignature):
        plain.time_of(CHECKPOINT.text, KEYS[1].sign(CHECKPOINT.text, time=TIME).payload[8:])


@pytest.mark.parametrize(
    "text",
    [
        "", "name", "name+00000000", f"x{GO_VERIFIER}", GO_VERIFIER.replace("c74f20a3", "c74f20a4"),
        GO_VERIFIER.replace("c74f20a3", "C74F20A3"), GO_VERIFIER + "=", GO_VERIFIER[:-4],
        GO_VERIFIER.replace("PeterNeumann", "Peter Neumann"), "+" + GO_VERIFIER.split("+", 1)[1],
        "name+00000000+", "name+00000000+AgAA", GO_SIGNER,
    ],
)  # fmt: skip
def test_what_is_no_key_is_refused(text: str):
    with pytest.raises(Malformed):
        VerifierKey.parse(text)


@pytest.mark.parametrize("text", ["", GO_VERIFIER, GO_SIGNER[:-4], GO_SIGNER.replace("a3+", "a4+")])
def test_what_is_no_private_key_is_refused(text: str):
    with pytest.raises(Malformed):
        SigningKey.parse(text)
