"""GLAD: annotators differ in ability and tasks in difficulty.

J. Whitehill, P. Ruvolo, T. Wu, J. Bergsma and J. Movellan, "Whose Vote Should Count More: Optimal
Integration of Labels from Labelers of Unknown Expertise", Advances in Neural Information Processing
Systems 22 (2009). A vote is right with probability s(ability * clarity), s being the logistic
function, and all wrong labels are equally likely; abilities and the logarithms of clarities are
normally distributed around one. Labels are taken to be equally common.

The model, priors included, is that of crowd-kit's `GLAD`. That climbs by a few steps of
conjugate gradients and stops short; here Newton's steps go on to the top, so that only the
probabilities at given abilities and clarities are the same, and our solution is the likelier one.
"""

from typing import NamedTuple

import numpy as np

from evenhand.quality.choice.degenerate import degenerate
from evenhand.quality.choice.ebcc import Rows, rows_of
from evenhand.quality.choice.fit import NOTHING_KNOWN, Fit, Known, Limits
from evenhand.quality.codes import Floats
from evenhand.quality.compiled import compiled
from evenhand.quality.votes import Votes

USUAL = 1.0  # the mean of abilities and of clarities' logarithms, before the votes; variance one
STEP_MAX = 1.0  # a longer one could leave the region where Newton's parabola is near the curve
CLARITY_STEPS = 3  # two are nearly always enough


class Traits(NamedTuple):
    """What is estimated: each annotator's ability, each task's clarity (its logarithm)."""

    ability: Floats
    clarity: Floats


def glad(
    votes: Votes,
    known: Known = NOTHING_KNOWN,
    limits: Limits = Limits(),  # noqa: B008
) -> Fit:
    """Fit by EM from usual abilities and clarities; an earlier record is of usually clear tasks."""
    traits = Traits(np.full(votes.annotator_count, USUAL), np.full(votes.task_count, USUAL))
    fit, _ = from_traits(votes, known, limits, traits)
    return fit


def from_traits(votes: Votes, known: Known, limits: Limits, traits: Traits) -> tuple[Fit, Traits]:
    """Fit from given traits; return also those found."""
    traits = Traits(traits.ability.copy(), traits.clarity.copy())
    rows = rows_of(votes, known)
    record = _record(votes, known)
    posterior = np.zeros((votes.task_count, votes.label_count))
    likelihood, height, iterations, converged = 0.0, -np.inf, 0, votes.size == 0
    while iterations < limits.max_iterations and not converged:
        if iterations > 0:
            _improve(rows, traits, record, posterior)
        before = height
        likelihood = explain_by_difficulty(rows, traits, posterior)
        height = likelihood + _before_the_votes(traits, record)
        iterations += 1
        converged = height - before <= limits.tolerance * votes.size
    skill = _skills(votes, traits, record)
    fit = Fit(
        posterior=posterior,
        prior=np.full(votes.label_count, 1 / max(votes.label_count, 1)),
        confusion=None,
        skill=skill,
        log_likelihood=likelihood,
        iterations=iterations,
        converged=converged,
        degenerate=degenerate(votes, known, posterior),
    )
    return fit, traits


class Record(NamedTuple):
    """How many votes of each annotator's earlier work were right, and how many there are."""

    right: Floats
    total: Floats


def _record(votes: Votes, known: Known) -> Record:
    if known.counts is None:
        nothing = np.zeros(votes.annotator_count)
        return Record(nothing, nothing)
    return Record(np.trace(known.counts, axis1=1, axis2=2), known.counts.sum(axis=(1, 2)))


def _improve(rows: Rows, traits: Traits, record: Record, posterior: Floats) -> None:
    """Take Newton's step to more likely clarities, and then to abilities (the M step)."""
    first, second = np.zeros_like(traits.ability), np.zeros_like(traits.ability)
    clear_up(rows, traits, posterior, first, second)
    usual = np.exp(USUAL)
    sure = _logistic(traits.ability * usual)
    first += (record.right - record.total * sure) * usual - (traits.ability - USUAL)
    second += record.total * sure * (1 - sure) * usual**2 + 1
    traits.ability[:] += np.clip(first / second, -STEP_MAX, STEP_MAX)


def _before_the_votes(traits: Traits, record: Record) -> float:
    """Return how likely traits are by themselves and by the earlier record, up to a constant."""
    off = ((traits.ability - USUAL) ** 2).sum() + ((traits.clarity - USUAL) ** 2).sum()
    sureness = traits.ability * np.exp(USUAL)
    wrong = record.total - record.right
    earlier = record.right * np.logaddexp(0, -sureness) + wrong * np.logaddexp(0, sureness)
    return float(-off / 2 - earlier.sum())


def _skills(votes: Votes, traits: Traits, record: Record) -> Floats:
    """Return how likely each annotator's votes are right; of no votes, on a usual task."""
    sureness = traits.ability[votes.annotators] * np.exp(traits.clarity[votes.tasks()])
    weight, annotators = votes.weight(), traits.ability.size
    right = record.right + np.bincount(
        votes.annotators, weights=weight * _logistic(sureness), minlength=annotators
    )
    total = record.total + np.bincount(votes.annotators, weights=weight, minlength=annotators)
    usual = _logistic(traits.ability * np.exp(USUAL))
    return np.divide(right, total, out=usual, where=total > 0)


def _logistic(numbers: Floats) -> Floats:
    return 0.5 * (1 + np.tanh(numbers / 2))


@compiled
def explain_by_difficulty(rows: Rows, traits: Traits, posterior: Floats) -> float:
    """Find each task's probable label (the E step); returns the log-likelihood of the votes."""
    labels = posterior.shape[1]
    among_wrong = np.log(max(labels - 1, 1))
    likelihood = 0.0
    for task in range(rows.starts.size - 1):
        start, end = rows.starts[task], rows.starts[task + 1]
        if start == end:
            continue
        current = posterior[task]
        current[:] = 0.0
        clarity = np.exp(traits.clarity[task])
        likelihood -= np.log(labels)
        for row in range(start, end):
            weight = rows.weights[row] if rows.weights.size > 0 else 1.0
            sureness = traits.ability[rows.annotators[row]] * clarity
            # The logarithm of one less the logistic function, without overflow.
            wrong = -max(sureness, 0.0) - np.log1p(np.exp(-abs(sureness)))
            likelihood += weight * (wrong - among_wrong)
            current[rows.labels[row]] += weight * (sureness + among_wrong)
        if rows.gold.size > 0 and rows.gold[task] >= 0:
            likelihood += current[rows.gold[task]]
            current[:] = 0.0
            current[rows.gold[task]] = 1.0
            continue
        top = current.max()
        total = 0.0
        for label in range(labels):
            current[label] = np.exp(current[label] - top)
            total += current[label]
        current /= total
        likelihood += top + np.log(total)
    return likelihood


@compiled
def clear_up(rows: Rows, traits: Traits, posterior: Floats, first: Floats, second: Floats) -> None:
    """Make each task's clarity more likely, and add up the slopes for each ability.

    `first` is how the likelihood changes with an ability, `second` how fast that falls.
    """
    for task in range(rows.starts.size - 1):
        start, end = rows.starts[task], rows.starts[task + 1]
        if start == end:
            continue
        for step in range(CLARITY_STEPS + 1):
            clarity = np.exp(traits.clarity[task])
            slope, bend = USUAL - traits.clarity[task], 1.0
            for row in range(start, end):
                weight = rows.weights[row] if rows.weights.size > 0 else 1.0
                annotator = rows.annotators[row]
                sureness = traits.ability[annotator] * clarity
                sure = 1 / (1 + np.exp(-sureness))
                surprise = weight * (posterior[task, rows.labels[row]] - sure)
                spread = weight * sure * (1 - sure)
                slope += surprise * sureness
                bend += spread * sureness * sureness
                if step == CLARITY_STEPS:
                    first[annotator] += surprise * clarity
                    second[annotator] += spread * clarity * clarity
            if step < CLARITY_STEPS:
                traits.clarity[task] += min(max(slope / bend, -STEP_MAX), STEP_MAX)
