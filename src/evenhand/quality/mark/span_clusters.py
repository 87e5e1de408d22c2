"""Spans by groups that overlap: which are kept, by majority or by skill, and where they end."""

import sys
from dataclasses import dataclass

import numpy as np

from evenhand.quality.codes import Bools, Floats, Ints
from evenhand.quality.mark.agreed import TIE, agreed, first_of, medians
from evenhand.quality.mark.columns import Spans
from evenhand.quality.mark.detection import Groups, detect
from evenhand.quality.mark.matching import clusters
from evenhand.quality.mark.spans import pairs_alike
from evenhand.quality.request import Limits

# Spans of one label are more alike than the same spans of two.
_OTHER_LABEL = 0.75
_EXACT = (4.0, 2.0)  # an end that stands where most of the weight has it, and one that does not
_SHRINKAGE = 5.0
_KNOWN_WEIGHT = 1e4  # outweighs any number of annotators


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundSpans:
    """Spans that are kept, by task, with how sure each is, and tasks in which some are a tie.

    `unsure` says for each task how likely the least sure decision in it is right.
    """

    tasks: Ints
    starts: Ints
    ends: Ints
    labels: Ints
    confidence: Floats
    tied: Bools
    least_sure: Floats
    iterations: int = 0
    converged: bool = True
    log_likelihood: float | None = None


def majority(spans: Spans, limits: Limits) -> FoundSpans:
    """Keep each span that more than half of a task's annotators marked, with median ends."""
    del limits  # nothing is estimated
    if spans.answers.known is not None:
        spans = spans.select(spans.answers.annotators != spans.answers.known)
    group = _groups(spans, labels_differ=False)
    count = spans.answers.task_count
    equal = np.ones(spans.whose.size)
    most = agreed(group, spans.tasks, equal, np.diff(spans.answers.starts).astype(np.float64))
    kept = most.kept
    return FoundSpans(
        tasks=most.tasks[kept],
        starts=medians(group, spans.starts, equal)[kept],
        ends=medians(group, spans.ends, equal)[kept],
        labels=first_of(spans.labels, group)[kept],
        confidence=most.share[kept],
        tied=_any(most.tasks, most.tied, count),
        least_sure=least_of(most.tasks, np.maximum(most.share, 1 - most.share), count),
    )


def weighted(spans: Spans, limits: Limits) -> FoundSpans:
    """Keep each span that is more probably real than not, by its annotators' skill."""
    answers = spans.answers
    group = _groups(spans, labels_differ=True)
    task = first_of(spans.tasks, group)
    annotator = answers.annotators[spans.whose].astype(np.int64)
    groups = Groups(
        tasks=task,
        group=group,
        annotator=annotator,
        label=spans.labels,
        label_count=len(spans.names),
    )
    found = detect(answers, groups, limits)
    label, sure, alone = best_labels(
        found.candidates.group, found.candidates.label, found.candidates.probability, task.size
    )
    told = spans.labels == label[group]
    starts, ends = _weighted_ends(spans, group, annotator, found.real[group] * told)
    probability = found.real * sure
    tied = (np.abs(found.real - 0.5) <= TIE) | ((found.real > 0.5) & ~alone)
    kept = (found.real > 0.5 + TIE) & alone
    decided = np.where(found.real > 0.5, probability, 1 - found.real)
    return FoundSpans(
        tasks=task[kept],
        starts=starts[kept],
        ends=ends[kept],
        labels=label[kept],
        confidence=probability[kept],
        tied=_any(task, tied, answers.task_count),
        least_sure=least_of(task, decided, answers.task_count),
        iterations=found.iterations,
        converged=found.converged,
        log_likelihood=found.log_likelihood,
    )


def _groups(spans: Spans, *, labels_differ: bool) -> Ints:
    kinds = spans.tasks if labels_differ else spans.tasks * len(spans.names) + spans.labels
    owners = spans.owners
    alike, ones, others = pairs_alike(
        kinds, owners, spans.starts, spans.ends, pairs_max=sys.maxsize
    )
    same = spans.labels[ones] == spans.labels[others]
    return clusters(owners, (np.where(same, alike, alike * _OTHER_LABEL), ones, others))


def _weighted_ends(spans: Spans, group: Ints, annotator: Ints, heavy: Floats) -> tuple[Ints, Ints]:
    """Put each end at the weighted median, annotators weighing by how often they are exact."""
    count = spans.answers.annotator_count
    weight = np.ones(count)
    starts, ends = spans.starts, spans.ends
    middles = starts, ends
    several = heavy * (np.bincount(group)[group] > 1) if group.size else heavy
    for _ in range(3):  # enough for the order of annotators to settle
        voices = weight[annotator] * np.maximum(heavy, TIE)
        middles = medians(group, starts, voices), medians(group, ends, voices)
        right = ((starts == middles[0][group]) + (ends == middles[1][group]).astype(float)) / 2
        hits = np.bincount(annotator, weights=right * several, minlength=count)
        chance = np.bincount(annotator, weights=several, minlength=count)
        mean = (hits.sum() + _EXACT[0]) / (chance.sum() + sum(_EXACT))
        exact = np.clip((hits + _SHRINKAGE * mean) / (chance + _SHRINKAGE), 0.02, 0.98)
        # A wrong end has about two other places to be; the logarithm of the odds is its weight.
        weight = np.maximum(np.log(2 * exact / (1 - exact)), 0.05)
        if spans.answers.known is not None:
            weight[spans.answers.known] = _KNOWN_WEIGHT
    return middles


def best_labels(
    owners: Ints, labels: Ints, shares: Floats, size: int
) -> tuple[Ints, Floats, Bools]:
    """Return each group's leading label, its share, and whether it leads alone."""
    best = np.zeros(size)
    np.maximum.at(best, owners, shares)
    leads = shares >= best[owners] - TIE
    label = np.full(size, -1, dtype=np.int64)
    np.maximum.at(label, owners[leads], labels[leads])
    return label, best, np.bincount(owners, weights=leads, minlength=size) == 1


def _any(task: Ints, marked: Bools, size: int) -> Bools:
    return np.bincount(task[marked], minlength=size) > 0


def least_of(task: Ints, values: Floats, size: int) -> Floats:
    """Return for each task the least value of its groups, 1 where it has none."""
    least = np.ones(size)
    np.minimum.at(least, task, values)
    return least
