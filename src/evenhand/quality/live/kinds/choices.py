"""Choices: a set of labels."""

from collections.abc import Sequence

from evenhand.quality.live.kinds.kind import Consensus, Kind, agreement

# Shares this close to one half are a tie; skills are never known so exactly.
_TIE = 1e-9


def consensus_of_sets(
    answers: Sequence[frozenset[str]], weights: Sequence[float]
) -> Consensus[frozenset[str]]:
    """Choose each label that more than half of the weight chose."""
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
        agreement=agreement(answers, jaccard),
        tied=tied,
    )


def jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    """Return the share of labels that both sets have; two empty sets are alike."""
    return len(one & other) / len(one | other) if one | other else 1.0


def row_of_set(answer: frozenset[str]) -> list[str]:
    """List the labels in the order of their names."""
    return sorted(answer)


CHOICES: Kind[frozenset[str]] = Kind(
    name="choices", consensus=consensus_of_sets, likeness=jaccard, row=row_of_set
)
