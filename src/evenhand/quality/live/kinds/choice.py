"""A choice: one label."""

from collections.abc import Sequence

from evenhand.quality.live.kinds.outcome import Consensus, agreement

# Weights this close are a tie; the order of a sum must not decide.
_TIE = 1e-9


def consensus_of_labels(labels: Sequence[str], weights: Sequence[float]) -> Consensus:
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
    """Say whether two labels are the same."""
    return float(one == other)
