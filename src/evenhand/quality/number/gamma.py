"""The logarithm of the gamma function over arrays, which numpy lacks."""

import numpy as np

from evenhand.quality.codes import Floats

STEPS = 7


def log_gamma(x: Floats) -> Floats:
    """Return log Γ(x) for x > 0, to about twelve digits.

    Stirling's series is used past x + 7 and brought back by Γ(x + 1) = x Γ(x).
    """
    product = np.ones_like(x)
    for step in range(STEPS):
        product = product * (x + step)
    far = x + STEPS
    square = 1 / far**2
    series = (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680))) / far
    return (far - 0.5) * np.log(far) - far + 0.5 * np.log(2 * np.pi) + series - np.log(product)
