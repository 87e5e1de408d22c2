"""How like the others' each answer is, for answers that are more or less alike."""

import math
from collections.abc import Sequence
from typing import TypeVar

from evenhand.quality.live.consensus import consensus
from evenhand.quality.live.kinds.kind import Kind

# Past so many answers the consensus of the others is no longer sought for each of them anew.
CONSENSUS_MAX = 12

_Answer = TypeVar("_Answer")


def likenesses(kind: Kind[_Answer], answers: Sequence[_Answer]) -> list[float]:
    """Compare each answer with what the others come to; of two, one with the other.

    An annotator's own answer never speaks for itself.
    """
    found: list[float] = []
    for number, answer in enumerate(answers):
        others = [*answers[:number], *answers[number + 1 :]]
        agreed = consensus(kind, others).answer if len(others) <= CONSENSUS_MAX else None
        if agreed is None or len(others) < 3:
            # Two others have no consensus of their own where they differ: the mean of both.
            alike = [kind.likeness(answer, other) for other in others]
            found.append(math.fsum(alike) / len(alike))
        else:
            found.append(kind.likeness(agreed, answer))
    return found
