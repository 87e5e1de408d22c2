"""Which mark of one answer is which of another: each has at most one, the most alike first."""

from collections.abc import Hashable, Iterator, Sequence
from typing import TypeVar

import numpy as np

from evenhand.quality.codes import ids
from evenhand.quality.live.answers import Shape, Span
from evenhand.quality.mark.geometry import alike_pairs
from evenhand.quality.mark.matching import Pairs
from evenhand.quality.mark.spans import columns, pairs_alike

_Mark = TypeVar("_Mark", bound=Hashable)


def matched_shapes(ones: Sequence[Shape], others: Sequence[Shape]) -> list[tuple[int, int]]:
    """Match shapes of one kind and label that are alike enough to be one."""
    found, left, right = _same(ones, others)
    rows: dict[tuple[str, str], tuple[list[int], list[int]]] = {}
    for side, (marks, places) in enumerate(((ones, left), (others, right))):
        for place in places:
            rows.setdefault(marks[place][:2], ([], []))[side].append(place)
    for (kind, _), (ours, theirs) in rows.items():
        if ours and theirs:
            numbers = [ones[place][2] for place in ours] + [others[place][2] for place in theirs]
            owners = [0] * len(ours) + [1] * len(theirs)
            pairs = alike_pairs(kind, numbers, owners)
            chosen = _each_once(pairs, min(len(ours), len(theirs)))
            found += [(ours[one], theirs[other - len(ours)]) for one, other in chosen]
    return sorted(found)


def matched_spans(ones: Sequence[Span], others: Sequence[Span]) -> list[tuple[int, int]]:
    """Match spans of one label that share at least half of their extent."""
    found, left, right = _same(ones, others)
    marks = sorted(
        [(ones[place], 0, place) for place in left] + [(others[place], 1, place) for place in right]
    )
    labels, starts, ends = columns([span for span, _, _ in marks])
    owners = np.array([owner for _, owner, _ in marks], dtype=np.int64)
    alike, firsts, seconds = pairs_alike(labels, owners, starts, ends)
    is_ours = owners[firsts] == 0
    pairs = (alike, np.where(is_ours, firsts, seconds), np.where(is_ours, seconds, firsts))
    chosen = _each_once(pairs, min(len(left), len(right)))
    return sorted(found + [(marks[one][2], marks[other][2]) for one, other in chosen])


def _same(
    ones: Sequence[_Mark], others: Sequence[_Mark]
) -> tuple[list[tuple[int, int]], list[int], list[int]]:
    """Match what is the same to the last number, and say what is left on either side."""
    places: dict[_Mark, list[int]] = {}
    for place in reversed(range(len(others))):
        places.setdefault(others[place], []).append(place)
    found: list[tuple[int, int]] = []
    left: list[int] = []
    for place, mark in enumerate(ones):
        same = places.get(mark)
        if same:
            found.append((place, same.pop()))
        else:
            left.append(place)
    return found, left, sorted(place for several in places.values() for place in several)


def _each_once(pairs: Pairs, most: int) -> Iterator[tuple[int, int]]:
    """Go through pairs from the most alike, taking no mark twice, until there can be no more."""
    alike, ones, others = pairs
    rank = np.lexsort((others, ones, -alike))
    taken: tuple[set[int], set[int]] = (set(), set())
    for one, other in zip(ids(ones[rank]), ids(others[rank]), strict=True):
        if len(taken[0]) == most:
            return
        if one not in taken[0] and other not in taken[1]:
            taken[0].add(one)
            taken[1].add(other)
            yield one, other
