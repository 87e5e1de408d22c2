"""The public log for whoever asks: its files as they lie, and whom to trust for them.

Tiles never change and may be kept for ever; the checkpoint is new each second. No key is asked for,
and the answer is the same for everybody.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar

import msgspec
from litestar import Request, Response, Router, get

from evenhand import pipeline
from evenhand.app.context import Context, context_behind
from evenhand.app.door.answers import NEVER_COMPRESSED
from evenhand.app.door.callers import address_of
from evenhand.app.fresh import Fresh
from evenhand.foundation.errors import NotFound

_Answer = TypeVar("_Answer")

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


@get("/verifications", include_in_schema=False)
async def verifications(request: Request[Any, Any, Any], context: Context) -> Response[bytes]:
    """List the last statements of verification, each as it was signed, with its verifier's key."""
    told = await fresh(request, context.verifications, partial(_verifications, context))
    headers = {**HEADERS, "Cache-Control": "no-cache"}
    return Response(told, media_type="application/json", headers=headers)


async def fresh(
    request: Request[Any, Any, Any], kept: Fresh[_Answer], make: Callable[[], Awaitable[_Answer]]
) -> _Answer:
    """What all are told alike: of those who ask at once, one makes it and takes a place for it."""
    found = kept.kept()
    if found is not None:
        return found
    async with context_behind(request).log_reads.taken(address_of(request)):
        return await kept.made(make)


async def _verifications(context: Context) -> bytes:
    async with context.pool.connection() as connection:
        found = await pipeline.record.statements.shown(connection, context.publication.origin)
    return msgspec.json.encode(
        [
            {
                "statement_id": one.statement_id,
                "key": one.verifier_key,
                "published_at": one.published_at,
                "note": one.note.decode(),
            }
            for one in found
        ]
    )


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


PUBLIC_LOG_ROUTER = Router(path="/log", route_handlers=[policy, verifications, log_file])
