"""Params that would be taken and change nothing: refused by name, so that nobody waits for them.

What no contract knows is the customer's own, and is kept and echoed; but not where it looks like a
slip of the pen.
"""

import re
from collections.abc import Iterable, Mapping

from evenhand.task_types.contract import InvalidParams
from evenhand.task_types.prelabels import HYPOTHESIS

# What the contract knows for tasks like these, and nobody would see or do here.
NOT_SUPPORTED: Mapping[str, str] = {
    "base_annotations": "Send a hypothesis, which annotators begin from and may change.",
    "can_add_base_annotations": "Send a hypothesis; annotators may change all of it.",
    "can_edit_base_annotations": "Send a hypothesis; annotators may change all of it.",
    "can_delete_base_annotations": "Send a hypothesis; annotators may change all of it.",
    "can_edit_base_annotation_labels": "Send a hypothesis; annotators may change all of it.",
    "links": "Leave it out; ask for what belongs together in the instruction.",
    "global_attributes": "Leave it out; ask about the whole with a textcollection.",
    "layers": "Leave it out.",
    "frame_rate": "Leave it out; videos are not annotated frame by frame.",
    "events_to_annotate": "Leave it out; videos are not annotated frame by frame.",
    "responses_required": 'Leave it out, and give the project {"policy": {"annotations": 3}}.',
    "instructions": "Send `instruction`.",
}
SHORT_NAME = 6  # characters; of two shorter names one is not the other misspelt

_SIGNS = re.compile(r"[^a-z0-9]")


def refuse_unhonoured(params: Mapping[str, object], known: Iterable[str], type_name: str) -> None:
    """Refuse params that the contract has and this server does not, and misspelt names."""
    names = frozenset(known) | {HYPOTHESIS}
    for name in params.keys() - names:
        mend = NOT_SUPPORTED.get(name)
        if mend is not None:
            raise InvalidParams("is not supported", at=name, hint=mend)
        meant = next((one for one in sorted(names) if _is_misspelt(name, one)), None)
        if meant is not None:
            raise InvalidParams(
                f"is no param of {type_name}",
                at=name[:100],
                hint=f"Did you mean `{meant}`? Name your own params otherwise.",
            )


def _is_misspelt(name: str, meant: str) -> bool:
    """Say whether a name is another one but for its signs and capitals, or for one letter."""
    one, other = _SIGNS.sub("", name.lower()), _SIGNS.sub("", meant.lower())
    if one == other:
        return True
    # One and several are two names: `category_id` can stand in a file beside `category_ids`.
    is_plural = one.rstrip("s") == other.rstrip("s")
    return min(len(one), len(other)) >= SHORT_NAME and not is_plural and _is_one_slip(one, other)


def _is_one_slip(one: str, other: str) -> bool:
    """One letter more, one less, another one, or two beside each other changed about."""
    if abs(len(one) - len(other)) > 1:
        return False
    begin = 0
    while begin < min(len(one), len(other)) and one[begin] == other[begin]:
        begin += 1
    rest, other_rest = one[begin:], other[begin:]
    return (
        rest[1:] == other_rest[1:]
        or rest[1:] == other_rest
        or rest == other_rest[1:]
        or (rest[:2] == other_rest[:2][::-1] and rest[2:] == other_rest[2:])
    )
