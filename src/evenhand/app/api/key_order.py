"""The order of names that a browser would lose: it puts what spells a number first."""

from collections.abc import Mapping
from typing import cast


def key_order(params: Mapping[str, object]) -> dict[str, list[str]]:
    """Name the members of each object of the params that a browser would put in another order."""
    return {
        name: list(members)
        for name, value in params.items()
        if isinstance(value, dict)
        and any(map(_spells_a_number, members := cast("dict[str, object]", value)))
    }


def _spells_a_number(name: str) -> bool:
    return name.isascii() and name.isdigit()
