"""The server's secret, and what is derived from it: seals and handles.

One secret of 32 bytes or more; every use gets a key of its own by HKDF (RFC 5869), so
that what one purpose leaks says nothing about another.
"""

import base64
import os
import secrets
from contextlib import suppress
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from evenhand.foundation.errors import NotFound

SECRET_BYTES = 32
NONCE_BYTES = 12


class UnknownHandle(NotFound):
    """There is no such assignment, or it is no longer yours."""


class Secret:
    """Keys derived from the server's secret, one for each purpose."""

    def __init__(self, secret: bytes) -> None:
        assert len(secret) >= SECRET_BYTES, "a secret has at least 32 bytes"
        self._secret = secret
        self._handles = AESSIV(self.key("handles", length=64))
        self._seals = AESGCM(self.key("seals"))

    def key(self, purpose: str, *, length: int = 32) -> bytes:
        """Derive the key of one purpose."""
        derivation = HKDF(SHA256(), length, salt=None, info=b"evenhand/" + purpose.encode())
        return derivation.derive(self._secret)

    def seal(self, plaintext: bytes, *, bound_to: bytes) -> bytes:
        """Encrypt a small secret so that it opens only for what it is bound to."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._seals.encrypt(nonce, plaintext, bound_to)

    def unseal(self, sealed: bytes, *, bound_to: bytes) -> bytes:
        """Decrypt what `seal` made; a changed byte or another binding is an error."""
        return self._seals.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound_to)

    def handle(self, tenant_id: UUID, inner_id: UUID, *, holder: UUID) -> str:
        """Name a tenant's row to one holder without telling whose it is."""
        sealed = self._handles.encrypt(tenant_id.bytes + inner_id.bytes, [holder.bytes])
        return base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    def open_handle(self, handle: str, *, holder: UUID) -> tuple[UUID, UUID]:
        """Read a handle back into tenant and row; only its own holder's opens."""
        try:
            padded = handle + "=" * (-len(handle) % 4)
            plain = self._handles.decrypt(base64.urlsafe_b64decode(padded), [holder.bytes])
        except (InvalidTag, ValueError) as error:
            raise UnknownHandle from error
        return UUID(bytes=plain[:16]), UUID(bytes=plain[16:])


def load_secret(data_dir: Path, given: str | None) -> Secret:
    """Take the secret that was given, or make one in the data folder and keep it."""
    return kept_secret(data_dir, given) or make_secret(data_dir)


def kept_secret(data_dir: Path, given: str | None) -> Secret | None:
    """The secret that was given, or that lies in the data folder; nothing when there is none."""
    if given is not None:
        return Secret(given.encode())
    path = data_dir / "secret.key"
    return Secret(base64.b64decode(path.read_bytes())) if path.exists() else None


def make_secret(data_dir: Path) -> Secret:
    """Make a secret in the data folder and keep it; of two that are made at once, one wins."""
    path = data_dir / "secret.key"
    _make(path)
    return Secret(base64.b64decode(path.read_bytes()))


def _make(path: Path) -> None:
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(base64.b64encode(secrets.token_bytes(SECRET_BYTES)))
        file.flush()
        os.fsync(file.fileno())
    # A link appears whole or not at all: of two servers that start together, one wins.
    with suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
