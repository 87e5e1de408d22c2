"""Comparison: look at several things side by side, choose, and say what was asked about them."""

from collections.abc import Mapping, Sequence
from functools import partial

import msgspec

from evenhand.quality.live.kinds.choice import CHOICE
from evenhand.quality.live.kinds.fields import FIELDS
from evenhand.task_types.attached import (
    ATTACHMENT_MENDS,
    Attachment,
    AttachmentType,
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
from evenhand.task_types.keyed_fields import check_keys, filled_in
from evenhand.task_types.labels import Choice, leaves
from evenhand.task_types.outside import params_of, present, response_of

_CHOICE = "choice"
_FIELD = "fields/"
_MENDS = {
    **ATTACHMENT_MENDS,
    "choices": 'Send a list such as ["the first", "the second", "both alike"].',
    "fields": 'Send {"reason": "Why is it the better one?"}.',
}


class ComparisonParams(msgspec.Struct, frozen=True, kw_only=True):
    """The params of a comparison."""

    attachments: list[str | Attachment]
    attachment_type: AttachmentType | None = None
    choices: list[str | Choice] | None = None
    fields: dict[str, str] | None = None


class _Response(msgspec.Struct, frozen=True, kw_only=True):
    choice: str | None = None
    fields: dict[str, str | None] = {}


def parse_params(raw: Params) -> dict[str, object]:
    """Prove the params of a comparison; choices, fields or both are asked for."""
    echo = present(raw)
    params = params_of(echo, ComparisonParams, _MENDS)
    check_attachments(_shown(params), at_least=2)
    if params.choices is None and params.fields is None:
        raise InvalidParams("is missing", at="choices", hint=_MENDS["choices"])
    if params.choices is not None:
        _ = leaves(params.choices, "choices")
    if params.fields is not None:
        check_keys(params.fields, "fields")
    return echo


def _shown(params: ComparisonParams) -> list[Attachment]:
    shown: list[Attachment] = []
    for one in params.attachments:
        if isinstance(one, Attachment):
            shown.append(one)
        elif params.attachment_type is None:
            raise InvalidParams("is missing", at="attachment_type", hint=_MENDS["attachment_type"])
        else:
            shown.append(Attachment(type=params.attachment_type, content=one))
    return shown


def attachments(params: Params) -> dict[str, AttachmentType]:
    """Return the URLs to fetch; text attachments are shown as they stand."""
    return urls_of(_shown(params_of(params, ComparisonParams, _MENDS)))


def check_response(params: Params, response: Response) -> dict[str, object]:
    """Prove a response: a choice if choices are offered, a text for every field."""
    parsed = params_of(params, ComparisonParams, _MENDS)
    given = response_of(response, _Response)
    checked: dict[str, object] = {}
    offered = [] if parsed.choices is None else leaves(parsed.choices, "choices")
    if given.choice is not None and given.choice not in offered:
        raise InvalidResponse(
            f"is {given.choice[:100]!r}, which is not offered",
            at="choice",
            hint="Choose from the choices of the task.",
        )
    if offered and given.choice is None:
        raise InvalidResponse("is missing", at="choice", hint="Choose one.")
    if given.choice is not None:
        checked["choice"] = given.choice
    fields = filled_in(parsed.fields or {}, given.fields, "fields")
    if fields:
        checked["fields"] = fields
    return checked


def canned_response(params: Params) -> dict[str, object]:
    """Answer a test task with its first choice and `test response` in every field."""
    parsed = params_of(params, ComparisonParams, _MENDS)
    canned: dict[str, object] = {"fields": dict.fromkeys(parsed.fields or {}, "test response")}
    if parsed.choices is not None:
        canned["choice"] = leaves(parsed.choices, "choices")[0]
    return check_response(params, canned)


def reading(params: Params) -> Reading[str] | Reading[Mapping[str, str]]:
    """Read the choice; where fields are asked for too, it is one field among the others."""
    if params.get("fields") is not None:
        return Reading(kind=FIELDS, answer=_texts, response=partial(_response_of_texts, params))
    return Reading(
        kind=CHOICE,
        answer=_choice,
        response=partial(_response_of_choice, params),
        classes=partial(_classes, params),
    )


def _choice(response: Response) -> str:
    return msgspec.convert(response[_CHOICE], str)


def _texts(response: Response) -> Mapping[str, str]:
    fields = msgspec.convert(response["fields"], dict[str, str])
    texts = {_FIELD + key: text for key, text in fields.items()}
    if _CHOICE in response:
        texts[_CHOICE] = _choice(response)
    return texts


def _response_of_choice(params: Params, choice: str) -> dict[str, object]:
    return check_response(params, {_CHOICE: choice})


def _response_of_texts(params: Params, texts: Mapping[str, str]) -> dict[str, object]:
    worded: dict[str, object] = {
        "fields": {
            key.removeprefix(_FIELD): text for key, text in texts.items() if key.startswith(_FIELD)
        }
    }
    if _CHOICE in texts:
        worded[_CHOICE] = texts[_CHOICE]
    return check_response(params, worded)


def _classes(params: Params) -> Sequence[str]:
    choices = params_of(params, ComparisonParams, _MENDS).choices
    return leaves(choices, "choices") if choices is not None else ()


COMPARISON = TaskType(
    name="comparison",
    params=ComparisonParams,
    parse_params=parse_params,
    attachments=attachments,
    check_response=check_response,
    canned_response=canned_response,
    reading=reading,
)
