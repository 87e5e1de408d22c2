"""Categorization: put what is shown into one category, or into several."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import cast

import msgspec

from evenhand.quality.live.kinds.choice import CHOICE
from evenhand.quality.live.kinds.choices import CHOICES
from evenhand.task_types.attached import (
    ATTACHMENT_MENDS,
    Attachment,
    AttachmentType,
    check_attachment,
    check_attachments,
    urls_of,
)
from evenhand.task_types.contract import (
    InvalidParams,
    InvalidResponse,
    Params,
    Reading,
    Response,
    TaskType,
)
from evenhand.task_types.labels import Choice, are_flat, leaves
from evenhand.task_types.outside import (
    are_plain,
    is_plain_text,
    params_of,
    present,
    response_of,
)

_MENDS = {
    **ATTACHMENT_MENDS,
    "categories": 'Send a list of names, such as ["cat", "dog"].',
    "category_ids": 'Send an object from id to category, such as {"c1": "cat"}.',
    "allow_multiple": "Send true or false.",
}


_SHORT = frozenset({"allow_multiple", "attachment", "attachment_type", "categories"})
_LONG = frozenset({"attachments", "category_ids"})


class CategorizationParams(msgspec.Struct, frozen=True, kw_only=True):
    """The params of a categorization."""

    categories: list[str | Choice]
    attachment: str | None = None
    attachment_type: AttachmentType | None = None
    attachments: list[Attachment] | None = None
    allow_multiple: bool = False
    category_ids: dict[str, str] | None = None


class _Response(msgspec.Struct, frozen=True, kw_only=True):
    category: str | list[str]


def parse_params(raw: Params) -> dict[str, object]:
    """Prove the params of a categorization and fill in `allow_multiple`."""
    if _is_short_and_sound(raw):
        return dict(raw) if "allow_multiple" in raw else {**raw, "allow_multiple": False}
    echo = present(raw)
    params = params_of(echo, CategorizationParams, _MENDS)
    _check_attachment(params)
    labels = leaves(params.categories, "categories")
    if params.category_ids is not None:
        _check_ids(params.category_ids, labels)
    echo["allow_multiple"] = params.allow_multiple
    return echo


def _is_short_and_sound(raw: Params) -> bool:
    # What bulk calls are full of: one text and a flat list. Whatever else there is or amiss
    # is left to the full proof, which also finds the words for it.
    if type(cast("object", raw)) is not dict or not _LONG.isdisjoint(raw):
        return False
    # What the contract does not know is kept as it came, and is mostly a number or a name.
    if not raw.keys() <= _SHORT and not are_plain(raw, raw.keys() - _SHORT):
        return False
    text, categories = raw.get("attachment"), raw.get("categories")
    return (
        raw.get("attachment_type") == "text"
        and type(raw.get("allow_multiple", False)) is bool
        and is_plain_text(text)
        and text != ""
        and not text.isspace()
        and type(categories) is list
        and are_flat(cast("list[object]", categories))
    )


def _check_attachment(params: CategorizationParams) -> None:
    if params.attachments is not None:
        check_attachments(params.attachments)
    elif params.attachment is None:
        raise InvalidParams("is missing", at="attachment", hint=_MENDS["attachment"])
    elif params.attachment_type is None:
        raise InvalidParams("is missing", at="attachment_type", hint=_MENDS["attachment_type"])
    if params.attachment is not None and params.attachment_type is not None:
        check_attachment(params.attachment, params.attachment_type, "attachment")


def _check_ids(category_ids: Mapping[str, str], labels: list[str]) -> None:
    strangers = set(category_ids.values()) - set(labels)
    if strangers:
        raise InvalidParams(
            f"names {min(strangers)[:100]!r}, which is not among the categories",
            at="category_ids",
            hint="Map every id to one of the categories.",
        )
    if len(set(category_ids.values())) < len(category_ids):
        raise InvalidParams(
            "gives one category two ids", at="category_ids", hint="Keep one id per category."
        )


def attachments(params: Params) -> dict[str, AttachmentType]:
    """Return the URLs to fetch; text attachments are shown as they stand."""
    if params.get("attachment_type") == "text" and params.get("attachments") is None:
        return {}  # without a look at the categories, which may be many
    parsed = params_of(params, CategorizationParams, _MENDS)
    shown = list(parsed.attachments or [])
    if parsed.attachment is not None and parsed.attachment_type is not None:
        shown.insert(0, Attachment(type=parsed.attachment_type, content=parsed.attachment))
    return urls_of(shown)


def check_response(params: Params, response: Response) -> dict[str, object]:
    """Prove a response; several categories come out in the order of the params."""
    parsed = params_of(params, CategorizationParams, _MENDS)
    given = response_of(response, _Response).category
    chosen = [given] if isinstance(given, str) else given
    labels = leaves(parsed.categories, "categories")
    wanted = set(chosen)
    strangers = wanted - set(labels)
    if strangers:
        raise InvalidResponse(
            f"names {min(strangers)[:100]!r}, which is not among the categories",
            at="category",
            hint="Choose from the categories of the task.",
        )
    if not parsed.allow_multiple and len(chosen) != 1:
        raise InvalidResponse(
            f"names {len(chosen)} categories", at="category", hint="Choose exactly one."
        )
    return _worded(parsed, [label for label in labels if label in wanted])


def _worded(params: CategorizationParams, chosen: list[str]) -> dict[str, object]:
    ids = {category: key for key, category in (params.category_ids or {}).items()}
    known = [ids[label] for label in chosen if label in ids]
    if params.allow_multiple:
        worded: dict[str, object] = {"category": chosen}
        if known:
            worded["category_id"] = known
        return worded
    worded = {"category": chosen[0]}
    if known:
        worded["category_id"] = known[0]
    return worded


def canned_response(params: Params) -> dict[str, object]:
    """Answer a test task with its first category."""
    parsed = params_of(params, CategorizationParams, _MENDS)
    return _worded(parsed, leaves(parsed.categories, "categories")[:1])


def reading(params: Params) -> Reading[str] | Reading[frozenset[str]]:
    """Read one category as a choice, several as choices."""
    if params.get("allow_multiple"):
        return Reading(kind=CHOICES, answer=_several, response=partial(_response_of_set, params))
    return Reading(
        kind=CHOICE,
        answer=_one,
        response=partial(_response_of_one, params),
        classes=partial(_classes, params),
    )


def _one(response: Response) -> str:
    return msgspec.convert(response["category"], str)


def _several(response: Response) -> frozenset[str]:
    return msgspec.convert(response["category"], frozenset[str])


def _response_of_one(params: Params, category: str) -> dict[str, object]:
    return check_response(params, {"category": category})


def _response_of_set(params: Params, categories: frozenset[str]) -> dict[str, object]:
    return check_response(params, {"category": list(categories)})


def _classes(params: Params) -> Sequence[str]:
    return leaves(params_of(params, CategorizationParams, _MENDS).categories, "categories")


CATEGORIZATION = TaskType(
    name="categorization",
    params=CategorizationParams,
    parse_params=parse_params,
    attachments=attachments,
    check_response=check_response,
    canned_response=canned_response,
    reading=reading,
)
