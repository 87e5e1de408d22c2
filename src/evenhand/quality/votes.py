"""Votes grouped by task, in the order in which estimators walk through them."""

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from evenhand.quality.codes import Codes, Floats, Ints
from evenhand.quality.compiled import compiled, inlined

DRAWERS_BITS = 8  # at most 256 drawers: as many places as can be written to by turns

COUNTED_AT_ONCE = 1_000_000

Columns: TypeAlias = tuple[Codes, Codes, Codes]  # task, annotator and label of each vote


class Drawn(NamedTuple):
    """Votes sorted into drawers: the task of each, and its annotator and label as one key."""

    tasks: Codes
    keys: Codes


@dataclass(frozen=True, slots=True, kw_only=True)
class Votes:
    """Who gave which label to what, as codes from 0, task by task.

    The votes on task `t` stand at `starts[t]:starts[t + 1]`, by annotator and then label. An
    annotator has one vote a task: `weights` is None where everyone gave one label to each task;
    where someone gave several, each has an equal share of that vote, the same label twice
    being one. A task or an annotator may have no votes.
    """

    starts: Ints
    annotators: Codes
    labels: Codes
    weights: Floats | None
    annotator_count: int
    label_count: int

    @property
    def task_count(self) -> int:
        """How many tasks there are."""
        return self.starts.size - 1

    @property
    def size(self) -> int:
        """How many rows there are."""
        return self.labels.size

    def tasks(self) -> Ints:
        """Name the task of every row."""
        return np.repeat(np.arange(self.task_count, dtype=np.int64), np.diff(self.starts))

    def weight(self) -> Floats:
        """Weigh every row."""
        return np.ones(self.size) if self.weights is None else self.weights

    def by_annotator(self) -> Floats:
        """Count each annotator's votes."""
        total = np.zeros(self.annotator_count)
        # Numpy widens what it counts, so it is handed a part at a time.
        for start in range(0, self.size, COUNTED_AT_ONCE):
            part = slice(start, start + COUNTED_AT_ONCE)
            weights = None if self.weights is None else self.weights[part]
            total += np.bincount(self.annotators[part], weights, self.annotator_count)
        return total

    def select(self, rows: NDArray[np.bool_]) -> "Votes":
        """Keep the rows that are marked; tasks, annotators and labels stay as many."""
        kept = np.zeros(self.size + 1, dtype=np.int64)
        np.cumsum(rows, out=kept[1:])
        return Votes(
            starts=kept[self.starts],
            annotators=self.annotators[rows],
            labels=self.labels[rows],
            weights=None if self.weights is None else self.weights[rows],
            annotator_count=self.annotator_count,
            label_count=self.label_count,
        )


def grouped(
    tasks: Codes,
    annotators: Codes,
    labels: Codes,
    *,
    task_count: int,
    annotator_count: int,
    label_count: int,
) -> Votes:
    """Group votes by task, in whatever order they come."""
    label_bits = max(label_count - 1, 0).bit_length()
    if annotator_count << label_bits > np.iinfo(np.int32).max:
        # Their keys do not fit in 32 bits.
        columns = tasks, annotators, labels
        return sorted_votes(columns, (task_count, annotator_count, label_count))
    starts = np.zeros(task_count + 1, dtype=np.int64)
    annotator, label, several = _by_drawers((tasks, annotators, labels), label_bits, starts)
    weights = None
    if several:
        weights = np.empty(label.size)
        share(starts, annotator, weights)
    return Votes(
        starts=starts,
        annotators=annotator,
        labels=label,
        weights=weights,
        annotator_count=annotator_count,
        label_count=label_count,
    )


def sorted_votes(columns: Columns, sizes: tuple[int, int, int]) -> Votes:
    """Group votes by task as `grouped` does, slower by the million and without a compiler."""
    task_count, annotator_count, label_count = sizes
    rows = np.stack(columns)[:, np.lexsort(columns[::-1])]
    is_new = np.diff(rows, axis=1, prepend=-1).any(axis=0)
    tasks, annotators, labels = np.ascontiguousarray(rows[:, is_new])
    starts = np.zeros(task_count + 1, dtype=np.int64)
    np.cumsum(np.bincount(tasks, minlength=task_count), out=starts[1:])
    begins = np.flatnonzero(np.diff(rows[:2, is_new], axis=1, prepend=-1).any(axis=0))
    given = np.diff(begins, append=tasks.size)  # labels by one annotator to one task
    return Votes(
        starts=starts,
        annotators=annotators,
        labels=labels,
        weights=None if begins.size == tasks.size else 1 / np.repeat(given, given),
        annotator_count=annotator_count,
        label_count=label_count,
    )


def _by_drawers(columns: Columns, label_bits: int, starts: Ints) -> tuple[Codes, Codes, bool]:
    """Sort votes by task, annotator and label, each triple once, and fill in the starts.

    Written straight to their places, millions of votes would each wait for memory. So they first
    go to drawers, each for a run of tasks that fits in the processor's cache. Also returns whether
    an annotator gave one task several labels.
    """
    size, last_task = columns[0].size, max(starts.size - 2, 0)
    bits = max(0, last_task.bit_length() - DRAWERS_BITS)
    drawers = np.zeros((last_task >> bits) + 2, dtype=np.int64)
    drawn = Drawn(tasks=np.empty(size, dtype=np.int32), keys=np.empty(size, dtype=np.int32))
    put_in_drawers(columns, label_bits, bits, drawers, drawn)
    kept, several = empty_drawers(drawn, starts, label_bits, bits, drawers)
    return drawn.keys[:kept], drawn.tasks[:kept], several


@compiled
def put_in_drawers(
    columns: Columns, label_bits: int, bits: int, drawers: Ints, drawn: Drawn
) -> None:
    """Sort votes by the leading bits of their tasks; `drawers` ends up with where each begins."""
    tasks, annotators, labels = columns
    for task in tasks:
        drawers[task >> bits] += 1
    end = 0
    for drawer in range(drawers.size):
        end += drawers[drawer]
        drawers[drawer] = end
    for row in range(tasks.size):
        drawer = tasks[row] >> bits
        at = drawers[drawer] - 1
        drawers[drawer] = at
        drawn.tasks[at] = tasks[row]
        drawn.keys[at] = (annotators[row] << label_bits) | labels[row]


@compiled
def empty_drawers(
    drawn: Drawn, starts: Ints, label_bits: int, bits: int, drawers: Ints
) -> tuple[int, bool]:
    """Sort what each drawer holds; keys become annotators and tasks labels, as many as returned.

    They are written over what was read before: this is where memory is fullest. Also returns
    whether an annotator gave one task several labels.
    """
    tasks, keys = drawn
    held = np.empty(np.diff(drawers).max(), dtype=np.int32)
    ends = np.empty((1 << bits) + 1, dtype=np.int64)
    kept, several = 0, False
    for drawer in range(drawers.size - 1):
        start, end, least = drawers[drawer], drawers[drawer + 1], drawer << bits
        ends[:] = 0
        for row in range(start, end):
            ends[tasks[row] - least + 1] += 1
        for task in range(1, ends.size):
            ends[task] += ends[task - 1]
        for row in range(start, end):
            task = tasks[row] - least
            held[ends[task]] = keys[row]
            ends[task] += 1
        begin = 0
        for task in range(min(1 << bits, starts.size - 1 - least)):
            sort(held, begin, ends[task])
            before = -1
            for row in range(begin, ends[task]):
                key = held[row]
                if key != before:
                    several |= key >> label_bits == before >> label_bits
                    keys[kept] = key >> label_bits
                    tasks[kept] = key & ((1 << label_bits) - 1)
                    kept += 1
                before = key
            begin = ends[task]
            starts[least + task + 1] = kept
    return kept, several


@inlined
def sort(keys: Codes, start: int, end: int) -> None:
    """Sort a span of keys by Shell's method: on the short ones that are usual, plain insertion."""
    gap = 1
    while gap < (end - start) // 9:
        gap = 3 * gap + 1
    while gap > 0:
        for row in range(start + gap, end):
            key, at = keys[row], row
            while at >= start + gap and keys[at - gap] > key:
                keys[at] = keys[at - gap]
                at -= gap
            keys[at] = key
        gap //= 3


@compiled
def share(starts: Ints, annotators: Codes, weights: Floats) -> None:
    """Divide each annotator's vote on a task equally among the labels given."""
    for task in range(starts.size - 1):
        row, end = starts[task], starts[task + 1]
        while row < end:
            after = row + 1
            while after < end and annotators[after] == annotators[row]:
                after += 1
            for one in range(row, after):
                weights[one] = 1 / (after - row)
            row = after


@compiled
def gather(tasks: Ints, starts: Ints, columns: tuple[Codes, Codes], rows: NDArray[np.int32]) -> int:
    """Copy the votes on these tasks to three rows: the task's place in the list, and who said what.

    Returns how many there are; of a task beyond the last there are none.
    """
    annotators, labels = columns
    at = 0
    for place in range(tasks.size):
        task = tasks[place]
        if task + 1 < starts.size:
            for row in range(starts[task], starts[task + 1]):
                rows[0, at] = place
                rows[1, at] = annotators[row]
                rows[2, at] = labels[row]
                at += 1
    return at
