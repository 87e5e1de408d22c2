"""One HTTP connection: its head is bounded in size and time, its place depends on its caller."""

import asyncio
import logging
import resource
from collections.abc import Hashable
from http import HTTPStatus
from typing import Any, cast

import msgspec
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from evenhand.app.door.callers import RECOGNISE, TURN_OUT
from evenhand.app.door.strangers import Callers, Strangers
from evenhand.app.problem_document import MEDIA_TYPE, problem_document

HEAD_SECONDS_MAX = 10.0  # from its first byte, or from the connection on
HEAD_BYTES_MAX = 64 * 1024  # a long query of a thousand unique_ids has half of that
# Where an answer came before the end of the body, the rest is read and forgotten so long: closed
# at once, the sender would see a broken connection and not the answer.
LINGER_SECONDS_MAX = 5.0
KEEP_ALIVE_SECONDS = 75  # longer than the minute after which proxies in front give a connection up
OPEN_FILES = 16_384  # every connection is one
# Connections that wait to be accepted while the process has a moment of work: one too many waits
# a second before it is tried again. The system may allow fewer.
BACKLOG = 4096

NOT_HTTP = "This is no HTTP request that can be read."
HEAD_TOO_LARGE = "The head of the request is larger than 64 KB; send less in its URL and headers."


class Connection(HttpToolsProtocol):
    """A connection that is somebody's only once a request on it proved whose."""

    strangers: Strangers
    callers: Callers

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] - as the class above
        """Take a stranger's place, and wait for a head no longer than allowed."""
        super().connection_made(transport)
        self._address: Hashable = self.client[0] if self.client else None
        self._caller: Hashable | None = None
        self._head_bytes = 0
        # Between the end of a head and the end of its body, nothing of a head is awaited.
        self._in_body = False
        self._timer: asyncio.TimerHandle | None = None
        self.strangers.enter(self, self._address)
        self._close_after(HEAD_SECONDS_MAX)

    def connection_lost(self, exc: Exception | None) -> None:
        """Free the place."""
        super().connection_lost(exc)
        self._keep_open()
        if self._caller is None:
            self.strangers.leave(self, self._address)
        else:
            self.callers.leave(self, self._caller)

    def turn_out(self) -> None:
        """Close at once, whatever is under way."""
        self.transport.abort()

    def recognise(self, caller: Hashable) -> None:
        """Give the connection a place among those of its caller."""
        if self._caller is not None or self.transport.is_closing():
            return
        self._caller = caller
        self.strangers.leave(self, self._address)
        self.callers.enter(self, caller)

    def data_received(self, data: bytes) -> None:
        """Pass on what came, unless it is a head that does not end."""
        if self.transport.is_closing():
            return
        if not self._in_body:
            self._head_bytes += len(data)
            if self._timer is None:
                self._close_after(HEAD_SECONDS_MAX)
        super().data_received(data)
        if not self._in_body and self._head_bytes > HEAD_BYTES_MAX:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, HEAD_TOO_LARGE)

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP in the same form as every other error."""
        del msg
        self._refuse(HTTPStatus.BAD_REQUEST, NOT_HTTP)

    def _refuse(self, status: HTTPStatus, detail: str) -> None:
        name = status.phrase.title().replace(" ", "")
        body = msgspec.json.encode(problem_document(status, name, detail, {}))
        head = (
            f"HTTP/1.1 {status} {status.phrase}\r\nconnection: close\r\n"
            f"content-type: {MEDIA_TYPE}\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()

    def on_message_begin(self) -> None:
        """Let a request tell who calls, once that is known."""
        super().on_message_begin()
        scope = cast("dict[str, Any]", self.scope)
        scope[RECOGNISE] = self.recognise
        scope[TURN_OUT] = self.turn_out

    def on_headers_complete(self) -> None:
        """Stop waiting for the head."""
        self._in_body = True
        self._head_bytes = 0
        self._keep_open()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Begin to expect another head."""
        self._in_body = False
        self._keep_open()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Give the rest of a body that nobody wants a moment to pass by."""
        super().on_response_complete()
        if self._in_body and self.cycle.response_complete:
            self._close_after(LINGER_SECONDS_MAX)

    def _close_after(self, seconds: float) -> None:
        self._keep_open()
        self._timer = self.loop.call_later(seconds, self.turn_out)

    def _keep_open(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def connections() -> type[Connection]:
    """Make the class of a server's connections, which share their places."""

    class Shared(Connection):
        strangers = Strangers()
        callers = Callers()

    return Shared


def web_config(app: Any, *, host: str, port: int) -> Config:
    """Word for the web server how it is to listen."""
    # A line for each request that is no HTTP would be a way to fill a disk.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    logging.getLogger("uvicorn.error").addFilter(_is_news)
    return Config(
        app,
        host=host,
        port=port,
        http=connections(),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )


def _is_news(record: logging.LogRecord) -> bool:
    # Of an answer that broke off, the log was told when it did.
    return "without completing response" not in record.getMessage()


def allow_many_files() -> None:
    """Let this process hold as many connections as the system lets it, and not the usual 1,024."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if most == resource.RLIM_INFINITY else min(OPEN_FILES, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
