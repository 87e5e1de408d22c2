"""Percent agreement, Krippendorff's alpha, Fleiss' and Cohen's kappa, from counts by task.

All but the first are 1 - (distance of votes on one task) / (distance of votes by chance).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from evenhand.quality.agreement.chance import Chance, of_one_pool, of_two_pools
from evenhand.quality.agreement.distances import (
    Distance,
    Linear,
    Nominal,
    Ratio,
    Squared,
    ordinal,
)
from evenhand.quality.agreement.profiles import Profiles, profiles_of_codes
from evenhand.quality.agreement.resampling import Statistic
from evenhand.quality.codes import Floats, Ints

NO_PAIR = "No task has votes of two annotators, so there is no pair that could agree."
ONE_VALUE = "Only one value was ever given, so there is no disagreement by chance to compare with."
ALL_ALIKE = (
    "All values that were given are at distance 0 of each other, so there is no disagreement by "
    "chance to compare with."
)

# Less than this share of what two votes can lie apart is rounding, not distance.
_NOTHING = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A measure as a function of sums over tasks, and why it is undefined if it is."""

    sums: Floats
    times: Ints
    statistic: Statistic
    undefined: str | None
    votes: int

    @property
    def value(self) -> float | None:
        """The measure over all tasks."""
        if self.undefined is not None:
            return None
        return float(self.statistic((self.times @ self.sums)[None, :])[0])


def percent(profiles: Profiles, distance: Distance) -> Measured:
    """Measure how alike two votes on one task are in the mean: for names, the share of equals."""
    votes = profiles.votes()
    sums = np.stack([profiles.differing(distance.between), votes * (votes - 1)], axis=1)

    def statistic(rows: Floats) -> Floats:
        return 1 - _ratio(rows[:, 0], rows[:, 1])

    return _measured(profiles, sums, statistic, undefined=None)


def alpha(profiles: Profiles, distance: Distance) -> Measured:
    """Measure Krippendorff's alpha, in which every vote counts the same.

    K. Krippendorff, "Estimating the Reliability, Systematic Error and Random Error of Interval
    Data", Educational and Psychological Measurement 30 (1970), 61-70,
    doi:10.1177/001316447003000105.
    """
    votes = profiles.votes()
    chance = of_one_pool(profiles, distance)
    apart = profiles.differing(distance.between) / (votes - 1)
    sums = np.concatenate([np.stack([apart, votes], axis=1), chance.sums], axis=1)

    def statistic(rows: Floats) -> Floats:
        # Two votes by chance are drawn without putting the first back.
        without = _ratio(rows[:, 1] - 1, rows[:, 1])
        return 1 - _ratio(_ratio(rows[:, 0], rows[:, 1]) * without, chance.of(rows[:, 2:]))

    return _measured(profiles, sums, statistic, _why_undefined(profiles, chance))


def fleiss(profiles: Profiles, distance: Distance) -> Measured:
    """Measure Fleiss' kappa, in which every task counts the same.

    J. L. Fleiss, "Measuring Nominal Scale Agreement Among Many Raters", Psychological Bulletin 76
    (1971), 378-382, doi:10.1037/h0031619. He has equally many votes on each task; where they
    are not, a task's agreement is still that of its pairs, and chance follows all votes.
    """
    votes = profiles.votes()
    chance = of_one_pool(profiles, distance)
    apart = profiles.differing(distance.between) / (votes * (votes - 1))
    sums = np.concatenate([np.stack([apart, np.ones_like(apart)], axis=1), chance.sums], axis=1)

    def statistic(rows: Floats) -> Floats:
        return 1 - _ratio(_ratio(rows[:, 0], rows[:, 1]), chance.of(rows[:, 2:]))

    return _measured(profiles, sums, statistic, _why_undefined(profiles, chance))


def cohen(ones: Ints, others: Ints, value_count: int, distance: Distance) -> Measured:
    """Measure Cohen's kappa of two annotators; row `i` is what each said of one task.

    J. Cohen, "A Coefficient of Agreement for Nominal Scales", Educational and Psychological
    Measurement 20 (1960), 37-46, doi:10.1177/001316446002000104; weighted by distance as in
    Psychological Bulletin 70 (1968), 213-220, doi:10.1037/h0026256.
    """
    cells, times = np.unique(ones * np.int64(value_count) + others, return_counts=True)
    one, other = np.divmod(cells, max(value_count, 1))
    chance = of_two_pools(one, other, times, value_count, distance)
    apart = distance.between(one, other)
    sums = np.concatenate([np.stack([apart, np.ones_like(apart)], axis=1), chance.sums], axis=1)

    def statistic(rows: Floats) -> Floats:
        return 1 - _ratio(_ratio(rows[:, 0], rows[:, 1]), chance.of(rows[:, 2:]))

    undefined = None
    if not ones.size:
        undefined = NO_PAIR
    elif np.unique([one, other]).size < 2:
        undefined = ONE_VALUE
    elif chance.value <= 0:
        undefined = ALL_ALIKE
    return Measured(
        sums=sums,
        times=times.astype(np.int64),
        statistic=statistic,
        undefined=undefined,
        votes=2 * ones.size,
    )


def percent_agreement(tasks: ArrayLike, labels: ArrayLike) -> float | None:
    """Return the share of pairs of votes on one task that agree; None without a pair."""
    profiles = _profiles(tasks, labels)
    return percent(profiles, Nominal()).value


def krippendorff_alpha(
    tasks: ArrayLike,
    labels: ArrayLike,
    *,
    distance: Literal["nominal", "ordinal", "interval", "ratio"] = "nominal",
) -> float | None:
    """Return Krippendorff's alpha of codes from 0, which are also the ranks and the numbers.

    None where it is undefined: no task has two votes, or all such votes are the same
    label, so that there is no disagreement by chance to compare with.
    """
    profiles = _profiles(tasks, labels)
    by_value = profiles.by_value()
    values = np.arange(by_value.size, dtype=np.float64)
    made: dict[str, Callable[[], Distance]] = {
        "nominal": Nominal,
        "ordinal": lambda: ordinal(by_value),
        "interval": lambda: Squared(values),
        "ratio": lambda: Ratio(values),
    }
    return alpha(profiles, made[distance]()).value


def fleiss_kappa(tasks: ArrayLike, labels: ArrayLike) -> float | None:
    """Return Fleiss' kappa of codes from 0; None where it is undefined."""
    return fleiss(_profiles(tasks, labels), Nominal()).value


def cohen_kappa(
    ones: ArrayLike,
    others: ArrayLike,
    *,
    weights: Literal["linear", "quadratic"] | None = None,
) -> float | None:
    """Return Cohen's kappa of what two annotators said of the same tasks, as codes from 0.

    `weights` counts codes that lie close to each other as nearly the same. None where it is
    undefined.
    """
    one, other = _codes(ones, others)
    values = int(max(one.max(initial=-1), other.max(initial=-1))) + 1
    places = np.arange(values, dtype=np.float64)
    distance: Distance = Nominal()
    if weights is not None:
        distance = Linear() if weights == "linear" else Squared(places)
    return cohen(one, other, values, distance).value


def _profiles(tasks: ArrayLike, labels: ArrayLike) -> Profiles:
    task, label = _codes(tasks, labels)
    return profiles_of_codes(task, label, int(label.max(initial=-1)) + 1)


def _codes(*columns: ArrayLike) -> list[Ints]:
    found = [_column(codes) for codes in columns]
    if len({column.size for column in found}) > 1:
        raise ValueError("Columns of codes must be equally long.")
    return found


def _column(codes: ArrayLike) -> Ints:
    column = np.asarray(codes)
    if column.size == 0:
        return np.zeros(0, dtype=np.int64)
    if column.ndim != 1 or column.dtype.kind not in "iu" or int(column.min()) < 0:
        raise ValueError("Codes must be one row of whole numbers from 0.")
    return column.astype(np.int64)


def _measured(
    profiles: Profiles, sums: Floats, statistic: Statistic, undefined: str | None
) -> Measured:
    return Measured(
        sums=sums,
        times=profiles.times,
        statistic=statistic,
        undefined=undefined if profiles.size else NO_PAIR,
        votes=round(float(profiles.by_value().sum())),
    )


def _why_undefined(profiles: Profiles, chance: Chance) -> str | None:
    if not profiles.size:
        return NO_PAIR
    if np.count_nonzero(profiles.by_value()) < 2:
        return ONE_VALUE
    return ALL_ALIKE if chance.value <= 0 else None


def _ratio(parts: Floats, totals: Floats) -> Floats:
    """Divide, and say nan where nothing is divided by nothing or less."""
    # What is left of cancelled sums is rounding, and no chance to compare with.
    real = totals > _NOTHING
    return np.divide(parts, totals, out=np.full_like(parts, np.nan), where=real)
