"""What a pass through the votes counts, and the parameters that follow from it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from evenhand.quality.codes import Floats

# What was never seen is taken to be this unlikely, not impossible: one vote against must not
# outweigh any number of votes for.
LEAST = 1e-10

# Of each label an annotator is taken to have met so many already, and to have been right so
# often. That is little beside a real record, and holds an annotator with three votes near others.
VOTES_BEFORE = 2.0
ACCURACY_BEFORE = 0.7
# And each label is taken to have been true so often.
TRUE_BEFORE = 1.0


@dataclass(frozen=True, slots=True)
class Counted:
    """How often each label was true, and `said[a, said, truth]`: how often said of which."""

    truth: Floats
    said: Floats


@dataclass(frozen=True, slots=True)
class Parameters:
    """How common each label is, and `said[a, said, truth]`: how likely it is said of which."""

    prior: Floats
    said: Floats


Estimate: TypeAlias = Callable[[Counted], Parameters]


def skills(counted: Counted) -> Floats:
    """Return how many of each annotator's votes are right; of no votes, as of all together."""
    right: Floats = counted.said.diagonal(axis1=1, axis2=2).sum(axis=1)
    votes: Floats = counted.said.sum(axis=(1, 2))
    usual = float(right.sum()) / max(float(votes.sum()), 1.0)
    return np.divide(right, votes, out=np.full(votes.size, usual), where=votes > 0)


def prior_of(counted: Counted) -> Floats:
    """Return how common each label is."""
    return counted.truth / max(float(counted.truth.sum()), LEAST)


def likeliest(counted: Counted) -> Parameters:
    """Estimate error rates as shares of what was counted, of the labels that an annotator uses.

    Of a truth that an annotator never met, each of those is as likely.
    """
    used = counted.said.sum(axis=2, keepdims=True) > 0
    seen = np.where(used, np.maximum(counted.said, LEAST), 0.0)
    totals = seen.sum(axis=1, keepdims=True)
    guess = np.full_like(seen, 1 / max(seen.shape[1], 1))
    return Parameters(prior_of(counted), np.divide(seen, totals, out=guess, where=totals > 0))


def by_coin(counted: Counted) -> Parameters:
    """Estimate how often each annotator is right, whatever the truth."""
    width = counted.said.shape[1]
    skill = skills(counted)[:, None, None]
    rates = np.where(np.eye(width, dtype=np.bool_), skill, (1 - skill) / max(width - 1, 1))
    return Parameters(prior_of(counted), np.clip(rates, LEAST, 1 - LEAST))


def most_probable(counted: Counted) -> Parameters:
    """Estimate error rates from what was counted and what is expected of anyone."""
    width = counted.said.shape[1]
    wrong = (1 - ACCURACY_BEFORE) / max(width - 1, 1)
    right = ACCURACY_BEFORE if width > 1 else 1.0
    before = VOTES_BEFORE * np.where(np.eye(width, dtype=np.bool_), right, wrong)
    said = counted.said + before
    truth = counted.truth + TRUE_BEFORE
    return Parameters(truth / max(float(truth.sum()), 1.0), said / said.sum(axis=1, keepdims=True))
