"""One shape out of several drawings of the same thing.

Boxes and points are averaged, each annotator weighing by how precisely they draw, which follows
from how far they are from the others; a drawing far off counts little, as under Student's t.
Polygons are voted on cell by cell, lines averaged along their length.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from evenhand.quality.codes import Bools, Floats, Ints
from evenhand.quality.mark.geometry import RASTER, Numbers, inside, sampled, similarity
from evenhand.quality.mark.grouping import sums

_FREEDOM = 4.0  # of Student's t: heavy enough tails for a hand that slipped
_ROUNDS = 12  # more changes an edge by less than a hundredth of a pixel
_SHRINKAGE = 6.0  # drawings by everyone that count beside an annotator's own
_SCATTER = 0.03  # of a box's side, before anything is seen; of a point, pixels are counted
_POINT_SCATTER = 3.0
_LEAST = 1e-9
_SMOOTH = 0.8  # cells that an outline may be off its staircase, to be without stairs


@dataclass(frozen=True, slots=True, kw_only=True)
class Fused:
    """Middles by group, and how far each annotator's drawings scatter (a standard deviation)."""

    middles: Floats
    scatter: Floats


def fused_positions(
    places: Floats, scales: Floats, group: Ints, annotator: Ints, weights: Floats
) -> Fused:
    """Average positions (rows) in each group; `scales` says how large a unit of error is."""
    size, count = int(group.max(initial=-1)) + 1, int(annotator.max(initial=-1)) + 1
    wide = places.shape[1]
    middles = np.empty((size, wide))
    order = np.argsort(group, kind="stable")
    for one in np.split(order, np.flatnonzero(np.diff(group[order])) + 1) if size else []:
        middles[group[one[0]]] = np.median(places[one], axis=0)
    variance = np.full(count, _SCATTER**2)
    several = np.bincount(group, minlength=size)[group] > 1
    for _ in range(_ROUNDS if size else 0):
        off = ((places - middles[group]) / scales) ** 2
        tail = (_FREEDOM + wide) / (_FREEDOM + off.sum(axis=1) / variance[annotator])
        voice = weights * tail / variance[annotator]
        total = sums(group, voice, size)
        for side in range(wide):
            middles[:, side] = sums(group, voice * places[:, side], size) / total
        off = ((places - middles[group]) / scales) ** 2
        # What a drawing drew the middle towards itself does not show in its distance.
        free = wide * (1 - voice / total[group]) * several
        spread = sums(annotator, tail * off.sum(axis=1) * several, count)
        seen = sums(annotator, free, count)
        mean = (spread.sum() + _SHRINKAGE * wide * _SCATTER**2) / (seen.sum() + _SHRINKAGE * wide)
        variance = (spread + _SHRINKAGE * wide * mean) / (seen + _SHRINKAGE * wide)
        variance = np.maximum(variance, _LEAST)
    return Fused(middles=middles, scatter=np.sqrt(variance))


def fused_boxes(boxes: Floats, group: Ints, annotator: Ints, weights: Floats) -> Fused:
    """Average the edges of boxes (left, top, width, height); errors grow with the sides."""
    edges = boxes.copy()
    edges[:, 2:] += boxes[:, :2]
    size = int(group.max(initial=-1)) + 1
    many = np.maximum(np.bincount(group, minlength=size), 1)
    sides = np.stack([sums(group, boxes[:, 2 + axis], size) / many for axis in (0, 1)], axis=1)
    scales = np.maximum(sides, _LEAST)[group][:, [0, 1, 0, 1]]
    found = fused_positions(edges, scales, group, annotator, weights)
    middles = found.middles.copy()
    middles[:, 2:] = np.maximum(middles[:, 2:] - middles[:, :2], 0.0)
    return Fused(middles=middles, scatter=found.scatter)


def fused_points(points: Floats, group: Ints, annotator: Ints, weights: Floats) -> Fused:
    """Average points; errors are in pixels."""
    scale = _POINT_SCATTER / _SCATTER
    found = fused_positions(points, np.full_like(points, scale), group, annotator, weights)
    return Fused(middles=found.middles, scatter=found.scatter * scale)


def fused_outline(kind: str, shapes: Sequence[Numbers], voices: Sequence[float]) -> Numbers:
    """Vote on the area of polygons, or average lines; unless a drawing is more like them all.

    Of an area in several parts the largest is kept, and holes are filled.
    """

    def likeness(one: Numbers) -> float:
        pairs = zip(shapes, voices, strict=True)
        # Rounded, so that the order of a sum cannot choose between equals.
        return round(sum(voice * similarity(kind, one, other) for other, voice in pairs), 9)

    middlemost = min(shapes, key=lambda one: (-likeness(one), one))
    if len(shapes) < 3:
        return middlemost
    merged = _MERGED[kind](shapes, np.array(voices, dtype=np.float64))
    if merged is None or likeness(merged) < likeness(middlemost):
        return middlemost
    return merged


def _voted_area(shapes: Sequence[Numbers], voices: Floats) -> Numbers | None:
    drawn = [np.array(shape, dtype=np.float64).reshape(-1, 2) for shape in shapes]
    corners = np.concatenate(drawn)
    low, high = corners.min(axis=0), corners.max(axis=0)
    if (high <= low).any():
        return None
    step = (high - low) / RASTER
    columns, rows = (low + (np.arange(RASTER) + 0.5)[:, None] * step).T
    votes = np.zeros((RASTER, RASTER))
    for shape, voice in zip(drawn, voices, strict=True):
        votes += voice * inside(shape, columns, rows)
    outline = traced(votes > voices.sum() / 2 * (1 + 1e-9))
    if len(outline) < 3:
        return None
    return tuple((low + simplified(outline, _SMOOTH) * step).ravel().tolist())


def traced(cells: Bools) -> Floats:
    """Walk around the largest part of a raster: corners (column, row), clockwise on a screen."""
    wide = np.pad(cells, 1)
    here = wide[1:-1, 1:-1]
    steps: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for beyond, (start, end) in (
        (wide[:-2, 1:-1], ((0, 0), (1, 0))),
        (wide[1:-1, 2:], ((1, 0), (1, 1))),
        (wide[2:, 1:-1], ((1, 1), (0, 1))),
        (wide[1:-1, :-2], ((0, 1), (0, 0))),
    ):
        for row, column in np.argwhere(here & ~beyond).tolist():
            corner = (column + start[0], row + start[1])
            steps.setdefault(corner, []).append((column + end[0], row + end[1]))
    best, most = np.zeros((0, 2)), 0.0
    while steps:
        loop = np.array(_walked(steps), dtype=np.float64)
        area = _area(loop)
        if area > most:
            best, most = loop, area
    return best


def _walked(steps: dict[tuple[int, int], list[tuple[int, int]]]) -> list[tuple[int, int]]:
    start = min(steps)
    loop, at, came = [start], start, (0, 0)
    while True:
        ways = steps[at]
        across, down = came
        # Where two corners touch, turning right keeps to the part that one came from.
        turns = [across * (to[1] - at[1]) - down * (to[0] - at[0]) for to in ways]
        way = ways[turns.index(max(turns))]
        ways.remove(way)
        if not ways:
            del steps[at]
        came, at = (way[0] - at[0], way[1] - at[1]), way
        if at == start:
            return loop
        loop.append(at)


def _area(loop: Floats) -> float:
    after = np.roll(loop, -1, axis=0)
    return float((loop[:, 0] * after[:, 1] - loop[:, 1] * after[:, 0]).sum()) / 2


def simplified(loop: Floats, tolerance: float) -> Floats:
    """Leave out the corners of a closed outline that lie within the tolerance of what is left.

    The method of Douglas and Peucker (1973), from the two corners that are farthest apart.
    """
    away = np.hypot(*(loop - loop.mean(axis=0)).T)
    first = int(away.argmax())
    turned = np.roll(loop, -first, axis=0)
    second = int(np.hypot(*(turned - turned[0]).T).argmax())
    closed = np.concatenate([turned, turned[:1]])
    kept = np.zeros(len(closed), dtype=np.bool_)
    kept[[0, second]] = True
    spans = [(0, second), (second, len(closed) - 1)]
    while spans:
        start, end = spans.pop()
        if end - start < 2:
            continue
        along = closed[end] - closed[start]
        rest = closed[start + 1 : end] - closed[start]
        length = float(np.hypot(*along))
        cross = np.abs(rest[:, 0] * along[1] - rest[:, 1] * along[0])
        off = cross / length if length else np.hypot(*rest.T)
        worst = int(off.argmax())
        if off[worst] > tolerance:
            middle = start + 1 + worst
            kept[middle] = True
            spans += [(start, middle), (middle, end)]
    return closed[kept]


def _averaged_line(shapes: Sequence[Numbers], voices: Floats) -> Numbers | None:
    lines = [sampled(shape) for shape in shapes]
    model = lines[int(voices.argmax())]
    turned = [
        line if np.abs(line - model).sum() <= np.abs(line[::-1] - model).sum() else line[::-1]
        for line in lines
    ]
    middle = np.average(np.stack(turned), axis=0, weights=voices)
    return tuple(middle.ravel().tolist())


_MERGED: dict[str, Callable[[Sequence[Numbers], Floats], Numbers | None]] = {
    "polygon": _voted_area,
    "line": _averaged_line,
}
