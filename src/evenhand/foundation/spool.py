"""Sealed temporary files: nobody else can read one, and its key is never stored."""

import asyncio
import io
import tempfile
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from evenhand.foundation.disk import disk_trouble

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

KEY_BITS = 256
TAG_BYTES = 16
NONCE_BYTES = 12
# Large enough that tags and calls cost nothing, small enough to hold for each of many.
SEGMENT_BYTES = 1024 * 1024
SEALED_BYTES = SEGMENT_BYTES + TAG_BYTES


class Spool(io.RawIOBase):
    """Takes bytes from front to end and gives them back once; nothing lies in clear on the disk."""

    def __init__(self) -> None:
        super().__init__()
        with disk_trouble():
            # Unbuffered: whole segments are written, and nothing is left over for closing it.
            self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - closed with this one
        self._cipher = AESGCM(AESGCM.generate_key(KEY_BITS))
        self._held = bytearray()
        self._segments = 0
        self.size = 0

    def writable(self) -> bool:
        """Say that it can be written."""
        return True

    def tell(self) -> int:
        """Say how much was written."""
        return self.size

    def write(self, data: "ReadableBuffer", /) -> int:
        """Take the next bytes; a segment is sealed as soon as it is full."""
        length = memoryview(data).nbytes
        self._held += data
        self.size += length
        while len(self._held) >= SEGMENT_BYTES:
            self._seal(bytes(self._held[:SEGMENT_BYTES]))
            del self._held[:SEGMENT_BYTES]
        return length

    def close(self) -> None:
        """Give the place on the disk back."""
        self._file.close()
        super().close()

    async def pieces(self) -> AsyncIterator[bytes]:
        """Give what was written, a segment at a time."""
        await asyncio.to_thread(self._file.seek, 0)
        for index in range(self._segments):
            yield await asyncio.to_thread(self._open, index)
        if self._held:
            yield bytes(self._held)

    def _seal(self, segment: bytes) -> None:
        # A key of its own for each spool, so that counting never uses a nonce twice.
        sealed = memoryview(self._cipher.encrypt(_nonce(self._segments), segment, None))
        with disk_trouble():
            while sealed:
                sealed = sealed[self._file.write(sealed) :]
        self._segments += 1

    def _open(self, index: int) -> bytes:
        sealed = b""
        with disk_trouble():
            while len(sealed) < SEALED_BYTES and (piece := self._file.read(SEALED_BYTES)):
                sealed += piece
        return self._cipher.decrypt(_nonce(index), sealed, None)


def _nonce(index: int) -> bytes:
    return index.to_bytes(NONCE_BYTES)
