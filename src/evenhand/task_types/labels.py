"""Lists of labels, flat or nested, as categories, objects to annotate and choices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

import msgspec

from evenhand.task_types.contract import InvalidParams
from evenhand.task_types.outside import is_plain_text

LABELS_MAX = 2_000  # labels; more cannot be chosen from by a person, even with search
LABEL_LENGTH_MAX = 500  # characters; a label is a name, not a paragraph
LISTS_REMEMBERED_MAX = 16  # lists of labels; the tasks of a bulk call mostly share one


class Choice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A label with labels below it."""

    choice: str
    subchoices: list[str | Choice] = []


def leaves(tree: Sequence[str | Choice], at: str) -> list[str]:
    """Return the labels that may be chosen, in order; every name occurs once in the tree."""
    if not tree:
        raise InvalidParams("is empty", at=at, hint='Send labels, such as ["cat", "dog"].')
    names: list[str] = []
    chosen: list[str] = []
    _walk(tree, names, chosen)
    if len(names) > LABELS_MAX:
        raise InvalidParams(
            f"has {len(names):,} labels, more than {LABELS_MAX:,}",
            at=at,
            hint="Split the work into tasks with fewer labels.",
        )
    if len(set(names)) < len(names):
        twice = next(name for name, times in Counter(names).items() if times > 1)
        raise InvalidParams(
            f"holds the label {twice[:100]!r} twice", at=at, hint="Give every label its own name."
        )
    for name in names:
        if not name or name.isspace() or len(name) > LABEL_LENGTH_MAX:
            raise InvalidParams(
                "holds a label that is blank or too long",
                at=at,
                hint=f"Give every label a name of 1 to {LABEL_LENGTH_MAX} characters.",
            )
    return chosen


def are_flat(labels: list[object]) -> bool:
    """Say whether these are proven labels with none below them; if not, `leaves` says why.

    What was found of a list is remembered, as a bulk call shows the same one on every line.
    """
    try:
        return _are_flat(tuple(labels))
    except TypeError:  # a nested label is a dict, and those cannot be remembered by their value
        return False


@lru_cache(maxsize=LISTS_REMEMBERED_MAX)
def _are_flat(labels: tuple[object, ...]) -> bool:
    names = [label for label in labels if is_plain_text(label)]
    if len(names) < len(labels):
        return False
    try:
        leaves(names, "")
    except InvalidParams:
        return False
    return True


def _walk(tree: Sequence[str | Choice], names: list[str], chosen: list[str]) -> None:
    for node in tree:
        if isinstance(node, str):
            names.append(node)
            chosen.append(node)
            continue
        names.append(node.choice)
        if node.subchoices:
            _walk(node.subchoices, names, chosen)
        else:
            chosen.append(node.choice)
