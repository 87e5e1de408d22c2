"""Aggregation of spans: methods by name, and the choice among them by what they foretell."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from evenhand.quality.aggregation import Aggregation, Chosen
from evenhand.quality.arrow import Table, pa
from evenhand.quality.codes import Bools, Floats, Ints
from evenhand.quality.frame import Frame
from evenhand.quality.mark.columns import Spans, read_spans
from evenhand.quality.mark.grouping import near, sums
from evenhand.quality.mark.held_out import Likeness, chosen, folds, foretold
from evenhand.quality.mark.mark_skill import part_of, skill_table
from evenhand.quality.mark.mark_table import mark_table
from evenhand.quality.mark.matching import SIMILARITY_LEAST, clusters
from evenhand.quality.mark.sequence import sequence
from evenhand.quality.mark.span_clusters import FoundSpans, majority, weighted
from evenhand.quality.request import Limits, Request, UnknownMethod

METHODS: dict[str, Callable[[Spans, Limits], FoundSpans]] = {
    "sequence": sequence,
    "weighted": weighted,
    "majority": majority,
}


_ANNOTATORS_ENOUGH = 2.5  # a task, on average


def aggregate_spans(frame: Frame, request: Request) -> Aggregation:
    """Find the spans of each task.

    Beside `label` the table has `confidences`, one for each span, and `tied`, true where a span
    has exactly as much for it as against it and was left out. `confidence` is that of the least
    sure decision. Skill is the F1 of an annotator's spans with what was found, exact ends and
    label.
    """
    if request.method not in (*METHODS, "auto"):
        raise UnknownMethod(request.method, "Span", (*METHODS, "auto"))
    spans = read_spans(frame, request)
    method = (
        _chosen(spans, request.limits)
        if request.method == "auto"
        else Chosen(name=request.method, reason="It was asked for.")
    )
    found = _with_known(spans, METHODS[method.name](spans, request.limits))
    return Aggregation(
        table=mark_table(
            frame,
            found,
            {
                "start": pa.array(found.starts),
                "end": pa.array(found.ends),
                "label": spans.names.take(pa.array(found.labels)),
            },
        ),
        annotators=_annotators(frame, spans, found),
        classes=spans.names,
        method=method,
        converged=found.converged,
        iterations=found.iterations,
        log_likelihood=found.log_likelihood,
        notes=() if found.converged else ("The estimate has not come to rest.",),
    )


def _chosen(spans: Spans, limits: Limits) -> Chosen:
    answers = spans.answers
    parts = folds(answers.annotators.astype(np.int64), spans.prints, answers.annotator_count)

    def runs(method: Callable[[Spans, Limits], FoundSpans]) -> Callable[[Bools], FoundSpans]:
        return lambda kept: method(spans.select(kept), limits)

    likeness = foretold(
        {name: runs(method) for name, method in METHODS.items()},
        parts,
        lambda found, part: _likeness(spans, found, part),
    )
    # Two annotators of a task leave one to foretell the other, which tells nothing; then the
    # method with fewer parameters is the safer one.
    few = answers.tasks.size < _ANNOTATORS_ENOUGH * np.unique(answers.tasks).size
    order = ["weighted", "sequence", "majority"] if few else list(METHODS)
    return chosen(likeness, order, "the spans")


def _likeness(spans: Spans, found: FoundSpans, part: Bools) -> Likeness:
    """Compare with the answers left out: what spans of one label share of their extent."""
    answers = spans.answers
    seen = np.bincount(answers.tasks[~part], minlength=answers.task_count) > 0
    marks, side = _beside(spans, found, part & seen[answers.tasks])
    tasks = answers.tasks[marks[0]].astype(np.int64)
    size = answers.task_count
    return Likeness(
        2 * sums(tasks, _shared_extent(marks, side), size),
        np.bincount(tasks, minlength=size).astype(np.float64),
    )


def _beside(
    spans: Spans, found: FoundSpans, part: Bools
) -> tuple[tuple[Ints, Ints, Ints, Ints], Ints]:
    """Put beside each of these answers what was found in its task: side 0 and side 1."""
    answers = spans.answers
    rows = part[spans.whose]
    left_out = np.flatnonzero(part)
    starts = np.searchsorted(found.tasks, answers.tasks[left_out], side="left")
    stops = np.searchsorted(found.tasks, answers.tasks[left_out], side="right")
    copies = np.repeat(np.arange(left_out.size), stops - starts)
    place = np.arange(copies.size) - (np.cumsum(stops - starts) - (stops - starts))[copies]
    which = starts[copies] + place
    whose = np.concatenate([spans.whose[rows], left_out[copies]])
    begins = np.concatenate([spans.starts[rows], found.starts[which]])
    ends = np.concatenate([spans.ends[rows], found.ends[which]])
    labels = np.concatenate([spans.labels[rows], found.labels[which]])
    side = np.append(np.zeros(int(rows.sum()), np.int64), np.ones(copies.size, np.int64))
    return (whose, begins, ends, labels), side


def _shared_extent(marks: tuple[Ints, Ints, Ints, Ints], side: Ints) -> Floats:
    """Match the two sides one to one, and give each pair's first mark what they share."""
    whose, begins, ends, labels = marks
    order = np.lexsort((side, labels, ends, begins, whose))
    whose, begins, ends, labels = (column[order] for column in marks)
    owner = side[order]
    ones, others = near(whose, begins.astype(np.float64), ends.astype(np.float64))
    meets = (owner[ones] != owner[others]) & (labels[ones] == labels[others])
    ones, others = ones[meets], others[meets]
    common = np.minimum(ends[ones], ends[others]) - begins[others]
    alike = common / (np.maximum(ends[ones], ends[others]) - begins[ones])
    group = clusters(owner, (alike, ones, others))
    together = group[ones] == group[others]
    shared = np.zeros(whose.size)
    shared[ones[together]] = alike[together]
    result = np.zeros(whose.size)
    result[order] = shared
    return result


def _with_known(spans: Spans, found: FoundSpans) -> FoundSpans:
    """Put what is known in the place of what was found."""
    answers = spans.answers
    if answers.known is None:
        return _ordered(found)
    known = answers.known_tasks
    kept = ~known[found.tasks]
    rows = answers.annotators[spans.whose] == answers.known
    return _ordered(
        replace(
            found,
            tasks=np.append(found.tasks[kept], spans.tasks[rows]),
            starts=np.append(found.starts[kept], spans.starts[rows]),
            ends=np.append(found.ends[kept], spans.ends[rows]),
            labels=np.append(found.labels[kept], spans.labels[rows]),
            confidence=np.append(found.confidence[kept], np.ones(int(rows.sum()))),
            tied=found.tied & ~known,
            least_sure=np.where(known, 1.0, found.least_sure),
        )
    )


def _ordered(found: FoundSpans) -> FoundSpans:
    order = np.lexsort((found.labels, found.ends, found.starts, found.tasks))
    return replace(
        found,
        tasks=found.tasks[order],
        starts=found.starts[order],
        ends=found.ends[order],
        labels=found.labels[order],
        confidence=np.clip(found.confidence[order], 0.0, 1.0),
    )


def _annotators(frame: Frame, spans: Spans, found: FoundSpans) -> Table:
    """Compare each annotator's spans with what was found: exact ends and label."""
    keys = np.stack([found.tasks, found.starts, found.ends, found.labels], axis=1)
    ours = np.stack([spans.tasks, spans.starts, spans.ends, spans.labels], axis=1)
    _, which = np.unique(np.concatenate([keys, ours]), axis=0, return_inverse=True)
    right = np.isin(which.ravel()[len(keys) :], which.ravel()[: len(keys)])
    exact = skill_table(frame, spans.answers, spans.whose, right, found.tasks)
    return _with_near(exact, spans, found)


def _with_near(exact: Table, spans: Spans, found: FoundSpans) -> Table:
    """Add precision and recall of marks that share half of their extent with what was found."""
    count, answers = exact.num_rows, spans.answers
    (whose, begins, ends, labels), side = _beside(spans, found, answers.annotators < count)
    shared = _shared_extent((whose, begins, ends, np.zeros_like(labels)), side)
    annotator = answers.annotators[whose].astype(np.int64)
    hits = sums(annotator, shared >= SIMILARITY_LEAST, count)
    for name, of in (("near_precision", 0), ("near_recall", 1)):
        exact = exact.append_column(name, [part_of(hits, sums(annotator, side == of, count))])
    return exact
