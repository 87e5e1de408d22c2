"""How well annotators agree, and when that question has no answer."""

import numpy as np
from numpy.typing import ArrayLike

from evenhand.quality.codes import Floats, Ints, counted


def percent_agreement(tasks: ArrayLike, labels: ArrayLike) -> float | None:
    """Return the share of pairs of votes on one task that agree; None without a pair."""
    _, tally, votes = _cells(tasks, labels)
    pairs = float((votes * (votes - 1)).sum())
    if pairs == 0:
        return None
    return float((tally * (tally - 1)).sum()) / pairs


def krippendorff_alpha(tasks: ArrayLike, labels: ArrayLike) -> float | None:
    """Return Krippendorff's alpha for names, from counts alone.

    None where it is undefined: no task has two votes, or all such votes are the same
    label, so that there is no disagreement by chance to compare with.
    """
    (task, label), tally, votes = _cells(tasks, labels)
    paired = votes > 1
    total = float(votes[paired].sum())
    if total == 0:
        return None
    kept = paired[task]
    task, label, tally = task[kept], label[kept], tally[kept]
    disagreeing = float((tally * (votes[task] - tally) / (votes[task] - 1)).sum())
    by_label = np.bincount(label, weights=tally)
    by_chance = float((by_label * (total - by_label)).sum())
    if by_chance == 0:
        return None
    return 1 - (total - 1) * disagreeing / by_chance


def _cells(tasks: ArrayLike, labels: ArrayLike) -> tuple[tuple[Ints, Ints], Floats, Floats]:
    """Return the pairs of task and label that occur, their counts, and votes by task."""
    counts = counted(tasks, np.zeros_like(np.asarray(tasks)), labels)
    tally = np.bincount(counts.tasks, weights=counts.times, minlength=counts.task_count)
    votes = tally.astype(np.float64, copy=False)
    return (counts.tasks, counts.labels), counts.times, votes
