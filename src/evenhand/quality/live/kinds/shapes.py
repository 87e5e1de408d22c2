"""Shapes: boxes, polygons, lines and points on a picture, each with a label."""

from collections.abc import Sequence

from evenhand.quality.live.answers import Shape
from evenhand.quality.live.kinds.outcome import Consensus, support
from evenhand.quality.mark.shapes import Drawings


def consensus_of_shapes(answers: Sequence[Sequence[Shape]], weights: Sequence[float]) -> Consensus:
    """Keep each shape that more than half of the weight drew."""
    drawings = Drawings(answers)
    found = drawings.consensus(weights)
    alike = [drawings.likeness(found.shapes, answer) for answer in range(len(answers))]
    return Consensus(
        answer=found.shapes,
        confidence=support(alike, weights),
        agreement=drawings.agreement(),
        tied=found.tied,
    )
