"""Form-encoded bodies: brackets and repetition become objects and lists."""

import re
from typing import cast
from urllib.parse import parse_qsl

from evenhand.foundation.errors import Invalid

FIELDS_MAX = 2_000
DEPTH_MAX = 8  # pairs of brackets; the contract's own examples have two

# A form cannot tell a list of one from a plain value; these are lists wherever they occur.
LISTS = frozenset(
    {"attachments", "categories", "choices", "labels", "objects_to_annotate", "tags", "features"}
)
_KEY = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_PART = re.compile(r"\[([^\[\]]*)\]")


class MalformedForm(Invalid):
    """The form-encoded body could not be read; send JSON instead."""


def parsed(body: bytes) -> dict[str, object]:
    """Read `a=1&b[c]=2&d[0]=3&d[1]=4` as {"a": "1", "b": {"c": "2"}, "d": ["3", "4"]}."""
    try:
        pairs = parse_qsl(
            body.decode("utf-8"),
            keep_blank_values=True,
            max_num_fields=FIELDS_MAX,
            errors="strict",
        )
    except ValueError as error:
        raise MalformedForm(f"The form-encoded body could not be read: {error}.") from error
    root: dict[str, object] = {}
    for key, value in pairs:
        _put(root, _path(key), value)
    return cast("dict[str, object]", _listed(root, ""))


def _path(key: str) -> list[str]:
    found = _KEY.fullmatch(key)
    parts = [found.group(1), *_PART.findall(found.group(2))] if found else []
    if not found or len(parts) > DEPTH_MAX:
        raise MalformedForm(
            f"The form's field {key[:100]!r} is not of the form name[part][0]. Send JSON instead."
        )
    return parts


def _put(root: dict[str, object], path: list[str], value: str) -> None:
    here = root
    for part in path[:-1]:
        # `a[]=x&a[]=y` numbers itself.
        below = here.setdefault(part or str(len(here)), {})
        if not isinstance(below, dict):
            raise _both(path)
        here = cast("dict[str, object]", below)
    last = path[-1] or str(len(here))
    before = here.get(last)
    if before is None:
        here[last] = value
    elif isinstance(before, list):
        cast("list[object]", before).append(value)
    elif isinstance(before, str):
        here[last] = [before, value]
    else:
        raise _both(path)


def _both(path: list[str]) -> MalformedForm:
    return MalformedForm(
        f"The form's field {path[0][:100]!r} is both a value and an object. Send JSON instead."
    )


def _listed(value: object, name: str) -> object:
    if isinstance(value, dict):
        members = cast("dict[str, object]", value)
        within = {key: _listed(member, key) for key, member in members.items()}
        if within and all(key == str(position) for position, key in enumerate(within)):
            return list(within.values())
        return within
    return [value] if name in LISTS and isinstance(value, str) else value
