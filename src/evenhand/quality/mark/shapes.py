"""Consensus of shapes drawn on a picture."""

from collections.abc import Sequence
from dataclasses import dataclass

from evenhand.quality.live.answers import Shape
from evenhand.quality.mark.geometry import Numbers, alike_pairs, similarity
from evenhand.quality.mark.matching import clusters, f1, matched, weighted_median

# Shares this close to one half are a tie; skills are never known so exactly.
_TIE = 1e-9


@dataclass(frozen=True, slots=True)
class ShapeConsensus:
    """The shapes that most of the weight drew, and whether some were drawn by half."""

    shapes: list[Shape]
    tied: bool


def shapes_consensus(
    answers: Sequence[Sequence[Shape]], weights: Sequence[float]
) -> ShapeConsensus:
    """Keep each shape that more than half of the weight drew.

    Boxes and points get median coordinates. Of polygons and lines, whose corners
    do not correspond, the one most like the others is kept as it was drawn.
    """
    drawn = sorted((shape, owner) for owner, answer in enumerate(answers) for shape in answer)
    total = sum(weights)
    kept: list[Shape] = []
    tied = False
    for kind, label in sorted({shape[:2] for shape, _ in drawn}):
        ours = [(shape[2], owner) for shape, owner in drawn if shape[:2] == (kind, label)]
        numbers = [one for one, _ in ours]
        owners = [owner for _, owner in ours]
        for cluster in clusters(owners, alike_pairs(kind, numbers, owners)):
            voices = [weights[owners[mark]] for mark in cluster]
            share = sum(voices) / total if total else 0.0
            tied |= abs(share - 0.5) <= _TIE
            if share > 0.5 + _TIE:
                merged = _merged(kind, [numbers[mark] for mark in cluster], voices)
                kept.append((kind, label, merged))
    return ShapeConsensus(sorted(kept), tied)


def _merged(kind: str, shapes: Sequence[Numbers], voices: Sequence[float]) -> Numbers:
    if kind in ("box", "point"):
        return tuple(weighted_median(column, voices) for column in zip(*shapes, strict=True))

    def likeness(one: Numbers) -> float:
        pairs = zip(shapes, voices, strict=True)
        # Rounded, so that the order of a sum cannot choose between equals.
        return round(sum(voice * similarity(kind, one, other) for other, voice in pairs), 9)

    return min(shapes, key=lambda one: (-likeness(one), one))


def shapes_similarity(one: Sequence[Shape], other: Sequence[Shape]) -> float:
    """Return the F1 of two answers, where shapes match by kind, label and likeness."""
    matches = 0
    for kind, label in {shape[:2] for shape in one} & {shape[:2] for shape in other}:
        ours = sorted(shape[2] for shape in one if shape[:2] == (kind, label))
        theirs = sorted(shape[2] for shape in other if shape[:2] == (kind, label))
        owners = [0] * len(ours) + [1] * len(theirs)
        matches += matched(len(ours), alike_pairs(kind, ours + theirs, owners))
    return f1(matches, len(one), len(other))
