"""Consensus of shapes drawn on a picture."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np

from evenhand.quality.codes import ids
from evenhand.quality.live.answers import Shape
from evenhand.quality.mark.agreed import agreed, by_group
from evenhand.quality.mark.geometry import Numbers, alike_pairs
from evenhand.quality.mark.matching import Pairs, clusters, f1, matched, weighted_median
from evenhand.quality.mark.outlines import Outlines, most_alike

OUTLINED = ("polygon", "line")


@dataclass(frozen=True, slots=True)
class ShapeConsensus:
    """The shapes that most of the weight drew, and whether some were drawn by half."""

    shapes: list[Shape]
    tied: bool


@dataclass(frozen=True, slots=True)
class _Group:
    """Shapes of one kind and label: what, whose, and which are alike."""

    kind: str
    label: str
    numbers: list[Numbers]
    owners: list[int]
    pairs: Pairs


class Drawings:
    """What several annotators drew on one picture, compared once."""

    def __init__(self, answers: Sequence[Sequence[Shape]]) -> None:
        """Raise `TooManyPairs` where shapes meet in more pairs than are compared."""
        self._answers = answers
        self._outlines = {kind: Outlines(kind) for kind in OUTLINED}
        marks = [(shape, owner) for owner, answer in enumerate(answers) for shape in answer]
        self._groups = self._grouped(marks)

    def _grouped(self, marks: Sequence[tuple[Shape, int]]) -> list[_Group]:
        """Compare shapes of one kind and label; they come in an order that follows from them."""
        rows: dict[tuple[str, str], list[tuple[Numbers, int]]] = {}
        for shape, owner in sorted(marks):
            rows.setdefault(shape[:2], []).append((shape[2], owner))
        groups: list[_Group] = []
        for (kind, label), members in rows.items():
            numbers = [one for one, _ in members]
            owners = [owner for _, owner in members]
            outlines = self._outlines.get(kind)
            compare = outlines.alike if outlines else None
            pairs = alike_pairs(kind, numbers, owners, compare=compare)
            groups.append(_Group(kind, label, numbers, owners, pairs))
        return groups

    def consensus(self, weights: Sequence[float]) -> ShapeConsensus:
        """Keep each shape that more than half of the weight drew; see `typical`."""
        kept: list[Shape] = []
        tied = False
        for group in self._groups:
            owners = np.array(group.owners, dtype=np.int64)
            which = clusters(owners, group.pairs)
            voices = np.array(weights, dtype=np.float64)[owners]
            found = agreed(which, np.zeros_like(owners), voices, np.array([math.fsum(weights)]))
            tied |= bool(found.tied.any())
            several = by_group(which, found.kept.size)
            rows = [several[one] for one in ids(np.flatnonzero(found.kept))]
            middles = typical(
                group.kind,
                [[group.numbers[row] for row in one] for one in rows],
                [[float(voices[row]) for row in one] for one in rows],
                self._outlines.get(group.kind),
            )
            kept += [(group.kind, group.label, numbers) for numbers in middles]
        return ShapeConsensus(sorted(kept), tied)

    def agreement(self) -> float | None:
        """Return how alike the answers are in pairs; None where there is no pair."""
        sizes = [len(answer) for answer in self._answers]
        matches: Counter[tuple[int, int]] = Counter()
        for group in self._groups:
            for pair, found in _by_owners(group).items():
                matches[pair] += found
        alike = [
            1.0 if self._answers[one] == self._answers[other]
            else f1(matches[one, other], sizes[one], sizes[other])
            for one, other in combinations(range(len(sizes)), 2)
        ]  # fmt: skip
        # Summed exactly, so that the order of the answers cannot show in the last digit.
        return math.fsum(alike) / len(alike) if alike else None

    def likeness(self, drawn: Sequence[Shape], answer: int) -> float:
        """Return the F1 of shapes with one of the answers; what was compared is remembered."""
        other = self._answers[answer]
        if sorted(drawn) == sorted(other):
            return 1.0
        marks = [(shape, owner) for owner, some in enumerate((drawn, other)) for shape in some]
        found = [_by_owners(group).get((0, 1), 0) for group in self._grouped(marks)]
        return f1(sum(found), len(drawn), len(other))


def typical(
    kind: str,
    several: Sequence[Sequence[Numbers]],
    voices: Sequence[Sequence[float]],
    outlines: Outlines | None = None,
) -> list[Numbers]:
    """Make one of each lot of drawings, by how much each counts.

    Boxes and points get median coordinates. Of polygons and lines, whose corners do not correspond,
    the one most like the others is kept as it was drawn; `outlines` has those compared before.
    """
    if kind not in OUTLINED:
        return [
            tuple(weighted_median(column, mine) for column in zip(*drawings, strict=True))
            for drawings, mine in zip(several, voices, strict=True)
        ]
    squares = (outlines or Outlines(kind)).table(several)
    return [most_alike(*one) for one in zip(squares, several, voices, strict=True)]


def _by_owners(group: _Group) -> dict[tuple[int, int], int]:
    """Count the shapes that match between each two annotators."""
    alike, ones, others = group.pairs
    if not alike.size:
        return {}
    owners = np.array(group.owners, dtype=np.int64)
    swapped = owners[ones] > owners[others]
    ours, theirs = np.where(swapped, others, ones), np.where(swapped, ones, others)
    code = owners[ours] * (int(owners.max()) + 1) + owners[theirs]
    sizes = np.bincount(owners).tolist()
    rank = np.argsort(code, kind="stable")
    edges = np.flatnonzero(np.diff(code[rank], prepend=-1, append=-1))
    found: dict[tuple[int, int], int] = {}
    for begin, end in pairwise(edges.tolist()):
        rows = rank[begin:end]
        pair = int(owners[ours[rows[0]]]), int(owners[theirs[rows[0]]])
        count = min(sizes[pair[0]], sizes[pair[1]])
        found[pair] = matched(count, (alike[rows], ours[rows], theirs[rows]))
    return found


def shapes_consensus(
    answers: Sequence[Sequence[Shape]], weights: Sequence[float]
) -> ShapeConsensus:
    """Keep each shape that more than half of the weight drew; see `Drawings.consensus`."""
    return Drawings(answers).consensus(weights)


def shapes_similarity(one: Sequence[Shape], other: Sequence[Shape]) -> float:
    """Return the F1 of two answers, where shapes match by kind, label and likeness."""
    found = Drawings([one, other]).agreement()
    assert found is not None, "there are two"
    return found
