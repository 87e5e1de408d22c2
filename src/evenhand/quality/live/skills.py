"""What the votes of a project tell about each annotator's accuracy."""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from evenhand.quality.choice.dawid_skene import CONFUSION_CELLS_MAX, fit
from evenhand.quality.choice.majority import vote_shares
from evenhand.quality.codes import Bools, Counts, Floats, counted, encoded

# Half-width of the interval in standard errors: 95 of 100 intervals hold the truth.
_STANDARD_ERRORS = 1.96

# Every record is read as if this many votes of a usual annotator came before it, or
# whoever was right once would pass for never being wrong.
VOTES_BEFORE = 4


class Skill(NamedTuple):
    """An annotator's accuracy, an interval that holds it 95 times in 100, and its evidence."""

    accuracy: float
    lower: float
    upper: float
    votes: int


def skills_from_votes(
    tasks: Sequence[str], annotators: Sequence[str], labels: Sequence[str]
) -> Mapping[str, Skill]:
    """Estimate accuracies without known truth; row i says who gave which label to what.

    Only tasks with two annotators or more count, for alone everyone agrees with
    oneself; whoever has none of those is left out of the result. Short records are
    drawn towards the mean of all.
    """
    task, _ = encoded(tasks)
    annotator, names = encoded(annotators)
    label, _ = encoded(labels)
    counts = counted(task, annotator, label)
    if counts.tasks.size == 0:
        return {}
    kept = _met_by_several(counts)
    right = _probably_right(counts)
    votes = np.bincount(
        counts.annotators, weights=counts.times * kept, minlength=counts.annotator_count
    )
    hits = np.bincount(
        counts.annotators, weights=right * counts.times * kept, minlength=counts.annotator_count
    )
    usual = float(hits.sum() / votes.sum()) if votes.any() else 0.0
    return {
        name: _skill(float(hits[code]), float(votes[code]), usual)
        for code, name in enumerate(names)
        if votes[code] > 0
    }


def _met_by_several(counts: Counts) -> Bools:
    """Say for each row whether its task has votes of at least two annotators."""
    pairs = np.unique(counts.tasks * counts.annotator_count + counts.annotators)
    met = np.bincount(pairs // counts.annotator_count, minlength=counts.task_count)
    return (met > 1)[counts.tasks]


def _probably_right(counts: Counts) -> Floats:
    """Return for each row how probable it is that the label is the true one."""
    if counts.annotator_count * counts.label_count**2 > CONFUSION_CELLS_MAX:
        # Too many labels for error rates of each pair: agreement with the others speaks.
        return vote_shares(counts)[counts.tasks, counts.labels]
    posterior = fit(counts, tolerance=1e-6, max_iterations=50).posterior
    return posterior[counts.tasks, counts.labels]


def _skill(hits: float, votes: float, usual: float) -> Skill:
    """Put Wilson's interval around a share; it stays inside 0 to 1 even for one vote."""
    square = _STANDARD_ERRORS**2
    share = hits / votes
    centre = (share + square / (2 * votes)) / (1 + square / votes)
    spread = share * (1 - share) / votes + square / (4 * votes**2)
    accuracy = (hits + VOTES_BEFORE * usual) / (votes + VOTES_BEFORE)
    reach = _STANDARD_ERRORS * math.sqrt(max(spread, 0.0)) / (1 + square / votes)
    return Skill(
        accuracy=accuracy,
        lower=max(0.0, min(accuracy, centre - reach)),
        upper=min(1.0, max(accuracy, centre + reach)),
        votes=round(votes),
    )
