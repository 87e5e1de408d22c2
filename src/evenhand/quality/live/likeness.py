"""How like the others' each answer is, for answers that are more or less alike."""

import math
from collections.abc import Callable, Sequence
from typing import Any, cast

from evenhand.quality.live.answers import Answer, Kind
from evenhand.quality.live.consensus import consensus
from evenhand.quality.live.kinds.choice import same
from evenhand.quality.live.kinds.choices import jaccard
from evenhand.quality.mark.shapes import shapes_similarity
from evenhand.quality.mark.spans import spans_similarity
from evenhand.quality.text.fields import fields_similarity

# Past so many answers the consensus of the others is no longer sought for each of them anew.
CONSENSUS_MAX = 12

_SIMILARITIES: dict[Kind, Callable[[Any, Any], float]] = {
    "choice": same,
    "choices": jaccard,
    "spans": spans_similarity,
    "shapes": shapes_similarity,
    "fields": fields_similarity,
}


def likeness(kind: Kind, one: Answer, other: Answer) -> float:
    """Compare two answers: 1 where they are the same."""
    return _SIMILARITIES[kind](one, other)


def likenesses(kind: Kind, answers: Sequence[Answer]) -> list[float]:
    """Compare each answer with what the others come to; of two, one with the other.

    An annotator's own answer never speaks for itself.
    """
    similarity = _SIMILARITIES[kind]
    found: list[float] = []
    for number, answer in enumerate(answers):
        others = [*answers[:number], *answers[number + 1 :]]
        agreed = consensus(kind, others).answer if len(others) <= CONSENSUS_MAX else None
        if agreed is None or len(others) < 3:
            # Two others have no consensus of their own where they differ: the mean of both.
            alike = [similarity(answer, other) for other in others]
            found.append(math.fsum(alike) / len(alike))
        else:
            found.append(similarity(cast("Any", agreed), answer))
    return found
