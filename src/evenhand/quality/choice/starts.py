"""Random starts of estimators, seeded by the votes and never by names or order.

Numbers drawn by position would give a task another start as soon as it is renamed. So each task
is known by a fingerprint of its votes: who gave them, which are again known by what they gave
elsewhere (the colour refinement of Weisfeiler and Leman). What is alike in everything gets the
same numbers, hence a tie stays a tie.
"""

import numpy as np
from numpy.typing import NDArray

from evenhand.quality.codes import Floats
from evenhand.quality.votes import Votes

Prints = NDArray[np.uint64]

ROUNDS = 3  # tells apart annotators who differ in the votes of those they meet


def fingerprints(votes: Votes) -> Prints:
    """Return a number for each task that its votes alone decide."""
    tasks = votes.tasks()
    weights = _mixed(votes.weight().view(np.uint64))
    task = np.full(votes.task_count, 1, dtype=np.uint64)
    annotator = np.full(votes.annotator_count, 2, dtype=np.uint64)
    label = np.full(votes.label_count, 3, dtype=np.uint64)
    for _ in range(ROUNDS):
        rows = _mixed(annotator[votes.annotators]) ^ label[votes.labels]
        task = _summed(tasks, _mixed(rows + weights), task)
        rows = _mixed(task[tasks]) ^ label[votes.labels]
        next_annotator = _summed(votes.annotators, _mixed(rows + weights), annotator)
        rows = _mixed(task[tasks]) ^ annotator[votes.annotators]
        label = _summed(votes.labels, _mixed(rows + weights), label)
        annotator = next_annotator
    return task


def shares(prints: Prints, width: int, seed: int) -> Floats:
    """Divide one at random among so many parts, for each fingerprint, all divisions alike.

    (Exponential numbers divided by their sum: a flat Dirichlet distribution.)
    """
    parts = np.arange(1, width + 1, dtype=np.uint64)[None, :]
    seeded = _mixed(prints + _mixed(np.full(1, seed, dtype=np.uint64)))
    bits = _mixed(seeded[:, None] ^ _mixed(parts))
    uniform = ((bits >> np.uint64(11)).astype(np.float64) + 0.5) / 2**53
    drawn = -np.log(uniform)
    return drawn / drawn.sum(axis=1, keepdims=True)


def _summed(groups: NDArray[np.integer], rows: Prints, before: Prints) -> Prints:
    """Add up rows by group, in whatever order, and mix in what the group was before."""
    total = np.zeros_like(before)
    np.add.at(total, groups, rows)
    return _mixed(total ^ _mixed(before))


def _mixed(numbers: Prints) -> Prints:
    """Scramble the bits, so that sums of like numbers are unlike (the finish of SplitMix64)."""
    mixed = numbers + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
