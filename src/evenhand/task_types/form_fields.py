"""The fields of a form: what each asks, how it may be answered, and under which conditions."""

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

import msgspec

from evenhand.task_types import conditions
from evenhand.task_types.conditions import Condition
from evenhand.task_types.contract import InvalidParams
from evenhand.task_types.keyed_fields import FIELDS_MAX, KEY_LENGTH_MAX
from evenhand.task_types.labels import Choice, leaves

NUMBER_MAX = 1e15  # magnitude; beyond it neighbouring whole numbers blur in a browser
RESPONSES_MAX = 100  # values a field; a list longer than that is another task

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


class FieldChoice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A choice of a category field: what is shown, and what is meant."""

    value: str
    label: str | None = None


class Field(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One entry of the form; it must be filled in unless it says otherwise."""

    field_id: str
    type: str
    title: str | None = None
    description: str | None = None
    hint: str | None = None
    required: bool | None = None
    choices: list[str | FieldChoice] | None = None
    fields: list["Field"] | None = None
    min: float | None = None
    max: float | None = None
    allow_multiple: bool = False
    min_responses_required: int | None = None
    max_responses_required: int | None = None
    conditions: object = None


def check_fields(fields: Sequence[Field], at: str) -> None:
    """Refuse fields that nobody could fill in."""
    if not 1 <= len(fields) <= FIELDS_MAX:
        raise InvalidParams(
            f"has {len(fields):,} fields", at=at, hint=f"Ask for 1 to {FIELDS_MAX} fields."
        )
    if len({field.field_id for field in fields}) < len(fields):
        raise InvalidParams("uses one field_id twice", at=at, hint="Give every field its own.")
    for position, field in enumerate(fields):
        _check_field(field, f"{at}[{position}]")
    _ = conditions_of(fields, at)


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
        _ = values_of(field, at)
    if kind == "set":
        check_fields(field.fields or [], f"{at}.fields")
    least, most = bounds_of(field)
    if not 0 <= least <= most <= RESPONSES_MAX or most < 1:
        raise InvalidParams(
            "asks for a number of responses that cannot be given",
            at=at,
            hint=f"Keep min_responses_required <= max_responses_required <= {RESPONSES_MAX}.",
        )
    if not lowest(field) <= highest(field):
        raise InvalidParams("has a min above its max", at=at, hint="Swap them.")


def conditions_of(
    fields: Sequence[Field], at: str
) -> tuple[Mapping[str, Condition], Sequence[str]]:
    """Read the conditions of fields asked together; they look at each other and nowhere else."""
    read = {
        field.field_id: conditions.read(field.conditions, f"{at}[{place}].conditions")
        for place, field in enumerate(fields)
        if field.conditions is not None
    }
    if not read:
        return {}, ()
    known = {field.field_id: field for field in fields}
    choices = {
        name: frozenset(values_of(field, at))
        for name, field in known.items()
        if kind_of(field) == "category"
    }
    for place, field in enumerate(fields):
        for part in conditions.parts_of(read[field.field_id]) if field.field_id in read else ():
            _check_part(part, known.get(part.name), choices, f"{at}[{place}].conditions")
    return read, conditions.in_order(read, at)


def _check_part(
    part: conditions.Has,
    asked: Field | None,
    choices: Mapping[str, frozenset[str]],
    at: str,
) -> None:
    if asked is None or kind_of(asked) == "set":
        raise InvalidParams(
            f"looks at {part.name[:100]!r}, which is no field beside it that can be looked at",
            at=at,
            hint="Name the field_id of a field in the same list.",
        )
    offered = choices.get(part.name, frozenset())
    strangers = [one for one in part.wanted if not conditions.fits(kind_of(asked), one, offered)]
    if strangers:
        raise InvalidParams(
            f"waits for {str(strangers[0])[:100]!r}, which cannot be answered",
            at=at,
            hint="Name answers to the field as they are spelt there, or true and false.",
        )


def values_of(field: Field, at: str) -> list[str]:
    """Return the values that a category offers."""
    named: list[str | Choice] = [
        choice if isinstance(choice, str) else choice.value for choice in field.choices or []
    ]
    return leaves(named, f"{at}.choices")


def kind_of(field: Field) -> FieldKind:
    """Say what kind of answer a field takes."""
    return _KINDS[field.type.lower()]


def bounds_of(field: Field) -> tuple[int, int]:
    """Say how few and how many values the field takes."""
    most = field.max_responses_required
    if most is None:
        most = RESPONSES_MAX if field.allow_multiple else 1
    if field.min_responses_required is not None:
        return field.min_responses_required, most
    return int(field.required is not False), most


def lowest(field: Field) -> float:
    """Return the smallest number that may be filled in."""
    return -NUMBER_MAX if field.min is None else max(field.min, -NUMBER_MAX)


def highest(field: Field) -> float:
    """Return the largest number that may be filled in."""
    return NUMBER_MAX if field.max is None else min(field.max, NUMBER_MAX)
