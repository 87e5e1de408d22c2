"""Request bodies: deadlines for each piece, a minimum speed, limits on size and complexity.

Three bounds hold for every body, whichever route reads it. Routes that take a stream apart as it
comes, and hold little of it, say so by `as_stream` and bound it themselves.
"""

import asyncio
from collections.abc import Hashable
from contextlib import AsyncExitStack
from typing import Any, cast

from litestar.connection import ASGIConnection
from litestar.types import ASGIApp, Receive, Scope, Send
from litestar.types.asgi_types import HTTPReceiveMessage, WebSocketReceiveMessage

from evenhand.app.door.callers import CALLER
from evenhand.app.door.nodes import NodeCounter
from evenhand.app.door.unpacking import unpacked
from evenhand.foundation.errors import EvenhandError, TooLarge, Unavailable
from evenhand.foundation.places import Places

PIECE_SECONDS_MAX = 10.0
# A telephone line of long ago; before that many seconds of waiting nobody is called slow.
BYTES_A_SECOND_MIN = 1_000
PATIENCE_SECONDS = 10.0
# Ten thousand boxes of a picture have some 80,000; to read so many takes 20 ms.
NODES_MAX = 100_000
# Whatever is longer is held one of a few at once: read and decoded it takes five times its size.
LARGE_BYTES = 512 * 1024
LARGE_AT_ONCE = 4
LARGE_A_CALLER = 1
LARGE_WAITING = 16
LARGE_WAIT_SECONDS_MAX = 10.0

_STREAM = "evenhand.stream"


_Message = HTTPReceiveMessage | WebSocketReceiveMessage


class BodyTooSlow(EvenhandError):
    """The body comes in too slowly; send it again over a faster line, or in smaller parts."""

    status = 408


class BodyTooComplex(TooLarge):
    """The JSON holds more than 100,000 values; send less at once."""


class TooManyLarge(Unavailable):
    """Too many large bodies come in at once; try again in a moment."""


def as_stream(request: ASGIConnection[Any, Any, Any, Any]) -> None:
    """Say of a request that its body is taken apart as it comes, and bounded by its route."""
    cast("dict[str, Any]", request.scope)[_STREAM] = True


def bounded(app: ASGIApp) -> ASGIApp:
    """Take the bodies of requests within bounds of time, speed, complexity and memory."""
    large = Places(LARGE_AT_ONCE, per_key=LARGE_A_CALLER, waiting_per_key=LARGE_WAITING)

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        async with AsyncExitStack() as held:
            body = _Body(scope, unpacked(scope, receive), large, held)
            await app(scope, body.receive, send)

    return serve


class _Body:
    def __init__(self, scope: Scope, receive: Receive, large: Places, held: AsyncExitStack) -> None:
        self._scope = cast("dict[str, Any]", scope)
        self._receive = receive
        self._large = large
        self._held = held
        self._has_place = False
        self._waited = 0.0
        self._size = 0
        self._ended = False
        self._counter = NodeCounter()

    async def receive(self) -> _Message:
        if self._ended:
            # What comes after the body is that the sender has gone: there is no hurry with it.
            return await self._receive()
        message = await self._next_piece()
        if message["type"] != "http.request":
            return message
        self._size += len(message["body"])
        self._ended = not message["more_body"]
        self._require_speed()
        if not self._scope.get(_STREAM):
            if self._counter.take(message["body"]) > NODES_MAX:
                raise BodyTooComplex
            if self._size > LARGE_BYTES and not self._has_place:
                await self._take_place()
        return message

    async def _next_piece(self) -> _Message:
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            async with asyncio.timeout(PIECE_SECONDS_MAX):
                return await self._receive()
        except TimeoutError as error:
            raise BodyTooSlow from error
        finally:
            # Only waiting counts: while the server is busy, the sender is not to blame.
            self._waited += loop.time() - began

    def _require_speed(self) -> None:
        late = self._waited > PATIENCE_SECONDS
        if late and not self._ended and self._size < self._waited * BYTES_A_SECOND_MIN:
            raise BodyTooSlow

    async def _take_place(self) -> None:
        caller: Hashable = self._scope.get(CALLER)
        try:
            async with asyncio.timeout(LARGE_WAIT_SECONDS_MAX):
                await self._held.enter_async_context(self._large.taken(caller))
        except TimeoutError as error:
            raise TooManyLarge from error
        self._has_place = True
