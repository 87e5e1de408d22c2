"""Which marks of different annotators mean the same thing, for all tasks at once."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenhand.quality.codes import Bools, Floats, Ints


def near(tasks: Ints, lows: Floats, highs: Floats) -> tuple[Ints, Ints]:
    """Pair the marks of a task whose extents overlap; marks come by task and then `lows`.

    It looks one mark further at each step, until no pair is left, so that it costs as many
    steps as marks overlap in one place.
    """
    ones: list[Ints] = []
    others: list[Ints] = []
    left = np.arange(tasks.size, dtype=np.int64)
    step = 1
    while left.size:
        left = left[left + step < tasks.size]
        meets = (tasks[left] == tasks[left + step]) & (lows[left + step] < highs[left])
        # What comes later starts later, so who misses this one misses all that follow.
        left = left[meets]
        ones.append(left)
        others.append(left + step)
        step += 1
    if not ones:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    return np.concatenate(ones), np.concatenate(others)


def sums(codes: NDArray[np.integer[Any]], weights: Floats | Bools, size: int) -> Floats:
    """Add up weights by code."""
    return np.bincount(codes, weights=weights, minlength=size).astype(np.float64)
