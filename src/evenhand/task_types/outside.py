"""Proof that what comes from outside is plain, bounded JSON of the expected form."""

import math
import re
from collections.abc import Iterable, Mapping
from typing import TypeGuard, TypeVar, cast

import msgspec

from evenhand.task_types.contract import Invalid, InvalidParams, InvalidResponse

DEPTH_MAX = 32  # levels; the deepest honest taxonomy seen has six
STRING_LENGTH_MAX = 1_000_000  # characters; a long book chapter is a tenth of this
NUMBER_MAX = 2**63  # larger integers do not survive most JSON readers

_Form = TypeVar("_Form", bound=msgspec.Struct)
_AT = re.compile(r" - at `\$\.?(.*)`$")
_UNKNOWN = re.compile(r"Object contains unknown field `(.+)`$")
_MISSING = re.compile(r"Object missing required field `(.+)`$")


def params_of(raw: Mapping[str, object], form: type[_Form], mends: Mapping[str, str]) -> _Form:
    """Prove raw params to be of this form; strings that spell numbers and booleans count as such.

    Lenient in that one way because form-encoded bodies carry nothing but strings.
    """
    try:
        return msgspec.convert(raw, form, strict=False)
    except msgspec.ValidationError as error:
        raise _translated(error, InvalidParams, mends) from None


def response_of(raw: Mapping[str, object], form: type[_Form]) -> _Form:
    """Prove a raw response to be of this form, strictly, after proving it plain JSON."""
    prove_json(raw, InvalidResponse)
    try:
        return msgspec.convert(raw, form)
    except msgspec.ValidationError as error:
        raise _translated(error, InvalidResponse, {}) from None


def present(raw: Mapping[str, object]) -> dict[str, object]:
    """Prove raw params to be plain JSON and leave out nulls: a null is a param not sent."""
    prove_json(raw, InvalidParams)
    return {name: value for name, value in raw.items() if value is not None}


def prove_json(raw: object, invalid: type[Invalid]) -> None:
    """Refuse whatever cannot be stored and sent on as JSON: NaN, NUL, lone surrogates, depth."""
    # Most objects are shallow; an exact dict keeps subclasses with odd behaviour out.
    if type(raw) is not dict:
        raise invalid("must be an object", hint='Send a JSON object such as {"key": "value"}.')
    fault = _fault(cast("object", raw), 0)
    if fault is not None:
        at, problem, hint = fault
        raise invalid(problem, at=at.lstrip("."), hint=hint)


def is_plain_text(value: object) -> TypeGuard[str]:
    """Say whether a value is a string in which `prove_json` would find no fault."""
    return type(value) is str and _fault_in_string(value) is None


def are_plain(members: Mapping[str, object], names: Iterable[str]) -> bool:
    """Say whether these members are short ASCII texts and numbers; True means no fault at all."""
    return all(is_plain_text(name) and _is_plain(members[name]) for name in names)


def _fault(value: object, depth: int) -> tuple[str, str, str] | None:
    kind = type(value)
    if kind is str:
        return _fault_in_string(cast("str", value))
    if kind is bool or value is None:
        return None
    if kind is list:
        return _fault_in_list(cast("list[object]", value), depth)
    if kind is dict:
        return _fault_in_dict(cast("dict[object, object]", value), depth)
    if kind is int or kind is float:
        # NaN fails every comparison, so the test is written to catch it too.
        fine = -NUMBER_MAX <= cast("float", value) <= NUMBER_MAX
        return None if fine else ("", "is not a finite number below 2**63", "Send a string.")
    return "", f"is of type {kind.__name__}, which JSON does not have", "Send plain JSON."


def _is_plain(value: object) -> bool:
    """Say of what most values are, short ASCII and numbers, that there is no fault to look for."""
    kind = type(value)
    if kind is str:
        text = cast("str", value)
        return text.isascii() and "\0" not in text and len(text) <= STRING_LENGTH_MAX
    if kind is int or kind is float:
        return -NUMBER_MAX <= cast("float", value) <= NUMBER_MAX
    return False


def _fault_in_string(text: str) -> tuple[str, str, str] | None:
    if len(text) > STRING_LENGTH_MAX:
        return "", f"is longer than {STRING_LENGTH_MAX:,} characters", "Split it, or send a URL."
    if "\0" in text:
        return "", "holds the character NUL, which cannot be stored", "Remove it."
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return "", "holds half of a surrogate pair", "Send whole Unicode characters."
    return None


def _fault_in_list(items: list[object], depth: int) -> tuple[str, str, str] | None:
    if depth >= DEPTH_MAX:
        return "", f"is nested deeper than {DEPTH_MAX} levels", "Flatten it."
    for position, item in enumerate(items):
        if _is_plain(item):
            continue
        fault = _fault(item, depth + 1)
        if fault is not None:
            return f"[{position}]{fault[0]}", fault[1], fault[2]
    return None


def _fault_in_dict(members: dict[object, object], depth: int) -> tuple[str, str, str] | None:
    if depth >= DEPTH_MAX:
        return "", f"is nested deeper than {DEPTH_MAX} levels", "Flatten it."
    for name, member in members.items():
        if _is_plain(name) and _is_plain(member) and type(name) is str:
            continue
        if type(name) is not str:
            return "", "has a name that is not a string", "JSON names are strings."
        fault = _fault_in_string(name)
        if fault is not None:
            return "", f"has a name that {fault[1]}", fault[2]
        fault = _fault(member, depth + 1)
        if fault is not None:
            return f".{name[:100]}{fault[0]}", fault[1], fault[2]
    return None


def _translated(
    error: msgspec.ValidationError, invalid: type[Invalid], mends: Mapping[str, str]
) -> Invalid:
    text = str(error)
    found = _AT.search(text)
    at = found.group(1) if found else ""
    problem = text[: found.start()] if found else text
    missing = _MISSING.match(problem)
    if missing:
        at = f"{at}.{missing.group(1)}" if at else missing.group(1)
        problem = "is missing"
    elif unknown := _UNKNOWN.match(problem):
        at = f"{at}.{unknown.group(1)}" if at else unknown.group(1)
        problem = "is not known here, and would change nothing"
    elif problem:
        problem = f"is not as it should be: {problem[0].lower()}{problem[1:]}"
    top = re.split(r"[.\[]", at, maxsplit=1)[0]
    return invalid(problem, at=at, hint=mends.get(top, ""))


def finite(number: float, limit: float) -> bool:
    """Say whether a number is finite and its magnitude within the limit."""
    return math.isfinite(number) and abs(number) <= limit
