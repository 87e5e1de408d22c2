"""The token that leads to the next page: where the last page ended, and the total then."""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec

from evenhand.foundation.errors import Invalid
from evenhand.work import tasks

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TOTAL_MAX = 2**53


class InvalidToken(Invalid):
    """`next_token` is not one that this API gave; begin again without it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """Where a page ended. It holds no secret: whose tasks are read, the key alone says."""

    after: tasks.After
    total: int


class _Wire(msgspec.Struct, frozen=True, array_like=True):
    microseconds: int
    task_id: str
    total: int


def sealed(token: Token) -> str:
    """Write a token as text that fits into a URL."""
    wire = _Wire(
        (token.after.created_at - EPOCH) // timedelta(microseconds=1),
        token.after.task_id,
        token.total,
    )
    return base64.urlsafe_b64encode(msgspec.json.encode(wire)).decode().rstrip("=")


def opened(text: str | None) -> Token | None:
    """Read a token back; None when there is none."""
    if text is None:
        return None
    try:
        padded = text + "=" * (-len(text) % 4)
        wire = msgspec.json.decode(base64.b64decode(padded, b"-_", validate=True), type=_Wire)
        at = EPOCH + timedelta(microseconds=wire.microseconds)
    except (binascii.Error, ValueError, OverflowError) as error:
        raise InvalidToken from error
    if not wire.task_id.isalnum() or not wire.task_id.isascii() or not 0 <= wire.total < TOTAL_MAX:
        raise InvalidToken
    return Token(after=tasks.After(created_at=at, task_id=wire.task_id), total=wire.total)
