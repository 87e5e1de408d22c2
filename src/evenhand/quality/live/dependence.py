"""How much votes on one task depend on each other, told from how well some foretell the next.

Each vote is predicted from those before it on its task, which no rule of when to stop asking can
bias: A. P. Dawid, "Statistical Theory: The Prequential Approach" (1984), doi:10.2307/2981683.
"""

import numpy as np

from evenhand.quality.codes import Bools, Codes, Floats, Ints
from evenhand.quality.live.confusion import expected_shares
from evenhand.quality.live.learning import Learned, likelihoods
from evenhand.quality.live.overlap import DEPENDENCE_UNKNOWN, design_effect
from evenhand.quality.votes import Votes

TRIED = (0.0, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0)
TASKS_MIN = 20  # with several votes; fewer tell too little
# Of more votes only so many are looked at, those of some tasks: that is evidence enough.
VOTES_MAX = 100_000


def dependence(votes: Votes, found: Learned, order: Ints, *, gold: Codes | None = None) -> float:
    """Estimate it (0 to 1) from votes and what was learned of them; `order` is when each came.

    It is what foretells votes best, but not below what is taken before anything is known, unless
    that foretells them worse by a standard error: an answer too sure costs more than a vote too
    many.
    """
    asked = _asked(votes, gold)
    tasks = votes.tasks()
    rows = np.flatnonzero(asked[tasks])
    rows = rows[np.lexsort((order[rows], tasks[rows]))]
    owner = tasks[rows]
    rates = likelihoods(votes, found, gold=gold)[rows]
    logs = np.log(rates) * votes.weight()[rows, None]
    summed = np.cumsum(logs, axis=0) - logs
    first = np.searchsorted(owner, owner)
    earlier = np.arange(rows.size) - first
    known = earlier > 0
    met = np.unique(owner[known]).size
    if met < TASKS_MIN:
        return DEPENDENCE_UNKNOWN
    before = earlier[known].astype(np.float64)
    told, rates, owner = (summed - summed[first])[known], rates[known], owner[known]
    shares = np.log(expected_shares(found.confusions.truths))
    by_task = np.stack(
        [
            np.bincount(
                owner, _foretold(told / design_effect(before, tried)[:, None] + shares, rates)
            )
            for tried in TRIED
        ]
    )
    best = int(by_task.sum(axis=1).argmax())
    behind = by_task[best] - by_task
    # Tasks are the independent draws; those that were not asked about add nothing to either.
    squares = (behind**2).sum(axis=1) - behind.sum(axis=1) ** 2 / met
    within = behind.sum(axis=1) <= np.sqrt(np.maximum(squares, 0.0))
    return max(TRIED[best], min(TRIED[int(np.flatnonzero(within)[-1])], DEPENDENCE_UNKNOWN))


def _foretold(scores: Floats, rates: Floats) -> Floats:
    probable = np.exp(scores - scores.max(axis=1, keepdims=True))
    probable /= probable.sum(axis=1, keepdims=True)
    return np.log((probable * rates).sum(axis=1))


def _asked(votes: Votes, gold: Codes | None) -> Bools:
    """Mark tasks that tell something: several votes, and no label that was known beforehand."""
    asked = np.diff(votes.starts) > 1
    if gold is not None:
        asked &= gold < 0
    reached = np.cumsum(np.diff(votes.starts) * asked) <= VOTES_MAX
    return asked & reached
