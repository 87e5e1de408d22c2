"""The temperature of a crowd: how far to believe annotators together, by held-out predictions.

Annotators who err on the same pieces, and rates fitted to the very votes that they are to judge,
make a posterior too sure. So evidence is raised to a power below 1 when confidence is read off
it, as posteriors are tempered elsewhere (compare P. Grünwald and T. van Ommen, "Inconsistency of
Bayesian Inference for Misspecified Linear Models, and a Proposal for Repairing It", Bayesian
Analysis 2017, doi:10.1214/17-BA1085): the power with which some annotators best foretell what
others said. Which spans are kept does not depend on it.
"""

from collections.abc import Sequence

import numpy as np

from evenhand.quality.codes import Bools, Floats
from evenhand.quality.mark.tag_chains import Expected, Rates, Views, forward_backward

POWERS = (1.0, 0.8, 0.6, 0.45, 0.3)
# What is believed of the power before the votes: usual on sentences, give or take. A few tasks
# cannot tell it.
USUAL, SPREAD = 0.7, 0.15


def expect(seen: Views, rates: Rates) -> Expected:
    """Find what is expected of each piece."""
    pieces, tags = seen.views.size - 1, rates.follows.shape[0]
    expected = Expected(
        np.zeros((pieces, tags)),
        np.zeros((pieces, tags)),
        np.zeros((tags, tags)),
        np.zeros_like(rates.said),
    )
    forward_backward(seen, rates, expected)
    return expected


def tempered(rates: Rates, power: float, known: int | None, silent: Bools | None = None) -> Rates:
    """Raise what annotators say to a power, and leave some out; what is known stays as it is."""
    said = rates.said * power
    if silent is not None:
        said[silent] = 0.0
    if known is not None:
        said[known] = rates.said[known]
    return Rates(said, rates.follows)


def power_of(seen: Views, rates: Rates, groups: Sequence[Bools], known: int | None) -> float:
    """Find the power with which all other annotators best foretell each group of annotators."""
    scores = np.array(
        [
            sum(_foretold(seen, rates, power, known, silent) for silent in groups)
            - (power - USUAL) ** 2 / (2 * SPREAD**2)
            for power in POWERS
        ]
    )
    best = int(np.argmax(np.round(scores, 6)))
    if best in (0, len(POWERS) - 1):
        return POWERS[best]
    return _top(POWERS[best - 1 : best + 2], scores[best - 1 : best + 2])


def _foretold(seen: Views, rates: Rates, power: float, known: int | None, silent: Bools) -> float:
    expected = expect(seen, tempered(rates, power, known, silent))
    size = np.diff(seen.views)
    owner = np.repeat(np.arange(size.size), size)
    views = silent[seen.annotators]
    said = np.exp(rates.said[seen.annotators[views], seen.said[views]])
    return float(np.log((expected.tags[owner[views]] * said).sum(axis=1)).sum())


def _top(places: Sequence[float], heights: Floats) -> float:
    """Return where the parabola through three points, the middle one highest, has its top."""
    left, middle, right = places
    rise, fall = (heights[1] - heights[0]) / (middle - left), (heights[2] - heights[1])
    fall /= right - middle
    bend = (fall - rise) / (right - left)
    if bend >= 0:
        return middle
    return float(np.clip((left + middle) / 2 - rise / (2 * bend), right, left))
