"""Attributes: questions about each shape or span, asked as soon as it has its label."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median_low
from typing import Literal, TypeAlias, cast

import msgspec

from evenhand.task_types import conditions
from evenhand.task_types.conditions import Condition
from evenhand.task_types.contract import InvalidParams, InvalidResponse, canonical, plain
from evenhand.task_types.keyed_fields import KEY_LENGTH_MAX
from evenhand.task_types.labels import Choice, leaves
from evenhand.task_types.outside import finite

ATTRIBUTES_MAX = 50  # questions about each mark; a person answers them once a shape
ATTRIBUTE_TEXT_MAX = 10_000  # characters; a remark about a shape is a sentence or two
NUMBER_MAX = 1e15  # magnitude, as in forms
ANGLE_MAX = 360  # degrees

MEND = (
    'Send {"colour": {"type": "category", "choices": ["red", "blue"]}}; category, number, angle, '
    "text and boolean are known."
)
CONDITIONS_MEND = (
    'Send {"label_condition": {"label": ["car"]}, "attribute_conditions": [{"parked": "no"}]}.'
)
# What stands for the mark's own label where conditions look at it: no attribute has this name.
_LABEL = "\0label"

AttributeKind: TypeAlias = Literal["category", "number", "angle", "text", "boolean"]
Given: TypeAlias = Mapping[str, object]


class Attribute(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A question about each mark; it must be answered unless it says otherwise."""

    type: AttributeKind = "category"
    description: str | None = None
    choices: list[str | Choice] | None = None
    allow_multiple: bool = False
    required: bool = True
    min: float | None = None
    max: float | None = None
    conditions: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The attributes that a task asks for, as they are looked up."""

    attributes: Mapping[str, Attribute]
    offered: Mapping[str, Mapping[str, int]]  # the choices of a category, with their places
    conditions: Mapping[str, Condition]
    order: Sequence[str]

    def unasked(self, label: str, given: Given) -> set[str]:
        """Name the attributes that are not asked of a mark with this label and these answers."""
        if not self.conditions:
            return set()
        answers = {name: conditions.keys(_values(value)) for name, value in given.items()}
        answers[_LABEL] = conditions.keys((label,))
        return conditions.unasked(self.conditions, self.order, answers)


NOTHING_ASKED = Asked(attributes={}, offered={}, conditions={}, order=())


def asked_of(
    attributes: Mapping[str, Attribute] | None,
    labels: Sequence[str],
    at: str = "annotation_attributes",
) -> Asked:
    """Prove attributes to be questions that can be answered about marks with these labels."""
    if not attributes:
        return NOTHING_ASKED
    if len(attributes) > ATTRIBUTES_MAX:
        raise InvalidParams(
            f"has {len(attributes):,} attributes; {ATTRIBUTES_MAX} are the most",
            at=at,
            hint="Ask fewer questions about each shape.",
        )
    offered = {name: _choices(name, one, f"{at}.{name[:100]}") for name, one in attributes.items()}
    known = frozenset(labels)
    read = {
        name: _condition(one.conditions, f"{at}.{name[:100]}.conditions")
        for name, one in attributes.items()
        if one.conditions is not None
    }
    for name, condition in read.items():
        where = f"{at}.{name[:100]}.conditions"
        for part in conditions.parts_of(condition):
            _check_part(part, attributes, offered, known, where)
    order = conditions.in_order(read, at)
    return Asked(attributes=attributes, offered=offered, conditions=read, order=order)


def _choices(name: str, one: Attribute, at: str) -> Mapping[str, int]:
    if not name.strip() or len(name) > KEY_LENGTH_MAX:
        raise InvalidParams(
            f"has a name that is blank or longer than {KEY_LENGTH_MAX} characters", at=at
        )
    if one.type != "category":
        if one.choices is not None or one.allow_multiple:
            raise InvalidParams(
                f"is of type {one.type}, which has no choices", at=at, hint="Leave them out."
            )
        least, most = bounds(one)
        if not least <= most:
            raise InvalidParams("has a min above its max", at=at, hint="Swap them.")
        return {}
    if one.min is not None or one.max is not None:
        raise InvalidParams("is a category and has a min or max", at=at, hint="Leave it out.")
    if not one.choices:
        raise InvalidParams("offers no choices", at=at, hint=MEND)
    return {choice: place for place, choice in enumerate(leaves(one.choices, f"{at}.choices"))}


def bounds(one: Attribute) -> tuple[float, float]:
    """Say which numbers answer a question."""
    if one.type == "angle":
        return max(one.min or 0.0, 0.0), ANGLE_MAX if one.max is None else min(one.max, ANGLE_MAX)
    least = -NUMBER_MAX if one.min is None else max(one.min, -NUMBER_MAX)
    return least, NUMBER_MAX if one.max is None else min(one.max, NUMBER_MAX)


def _condition(raw: object, at: str) -> Condition:
    """Read conditions as the contract words them; of a list one must hold."""
    if isinstance(raw, list) and raw:
        several = cast("list[object]", raw)
        return conditions.Some(tuple(_condition(one, at) for one in several))
    known = {"label_condition", "attribute_conditions"}
    if not isinstance(raw, dict) or not raw or not cast("dict[str, object]", raw).keys() <= known:
        raise InvalidParams("is no condition", at=at, hint=CONDITIONS_MEND)
    members = cast("dict[str, object]", raw)
    parts: list[Condition] = []
    if "label_condition" in members:
        about = members["label_condition"]
        if not isinstance(about, dict) or cast("dict[str, object]", about).keys() != {"label"}:
            raise InvalidParams("is no condition", at=at, hint=CONDITIONS_MEND)
        labels = cast("dict[str, object]", about)["label"]
        parts.append(conditions.read({_LABEL: labels}, f"{at}.label_condition"))
    if "attribute_conditions" in members:
        several = members["attribute_conditions"]
        each = cast("list[object]", several) if isinstance(several, list) else [several]
        parts += [conditions.read(one, f"{at}.attribute_conditions") for one in each]
    return conditions.Every(tuple(parts))


def _check_part(
    part: conditions.Has,
    attributes: Mapping[str, Attribute],
    offered: Mapping[str, Mapping[str, int]],
    labels: frozenset[str],
    at: str,
) -> None:
    if part.name == _LABEL:
        strangers = [one for one in part.wanted if one not in labels]
    elif part.name not in attributes:
        raise InvalidParams(
            f"looks at {part.name[:100]!r}, which is not asked for",
            at=at,
            hint="Name an attribute of the task.",
        )
    else:
        kind, choices = attributes[part.name].type, offered[part.name]
        strangers = [one for one in part.wanted if not conditions.fits(kind, one, choices)]
    if strangers:
        raise InvalidParams(
            f"waits for {str(strangers[0])[:100]!r}, which cannot be answered",
            at=at,
            hint="Name labels and choices of the task as they are spelt there.",
        )


def checked(
    asked: Asked, label: str, given: Given | None, at: str, *, is_whole: bool = True
) -> dict[str, object] | None:
    """Prove the attributes of a mark; they come out in the order in which they are asked.

    What is not `is_whole` may lack some, as a consensus does before it is voted on.
    """
    given = given or {}
    strangers = given.keys() - asked.attributes.keys()
    if strangers:
        raise InvalidResponse(
            f"has the attribute {min(strangers)[:100]!r}, which the task does not ask for",
            at=at,
            hint="Send only the annotation_attributes of the task.",
        )
    unasked = asked.unasked(label, given)
    proven: dict[str, object] = {}
    for name, one in asked.attributes.items():
        where = f"{at}.attributes.{name[:100]}"
        value = given.get(name)
        if value is None or value in ("", []):
            if is_whole and one.required and name not in unasked:
                raise InvalidResponse("is missing", at=where, hint="Answer it for each mark.")
            continue
        if name in unasked:
            raise InvalidResponse(
                "is answered, and is not asked of this mark",
                at=where,
                hint="Leave it out where its conditions do not hold.",
            )
        proven[name] = _proven(one, asked.offered[name], value, where)
    return proven if asked.attributes and proven else None


def _proven(one: Attribute, offered: Mapping[str, int], value: object, at: str) -> object:
    match one.type:
        case "category":
            values = _values(value) if one.allow_multiple else (value,)
            if any(not isinstance(each, str) or each not in offered for each in values):
                raise InvalidResponse(
                    "is not one of the choices",
                    at=at,
                    hint="Choose from the choices of the attribute.",
                )
            if not one.allow_multiple:
                return value
            texts = cast("Sequence[str]", values)
            return sorted(set(texts), key=offered.__getitem__)
        case "boolean":
            if not isinstance(value, bool):
                raise InvalidResponse("is not true or false", at=at, hint="Send true or false.")
            return value
        case "text":
            if not isinstance(value, str) or len(value) > ATTRIBUTE_TEXT_MAX:
                raise InvalidResponse(
                    f"is not a text of at most {ATTRIBUTE_TEXT_MAX:,} characters", at=at
                )
            return value
        case "number" | "angle":
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise InvalidResponse("is not a number", at=at, hint="Send a number.")
            least, most = bounds(one)
            if not (finite(value, NUMBER_MAX) and least <= value <= most):
                raise InvalidResponse(f"lies outside {plain(least)} to {plain(most)}", at=at)
            return plain(value)


def canned(asked: Asked, label: str) -> dict[str, object]:
    """Answer every attribute that is asked of a mark in a test."""
    answered = {name: _canned(one, asked.offered[name]) for name, one in asked.attributes.items()}
    unasked = asked.unasked(label, answered)
    return {name: value for name, value in answered.items() if name not in unasked}


def _canned(one: Attribute, offered: Mapping[str, int]) -> object:
    match one.type:
        case "category":
            first = next(iter(offered))
            return [first] if one.allow_multiple else first
        case "boolean":
            return False
        case "text":
            return "test response"
        case "number" | "angle":
            least, most = bounds(one)
            return plain(min(max(0.0, least), most))


def voted(asked: Asked, label: str, votes: Sequence[Given]) -> dict[str, object]:
    """Decide attribute by attribute what most said of a mark.

    Of numbers the middle one counts. Where as many say one thing as another, the text decides and
    not the order in which they came.
    """
    found: dict[str, object] = {}
    for name, one in asked.attributes.items():
        said = [vote[name] for vote in votes if name in vote]
        if said:
            found[name] = _most(one, said)
    unasked = asked.unasked(label, found)
    return {name: value for name, value in found.items() if name not in unasked}


def in_response(
    asked: Asked,
    response: Mapping[str, object],
    responses: Sequence[Mapping[str, object]],
    pairs: Callable[[Mapping[str, object]], Sequence[tuple[int, int]]],
) -> dict[str, object]:
    """Give each mark of a response the attributes that most gave to the marks it stands for.

    `pairs` says which mark of the response is which of another one.
    """
    marks = cast("list[dict[str, object]]", response["annotations"])
    votes: list[list[Given]] = [[] for _ in marks]
    for other in responses:
        theirs = cast("list[dict[str, object]]", other["annotations"])
        for ours, place in pairs(other):
            votes[ours].append(cast("Given", theirs[place].get("attributes") or {}))
    worded: list[dict[str, object]] = []
    for mark, said in zip(marks, votes, strict=True):
        given = {name: value for name, value in mark.items() if name != "attributes"}
        found = voted(asked, cast("str", mark["label"]), said)
        worded.append({**given, "attributes": found} if found else given)
    return {**response, "annotations": worded}


def _most(one: Attribute, said: Sequence[object]) -> object:
    if one.type == "number":
        return median_low(cast("Sequence[float]", said))
    texts = [canonical(value) for value in said]
    frequency = Counter(texts)
    chosen = min(frequency, key=lambda text: (-frequency[text], text))
    return said[texts.index(chosen)]


def _values(value: object) -> tuple[object, ...]:
    return tuple(cast("list[object]", value)) if isinstance(value, list) else (value,)
