"""What comes in the body of a request: JSON, or a form as older clients send it."""

from collections.abc import Mapping
from typing import Any, cast

import msgspec
from litestar import Request
from litestar.exceptions import HTTPException

from evenhand.app.scale import forms
from evenhand.foundation.errors import Invalid, TooLarge
from evenhand.task_types import InvalidParams
from evenhand.task_types.outside import prove_json

TASK_BYTES_MAX = 16 * 1024 * 1024  # for one task, whose large things are files, not params
FORM_BYTES_MAX = 256 * 1024  # for all that has no params: metadata, tags, names

_JSON_STARTS = (b"{", b"[")


class MalformedBody(Invalid):
    """The body could not be read; send a JSON object."""


class WrongContentType(Invalid):
    """This content type is not taken; send application/json."""

    status = 415


class BodyTooLarge(TooLarge):
    """The body is larger than this endpoint takes."""


async def object_in(
    request: Request[Any, Any, Any], bytes_max: int = FORM_BYTES_MAX
) -> dict[str, object]:
    """Read a body that must be an object, and prove that it can be stored; nulls are left out."""
    sent = as_object(await bytes_in(request, bytes_max), request.headers.get("content-type", ""))
    prove_json(sent, InvalidParams)
    return {name: member for name, member in sent.items() if member is not None}


def as_object(body: bytes, content_type: str) -> dict[str, object]:
    """Read bytes that must be an object; an empty body is an empty one. Proves nothing else."""
    value = _value(body, content_type)
    if type(value) is not dict:
        raise MalformedBody('The body is not an object. Send JSON such as {"key": "value"}.')
    return cast("dict[str, object]", value)


async def value_in(request: Request[Any, Any, Any]) -> object:
    """Read a body that may be any JSON value; an empty body is None."""
    body = await bytes_in(request)
    if not body.strip():
        return None
    value = _value(body, request.headers.get("content-type", ""))
    prove_json({"body": value}, InvalidParams)
    return value


async def bytes_in(request: Request[Any, Any, Any], bytes_max: int = FORM_BYTES_MAX) -> bytes:
    """Read a whole body, or refuse it as soon as it is longer than that."""
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > bytes_max:
        raise _too_large(bytes_max)
    pieces: list[bytes] = []
    size = 0
    try:
        async for piece in request.stream():
            size += len(piece)
            if size > bytes_max:
                raise _too_large(bytes_max)
            pieces.append(piece)
    except HTTPException as error:
        if error.status_code == BodyTooLarge.status:
            raise _too_large(bytes_max) from error
        raise
    return b"".join(pieces)


def _too_large(bytes_max: int) -> BodyTooLarge:
    return BodyTooLarge(
        f"The body is larger than {bytes_max:,} bytes, the most that this endpoint takes. "
        "Upload large content with POST /v1/files/upload and send its attachment_url."
    )


def _value(body: bytes, content_type: str) -> object:
    kind = content_type.partition(";")[0].strip().lower()
    stripped = body.lstrip()
    if not stripped:
        return {}
    # `curl -d` says form whatever is sent, so what looks like JSON is read as JSON.
    if kind == "application/x-www-form-urlencoded" and not stripped.startswith(_JSON_STARTS):
        return forms.parsed(body)
    if kind not in ("", "application/json", "text/json", "text/plain") and not (
        kind.endswith("+json") or kind == "application/x-www-form-urlencoded"
    ):
        raise WrongContentType(
            f"The content type {kind[:100]!r} is not taken here. Send application/json."
        )
    return decoded(body)


def decoded(body: bytes) -> object:
    """Read JSON, or say where it breaks off."""
    try:
        return msgspec.json.decode(body)
    except msgspec.MsgspecError as error:
        raise MalformedBody(f"The body is not JSON: {error}. Correct it there.") from error
    except UnicodeDecodeError as error:
        raise MalformedBody(f"The body is not UTF-8 at byte {error.start}.") from error
    except RecursionError as error:
        raise MalformedBody("The JSON is nested too deeply; flatten it.") from error


def flag(body: Mapping[str, object], name: str) -> bool:
    """Read a yes or no out of a body, where forms can only send text."""
    value = body.get(name, False)
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false", ""):
        return value.lower() == "true"
    raise InvalidParams("is neither true nor false", at=name, hint="Send true or false.")
