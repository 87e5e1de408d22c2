"""The neutral forms of an answer that the statistics understand."""

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias, cast

Kind: TypeAlias = Literal["choice", "choices", "spans", "shapes", "fields"]
Span: TypeAlias = tuple[int, int, str]
Shape: TypeAlias = tuple[str, str, tuple[float, ...]]
Answer: TypeAlias = str | frozenset[str] | Sequence[Span] | Sequence[Shape] | Mapping[str, str]


def as_choices(answers: Sequence[Answer]) -> list[str]:
    """Take the answers as one label each."""
    return cast("list[str]", list(answers))


def as_label_sets(answers: Sequence[Answer]) -> list[frozenset[str]]:
    """Take the answers as sets of labels."""
    return cast("list[frozenset[str]]", list(answers))


def as_spans(answers: Sequence[Answer]) -> list[Sequence[Span]]:
    """Take the answers as marked spans."""
    return cast("list[Sequence[Span]]", list(answers))


def as_shapes(answers: Sequence[Answer]) -> list[Sequence[Shape]]:
    """Take the answers as drawn shapes."""
    return cast("list[Sequence[Shape]]", list(answers))


def as_fields(answers: Sequence[Answer]) -> list[Mapping[str, str]]:
    """Take the answers as texts by field."""
    return cast("list[Mapping[str, str]]", list(answers))
