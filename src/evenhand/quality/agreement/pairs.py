"""Pairs of rows that stand in one group."""

from collections.abc import Iterator

import numpy as np

from evenhand.quality.codes import Ints


def pairs_within(starts: Ints) -> Iterator[tuple[Ints, Ints]]:
    """Yield the pairs of rows that stand in one group, those a step apart together."""
    ends = np.repeat(starts[1:], np.diff(starts))
    first = np.arange(ends.size, dtype=np.int64)
    step = 1
    while True:
        first = first[first + step < ends[first]]
        if not first.size:
            return
        yield first, first + step
        step += 1
