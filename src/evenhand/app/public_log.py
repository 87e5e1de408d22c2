"""The public log for whoever asks: its files as they lie, and whom to trust for them.

Tiles never change and may be kept for ever; the checkpoint is new each second. No key is asked for,
and the answer is the same for everybody.
"""

import asyncio
import re
from typing import Any

from litestar import Request, Response, Router, get

from evenhand.app.context import Context
from evenhand.app.door.answers import NEVER_COMPRESSED
from evenhand.app.door.callers import address_of
from evenhand.foundation.errors import NotFound

# What tlog-tiles names: `x001/x234/067`, partial ones with their width.
_NUMBER = r"(x\d{3}/){0,5}\d{3}(\.p/([1-9]|[1-9]\d|1\d\d|2[0-4]\d|25[0-5]))?"
_FILE = re.compile(rf"checkpoint|instead-of|tile/(entries|\d|[1-5]\d|6[0-3])/{_NUMBER}")
FOR_EVER = "public, max-age=31536000, immutable"
# Any site may read what anybody may read.
HEADERS = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}


class NoSuchLogFile(NotFound):
    """The log has no such file."""


@get("/policy", include_in_schema=False)
async def policy(context: Context) -> Response[bytes]:
    """Serve the trust policy: the log's keys, its witnesses, and how many of them are enough."""
    return _text(bytes(context.publication.policy()))


@get("/{path:path}", include_in_schema=False, opt={NEVER_COMPRESSED: True})
async def log_file(request: Request[Any, Any, Any], context: Context, path: str) -> Response[bytes]:
    """Serve a file of the log, as tlog-tiles names it."""
    name = path.removeprefix("/")
    if _FILE.fullmatch(name) is None:
        raise NoSuchLogFile
    async with context.log_reads.taken(address_of(request)):
        data = await asyncio.to_thread(context.publication.read, name)
    if data is None:
        raise NoSuchLogFile
    if not name.startswith("tile/"):
        return _text(data)
    return Response(
        data,
        media_type="application/octet-stream",
        headers={**HEADERS, "Cache-Control": FOR_EVER},
    )


def _text(data: bytes) -> Response[bytes]:
    return Response(
        data,
        media_type="text/plain; charset=utf-8",
        headers={**HEADERS, "Cache-Control": "no-cache"},
    )


PUBLIC_LOG_ROUTER = Router(path="/log", route_handlers=[policy, log_file])
