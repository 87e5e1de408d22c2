"""Which marks of different annotators mean the same thing."""

from collections.abc import Iterator, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from evenhand.quality.codes import Floats, Ints, ids

# How alike two marks are, and their positions.
Pairs: TypeAlias = tuple[Floats, Ints, Ints]
NO_PAIRS: Pairs = (np.zeros(0), np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
RANKED_AT_ONCE = 5_000  # pairs of which those that others have settled are passed over at once

SIMILARITY_LEAST = 0.5  # below it, two marks are two things; the usual bar for detection


def clusters(owners: Sequence[int], pairs: Pairs) -> list[list[int]]:
    """Group marks that are alike, the most alike first, never two of one annotator.

    `owners` says for each mark whose it is, `pairs` how alike two marks are. Marks must
    come in an order that follows from their content, for equal pairs fall by position.
    """
    group = list(range(len(owners)))
    members = [[mark] for mark in group]
    # Each annotator is one bit, so that a look tells whether two groups share one.
    whose = [1 << owner for owner in owners]
    bits = _bits(owners)
    for ones, others in _ranked(pairs):
        # Groups only grow: most pairs of a crowded place are settled by those before them.
        now = np.array(group)
        here, there = now[ones], now[others]
        apart = (here != there) & ~(bits[here] & bits[there]).any(axis=1)
        for one, other in zip(ids(ones[apart]), ids(others[apart]), strict=True):
            ours, theirs = group[one], group[other]
            if ours == theirs or whose[ours] & whose[theirs]:
                continue
            for mark in members[theirs]:
                group[mark] = ours
            members[ours] += members[theirs]
            members[theirs] = []
            whose[ours] |= whose[theirs]
            bits[ours] |= bits[theirs]
    return [sorted(marks) for marks in members if marks]


def _bits(owners: Sequence[int]) -> NDArray[np.uint64]:
    """Write each owner as one bit of a row of words."""
    whose = np.array(owners, dtype=np.uint64)
    words = np.zeros((whose.size, int(whose.max(initial=0)) // 64 + 1), dtype=np.uint64)
    words[np.arange(whose.size), whose // 64] = np.uint64(1) << whose % np.uint64(64)
    return words


def matched(ones: int, pairs: Pairs) -> int:
    """Count greedy one-to-one matches between two annotators, the most alike first."""
    if not pairs[0].size:
        return 0
    mine = np.zeros(int(pairs[1].max()) + 1, dtype=np.bool_)
    theirs = np.zeros(int(pairs[2].max()) + 1, dtype=np.bool_)
    found = 0
    for some in _ranked(pairs):
        free = ~(mine[some[0]] | theirs[some[1]])
        for one, other in zip(ids(some[0][free]), ids(some[1][free]), strict=True):
            if not (mine[one] or theirs[other]):
                mine[one] = theirs[other] = True
                found += 1
        if found == ones:
            break
    assert found <= ones, "a mark is matched once"
    return found


def _ranked(pairs: Pairs) -> Iterator[tuple[Ints, Ints]]:
    """Go through pairs, the most alike first; equally alike ones fall by position."""
    alike, ones, others = pairs
    rank = np.lexsort((others, ones, -alike))
    for begin in range(0, rank.size, RANKED_AT_ONCE):
        some = rank[begin : begin + RANKED_AT_ONCE]
        yield ones[some], others[some]


def joined(found: Sequence[Pairs]) -> Pairs:
    """Put several lots of pairs together."""
    alike, ones, others = zip(*found, strict=True)
    return np.concatenate(alike), np.concatenate(ones), np.concatenate(others)


def f1(matches: int, ones: int, others: int) -> float:
    """Return the harmonic mean of precision and recall; two empty answers agree wholly."""
    return 1.0 if ones + others == 0 else 2 * matches / (ones + others)


def weighted_median(values: Sequence[float], weights: Sequence[float]) -> float:
    """Return the value with half the weight on either side, or the mean of two such."""
    ranked = sorted(zip(values, weights, strict=True))
    half = sum(weights) / 2
    below = 0.0
    for position, (value, weight) in enumerate(ranked):
        below += weight
        if abs(below - half) <= 1e-12 * half and position + 1 < len(ranked):
            return (value + ranked[position + 1][0]) / 2
        if below >= half:
            return value
    return ranked[-1][0]


def lower_median(values: Sequence[int], weights: Sequence[float]) -> int:
    """Return the smallest value with at least half the weight at or below it."""
    ranked = sorted(zip(values, weights, strict=True))
    half = sum(weights) / 2
    below = 0.0
    for value, weight in ranked:
        below += weight
        if below >= half * (1 - 1e-12):
            return value
    return ranked[-1][0]
