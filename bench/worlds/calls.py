"""Requests put to an application in this process, and what it answered to the byte."""

from __future__ import annotations

import os
import random
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from litestar.types import ASGIApp


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer. There is no Date in it: the server in front of the application adds that."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


async def call(
    app: ASGIApp, method: str, target: str, headers: Mapping[str, str], body: bytes
) -> Reply:
    """Send one request and read all of its answer."""
    path, _, query = target.partition("?")
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote_to_bytes(path).decode("utf-8", "replace"),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "state": {},
    }
    unread = [body]
    told: list[Any] = []

    async def receive() -> Any:
        if unread:
            return {"type": "http.request", "body": unread.pop(), "more_body": False}
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        told.append(message)

    await app(scope, receive, send)  # pyright: ignore[reportArgumentType] - a scope is a mapping
    pieces = [one.get("body", b"") for one in told[1:]]
    return Reply(told[0]["status"], tuple(map(tuple, told[0]["headers"])), b"".join(pieces))


@contextmanager
def drawing(seed: str) -> Generator[None]:
    """Let all that this process draws by chance follow from a seed, so that ids are equal too."""
    chance = random.Random(seed)  # noqa: S311
    before = os.urandom
    os.urandom = random._urandom = chance.randbytes  # noqa: SLF001 # pyright: ignore[reportAttributeAccessIssue, reportPrivateUsage]
    try:
        yield
    finally:
        os.urandom = random._urandom = before  # noqa: SLF001 # pyright: ignore[reportAttributeAccessIssue, reportPrivateUsage]
