"""Text collection: a small form about what is shown.

A field is a text, a number, a yes or no, a category, or a set of fields.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import cast

import msgspec

from evenhand.quality.live.kinds.choice import CHOICE
from evenhand.quality.live.kinds.fields import FIELDS
from evenhand.task_types import conditions
from evenhand.task_types.attached import (
    ATTACHMENT_MENDS,
    Attachment,
    AttachmentType,
    check_attachments,
    urls_of,
)
from evenhand.task_types.conditions import Condition
from evenhand.task_types.contract import (
    InvalidResponse,
    Params,
    Reading,
    Response,
    TaskType,
    canonical,
    plain,
)
from evenhand.task_types.form_fields import (
    NUMBER_MAX,
    Field,
    bounds_of,
    check_fields,
    conditions_of,
    highest,
    kind_of,
    lowest,
    values_of,
)
from evenhand.task_types.keyed_fields import VALUE_LENGTH_MAX
from evenhand.task_types.outside import finite, params_of, present, response_of

# Conditions of all sets of fields of a response together: some tenth of a second.
CONDITIONS_LOOKED_AT_MAX = 100_000
SETS_MAX = 5_000  # field sets a response, at all levels; a page of a register has some hundred

_MENDS = {
    **ATTACHMENT_MENDS,
    "attachments": 'Send a list such as [{"type": "text", "content": "What to look at"}].',
    "fields": 'Send a list such as [{"field_id": "title", "type": "TextField", "title": "Title"}].',
}


class TextCollectionParams(msgspec.Struct, frozen=True, kw_only=True):
    """The params of a text collection."""

    attachments: list[Attachment]
    fields: list[Field]
    title: str | None = None
    description: str | None = None


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
    check_fields(params.fields, "fields")
    return echo


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
    conditions: Mapping[str, Condition]
    order: Sequence[str]  # of the fields that have conditions, each after those it looks at

    def unasked(self, given: Mapping[str, object]) -> set[str]:
        """Name the fields that are not asked, as others are answered so."""
        if not self.conditions:
            return set()
        answers = {name: conditions.keys(_several(value)) for name, value in given.items()}
        return conditions.unasked(self.conditions, self.order, answers)


def _form(fields: Sequence[Field], at: str) -> _Form:
    read, order = conditions_of(fields, at)
    return _Form(
        conditions=read,
        order=order,
        fields={field.field_id: (place, field) for place, field in enumerate(fields)},
        required=frozenset(field.field_id for field in fields if bounds_of(field)[0] > 0),
        choices={
            field.field_id: frozenset(values_of(field, at))
            for field in fields
            if kind_of(field) == "category"
        },
        sets={
            field.field_id: _form(field.fields or [], at)
            for field in fields
            if kind_of(field) == "set"
        },
    )


def check_response(params: Params, response: Response) -> dict[str, object]:
    """Prove a response; category fields may be worded either way and come out as values."""
    return _checked(params, response)


def _checked(params: Params, response: Response, *, is_whole: bool = True) -> dict[str, object]:
    parsed = params_of(params, TextCollectionParams, _MENDS)
    given = response_of(response, _Response).annotations
    if _sets_in(given) > SETS_MAX:
        raise InvalidResponse(
            f"has more than {SETS_MAX:,} sets of fields",
            at="annotations",
            hint="Fill in fewer, or split the work into several tasks.",
        )
    form = _form(parsed.fields, "fields")
    if not is_whole:
        form = _without_duties(form)
    if _sets_in(given) * _conditions_in(form) > CONDITIONS_LOOKED_AT_MAX:
        raise InvalidResponse(
            f"needs more than {CONDITIONS_LOOKED_AT_MAX:,} looks at conditions",
            at="annotations",
            hint="Fill in fewer sets of fields.",
        )
    return {"annotations": _checked_fields(form, given, "annotations")}


def _without_duties(form: _Form) -> _Form:
    sets = {name: _without_duties(inner) for name, inner in form.sets.items()}
    return replace(form, required=frozenset(), sets=sets)


def _conditions_in(form: _Form) -> int:
    return len(form.conditions) + sum(map(_conditions_in, form.sets.values()))


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
    unasked = form.unasked(given)
    for name in sorted(given.keys() & unasked):
        if _filled(given[name]):
            raise InvalidResponse(
                "is answered, and is not asked as other fields are answered",
                at=f"{at}.{name}",
                hint="Leave it out where its conditions do not hold.",
            )
    checked: dict[str, object] = {}
    for name in sorted(
        (given.keys() | form.required) - unasked, key=lambda name: form.fields[name][0]
    ):
        value = _checked_field(form, name, given.get(name), f"{at}.{name}")
        if value is not None:
            checked[name] = value
    return checked


def _checked_field(form: _Form, name: str, given: object, at: str) -> object:
    _, field = form.fields[name]
    least, most = bounds_of(field)
    if kind_of(field) == "category":
        given = _unwrapped(given)
    filled = _filled(given)
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


def _several(given: object) -> list[object]:
    unwrapped = _unwrapped(given)
    return cast("list[object]", unwrapped) if isinstance(unwrapped, list) else [unwrapped]


def _filled(given: object) -> list[object]:
    several = cast("list[object]", given) if isinstance(given, list) else [given]
    return [value for value in several if value is not None and value != ""]


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
    match kind_of(field):
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
            low, high = lowest(field), highest(field)
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
    return _asked_alone(_form(fields, "fields"), _all_canned(fields))


def _asked_alone(form: _Form, given: Mapping[str, object]) -> dict[str, object]:
    """Leave out what is not asked as the rest is answered."""
    unasked = form.unasked(given)
    return {name: value for name, value in given.items() if name not in unasked}


def _all_canned(fields: Sequence[Field]) -> dict[str, object]:
    canned: dict[str, object] = {}
    for field in fields:
        least, most = bounds_of(field)
        value = _canned(field)
        canned[field.field_id] = [value] * max(1, least) if most > 1 else value
    return canned


def _canned(field: Field) -> object:
    match kind_of(field):
        case "text":
            return "test response"
        case "number":
            return plain(min(max(0.0, lowest(field)), highest(field)))
        case "boolean":
            return False
        case "category":
            return values_of(field, field.field_id)[0]
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
        classes=partial(values_of, question, question.field_id),
    )


def _is_one_question(fields: Sequence[Field]) -> bool:
    return len(fields) == 1 and kind_of(fields[0]) == "category" and bounds_of(fields[0]) == (1, 1)


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
    return kind_of(field) in ("text", "category") and bounds_of(field)[1] == 1


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
    if not any(field.conditions is not None for field in fields):
        return check_response(params, {"annotations": annotations})
    # Decided field by field, answers can be to questions that the others do not ask, or lack some.
    form = _without_duties(_form(fields, "fields"))
    asked = _asked_alone(form, annotations)
    return {"annotations": _checked_fields(form, asked, "annotations")}


TEXTCOLLECTION = TaskType(
    name="textcollection",
    params=TextCollectionParams,
    parse_params=parse_params,
    attachments=attachments,
    check_response=check_response,
    canned_response=canned_response,
    reading=reading,
    check_unfinished=partial(_checked, is_whole=False),
)
