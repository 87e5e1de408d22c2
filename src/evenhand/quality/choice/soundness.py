"""Whether a solution has run away from the votes, told from what was counted first and last."""

import numpy as np

from evenhand.quality.choice.counted import Counted, skills
from evenhand.quality.codes import Floats

# A label that the votes gave to so many tasks, and the solution to less than so small a part of
# them, was swallowed by others.
SWALLOWED_TASKS_MIN = 5
SWALLOWED_SHARE = 0.02
# More of the votes than this, or of the tasks, must be amiss before the whole solution is.
MOST = 0.5


def unsound(first: Counted, last: Counted, likelihood: float) -> str | None:
    """Say in a sentence what is wrong with a solution, or nothing when it looks sound.

    `first` is what the shares of the votes say, `last` what the solution does.
    """
    width = last.truth.size
    if width < 2 or not last.said.any():
        return None
    met = (first.truth >= SWALLOWED_TASKS_MIN).nonzero()[0]
    swallowed = met[last.truth[met] < SWALLOWED_SHARE * first.truth[met]]
    if swallowed.size:
        return (
            f"{swallowed.size} of {width} labels, which the votes give to about "
            f"{first.truth[swallowed].sum():.0f} tasks, are hardly anywhere true in this solution."
        )
    pooled = last.said.sum(axis=0)
    turned = pooled.argmax(axis=0) != np.arange(width)
    if last.truth[turned].sum() > MOST * last.truth.sum():
        return "In this solution most labels are mostly called otherwise: they have changed places."
    given = last.said.sum(axis=(1, 2))
    if given[skills(last) < 1 / width].sum() > MOST * given.sum():
        return "In this solution most votes are of annotators who are right less often than chance."
    if likelihood < _of_one_class(last):
        return "The votes are likelier if they tell nothing of the tasks than under this solution."
    return None


def _of_one_class(counted: Counted) -> float:
    """Return the log-likelihood if annotators said what they say whatever the task."""
    said: Floats = counted.said.sum(axis=2)
    share = said / np.maximum(said.sum(axis=1, keepdims=True), 1e-300)
    return float((said * np.log(np.where(said > 0, share, 1.0))).sum())
