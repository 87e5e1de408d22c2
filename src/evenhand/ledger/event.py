"""What every event is: a kind and flat fields."""

from typing import Literal, TypeAlias

import msgspec

Number: TypeAlias = int | float
Purpose: TypeAlias = Literal["live", "evaluation", "training"]


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", omit_defaults=True):
    """Something that happened to a tenant's work; its kind is the tag of its type."""
