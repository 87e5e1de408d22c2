"""Conditions: what must have been answered for a question to be asked at all."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import TypeAlias, cast

from evenhand.task_types.contract import InvalidParams

WANTED_MAX = 5_000  # answers named in one condition; twice what one question may offer
PARTS_MAX = 500  # conditions of all questions asked together; as many as a form has fields

# What was answered to each question, as `keys` words it; what was not answered is not there.
Answers: TypeAlias = Mapping[str, frozenset[object]]


@dataclass(frozen=True, slots=True)
class Has:
    """One of these was answered to a question."""

    name: str
    wanted: tuple[object, ...]
    keys: frozenset[object]


@dataclass(frozen=True, slots=True)
class Every:
    """All of these hold."""

    parts: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class Some:
    """One of these holds."""

    parts: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class No:
    """This does not hold."""

    part: "Condition"


Condition: TypeAlias = Has | Every | Some | No

MEND = (
    'Send for example [{"colour": ["red", "blue"], "parked": "yes"}]: of a list one must hold, of '
    'an object all must, and {"not": …} turns it round.'
)


def read(raw: object, at: str) -> Condition:
    """Read a condition as customers word it: lists are or, objects are and, `not` is not."""
    if isinstance(raw, list):
        parts = cast("list[object]", raw)
        if not parts:
            raise InvalidParams("is an empty list, which nothing satisfies", at=at, hint=MEND)
        return Some(tuple(read(one, f"{at}[{place}]") for place, one in enumerate(parts)))
    if not isinstance(raw, dict) or not raw:
        raise InvalidParams("is no condition", at=at, hint=MEND)
    members = cast("dict[str, object]", raw)
    return Every(
        tuple(
            No(read(value, f"{at}.not")) if name == "not" else _about(name, value, f"{at}.{name}")
            for name, value in members.items()
        )
    )


def _about(name: str, wanted: object, at: str) -> Condition:
    if isinstance(wanted, dict):
        members = cast("dict[str, object]", wanted)
        if members.keys() == {"not"}:
            return No(_about(name, members["not"], f"{at}.not"))
        raise InvalidParams("names no answers", at=at[:200], hint=MEND)
    values = cast("list[object]", wanted) if isinstance(wanted, list) else [wanted]
    if not 1 <= len(values) <= WANTED_MAX or any(isinstance(one, dict | list) for one in values):
        raise InvalidParams("names no answers", at=at[:200], hint=MEND)
    return Has(name, tuple(values), keys(values))


def keys(values: Sequence[object]) -> frozenset[object]:
    """Word answers so that they can be looked up; to Python true is 1, but not to who answers."""
    return frozenset(
        (isinstance(value, bool), value) for value in values if not isinstance(value, dict | list)
    )


def fits(kind: str, value: object, choices: Collection[str]) -> bool:
    """Say whether a question of this kind, with these choices, can be answered so."""
    match kind:
        case "category":
            return isinstance(value, str) and value in choices
        case "boolean":
            return isinstance(value, bool)
        case "text":
            return isinstance(value, str)
        case _:
            return isinstance(value, int | float) and not isinstance(value, bool)


def parts_of(condition: Condition) -> Iterable[Has]:
    """Return what a condition looks at, however it is put together."""
    match condition:
        case Has():
            yield condition
        case Every(parts=parts) | Some(parts=parts):
            for part in parts:
                yield from parts_of(part)
        case No(part=part):
            yield from parts_of(part)


def holds(condition: Condition, answers: Answers) -> bool:
    """Say whether a condition holds of what was answered."""
    match condition:
        case Has(name=name, keys=wanted):
            return not wanted.isdisjoint(answers.get(name, ()))
        case Every(parts=parts):
            return all(holds(part, answers) for part in parts)
        case Some(parts=parts):
            return any(holds(part, answers) for part in parts)
        case No(part=part):
            return not holds(part, answers)


def in_order(conditions: Mapping[str, Condition], at: str) -> tuple[str, ...]:
    """Put questions after those that their conditions look at; a circle is refused."""
    if sum(1 for one in conditions.values() for _ in parts_of(one)) > PARTS_MAX:
        raise InvalidParams(
            f"has more than {PARTS_MAX:,} conditions", at=at, hint="Ask with fewer of them."
        )
    looks = {
        name: {part.name for part in parts_of(condition)} & conditions.keys()
        for name, condition in conditions.items()
    }
    try:
        return tuple(TopologicalSorter(looks).static_order())
    except CycleError as error:
        around = " > ".join(name[:100] for name in cast("list[str]", error.args[1])[:5])
        raise InvalidParams(
            f"has conditions that wait for each other: {around}",
            at=at,
            hint="Let one of them be asked without a condition.",
        ) from None


def unasked(
    conditions: Mapping[str, Condition], order: Sequence[str], answers: Answers
) -> set[str]:
    """Name the questions that are not asked; what was answered to such a one counts for nothing."""
    found: set[str] = set()
    counted = dict(answers)
    for name in order:
        if not holds(conditions[name], counted):
            found.add(name)
            counted.pop(name, None)
    return found
