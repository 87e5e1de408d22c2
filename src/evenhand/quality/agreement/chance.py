"""How far apart two votes lie that have nothing to do with each other.

Of few values, sums over tasks keep the votes on each, and a replicate's chance is exact. Of many,
they keep each task's distances to all votes, which is the same to first order.
"""

from dataclasses import dataclass

import numpy as np

from evenhand.quality.agreement.distances import Distance
from evenhand.quality.agreement.profiles import Profiles
from evenhand.quality.agreement.tally import tally
from evenhand.quality.codes import Floats, Ints

EXACT_VALUES_MAX = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    """What is added up over tasks, a row for each kind, and the mean distance that follows.

    `value` is the mean distance of two votes drawn with replacement, over all tasks.
    """

    sums: Floats
    value: float
    _matrix: Floats | None

    def of(self, sums: Floats) -> Floats:
        """Return the mean distance for each row of summed columns."""
        if self._matrix is None:
            mine, theirs, votes = sums[:, 0], sums[:, 1], sums[:, 2]
            mean = _shares(mine, votes) + _shares(theirs, votes)
            return np.asarray(mean - self.value)
        count = self._matrix.shape[0]
        one, other = sums[:, :count], sums[:, count:]
        total = one.sum(axis=1) * other.sum(axis=1)
        return _shares(((one @ self._matrix) * other).sum(axis=1), total)


def of_one_pool(profiles: Profiles, distance: Distance) -> Chance:
    """Draw both votes from all votes."""
    by_value = profiles.by_value()
    if by_value.size <= EXACT_VALUES_MAX:
        dense = profiles.dense()
        return _exact(dense, dense, by_value, by_value, distance)
    far = distance.from_all(by_value) / max(float(by_value.sum()), 1.0)
    column = profiles.summed(far[profiles.values] * profiles.counts)
    sums = np.stack([column, column, profiles.votes()], axis=1)
    mean = float(by_value @ far) / max(float(by_value.sum()), 1.0)
    return Chance(sums=sums, value=mean, _matrix=None)


def of_two_pools(
    ones: Ints, others: Ints, times: Ints, value_count: int, distance: Distance
) -> Chance:
    """Draw one vote from each of two annotators; row `i` is what both said, `times[i]` times."""
    one = tally(ones, times, value_count)
    other = tally(others, times, value_count)
    if value_count <= EXACT_VALUES_MAX:
        mark = np.eye(value_count)
        return _exact(mark[ones], mark[others], one, other, distance)
    votes = max(float(one.sum()), 1.0)
    from_one, from_other = distance.from_all(one) / votes, distance.from_all(other) / votes
    sums = np.stack([from_other[ones], from_one[others], np.ones(ones.size)], axis=1)
    return Chance(sums=sums, value=float(one @ from_other) / votes, _matrix=None)


def _exact(ones: Floats, others: Floats, one: Floats, other: Floats, distance: Distance) -> Chance:
    count = one.size
    codes = np.arange(count, dtype=np.int64)
    matrix = distance.between(np.repeat(codes, count), np.tile(codes, count))
    matrix = matrix.reshape(count, count)
    total = float(one.sum() * other.sum())
    return Chance(
        sums=np.concatenate([ones, others], axis=1),
        value=float(one @ matrix @ other) / total if total else 0.0,
        _matrix=matrix,
    )


def _shares(parts: Floats, totals: Floats) -> Floats:
    return np.divide(parts, totals, out=np.zeros_like(parts), where=totals > 0)
