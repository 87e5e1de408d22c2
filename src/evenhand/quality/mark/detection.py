"""Which groups of marks are real, from who marked them and who did not.

Each annotator has a chance to mark what is there (recall) and a chance to mark what only looks
like it, and tells its label right with some accuracy. EM finds these with the probability that
each group is real; compare S. Branson, G. Van Horn and P. Perona, "Lean Crowdsourcing: Combining
Humans and Machines in an Online System", CVPR 2017, doi:10.1109/CVPR.2017.647. What nobody marked
is not in the votes: how much that must be follows from the chances, and counts as missed.
"""

from dataclasses import dataclass

import numpy as np

from evenhand.quality.codes import Bools, Floats, Ints
from evenhand.quality.mark.columns import Answers
from evenhand.quality.mark.grouping import sums
from evenhand.quality.request import Limits

# An annotator of whom nothing is known is like the mean of all; this many marks count as much.
SHRINKAGE = 5.0
# Everyone together is taken to have been seen this often before, at these rates.
_RECALL = (4.0, 1.0)  # marked, missed
_LURED = (1.0, 4.0)  # marked what is not there, left it
_LABELLED = (4.0, 1.0)  # right, wrong
_CERTAIN = 1 - 1e-6  # the skill of what is known
_MOST = 0.95  # of what is not there, that an earlier record may have marked
# How often rates and what nobody marked are estimated from each other before groups are judged
# anew. Once alone is so slow that with three annotators the fit came to a stand where what two of
# them had marked was lost.
ROUNDS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """Groups of marks: the task of each, and for each mark its group, annotator and label."""

    tasks: Ints
    group: Ints
    annotator: Ints
    label: Ints
    label_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """Each label that somebody gave to a group, by group; `which` finds that of each mark."""

    group: Ints
    label: Ints
    probability: Floats
    which: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """How probably each group is real, what its label is, and each annotator's chances."""

    real: Floats
    candidates: Candidates
    recall: Floats
    lured: Floats
    labelled: Floats
    iterations: int
    converged: bool
    log_likelihood: float


@dataclass(slots=True, kw_only=True)
class _Chances:
    recall: Floats
    lured: Floats
    labelled: Floats
    real_each_task: float
    false_each_task: float


def detect(answers: Answers, groups: Groups, limits: Limits) -> Detection:
    """Find what is real by EM from the shares of annotators who marked it."""
    looks, lookers, marked = _looks(answers, groups)
    pairs = groups.group * max(groups.label_count, 1) + groups.label
    seen, which = np.unique(pairs, return_inverse=True)
    owners = seen // max(groups.label_count, 1)
    labels = seen % max(groups.label_count, 1)
    count = groups.tasks.size
    real = sums(looks, marked, count) / np.maximum(sums(looks, np.ones(looks.size), count), 1)
    shares = np.bincount(which, minlength=seen.size) / np.maximum(
        np.bincount(groups.group, minlength=count)[owners], 1
    )
    chances = _started(answers)
    before, iterations, converged, gained = -np.inf, 0, False, 0.0
    while iterations < limits.max_iterations and not converged:
        _update(answers, (looks, lookers, marked), real, chances)
        _update_labels(answers, groups, real, shares[which], chances)
        real, gained = _expected(answers, groups, (looks, lookers, marked), chances)
        shares, more = _label_shares(groups, owners, which, chances)
        gained += float(real @ more)
        # Rounded, so that the order of a sum cannot grow into a choice between equals.
        real, shares = np.round(real, 10), np.round(shares, 10)
        iterations += 1
        converged = abs(gained - before) <= limits.tolerance * max(groups.group.size, 1)
        before = gained
    return Detection(
        real=real,
        candidates=Candidates(group=owners, label=labels, probability=shares, which=which),
        recall=chances.recall,
        lured=chances.lured,
        labelled=chances.labelled,
        iterations=iterations,
        converged=converged,
        log_likelihood=gained,
    )


def _looks(answers: Answers, groups: Groups) -> tuple[Ints, Ints, Bools]:
    """List for each group everyone who answered its task, and whether they marked it."""
    starts = answers.starts
    sizes = np.diff(starts)[groups.tasks]
    group = np.repeat(np.arange(groups.tasks.size, dtype=np.int64), sizes)
    first = np.cumsum(sizes) - sizes
    answer = starts[groups.tasks][group] + np.arange(group.size) - first[group]
    annotator = answers.annotators[answer].astype(np.int64)
    wide = max(answers.annotator_count, 1)
    pairs = groups.group * wide + groups.annotator
    return group, annotator, np.isin(group * wide + annotator, pairs)


def _started(answers: Answers) -> _Chances:
    count = answers.annotator_count
    chances = _Chances(
        recall=np.full(count, _RECALL[0] / sum(_RECALL)),
        lured=np.full(count, _LURED[0] / sum(_LURED)),
        labelled=np.full(count, _LABELLED[0] / sum(_LABELLED)),
        real_each_task=1.0,
        false_each_task=1.0,
    )
    _fix_known(answers, chances)
    return chances


def _fix_known(answers: Answers, chances: _Chances) -> None:
    if answers.known is not None:
        chances.recall[answers.known] = _CERTAIN
        chances.lured[answers.known] = 1 - _CERTAIN
        chances.labelled[answers.known] = _CERTAIN


def _update(
    answers: Answers,
    looks: tuple[Ints, Ints, Bools],
    real: Floats,
    chances: _Chances,
) -> None:
    """Estimate the chances, given what is probably real, and how much nobody marked."""
    for _ in range(ROUNDS):
        real_rates = chances.recall, chances.real_each_task
        chances.recall, chances.real_each_task = _rates(answers, looks, real, real_rates, real=True)
        false = chances.lured, chances.false_each_task
        chances.lured, chances.false_each_task = _rates(answers, looks, 1 - real, false, real=False)
        _fix_known(answers, chances)


def _rates(
    answers: Answers,
    looks: tuple[Ints, Ints, Bools],
    there: Floats,
    rates: tuple[Floats, float],
    *,
    real: bool,
) -> tuple[Floats, float]:
    """Estimate how often each annotator marks such things, and how many a task has in all.

    It needs these rates themselves, since what nobody marked follows from them.
    """
    group, annotator, marked = looks
    count = answers.annotator_count
    prior = _RECALL if real else _LURED
    unseen = rates[1] * _missed_by_all(answers, rates[0])
    hits = sums(annotator, there[group] * marked, count)
    chance = sums(annotator, there[group], count)
    chance += sums(answers.annotators, unseen[answers.tasks], count)
    earlier = answers.earlier
    if earlier is not None:
        # As many things were there in each earlier answer as are in a task now.
        met = earlier.answers * rates[1]
        chance += met
        hits += (
            earlier.near_recall * met if real else np.minimum(_lured(answers, looks), _MOST * met)
        )
    ours = np.arange(count) != (-1 if answers.known is None else answers.known)
    mean = (hits[ours].sum() + prior[0]) / (chance[ours].sum() + sum(prior))
    found = (hits + SHRINKAGE * mean) / (chance + SHRINKAGE)
    total = (float(there.sum()) + float(unseen.sum())) / max(answers.task_count, 1)
    return found, max(total, 1e-6)


def _lured(answers: Answers, looks: tuple[Ints, Ints, Bools]) -> Floats:
    """Count the false marks of earlier answers, each with as many marks as are usual now."""
    assert answers.earlier is not None, "it is asked for a record"
    marks = float(looks[2].sum()) / max(answers.tasks.size, 1)
    return answers.earlier.answers * marks * (1 - answers.earlier.near_precision)


def _missed_by_all(answers: Answers, rates: Floats) -> Floats:
    """Say for each task how likely none of its annotators marks a thing."""
    quiet = np.log1p(-np.clip(rates, 1e-9, _CERTAIN))
    tally = sums(answers.tasks, quiet[answers.annotators], answers.task_count)
    return np.exp(tally)


def _update_labels(
    answers: Answers, groups: Groups, real: Floats, right: Floats, chances: _Chances
) -> None:
    heavy = real[groups.group]
    count = answers.annotator_count
    hits, chance = (
        sums(groups.annotator, heavy * right, count),
        sums(groups.annotator, heavy, count),
    )
    mean = (hits.sum() + _LABELLED[0]) / (chance.sum() + sum(_LABELLED))
    chances.labelled = (hits + SHRINKAGE * mean) / (chance + SHRINKAGE)
    _fix_known(answers, chances)


def _expected(
    answers: Answers, groups: Groups, looks: tuple[Ints, Ints, Bools], chances: _Chances
) -> tuple[Floats, float]:
    """Say how probably each group is real, and the log-likelihood of who marked what."""
    group, annotator, marked = looks
    scores = np.empty((2, groups.tasks.size))
    for row, rates, each in (
        (0, chances.lured, chances.false_each_task),
        (1, chances.recall, chances.real_each_task),
    ):
        rate = np.clip(rates, 1e-9, _CERTAIN)
        terms = np.where(marked, np.log(rate)[annotator], np.log1p(-rate)[annotator])
        scores[row] = sums(group, terms, groups.tasks.size) + np.log(each)
    both = np.logaddexp(scores[0], scores[1])
    expected = sum(
        each * float((1 - _missed_by_all(answers, rates)).sum())
        for rates, each in (
            (chances.lured, chances.false_each_task),
            (chances.recall, chances.real_each_task),
        )
    )
    return np.exp(scores[1] - both), float(both.sum()) - expected


def _label_shares(
    groups: Groups, owners: Ints, which: Ints, chances: _Chances
) -> tuple[Floats, Floats]:
    """Share each group among the labels that it was given, wrong ones being equally likely."""
    others = max(groups.label_count - 1, 1)
    rate = np.clip(chances.labelled, 1e-6, _CERTAIN)
    wrong = np.log((1 - rate) / others)
    told = np.log(rate) - wrong
    size = groups.tasks.size
    scores = sums(which, told[groups.annotator], owners.size)
    top = np.full(size, -np.inf)
    np.maximum.at(top, owners, scores)
    shares = np.exp(scores - top[owners])
    total = sums(owners, shares, size)
    ground = sums(groups.group, wrong[groups.annotator], size)
    return shares / total[owners], top + np.log(total) + ground
