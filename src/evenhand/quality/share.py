"""How sure a share is that was counted from a few trials."""

import math
from statistics import NormalDist

import numpy as np

from evenhand.quality.codes import Floats

Z = 1.959963984540054  # of a 95 % interval


def share_interval(hits: int, trials: int, *, confidence: float = 0.9) -> tuple[float, float]:
    """Put Wilson's score interval around a share; without a trial it is all of 0 to 1.

    Wilson 1927, doi:10.1080/01621459.1927.10502953.
    """
    assert 0 <= hits <= trials, "a share is of what was tried"
    if trials == 0:
        return 0.0, 1.0
    square = NormalDist().inv_cdf((1 + confidence) / 2) ** 2
    share = hits / trials
    centre = (share + square / (2 * trials)) / (1 + square / trials)
    spread = share * (1 - share) / trials + square / (4 * trials**2)
    reach = math.sqrt(square * spread) / (1 + square / trials)
    # Rounding must not push an end past the share itself.
    return max(0.0, min(share, centre - reach)), min(1.0, max(share, centre + reach))


def wilson(share: Floats, of: Floats) -> tuple[Floats, Floats]:
    """Put Wilson's 95 % interval around shares of so many; of none, it is all of 0 to 1."""
    many = np.maximum(of, 1e-9)
    middle = (share + Z**2 / (2 * many)) / (1 + Z**2 / many)
    half = Z / (1 + Z**2 / many) * np.sqrt(share * (1 - share) / many + Z**2 / (4 * many**2))
    # Rounding must not leave a share outside of its interval.
    return np.clip(middle - half, 0.0, share), np.clip(middle + half, share, 1.0)
