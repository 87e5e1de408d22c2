"""Which marks of different annotators mean the same thing, for all tasks at once."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenhand.quality.codes import Bools, Floats, Ints
from evenhand.quality.compiled import compiled


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


def grouped(owners: Ints, alike: Floats, ones: Ints, others: Ints) -> Ints:
    """Name each mark's group: the most alike first, never two marks of one owner.

    Equally alike pairs fall by position, so marks come in an order that follows from their
    content. Groups are numbered by their first mark.
    """
    rank = np.lexsort((others, ones, -alike))
    leader = _joined(owners, ones[rank], others[rank])
    return np.unique(leader, return_inverse=True)[1].astype(np.int64)


@compiled
def _joined(owners: Ints, ones: Ints, others: Ints) -> Ints:
    leader = np.arange(owners.size)
    following = np.full(owners.size, -1, dtype=np.int64)
    last = np.arange(owners.size)
    for pair in range(ones.size):
        here, there = leader[ones[pair]], leader[others[pair]]
        if here == there:
            continue
        if there < here:
            here, there = there, here
        apart = True
        mine = here
        while mine >= 0 and apart:
            theirs = there
            while theirs >= 0 and apart:
                apart = owners[mine] != owners[theirs]
                theirs = following[theirs]
            mine = following[mine]
        if not apart:
            continue
        following[last[here]] = there
        last[here] = last[there]
        mark = there
        while mark >= 0:
            leader[mark] = here
            mark = following[mark]
    return leader


def sums(codes: NDArray[np.integer[Any]], weights: Floats | Bools, size: int) -> Floats:
    """Add up weights by code."""
    return np.bincount(codes, weights=weights, minlength=size).astype(np.float64)
