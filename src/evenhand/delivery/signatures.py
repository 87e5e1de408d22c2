"""Signatures on what is sent, and how a receiver checks them.

The header reads `t=<seconds since 1970>,v1=<hex>`. The hex is HMAC-SHA256 over the time, a dot
and the bytes of the body; its key follows from the callback auth key, so that a receiver needs
no second secret.
"""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

from evenhand.foundation.errors import Unauthorized

# Long enough for clocks that are a little apart, too short to be worth replaying.
TOLERANCE = timedelta(minutes=5)


class SignatureInvalid(Unauthorized):
    """The signature is not of this body, this key and this hour."""


def sign(body: bytes, callback_auth_key: str, *, at: datetime) -> str:
    """Make the value of the header `evenhand-signature` for a body."""
    seconds = int(at.timestamp())
    return f"t={seconds},v1={_mac(seconds, body, callback_auth_key)}"


def verify(
    body: bytes,
    header: str,
    callback_auth_key: str,
    *,
    now: datetime,
    within: timedelta = TOLERANCE,
) -> None:
    """Raise unless the header signs exactly this body, under this key, not long ago."""
    fields = [field.strip().partition("=") for field in header.split(",")]
    times = [value for name, _, value in fields if name == "t"]
    given = [value for name, _, value in fields if name == "v1"]
    if len(times) != 1 or not times[0].isascii() or not times[0].isdigit() or len(times[0]) > 11:
        raise SignatureInvalid
    seconds = int(times[0])
    if abs(now - datetime.fromtimestamp(seconds, UTC)) > within:
        raise SignatureInvalid
    expected = _mac(seconds, body, callback_auth_key).encode()
    if not any(hmac.compare_digest(value.encode(), expected) for value in given):
        raise SignatureInvalid


def _mac(seconds: int, body: bytes, callback_auth_key: str) -> str:
    key = hmac.digest(callback_auth_key.encode(), b"evenhand-signature", hashlib.sha256)
    return hmac.new(key, f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
