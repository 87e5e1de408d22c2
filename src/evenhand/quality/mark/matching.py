"""Which marks of different annotators mean the same thing."""

from collections.abc import Iterable, Sequence

SIMILARITY_LEAST = 0.5  # below it, two marks are two things; the usual bar for detection


def clusters(owners: Sequence[int], pairs: Iterable[tuple[float, int, int]]) -> list[list[int]]:
    """Group marks that are alike, the most alike first, never two of one annotator.

    `owners` says for each mark whose it is, `pairs` how alike two marks are. Marks must
    come in an order that follows from their content, for equal pairs fall by position.
    """
    group = list(range(len(owners)))
    members = [[mark] for mark in group]
    for _, one, other in sorted(pairs, key=lambda pair: (-pair[0], pair[1], pair[2])):
        here, there = group[one], group[other]
        if here == there:
            continue
        if {owners[mark] for mark in members[here]} & {owners[mark] for mark in members[there]}:
            continue
        for mark in members[there]:
            group[mark] = here
        members[here] += members[there]
        members[there] = []
    return [sorted(marks) for marks in members if marks]


def matched(ones: int, pairs: Iterable[tuple[float, int, int]]) -> int:
    """Count greedy one-to-one matches between two annotators, the most alike first."""
    taken: set[tuple[bool, int]] = set()
    for _, one, other in sorted(pairs, key=lambda pair: (-pair[0], pair[1], pair[2])):
        if (True, one) not in taken and (False, other) not in taken:
            taken |= {(True, one), (False, other)}
    assert len(taken) // 2 <= ones, "a mark is matched once"
    return len(taken) // 2


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
