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


def clusters(owners: Ints, pairs: Pairs) -> Ints:
    """Name each mark's group: the most alike first, never two marks of one annotator.

    `owners` says for each mark whose it is, by small numbers, and `pairs` how alike two marks are.
    Marks must come in an order that follows from their content, for equal pairs fall by position.
    Groups are numbered by their first mark.
    """
    leader = np.arange(owners.size, dtype=np.int64)
    whose = _bits(owners)
    for ones, others in _ranked(pairs):
        _join(leader, whose, ones, others)
    return np.unique(_led(leader, leader), return_inverse=True)[1].astype(np.int64)


def _join(leader: Ints, whose: NDArray[np.uint64], ones: Ints, others: Ints) -> None:
    """Join the groups of pairs, as if one after the other, but all at once that can be.

    A pair whose two groups are in no pair before it is joined whatever comes first. One whose
    groups share an annotator never is, for groups only grow.
    """
    while ones.size:
        here, there = _led(leader, ones), _led(leader, others)
        apart = (here != there) & ~(whose[here] & whose[there]).any(axis=1)
        ones, others = here[apart], there[apart]
        order = np.arange(ones.size)
        groups, place = np.unique(np.concatenate([ones, others]), return_inverse=True)
        first = np.full(groups.size, ones.size, dtype=np.int64)
        np.minimum.at(first, place, np.tile(order, 2))
        leads = (first[place[: ones.size]] == order) & (first[place[ones.size :]] == order)
        low, high = np.minimum(ones, others)[leads], np.maximum(ones, others)[leads]
        leader[high] = low
        whose[low] |= whose[high]


def _led(leader: Ints, marks: Ints) -> Ints:
    """Return the first mark of the group of each."""
    while True:
        above = leader[marks]
        if (above == marks).all():
            return marks
        marks = above


def _bits(owners: Ints) -> NDArray[np.uint64]:
    """Write each owner as one bit of a row of words, so that a look tells whether two share one."""
    whose = owners.astype(np.uint64)
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
