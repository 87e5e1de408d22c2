"""Which marks of different annotators mean the same thing."""

from collections.abc import Iterator, Sequence
from typing import TypeAlias

import numpy as np

from evenhand.quality.codes import Floats, Ints

# How alike two marks are, and their positions.
Pairs: TypeAlias = tuple[Floats, Ints, Ints]
NO_PAIRS: Pairs = (np.zeros(0), np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
RANKED_AT_ONCE = 50_000  # pairs made into Python's numbers, which take ten times the memory

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
    for one, other in _ranked(pairs):
        here, there = group[one], group[other]
        if here == there or whose[here] & whose[there]:
            continue
        for mark in members[there]:
            group[mark] = here
        members[here] += members[there]
        members[there] = []
        whose[here] |= whose[there]
    return [sorted(marks) for marks in members if marks]


def matched(ones: int, pairs: Pairs) -> int:
    """Count greedy one-to-one matches between two annotators, the most alike first."""
    mine: set[int] = set()
    theirs: set[int] = set()
    for one, other in _ranked(pairs):
        if one not in mine and other not in theirs:
            mine.add(one)
            theirs.add(other)
            if len(mine) == ones:
                break
    assert len(mine) <= ones, "a mark is matched once"
    return len(mine)


def _ranked(pairs: Pairs) -> Iterator[tuple[int, int]]:
    """Go through pairs, the most alike first; equally alike ones fall by position."""
    alike, ones, others = pairs
    rank = np.lexsort((others, ones, -alike))
    for begin in range(0, rank.size, RANKED_AT_ONCE):
        some = rank[begin : begin + RANKED_AT_ONCE]
        yield from zip(ones[some].tolist(), others[some].tolist(), strict=True)


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
