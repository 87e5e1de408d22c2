"""One answer out of several, for every kind of answer under one name."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeVar

from evenhand.quality.live.answers import (
    Answer,
    Kind,
    Shape,
    Span,
    as_choices,
    as_fields,
    as_label_sets,
    as_shapes,
    as_spans,
)
from evenhand.quality.mark.shapes import Drawings
from evenhand.quality.mark.spans import spans_consensus, spans_similarity
from evenhand.quality.text.fields import fields_consensus

# Weights this close are a tie; the order of a sum must not decide.
_TIE = 1e-9

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


def consensus(
    kind: Kind, answers: Sequence[Answer], weights: Sequence[float] | None = None
) -> Consensus:
    """Find what answers come to; weights say how much each counts (equally, if None)."""
    if not answers:
        raise ValueError("There is no consensus of no answers.")
    heavy = [1.0] * len(answers) if weights is None else list(weights)
    if len(heavy) != len(answers):
        raise ValueError("There must be one weight for each answer.")
    if not all(math.isfinite(weight) and weight >= 0 for weight in heavy) or sum(heavy) <= 0:
        raise ValueError("The weights must be finite, not negative, and not all zero.")
    match kind:
        case "choice":
            return _of_choices(as_choices(answers), heavy)
        case "choices":
            return _of_label_sets(as_label_sets(answers), heavy)
        case "spans":
            return _of_spans(as_spans(answers), heavy)
        case "shapes":
            return _of_shapes(as_shapes(answers), heavy)
        case "fields":
            filled = fields_consensus(as_fields(answers), heavy)
            return Consensus(
                answer=filled.fields,
                confidence=filled.confidence,
                agreement=filled.agreement,
                tied=filled.tied,
            )


def _of_choices(labels: Sequence[str], weights: Sequence[float]) -> Consensus:
    tally: dict[str, float] = {}
    for label, weight in zip(labels, weights, strict=True):
        tally[label] = tally.get(label, 0.0) + weight
    total = sum(weights)
    highest = max(tally.values())
    leaders = [label for label, sum_ in tally.items() if sum_ >= highest - _TIE * total]
    return Consensus(
        answer=leaders[0] if len(leaders) == 1 else None,
        confidence=min(1.0, highest / total),
        agreement=_agreement(labels, lambda one, other: float(one == other)),
        tied=len(leaders) > 1,
    )


def _of_label_sets(answers: Sequence[frozenset[str]], weights: Sequence[float]) -> Consensus:
    total = sum(weights)
    chosen: set[str] = set()
    confidence, tied = 1.0, False
    for label in sorted(frozenset[str]().union(*answers)):
        pairs = zip(answers, weights, strict=True)
        share = sum(weight for answer, weight in pairs if label in answer) / total
        tied |= abs(share - 0.5) <= _TIE
        confidence = min(confidence, max(share, 1 - share))
        if share > 0.5 + _TIE:
            chosen.add(label)
    return Consensus(
        answer=frozenset(chosen),
        confidence=min(1.0, confidence),
        agreement=_agreement(answers, jaccard),
        tied=tied,
    )


def jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    """Return the share of labels that both sets have; two empty sets are alike."""
    return len(one & other) / len(one | other) if one | other else 1.0


def _of_spans(answers: Sequence[Sequence[Span]], weights: Sequence[float]) -> Consensus:
    marked = spans_consensus(answers, weights)
    alike = [spans_similarity(marked.spans, given) for given in answers]
    return Consensus(
        answer=marked.spans,
        confidence=_support(alike, weights),
        agreement=_agreement(answers, spans_similarity),
        tied=marked.tied,
    )


def _of_shapes(answers: Sequence[Sequence[Shape]], weights: Sequence[float]) -> Consensus:
    drawings = Drawings(answers)
    found = drawings.consensus(weights)
    alike = [drawings.likeness(found.shapes, answer) for answer in range(len(answers))]
    return Consensus(
        answer=found.shapes,
        confidence=_support(alike, weights),
        agreement=drawings.agreement(),
        tied=found.tied,
    )


def _support(alike: Sequence[float], weights: Sequence[float]) -> float:
    """Measure a consensus of marks by how alike it is to what each annotator marked."""
    support = sum(weight * one for weight, one in zip(weights, alike, strict=True))
    return min(1.0, support / sum(weights))


def _agreement(answers: Sequence[_One], similarity: Callable[[_One, _One], float]) -> float | None:
    alike = [similarity(one, other) for one, other in combinations(answers, 2)]
    # Summed exactly, so that the order of the answers cannot show in the last digit.
    return math.fsum(alike) / len(alike) if alike else None
