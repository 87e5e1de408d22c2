"""Majority vote, in which a tie is called a tie."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from evenhand.quality.codes import Counts, Floats, Ints, counted, leaders


@dataclass(frozen=True, slots=True, kw_only=True)
class Majority:
    """The shares of the labels in each task, and the label that leads, or -1."""

    shares: Floats
    winners: Ints


def majority_vote(
    tasks: ArrayLike, annotators: ArrayLike, labels: ArrayLike, *, label_count: int | None = None
) -> Majority:
    """Count votes by task; a task without votes, or with a tie, has the winner -1."""
    counts = counted(tasks, annotators, labels, label_count=label_count)
    shares = vote_shares(counts)
    return Majority(shares=shares, winners=winners_of(shares, counts))


def winners_of(scores: Floats, counts: Counts) -> Ints:
    """Return each task's best label, or -1 where labels tie or nobody voted."""
    voted = np.bincount(counts.tasks, minlength=counts.task_count) > 0
    return np.where(voted, leaders(scores), -1)


def vote_shares(counts: Counts) -> Floats:
    """Return the share of each label (column) in the votes on each task (row)."""
    cells = counts.tasks * counts.label_count + counts.labels
    tally = np.bincount(
        cells, weights=counts.times, minlength=counts.task_count * counts.label_count
    )
    # Of no votes numpy returns whole numbers, which cannot hold shares.
    tally = tally.astype(np.float64).reshape(counts.task_count, counts.label_count)
    total = tally.sum(axis=1, keepdims=True)
    return np.divide(tally, total, out=np.zeros_like(tally), where=total > 0)
