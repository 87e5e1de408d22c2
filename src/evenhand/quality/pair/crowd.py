"""Strengths of items from annotators of differing skill: Chen et al. (2013), CrowdBT.

An annotator names the item that the Bradley-Terry model draws as the better one with a
probability of their own, else the other: doi:10.1145/2433396.2433420. By expectation
maximisation: a vote counts for the item named as far as the annotator is believed, and for the
other as far as not. Ties say nothing of skill and count as half a win each.
"""

from dataclasses import dataclass

import numpy as np

from evenhand.quality.codes import Bools, Codes, Floats
from evenhand.quality.pair.bradley_terry import Strengths, bradley_terry
from evenhand.quality.pair.comparisons import LEFT, TIE, Comparisons, PairCounts, tallied
from evenhand.quality.request import Limits

# Before any vote is seen, annotators are taken to be right nine times in ten, and that counts
# as ten votes: it says which way round the scores are, and keeps a few votes from deciding.
PRIOR_RIGHT, PRIOR_WRONG = 9.0, 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """Scores, and how likely each annotator names the better item."""

    strengths: Strengths
    skill: Floats
    votes: Floats
    log_likelihood: float
    iterations: int
    converged: bool


def crowd(votes: Comparisons, limits: Limits) -> Crowd:
    """Fit scores and skills in turn until the likelihood of the votes stands still."""
    assert votes.annotators is not None, "skill belongs to annotators"
    who, people = votes.annotators.codes, len(votes.annotators.names)
    decisive = votes.outcomes != TIE
    seen = np.bincount(who[decisive], minlength=people).astype(np.float64)
    skill = np.full(people, PRIOR_RIGHT / (PRIOR_RIGHT + PRIOR_WRONG))
    belief = np.where(decisive, skill[who], 1.0)
    likelihood, iteration, converged = -np.inf, 0, False
    strengths = bradley_terry(_believed(votes, belief, decisive), limits=limits)
    while iteration < limits.max_iterations and not converged:
        iteration += 1
        named = chance_of_named(votes, strengths.scores)
        right = skill[who] * named
        either = right + (1 - skill[who]) * (1 - named)
        before, likelihood = likelihood, float(np.sum(np.log(either[decisive])))
        converged = abs(likelihood - before) <= limits.tolerance * max(decisive.sum(), 1)
        belief = np.where(decisive, right / either, 1.0)
        total = np.bincount(who[decisive], belief[decisive], people)
        skill = (total + PRIOR_RIGHT) / (seen + PRIOR_RIGHT + PRIOR_WRONG)
        tally = _believed(votes, belief, decisive)
        strengths = bradley_terry(tally, limits=limits, start=strengths.scores)
    return Crowd(
        strengths=strengths,
        skill=skill,
        votes=seen,
        log_likelihood=likelihood,
        iterations=iteration,
        converged=converged,
    )


def chance_of_named(votes: Comparisons, scores: Floats) -> Floats:
    """Return by vote how likely the item that it named is the better one."""
    lead = scores[votes.left] - scores[votes.right]
    return 1 / (1 + np.exp(np.where(votes.outcomes == LEFT, -lead, lead)))


def _believed(votes: Comparisons, belief: Floats, decisive: Bools) -> PairCounts:
    who_won = votes.outcomes
    turned: Codes = np.where(decisive, 1 - who_won, who_won).astype(np.int32)
    return tallied(
        np.concatenate((votes.left, votes.left[decisive])),
        np.concatenate((votes.right, votes.right[decisive])),
        np.concatenate((who_won, turned[decisive])),
        votes.item_count,
        np.concatenate((belief, 1 - belief[decisive])),
    )
