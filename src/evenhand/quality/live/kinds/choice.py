"""A choice: one label, which is right or wrong."""

from collections.abc import Sequence

from evenhand.quality.live.kinds.kind import Consensus, Kind, Labels, agreement

# Weights this close are a tie; the order of a sum must not decide.
_TIE = 1e-9


def consensus_of_labels(labels: Sequence[str], weights: Sequence[float]) -> Consensus[str]:
    """Choose the label with the most weight; its share is the confidence."""
    tally: dict[str, float] = {}
    for label, weight in zip(labels, weights, strict=True):
        tally[label] = tally.get(label, 0.0) + weight
    total = sum(weights)
    highest = max(tally.values())
    leaders = [label for label, sum_ in tally.items() if sum_ >= highest - _TIE * total]
    return Consensus(
        answer=leaders[0] if len(leaders) == 1 else None,
        confidence=min(1.0, highest / total),
        agreement=agreement(labels, same),
        tied=len(leaders) > 1,
    )


def same(one: str, other: str) -> float:
    """Return 1 for the same label, and else 0."""
    return float(one == other)


CHOICE: Kind[str] = Kind(
    name="choice",
    consensus=consensus_of_labels,
    likeness=same,
    row=str,
    labels=Labels(of=str, named=str),
)
