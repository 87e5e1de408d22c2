"""What the columns of a table say of a task: its cells are text, and become what a task takes."""

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, cast

import msgspec
from msgspec import inspect

from evenhand.app.commands.row_values import decoded
from evenhand.foundation.errors import Invalid
from evenhand.task_types import InvalidParams, task_type
from evenhand.work.intake import COMMON_TYPES

Others: TypeAlias = Literal["refuse", "metadata"]
_Reading: TypeAlias = Callable[[str, str], object]

METADATA = "metadata."
NAME_SHOWN_MAX = 100
NAMES_SHOWN_MAX = 10
# In a cell that is no JSON they part what should have been a list.
_PARTING = (",", ";", "|", "\n")
_TEXTS = (inspect.StrType, inspect.LiteralType)
_PLAIN = (inspect.IntType, inspect.FloatType, inspect.BoolType)


class UnknownColumns(Invalid):
    """The table has columns that say nothing of a task."""


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    read: _Reading
    is_metadata: bool = False


def known_columns(type_name: str) -> frozenset[str]:
    """The names of columns that say something of a task of this type, beside `metadata.` ones."""
    return frozenset(_types(type_name))


class Columns:
    """How the rows of one table are read."""

    def __init__(self, names: Sequence[str], type_name: str, others: Others) -> None:
        types = _types(type_name)
        strangers = [n for n in names if n not in types and not n.startswith(METADATA)]
        if strangers and others == "refuse":
            raise UnknownColumns(_told_of(strangers, sorted(types)))
        self._columns = [_column(name, types) for name in names]

    def fields(self, cells: Sequence[str]) -> dict[str, object]:
        """What a row says; an empty cell says nothing."""
        fields: dict[str, object] = {}
        metadata: dict[str, object] = {}
        for column, cell in zip(self._columns, cells, strict=True):
            if not cell:
                continue
            into = metadata if column.is_metadata else fields
            into[column.name] = column.read(cell, column.name)
        if metadata:
            fields["metadata"] = _both(fields.get("metadata"), metadata)
        return fields


def _types(type_name: str) -> dict[str, Any]:
    params = task_type(type_name).params
    own = {field.name: field.type for field in msgspec.structs.fields(params)}
    return {"type": str, **COMMON_TYPES, **own}


def _column(name: str, types: Mapping[str, Any]) -> _Column:
    if name in types:
        return _Column(name, _reading(types[name]))
    return _Column(name.removeprefix(METADATA), _as_it_is, is_metadata=True)


def _reading(kind: Any) -> _Reading:
    found = inspect.type_info(kind)
    kinds = found.types if isinstance(found, inspect.UnionType) else (found,)
    kinds = tuple(one for one in kinds if not isinstance(one, inspect.NoneType))
    if all(isinstance(one, _TEXTS) for one in kinds):
        return _as_it_is
    if all(isinstance(one, _PLAIN) for one in kinds):
        return _number
    if any(isinstance(one, inspect.ListType) for one in kinds):
        return _one_or_several
    return _json


def _as_it_is(cell: str, _name: str) -> object:
    return cell


def _number(cell: str, _name: str) -> object:
    # What is neither a number nor true or false is told where all tasks are proven.
    try:
        return msgspec.json.decode(cell.strip().lower(), type=bool | int | float)
    except msgspec.MsgspecError:
        return cell


def _one_or_several(cell: str, name: str) -> object:
    if cell.lstrip().startswith(("[", "{")):
        return _json(cell, name)
    if any(sign in cell for sign in _PARTING):
        raise InvalidParams(
            "is a list that is not written as JSON",
            at=name,
            hint='Write several as ["first", "second"], and one by itself.',
        )
    return [cell]


def _json(cell: str, name: str) -> object:
    try:
        return decoded(cell)
    except Invalid as error:
        raise InvalidParams(
            "is not JSON", at=name, hint=f"Write it as JSON in the cell. {error.message}"
        ) from error


def _both(given: object, single: Mapping[str, object]) -> object:
    if given is None:
        return dict(single)
    if not isinstance(given, dict):
        return given  # what it must be is told where all tasks are proven
    whole = cast("dict[str, object]", given)
    twice = sorted(whole.keys() & single.keys())
    if twice:
        raise InvalidParams(
            f"has {twice[0][:NAME_SHOWN_MAX]!r} in two columns",
            at="metadata",
            hint="Keep one of them.",
        )
    return {**whole, **single}


def _told_of(strangers: Sequence[str], known: Sequence[str]) -> str:
    shown = [_with_nearest(name[:NAME_SHOWN_MAX], known) for name in strangers[:NAMES_SHOWN_MAX]]
    return (
        f"The columns {', '.join(shown)} say nothing of a task of this type. Correct their names, "
        f"call them {METADATA}NAME to keep what they hold as metadata, or keep all such columns "
        f"with --other-columns metadata. There are: {', '.join(known)}, {METADATA}NAME."
    )


def _with_nearest(name: str, known: Sequence[str]) -> str:
    nearest = difflib.get_close_matches(name.lower(), known, n=1)
    return f"{name!r} (did you mean {nearest[0]}?)" if nearest else repr(name)
