"""Aggregation of masks: which pixels of a picture belong to a thing.

`staple` estimates each annotator's sensitivity and specificity together with the mask, after
S. K. Warfield, K. H. Zou and W. M. Wells, "Simultaneous Truth and Performance Level Estimation
(STAPLE)", IEEE Transactions on Medical Imaging 23 (2004), doi:10.1109/TMI.2004.828354. Pixels
that the same annotators marked are one pattern with a count, and masks stay run lengths, so that
the size of a picture costs nothing.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import cast

import numpy as np

from evenhand.quality.aggregation import Aggregation, Chosen
from evenhand.quality.arrow import Column, Table, pa
from evenhand.quality.codes import Bools, Floats, Ints
from evenhand.quality.frame import BadTable, Frame, as_arrow
from evenhand.quality.mark.grouping import sums
from evenhand.quality.request import Limits, Request, UnknownMethod
from evenhand.quality.share import wilson

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
    """Stretches of pixels that the same annotators marked; `marked` has a row for each pair.

    `known` is one where gold is inside, nought where it is outside, and no number without gold.
    """

    tasks: Ints
    starts: Ints
    sizes: Floats
    owner: Ints
    annotator: Ints
    marked: Bools
    known: Floats

    def told(self, inside: Floats) -> Floats:
        """Put what is known in the place of what is thought."""
        return np.where(np.isnan(self.known), inside, self.known)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Earlier:
    """What each annotator did before: pixels inside and outside, and how many of them rightly."""

    inside: Floats
    marked: Floats
    outside: Floats
    spared: Floats


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
    given = _read(frame)
    method = _method(frame, request)
    segments = _segments(frame, given, _gold(frame, given, request.gold))
    earlier = _earlier(frame, segments, request.history)
    fit = (
        _staple(segments, earlier, request.limits)
        if method.name == "staple"
        else _majority(segments, earlier)
    )
    return _aggregation(frame, given, segments, fit, method)


def _method(frame: Frame, request: Request) -> Chosen:
    if request.method != "auto":
        return Chosen(name=request.method, reason="It was asked for.")
    if request.gold or request.history is not None:
        return Chosen(name="staple", reason="What is known beforehand tells whom to trust.")
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
    masks = [_mask(cell, f"row {row:,}") for row, cell in enumerate(cells)]
    sizes: dict[int, tuple[int, int]] = {}
    for task, mask in zip(frame.tasks.codes.tolist(), masks, strict=True):
        if sizes.setdefault(task, (mask.width, mask.height)) != (mask.width, mask.height):
            raise BadTable(f"Masks of task {frame.tasks.names[task]} differ in size.")
    return masks


def _gold(frame: Frame, given: list[Mask], gold: Mapping[Hashable, object]) -> dict[int, Mask]:
    """Read the known masks of the tasks at hand, which must be as large as those drawn."""
    if not gold:
        return {}
    code = {name: at for at, name in enumerate(frame.tasks.names.to_pylist())}
    drawn = dict(zip(frame.tasks.codes.tolist(), given, strict=True))
    known = {
        code[task]: _mask(label, f"gold of task {task}")
        for task, label in gold.items()
        if task in code
    }
    for task, mask in known.items():
        if (mask.width, mask.height) != (drawn[task].width, drawn[task].height):
            raise BadTable(f"Masks of task {frame.tasks.names[task]} differ in size from its gold.")
    return known


def _earlier(frame: Frame, segments: _Segments, history: object) -> _Earlier:
    """Turn a record into pixels, each of its votes being a mask of the mean size.

    Without sensitivity and specificity, its skill stands for both errors of the inside.
    """
    count = len(frame.annotators.names)
    votes, hit, spared = np.zeros(count), np.ones(count), np.ones(count)
    if history is not None:
        rows = as_arrow(history, ("annotator", "skill", "votes"), ("sensitivity", "specificity"))
        code = {name: at for at, name in enumerate(frame.annotators.names.to_pylist())}
        for row in rows.to_pylist():
            rates = row.get("sensitivity", row["skill"]), row.get("specificity", 1.0)
            if not (
                0 <= min(row["skill"], *rates) <= max(row["skill"], *rates) <= 1
                and row["votes"] >= 0
            ):
                raise BadTable(
                    "In a history, skills lie between 0 and 1, and votes are not below 0."
                )
            if row["annotator"] in code:
                at = code[row["annotator"]]
                votes[at], hit[at], spared[at] = row["votes"], *rates
    masks = max(frame.tasks.codes.size, 1)
    sizes = segments.sizes[segments.owner]
    inside = votes * float((sizes * segments.marked).sum()) / masks
    outside = votes * float((sizes * ~segments.marked).sum()) / masks
    return _Earlier(inside=inside, marked=inside * hit, outside=outside, spared=outside * spared)


def _mask(cell: object, where: str) -> Mask:
    if isinstance(cell, dict):
        runs = cast("dict[str, object]", cell)
        width, height = (int(cast("int", runs.get(side) or 0)) for side in ("width", "height"))
        counts = [int(count) for count in cast("list[int]", runs.get("counts") or [])]
        total = width * height
        if min(counts, default=0) < 0 or sum(counts) != total or total > PIXELS_MAX:
            raise BadTable(
                f"The counts of the mask in {where} come to {sum(counts):,}; they must be "
                f"runs of pixels, unmarked first, of {width} times {height}."
            )
        return Mask(width, height, _clean(np.cumsum(counts).tolist(), total))
    try:
        grid = np.array(cell, dtype=np.bool_)
    except (ValueError, TypeError) as problem:
        raise BadTable(f"The mask in {where} is no grid of true and false.") from problem
    if grid.ndim != 2:
        raise BadTable(f"The mask in {where} is no grid: its rows must be equally long.")
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


def _segments(frame: Frame, masks: list[Mask], gold: dict[int, Mask]) -> _Segments:
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
    known: list[Floats] = []
    for task, rows in parts.items():
        total = masks[rows[0]].width * masks[rows[0]].height
        drawn = [masks[row] for row in rows] + ([gold[task]] if task in gold else [])
        cuts = sorted({0, total, *(edge for mask in drawn for edge in mask.edges)})
        here = np.array(cuts[:-1], dtype=np.int64)
        first = len(tasks)
        tasks += [task] * here.size
        starts += cuts[:-1]
        sizes += [after - before for before, after in pairwise(cuts)]
        for row in rows:
            owner.append(np.arange(first, first + here.size, dtype=np.int64))
            who.append(np.full(here.size, int(frame.annotators.codes[row]), dtype=np.int64))
            marked.append(_inside(masks[row], here))
        known.append(
            _inside(gold[task], here).astype(np.float64)
            if task in gold
            else np.full(here.size, np.nan)
        )
    return _Segments(
        tasks=np.array(tasks, dtype=np.int64),
        starts=np.array(starts, dtype=np.int64),
        sizes=np.array(sizes, dtype=np.float64),
        owner=np.concatenate(owner) if owner else np.zeros(0, dtype=np.int64),
        annotator=np.concatenate(who) if who else np.zeros(0, dtype=np.int64),
        marked=np.concatenate(marked) if marked else np.zeros(0, dtype=np.bool_),
        known=np.concatenate(known) if known else np.zeros(0),
    )


def _inside(mask: Mask, places: Ints) -> Bools:
    return np.searchsorted(np.array(mask.edges, dtype=np.int64), places, "right") % 2 == 1


def _majority(segments: _Segments, earlier: _Earlier) -> _Fit:
    wide = segments.tasks.size
    share = sums(segments.owner, segments.marked, wide)
    share /= np.maximum(np.bincount(segments.owner, minlength=wide), 1)
    share = segments.told(share)
    hit, spared = _rates(
        segments, (share > 0.5).astype(np.float64), earlier, np.ones(wide, dtype=np.bool_)
    )
    return _Fit(inside=share, sensitivity=hit, specificity=spared, iterations=0, converged=True)


def _staple(segments: _Segments, earlier: _Earlier, limits: Limits) -> _Fit:
    inside = _majority(segments, earlier).inside
    pixels = max(float(segments.sizes.sum()), 1.0)
    tasks = int(segments.tasks.max(initial=-1)) + 1
    area = np.maximum(sums(segments.tasks, segments.sizes, tasks), 1.0)
    iterations, converged = 0, False
    hit = spared = np.zeros(earlier.inside.size)
    # It starts from what is known alone, if anything is: from a majority that is wrong together
    # no number of turns would lead away.
    heard = ~np.isnan(segments.known)
    if not heard.any() and not earlier.inside.any():
        heard = np.ones_like(heard)
    while iterations < limits.max_iterations and not converged:
        hit, spared = _rates(segments, inside, earlier, heard)
        heard = np.ones_like(heard)
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
        after = np.round(segments.told(np.where(touched, likely, 0.0)), 10)
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


def _rates(
    segments: _Segments, inside: Floats, earlier: _Earlier, heard: Bools
) -> tuple[Floats, Floats]:
    """Return each annotator's sensitivity and specificity, drawn towards everyone's.

    They come from the earlier record and from the stretches that are heard.
    """
    found: list[Floats] = []
    count = earlier.inside.size
    for there, said, prior, before in (
        (inside, segments.marked, _SENSITIVE, (earlier.marked, earlier.inside)),
        (1 - inside, ~segments.marked, _SPECIFIC, (earlier.spared, earlier.outside)),
    ):
        weight = (segments.sizes * there * heard)[segments.owner]
        hits, chance = (
            sums(segments.annotator, weight * said, count) + before[0],
            sums(segments.annotator, weight, count) + before[1],
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
    confidence[segments.tasks[~np.isnan(segments.known)]] = 1.0
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
