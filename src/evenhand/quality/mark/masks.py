"""Aggregation of masks: which pixels of a picture belong to a thing.

`staple` estimates each annotator's sensitivity and specificity together with the mask, after
S. K. Warfield, K. H. Zou and W. M. Wells, "Simultaneous Truth and Performance Level Estimation
(STAPLE)", IEEE Transactions on Medical Imaging 23 (2004), doi:10.1109/TMI.2004.828354. Pixels
that the same annotators marked are one pattern with a count, and masks stay run lengths, so that
the size of a picture costs nothing.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import cast

import numpy as np

from evenhand.quality.aggregation import Aggregation, Chosen
from evenhand.quality.arrow import Column, Table, pa
from evenhand.quality.codes import Bools, Floats, Ints
from evenhand.quality.frame import BadTable, Frame
from evenhand.quality.mark.grouping import sums
from evenhand.quality.mark.mark_skill import wilson
from evenhand.quality.request import Limits, Request, UnknownMethod, UnusedHistory

METHODS = ("staple", "majority")
PIXELS_MAX = 2**40  # of one picture; positions stay exact far beyond

_TIE = 1e-9
_LEAST = 1e-9
# Drawn towards everyone's, by so many pixels; and everyone's towards these rates.
_SHRINKAGE = 20.0
_SENSITIVE = (9.0, 1.0)
_SPECIFIC = (99.0, 1.0)


@dataclass(frozen=True, slots=True)
class Mask:
    """Where what is marked begins and stops, column by column from the top left."""

    width: int
    height: int
    edges: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Segments:
    """Stretches of pixels that the same annotators marked; `marks` has a row for each pair."""

    tasks: Ints
    starts: Ints
    sizes: Floats
    owner: Ints
    annotator: Ints
    marked: Bools


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fit:
    inside: Floats
    sensitivity: Floats
    specificity: Floats
    iterations: int
    converged: bool


def aggregate_masks(frame: Frame, request: Request) -> Aggregation:
    """Find the mask of each picture, in the form that the masks came in.

    `confidence` is how sure a pixel is that somebody marked, on average; `tied` says that
    pixels with exactly as much for them as against them were left out. `auto` takes `staple`
    where three or more annotators share a task on average, else `majority`.
    """
    if request.method not in (*METHODS, "auto"):
        raise UnknownMethod(request.method, "Mask", (*METHODS, "auto"))
    if request.history is not None:
        raise UnusedHistory("Mask")
    if request.gold:
        raise BadTable("Masks cannot be aggregated with gold labels yet; leave gold out.")
    given = _read(frame)
    method = _method(frame, request.method)
    segments = _segments(frame, given)
    count = len(frame.annotators.names)
    fit = (
        _staple(segments, count, request.limits)
        if method.name == "staple"
        else _majority(segments, count)
    )
    return _aggregation(frame, given, segments, fit, method)


def _method(frame: Frame, asked: str) -> Chosen:
    if asked != "auto":
        return Chosen(name=asked, reason="It was asked for.")
    share = frame.tasks.codes.size / max(len(frame.tasks.names), 1)
    if share >= 3:
        return Chosen(name="staple", reason=f"{share:.1f} annotators a task tell whom to trust.")
    return Chosen(
        name="majority", reason=f"{share:.1f} annotators a task tell too little of skill."
    )


def _read(frame: Frame) -> list[Mask]:
    pairs = np.stack([frame.tasks.codes, frame.annotators.codes], axis=1)
    if len(np.unique(pairs, axis=0)) != len(pairs):
        raise BadTable("An annotator has several masks of one task; keep one row each.")
    cells = cast("list[object]", frame.labels.to_pylist())
    masks = [_mask(cell, row) for row, cell in enumerate(cells)]
    sizes: dict[int, tuple[int, int]] = {}
    for task, mask in zip(frame.tasks.codes.tolist(), masks, strict=True):
        if sizes.setdefault(task, (mask.width, mask.height)) != (mask.width, mask.height):
            raise BadTable(f"Masks of task {frame.tasks.names[task]} differ in size.")
    return masks


def _mask(cell: object, row: int) -> Mask:
    if isinstance(cell, dict):
        runs = cast("dict[str, object]", cell)
        width, height = (int(cast("int", runs.get(side) or 0)) for side in ("width", "height"))
        counts = [int(count) for count in cast("list[int]", runs.get("counts") or [])]
        total = width * height
        if min(counts, default=0) < 0 or sum(counts) != total or total > PIXELS_MAX:
            raise BadTable(
                f"The counts of the mask in row {row:,} come to {sum(counts):,}; they must be "
                f"runs of pixels, unmarked first, of {width} times {height}."
            )
        return Mask(width, height, _clean(np.cumsum(counts).tolist(), total))
    try:
        grid = np.array(cell, dtype=np.bool_)
    except (ValueError, TypeError) as problem:
        raise BadTable(f"The mask in row {row:,} is no grid of true and false.") from problem
    if grid.ndim != 2:
        raise BadTable(f"The mask in row {row:,} is no grid: its rows must be equally long.")
    flat = grid.T.ravel().astype(np.int8)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flat]))).tolist()
    return Mask(grid.shape[1], grid.shape[0], _clean(edges, flat.size))


def _clean(edges: list[int], total: int) -> tuple[int, ...]:
    """Leave out runs without pixels, where what is marked stops and begins at once."""
    kept: list[int] = []
    for edge in edges:
        if kept and kept[-1] == edge:
            kept.pop()
        else:
            kept.append(edge)
    return tuple(edge for edge in kept if edge < total)


def _segments(frame: Frame, masks: list[Mask]) -> _Segments:
    parts: dict[int, list[int]] = {}
    order = np.lexsort((frame.annotators.codes, frame.tasks.codes))
    for row in cast("list[int]", order.tolist()):
        parts.setdefault(int(frame.tasks.codes[row]), []).append(row)
    tasks: list[int] = []
    starts: list[int] = []
    sizes: list[int] = []
    owner: list[Ints] = []
    who: list[Ints] = []
    marked: list[Bools] = []
    for task, rows in parts.items():
        total = masks[rows[0]].width * masks[rows[0]].height
        cuts = sorted({0, total, *(edge for row in rows for edge in masks[row].edges)})
        here = np.array(cuts[:-1], dtype=np.int64)
        first = len(tasks)
        tasks += [task] * here.size
        starts += cuts[:-1]
        sizes += [after - before for before, after in pairwise(cuts)]
        for row in rows:
            inside = np.searchsorted(np.array(masks[row].edges, dtype=np.int64), here, "right") % 2
            owner.append(np.arange(first, first + here.size, dtype=np.int64))
            who.append(np.full(here.size, int(frame.annotators.codes[row]), dtype=np.int64))
            marked.append(inside == 1)
    return _Segments(
        tasks=np.array(tasks, dtype=np.int64),
        starts=np.array(starts, dtype=np.int64),
        sizes=np.array(sizes, dtype=np.float64),
        owner=np.concatenate(owner) if owner else np.zeros(0, dtype=np.int64),
        annotator=np.concatenate(who) if who else np.zeros(0, dtype=np.int64),
        marked=np.concatenate(marked) if marked else np.zeros(0, dtype=np.bool_),
    )


def _majority(segments: _Segments, count: int) -> _Fit:
    wide = segments.tasks.size
    share = sums(segments.owner, segments.marked, wide)
    share /= np.maximum(np.bincount(segments.owner, minlength=wide), 1)
    hit, spared = _rates(segments, (share > 0.5).astype(np.float64), count)
    return _Fit(inside=share, sensitivity=hit, specificity=spared, iterations=0, converged=True)


def _staple(segments: _Segments, count: int, limits: Limits) -> _Fit:
    inside = _majority(segments, count).inside
    pixels = max(float(segments.sizes.sum()), 1.0)
    tasks = int(segments.tasks.max(initial=-1)) + 1
    area = np.maximum(sums(segments.tasks, segments.sizes, tasks), 1.0)
    iterations, converged = 0, False
    hit = spared = np.zeros(count)
    while iterations < limits.max_iterations and not converged:
        hit, spared = _rates(segments, inside, count)
        share = sums(segments.tasks, segments.sizes * inside, tasks) / area
        share = np.clip(share, _LEAST, 1 - _LEAST)[segments.tasks]
        odds = np.log(share / (1 - share))
        for_, against = np.log(hit / (1 - spared)), np.log((1 - hit) / spared)
        voices = np.where(segments.marked, for_[segments.annotator], against[segments.annotator])
        odds += sums(segments.owner, voices, odds.size)
        # What nobody marked is outside: the picture says nothing else of it.
        touched = sums(segments.owner, segments.marked, odds.size) > 0
        # Rounded, so that the order of a sum cannot grow into a choice between equals.
        likely: Floats = 1 / (1 + np.exp(-np.clip(odds, -500, 500)))
        after = cast("Floats", np.round(np.where(touched, likely, 0.0), 10))
        moved = float((np.abs(after - inside) * segments.sizes).sum())
        inside, iterations = after, iterations + 1
        converged = moved <= limits.tolerance * pixels
    return _Fit(
        inside=inside,
        sensitivity=hit,
        specificity=spared,
        iterations=iterations,
        converged=converged,
    )


def _rates(segments: _Segments, inside: Floats, count: int) -> tuple[Floats, Floats]:
    """Return each annotator's sensitivity and specificity, drawn towards everyone's."""
    found: list[Floats] = []
    for there, said, prior in (
        (inside, segments.marked, _SENSITIVE),
        (1 - inside, ~segments.marked, _SPECIFIC),
    ):
        weight = (segments.sizes * there)[segments.owner]
        hits, chance = (
            sums(segments.annotator, weight * said, count),
            sums(segments.annotator, weight, count),
        )
        mean = (hits.sum() + prior[0]) / (chance.sum() + sum(prior))
        rate = (hits + _SHRINKAGE * mean) / (chance + _SHRINKAGE)
        found.append(np.clip(rate, 1e-6, 1 - 1e-6))
    return found[0], found[1]


def _aggregation(
    frame: Frame, given: list[Mask], segments: _Segments, fit: _Fit, method: Chosen
) -> Aggregation:
    tasks = len(frame.tasks.names)
    kept = fit.inside > 0.5 + _TIE
    touched = sums(segments.owner, segments.marked, segments.tasks.size) > 0
    sure = np.maximum(fit.inside, 1 - fit.inside) * segments.sizes * touched
    whole = sums(segments.tasks, segments.sizes * touched, tasks)
    confidence = np.divide(
        sums(segments.tasks, sure, tasks), whole, out=np.ones(tasks), where=whole > 0
    )
    shape = {int(task): given[row] for row, task in enumerate(frame.tasks.codes.tolist())}
    labels = [_drawn(shape[task], segments, kept, task, frame.labels) for task in range(tasks)]
    tied = np.bincount(segments.tasks[np.abs(fit.inside - 0.5) <= _TIE], minlength=tasks) > 0
    return Aggregation(
        table=pa.table(
            {
                "task": frame.tasks.names,
                "label": pa.array(labels, frame.labels.type),
                "confidence": np.clip(confidence, 0.0, 1.0),
                "tied": tied,
            }
        ),
        annotators=_annotators(frame, segments, fit, kept),
        classes=None,
        method=method,
        converged=fit.converged,
        iterations=fit.iterations,
        log_likelihood=None,
        notes=() if fit.converged else ("The estimate has not come to rest.",),
    )


def _drawn(mask: Mask, segments: _Segments, kept: Bools, task: int, form: Column) -> object:
    first, last = np.searchsorted(segments.tasks, [task, task + 1]).tolist()
    inside = np.concatenate([[False], kept[first:last]])
    changes = np.flatnonzero(inside[1:] != inside[:-1])
    edges = cast("list[int]", segments.starts[first:last][changes].tolist())
    total = mask.width * mask.height
    if pa.types.is_struct(form.type):
        counts = [after - before for before, after in pairwise([0, *edges, total])]
        return {"width": mask.width, "height": mask.height, "counts": counts}
    flips = np.zeros(total + 1, dtype=np.int64)
    flips[edges] = 1
    return (np.cumsum(flips)[:-1] % 2 == 1).reshape(mask.width, mask.height).T.tolist()


def _annotators(frame: Frame, segments: _Segments, fit: _Fit, kept: Bools) -> Table:
    """Say of each annotator the Dice of their masks with what was found, and their rates."""
    count = len(frame.annotators.names)
    sizes = segments.sizes[segments.owner]
    both = sums(segments.annotator, sizes * segments.marked * kept[segments.owner], count)
    either = sums(segments.annotator, sizes * (1.0 * segments.marked + kept[segments.owner]), count)
    skill = np.divide(2 * both, either, out=np.ones(count), where=either > 0)
    votes = np.bincount(frame.annotators.codes, minlength=count)
    # Pixels of a mask stand or fall together, so that a mask counts as one observation.
    lower, upper = wilson(skill, votes.astype(np.float64))
    return pa.table(
        {
            "annotator": frame.annotators.names,
            "skill": skill,
            "lower": lower,
            "upper": upper,
            "votes": votes,
            "sensitivity": fit.sensitivity,
            "specificity": fit.specificity,
        }
    )
