"""Which annotator is calling: by token, or by the session of a browser."""

from typing import Any, cast

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from evenhand import workforce
from evenhand.app.context import Context, context_behind
from evenhand.app.door.callers import address_of, recognise
from evenhand.foundation.database import act_as
from evenhand.foundation.errors import Forbidden, Unauthorized

SESSION_COOKIE = "evenhand_session"
# A page of another site can make a browser send a cookie, but not a header of its own.
REQUEST_HEADER = "x-evenhand-request"
READING = frozenset({"GET", "HEAD"})


class NotSignedIn(Unauthorized):
    """Sign in with the link that you were given, or send your token as a Bearer token."""


class CrossSite(Forbidden):
    """A request that changes something must carry the header X-Evenhand-Request: 1."""


async def annotator(request: Request[Any, Any, Any], context: Context) -> workforce.Annotator:
    """Find the annotator behind a request."""
    token = bearer(request)
    if token is None:
        token = session_of(request)
        if token is None:
            raise NotSignedIn

    async def find() -> workforce.Annotator:
        async with context.pool.connection() as connection:
            return await workforce.authenticate(connection, token, now=context.clock.now())

    found = await context.annotators.caller(token, find, address=address_of(request))
    recognise(request, found.annotator_id)
    act_as(found.annotator_id, now=context.clock.now())
    return found


async def annotator_only(request: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Ask who is calling before anything of the body is read."""
    await annotator(cast("Request[Any, Any, Any]", request), context_behind(request))


def session_of(request: Request[Any, Any, Any]) -> str | None:
    """Read the session of a browser, if there is one; refuse what another site may have sent."""
    session = request.cookies.get(SESSION_COOKIE)
    changes = request.method not in READING
    if session is not None and changes and request.headers.get(REQUEST_HEADER) is None:
        raise CrossSite
    return session


def bearer(request: Request[Any, Any, Any]) -> str | None:
    """Read a Bearer token, if there is one."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None
