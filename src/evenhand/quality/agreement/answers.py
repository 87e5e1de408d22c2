"""What stands in a column of labels, as codes and as things to compare."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from evenhand.quality.arrow import Column, pa, pc
from evenhand.quality.codes import Codes, Floats
from evenhand.quality.frame import BadTable, encoded


class BadMeasure(ValueError):
    """These labels cannot be compared so; the message says what can be done instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Labels as codes from 0; `natural` is the distance that their type suggests.

    `numbers` are their values where they are numbers, and `ranked` says that codes ascend with
    what the labels mean.
    """

    codes: Codes
    things: Sequence[object]
    natural: str
    numbers: Floats | None
    ranked: bool

    @property
    def count(self) -> int:
        """How many different answers there are."""
        return len(self.things)


def read_answers(column: Column, order: Sequence[Hashable] | None = None) -> Answers:
    """Number the labels of a column, in ascending order or in the order given.

    Raises BadTable when a number is nan, BadMeasure when a label is not in the order.
    """
    kind = column.type
    if pa.types.is_nested(kind):
        return _nested(column)
    numeric = pa.types.is_floating(kind) or pa.types.is_integer(kind)
    if pa.types.is_floating(kind) and pc.any(pc.is_nan(column)).as_py():
        raise BadTable("Column label has numbers that are nan; drop those rows.")
    found = encoded(column)
    things: list[Hashable] = found.names.to_pylist()
    if order is not None:
        return _ordered(found.codes, things, list(order))
    return Answers(
        codes=found.codes,
        things=things,
        natural="interval" if pa.types.is_floating(kind) else "nominal",
        numbers=np.array(things, dtype=np.float64) if numeric else None,
        ranked=numeric or pa.types.is_temporal(kind) or pa.types.is_boolean(kind),
    )


def _ordered(codes: Codes, things: Sequence[Hashable], order: list[Hashable]) -> Answers:
    place = {thing: number for number, thing in enumerate(order)}
    strange = [thing for thing in things if thing not in place]
    if strange:
        raise BadMeasure(
            f"The label {strange[0]!r} is not in the order given; there are "
            f"{len(strange):,} such labels."
        )
    places = np.array([place[thing] for thing in things], dtype=np.int32)
    numbers = [thing for thing in order if isinstance(thing, int | float)]
    return Answers(
        codes=places[codes] if len(things) else codes,
        things=order,
        natural="ordinal",
        numbers=np.array(numbers, dtype=np.float64) if len(numbers) == len(order) else None,
        ranked=True,
    )


def _nested(column: Column) -> Answers:
    """Number sets, spans and shapes, in the order in which they are written out."""
    given = cast("list[object]", column.to_pylist())
    plain = [_plain(answer) for answer in given]
    written = [repr(answer) for answer in plain]
    names, first, codes = np.unique(written, return_index=True, return_inverse=True)
    things = [plain[row] for row in first.tolist()]
    assert len(things) == names.size, "each answer is written out in its own way"
    return Answers(
        codes=codes.astype(np.int32),
        things=things,
        natural=_natural(column.type),
        numbers=None,
        ranked=False,
    )


def _natural(kind: Any) -> str:
    if not pa.types.is_list(kind) or not pa.types.is_struct(kind.value_type):
        return "jaccard"
    fields = {str(field.name) for field in kind.value_type}
    if {"start", "end", "label"} <= fields:
        return "spans"
    return "shapes" if {"kind", "label", "numbers"} <= fields else "jaccard"


def _plain(answer: object) -> object:
    """Write an answer so that order, where it means nothing, cannot tell two apart."""
    if isinstance(answer, Mapping):
        fields = cast("Mapping[str, object]", answer)
        if {"start", "end", "label"} <= fields.keys():
            return (fields["start"], fields["end"], fields["label"])
        if {"kind", "label", "numbers"} <= fields.keys():
            return (fields["kind"], fields["label"], tuple(cast("list[float]", fields["numbers"])))
        return tuple(sorted(fields.items()))
    if isinstance(answer, Sequence) and not isinstance(answer, str | bytes):
        things = {_plain(thing) for thing in cast("Sequence[object]", answer)}
        return tuple(sorted(things, key=repr))
    return answer
