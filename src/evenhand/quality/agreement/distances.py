"""How far apart two answers are: 0 for the same.

Names, ranks and numbers as K. Krippendorff has them ("Content Analysis", 2nd edition, Sage 2004,
chapter 11); sets of labels after R. Passonneau, "Measuring Agreement on Set-valued Items (MASI)
for Semantic and Pragmatic Annotation", LREC 2006; spans and shapes by the F1 of their matches.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Protocol, TypeAlias, cast

import numpy as np

from evenhand.quality.codes import Floats, Ints
from evenhand.quality.live.answers import Shape, Span
from evenhand.quality.mark.geometry import similarity
from evenhand.quality.mark.shapes import shapes_similarity
from evenhand.quality.mark.spans import spans_similarity

Apart: TypeAlias = Callable[[object, object], float]

# Pairs of values that are compared one by one in the interpreter: about a second of spans.
CALLED_PAIRS_MAX = 50_000
# Pairs of numbers that are compared by the array: about a second too.
ARRAY_PAIRS_MAX = 100_000_000
_BLOCK = 4_000_000


class Distance(Protocol):
    """How far apart values are, which are given by their codes."""

    def between(self, ones: Ints, others: Ints) -> Floats:
        """Return the distance of each pair, in an array of its own."""
        ...

    def from_all(self, votes: Floats) -> Floats:
        """Add up each value's distances to all votes, of which there are so many by value."""
        ...


class Nominal:
    """Values are the same or not."""

    def between(self, ones: Ints, others: Ints) -> Floats:
        """Return 1 where the values differ."""
        return (ones != others).astype(np.float64)

    def from_all(self, votes: Floats) -> Floats:
        """Count the votes on other values."""
        return votes.sum() - votes


class OneAgainstRest:
    """One value counts as itself and all others as one other."""

    def __init__(self, value: int) -> None:
        self._value = value

    def between(self, ones: Ints, others: Ints) -> Floats:
        """Return 1 where one of both is the value."""
        return ((ones == self._value) != (others == self._value)).astype(np.float64)

    def from_all(self, votes: Floats) -> Floats:
        """Count the votes on the other side."""
        its = float(votes[self._value])
        far = np.full(votes.size, its)
        far[self._value] = votes.sum() - its
        return far


class Squared:
    """Values stand at places on a line, and count by the square of what lies between them."""

    def __init__(self, places: Floats) -> None:
        # Of scales as small or as large as they come, squares would lose what they compare.
        wide = float(np.ptp(places)) if places.size else 0.0
        self._places = (places - places.min()) / wide if wide else np.zeros_like(places)

    def between(self, ones: Ints, others: Ints) -> Floats:
        """Return the squared differences."""
        return (self._places[ones] - self._places[others]) ** 2

    def from_all(self, votes: Floats) -> Floats:
        """Add up squares through their moments."""
        total = votes.sum()
        # About the mean, where the moments do not cancel.
        mean = float(votes @ self._places) / total if total else 0.0
        places = self._places - mean
        return total * places**2 + float(votes @ places**2)


class Linear:
    """Values stand in a row, and count by how many steps lie between them."""

    def between(self, ones: Ints, others: Ints) -> Floats:
        """Count the steps."""
        return np.abs(ones - others).astype(np.float64)

    def from_all(self, votes: Floats) -> Floats:
        """Add up the steps to all votes."""
        places = np.arange(votes.size, dtype=np.float64)
        below, moment = np.cumsum(votes), np.cumsum(votes * places)
        total, whole = float(votes.sum()), float(votes @ places)
        return places * (2 * below - total) + whole - 2 * moment


def ordinal(votes: Floats) -> Squared:
    """Compare ranks by how many votes lie between them; values ascend with their codes."""
    return Squared(np.cumsum(votes) - votes / 2)


class Ratio:
    """Numbers count by their squared difference, in shares of their sum."""

    def __init__(self, values: Floats, seed: int = 0) -> None:
        self._values = values
        self._seed = seed

    def between(self, ones: Ints, others: Ints) -> Floats:
        """Return the squared shares; 0 and 0 are the same."""
        one, other = self._values[ones], self._values[others]
        total = one + other
        share = np.divide(one - other, total, out=np.zeros_like(total), where=total != 0)
        return share**2

    def from_all(self, votes: Floats) -> Floats:
        """Compare all pairs, or a sample of them where there are too many."""
        return _from_all(self, votes, ARRAY_PAIRS_MAX, self._seed)


class Called:
    """Whatever a function of two answers says."""

    def __init__(self, answers: Sequence[object], apart: Apart, seed: int = 0) -> None:
        self._answers = answers
        self._apart = apart
        self._seed = seed

    def between(self, ones: Ints, others: Ints) -> Floats:
        """Ask once for each pair that occurs."""
        low, high = np.minimum(ones, others), np.maximum(ones, others)
        key = low * np.int64(len(self._answers)) + high
        found, inverse = np.unique(key, return_inverse=True)
        pairs = zip(*divmod(found, max(len(self._answers), 1)), strict=True)
        asked = [self._ask(int(one), int(other)) for one, other in pairs]
        return np.array(asked, dtype=np.float64)[inverse]

    def from_all(self, votes: Floats) -> Floats:
        """Compare all pairs, or a sample of them where there are too many."""
        return _from_all(self, votes, CALLED_PAIRS_MAX, self._seed)

    def _ask(self, one: int, other: int) -> float:
        if one == other:
            return 0.0
        apart = float(self._apart(self._answers[one], self._answers[other]))
        if not 0 <= apart < np.inf:
            raise ValueError(
                f"The distance of {self._answers[one]!r} and {self._answers[other]!r} is {apart}; "
                "distances are 0 or more and finite."
            )
        return apart


def _from_all(distance: Distance, votes: Floats, pairs_max: int, seed: int) -> Floats:
    """Add up distances over all pairs, or over as many drawn partners as come to that many."""
    count = votes.size
    whole = np.arange(count, dtype=np.int64)
    if count * count <= 2 * pairs_max:
        rows = max(_BLOCK // max(count, 1), 1)
        blocks = [whole[start : start + rows] for start in range(0, count, rows)]
        sums = [
            distance.between(np.repeat(block, count), np.tile(whole, block.size)).reshape(-1, count)
            @ votes
            for block in blocks
        ]
        return np.concatenate(sums) if sums else np.zeros(0)
    partners = max(pairs_max // count, 1)
    total = float(votes.sum())
    chance = np.random.default_rng(seed)
    # Drawn by votes, so that the mean distance to the drawn is that to all votes.
    drawn = chance.random((count, partners)) * total
    others = np.searchsorted(np.cumsum(votes), drawn.ravel(), side="right")
    others = np.minimum(others, count - 1).astype(np.int64)
    apart = distance.between(np.repeat(whole, partners), others).reshape(count, partners)
    return apart.mean(axis=1) * total


def jaccard(one: object, other: object) -> float:
    """Compare two sets by the share of their labels that is not in both."""
    ours, theirs = _as_set(one), _as_set(other)
    together = len(ours | theirs)
    return 1 - len(ours & theirs) / together if together else 0.0


def masi(one: object, other: object) -> float:
    """Compare two sets as `jaccard` does, the closer the more one of them is a part of the other.

    Equal sets count whole, a set and its subset two thirds, sets that overlap one third.
    """
    ours, theirs = _as_set(one), _as_set(other)
    if ours == theirs:
        return 0.0
    shared = ours & theirs
    if not shared:
        return 1.0
    kinship = 2 / 3 if shared in (ours, theirs) else 1 / 3
    return 1 - kinship * len(shared) / len(ours | theirs)


def spans(one: object, other: object) -> float:
    """Compare two sets of marked spans by the F1 of those that match."""
    return 1 - spans_similarity(cast("Sequence[Span]", one), cast("Sequence[Span]", other))


def shapes(one: object, other: object) -> float:
    """Compare two drawings by the F1 of the shapes that match."""
    return 1 - shapes_similarity(cast("Sequence[Shape]", one), cast("Sequence[Shape]", other))


def overlap(one: object, other: object) -> float:
    """Compare two drawings as `shapes` does, but each match counts only as its likeness (IoU)."""
    ours, theirs = cast("Sequence[Shape]", one), cast("Sequence[Shape]", other)
    if not ours or not theirs:
        return float(bool(ours) != bool(theirs))
    pairs = [
        (similarity(mine[0], mine[2], yours[2]), number, other_number)
        for number, mine in enumerate(ours)
        for other_number, yours in enumerate(theirs)
        if mine[:2] == yours[:2]
    ]
    return 1 - 2 * _matched_likeness(pairs) / (len(ours) + len(theirs))


def _matched_likeness(pairs: Sequence[tuple[float, int, int]]) -> float:
    """Add up the likeness of greedy one-to-one matches, the most alike first."""
    taken: set[tuple[bool, int]] = set()
    total = 0.0
    for alike, one, other in sorted(pairs, key=lambda pair: (-pair[0], pair[1], pair[2])):
        if (True, one) not in taken and (False, other) not in taken:
            taken |= {(True, one), (False, other)}
            total += alike
    return total


def _as_set(answer: object) -> frozenset[object]:
    return frozenset(cast("Collection[object]", answer))
