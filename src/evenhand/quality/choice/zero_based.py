"""Zero-based skill: votes weighted by skill, and skill learned from them, by turns.

The definition is that of crowd-kit's `ZeroBasedSkill`, up to ties: there the first label by name
is taken for the leader, here each of those that share the lead is right in so many parts.
"""

import numpy as np
from numpy.typing import NDArray

from evenhand.quality.choice.degenerate import degenerate
from evenhand.quality.choice.fit import NOTHING_KNOWN, Fit, Known, Limits
from evenhand.quality.codes import Codes, Floats
from evenhand.quality.compiled import compiled
from evenhand.quality.votes import Votes

# All annotators begin a little above chance, and learn the whole difference at once; every twenty
# rounds half as much of it, so that what swings to and fro comes to rest. As in crowd-kit.
ABOVE_CHANCE = 1e-5
LEARNED = 1.0
ROUNDS_AT_ONE_PACE = 20
SLOWER = 0.5

SAME = 1e-9  # shares nearer than this are a tie
NO_LABELS = np.zeros(0, dtype=np.int32)


def zero_based(
    votes: Votes,
    known: Known = NOTHING_KNOWN,
    limits: Limits = Limits(),  # noqa: B008
) -> Fit:
    """Weigh votes by skill until nobody's skill differs from their agreement with what leads.

    There is no model of the votes behind it, hence no likelihood and no confusions; the
    probabilities are shares of weight.
    """
    weighing = Weighing(votes, known)
    skills = np.full(votes.annotator_count, 1 / max(votes.label_count, 1) + ABOVE_CHANCE)
    learned, iterations, converged = LEARNED, 0, votes.size == 0
    while iterations < limits.max_iterations and not converged:
        iterations += 1
        if iterations % ROUNDS_AT_ONE_PACE == 0:
            learned *= SLOWER
        change = weighing.agreement(skills) - skills
        skills = skills + learned * change
        converged = bool(np.abs(change).max(initial=0.0) <= limits.tolerance)
    return weighing.fit(skills, iterations=iterations, converged=converged)


class Weighing:
    """Votes that can be weighed by skill."""

    def __init__(self, votes: Votes, known: Known) -> None:
        """Count what does not change: the votes of each annotator, and the earlier record."""
        self.votes, self.known = votes, known
        self.gold = NO_LABELS if known.gold is None else known.gold
        self.weights = np.zeros(0) if votes.weights is None else votes.weights
        self.right = np.zeros(votes.annotator_count)
        self.total = np.bincount(
            votes.annotators, weights=votes.weights, minlength=votes.annotator_count
        ).astype(np.float64)
        if known.counts is not None:
            self.right += np.trace(known.counts, axis1=1, axis2=2)
            self.total += known.counts.sum(axis=(1, 2))

    def agreement(self, skills: Floats) -> Floats:
        """Return the share of each annotator's votes, and record, that agrees with what leads.

        Whoever has neither is taken to be no better than chance.
        """
        right = self.right.copy()
        self._weigh(skills, right, np.zeros((0, self.votes.label_count)))
        chance = np.full(right.size, 1 / max(self.votes.label_count, 1))
        return np.divide(right, self.total, out=chance, where=self.total > 0)

    def fit(self, skills: Floats, *, iterations: int, converged: bool) -> Fit:
        """Weigh the votes for the last time."""
        posterior = np.zeros((self.votes.task_count, self.votes.label_count))
        self._weigh(skills, np.zeros(skills.size), posterior)
        total = posterior.sum(axis=0)
        return Fit(
            posterior=posterior,
            prior=total / max(total.sum(), 1.0),
            confusion=None,
            skill=np.clip(skills, 0.0, 1.0),
            log_likelihood=None,
            iterations=iterations,
            converged=converged,
            degenerate=degenerate(self.votes, self.known, posterior),
        )

    def _weigh(self, skills: Floats, right: Floats, posterior: Floats) -> None:
        votes = self.votes
        columns = (votes.starts, votes.annotators, votes.labels)
        weigh(columns, (self.weights, skills), self.gold, right, posterior)


@compiled
def weigh(
    columns: tuple[NDArray[np.int64], Codes, Codes],
    weights: tuple[Floats, Floats],
    gold: Codes,
    right: Floats,
    posterior: Floats,
) -> None:
    """Add up each task's votes by weight and skill, and who voted for what leads.

    `posterior` gets the shares, unless it has no rows. Where nobody who voted has any skill, all
    votes are alike.
    """
    starts, annotators, labels = columns
    weight, skill = weights
    current = np.empty(posterior.shape[1])
    for task in range(starts.size - 1):
        start, end = starts[task], starts[task + 1]
        if start == end:
            continue
        current[:] = 0.0
        for row in range(start, end):
            heavy = weight[row] if weight.size > 0 else 1.0
            current[labels[row]] += heavy * skill[annotators[row]]
        if current.sum() <= 0.0:
            for row in range(start, end):
                current[labels[row]] += weight[row] if weight.size > 0 else 1.0
        if gold.size > 0 and gold[task] >= 0:
            current[:] = 0.0
            current[gold[task]] = 1.0
        current /= current.sum()
        lead = current.max() - SAME
        leading = (current >= lead).sum()
        for row in range(start, end):
            if current[labels[row]] >= lead:
                heavy = weight[row] if weight.size > 0 else 1.0
                right[annotators[row]] += heavy / leading
        if posterior.shape[0] > 0:
            posterior[task] = current
