"""Answers: plain JSON values, encoded once."""

from datetime import UTC, datetime

import msgspec
from litestar import Response

JSON = "application/json"


def reply(value: object, *, status_code: int = 200) -> Response[bytes]:
    """Answer with a JSON value."""
    return Response(msgspec.json.encode(value), media_type=JSON, status_code=status_code)


def moment_now() -> datetime:
    """The present in whole milliseconds, as the contract shows it: so filters by it are exact."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)
