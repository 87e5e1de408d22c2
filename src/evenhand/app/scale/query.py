"""What comes in the query string: blank values count as not sent."""

import re
from datetime import UTC, datetime
from typing import Any

from litestar import Request

from evenhand.foundation.errors import Invalid

VALUES_MAX = 1_000  # repetitions of one name

# A plus sign that was not encoded arrives as a space.
_LOST_PLUS = re.compile(r"(?<=\d) (?=\d\d:?\d\d$)")


class InvalidQuery(Invalid):
    """A value in the query string is not as it should be."""


def texts(request: Request[Any, Any, Any], name: str) -> list[str] | None:
    """All values of a name that are not blank, or None when there are none."""
    values = [value for value in request.query_params.getall(name, []) if value]
    if len(values) > VALUES_MAX:
        raise InvalidQuery(f"`{name}` is repeated more than {VALUES_MAX:,} times. Ask in parts.")
    for value in values:
        _require_storable(name, value)
    return values or None


def text(request: Request[Any, Any, Any], name: str) -> str | None:
    """The last value of a name, or None when it is missing or blank."""
    values = texts(request, name)
    return values[-1] if values else None


def one_of(request: Request[Any, Any, Any], name: str, known: tuple[str, ...]) -> str | None:
    """A value that must be one of those known."""
    value = text(request, name)
    if value is not None and value not in known:
        raise InvalidQuery(f"`{name}` is {value[:100]!r}. Send one of {', '.join(known)}.")
    return value


def whole(
    request: Request[Any, Any, Any], name: str, *, default: int, least: int, most: int
) -> int:
    """A whole number within bounds."""
    value = text(request, name)
    if value is None:
        return default
    if not re.fullmatch(r"-?[0-9]{1,18}", value) or not least <= int(value) <= most:
        raise InvalidQuery(
            f"`{name}` is {value[:100]!r}. Send a whole number from {least:,} to {most:,}."
        )
    return int(value)


def flag(request: Request[Any, Any, Any], name: str) -> bool | None:
    """A yes or no, however it is spelt; None when it was not sent."""
    value = text(request, name)
    if value is None:
        return None
    if value.lower() not in ("true", "false", "1", "0"):
        raise InvalidQuery(f"`{name}` is {value[:100]!r}. Send true or false.")
    return value.lower() in ("true", "1")


def moment(request: Request[Any, Any, Any], name: str) -> datetime | None:
    """A time in any form of ISO 8601; without a zone it is UTC."""
    value = text(request, name)
    if value is None:
        return None
    try:
        parsed = datetime.fromisoformat(_LOST_PLUS.sub("+", value.strip()))
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidQuery(
            f"`{name}` is {value[:100]!r}. Send a time such as 2026-04-25 or 2026-04-25T08:00:00Z."
        ) from error


def _require_storable(name: str, value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise InvalidQuery(f"`{name}` is not valid Unicode.") from error
    if "\0" in value:
        raise InvalidQuery(f"`{name}` holds the character NUL; remove it.")
