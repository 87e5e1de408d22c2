"""Votes as integer codes, which is what the estimators count."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evenhand.quality.compiled import compiled

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How often each annotator gave each label to each task, sorted, each triple once."""

    tasks: Ints
    annotators: Ints
    labels: Ints
    times: Floats
    task_count: int
    annotator_count: int
    label_count: int


def counted(
    tasks: ArrayLike, annotators: ArrayLike, labels: ArrayLike, *, label_count: int | None = None
) -> Counts:
    """Sort and count votes given as codes from 0, so that their order cannot matter."""
    columns = [_column(codes) for codes in (tasks, annotators, labels)]
    task, annotator, label = columns
    if not task.size == annotator.size == label.size:
        raise ValueError("tasks, annotators and labels must be equally long.")
    sizes = [int(column.max()) + 1 if column.size else 0 for column in columns]
    labels_wide = max(sizes[2], label_count or 0)
    if label_count is not None and sizes[2] > label_count:
        raise ValueError(f"A label has the code {sizes[2] - 1}, but there are {label_count}.")
    if sizes[0] * max(sizes[1], 1) * max(labels_wide, 1) >= 2**62:
        raise ValueError("Codes must be dense: number tasks, annotators and labels from 0.")
    key = (task * sizes[1] + annotator) * labels_wide + label
    if key.size and bool((np.diff(key) <= 0).any()):
        key, times = np.unique(key, return_counts=True)
    else:
        times = np.ones(key.size)
    return Counts(
        tasks=key // max(sizes[1] * labels_wide, 1),
        annotators=key // max(labels_wide, 1) % max(sizes[1], 1),
        labels=key % max(labels_wide, 1),
        times=times.astype(np.float64),
        task_count=sizes[0],
        annotator_count=sizes[1],
        label_count=labels_wide,
    )


def _column(codes: ArrayLike) -> Ints:
    column = np.asarray(codes)
    if column.size == 0:
        return np.zeros(0, dtype=np.int64)
    if column.ndim != 1 or column.dtype.kind not in "iu" or int(column.min()) < 0:
        raise ValueError("Codes must be one row of whole numbers from 0.")
    return column.astype(np.int64)


def leaders(scores: Floats, *, tolerance: float = 1e-9) -> Ints:
    """Return each row's best column, or -1 where two columns share the lead."""
    return led(scores, tolerance=tolerance)[0]


def led(scores: Floats, *, tolerance: float = 1e-9) -> tuple[Ints, Floats]:
    """Return each row's best column, or -1 where two share the lead, and the best score."""
    winners = np.full(scores.shape[0], -1, dtype=np.int64)
    best = np.zeros(scores.shape[0])
    if scores.size:
        lead(np.ascontiguousarray(scores), tolerance, winners, best)
    return winners, best


@compiled
def lead(scores: Floats, tolerance: float, winners: Ints, best: Floats) -> None:
    """Write down each row's winner, if it has one, and its best score."""
    for row in range(scores.shape[0]):
        first, second, winner = -np.inf, -np.inf, -1
        for column in range(scores.shape[1]):
            score = scores[row, column]
            if score > first:
                first, second, winner = score, first, column
            elif score > second:
                second = score
        best[row] = first
        if first - second > tolerance:
            winners[row] = winner
