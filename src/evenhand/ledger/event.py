"""What an event is, and the digest that stands in it for content."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

import msgspec

Number: TypeAlias = int | float
Purpose: TypeAlias = Literal["live", "evaluation", "training"]


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", omit_defaults=True):
    """Something that happened to a tenant's work; its kind is the tag of its type."""


def digest_of(content: str | Sequence[str] | Mapping[str, object]) -> str:
    """What stands in an event for content: SHA-256 of a text, of ids one a line, or of JSON."""
    if isinstance(content, Mapping):
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    else:
        text = content if isinstance(content, str) else "\n".join(content)
    return hashlib.sha256(text.encode()).hexdigest()
