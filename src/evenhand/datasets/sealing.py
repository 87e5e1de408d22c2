"""How a stored file is sealed: AES-GCM over segments of 1 MiB, so that any part opens alone.

Each object has a key of its own, derived from the tenant's data key, the file's id and a
random salt. The nonce counts the segments and marks the last one (the STREAM construction of
Hoang, Reyhanitabar, Rogaway and Vizár); the segment is bound to tenant, file and place. So a
segment that was changed, moved, swapped, cut off or taken from another file does not open.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from evenhand.foundation.errors import EvenhandError

KEY_BYTES = 32
SALT_BYTES = 32
TAG_BYTES = 16
# Small enough that a Range read wastes little, large enough that tags and calls cost nothing.
SEGMENT_BYTES = 1024 * 1024
SEALED_BYTES = SEGMENT_BYTES + TAG_BYTES


class DamagedFile(EvenhandError):
    """The stored file is damaged or missing; nothing of the damaged part was given out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where the segments of a file of a known size lie in its sealed object."""

    size: int

    @property
    def segments(self) -> int:
        """How many segments there are; an empty file has one, which proves it empty."""
        return max(1, -(-self.size // SEGMENT_BYTES))

    @property
    def sealed_size(self) -> int:
        """How long the sealed object is."""
        return self.size + self.segments * TAG_BYTES

    def covering(self, start: int, end: int) -> range:
        """The segments that hold the bytes from start up to end."""
        return range(start // SEGMENT_BYTES, max(start, end - 1) // SEGMENT_BYTES + 1)

    def sealed_span(self, segments: range) -> tuple[int, int]:
        """Where these segments begin and end in the sealed object."""
        return segments.start * SEALED_BYTES, min(segments.stop * SEALED_BYTES, self.sealed_size)


class Seal:
    """Seals and opens the segments of one object."""

    def __init__(self, data_key: bytes, *, tenant_id: UUID, file_id: UUID, salt: bytes) -> None:
        assert len(salt) == SALT_BYTES, "a salt per object"
        derivation = HKDF(SHA256(), KEY_BYTES, salt=salt, info=b"evenhand/file" + file_id.bytes)
        self._cipher = AESGCM(derivation.derive(data_key))
        self._bound_to = tenant_id.bytes + file_id.bytes

    def close_segment(self, index: int, plaintext: bytes, *, last: bool) -> bytes:
        """Seal the segment at a place."""
        return self._cipher.encrypt(_nonce(index, last=last), plaintext, self._binding(index))

    def open_segment(self, index: int, sealed: bytes, *, last: bool) -> bytes:
        """Open the segment at a place; one that does not belong there is an error."""
        try:
            return self._cipher.decrypt(_nonce(index, last=last), sealed, self._binding(index))
        except InvalidTag as error:
            raise DamagedFile(segment=index) from error

    def _binding(self, index: int) -> bytes:
        return self._bound_to + index.to_bytes(8)


async def sealed(seal: Seal, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Seal a stream as it passes, holding two segments at most."""
    index = 0
    held: bytes | None = None
    # One segment is held back, since only the end of the stream tells which is the last.
    async for segment in regrouped(chunks, SEGMENT_BYTES):
        if held is not None:
            yield seal.close_segment(index, held, last=False)
            index += 1
        held = segment
    yield seal.close_segment(index, held or b"", last=True)


async def regrouped(chunks: AsyncIterator[bytes], length: int) -> AsyncIterator[bytes]:
    """Cut a stream anew into pieces of one length, only the last of which may be shorter."""
    buffer = bytearray()
    async for chunk in chunks:
        buffer += chunk
        while len(buffer) >= length:
            yield bytes(buffer[:length])
            del buffer[:length]
    if buffer:
        yield bytes(buffer)


def _nonce(index: int, *, last: bool) -> bytes:
    return bytes(7) + index.to_bytes(4) + bytes([last])
