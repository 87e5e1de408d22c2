"""What statistics ask of a kind of answer, whatever task the answers are to."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Generic, TypeVar

_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Consensus(Generic[_Answer]):
    """What the answers come to.

    `confidence` says how well the answer is supported, `agreement` how alike the
    answers are in pairs (None where there is no pair). When `tied`, at least one other
    answer has just as much support, and `answer` is no more than one of them; for a
    choice it is None, because picking one would be chance. `steadiness` is how probable it is
    that all votes still allowed would leave the answer as it is, and 0 where nobody asked.
    """

    answer: _Answer | None
    confidence: float
    agreement: float | None
    tied: bool
    steadiness: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels(Generic[_Answer]):
    """How an answer is named by a label, and which answer a label names."""

    of: Callable[[_Answer], str]
    named: Callable[[str], _Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Generic[_Answer]):
    """A kind of answer.

    `consensus` says what answers with their weights come to; ask `quality.consensus`, which
    refuses weights that weigh nothing. `likeness` is 1 where two answers are the same, and 0 where
    they have nothing in common. `row` is the answer as `quality.aggregate` takes labels. Answers
    with `labels` are right or wrong, and annotators are known by which labels they confuse; without
    them answers are more or less alike, and annotators are known by how like the others they are.

    All fields are functions of a module, for kinds travel with their answers to other processes.
    """

    name: str
    consensus: Callable[[Sequence[_Answer], Sequence[float]], Consensus[_Answer]]
    likeness: Callable[[_Answer, _Answer], float]
    row: Callable[[_Answer], object]
    labels: Labels[_Answer] | None = None


def support(alike: Sequence[float], weights: Sequence[float]) -> float:
    """Measure a consensus of marks by how alike it is to what each annotator marked."""
    found = sum(weight * one for weight, one in zip(weights, alike, strict=True))
    return min(1.0, found / sum(weights))


def agreement(
    answers: Sequence[_Answer], likeness: Callable[[_Answer, _Answer], float]
) -> float | None:
    """Return how alike answers are in pairs, or None where there is no pair."""
    alike = [likeness(one, other) for one, other in combinations(answers, 2)]
    # Summed exactly, so that the order of the answers cannot show in the last digit.
    return math.fsum(alike) / len(alike) if alike else None
