"""Expectations under Dirichlet distributions, for estimators that keep their doubts."""

from collections.abc import Callable

import numpy as np

from evenhand.quality.codes import Floats

SERIES_FROM = 8.0  # from here on the asymptotic series below are good to twelve digits


def digamma(numbers: Floats) -> Floats:
    """Return the derivative of the logarithm of the gamma function, for positive numbers."""
    x, below = _raised(numbers, lambda at: 1 / at)
    inverse = 1 / (x * x)
    series = inverse * (
        1 / 12 - inverse * (1 / 120 - inverse * (1 / 252 - inverse * (1 / 240 - inverse / 132)))
    )
    return np.log(x) - 0.5 / x - series - below


def log_gamma(numbers: Floats) -> Floats:
    """Return the logarithm of the gamma function, for positive numbers."""
    x, below = _raised(numbers, np.log)
    inverse = 1 / (x * x)
    series = (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse / 1680))) / x
    return (x - 0.5) * np.log(x) - x + 0.5 * np.log(2 * np.pi) + series - below


def expected_logs(counts: Floats) -> Floats:
    """Return what the logarithm of each probability is on average; the last axis sums to one."""
    return digamma(counts) - digamma(counts.sum(axis=-1, keepdims=True))


def divergence(counts: Floats, prior: Floats) -> float:
    """Return how far distributions are from their priors (Kullback-Leibler), all together."""
    if counts.size == 0:
        return 0.0
    total, expected = counts.sum(axis=-1), prior.sum(axis=-1)
    apart = log_gamma(total) - log_gamma(expected)
    apart = apart - (log_gamma(counts) - log_gamma(prior)).sum(axis=-1)
    apart = apart + ((counts - prior) * expected_logs(counts)).sum(axis=-1)
    return float(apart.sum())


def _raised(numbers: Floats, step: Callable[[Floats], Floats]) -> tuple[Floats, Floats]:
    """Raise small numbers until the series hold; return also what those steps add up to."""
    x = np.array(numbers, dtype=np.float64)
    below = np.zeros_like(x)
    while True:
        small = x < SERIES_FROM
        if not small.any():
            return x, below
        below[small] += step(x[small])
        x[small] += 1
