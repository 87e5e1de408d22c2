"""The table of what was found, for labels that are lists of marks."""

from collections.abc import Mapping
from typing import Protocol

import numpy as np

from evenhand.quality.arrow import Column, Table, pa
from evenhand.quality.codes import Bools, Floats, Ints
from evenhand.quality.frame import Frame


class FoundMarks(Protocol):
    """Marks that are kept, by task, and how sure each is."""

    @property
    def tasks(self) -> Ints:
        """The task of each mark, ascending."""
        ...

    @property
    def confidence(self) -> Floats:
        """How sure each mark is."""
        ...

    @property
    def tied(self) -> Bools:
        """In which tasks a mark has as much for it as against it."""
        ...

    @property
    def least_sure(self) -> Floats:
        """How sure the least sure decision in each task is."""
        ...


def mark_table(frame: Frame, found: FoundMarks, marks: Mapping[str, Column]) -> Table:
    """Lay marks, given field by field, out by task."""
    offsets = np.zeros(len(frame.tasks.names) + 1, dtype=np.int32)
    np.cumsum(np.bincount(found.tasks, minlength=offsets.size - 1), out=offsets[1:])
    whole = pa.StructArray.from_arrays(list(marks.values()), list(marks))
    return pa.table(
        {
            "task": frame.tasks.names,
            "label": pa.ListArray.from_arrays(pa.array(offsets), whole),
            "confidence": np.clip(found.least_sure, 0.0, 1.0),
            "confidences": pa.ListArray.from_arrays(pa.array(offsets), pa.array(found.confidence)),
            "tied": found.tied,
        }
    )
