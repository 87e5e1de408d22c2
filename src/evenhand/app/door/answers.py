"""Outgoing replies: a client that reads nothing of one for a while is disconnected."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

from litestar.types import ASGIApp, Message, Receive, Scope, Send

from evenhand.app.door.callers import TURN_OUT
from evenhand.foundation.errors import Unavailable

# For a piece of a megabyte at most, which is 17 KB a second.
PIECE_SECONDS_MAX = 60.0
# Of routes whose answers are short and many: a compressor for each is dearer than what it saves.
NEVER_COMPRESSED = "never_compressed"


class AnswerNotTaken(Unavailable):
    """The answer was not taken in time; ask again over a faster line."""


def taken_in_time(app: ASGIApp, *, seconds: float = PIECE_SECONDS_MAX) -> ASGIApp:
    """Close the connection of whoever takes no piece of a streamed answer for so long."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_in_time(message: Message) -> None:
            if not message.get("more_body"):
                await send(message)
                return
            try:
                async with asyncio.timeout(seconds):
                    await send(message)
            except TimeoutError as error:
                turn_out: Callable[[], None] | None = cast("dict[str, Any]", scope).get(TURN_OUT)
                if turn_out is not None:
                    turn_out()
                raise AnswerNotTaken from error

        await app(scope, receive, send_in_time)

    return serve
