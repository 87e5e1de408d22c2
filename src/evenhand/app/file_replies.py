"""Replies with stored files: ranges are honoured, and nothing is sent that a browser would run."""

import re
from collections.abc import AsyncIterator, Hashable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import Request, Response
from litestar.response import Stream

from evenhand import datasets
from evenhand.app.context import Context
from evenhand.foundation.database import Tx

RANGE = re.compile(r"^bytes=(\d{1,15})-(\d{0,15})$")
SANDBOX = "default-src 'none'; sandbox; frame-ancestors 'none'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A file, or the range of it that was asked for, and how to read that; nothing is read yet."""

    file: datasets.File
    span: tuple[int, int] | None
    content: AsyncIterator[bytes]


async def wanted_file(
    tx: Tx, context: Context, file_id: UUID, request: Request[Any, Any, Any]
) -> Wanted:
    """Look up a file and what is asked of it; the transaction may close at once."""
    file = await datasets.file_of(tx, file_id)
    span = _span(request.headers.get("range"), file.size)
    start, end = span or (0, file.size)
    content = await datasets.read_file(tx, context.storage, file, start=start, end=end)
    return Wanted(file=file, span=span, content=content)


async def file_reply(wanted: Wanted, context: Context, *, reader: Hashable) -> Response[Any]:
    """Send a file in one of its reader's places; call it outside of any transaction."""
    pieces = _in_turn(wanted.content, context, reader)
    # With the first piece at hand, a storage that is away is still told as an error.
    first = await anext(pieces, b"")
    file, span = wanted.file, wanted.span
    start, end = span or (0, file.size)
    shown = datasets.is_shown_inline(file.mime_type)
    headers = {
        "Content-Length": str(end - start),
        "Accept-Ranges": "bytes",
        "Content-Disposition": "inline" if shown else "attachment",
        "Content-Security-Policy": SANDBOX,
        "Cache-Control": "private, max-age=600",
    }
    if span is not None:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{file.size}"
    return Stream(
        _joined(first, pieces),
        status_code=206 if span else 200,
        media_type=file.mime_type if shown else "application/octet-stream",
        headers=headers,
    )


async def _in_turn(
    content: AsyncIterator[bytes], context: Context, reader: Hashable
) -> AsyncIterator[bytes]:
    # Held until the last piece is taken: each file under way is some megabytes in memory.
    async with context.downloads.taken(reader):
        async for piece in content:
            yield piece


async def _joined(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece


def _span(header: str | None, size: int) -> tuple[int, int] | None:
    """Read a range of one part; whatever else is asked for, the whole file is the answer."""
    found = RANGE.match(header or "")
    if found is None:
        return None
    start = int(found[1])
    end = min(int(found[2]) + 1, size) if found[2] else size
    if start >= end:
        raise datasets.RangeOutside(size=size)
    return start, end
