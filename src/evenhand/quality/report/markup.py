"""Markup that cannot be broken by what stands in it.

Labels and names are anyone's: only what an `element` made is markup, and everything else is text.
"""

import re
from html import escape
from typing import TypeAlias

# What XML and HTML have no place for, and marks that turn the direction of the text around them.
_UNFIT = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9-]*")
# A browser fetches or runs what these hold, so no attribute of ours is called so.
_FORBIDDEN = re.compile(r"on.*|style|src|srcdoc|href|xlink|action|formaction", re.IGNORECASE)
_VOID = {"meta"}

Value: TypeAlias = str | float | int


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


def element(name: str, attributes: dict[str, Value] | None = None, *children: str) -> Markup:
    """Make an element; children that are no Markup are escaped."""
    assert _NAME.fullmatch(name), f"{name!r} is no name of an element"
    written = "".join(_attribute(key, value) for key, value in (attributes or {}).items())
    if name in _VOID:
        return Markup(f"<{name}{written}>")
    return Markup(f"<{name}{written}>{joined(*children)}</{name}>")


def joined(*children: str) -> Markup:
    """Put text and markup one after the other."""
    return Markup(
        "".join(child if isinstance(child, Markup) else text(child) for child in children)
    )


def text(words: object) -> Markup:
    """Escape words, and replace characters that no page may have."""
    return Markup(escape(_UNFIT.sub("\ufffd", str(words)), quote=True))


def shortened(words: object, length: int) -> str:
    """Cut words that are too long for their place, and say so with an ellipsis."""
    whole = str(words)
    return whole if len(whole) <= length else whole[: length - 1] + "…"


def _attribute(name: str, value: Value) -> str:
    assert _NAME.fullmatch(name), f"{name!r} is no name of an attribute"
    assert not _FORBIDDEN.fullmatch(name), f"{name!r} could run or fetch something"
    shown = f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
    return f' {name}="{text(shown)}"'
