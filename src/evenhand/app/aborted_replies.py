"""Replies that fail half way: too late for an error, so the connection is closed."""

import structlog
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from evenhand.app.trouble import trouble_of
from evenhand.foundation.telemetry import Seldom

log: structlog.stdlib.BoundLogger = structlog.get_logger()


def aborting(app: ASGIApp, seldom: Seldom) -> ASGIApp:
    """Let an answer that cannot go on end short of its length, by which its reader knows."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        has_begun = False

        async def send_on(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await app(scope, receive, send_on)
        except Exception as error:
            if not has_begun:
                raise
            # The framework wraps what comes after the start of an answer into an error of its own.
            cause = error if error.__cause__ is None else error.__cause__
            if trouble_of(cause) is None:
                log.exception("answer.broken_off", path=scope["path"])
            else:
                seldom.tell("answer.broken_off", error=type(cause).__name__, path=scope["path"])

    return serve
