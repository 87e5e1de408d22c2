"""Overlapping extents, found by a sweep with a ceiling on the pairs.

It costs sorting plus the pairs that meet. How many those are is counted before any is looked at,
since an answer can be made so that all of its marks meet all others.
"""

from collections.abc import Iterator

import numpy as np

from evenhand.quality.ceilings import TooMuchToCompare
from evenhand.quality.codes import Floats, Ints

PAIRS_MAX = 2_000_000  # of one task; two answers of a thousand marks each, whatever they are like
PAIRS_AT_ONCE = 200_000  # held in memory while they are compared, some 20 MB


class TooManyPairs(TooMuchToCompare):
    """The marks of a task meet each other in too many pairs to be compared."""


def meeting(
    lows: Ints | Floats, highs: Ints | Floats, *, pairs_max: int = PAIRS_MAX
) -> Iterator[tuple[Ints, Ints]]:
    """Yield pairs, some at a time, of which the second begins no later than the first ends.

    `lows` are sorted. Pairs come in order of the first, then of the second.
    """
    first = np.arange(lows.size, dtype=np.int64)
    counts = _met(lows, highs)
    ends = np.cumsum(counts)
    if ends.size and int(ends[-1]) > pairs_max:
        raise TooManyPairs
    begin = 0
    while begin < first.size:
        done = int(ends[begin - 1]) if begin else 0
        end = int(np.searchsorted(ends, done + PAIRS_AT_ONCE, side="right"))
        end = max(end, begin + 1)
        some = counts[begin:end]
        ones = np.repeat(first[begin:end], some)
        steps = np.arange(ones.size) - np.repeat(ends[begin:end] - some - done, some)
        if ones.size:
            yield ones, ones + 1 + steps
        begin = end


def fewest(lows: Floats, highs: Floats) -> int:
    """Say along which axis, a column each, the fewest extents meet."""
    counts = [
        int(_met(lows[rank, axis], highs[rank, axis]).sum())
        for axis in range(lows.shape[1])
        for rank in [np.argsort(lows[:, axis], kind="stable")]
    ]
    return counts.index(min(counts))


def _met(lows: Ints | Floats, highs: Ints | Floats) -> Ints:
    after = np.searchsorted(lows, highs, side="right").astype(np.int64)
    return np.maximum(after - np.arange(lows.size) - 1, 0)
