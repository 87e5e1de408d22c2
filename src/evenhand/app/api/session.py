"""Signing in and out of the workbench."""

from datetime import timedelta
from typing import Any

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.datastructures import Cookie

from evenhand import workforce
from evenhand.app.api.callers import SESSION_COOKIE, now
from evenhand.app.context import Context

SESSION = timedelta(hours=16)  # as long as the session itself
TOKEN_CHARACTERS_MAX = 200


class SignIn(msgspec.Struct):
    """The token from a sign-in link."""

    token: str = msgspec.field()


class Me(msgspec.Struct):
    """The annotator who is signed in."""

    annotator_id: str
    email: str
    name: str
    kind: str
    reviewer: bool


def _me(annotator: workforce.Annotator) -> Me:
    return Me(
        annotator_id=str(annotator.annotator_id),
        email=annotator.email,
        name=annotator.name,
        kind=annotator.kind,
        reviewer=annotator.reviewer,
    )


@post("/session", status_code=200)
async def sign_in(
    request: Request[Any, Any, Any], data: SignIn, context: Context
) -> Response[dict[str, Me]]:
    """Trade the token of a sign-in link for a session cookie."""
    async with context.pool.connection() as connection, connection.transaction():
        session, annotator = await workforce.open_session(
            connection, data.token[:TOKEN_CHARACTERS_MAX], now=now()
        )
    cookie = Cookie(
        key=SESSION_COOKIE,
        value=session,
        httponly=True,
        secure=request.url.scheme == "https",
        samesite="strict",
        path="/",
        max_age=int(SESSION.total_seconds()),
    )
    return Response({"annotator": _me(annotator)}, cookies=[cookie])


@delete("/session", status_code=204)
async def sign_out(request: Request[Any, Any, Any], context: Context) -> Response[None]:
    """End the session of this browser."""
    token = request.cookies.get(SESSION_COOKIE)
    if token is not None:
        async with context.pool.connection() as connection, connection.transaction():
            await workforce.close_session(connection, token, now=now())
        context.annotators.forget(token)
    response: Response[None] = Response(None, status_code=204)
    response.delete_cookie(SESSION_COOKIE, path="/")
    return response


@get("/me")
async def me(annotator: workforce.Annotator) -> Me:
    """Say who is signed in."""
    return _me(annotator)
