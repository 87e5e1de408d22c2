"""Votes grouped by task, which is how the estimators walk through them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenhand.quality.codes import Floats, Ints
from evenhand.quality.frame import Codes


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
    order = np.lexsort((labels, annotators, tasks))
    task, annotator, label = tasks[order], annotators[order], labels[order]
    pair = np.ones(task.size, dtype=np.bool_)
    pair[1:] = (task[1:] != task[:-1]) | (annotator[1:] != annotator[:-1])
    fresh = pair.copy()
    fresh[1:] |= label[1:] != label[:-1]
    task, annotator, label, pair = task[fresh], annotator[fresh], label[fresh], pair[fresh]
    starts = np.zeros(task_count + 1, dtype=np.int64)
    np.cumsum(np.bincount(task, minlength=task_count), out=starts[1:])
    weights = None
    if not pair.all():
        votes = np.cumsum(pair) - 1
        weights = (1 / np.bincount(votes))[votes]
    return Votes(
        starts=starts,
        annotators=annotator.astype(np.int32),
        labels=label.astype(np.int32),
        weights=weights,
        annotator_count=annotator_count,
        label_count=label_count,
    )
