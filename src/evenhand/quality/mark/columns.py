"""Marks read from a column of lists, and grouped by the answer that they stand in."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias, cast

import numpy as np

from evenhand.quality.arrow import Column, Names, pa, pc
from evenhand.quality.codes import Bools, Codes, Floats, Ints
from evenhand.quality.frame import BadTable, Frame, as_arrow, encoded
from evenhand.quality.request import Request

SPAN = "list<struct<start: int64, end: int64, label: string>>"
SHAPE = "list<struct<kind: string, label: string, numbers: list<double>>>"

# How many numbers make a shape: exactly so many, or at least so many and an even number.
_EXACTLY = {"box": 4, "point": 2}
_AT_LEAST = {"polygon": 6, "line": 4}

Numbers: TypeAlias = tuple[float, ...]

# What a history may tell of an annotator beside the skill.
RECORDED = ("recall", "precision", "near_recall", "near_precision")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Each annotator's earlier work: so many answers, and how right their marks were.

    `near_recall` and `near_precision` let marks pass that share half of their extent with what
    was found, whatever their label.
    """

    answers: Floats
    recall: Floats
    precision: Floats
    near_recall: Floats
    near_precision: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Who answered which task, by task and then annotator, each pair once.

    Known answers are those of one more annotator, `known`, the last; None where none are known.
    """

    tasks: Codes
    annotators: Codes
    task_count: int
    annotator_count: int
    known: int | None = None
    earlier: Record | None = None

    @property
    def starts(self) -> Ints:
        """Where each task's answers begin, and where the last one's end."""
        starts = np.zeros(self.task_count + 1, dtype=np.int64)
        np.cumsum(np.bincount(self.tasks, minlength=self.task_count), out=starts[1:])
        return starts

    @property
    def known_tasks(self) -> Bools:
        """Mark the tasks whose answer is known."""
        marked = np.zeros(self.task_count, dtype=np.bool_)
        if self.known is not None:
            marked[self.tasks[self.annotators == self.known]] = True
        return marked


@dataclass(frozen=True, slots=True, kw_only=True)
class Spans:
    """Marked spans by task, start, end, label and annotator; `whose` counts in `answers`."""

    answers: Answers
    whose: Ints
    starts: Ints
    ends: Ints
    labels: Ints
    names: Names

    @property
    def tasks(self) -> Ints:
        """Name the task of each span."""
        return self.answers.tasks[self.whose].astype(np.int64)

    @property
    def owners(self) -> Ints:
        """Number the answers of each task, and say in which each mark stands."""
        return self.whose - self.answers.starts[self.tasks]

    @property
    def prints(self) -> Floats:
        """Return a number for each answer that follows from what is marked in it, and where."""
        trace = (self.starts * 0.618 + self.ends * 0.414) % 1.0 + self.tasks % 97
        summed = np.bincount(self.whose, weights=trace, minlength=self.answers.tasks.size)
        return summed.astype(np.float64)

    def select(self, kept: Bools) -> "Spans":
        """Keep the answers that are marked, and what stands in them."""
        answers, renumbered = _selected(self.answers, kept)
        rows = kept[self.whose]
        return Spans(
            answers=answers,
            whose=renumbered[self.whose[rows]],
            starts=self.starts[rows],
            ends=self.ends[rows],
            labels=self.labels[rows],
            names=self.names,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Shapes:
    """Drawn shapes by task, kind, label, numbers and annotator; `whose` counts in `answers`."""

    answers: Answers
    whose: Ints
    kinds: Sequence[str]
    labels: Ints
    numbers: Sequence[Numbers]
    names: Names

    @property
    def tasks(self) -> Ints:
        """Name the task of each shape."""
        return self.answers.tasks[self.whose].astype(np.int64)

    @property
    def owners(self) -> Ints:
        """Number the answers of each task, and say in which each mark stands."""
        return self.whose - self.answers.starts[self.tasks]

    def select(self, kept: Bools) -> "Shapes":
        """Keep the answers that are marked, and what stands in them."""
        answers, renumbered = _selected(self.answers, kept)
        rows = np.flatnonzero(kept[self.whose]).tolist()
        return Shapes(
            answers=answers,
            whose=renumbered[self.whose[rows]],
            kinds=[self.kinds[row] for row in rows],
            labels=self.labels[rows],
            numbers=[self.numbers[row] for row in rows],
            names=self.names,
        )


def _selected(answers: Answers, kept: Bools) -> tuple[Answers, Ints]:
    renumbered = np.cumsum(kept) - 1
    chosen = replace(answers, tasks=answers.tasks[kept], annotators=answers.annotators[kept])
    return chosen, renumbered


def read_spans(frame: Frame, request: Request) -> Spans:
    """Read spans; raise BadTable where a cell is no span, or someone answered a task twice."""
    column, tasks, annotators, known = _with_gold(frame, request.gold, SPAN)
    whose, marks = _flattened(column, ("start", "end", "label"), SPAN)
    starts, ends = (_whole(marks.field(name), name) for name in ("start", "end"))
    wrong = np.flatnonzero((starts < 0) | (ends <= starts))
    if wrong.size:
        first = int(wrong[0])
        raise BadTable(
            f"A span from {starts[first]} to {ends[first]} in row {whose[first]:,} is none: it "
            "must start at 0 or later and end after its start."
        )
    found = encoded(pa.chunked_array([marks.field("label").cast(pa.string())]))
    answers, order = _grouped(frame, (tasks, annotators), known, request.history)
    whose = order[whose]
    labels = found.codes.astype(np.int64)
    rank = np.lexsort((whose, labels, ends, starts, answers.tasks[whose]))
    columns = np.stack([whose, starts, ends, labels], axis=1)[rank]
    # The same span twice in one answer is said once.
    fresh = np.ones(len(columns), dtype=np.bool_)
    fresh[1:] = (columns[1:] != columns[:-1]).any(axis=1)
    whose, starts, ends, labels = (np.ascontiguousarray(side) for side in columns[fresh].T)
    return Spans(
        answers=answers, whose=whose, starts=starts, ends=ends, labels=labels, names=found.names
    )


def read_shapes(frame: Frame, request: Request) -> Shapes:
    """Read shapes; raise BadTable where a cell is no shape, or someone answered a task twice."""
    column, tasks, annotators, known = _with_gold(frame, request.gold, SHAPE)
    whose, marks = _flattened(column, ("kind", "label", "numbers"), SHAPE)
    kinds = cast("list[str]", marks.field("kind").to_pylist())
    given = cast("list[list[float] | None]", marks.field("numbers").to_pylist())
    numbers = [
        _proved(kind, shape, int(row))
        for kind, shape, row in zip(kinds, given, whose.tolist(), strict=True)
    ]
    found = encoded(pa.chunked_array([marks.field("label").cast(pa.string())]))
    answers, order = _grouped(frame, (tasks, annotators), known, request.history)
    whose = order[whose]
    task = answers.tasks[whose].tolist()
    keys = list(zip(task, kinds, found.codes.tolist(), numbers, whose.tolist(), strict=True))
    rank = sorted(range(len(keys)), key=keys.__getitem__)
    rank = [row for at, row in enumerate(rank) if at == 0 or keys[row] != keys[rank[at - 1]]]
    return Shapes(
        answers=answers,
        whose=whose[rank],
        kinds=[kinds[row] for row in rank],
        labels=found.codes.astype(np.int64)[rank],
        numbers=[numbers[row] for row in rank],
        names=found.names,
    )


def _proved(kind: str, shape: list[float] | None, row: int) -> Numbers:
    if shape is None or kind not in _EXACTLY | _AT_LEAST:
        raise BadTable(
            f"A shape in row {row:,} is a {kind!r} of {shape}; shapes are box (left, top, width, "
            "height), point, polygon or line (x, y, x, y, ...)."
        )
    size = len(shape)
    fits = size == _EXACTLY[kind] if kind in _EXACTLY else size >= _AT_LEAST[kind] and not size % 2
    if not fits or not all(np.isfinite(shape)) or (kind == "box" and min(shape[2:]) < 0):
        raise BadTable(f"A {kind} in row {row:,} cannot have the numbers {shape}.")
    return tuple(shape)


def _with_gold(
    frame: Frame, gold: Mapping[Hashable, object], form: str
) -> tuple[Column, Codes, Codes, int | None]:
    """Add the known answers as those of one more annotator."""
    column = frame.labels.combine_chunks()
    code = {name: at for at, name in enumerate(frame.tasks.names.to_pylist())}
    known = {code[task]: label for task, label in gold.items() if task in code}
    if not known:
        return column, frame.tasks.codes, frame.annotators.codes, None
    who = len(frame.annotators.names)
    try:
        extra = pa.array(list(known.values()), column.type)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as problem:
        raise BadTable(f"The gold labels do not have the form {form} of the labels.") from problem
    if isinstance(column, pa.ChunkedArray):
        column = pa.concat_arrays(column.chunks) if column.num_chunks else extra.slice(0, 0)
    tasks = np.concatenate([frame.tasks.codes, np.array(list(known), dtype=np.int32)])
    annotators = np.concatenate([frame.annotators.codes, np.full(len(known), who, np.int32)])
    return pa.concat_arrays([column, extra]), tasks, annotators, who


def _flattened(column: Column, fields: tuple[str, ...], form: str) -> tuple[Ints, Column]:
    """Return the marks of all rows one after the other, and the row of each."""
    kind = column.type
    if pa.types.is_null(kind) or (
        hasattr(kind, "value_type") and pa.types.is_null(kind.value_type)
    ):
        # Every answer is empty, so that the column does not say what its marks would be.
        column = pa.array([[]] * len(column), pa.list_(_EMPTY[form]))
        kind = column.type
    if not (hasattr(kind, "value_type") and pa.types.is_struct(kind.value_type)) or not {
        kind.value_type.field(at).name for at in range(kind.value_type.num_fields)
    } >= set(fields):
        raise BadTable(f"The labels are {kind}; they must be {form}.")
    if isinstance(column, pa.ChunkedArray):
        column = pa.concat_arrays(column.chunks)
    lengths = np.asarray(pc.list_value_length(column), dtype=np.int64)
    marks = column.flatten()
    for name in fields:
        if marks.null_count or marks.field(name).null_count:
            raise BadTable(f"A mark has no {name}; every one needs {', '.join(fields)}.")
    return np.repeat(np.arange(lengths.size, dtype=np.int64), lengths), marks


_EMPTY = {
    SPAN: pa.struct({"start": pa.int64(), "end": pa.int64(), "label": pa.string()}),
    SHAPE: pa.struct(
        {"kind": pa.string(), "label": pa.string(), "numbers": pa.list_(pa.float64())}
    ),
}


def _whole(column: Column, name: str) -> Ints:
    numbers = np.asarray(column)
    if numbers.size == 0:
        return np.zeros(0, dtype=np.int64)
    if numbers.dtype.kind not in "iu":
        raise BadTable(f"The {name} of a span must be a whole number, not {column.type}.")
    return numbers.astype(np.int64)


def _grouped(
    frame: Frame, columns: tuple[Codes, Codes], known: int | None, history: object
) -> tuple[Answers, Ints]:
    """Sort the answers; return where each row's answer went."""
    tasks, annotators = columns
    order = np.lexsort((annotators, tasks))
    task, annotator = tasks[order], annotators[order]
    twice = np.flatnonzero((task[1:] == task[:-1]) & (annotator[1:] == annotator[:-1]))
    if twice.size:
        first = int(twice[0])
        raise BadTable(
            f"Annotator {frame.annotators.names[int(annotator[first])]} answered task "
            f"{frame.tasks.names[int(task[first])]} twice; keep one row each, with all marks."
        )
    place = np.empty(order.size, dtype=np.int64)
    place[order] = np.arange(order.size, dtype=np.int64)
    answers = Answers(
        tasks=task,
        annotators=annotator,
        task_count=len(frame.tasks.names),
        annotator_count=len(frame.annotators.names) + (known is not None),
        known=known,
        earlier=None if history is None else _record(frame, history, known),
    )
    return answers, place


def _record(frame: Frame, history: object, known: int | None) -> Record:
    """Read a record; where it has no precision and recall, its skill stands for both."""
    count = len(frame.annotators.names) + (known is not None)
    answers, shares = np.zeros(count), np.ones((4, count))
    code = {name: at for at, name in enumerate(frame.annotators.names.to_pylist())}
    rows = as_arrow(history, ("annotator", "skill", "votes"), RECORDED)
    for row in rows.to_pylist():
        recall, precision = (row.get(name, row["skill"]) for name in RECORDED[:2])
        rates = recall, precision, row.get(RECORDED[2], recall), row.get(RECORDED[3], precision)
        within = min(row["skill"], *rates) >= 0 and max(row["skill"], *rates) <= 1
        if not within or row["votes"] < 0:
            raise BadTable("In a history, skills lie between 0 and 1, and votes are not below 0.")
        if row["annotator"] in code:
            at = code[row["annotator"]]
            answers[at], shares[:, at] = row["votes"], rates
    return Record(
        answers=answers,
        recall=shares[0],
        precision=shares[1],
        near_recall=shares[2],
        near_precision=shares[3],
    )


def counted(answers: Answers, whose: Ints) -> Floats:
    """Count the marks in each answer."""
    return np.bincount(whose, minlength=answers.tasks.size).astype(np.float64)
