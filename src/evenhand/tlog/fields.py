"""Numbers, hashes and bytes as lines of text hold them: each in the one way that is allowed.

Of several ways to write the same thing, all but one are refused: a text that was tampered with
must not read as the text that was signed.
"""

import base64
import binascii
import re

from evenhand.tlog.errors import Malformed

HASH_BYTES = 32
# What fits a signed 64-bit integer, as Go's and others' readers hold sizes.
NUMBER_MAX = 2**63 - 1
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")


def number_of(text: str, what: str) -> int:
    """Read a decimal without sign, space or leading noughts."""
    if _NUMBER.fullmatch(text) is None or (number := int(text)) > NUMBER_MAX:
        raise Malformed(f"The {what} is no decimal number.")
    return number


def bytes_of(text: str, what: str) -> bytes:
    """Read standard base64 with its padding, as an encoder would have written it."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed(f"The {what} is not base64.") from error
    if base64_of(data) != text:
        raise Malformed(f"The {what} is not base64 as an encoder writes it.")
    return data


def hash_of(text: str, what: str) -> bytes:
    """Read a SHA-256 hash in base64."""
    data = bytes_of(text, what)
    if len(data) != HASH_BYTES:
        raise Malformed(f"The {what} has {len(data)} bytes and not {HASH_BYTES}.")
    return data


def base64_of(data: bytes) -> str:
    """Write standard base64 with its padding."""
    return base64.b64encode(data).decode("ascii")
