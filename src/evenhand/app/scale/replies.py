"""Answers: plain JSON values, encoded once."""

from datetime import datetime

import msgspec
from litestar import Response

from evenhand.app.context import Context

JSON = "application/json"


def reply(value: object, *, status_code: int = 200) -> Response[bytes]:
    """Answer with a JSON value."""
    return Response(msgspec.json.encode(value), media_type=JSON, status_code=status_code)


def moment_now(context: Context) -> datetime:
    """The present in whole milliseconds, as the contract shows it: so filters by it are exact."""
    return in_milliseconds(context.clock.now())


def in_milliseconds(moment: datetime) -> datetime:
    """Drop what the contract does not show of a moment."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
