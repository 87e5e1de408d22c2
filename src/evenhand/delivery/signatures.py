"""Signatures on what is sent, and how a receiver checks them.

They are those of Standard Webhooks 1.0 (https://www.standardwebhooks.com), which has libraries for
receivers in ten languages: `webhook-signature` is `v1,` and the base64 of an HMAC-SHA256 over the
callback's id, the seconds since 1970 and the bytes of the body, with dots between. The secret
follows from the callback auth key, so that a receiver needs no second one.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from evenhand.foundation.errors import Unauthorized

# Long enough for clocks that are a little apart, too short to be worth replaying.
TOLERANCE = timedelta(minutes=5)

_PREFIX = "whsec_"


class SignatureInvalid(Unauthorized):
    """The signature is not of this body, this secret and this hour."""


def webhook_secret(callback_auth_key: str) -> str:
    """Return the secret that a receiver's library asks for: the auth key in base64."""
    return _PREFIX + base64.b64encode(callback_auth_key.encode()).decode()


def signed(body: bytes, secret: str, *, webhook_id: str, at: datetime) -> dict[str, str]:
    """Make the three headers that sign a body."""
    seconds = str(int(at.timestamp()))
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": seconds,
        "webhook-signature": f"v1,{_mac(webhook_id, seconds, body, secret)}",
    }


def verify(
    body: bytes,
    headers: Mapping[str, str],
    secret: str,
    *,
    now: datetime,
    within: timedelta = TOLERANCE,
) -> None:
    """Raise unless the headers sign exactly this body, under this secret, not long ago."""
    seconds = headers.get("webhook-timestamp", "")
    if not seconds.isascii() or not seconds.isdigit() or len(seconds) > 11:
        raise SignatureInvalid
    if abs(now - datetime.fromtimestamp(int(seconds), UTC)) > within:
        raise SignatureInvalid
    expected = _mac(headers.get("webhook-id", ""), seconds, body, secret).encode()
    given = [one.partition(",") for one in headers.get("webhook-signature", "").split(" ")]
    if not any(
        version == "v1" and hmac.compare_digest(mac.encode(), expected) for version, _, mac in given
    ):
        raise SignatureInvalid


def _mac(webhook_id: str, seconds: str, body: bytes, secret: str) -> str:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error as error:
        raise SignatureInvalid from error
    content = f"{webhook_id}.{seconds}.".encode() + body
    return base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()
