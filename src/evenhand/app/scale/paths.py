"""Names in paths: percent-encoded, so a name may hold a slash of its own."""

from typing import Any
from urllib.parse import unquote_to_bytes

from litestar import Request
from litestar.types import ASGIApp, Receive, Scope, Send

from evenhand.app.scale.errors import PREFIX
from evenhand.foundation.errors import NotFound

NAME_POSITION = 2  # /v1/projects/{name}, counted from zero without what is empty


class NoSuchName(NotFound):
    """There is nothing of this name."""


def slashes_kept(app: ASGIApp) -> ASGIApp:
    """Route paths under /v1 as they were sent, so that an encoded slash divides nothing."""

    async def keep(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(PREFIX + "/"):
            raw = scope["raw_path"]
            if b"%2f" in raw.lower():
                scope["path"] = raw.decode("ascii", "replace")
        await app(scope, receive, send)

    return keep


def name_in(request: Request[Any, Any, Any]) -> str:
    """The name that the path of a project or a batch gives."""
    parts = [part for part in request.scope["raw_path"].split(b"/") if part]
    try:
        name = unquote_to_bytes(parts[NAME_POSITION]).decode()
    except (UnicodeDecodeError, IndexError) as error:
        raise NoSuchName from error
    if "\0" in name:
        raise NoSuchName
    return name
