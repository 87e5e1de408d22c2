"""What several answers come to, and how alike they are."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeVar

from evenhand.quality.live.answers import Answer

_One = TypeVar("_One")


@dataclass(frozen=True, slots=True, kw_only=True)
class Consensus:
    """What the answers come to.

    `confidence` says how well the answer is supported, `agreement` how alike the
    answers are in pairs (None where there is no pair). When `tied`, at least one other
    answer has just as much support, and `answer` is no more than one of them; for a
    choice it is None, because picking one would be chance. `steadiness` is how probable it is
    that all votes still allowed would leave the answer as it is, and 0 where nobody asked.
    """

    answer: Answer | None
    confidence: float
    agreement: float | None
    tied: bool
    steadiness: float = 0.0


def support(alike: Sequence[float], weights: Sequence[float]) -> float:
    """Measure a consensus of marks by how alike it is to what each annotator marked."""
    found = sum(weight * one for weight, one in zip(weights, alike, strict=True))
    return min(1.0, found / sum(weights))


def agreement(answers: Sequence[_One], likeness: Callable[[_One, _One], float]) -> float | None:
    """Return how alike answers are in pairs, or None where there is no pair."""
    alike = [likeness(one, other) for one, other in combinations(answers, 2)]
    # Summed exactly, so that the order of the answers cannot show in the last digit.
    return math.fsum(alike) / len(alike) if alike else None
