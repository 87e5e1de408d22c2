"""Aggregation of shapes: methods by name, and the choice among them by what they foretell."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np

from evenhand.quality.aggregation import Aggregation, Chosen
from evenhand.quality.arrow import Table, pa
from evenhand.quality.codes import Bools, Floats, Ints, ids
from evenhand.quality.frame import Frame
from evenhand.quality.mark.agreed import TIE, agreed, by_group, first_of
from evenhand.quality.mark.columns import Numbers, Shapes, read_shapes
from evenhand.quality.mark.detection import Groups, detect
from evenhand.quality.mark.fusion import fused_boxes, fused_outline, fused_points
from evenhand.quality.mark.geometry import alike_pairs
from evenhand.quality.mark.grouping import sums
from evenhand.quality.mark.held_out import Likeness, chosen, folds, foretold
from evenhand.quality.mark.mark_skill import skill_table
from evenhand.quality.mark.mark_table import mark_table
from evenhand.quality.mark.matching import NO_PAIRS, SIMILARITY_LEAST, clusters, joined
from evenhand.quality.mark.shapes import typical
from evenhand.quality.mark.span_clusters import best_labels, least_of
from evenhand.quality.request import Limits, Request, UnknownMethod

# Shapes of one label are more alike than the same shapes of two.
_OTHER_LABEL = 0.75


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """Shapes, and which of them are alike enough to be drawings of one thing."""

    shapes: Shapes
    alike: Floats
    ones: Ints
    others: Ints

    def select(self, kept: Bools) -> "Drawn":
        """Keep the answers that are marked."""
        rows = kept[self.shapes.whose]
        place = np.cumsum(rows) - 1
        pairs = rows[self.ones] & rows[self.others]
        return Drawn(
            shapes=self.shapes.select(kept),
            alike=self.alike[pairs],
            ones=place[self.ones[pairs]],
            others=place[self.others[pairs]],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundShapes:
    """Shapes that are kept, by task, with how sure each is, and tasks in which some are a tie."""

    tasks: Ints
    kinds: Sequence[str]
    labels: Ints
    numbers: Sequence[Numbers]
    confidence: Floats
    tied: Bools
    least_sure: Floats
    scatter: dict[str, Floats]
    iterations: int = 0
    converged: bool = True
    log_likelihood: float | None = None


def aggregate_shapes(frame: Frame, request: Request) -> Aggregation:
    """Find the shapes of each picture; beside `label` stand `confidences` and `tied`, as of spans.

    Skill is the F1 of an annotator's shapes with what was found, matched at half their area (or
    at ten pixels); `scatter` is how far the edges of boxes lie off, in parts of their sides.
    """
    if request.method not in (*METHODS, "auto"):
        raise UnknownMethod(request.method, "Shape", (*METHODS, "auto"))
    drawn = _matched(read_shapes(frame, request))
    method = (
        _chosen(drawn, request.limits)
        if request.method == "auto"
        else Chosen(name=request.method, reason="It was asked for.")
    )
    found = _with_known(drawn.shapes, METHODS[method.name](drawn, request.limits))
    return Aggregation(
        table=mark_table(
            frame,
            found,
            {
                "kind": pa.array(found.kinds, pa.string()),
                "label": drawn.shapes.names.take(pa.array(found.labels)),
                "numbers": pa.array(found.numbers, pa.list_(pa.float64())),
            },
        ),
        annotators=_annotators(frame, drawn.shapes, found),
        classes=drawn.shapes.names,
        method=method,
        converged=found.converged,
        iterations=found.iterations,
        log_likelihood=found.log_likelihood,
        notes=() if found.converged else ("The estimate has not come to rest.",),
    )


def _matched(shapes: Shapes) -> Drawn:
    """Compare the shapes of each kind in each task; they come by task and kind."""
    owners = shapes.answers.annotators[shapes.whose].astype(np.int64)
    kinds = np.array(shapes.kinds, dtype=np.str_)
    tasks = shapes.tasks
    changes = np.flatnonzero((tasks[1:] != tasks[:-1]) | (kinds[1:] != kinds[:-1])) + 1
    found = [NO_PAIRS]
    for rows in np.split(np.arange(tasks.size), changes) if tasks.size else []:
        first = int(rows[0])
        numbers = [shapes.numbers[row] for row in ids(rows)]
        alike, ones, others = alike_pairs(shapes.kinds[first], numbers, owners[rows].tolist())
        found.append((alike, first + ones, first + others))
    alike, ones, others = joined(found)
    return Drawn(shapes=shapes, alike=alike, ones=ones, others=others)


def _groups(drawn: Drawn, *, labels_differ: bool) -> Ints:
    shapes = drawn.shapes
    same = shapes.labels[drawn.ones] == shapes.labels[drawn.others]
    kept = same | labels_differ
    alike = np.where(same, drawn.alike, drawn.alike * _OTHER_LABEL)[kept]
    return clusters(shapes.owners, (alike, drawn.ones[kept], drawn.others[kept]))


def majority(drawn: Drawn, limits: Limits) -> FoundShapes:
    """Keep each shape that more than half of a task's annotators drew, boxes by median edges."""
    del limits  # nothing is estimated
    answers = drawn.shapes.answers
    if answers.known is not None:
        drawn = drawn.select(answers.annotators != answers.known)
    shapes = drawn.shapes
    group = _groups(drawn, labels_differ=False)
    size = np.diff(shapes.answers.starts)
    most = agreed(group, shapes.tasks, np.ones(group.size), size.astype(np.float64))
    kept = np.flatnonzero(most.kept)
    several = by_group(group, most.tasks.size)
    rows = [several[one] for one in ids(kept)]
    first = [one[0] for one in rows]
    kinds = [shapes.kinds[row] for row in first]
    return FoundShapes(
        tasks=most.tasks[kept],
        kinds=kinds,
        labels=shapes.labels[first],
        numbers=[
            typical(kind, [[shapes.numbers[row] for row in one]], [[1.0] * len(one)])[0]
            for kind, one in zip(kinds, rows, strict=True)
        ],
        confidence=most.share[kept],
        tied=np.bincount(most.tasks[most.tied], minlength=size.size) > 0,
        least_sure=least_of(most.tasks, np.maximum(most.share, 1 - most.share), size.size),
        scatter={},
    )


def weighted(drawn: Drawn, limits: Limits) -> FoundShapes:
    """Keep each shape more probably real than not; who draws precisely counts more."""
    shapes = drawn.shapes
    answers = shapes.answers
    group = _groups(drawn, labels_differ=True)
    task = first_of(shapes.tasks, group)
    annotator = answers.annotators[shapes.whose].astype(np.int64)
    groups = Groups(
        tasks=task,
        group=group,
        annotator=annotator,
        label=shapes.labels,
        label_count=len(shapes.names),
    )
    found = detect(answers, groups, limits)
    seen = found.candidates
    label, sure, alone = best_labels(seen.group, seen.label, seen.probability, task.size)
    kept = np.flatnonzero((found.real > 0.5 + TIE) & alone)
    tied = (np.abs(found.real - 0.5) <= TIE) | ((found.real > 0.5) & ~alone)
    probability = found.real * sure
    decided = np.where(found.real > 0.5, probability, 1 - found.real)
    numbers, scatter = _fused(shapes, group, annotator, kept)
    kinds = [shapes.kinds[row] for row in ids(first_of(np.arange(group.size), group))]
    return FoundShapes(
        tasks=task[kept],
        kinds=[kinds[one] for one in ids(kept)],
        labels=label[kept],
        numbers=numbers,
        confidence=probability[kept],
        tied=np.bincount(task[tied], minlength=answers.task_count) > 0,
        least_sure=least_of(task, decided, answers.task_count),
        scatter=scatter,
        iterations=found.iterations,
        converged=found.converged,
        log_likelihood=found.log_likelihood,
    )


def _fused(
    shapes: Shapes, group: Ints, annotator: Ints, kept: Ints
) -> tuple[list[Numbers], dict[str, Floats]]:
    """Merge the drawings of each group that is kept; boxes and points of all groups at once."""
    members = by_group(group, int(group.max(initial=-1)) + 1)
    merged: dict[int, Numbers] = {}
    scatter: dict[str, Floats] = {}
    for kind, fuse in (("box", fused_boxes), ("point", fused_points)):
        ours = [one for one in ids(kept) if shapes.kinds[members[one][0]] == kind]
        rows = [row for one in ours for row in members[one]]
        if not rows:
            continue
        places = np.array([shapes.numbers[row] for row in rows], dtype=np.float64)
        which = np.repeat(np.arange(len(ours)), [len(members[one]) for one in ours])
        weights = np.ones(len(rows))
        if shapes.answers.known is not None:
            weights[annotator[rows] == shapes.answers.known] = 1e6
        result = fuse(places, which, annotator[rows], weights)
        scatter[kind] = result.scatter
        middles = [tuple(row) for row in cast("list[list[float]]", result.middles.tolist())]
        merged |= dict(zip(ours, middles, strict=True))
    for one in ids(kept):
        if one not in merged:
            drawings = [shapes.numbers[row] for row in members[one]]
            kind = shapes.kinds[members[one][0]]
            merged[one] = fused_outline(kind, drawings, [1.0] * len(drawings))
    return [merged[one] for one in ids(kept)], scatter


METHODS: dict[str, Callable[[Drawn, Limits], FoundShapes]] = {
    "weighted": weighted,
    "majority": majority,
}


def _chosen(drawn: Drawn, limits: Limits) -> Chosen:
    answers = drawn.shapes.answers
    trace = np.array([sum(shape) % 97 for shape in drawn.shapes.numbers], dtype=np.float64)
    prints = sums(drawn.shapes.whose, trace, answers.tasks.size)
    parts = folds(answers.annotators.astype(np.int64), prints, answers.annotator_count)

    def runs(method: Callable[[Drawn, Limits], FoundShapes]) -> Callable[[Bools], FoundShapes]:
        return lambda kept: method(drawn.select(kept), limits)

    likeness = foretold(
        {name: runs(method) for name, method in METHODS.items()},
        parts,
        lambda found, part: _likeness(drawn.shapes, found, part),
    )
    return chosen(likeness, list(METHODS), "the shapes")


def _likeness(shapes: Shapes, found: FoundShapes, part: Bools) -> Likeness:
    """Compare with the answers left out: how alike matched shapes of one label are."""
    answers = shapes.answers
    seen = np.bincount(answers.tasks[~part], minlength=answers.task_count) > 0
    shared, whole = np.zeros(answers.task_count), np.zeros(answers.task_count)
    ours = _by_key(found.tasks, found.kinds, found.labels, found.numbers)
    sizes = np.bincount(found.tasks, minlength=answers.task_count)
    for answer in np.flatnonzero(part & seen[answers.tasks]).tolist():
        whole[answers.tasks[answer]] += sizes[answers.tasks[answer]]
    rows = np.flatnonzero((part & seen[answers.tasks])[shapes.whose]).tolist()
    theirs: dict[tuple[int, int, str, int], list[Numbers]] = {}
    for row in rows:
        task = int(shapes.tasks[row])
        whole[task] += 1
        key = (int(shapes.whose[row]), task, shapes.kinds[row], int(shapes.labels[row]))
        theirs.setdefault(key, []).append(shapes.numbers[row])
    for (_, task, kind, label), numbers in theirs.items():
        shared[task] += 2 * sum(_matched_alike(kind, ours.get((task, kind, label), []), numbers)[0])
    return Likeness(shared, whole)


def _by_key(
    tasks: Ints, kinds: Sequence[str], labels: Ints, numbers: Sequence[Numbers]
) -> dict[tuple[int, str, int], list[Numbers]]:
    by_key: dict[tuple[int, str, int], list[Numbers]] = {}
    rows = zip(ids(tasks), kinds, ids(labels), numbers, strict=True)
    for task, kind, label, shape in rows:
        by_key.setdefault((task, kind, label), []).append(shape)
    return by_key


def _matched_alike(
    kind: str, ours: list[Numbers], theirs: list[Numbers]
) -> tuple[list[float], set[int]]:
    """Match one to one, the most alike first; say how alike, and which of theirs are matched."""
    if not ours or not theirs:
        return [], set()
    owners = [0] * len(ours) + [1] * len(theirs)
    found = (column.tolist() for column in alike_pairs(kind, ours + theirs, owners))
    pairs = sorted(zip(*found, strict=True), key=lambda pair: (-pair[0], *pair[1:]))
    taken: set[int] = set()
    alike: list[float] = []
    for share, one, other in pairs:
        if share >= SIMILARITY_LEAST and one not in taken and other not in taken:
            taken |= {one, other}
            alike.append(share)
    return alike, {at - len(ours) for at in taken if at >= len(ours)}


def _with_known(shapes: Shapes, found: FoundShapes) -> FoundShapes:
    """Put what is known in the place of what was found, and all in order."""
    answers = shapes.answers
    known = answers.known_tasks
    rows = [
        (task, kind, label, numbers, confidence)
        for task, kind, label, numbers, confidence in zip(
            found.tasks.tolist(),
            found.kinds,
            found.labels.tolist(),
            found.numbers,
            found.confidence.tolist(),
            strict=True,
        )
        if not known[task]
    ]
    if answers.known is not None:
        ours = np.flatnonzero(answers.annotators[shapes.whose] == answers.known).tolist()
        tasks, labels = shapes.tasks, shapes.labels
        rows += [
            (int(tasks[row]), shapes.kinds[row], int(labels[row]), shapes.numbers[row], 1.0)
            for row in ours
        ]
    rows.sort()
    return replace(
        found,
        tasks=np.array([row[0] for row in rows], dtype=np.int64),
        kinds=[row[1] for row in rows],
        labels=np.array([row[2] for row in rows], dtype=np.int64),
        numbers=[row[3] for row in rows],
        confidence=np.clip(np.array([row[4] for row in rows], dtype=np.float64), 0.0, 1.0),
        tied=found.tied & ~known,
        least_sure=np.where(known, 1.0, found.least_sure),
    )


def _annotators(frame: Frame, shapes: Shapes, found: FoundShapes) -> Table:
    """Compare each annotator's shapes with what was found."""
    truth = _by_key(found.tasks, found.kinds, found.labels, found.numbers)
    ours: dict[tuple[int, int, str, int], list[int]] = {}
    tasks = shapes.tasks.tolist()
    for row, (whose, label) in enumerate(
        zip(shapes.whose.tolist(), shapes.labels.tolist(), strict=True)
    ):
        ours.setdefault((whose, tasks[row], shapes.kinds[row], label), []).append(row)
    right = np.zeros(len(tasks), dtype=np.bool_)
    for (_, task, kind, label), rows in ours.items():
        there = truth.get((task, kind, label), [])
        matched = _matched_alike(kind, there, [shapes.numbers[row] for row in rows])[1]
        right[[rows[at] for at in matched]] = True
    table = skill_table(frame, shapes.answers, shapes.whose, right, found.tasks)
    count = len(frame.annotators.names)
    for kind, scatter in sorted(found.scatter.items()):
        # Who drew nothing that others drew too has no scatter that can be known.
        column = np.full(max(count, scatter.size), np.nan)
        column[: scatter.size] = scatter
        table = table.append_column(f"{kind}_scatter", pa.array(column[:count], from_pandas=True))
    return table
