"""Arrays that estimators count in, and which column of scores leads."""

from typing import TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from evenhand.quality.compiled import compiled

Codes: TypeAlias = NDArray[np.int32]
Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]


def ids(codes: Ints) -> list[int]:
    """Return codes as Python's own numbers."""
    return cast("list[int]", codes.tolist())


def leaders(scores: Floats, *, tolerance: float = 1e-9) -> Ints:
    """Return each row's best column, or -1 where two columns share the lead."""
    return led(scores, tolerance=tolerance)[0]


def led(scores: Floats, *, tolerance: float = 1e-9) -> tuple[Ints, Floats]:
    """Return each row's best column, or -1 where two share the lead, and the best score."""
    winners = np.full(scores.shape[0], -1, dtype=np.int64)
    best = np.zeros(scores.shape[0])
    if scores.size:
        lead(np.ascontiguousarray(scores), tolerance, winners, best)
    return winners, best


@compiled
def lead(scores: Floats, tolerance: float, winners: Ints, best: Floats) -> None:
    """Write down each row's winner, if it has one, and its best score."""
    for row in range(scores.shape[0]):
        first, second, winner = -np.inf, -np.inf, -1
        for column in range(scores.shape[1]):
            score = scores[row, column]
            # Without branches, which no processor could foretell.
            second = max(second, min(first, score))
            winner = column if score > first else winner
            first = max(first, score)
        best[row] = first
        if first - second > tolerance:
            winners[row] = winner
