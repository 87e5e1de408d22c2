"""Text collection: a small form about what is shown.

A field is a text, a number, a yes or no, a category, or a set of fields.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeAlias, cast

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
    canonical,
    plain,
)
from evenhand.task_types.keyed_fields import FIELDS_MAX, KEY_LENGTH_MAX, VALUE_LENGTH_MAX
from evenhand.task_types.labels import Choice, leaves
from evenhand.task_types.outside import finite, params_of, present, response_of

NUMBER_MAX = 1e15  # magnitude; beyond it neighbouring whole numbers blur in a browser
RESPONSES_MAX = 100  # values a field; a list longer than that is another task
SETS_MAX = 5_000  # field sets a response, at all levels; a page of a register has some hundred

FieldKind: TypeAlias = Literal["text", "number", "boolean", "category", "set"]

# The contract's own names, and the short ones that are in use as well.
_KINDS: dict[str, FieldKind] = {
    "textfield": "text",
    "text": "text",
    "numberfield": "number",
    "number": "number",
    "booleanfield": "boolean",
    "boolean": "boolean",
    "categoryfield": "category",
    "category": "category",
    "fieldset": "set",
}
_MENDS = {
    **ATTACHMENT_MENDS,
    "attachments": 'Send a list such as [{"type": "text", "content": "What to look at"}].',
    "fields": 'Send a list such as [{"field_id": "title", "type": "TextField", "title": "Title"}].',
}


class FieldChoice(msgspec.Struct, frozen=True, kw_only=True):
    """A choice of a category field: what is shown, and what is meant."""

    value: str
    label: str | None = None


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the form; it must be filled in unless it says otherwise."""

    field_id: str
    type: str
    title: str | None = None
    required: bool | None = None
    choices: list[str | FieldChoice] | None = None
    fields: list["Field"] | None = None
    min: float | None = None
    max: float | None = None
    allow_multiple: bool = False
    min_responses_required: int | None = None
    max_responses_required: int | None = None
    conditions: object = None


class TextCollectionParams(msgspec.Struct, frozen=True, kw_only=True):
    """The params of a text collection."""

    attachments: list[Attachment]
    fields: list[Field]


class _Response(msgspec.Struct, frozen=True, kw_only=True):
    annotations: dict[str, object]


class _CategoryForm(msgspec.Struct, frozen=True, kw_only=True):
    """The other way in which clients word a category: lists of lists."""

    response: list[list[str] | str] | str


def parse_params(raw: Params) -> dict[str, object]:
    """Prove the params of a text collection."""
    echo = present(raw)
    params = params_of(echo, TextCollectionParams, _MENDS)
    check_attachments(params.attachments)
    _check_fields(params.fields, "fields")
    return echo


def _check_fields(fields: Sequence[Field], at: str) -> None:
    if not 1 <= len(fields) <= FIELDS_MAX:
        raise InvalidParams(
            f"has {len(fields):,} fields", at=at, hint=f"Ask for 1 to {FIELDS_MAX} fields."
        )
    if len({field.field_id for field in fields}) < len(fields):
        raise InvalidParams("uses one field_id twice", at=at, hint="Give every field its own.")
    for position, field in enumerate(fields):
        _check_field(field, f"{at}[{position}]")


def _check_field(field: Field, at: str) -> None:
    if not field.field_id.strip() or len(field.field_id) > KEY_LENGTH_MAX:
        raise InvalidParams(
            f"is blank or longer than {KEY_LENGTH_MAX} characters", at=f"{at}.field_id"
        )
    kind = _KINDS.get(field.type.lower())
    if kind is None:
        raise InvalidParams(
            f"is {field.type[:100]!r}, which is not supported",
            at=f"{at}.type",
            hint="Use TextField, NumberField, BooleanField, category or FieldSet.",
        )
    if kind == "category":
        _ = _values(field, at)
    if kind == "set":
        _check_fields(field.fields or [], f"{at}.fields")
    least, most = _bounds(field)
    if not 0 <= least <= most <= RESPONSES_MAX or most < 1:
        raise InvalidParams(
            "asks for a number of responses that cannot be given",
            at=at,
            hint=f"Keep min_responses_required <= max_responses_required <= {RESPONSES_MAX}.",
        )
    if not _lowest(field) <= _highest(field):
        raise InvalidParams("has a min above its max", at=at, hint="Swap them.")


def _values(field: Field, at: str) -> list[str]:
    named: list[str | Choice] = [
        choice if isinstance(choice, str) else choice.value for choice in field.choices or []
    ]
    return leaves(named, f"{at}.choices")


def _kind(field: Field) -> FieldKind:
    return _KINDS[field.type.lower()]


def _bounds(field: Field) -> tuple[int, int]:
    """Say how few and how many values the field takes."""
    most = field.max_responses_required
    if most is None:
        most = RESPONSES_MAX if field.allow_multiple else 1
    if field.min_responses_required is not None:
        return field.min_responses_required, most
    # A field that shows only under conditions may rightly stay empty.
    required = field.conditions is None if field.required is None else field.required
    return int(required), most


def _lowest(field: Field) -> float:
    return -NUMBER_MAX if field.min is None else max(field.min, -NUMBER_MAX)


def _highest(field: Field) -> float:
    return NUMBER_MAX if field.max is None else min(field.max, NUMBER_MAX)


def attachments(params: Params) -> dict[str, AttachmentType]:
    """Return the URLs to fetch; text attachments are shown as they stand."""
    return urls_of(params_of(params, TextCollectionParams, _MENDS).attachments)


@dataclass(frozen=True, slots=True)
class _Form:
    """Fields as they are looked up: by name, in order, and those that must be there."""

    fields: Mapping[str, tuple[int, Field]]
    required: frozenset[str]
    choices: Mapping[str, frozenset[str]]
    sets: Mapping[str, "_Form"]


def _form(fields: Sequence[Field], at: str) -> _Form:
    return _Form(
        fields={field.field_id: (place, field) for place, field in enumerate(fields)},
        required=frozenset(field.field_id for field in fields if _bounds(field)[0] > 0),
        choices={
            field.field_id: frozenset(_values(field, at))
            for field in fields
            if _kind(field) == "category"
        },
        sets={
            field.field_id: _form(field.fields or [], at)
            for field in fields
            if _kind(field) == "set"
        },
    )


def check_response(params: Params, response: Response) -> dict[str, object]:
    """Prove a response; category fields may be worded either way and come out as values."""
    parsed = params_of(params, TextCollectionParams, _MENDS)
    given = response_of(response, _Response).annotations
    if _sets_in(given) > SETS_MAX:
        raise InvalidResponse(
            f"has more than {SETS_MAX:,} sets of fields",
            at="annotations",
            hint="Fill in fewer, or split the work into several tasks.",
        )
    return {"annotations": _checked_fields(_form(parsed.fields, "fields"), given, "annotations")}


def _sets_in(given: Mapping[str, object]) -> int:
    """Count objects in objects and lists, up to one more than there may be."""
    left: list[object] = [given]
    count = 0
    while left and count <= SETS_MAX:
        one = left.pop()
        if isinstance(one, dict):
            count += 1
            left.extend(cast("dict[str, object]", one).values())
        elif isinstance(one, list):
            left.extend(cast("list[object]", one))
    return count


def _checked_fields(form: _Form, given: Mapping[str, object], at: str) -> dict[str, object]:
    """Look at what is there and at what must be, however many more fields there are."""
    strangers = given.keys() - form.fields.keys()
    if strangers:
        raise InvalidResponse(
            f"has the field {min(strangers)[:100]!r}, which the task does not ask for",
            at=at,
            hint="Answer the fields of the task by their field_id.",
        )
    checked: dict[str, object] = {}
    for name in sorted(given.keys() | form.required, key=lambda name: form.fields[name][0]):
        value = _checked_field(form, name, given.get(name), f"{at}.{name}")
        if value is not None:
            checked[name] = value
    return checked


def _checked_field(form: _Form, name: str, given: object, at: str) -> object:
    _, field = form.fields[name]
    least, most = _bounds(field)
    if _kind(field) == "category":
        given = _unwrapped(given)
    several = cast("list[object]", given) if isinstance(given, list) else [given]
    filled = [value for value in several if value is not None and value != ""]
    if not least <= len(filled) <= most:
        raise InvalidResponse(
            f"has {len(filled)} values" if filled else "is missing",
            at=at,
            hint=f"Give {least} to {most} values." if most > 1 else "Give one value.",
        )
    values = [_checked_value(form, field, value, at) for value in filled]
    if most > 1:
        return values or None
    return values[0] if values else None


def _unwrapped(given: object) -> object:
    if not isinstance(given, dict):
        return given
    try:
        worded = msgspec.convert(given, _CategoryForm).response
    except msgspec.ValidationError:
        # Whatever it is, it is no choice, and is refused as one below.
        return cast("object", given)
    if isinstance(worded, str):
        return worded
    return [value for one in worded for value in ([one] if isinstance(one, str) else one)]


def _checked_value(form: _Form, field: Field, value: object, at: str) -> object:
    match _kind(field):
        case "text":
            if not isinstance(value, str) or len(value) > VALUE_LENGTH_MAX:
                raise InvalidResponse(
                    f"is not a text of at most {VALUE_LENGTH_MAX:,} characters", at=at
                )
            return value
        case "number":
            # A boolean is an int to Python, but not to the person who reads the result.
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise InvalidResponse("is not a number", at=at, hint="Send a number.")
            low, high = _lowest(field), _highest(field)
            if not (finite(value, NUMBER_MAX) and low <= value <= high):
                raise InvalidResponse(f"lies outside {plain(low)} to {plain(high)}", at=at)
            return plain(value)
        case "boolean":
            if not isinstance(value, bool):
                raise InvalidResponse("is not true or false", at=at, hint="Send true or false.")
            return value
        case "category":
            if not isinstance(value, str) or value not in form.choices[field.field_id]:
                raise InvalidResponse(
                    "is not one of the choices", at=at, hint="Choose from the field's choices."
                )
            return value
        case "set":
            if not isinstance(value, dict):
                raise InvalidResponse("is not an object", at=at, hint="Answer by field_id.")
            inner = form.sets[field.field_id]
            return _checked_fields(inner, cast("dict[str, object]", value), at)


def canned_response(params: Params) -> dict[str, object]:
    """Answer a test task by filling in every field, with `test response` where text goes."""
    parsed = params_of(params, TextCollectionParams, _MENDS)
    return check_response(params, {"annotations": _canned_fields(parsed.fields)})


def _canned_fields(fields: Sequence[Field]) -> dict[str, object]:
    canned: dict[str, object] = {}
    for field in fields:
        least, most = _bounds(field)
        value = _canned(field)
        canned[field.field_id] = [value] * max(1, least) if most > 1 else value
    return canned


def _canned(field: Field) -> object:
    match _kind(field):
        case "text":
            return "test response"
        case "number":
            return plain(min(max(0.0, _lowest(field)), _highest(field)))
        case "boolean":
            return False
        case "category":
            return _values(field, field.field_id)[0]
        case "set":
            return _canned_fields(field.fields or [])


def reading(params: Params) -> Reading[str] | Reading[Mapping[str, str]]:
    """Read a form of one question as a choice, and any other as a text for each field."""
    fields = params_of(params, TextCollectionParams, _MENDS).fields
    if not _is_one_question(fields):
        return Reading(
            kind=FIELDS,
            answer=partial(_texts, fields),
            response=partial(_response_of_texts, params, fields),
        )
    (question,) = fields
    return Reading(
        kind=CHOICE,
        answer=partial(_choice, question),
        response=partial(_response_of_choice, params, question),
        classes=partial(_values, question, question.field_id),
    )


def _is_one_question(fields: Sequence[Field]) -> bool:
    return len(fields) == 1 and _kind(fields[0]) == "category" and _bounds(fields[0]) == (1, 1)


def _choice(question: Field, response: Response) -> str:
    given = msgspec.convert(response, _Response).annotations
    return msgspec.convert(given[question.field_id], str)


def _texts(fields: Sequence[Field], response: Response) -> Mapping[str, str]:
    """Take the text of each field: its own, or the value as JSON."""
    given = msgspec.convert(response, _Response).annotations
    texts: dict[str, str] = {}
    for field in fields:
        value = given.get(field.field_id)
        if value is not None:
            texts[field.field_id] = (
                msgspec.convert(value, str) if _is_text(field) else canonical(value)
            )
    return texts


def _is_text(field: Field) -> bool:
    return _kind(field) in ("text", "category") and _bounds(field)[1] == 1


def _response_of_choice(params: Params, question: Field, choice: str) -> dict[str, object]:
    return check_response(params, {"annotations": {question.field_id: choice}})


def _response_of_texts(
    params: Params, fields: Sequence[Field], texts: Mapping[str, str]
) -> dict[str, object]:
    annotations: dict[str, object] = {}
    for field in fields:
        text = texts.get(field.field_id)
        if text is not None:
            annotations[field.field_id] = text if _is_text(field) else json.loads(text)
    return check_response(params, {"annotations": annotations})


TEXTCOLLECTION = TaskType(
    name="textcollection",
    params=TextCollectionParams,
    parse_params=parse_params,
    attachments=attachments,
    check_response=check_response,
    canned_response=canned_response,
    reading=reading,
)
