"""Keys of logs and witnesses, and what each type signs.

| type | scheme | signs |
|---|---|---|
| 0x01 | Ed25519 (C2SP signed-note) | the text |
| 0x04 | Ed25519 cosignature/v1 (C2SP tlog-cosignature) | a time and the text |
| 0x06 | ML-DSA-44 cosignature (C2SP tlog-cosignature) | key name, time, origin, size and root |
"""

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from evenhand.tlog.checkpoint import Checkpoint
from evenhand.tlog.errors import BadSignature, Malformed, Unsigned
from evenhand.tlog.fields import NUMBER_MAX, base64_of, bytes_of
from evenhand.tlog.note import ID_BYTES, Note, Signature, require_name

SEED_BYTES = 32
TIME_BYTES = 8
NAME_BYTES_MAX = 255  # that an ML-DSA-44 cosignature can hold, of a key as of a log
_SUBTREE_LABEL = b"subtree/v1\n\x00"
_PRIVATE = "PRIVATE+KEY+"


class SignatureType(IntEnum):
    """What a key signs and by which scheme: the byte that signed-note assigns."""

    ED25519 = 0x01
    COSIGNATURE = 0x04
    ML_DSA_44 = 0x06


_PUBLIC_BYTES = {
    SignatureType.ED25519: 32,
    SignatureType.COSIGNATURE: 32,
    SignatureType.ML_DSA_44: 1312,
}
# A log signs; whoever gives a time as well is a witness, or a log that signs as one.
LOG_TYPES = frozenset({SignatureType.ED25519, SignatureType.ML_DSA_44})
WITNESS_TYPES = frozenset({SignatureType.COSIGNATURE, SignatureType.ML_DSA_44})


@dataclass(frozen=True)
class VerifierKey:
    """The public half of a key, with the name it signs under."""

    name: str
    type: SignatureType
    public: bytes

    def __post_init__(self) -> None:
        require_name(self.name)
        if len(self.public) != _PUBLIC_BYTES[self.type]:
            raise Malformed(f"A public key of type {self.type:#04x} has another length.")
        if len(self.name.encode()) > NAME_BYTES_MAX:
            raise Malformed(f"A key name is longer than {NAME_BYTES_MAX} bytes.")

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """Read `<name>+<key id in 8 hex digits>+<base64 of type and public key>`."""
        name, key_id, data = _key_parts(text)
        key = cls(name, _type_of(data[0]), data[1:])
        if f"{key.key_id:08x}" != key_id:
            raise Malformed("The key id is not that of the name and the key.", name=name)
        return key

    @cached_property
    def key_id(self) -> int:
        """The first four bytes of SHA-256 (name, newline, type, public key)."""
        hashed = hashlib.sha256(f"{self.name}\n".encode() + bytes([self.type]) + self.public)
        return int.from_bytes(hashed.digest()[:ID_BYTES])

    def __repr__(self) -> str:
        return f"VerifierKey({self.name}+{self.key_id:08x})"

    def __str__(self) -> str:
        data = base64_of(bytes([self.type]) + self.public)
        return f"{self.name}+{self.key_id:08x}+{data}"

    def time_of(self, text: str, payload: bytes) -> int | None:
        """Check a signature on a text; its time in seconds since 1970, if it tells one."""
        try:
            if self.type is SignatureType.ED25519:
                self._ed25519.verify(payload, text.encode())
                return None
            time, signature = int.from_bytes(payload[:TIME_BYTES]), payload[TIME_BYTES:]
            if time > NUMBER_MAX:
                raise BadSignature(name=self.name)
            message = _cosigned(self, text, time)
            if self.type is SignatureType.COSIGNATURE:
                self._ed25519.verify(signature, message)
            else:
                MLDSA44PublicKey.from_public_bytes(self.public).verify(signature, message)
        # An ML-DSA-44 signature of another length is a ValueError.
        except (InvalidSignature, ValueError) as error:
            raise BadSignature(name=self.name) from error
        return time or None

    @cached_property
    def _ed25519(self) -> Ed25519PublicKey:
        return Ed25519PublicKey.from_public_bytes(self.public)


@dataclass(frozen=True)
class SigningKey:
    """A whole key, kept secret: its seed gives both halves."""

    name: str
    type: SignatureType
    seed: bytes

    def __repr__(self) -> str:
        return f"SigningKey({self.name}+{self.verifier_key.key_id:08x})"

    @classmethod
    def new(cls, name: str, signature_type: SignatureType) -> "SigningKey":
        """Make a key from the system's random numbers."""
        return cls(name, signature_type, os.urandom(SEED_BYTES))

    @classmethod
    def parse(cls, text: str) -> "SigningKey":
        """Read `PRIVATE+KEY+<name>+<key id>+<base64 of type and seed>`, as Go writes it."""
        name, key_id, data = _key_parts(text.removeprefix(_PRIVATE))
        if not text.startswith(_PRIVATE) or len(data) != SEED_BYTES + 1:
            raise Malformed("This is no private key.")
        key = cls(name, _type_of(data[0]), data[1:])
        if f"{key.verifier_key.key_id:08x}" != key_id:
            raise Malformed("The key id is not that of the name and the key.", name=name)
        return key

    @property
    def private_text(self) -> str:
        """The line that `parse` reads; whoever has it can sign."""
        data = base64_of(bytes([self.type]) + self.seed)
        return f"{_PRIVATE}{self.name}+{self.verifier_key.key_id:08x}+{data}"

    @cached_property
    def verifier_key(self) -> VerifierKey:
        """The half that others check by."""
        public = self._private.public_key().public_bytes_raw()
        return VerifierKey(self.name, self.type, public)

    def sign(self, text: str, *, time: int) -> Signature:
        """Sign a text, and say the time in seconds since 1970 if the type holds one."""
        if self.type is SignatureType.ED25519:
            payload = self._private.sign(text.encode())
        else:
            message = _cosigned(self.verifier_key, text, time)
            payload = time.to_bytes(TIME_BYTES) + self._private.sign(message)
        return Signature(self.name, self.verifier_key.key_id, payload)

    @cached_property
    def _private(self) -> Ed25519PrivateKey | MLDSA44PrivateKey:
        if self.type is SignatureType.ML_DSA_44:
            return MLDSA44PrivateKey.from_seed_bytes(self.seed)
        return Ed25519PrivateKey.from_private_bytes(self.seed)


@dataclass(frozen=True, slots=True)
class Verified:
    """A signature that is by the key it names, with its time in seconds since 1970, if any."""

    key: VerifierKey
    signature: Signature
    time: int | None


def signed(checkpoint: Checkpoint, keys: Iterable[SigningKey], *, time: int) -> Note:
    """Sign a checkpoint with each of the keys."""
    text = checkpoint.text
    return Note(text, tuple(key.sign(text, time=time) for key in keys))


def verified(note: Note, keys: Iterable[VerifierKey]) -> list[Verified]:
    """Check every signature in the name of one of the keys; others are passed over.

    One that fails, or none at all, refuses the whole note.
    """
    known: dict[tuple[str, int], VerifierKey] = {}
    for key in keys:
        if known.setdefault((key.name, key.key_id), key) != key:
            raise Malformed("Two trusted keys have the same name and id.", name=key.name)
    found = [
        Verified(key, signature, key.time_of(note.text, signature.payload))
        for signature in note.signatures
        if (key := known.get((signature.name, signature.key_id))) is not None
    ]
    if not found:
        raise Unsigned
    return found


def _cosigned(key: VerifierKey, text: str, time: int) -> bytes:
    if key.type is SignatureType.COSIGNATURE:
        return f"cosignature/v1\ntime {time}\n{text}".encode()
    checkpoint = Checkpoint.parse(text)
    start = 0
    return b"".join(
        (
            _SUBTREE_LABEL,
            _short(key.name),
            time.to_bytes(8),
            _short(checkpoint.origin),
            start.to_bytes(8),
            checkpoint.size.to_bytes(8),
            checkpoint.root,
        )
    )


def _short(text: str) -> bytes:
    data = text.encode()
    if len(data) > NAME_BYTES_MAX:
        raise Malformed(f"An origin that is cosigned has at most {NAME_BYTES_MAX} bytes.")
    return bytes([len(data)]) + data


def _key_parts(text: str) -> tuple[str, str, bytes]:
    parts = text.split("+", 2)
    if len(parts) != 3:
        raise Malformed("A key is written as name+id+base64.")
    name, key_id, encoded = parts
    data = bytes_of(encoded, "key")
    if not data:
        raise Malformed("The key is empty.", name=name)
    return name, key_id, data


def _type_of(number: int) -> SignatureType:
    try:
        return SignatureType(number)
    except ValueError as error:
        raise Malformed(f"Keys of type {number:#04x} are not known here.") from error
