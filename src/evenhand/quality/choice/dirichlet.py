"""Expectations under Dirichlet distributions, for estimators that keep their doubts."""

import numpy as np

from evenhand.quality.codes import Floats
from evenhand.quality.compiled import compiled

SERIES_FROM = 8.0  # from here on the asymptotic series below are good to twelve digits
LOG_TWO_PI = 1.8378770664093453


class Beliefs:
    """Dirichlet distributions before the votes, as counts; they run along the middle axis."""

    def __init__(self, counts: Floats) -> None:
        """Take the counts that stand for what is believed."""
        self.counts = np.ascontiguousarray(counts)
        self._origin = expect(self.counts, self.counts, np.empty_like(self.counts))

    def moved(self, seen: Floats) -> tuple[Floats, float]:
        """Return the mean logarithm of each probability in the light of more counts.

        And how far those distributions are from the beliefs (Kullback-Leibler), all together.
        """
        logs = np.empty_like(self.counts)
        apart = expect(self.counts + seen.reshape(self.counts.shape), self.counts, logs)
        return logs, apart - self._origin


def at_once(counts: Floats) -> Beliefs:
    """Hold beliefs whose distributions run along the last axis of a table."""
    return Beliefs(counts[:, :, None])


@compiled
def expect(counts: Floats, before: Floats, logs: Floats) -> float:
    """Write the mean logarithms, and return the sum over distributions of two terms.

    They are the logarithm of the distribution's normalising factor, and the mean logarithms times
    what counts have grown; taken at the counts `before`, the same is the first term alone, so that
    the difference is the divergence.
    """
    value = 0.0
    for block in range(counts.shape[0]):
        for column in range(counts.shape[2]):
            total = 0.0
            for part in range(counts.shape[1]):
                total += counts[block, part, column]
            if total == 0.0:
                continue
            whole_slope, whole = gamma_logarithm(total)
            value += whole
            for part in range(counts.shape[1]):
                count = counts[block, part, column]
                slope, one = gamma_logarithm(count)
                logs[block, part, column] = slope - whole_slope
                grown = count - before[block, part, column]
                value += grown * (slope - whole_slope) - one
    return value


@compiled
def gamma_logarithm(number: float) -> tuple[float, float]:
    """Return the slope (digamma) and the value of the gamma function's logarithm.

    For a positive number: small ones are raised by the recurrence until the series hold.
    """
    x, steps, product = number, 0.0, 1.0
    while x < SERIES_FROM:
        steps += 1 / x
        product *= x
        x += 1.0
    log = np.log(x)
    inverse = 1 / (x * x)
    slope = inverse * (
        1 / 12 - inverse * (1 / 120 - inverse * (1 / 252 - inverse * (1 / 240 - inverse / 132)))
    )
    series = (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse / 1680))) / x
    value = (x - 0.5) * log - x + LOG_TWO_PI / 2 + series - np.log(product)
    return log - 0.5 / x - slope - steps, value
