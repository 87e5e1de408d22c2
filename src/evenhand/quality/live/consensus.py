"""One answer out of several, for every kind of answer under one name."""

import math
from collections.abc import Sequence
from typing import TypeVar

from evenhand.quality.live.kinds.kind import Consensus, Kind

_Answer = TypeVar("_Answer")


def consensus(
    kind: Kind[_Answer], answers: Sequence[_Answer], weights: Sequence[float] | None = None
) -> Consensus[_Answer]:
    """Find what answers come to; weights say how much each counts (equally, if None)."""
    if not answers:
        raise ValueError("There is no consensus of no answers.")
    heavy = [1.0] * len(answers) if weights is None else list(weights)
    if len(heavy) != len(answers):
        raise ValueError("There must be one weight for each answer.")
    if not all(math.isfinite(weight) and weight >= 0 for weight in heavy) or sum(heavy) <= 0:
        raise ValueError("The weights must be finite, not negative, and not all zero.")
    return kind.consensus(answers, heavy)
