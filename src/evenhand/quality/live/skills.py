"""What the votes of a project tell about its annotators: all at once, or task by task."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

import numpy as np

from evenhand.quality.ceilings import TooMuchToCompare
from evenhand.quality.codes import Codes, Floats, Ints
from evenhand.quality.live.confusion import ACCURACY_UNKNOWN, CLASSES_MAX, VOTES_BEFORE
from evenhand.quality.live.dependence import dependence
from evenhand.quality.live.kinds.kind import Kind
from evenhand.quality.live.learning import learned
from evenhand.quality.live.likeness import likenesses
from evenhand.quality.live.overlap import belief
from evenhand.quality.live.records import Experience, Record, Skill, expected, skill
from evenhand.quality.votes import Votes, sorted_votes

CELLS_MAX = 5_000_000  # counts of 8 bytes; past that agreement speaks, not confusion
_ROUNDS = 20  # of the estimate without confusions, which soon comes to rest

_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class PastTask(Generic[_Answer]):
    """A task that is done: who answered what, and its true answer where that is known."""

    kind: Kind[_Answer]
    votes: Sequence[tuple[str, _Answer]]
    classes: Sequence[str] = ()
    truth: _Answer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledTask:
    """A task that is done whose answers are labels, which are right or wrong."""

    votes: Sequence[tuple[str, str]]
    classes: Sequence[str]
    truth: str | None


def labelled(task: PastTask[_Answer]) -> LabelledTask | None:
    """Take the answers of a task by their labels, or return None where they have none."""
    labels = task.kind.labels
    if labels is None:
        return None
    return LabelledTask(
        votes=[(annotator, labels.of(answer)) for annotator, answer in task.votes],
        classes=task.classes,
        truth=None if task.truth is None else labels.of(task.truth),
    )


def skills_from_votes(
    tasks: Sequence[str], annotators: Sequence[str], labels: Sequence[str]
) -> Mapping[str, Skill]:
    """Estimate accuracies without known truth; row i says who gave which label to what.

    Only tasks with two annotators or more count, for alone everyone agrees with
    oneself; whoever has none of those is left out of the result. Short records are
    drawn towards the mean of all.
    """
    known = experience_of(tasks, annotators, labels)
    return {name: skill(record, known.usual) for name, record in known.records.items()}


def experience_of(
    tasks: Sequence[str],
    annotators: Sequence[str],
    labels: Sequence[str],
    *,
    truths: Mapping[str, str] | None = None,
) -> Experience:
    """Learn from all votes of a project at once; `truths` has what reviewers said of tasks.

    Rows are in the order in which a task's votes came. That tells how much votes depend on each
    other, and nothing else.
    """
    # Sorted, so that neither the order of rows nor what came first can matter.
    label_names = sorted({*labels, *(truths or {}).values()})
    task_names, annotator_names = sorted(set(tasks)), sorted(set(annotators))
    if not task_names:
        return Experience()
    columns = (
        _codes(tasks, task_names),
        _codes(annotators, annotator_names),
        _codes(labels, label_names),
    )
    sizes = len(task_names), len(annotator_names), len(label_names)
    votes = sorted_votes(columns, sizes)
    place = {name: number for number, name in enumerate(label_names)}
    known = truths or {}
    gold = np.array([place.get(known.get(task, ""), -1) for task in task_names], dtype=np.int32)
    cells = votes.annotator_count * votes.label_count**2
    if votes.label_count > CLASSES_MAX or cells > CELLS_MAX:
        return _without_confusions(votes, gold, annotator_names)
    # As the votes are sorted: by task, annotator and label, each once.
    order = np.unique(np.ravel_multi_index(columns, sizes), return_index=True)[1]
    return _with_confusions(votes, gold, order, annotator_names, label_names)


def experience_from(tasks: Sequence[PastTask[Any]], known: Experience) -> Experience:
    """Learn from a few tasks that are done, in the light of what is known; add it with `plus`."""
    found = Experience()
    for task in tasks:
        found = found.plus(_of_task(task, known))
    return found


def experience_from_gold(tasks: Sequence[PastTask[Any]]) -> Experience:
    """Learn from tasks whose answer was known beforehand.

    Of how often each label is true they tell nothing, for somebody picked them.
    """
    assert all(task.truth is not None for task in tasks), "its answer is known"
    return replace(experience_from(tasks, Experience()), truths={})


def _of_task(task: PastTask[_Answer], known: Experience) -> Experience:
    found = labelled(task)
    return _of_alike(task) if found is None else _of_labelled(found, known)


def _of_labelled(task: LabelledTask, known: Experience) -> Experience:
    votes, truth = task.votes, task.truth
    if len(votes) < 2 and truth is None:
        return Experience()
    labels = sorted({*task.classes, *(label for _, label in votes), *filter(None, [truth])})
    probable = _probable(labels, votes, truth, known)
    whole = len(labels) <= CLASSES_MAX
    records = {
        annotator: _one_vote(label, probable, with_confusion=whole) for annotator, label in votes
    }
    usual = Record()
    for record in records.values():
        usual = usual.plus(record)
    return Experience(usual=usual, truths=probable if whole else {}, records=records)


def _probable(
    labels: Sequence[str], votes: Sequence[tuple[str, str]], truth: str | None, known: Experience
) -> Mapping[str, float]:
    if truth is not None:
        return {truth: 1.0}
    if len(labels) > CLASSES_MAX:
        return _by_accuracy(len(labels), votes, known)
    hoped = expected(known, labels, sorted(annotator for annotator, _ in votes))
    found = belief(hoped.likelihoods(votes), hoped.shares)
    return {label: float(share) for label, share in zip(labels, found, strict=True) if share > 1e-4}


def _by_accuracy(
    classes: int, votes: Sequence[tuple[str, str]], known: Experience
) -> Mapping[str, float]:
    scores: dict[str, float] = {}
    for annotator, label in votes:
        accuracy = known.accuracy(annotator)
        odds = max(math.log(accuracy * (classes - 1) / (1 - accuracy)), 0.0)
        scores[label] = scores.get(label, 0.0) + odds
    best = max(scores.values())
    total = math.fsum(math.exp(score - best) for score in scores.values())
    total += (classes - len(scores)) * math.exp(-best)
    return {label: math.exp(score - best) / total for label, score in scores.items()}


def _one_vote(label: str, probable: Mapping[str, float], *, with_confusion: bool) -> Record:
    right = probable.get(label, 0.0)
    said = {truth: {label: share} for truth, share in probable.items()} if with_confusion else {}
    return Record(votes=1, right=right, right_squared=right**2, said=said)


def _of_alike(task: PastTask[_Answer]) -> Experience:
    """Learn from answers that are more or less alike: to the true one, or all others.

    Nothing is learned from answers that are too much to compare.
    """
    if task.truth is None and len(task.votes) < 2:
        return Experience()
    try:
        if task.truth is not None:
            alike = [task.kind.likeness(answer, task.truth) for _, answer in task.votes]
        else:
            alike = likenesses(task.kind, [answer for _, answer in task.votes])
    except TooMuchToCompare:
        return Experience()
    records = {
        annotator: Record(votes=1, right=share, right_squared=share**2)
        for (annotator, _), share in zip(task.votes, alike, strict=True)
    }
    usual = Record(
        votes=len(alike), right=math.fsum(alike), right_squared=math.fsum(s**2 for s in alike)
    )
    return Experience(usual=usual, records=records)


def _codes(names: Sequence[str], ascending: Sequence[str]) -> Codes:
    place = {name: number for number, name in enumerate(ascending)}
    return np.fromiter((place[name] for name in names), dtype=np.int32, count=len(names))


def _with_confusions(
    votes: Votes, gold: Codes, order: Ints, annotators: Sequence[str], labels: Sequence[str]
) -> Experience:
    found = learned(votes, gold=gold)
    said = found.confusions.said
    right = found.posterior[votes.tasks(), votes.labels]
    place = {name: number for number, name in enumerate(annotators)}
    records = _records(votes, right, gold, annotators)
    return Experience(
        usual=_summed(records, _named(found.confusions.usual, labels)),
        truths=dict(zip(labels, found.confusions.truths.tolist(), strict=True)),
        records={
            name: replace(record, said=_named(said[place[name]], labels))
            for name, record in records.items()
        },
        dependence=dependence(votes, found, order, gold=gold),
    )


def _without_confusions(votes: Votes, gold: Codes, annotators: Sequence[str]) -> Experience:
    """Estimate how often each is right, all wrong labels being equally likely."""
    tasks = votes.tasks()
    cells, cell = np.unique(tasks * votes.label_count + votes.labels, return_inverse=True)
    met = np.bincount(tasks, minlength=votes.task_count)[tasks]
    right = np.bincount(cell)[cell] / met
    for _ in range(_ROUNDS):
        hits = np.bincount(votes.annotators, weights=right, minlength=votes.annotator_count)
        size = np.bincount(votes.annotators, minlength=votes.annotator_count)
        usual = (hits.sum() + VOTES_BEFORE * ACCURACY_UNKNOWN) / (size.sum() + VOTES_BEFORE)
        accuracy = (hits + VOTES_BEFORE * usual) / (size + VOTES_BEFORE)
        odds = np.maximum(np.log(accuracy * (votes.label_count - 1) / (1 - accuracy)), 0)
        score = np.bincount(cell, weights=odds[votes.annotators])
        weight = np.exp(np.minimum(score, 500.0))
        owner = cells // votes.label_count
        named = np.bincount(owner, weights=weight, minlength=votes.task_count)
        others = votes.label_count - np.bincount(owner, minlength=votes.task_count)
        right = (weight / (named + others)[owner])[cell]
    right = np.where(gold[tasks] >= 0, (gold[tasks] == votes.labels).astype(np.float64), right)
    records = _records(votes, right, gold, annotators)
    return Experience(usual=_summed(records, {}), records=records)


def _records(
    votes: Votes, right: Floats, gold: Codes, annotators: Sequence[str]
) -> dict[str, Record]:
    tasks = votes.tasks()
    met = np.bincount(tasks, weights=votes.weight(), minlength=votes.task_count) > 1 + 1e-9
    counts = votes.weight() * (met | (gold >= 0))[tasks]
    sums = [
        np.bincount(votes.annotators, weights=one, minlength=votes.annotator_count)
        for one in (counts, counts * right, counts * right**2)
    ]
    return {
        name: Record(votes=float(total), right=float(hits), right_squared=float(squares))
        for name, total, hits, squares in zip(annotators, *sums, strict=True)
        if total > 0
    }


def _summed(records: Mapping[str, Record], said: Mapping[str, Mapping[str, float]]) -> Record:
    return Record(
        votes=math.fsum(record.votes for record in records.values()),
        right=math.fsum(record.right for record in records.values()),
        right_squared=math.fsum(record.right_squared for record in records.values()),
        said=said,
    )


def _named(table: Floats, labels: Sequence[str]) -> Mapping[str, Mapping[str, float]]:
    """Name the cells of a table in which something stands."""
    named: dict[str, dict[str, float]] = {}
    for truth, label in np.argwhere(table > 1e-4).tolist():
        named.setdefault(labels[truth], {})[labels[label]] = float(table[truth, label])
    return named
