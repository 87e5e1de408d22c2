"""Fields that are a mapping from key to what to write there, as two task types have them."""

from collections.abc import Mapping

from evenhand.task_types.contract import InvalidParams, InvalidResponse

FIELDS_MAX = 500  # fields a task; the longest paper forms have about 300
KEY_LENGTH_MAX = 200  # characters; a key is a name
VALUE_LENGTH_MAX = 100_000  # characters; a page of print holds about 3,000


def check_keys(fields: Mapping[str, str], at: str) -> None:
    """Refuse no fields, too many, and blank or overlong keys."""
    if not 1 <= len(fields) <= FIELDS_MAX:
        raise InvalidParams(
            f"has {len(fields)} fields", at=at, hint=f"Ask for 1 to {FIELDS_MAX} fields."
        )
    for key in fields:
        if not key or key.isspace() or len(key) > KEY_LENGTH_MAX:
            raise InvalidParams(
                "has a key that is blank or too long",
                at=at,
                hint=f"Give every field a key of 1 to {KEY_LENGTH_MAX} characters.",
            )


def filled_in(asked: Mapping[str, str], given: Mapping[str, str | None], at: str) -> dict[str, str]:
    """Return a text for every key asked for, in their order; null means nothing to write."""
    strangers = given.keys() - asked.keys()
    if strangers:
        raise InvalidResponse(
            f"has the key {min(strangers)[:100]!r}, which the task does not ask for",
            at=at,
            hint="Answer the fields of the task.",
        )
    texts: dict[str, str] = {}
    for key in asked:
        if key not in given:
            raise InvalidResponse(
                "is missing", at=f"{at}.{key}", hint="Send an empty string if there is nothing."
            )
        text = given[key] or ""
        if len(text) > VALUE_LENGTH_MAX:
            raise InvalidResponse(
                f"is longer than {VALUE_LENGTH_MAX:,} characters", at=f"{at}.{key}"
            )
        texts[key] = text
    return texts
