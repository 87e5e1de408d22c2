"""Votes grouped by task, which is how the estimators walk through them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenhand.quality.codes import Floats, Ints
from evenhand.quality.compiled import compiled
from evenhand.quality.frame import Codes

DRAWERS_BITS = 10  # at most 1,024 drawers: as many places as can be written to by turns

COUNTED_AT_ONCE = 1_000_000


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
    starts = np.zeros(task_count + 1, dtype=np.int64)
    if annotator_count * label_count <= np.iinfo(np.int32).max:
        keys = _by_task((tasks, annotators, labels), label_count, starts)
    else:
        order = np.argsort(tasks, kind="stable")
        keys = annotators[order] * np.int64(label_count) + labels[order]
        np.cumsum(np.bincount(tasks, minlength=task_count), out=starts[1:])
    if arrange(starts, keys):
        keys = keys[: drop_repeats(starts, keys)]
    # Where they fit, annotators are written over the keys: this is where memory is fullest.
    annotator = keys if keys.dtype == np.int32 else np.empty(keys.size, dtype=np.int32)
    label = np.empty(keys.size, dtype=np.int32)
    weights = None
    if unpack(starts, keys, label_count, (annotator, label)):
        weights = np.empty(keys.size)
        share(starts, annotator, weights)
    return Votes(
        starts=starts,
        annotators=annotator,
        labels=label,
        weights=weights,
        annotator_count=annotator_count,
        label_count=label_count,
    )


def _by_task(columns: tuple[Codes, Codes, Codes], label_count: int, starts: Ints) -> NDArray[Any]:
    """Return keys of annotator and label, grouped by task, and fill in where each task starts.

    Written straight to their places, millions of votes would each wait for memory. So they first
    go to drawers, each for a run of tasks that fits in the processor's cache.
    """
    tasks = columns[0]
    bits = max(0, (starts.size - 2).bit_length() - DRAWERS_BITS)
    drawers = np.zeros((max(starts.size - 2, 0) >> bits) + 2, dtype=np.int64)
    drawn = np.empty(tasks.size, dtype=np.int64)
    put_in_drawers(columns, label_count, bits, drawers, drawn)
    keys = np.empty(tasks.size, dtype=np.int32)
    empty_drawers(drawn, starts, keys, bits, drawers)
    return keys


@compiled
def put_in_drawers(
    columns: tuple[Codes, Codes, Codes], label_count: int, bits: int, drawers: Ints, drawn: Ints
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
        drawers[drawer] -= 1
        key = np.int64(annotators[row]) * label_count + labels[row]
        drawn[drawers[drawer]] = (np.int64(tasks[row]) << 32) + key


@compiled
def empty_drawers(
    drawn: Ints, starts: Ints, keys: NDArray[np.int32], bits: int, drawers: Ints
) -> None:
    """Sort what each drawer holds by task; `starts` comes full of zeros."""
    at = np.empty(1 << bits, dtype=np.int64)
    for drawer in range(drawers.size - 1):
        least = drawer << bits
        start, end = drawers[drawer], drawers[drawer + 1]
        at[:] = 0
        for row in range(start, end):
            at[(drawn[row] >> 32) - least] += 1
        before = start
        for task in range(least, min(least + at.size, starts.size - 1)):
            before += at[task - least]
            at[task - least] = before - at[task - least]
            starts[task + 1] = before
        for row in range(start, end):
            task = (drawn[row] >> 32) - least
            keys[at[task]] = drawn[row] & 0xFFFFFFFF
            at[task] += 1


@compiled
def arrange(starts: Ints, keys: NDArray[Any]) -> bool:
    """Sort the keys of every task, and say whether any stands there twice."""
    twice = False
    for task in range(starts.size - 1):
        start, end = starts[task], starts[task + 1]
        gap = 1
        while gap < (end - start) // 9:
            gap = 3 * gap + 1
        # Shell's sort: on the short rows that are usual it is plain insertion.
        while gap > 0:
            for row in range(start + gap, end):
                key, at = keys[row], row
                while at >= start + gap and keys[at - gap] > key:
                    keys[at] = keys[at - gap]
                    at -= gap
                keys[at] = key
            gap //= 3
        for row in range(start + 1, end):
            twice |= keys[row] == keys[row - 1]
    return twice


@compiled
def drop_repeats(starts: Ints, keys: NDArray[Any]) -> int:
    """Keep each key of a task once, in place, and say how many are kept."""
    kept = 0
    start = starts[0]
    for task in range(starts.size - 1):
        end = starts[task + 1]
        for row in range(start, end):
            if row == start or keys[row] != keys[row - 1]:
                keys[kept] = keys[row]
                kept += 1
        start = end
        starts[task + 1] = kept
    return kept


@compiled
def unpack(
    starts: Ints, keys: NDArray[Any], label_count: int, columns: tuple[Codes, Codes]
) -> bool:
    """Take keys apart, and say whether an annotator gave one task several labels."""
    annotators, labels = columns
    several = False
    for task in range(starts.size - 1):
        before = -1
        for row in range(starts[task], starts[task + 1]):
            key = keys[row]
            annotator = key // label_count
            annotators[row] = annotator
            labels[row] = key - annotator * label_count
            several |= annotator == before
            before = annotator
    return several


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
