"""Votes that are numbers, sorted, one of each annotator on a task."""

from dataclasses import dataclass

import numpy as np

from evenhand.quality.arrow import Column, pa, pc
from evenhand.quality.codes import Codes, Floats
from evenhand.quality.frame import BadTable, Frame


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """Who gave which number to what, by task and then annotator.

    An annotator has one vote a task: of several the mean is taken.
    """

    tasks: Codes
    annotators: Codes
    values: Floats
    task_count: int
    annotator_count: int

    @property
    def size(self) -> int:
        """How many votes there are."""
        return self.values.size

    def by_task(self, amounts: Floats) -> Floats:
        """Add up an amount of every vote by task."""
        return np.bincount(self.tasks, amounts, self.task_count).astype(np.float64, copy=False)

    def by_annotator(self, amounts: Floats) -> Floats:
        """Add up an amount of every vote by annotator."""
        return np.bincount(self.annotators, amounts, self.annotator_count).astype(
            np.float64, copy=False
        )

    def votes_of_tasks(self) -> Floats:
        """Count the votes on every task."""
        return np.bincount(self.tasks, minlength=self.task_count).astype(np.float64)

    def votes_of_annotators(self) -> Floats:
        """Count the votes of every annotator."""
        return np.bincount(self.annotators, minlength=self.annotator_count).astype(np.float64)


def numbers(frame: Frame) -> Numbers:
    """Read the labels of a frame as numbers; raises BadTable where one is not a finite number."""
    return merged(
        frame.tasks.codes,
        frame.annotators.codes,
        as_floats(frame.labels),
        task_count=len(frame.tasks.names),
        annotator_count=len(frame.annotators.names),
    )


def merged(
    tasks: Codes, annotators: Codes, values: Floats, *, task_count: int, annotator_count: int
) -> Numbers:
    """Sort votes, so that their order cannot matter, and average those of one pair."""
    order = np.lexsort((values, annotators, tasks))
    task, annotator, value = tasks[order], annotators[order], values[order]
    fresh = np.ones(task.size, dtype=np.bool_)
    fresh[1:] = (task[1:] != task[:-1]) | (annotator[1:] != annotator[:-1])
    if not fresh.all():
        first = np.flatnonzero(fresh)
        value = np.add.reduceat(value, first) / np.diff(np.append(first, value.size))
        task, annotator = task[first], annotator[first]
    return Numbers(
        tasks=task,
        annotators=annotator,
        values=value,
        task_count=task_count,
        annotator_count=annotator_count,
    )


def as_floats(column: Column) -> Floats:
    """Read a column of numbers; raises BadTable where it holds anything else."""
    kind = column.type
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
        raise BadTable(
            f"Labels of the type {kind} are no numbers; cast the column label to a number, or "
            "say another kind than number."
        )
    values = np.asarray(pc.cast(column, pa.float64()), dtype=np.float64)
    endless = np.flatnonzero(~np.isfinite(values))
    if endless.size:
        raise BadTable(
            f"Column label is not finite in {endless.size:,} of {values.size:,} rows, first in "
            f"row {int(endless[0]):,}; drop those rows."
        )
    return values
