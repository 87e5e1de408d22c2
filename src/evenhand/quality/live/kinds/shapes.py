"""Shapes: boxes, polygons, lines and points on a picture, each with a label."""

from collections.abc import Sequence

from evenhand.quality.live.answers import Shape
from evenhand.quality.live.kinds.kind import Consensus, Kind, support
from evenhand.quality.mark.shapes import Drawings, shapes_similarity


def consensus_of_shapes(
    answers: Sequence[Sequence[Shape]], weights: Sequence[float]
) -> Consensus[Sequence[Shape]]:
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


def row_of_shapes(shapes: Sequence[Shape]) -> list[dict[str, object]]:
    """Tell each shape by its kind, label and numbers."""
    return [
        {"kind": shape, "label": label, "numbers": [float(number) for number in numbers]}
        for shape, label, numbers in shapes
    ]


SHAPES: Kind[Sequence[Shape]] = Kind(
    name="shapes", consensus=consensus_of_shapes, likeness=shapes_similarity, row=row_of_shapes
)
