"""Signing in and out of the workbench."""

from typing import Any

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.datastructures import Cookie

from evenhand import workforce
from evenhand.app.api.callers import SESSION_COOKIE, session_of
from evenhand.app.context import Context

TOKEN_CHARACTERS_MAX = 200
# Anybody may send this body, so it holds a token and no more.
SIGN_IN_BYTES_MAX = 1024


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


class SignedIn(msgspec.Struct):
    """Whose session has begun."""

    annotator: Me


def _me(annotator: workforce.Annotator) -> Me:
    return Me(
        annotator_id=str(annotator.annotator_id),
        email=annotator.email,
        name=annotator.name,
        kind=annotator.kind,
        reviewer=annotator.reviewer,
    )


@post("/session", status_code=200, request_max_body_size=SIGN_IN_BYTES_MAX)
async def sign_in(
    request: Request[Any, Any, Any], data: SignIn, context: Context
) -> Response[SignedIn]:
    """Trade the token of a sign-in link for a session cookie."""
    async with context.pool.connection() as connection, connection.transaction():
        session, annotator = await workforce.open_session(
            connection, data.token[:TOKEN_CHARACTERS_MAX], now=context.clock.now()
        )
    cookie = Cookie(
        key=SESSION_COOKIE,
        value=session,
        httponly=True,
        secure=_is_reached_by_https(request, context),
        samesite="strict",
        path="/",
        max_age=int(workforce.SESSION.total_seconds()),
    )
    return Response(SignedIn(annotator=_me(annotator)), cookies=[cookie])


def _is_reached_by_https(request: Request[Any, Any, Any], context: Context) -> bool:
    # Behind a proxy that ends TLS, only the settings know.
    public = context.settings.public_url or ""
    return request.url.scheme == "https" or public.startswith("https://")


@delete("/session", status_code=204)
async def sign_out(request: Request[Any, Any, Any], context: Context) -> Response[None]:
    """End the session of this browser."""
    token = session_of(request)
    if token is not None:
        async with context.pool.connection() as connection, connection.transaction():
            await workforce.close_session(connection, token, now=context.clock.now())
        context.annotators.forget(token)
    response: Response[None] = Response(None, status_code=204)
    response.delete_cookie(SESSION_COOKIE, path="/")
    return response


@get("/me")
async def me(annotator: workforce.Annotator) -> Me:
    """Say who is signed in."""
    return _me(annotator)
