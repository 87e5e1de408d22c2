"""One answer out of several, for every kind of answer under one name."""

import math
from collections.abc import Sequence

from evenhand.quality.live.answers import (
    Answer,
    Kind,
    as_choices,
    as_fields,
    as_label_sets,
    as_shapes,
    as_spans,
)
from evenhand.quality.live.kinds.choice import consensus_of_labels
from evenhand.quality.live.kinds.choices import consensus_of_sets
from evenhand.quality.live.kinds.fields import consensus_of_fields
from evenhand.quality.live.kinds.outcome import Consensus
from evenhand.quality.live.kinds.shapes import consensus_of_shapes
from evenhand.quality.live.kinds.spans import consensus_of_spans


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
            return consensus_of_labels(as_choices(answers), heavy)
        case "choices":
            return consensus_of_sets(as_label_sets(answers), heavy)
        case "spans":
            return consensus_of_spans(as_spans(answers), heavy)
        case "shapes":
            return consensus_of_shapes(as_shapes(answers), heavy)
        case "fields":
            return consensus_of_fields(as_fields(answers), heavy)
