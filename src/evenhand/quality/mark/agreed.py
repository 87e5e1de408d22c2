"""Consensus of marks by weight, for one task or for many at once."""

from dataclasses import dataclass

import numpy as np

from evenhand.quality.codes import Bools, Floats, Ints, ids

# Shares this close to one half are a tie; skills are never known so exactly.
TIE = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """Of each group of marks its task, the share of weight that stands for it, and the outcome."""

    tasks: Ints
    share: Floats
    kept: Bools
    tied: Bools


def agreed(group: Ints, tasks: Ints, voices: Floats, weights: Floats) -> Agreed:
    """Keep the groups that more than half of a task's weight marked.

    Each mark has its group, its task and how much its annotator counts; `weights` says for each
    task how much all count who answered it.
    """
    task = first_of(tasks, group)
    told = np.bincount(group, weights=voices, minlength=task.size)
    share = np.divide(told, weights[task], out=np.zeros(task.size), where=weights[task] > 0)
    return Agreed(tasks=task, share=share, kept=share > 0.5 + TIE, tied=np.abs(share - 0.5) <= TIE)


def first_of(values: Ints, group: Ints) -> Ints:
    """Return for each group what its first mark has."""
    size = int(group.max()) + 1 if group.size else 0
    place = np.full(size, group.size, dtype=np.int64)
    np.minimum.at(place, group, np.arange(group.size))
    return values[place] if size else np.zeros(0, dtype=np.int64)


def by_group(group: Ints, size: int) -> list[list[int]]:
    """List the marks of each group, in their order."""
    found: list[list[int]] = [[] for _ in range(size)]
    for row, one in enumerate(ids(group)):
        found[one].append(row)
    return found


def medians(group: Ints, values: Ints, weights: Floats) -> Ints:
    """Return for each group the smallest value with half the weight at or below it."""
    order = np.lexsort((values, group))
    ranked, owner = weights[order], group[order]
    size = int(group.max()) + 1 if group.size else 0
    below = np.cumsum(ranked)
    last = np.cumsum(np.bincount(owner, minlength=size)) - 1
    # Of the same running sum, so that rounding cannot leave a group without its median.
    before = np.append(0.0, below[last[:-1]]) if size else below
    total = (below[last] - before)[owner] if size else below
    enough = below - before[owner] >= total / 2 * (1 - 1e-9)
    place = np.full(size, group.size, dtype=np.int64)
    np.minimum.at(place, owner[enough], np.flatnonzero(enough))
    return values[order][place] if size else np.zeros(0, dtype=np.int64)
