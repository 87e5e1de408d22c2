"""Which tenant is calling: the key, as Basic or as Bearer."""

import base64
import binascii
from typing import Any, cast

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from evenhand import tenants
from evenhand.app.context import Context, context_behind
from evenhand.app.door.callers import address_of, recognise
from evenhand.foundation.errors import Unauthorized


class NoKey(Unauthorized):
    """No API key came with the request; send it as user name of HTTP Basic, or as Bearer token."""


async def caller(request: Request[Any, Any, Any], context: Context) -> tenants.Caller:
    """Whose key came with the request, and whether it is the one for tests."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    match scheme.lower():
        case "basic":
            key = _user_of(value.strip())
        case "bearer":
            key = value.strip()
        case _:
            raise NoKey
    found = await context.callers.caller(
        key, lambda: tenants.authenticate(context.pool, key), address=address_of(request)
    )
    recognise(request, found.tenant_id)
    return found


async def tenant_only(request: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Ask who is calling before anything of the body is read."""
    await caller(cast("Request[Any, Any, Any]", request), context_behind(request))


def _user_of(encoded: str) -> str:
    try:
        pair = base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise NoKey from error
    return pair.partition(":")[0]
