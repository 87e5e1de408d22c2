"""What a body comes in: gzip is unpacked as it streams in, and a byte-order mark is passed over.

So every route reads the same bytes, however they were sent, and its own limits hold for what they
are when unpacked.
"""

import asyncio
import codecs
import zlib
from typing import Any, cast

from litestar.types import Receive, Scope
from litestar.types.asgi_types import HTTPReceiveMessage, WebSocketReceiveMessage

from evenhand.foundation.errors import EvenhandError, Invalid, TooLarge

# So much is unpacked at once, in some 0.2 ms; then others have their turn.
PIECE_BYTES = 64 * 1024
# JSON lines shrink to a twentieth, and where all are alike to less; a bomb to a thousandth.
GROWTH_MAX = 200
GROWN_BYTES_FREE = 16 * 1024 * 1024

_GZIP_BITS = 31
_GZIP = frozenset({"gzip", "x-gzip"})
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

_Message = HTTPReceiveMessage | WebSocketReceiveMessage


class UnknownContentEncoding(EvenhandError):
    """The body is packed in a way that is not taken; send it by gzip, or as it is."""

    status = 415


class NotUtf8(Invalid):
    """The body is in UTF-16; send it in UTF-8."""


class BrokenGzip(Invalid):
    """The body is not gzip, as its Content-Encoding says it is, or breaks off; send it again."""


class UnpacksTooLarge(TooLarge):
    """The body grows to more than 200 times its size when unpacked; send it in smaller parts."""


def unpacked(scope: Scope, receive: Receive) -> Receive:
    """Give the pieces of a body as they are without what it was packed in for its way."""
    headers = cast("list[tuple[bytes, bytes]]", scope["headers"])
    packed = b",".join(value for name, value in headers if name == b"content-encoding")
    kind = packed.decode("latin-1").strip().lower()
    if kind in _GZIP:
        # Its length is that of what came, and of no use to whoever reads the rest.
        gone = (b"content-encoding", b"content-length")
        cast("dict[str, Any]", scope)["headers"] = [h for h in headers if h[0] not in gone]
        receive = _Gunzipped(receive).receive
    elif kind not in ("", "identity"):
        return _Refused(receive).receive
    return _Unmarked(receive).receive


class _Refused:
    """Refuses whoever reads the body; who reads none is not hindered by how it came."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._told = False

    async def receive(self) -> _Message:
        if self._told:
            return await self._receive()
        self._told = True
        raise UnknownContentEncoding


def _piece(body: bytes, *, more: bool) -> HTTPReceiveMessage:
    return cast("HTTPReceiveMessage", {"type": "http.request", "body": body, "more_body": more})


class _Gunzipped:
    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._gzip = zlib.decompressobj(_GZIP_BITS)
        self._waiting = b""
        self._ended = False
        self._is_all_in = False
        self._came = 0
        self._grown = 0

    async def receive(self) -> _Message:
        if self._ended:
            return await self._receive()
        while True:
            if self._waiting and (piece := self._next()):
                await asyncio.sleep(0)
                return _piece(piece, more=True)
            if self._waiting:
                continue
            if self._is_all_in:
                self._ended = True
                if self._came and not self._gzip.eof:
                    raise BrokenGzip
                return _piece(b"", more=False)
            message = await self._receive()
            if message["type"] != "http.request":
                return message
            self._waiting = message["body"]
            self._came += len(self._waiting)
            self._is_all_in = not message["more_body"]

    def _next(self) -> bytes:
        if self._gzip.eof:
            # Files that were put one behind the other are one; zeros may fill up the last block.
            self._waiting = self._waiting.lstrip(b"\0")
            if not self._waiting:
                return b""
            self._gzip = zlib.decompressobj(_GZIP_BITS)
        try:
            piece = self._gzip.decompress(self._waiting, PIECE_BYTES)
        except zlib.error as error:
            raise BrokenGzip from error
        self._waiting = self._gzip.unused_data if self._gzip.eof else self._gzip.unconsumed_tail
        self._grown += len(piece)
        if self._grown > GROWN_BYTES_FREE + GROWTH_MAX * self._came:
            raise UnpacksTooLarge
        return piece


class _Unmarked:
    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._begun = False

    async def receive(self) -> _Message:
        message = await self._receive()
        if self._begun or message["type"] != "http.request":
            return message
        body, more = message["body"], message["more_body"]
        while more and len(body) < len(codecs.BOM_UTF8):
            following = await self._receive()
            if following["type"] != "http.request":
                return following
            body, more = body + following["body"], following["more_body"]
        self._begun = True
        if body.startswith(_UTF16):
            raise NotUtf8
        return _piece(body.removeprefix(codecs.BOM_UTF8), more=more)
