"""The contents of a report: plain data, which the page draws."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, cast

import numpy as np

from evenhand.quality.aggregation import Chosen
from evenhand.quality.agreement.result import Agreement
from evenhand.quality.checks.finding import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A headline figure with its interval; `share` says that it is a share of 1."""

    name: str
    value: float | None
    lower: float | None = None
    upper: float | None = None
    share: bool = True
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRow:
    """One label: on how many tasks it is, how sure these are, and how well it is agreed on."""

    label: object
    tasks: int
    votes: int
    confidence: float | None
    agreement: Agreement


@dataclass(frozen=True, slots=True, kw_only=True)
class Confused:
    """How often votes say one label (column) where another is true (row), for the commonest."""

    labels: Sequence[object]
    shares: Sequence[Sequence[float]]
    left_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotatorRow:
    """One annotator: how often right, with a 95 % interval, and the label given too often.

    `bias` is how many more of the votes bear the label `leans_to` than tasks do.
    """

    annotator: object
    votes: int
    skill: float
    lower: float
    upper: float
    leans_to: object | None
    bias: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """What so many labels a task come to: the accuracy, with an interval, and all labels' cost."""

    labels_per_task: int
    labels: int
    accuracy: float
    lower: float
    upper: float
    cost: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Accuracy against labels a task; `basis` says what counts as right."""

    basis: str
    method: str
    points: Sequence[CurvePoint]
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """How good a project's labels are, and who and what deserves a look.

    What a kind of label does not have is empty or None: only choices have classes, confusions
    and a curve. `notes` are sentences about what a reader should know.
    """

    kind: str
    tasks: int
    annotators: int
    votes: int
    figures: Sequence[Figure]
    agreement: Agreement
    classes: Sequence[ClassRow]
    confused: Confused | None
    workers: Sequence[AnnotatorRow]
    curve: Curve | None
    method: Chosen
    findings: Sequence[Finding]
    notes: Sequence[str]


def plain(report: object) -> object:
    """Take a report apart into dictionaries, lists, texts and numbers."""
    if isinstance(report, np.generic):
        # One of numpy's doubles passes for Python's, but not with every writer of JSON.
        return plain(cast("np.generic[Any]", report).item())
    if is_dataclass(report):
        return {field.name: plain(getattr(report, field.name)) for field in fields(report)}
    if report is None or isinstance(report, bool | int | float | str):
        return report
    if isinstance(report, Mapping):
        pairs = cast("Mapping[object, object]", report)
        return {str(name): plain(value) for name, value in pairs.items()}
    if isinstance(report, list | tuple):
        return [plain(part) for part in cast("Sequence[object]", report)]
    # A label or an id may be a date or a number of another kind, which JSON has not.
    return str(report)


def to_json(report: Report) -> str:
    """Write a report as JSON."""
    return json.dumps(plain(report), ensure_ascii=False, allow_nan=False, indent=1)
