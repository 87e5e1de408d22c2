"""How alike two drawn shapes are: 1 for the same, 0 for nothing in common.

Boxes and polygons by the area they share over the area they cover (IoU); points and
lines by their distance, which makes one half at `DISTANCE_OF_HALF`.
"""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias, cast

import numpy as np

from evenhand.quality.codes import Bools, Floats, Ints
from evenhand.quality.mark.matching import NO_PAIRS, SIMILARITY_LEAST, Pairs, joined
from evenhand.quality.mark.meeting import fewest, meeting

DISTANCE_OF_HALF = 10.0  # pixels; about the size of a cursor's tip on a large photograph
RASTER = 128  # rows and columns; the error of IoU stays near one part in a hundred
LINE_SAMPLES = 32  # positions along a line; enough to see where two of them part
EXACT_SHAPES_MAX = 5_000  # pairs at up to 0.5 ms; beyond it the boxes around them speak

# How far apart boxes around lines and points may lie; rounding must not lose a pair.
_REACH = DISTANCE_OF_HALF + 0.001

Numbers: TypeAlias = tuple[float, ...]


def similarity(kind: str, one: Numbers, other: Numbers) -> float:
    """Say how alike two shapes of one kind are."""
    return _SIMILARITIES[kind](one, other)


class Compare(Protocol):
    """Compares many pairs of shapes at once, given by position."""

    def __call__(self, shapes: Sequence[Numbers], ones: Ints, others: Ints) -> Floats:
        """Say how alike the pairs are."""
        ...


def alike_pairs(
    kind: str,
    shapes: Sequence[Numbers],
    owners: Sequence[int],
    *,
    compare: Compare | None = None,
) -> Pairs:
    """Find the pairs of different annotators' shapes that are alike enough to be one.

    It costs sorting, and the pairs that meet along the axis on which the fewest do. Polygons and
    lines that may be alike are handed to `compare`; without it the first few thousand pairs are
    looked at, and of the rest the boxes around them.
    """
    if len(set(owners)) < 2:
        return NO_PAIRS
    boxes = np.array([_around(kind, shape) for shape in shapes], dtype=np.float64)
    whose = np.array(owners)
    reach = _REACH if kind in ("point", "line") else 0.0
    lows, highs = boxes[:, :2], boxes[:, 2:] + reach
    axis = fewest(lows, highs)
    rank = np.argsort(lows[:, axis], kind="stable")
    found: list[Pairs] = [NO_PAIRS]
    for firsts, seconds in meeting(lows[rank, axis], highs[rank, axis]):
        ones, others = rank[firsts], rank[seconds]
        apart = whose[ones] != whose[others]
        ones, others = ones[apart], others[apart]
        alike = _alike_at_most(kind, boxes[ones], boxes[others])
        enough = alike >= SIMILARITY_LEAST
        ones, others = ones[enough], others[enough]
        found.append((alike[enough], np.minimum(ones, others), np.maximum(ones, others)))
    alike, ones, others = joined(found)
    # Around a point there is no more than itself.
    if kind in ("box", "point"):
        return alike, ones, others
    if compare is None:
        return _looked_at(kind, shapes, boxes, ones, others)
    alike = compare(shapes, ones, others)
    enough = alike >= SIMILARITY_LEAST
    return alike[enough], ones[enough], others[enough]


def _looked_at(
    kind: str, shapes: Sequence[Numbers], boxes: Floats, ones: Ints, others: Ints
) -> Pairs:
    """Compare shapes that may be alike; past a number of pairs the boxes around them speak."""
    rank = np.lexsort((others, ones))
    ones, others = ones[rank], others[rank]
    alike = _box_ious(boxes[ones], boxes[others])
    exact = np.stack([ones, others], axis=1)[:EXACT_SHAPES_MAX].tolist()
    for pair, (one, other) in enumerate(cast("list[list[int]]", exact)):
        alike[pair] = similarity(kind, shapes[one], shapes[other])
    enough = alike >= SIMILARITY_LEAST
    return alike[enough], ones[enough], others[enough]


def _around(kind: str, shape: Numbers) -> Numbers:
    """Return the upright box around a shape: left, top, right, bottom."""
    if kind == "box":
        left, top, width, height = shape
        return left, top, left + width, top + height
    across, down = shape[::2], shape[1::2]
    return min(across), min(down), max(across), max(down)


def _alike_at_most(kind: str, one: Floats, other: Floats) -> Floats:
    """Bound similarities from above by the boxes around; for boxes it is the similarity."""
    if kind in ("point", "line"):
        # Mean distances between two lines are at least the gap between their boxes.
        gap = np.maximum(one[:, :2] - other[:, 2:], other[:, :2] - one[:, 2:])
        distance = np.linalg.norm(np.maximum(gap, 0.0), axis=1)
        return 1 / (1 + distance / DISTANCE_OF_HALF)
    if kind == "polygon":
        # Polygons may fill little of their boxes, so only disjoint boxes rule them out.
        meet = np.minimum(one[:, 2:], other[:, 2:]) >= np.maximum(one[:, :2], other[:, :2])
        return np.where(meet.all(axis=1), 1.0, 0.0)
    return _box_ious(one, other)


def _box_ious(one: Floats, other: Floats) -> Floats:
    sides = np.minimum(one[:, 2:], other[:, 2:]) - np.maximum(one[:, :2], other[:, :2])
    sides = np.maximum(sides, 0.0)
    shared = sides[:, 0] * sides[:, 1]
    areas = [(box[:, 2] - box[:, 0]) * (box[:, 3] - box[:, 1]) for box in (one, other)]
    covered = areas[0] + areas[1] - shared
    # Without area there is no share; then only the very same is alike.
    same = (one == other).all(axis=1).astype(np.float64)
    return np.divide(shared, covered, out=same, where=covered > 0)


def _box_similarity(one: Numbers, other: Numbers) -> float:
    across = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    down = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    shared = max(across, 0.0) * max(down, 0.0)
    covered = one[2] * one[3] + other[2] * other[3] - shared
    return shared / covered if covered > 0 else float(one == other)


def _polygon_similarity(one: Numbers, other: Numbers) -> float:
    """Compare on a raster laid over both; the even-odd rule says what is inside."""
    if one == other:
        return 1.0
    ours, theirs = (np.array(shape, dtype=np.float64).reshape(-1, 2) for shape in (one, other))
    corners = np.concatenate([ours, theirs])
    low, high = corners.min(axis=0), corners.max(axis=0)
    centres = (np.arange(RASTER) + 0.5) / RASTER
    columns, rows = (low + (high - low) * centres[:, None]).T
    first, second = inside(ours, columns, rows), inside(theirs, columns, rows)
    covered = int((first | second).sum())
    return int((first & second).sum()) / covered if covered else 0.0


def inside(corners: Floats, columns: Floats, rows: Floats) -> Bools:
    """Say for each raster cell whether an odd number of edges lies to its left."""
    start, end = corners, np.roll(corners, -1, axis=0)
    crossed = (start[:, 1:] <= rows) != (end[:, 1:] <= rows)
    edge, row = np.nonzero(crossed)
    rise = end[edge, 1] - start[edge, 1]
    along = (rows[row] - start[edge, 1]) / rise
    across = start[edge, 0] + along * (end[edge, 0] - start[edge, 0])
    column = cast("Ints", np.searchsorted(columns, across))
    wide = columns.size + 1
    crossings = np.bincount(row * wide + column, minlength=rows.size * wide)
    passed = np.cumsum(crossings.reshape(rows.size, wide), axis=1)
    return (passed[:, : columns.size] % 2).astype(bool)


def _point_similarity(one: Numbers, other: Numbers) -> float:
    distance = float(np.hypot(one[0] - other[0], one[1] - other[1]))
    return 1 / (1 + distance / DISTANCE_OF_HALF)


def _line_similarity(one: Numbers, other: Numbers) -> float:
    """Compare by the mean distance from each line's positions to the other line."""
    ours, theirs = sampled(one), sampled(other)
    apart = np.hypot(ours[:, None, 0] - theirs[None, :, 0], ours[:, None, 1] - theirs[None, :, 1])
    distance = float(apart.min(axis=1).mean() + apart.min(axis=0).mean()) / 2
    return 1 / (1 + distance / DISTANCE_OF_HALF)


def sampled(line: Numbers) -> Floats:
    """Return positions at equal distances along a line."""
    corners = np.array(line, dtype=np.float64).reshape(-1, 2)
    lengths = np.hypot(*np.diff(corners, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(lengths)])
    stops = np.linspace(0.0, float(along[-1]), LINE_SAMPLES)
    return np.stack([np.interp(stops, along, corners[:, axis]) for axis in (0, 1)], axis=1)


_SIMILARITIES: dict[str, Callable[[Numbers, Numbers], float]] = {
    "box": _box_similarity,
    "polygon": _polygon_similarity,
    "line": _line_similarity,
    "point": _point_similarity,
}
