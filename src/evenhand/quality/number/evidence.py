"""Which estimator to believe, by what the votes alone say of it.

A vote is hidden and predicted from the others on its task. The prediction is judged within each
annotator, by correlation: how well it tells which tasks that annotator put higher. So neither an
annotator's level nor their spread matters, and an estimator cannot win by moving all values to
where most votes are (with many votes of 0, squared errors would reward just that).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from evenhand.quality.codes import Floats
from evenhand.quality.number.measured import Numbers

# A correlation of few votes is mostly chance: this many count half.
HALF_VOTES = 10.0
# With fewer votes than this an annotator's correlation says nothing.
VOTES_MIN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """How well each estimator predicts hidden votes, and how sure that is.

    `scores` are mean correlations, one for each estimator; `errors` are the standard errors of
    their differences from the first. Both are empty where too few votes can be hidden.
    """

    scores: Mapping[str, float]
    errors: Mapping[str, float]


def compared(votes: Numbers, hidden: Mapping[str, Floats]) -> Evidence:
    """Score predictions of the votes; errors are by leaving out one task at a time."""
    usable = np.ones(votes.size, dtype=np.bool_)
    for prediction in hidden.values():
        usable &= np.isfinite(prediction)
    scores: dict[str, float] = {}
    errors: dict[str, float] = {}
    first: Floats | None = None
    for name, prediction in hidden.items():
        found = _score(votes, prediction, usable)
        if found is None:
            return Evidence(scores={}, errors={})
        scores[name], without = found
        first = without if first is None else first
        change = without - first
        tasks = change.size
        spread = float(np.sum((change - change.mean()) ** 2))
        errors[name] = float(np.sqrt((tasks - 1) / tasks * spread))
    return Evidence(scores=scores, errors=errors)


def _score(votes: Numbers, prediction: Floats, usable: np.ndarray) -> tuple[float, Floats] | None:
    """Return the mean correlation, and by task what it would be without that task."""
    who, what = votes.annotators[usable], votes.tasks[usable]
    given, said = votes.values[usable], prediction[usable]
    people = votes.annotator_count
    count = np.bincount(who, minlength=people).astype(np.float64)
    given = given - (np.bincount(who, given, people) / np.maximum(count, 1))[who]
    said = said - (np.bincount(who, said, people) / np.maximum(count, 1))[who]
    sums = np.stack([given, said, given * given, said * said, given * said])
    totals = np.stack([np.bincount(who, row, people) for row in sums]).astype(np.float64)
    weight = np.where((count >= VOTES_MIN) & (totals[2] > 0), count / (count + HALF_VOTES), 0.0)
    if not weight.any():
        return None
    whole = _correlation(count, totals)
    less = _correlation(count[who] - 1, totals[:, who] - sums)
    score = float(np.sum(weight * whole) / weight.sum())
    change = np.bincount(what, weight[who] * (less - whole[who]), votes.task_count)
    met = np.bincount(what, minlength=votes.task_count) > 0
    return score, score + change[met] / weight.sum()


def _correlation(count: Floats, sums: Floats) -> Floats:
    """Correlate by the sums of x, y, x², y² and xy; one that says nothing is 0."""
    number = np.maximum(count, 1)
    x, y, xx, yy, xy = sums / number
    # What is left of a constant after rounding must not pass for a spread.
    spread_x = np.where(xx - x * x > 1e-12 * xx, xx - x * x, 0.0)
    spread_y = np.where(yy - y * y > 1e-12 * yy, yy - y * y, 0.0)
    both = spread_x * spread_y
    found = (xy - x * y) / np.sqrt(np.where(both > 0, both, 1.0))
    return np.where(both > 0, np.clip(found, -1.0, 1.0), 0.0)
