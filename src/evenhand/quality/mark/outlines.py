"""How alike polygons and lines are, for many pairs at once and each pair of a task once.

Polygons are laid on a raster over both. What each covers is read from where its edges cross the
rows: between the first crossing of a row and the second it is inside, and so on by turns. What
only one of two covers is the same of their edges taken together. So a pair costs its vertices
and crossings, whatever the raster; the result is that of filling in the cells.
"""

from collections.abc import Callable, Sequence
from itertools import combinations_with_replacement
from typing import TypeAlias, cast

import numpy as np

from evenhand.quality.codes import Floats, Ints, ids
from evenhand.quality.mark.geometry import (
    DISTANCE_OF_HALF,
    LINE_SAMPLES,
    RASTER,
    Numbers,
    sampled,
    similarity,
)
from evenhand.quality.mark.meeting import TooManyPairs

# Vertices and crossings of all pairs of a task, some 0.1 µs each. Two answers of a thousand
# outlines of which each meets ten of the other have half as many.
STEPS_MAX = 8_000_000
STEPS_A_LINE = 100  # a pair of lines costs as much as so many crossings
STEPS_AT_ONCE = 200_000  # held in memory while they are counted, some 20 MB
PAIRS_MAX = STEPS_MAX // STEPS_A_LINE

_CENTRES = (np.arange(RASTER) + 0.5) / RASTER

Compare: TypeAlias = Callable[[Ints, Ints], Floats]


class Outlines:
    """The polygons or lines of one task; what was compared once is remembered."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._number: dict[Numbers, int] = {}
        self._corners: list[Floats] = []
        self._samples: list[Floats] = []
        self._alike: dict[tuple[int, int], float] = {}
        self._steps_left = STEPS_MAX

    def alike(self, shapes: Sequence[Numbers], ones: Ints, others: Ints) -> Floats:
        """Say how alike pairs of these shapes are, given by position.

        Raises `TooManyPairs` where the pairs asked for so far cost more than a task may.
        """
        if ones.size > PAIRS_MAX:
            raise TooManyPairs
        number = [self._numbered(shape) for shape in shapes]
        pairs = [
            (min(number[one], number[other]), max(number[one], number[other]))
            for one, other in zip(ids(ones), ids(others), strict=True)
        ]
        new = sorted(set(pairs) - self._alike.keys())
        if new:
            columns = np.array(new, dtype=np.int64).T
            compare = self._polygons if self._kind == "polygon" else self._lines
            found = compare(columns[0], columns[1])
            self._alike.update(zip(new, found.tolist(), strict=True))
        return np.array([self._alike[pair] for pair in pairs], dtype=np.float64)

    def table(self, groups: Sequence[Sequence[Numbers]]) -> list[Floats]:
        """Compare all shapes of each group with one another: a square of likenesses for each."""
        shapes = [shape for group in groups for shape in group]
        starts = np.cumsum([0, *(len(group) for group in groups)])
        if sum(len(group) * (len(group) + 1) // 2 for group in groups) > PAIRS_MAX:
            raise TooManyPairs
        pairs = [
            (start + one, start + other)
            for start, group in zip(ids(starts), groups, strict=False)
            for one, other in combinations_with_replacement(range(len(group)), 2)
        ]
        ones, others = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
        alike = self.alike(shapes, ones, others)
        tables: list[Floats] = []
        done = 0
        for group in groups:
            rows, columns = np.triu_indices(len(group))
            square = np.zeros((len(group), len(group)))
            square[rows, columns] = square[columns, rows] = alike[done : done + rows.size]
            done += rows.size
            tables.append(square)
        return tables

    def _numbered(self, shape: Numbers) -> int:
        found = self._number.setdefault(shape, len(self._corners))
        if found == len(self._corners):
            self._corners.append(np.array(shape, dtype=np.float64).reshape(-1, 2))
            if self._kind == "line":
                self._samples.append(sampled(shape))
        return found

    def _spend(self, steps: int) -> None:
        self._steps_left -= steps
        if self._steps_left < 0:
            raise TooManyPairs

    def _lines(self, ones: Ints, others: Ints) -> Floats:
        self._spend(ones.size * STEPS_A_LINE)
        samples = np.array(self._samples)
        distances = np.zeros(ones.size)
        block = max(1, STEPS_AT_ONCE // LINE_SAMPLES**2)
        for begin in range(0, ones.size, block):
            ours = samples[ones[begin : begin + block], :, None]
            theirs = samples[others[begin : begin + block], None]
            apart = np.hypot(ours[..., 0] - theirs[..., 0], ours[..., 1] - theirs[..., 1])
            there, back = apart.min(axis=2).mean(axis=1), apart.min(axis=1).mean(axis=1)
            distances[begin : begin + block] = (there + back) / 2
        return 1 / (1 + distances / DISTANCE_OF_HALF)

    def _polygons(self, ones: Ints, others: Ints) -> Floats:
        sizes = np.array([corners.shape[0] for corners in self._corners])
        vertices = sizes[ones] + sizes[others]
        self._spend(int(vertices.sum()))
        found = np.zeros(ones.size)
        for begin, end in _blocks(vertices):
            edges = _edges(self._corners, ones[begin:end], others[begin:end])
            crossings = edges.crossings()
            self._spend(int(crossings.sum()))
            for first, last in _blocks(crossings):
                at = slice(begin + first, begin + last)
                if crossings[first:last].sum() > STEPS_AT_ONCE:
                    found[at] = [self._filled_in(int(ones[at][0]), int(others[at][0]))]
                else:
                    found[at] = edges.shared(first, last)
        found[ones == others] = 1.0
        return found

    def _filled_in(self, one: int, other: int) -> float:
        """Compare a pair with too many crossings to be held at once, cell by cell."""
        return similarity(
            "polygon", *(tuple(self._corners[shape].ravel().tolist()) for shape in (one, other))
        )


def _blocks(steps: Ints) -> list[tuple[int, int]]:
    """Cut a row of costs into stretches that can be held at once, or are one alone."""
    ends = np.cumsum(steps)
    blocks: list[tuple[int, int]] = []
    begin = 0
    while begin < steps.size:
        done = int(ends[begin - 1]) if begin else 0
        end = int(np.searchsorted(ends, done + STEPS_AT_ONCE, side="right"))
        blocks.append((begin, max(end, begin + 1)))
        begin = blocks[-1][1]
    return blocks


class _Edges:
    """The edges of pairs of polygons, and which rows of the pair's raster each crosses."""

    def __init__(self, start: Floats, end: Floats, owner: tuple[Ints, Ints], sizes: Ints) -> None:
        self._start, self._end = start, end
        self._pair, self._second = owner
        firsts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        self._low = np.minimum.reduceat(start, firsts)
        self._wide = np.maximum.reduceat(start, firsts) - self._low
        self._first_edge = np.concatenate([firsts, [start.shape[0]]])
        begins = self._below(1, self._pair, start[:, 1])
        ends = self._below(1, self._pair, end[:, 1])
        self._row = np.minimum(begins, ends)
        self._rows = np.abs(ends - begins)

    def crossings(self) -> Ints:
        """Count them for each pair."""
        return np.add.reduceat(self._rows, self._first_edge[:-1])

    def shared(self, first: int, last: int) -> Floats:
        """Say of some pairs how much of the cells that either covers both cover."""
        edges = np.arange(int(self._first_edge[first]), int(self._first_edge[last]), dtype=np.int64)
        rows = self._rows[edges]
        edge = np.repeat(edges, rows)
        row = np.arange(edge.size) - np.repeat(np.cumsum(rows) - rows, rows) + self._row[edge]
        pair = self._pair[edge]
        height = self._low[pair, 1] + self._wide[pair, 1] * _CENTRES[row]
        start, end = self._start[edge], self._end[edge]
        along = (height - start[:, 1]) / (end[:, 1] - start[:, 1])
        column = self._below(0, pair, start[:, 0] + along * (end[:, 0] - start[:, 0]))
        key = ((pair - first) * RASTER + row) * (RASTER + 1) + column
        key = np.sort(key * 2 + self._second[edge])
        pair, column, second = (
            key // (2 * (RASTER + 1) * RASTER),
            (key >> 1) % (RASTER + 1),
            key & 1,
        )
        one, other, apart = (
            _inside(pair[kept], column[kept], last - first)
            for kept in (second == 0, second == 1, slice(None))
        )
        covered = one + other + apart
        return np.divide(
            one + other - apart, covered, out=np.zeros(last - first), where=covered > 0
        )

    def _below(self, axis: int, pair: Ints, places: Floats) -> Ints:
        """Count the raster's lines that lie below each place: a guess, moved until it is right."""
        low, wide = self._low[pair, axis], self._wide[pair, axis]
        share = np.divide(places - low, wide, out=np.zeros(places.size), where=wide > 0)
        count = np.clip(np.ceil(share * RASTER - 0.5), 0, RASTER).astype(np.int64)
        while True:
            line = low + wide * _CENTRES[np.maximum(count - 1, 0)]
            less = (count > 0) & (line >= places)
            line = low + wide * _CENTRES[np.minimum(count, RASTER - 1)]
            more = (count < RASTER) & (line < places)
            if not (less.any() or more.any()):
                return count
            count += more.astype(np.int64) - less


def _edges(corners: Sequence[Floats], ones: Ints, others: Ints) -> _Edges:
    several = [shape for pair in zip(ids(ones), ids(others), strict=True) for shape in pair]
    start = np.concatenate([corners[shape] for shape in several])
    end = np.concatenate([np.roll(corners[shape], -1, axis=0) for shape in several])
    sizes = np.array([corners[shape].shape[0] for shape in several])
    whose = np.repeat(np.arange(len(several)), sizes)
    return _Edges(start, end, (whose // 2, whose % 2), sizes.reshape(-1, 2).sum(axis=1))


def _inside(pair: Ints, column: Ints, pairs: int) -> Floats:
    """Count cells between every odd crossing of a row and the next; they come in order."""
    # A closed outline crosses each row an even number of times.
    assert column.size % 2 == 0, "an outline that enters leaves"
    wide = (column[1::2] - column[::2]).astype(np.float64)
    return np.bincount(pair[::2], weights=wide, minlength=pairs).astype(np.float64)


def most_alike(square: Floats, shapes: Sequence[Numbers], voices: Sequence[float]) -> Numbers:
    """Return the shape that is most like all, by how much each counts."""
    # Rounded, so that the order of a sum cannot choose between equals.
    likeness = [
        round(sum(voice * alike for voice, alike in zip(voices, row, strict=True)), 9)
        for row in cast("list[list[float]]", square.tolist())
    ]
    return min(zip(likeness, shapes, strict=True), key=lambda one: (-one[0], one[1]))[1]
