"""The connection behind a request, and who calls on it."""

from collections.abc import Hashable
from typing import Any, cast

from litestar.connection import ASGIConnection

# In the scope of a request, by its connection:
RECOGNISE = "evenhand.recognise"  # tells the connection who calls
TURN_OUT = "evenhand.turn_out"  # closes it at once
CALLER = "evenhand.caller"  # in the scope of a request, once it is known

Request = ASGIConnection[Any, Any, Any, Any]


def address_of(request: Request) -> str | None:
    """From which address a request comes."""
    return None if request.client is None else request.client.host


def recognise(request: Request, caller: Hashable) -> None:
    """Note who calls, and tell the connection where it is one that asks."""
    scope = cast("dict[str, Any]", request.scope)
    scope[CALLER] = caller
    tell = scope.get(RECOGNISE)
    if tell is not None:
        tell(caller)
