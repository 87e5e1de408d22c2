"""Annotators who have become worse, or better, in the course of their votes."""

import numpy as np
from numpy.typing import ArrayLike

from evenhand.quality.agreement.tally import tally
from evenhand.quality.checks.finding import FALSE_DISCOVERY_RATE, VOTES_MIN, Finding, told
from evenhand.quality.checks.judged import Judged
from evenhand.quality.codes import Floats, Ints

_TERMS = 50  # of the series below; further ones are smaller than a double tells apart


def drift(judged: Judged, when: ArrayLike, *, rate: float = FALSE_DISCOVERY_RATE) -> list[Finding]:
    """Find annotators whose agreement with the consensus changed at some vote of theirs.

    `when` has the time, or the place in the order, of each row of `judged.votes`. Each vote
    counts as the probability of its label, less that of the other votes on the task, so that
    hard tasks in a row accuse nobody. Tested is the largest departure of the running sum from a
    straight line (CUSUM), which without change is that of a Brownian bridge: R. L. Brown,
    J. Durbin and J. M. Evans, Journal of the Royal Statistical Society B 37 (1975), 149-192,
    doi:10.1111/j.2517-6161.1975.tb01532.x. At most `rate` of those found have not changed.
    """
    votes = judged.votes
    order = np.lexsort((np.asarray(when), votes.annotators))
    residual = _residual(judged)[order]
    starts = np.zeros(votes.annotator_count + 1, dtype=np.int64)
    np.cumsum(np.bincount(votes.annotators, minlength=votes.annotator_count), out=starts[1:])
    sizes = np.diff(starts)
    departure, place = _departures(residual, starts)
    p_values = bridge_tail(departure)
    right = judged.support()[order]

    def tell(annotator: int) -> Finding:
        start, end = starts[annotator], starts[annotator + 1]
        middle = start + place[annotator] + 1
        before, after = float(right[start:middle].mean()), float(right[middle:end].mean())
        name, number = judged.annotators[annotator], int(sizes[annotator])
        change = "fell" if after < before else "rose"
        return Finding(
            check="drift",
            annotators=(name,),
            score=after - before,
            p_value=float(p_values[annotator]),
            votes=number,
            sentence=(
                f"{name}'s agreement with the consensus {change} from {before:.0%} to {after:.0%} "
                f"after vote {place[annotator] + 1:,} of {number:,}; one in "
                f"{_one_in(float(p_values[annotator]))} steady annotators looks so."
            ),
            evidence={"before": before, "after": after, "at": float(place[annotator] + 1)},
        )

    return told(p_values, sizes >= VOTES_MIN, rate, tell)


def _residual(judged: Judged) -> Floats:
    """Return how much more probable each vote's label is than those of the task's others."""
    tasks, weight = judged.votes.tasks(), judged.votes.weight()
    support = judged.support()
    total = tally(tasks, support * weight, judged.votes.task_count)[tasks] - support * weight
    others = judged.voters()[tasks] - weight
    # A vote alone on its task is right by definition, and tells nothing.
    return support - np.divide(total, others, out=support.copy(), where=others > 1e-9)


def _departures(residual: Floats, starts: Ints) -> tuple[Floats, Ints]:
    """Return how far each annotator's running sum departs from a straight line, and where."""
    count = starts.size - 1
    departure, place = np.zeros(count), np.zeros(count, dtype=np.int64)
    for annotator in np.flatnonzero(np.diff(starts) > 1).tolist():
        own = residual[starts[annotator] : starts[annotator + 1]]
        own = own - own.mean()
        spread = float(own.std())
        if spread > 1e-9:
            path = np.abs(np.cumsum(own))[:-1]
            place[annotator] = int(path.argmax())
            departure[annotator] = float(path.max()) / (spread * np.sqrt(own.size))
    return departure, place


def bridge_tail(departure: Floats) -> Floats:
    """Return how probable it is that a Brownian bridge departs from 0 by so much anywhere.

    The limit of Kolmogorov's statistic; of finitely many steps a little less is seen.
    """
    term = np.arange(1, _TERMS + 1)
    signs = np.where(term % 2 == 1, 2.0, -2.0)
    series = np.exp(-2 * (departure[:, None] * term) ** 2) @ signs
    # Near 0 the series converges slowly, and the answer is 1.
    return np.where(departure < 0.2, 1.0, np.clip(series, 0.0, 1.0))


def _one_in(p_value: float) -> str:
    return f"{min(1 / max(p_value, 1e-12), 1e12):,.0f}"
