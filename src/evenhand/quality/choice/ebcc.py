"""Enhanced Bayesian classifier combination, which knows that annotators err together.

Y. Li, B. Rubinstein and T. Cohn, "Exploiting Worker Correlation for Label Aggregation in
Crowdsourcing", International Conference on Machine Learning 2019. Every label has subtypes
(hard and easy tasks, say); an annotator's errors depend on the subtype, so that two annotators
who fail on the same tasks do not count as two witnesses. Mean-field inference from several starts,
of which the one with the best evidence bound is kept.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from evenhand.quality.choice.degenerate import degenerate
from evenhand.quality.choice.dirichlet import divergence, expected_logs
from evenhand.quality.choice.fit import NOTHING_KNOWN, Fit, Known, Limits
from evenhand.quality.choice.starts import fingerprints, shares
from evenhand.quality.codes import Floats, Ints
from evenhand.quality.compiled import compiled
from evenhand.quality.frame import Codes
from evenhand.quality.votes import Votes

SUBTYPES = 10  # as in the paper; those that nothing calls for stay empty
STARTS = 5  # more gain little on public sets and each costs as much again
SEED = 0  # any number does: it only has to stay the same from run to run

# As if before the first vote each annotator had been right 4 times for each way of erring once,
# each label had occurred once, and each label's subtypes a tenth of a time in all: the paper's.
RIGHT, WRONG = 4.0, 1.0
OCCURRED = 1.0
SUBTYPES_OCCURRED = 0.1

CELLS_MAX = 50_000_000  # of 8 bytes, five times: about 2 GB
FACTORS_MAX = 8  # products of so many rates stay far above the least number there is


@dataclass(frozen=True, slots=True, kw_only=True)
class Prior:
    """What is believed before the votes: `said[annotator, said, truth, subtype]` counts votes."""

    truth: Floats
    subtypes: Floats
    said: Floats


class Rows(NamedTuple):
    """Votes grouped by task; `weights` is empty where all weigh one, `gold` where none is known."""

    starts: Ints
    annotators: Codes
    labels: Codes
    weights: Floats
    gold: Codes


class Responsibilities(NamedTuple):
    """What a pass adds up.

    How often each annotator said a label (row) to tasks of a label and subtype (column), how many
    tasks are of each, and how probable each task's labels are.
    """

    said: Floats
    members: Floats
    posterior: Floats


def ebcc(
    votes: Votes,
    known: Known = NOTHING_KNOWN,
    limits: Limits = Limits(),  # noqa: B008
    *,
    starts: int = STARTS,
    seed: int = SEED,
) -> Fit:
    """Fit several starts and keep the best; `log_likelihood` is a bound: the evidence is above it.

    An annotator's earlier record counts for every subtype. Starts differ by the votes' own
    fingerprints, so that names cannot matter.
    """
    prior = prior_of(votes, known, SUBTYPES)
    prints = fingerprints(votes)
    best: Fit | None = None
    for start in range(starts):
        noise = shares(prints, SUBTYPES, seed + start)
        fit = variational(votes, known, limits, prior, noise)
        if best is None or _bound(fit) > _bound(best):
            best = fit
    assert best is not None, "there is at least one start"
    return best


def _bound(fit: Fit) -> float:
    assert fit.log_likelihood is not None, "variational fits have a bound"
    return fit.log_likelihood


def prior_of(votes: Votes, known: Known, subtypes: int) -> Prior:
    """Say what is believed before the votes, an annotator's earlier record included."""
    labels, annotators = votes.label_count, votes.annotator_count
    cells = annotators * labels * labels * subtypes
    if cells > CELLS_MAX:
        raise ValueError(
            f"{annotators:,} annotators and {labels:,} labels with {subtypes} subtypes each need "
            f"{cells:,} error rates; at most {CELLS_MAX:,} fit in memory."
        )
    said = np.full((annotators, labels, labels), WRONG)
    said += (RIGHT - WRONG) * np.eye(labels)
    if known.counts is not None:
        said += known.counts.transpose(0, 2, 1)
    return Prior(
        truth=np.full(labels, OCCURRED),
        subtypes=np.full((labels, subtypes), SUBTYPES_OCCURRED / subtypes),
        said=np.repeat(said[..., None], subtypes, axis=-1),
    )


def variational(votes: Votes, known: Known, limits: Limits, prior: Prior, noise: Floats) -> Fit:
    """Fit from the votes' shares, each label's divided among its subtypes by `noise`."""
    labels, subtypes = votes.label_count, noise.shape[1]
    rows = rows_of(votes, known)
    sums = Responsibilities(
        said=np.zeros((votes.annotator_count * labels, labels * subtypes)),
        members=np.zeros(labels * subtypes),
        posterior=np.zeros((votes.task_count, labels)),
    )
    nothing = np.zeros((0, labels * subtypes))
    respond(rows, np.zeros_like(sums.members), nothing, sums, noise)
    bound, iterations, converged = -np.inf, 0, votes.size == 0
    said, members = _counts(prior, sums)
    while iterations < limits.max_iterations and not converged:
        before = bound
        logs = _log_rates(said)
        truth = expected_logs(members.sum(axis=1) + prior.truth)
        within = expected_logs(members + prior.subtypes)
        apart = divergence(members.sum(axis=1) + prior.truth, prior.truth)
        apart += divergence(members + prior.subtypes, prior.subtypes)
        apart += divergence(np.moveaxis(said, 1, -1), np.moveaxis(prior.said, 1, -1))
        mixing = _mixing(truth, within)
        for total in sums:
            total[:] = 0.0
        rates: Floats = np.exp(logs).reshape(sums.said.shape)
        bound = respond(rows, mixing, rates, sums, noise) - apart
        said, members = _counts(prior, sums)
        iterations += 1
        converged = bound - before <= limits.tolerance * votes.size
    return _fit(votes, known, prior, sums, (float(bound), iterations, converged))


def rows_of(votes: Votes, known: Known) -> Rows:
    """Hand votes to the compiled loops, in the types that they were compiled for."""
    return Rows(
        starts=votes.starts,
        annotators=votes.annotators,
        labels=votes.labels,
        weights=np.zeros(0) if votes.weights is None else votes.weights,
        gold=np.zeros(0, dtype=np.int32) if known.gold is None else known.gold,
    )


def _counts(prior: Prior, sums: Responsibilities) -> tuple[Floats, Floats]:
    said = prior.said + sums.said.reshape(prior.said.shape)
    return said, sums.members.reshape(prior.subtypes.shape)


def _log_rates(said: Floats) -> Floats:
    return np.moveaxis(expected_logs(np.moveaxis(said, 1, -1)), -1, 1)


def _mixing(truth: Floats, within: Floats) -> Floats:
    return np.exp(truth[:, None] + within).reshape(-1)


def _fit(
    votes: Votes,
    known: Known,
    prior: Prior,
    sums: Responsibilities,
    outcome: tuple[float, int, bool],
) -> Fit:
    """Report means: of an annotator's errors over subtypes, by how many tasks are of each."""
    said, members = _counts(prior, sums)
    rates = said / said.sum(axis=1, keepdims=True)
    within = members + prior.subtypes
    within /= within.sum(axis=1, keepdims=True)
    confusion = np.ascontiguousarray(np.einsum("astm,tm->ats", rates, within))
    truth = members.sum(axis=1) + prior.truth
    truth /= truth.sum()
    skill = _skills(votes, sums, known)
    bound, iterations, converged = outcome
    return Fit(
        posterior=sums.posterior,
        prior=truth,
        confusion=confusion,
        skill=skill,
        log_likelihood=bound if votes.size else 0.0,
        iterations=iterations,
        converged=converged,
        degenerate=degenerate(votes, sums.posterior, skill),
    )


def _skills(votes: Votes, sums: Responsibilities, known: Known) -> Floats:
    """Return how many of each annotator's votes are probably right; of no votes, as of all."""
    labels = votes.label_count
    said = sums.said.reshape(votes.annotator_count, labels, labels, -1).sum(axis=-1)
    if known.counts is not None:
        said += known.counts.transpose(0, 2, 1)
    right: Floats = np.trace(said, axis1=1, axis2=2)
    total: Floats = said.sum(axis=(1, 2))
    usual = right.sum() / max(total.sum(), 1.0)
    return np.divide(right, total, out=np.full(total.size, usual), where=total > 0)


@compiled
def respond(
    rows: Rows, mixing: Floats, rates: Floats, sums: Responsibilities, noise: Floats
) -> float:
    """Find each task's probable label and subtype, and add up what was said.

    Returns the log of the votes' likelihood, summed over tasks. Without rates, labels are what the
    votes' shares say, and `noise` divides them among subtypes.
    """
    labels = sums.posterior.shape[1]
    width = mixing.size
    subtypes = width // max(labels, 1)
    current = np.empty(width)
    logarithm = 0.0
    for task in range(rows.starts.size - 1):
        start, end = rows.starts[task], rows.starts[task + 1]
        if start == end:
            continue
        if rates.size == 0:
            by_shares(rows, task, noise, current)
        else:
            current[:] = mixing
        if rows.gold.size > 0 and rows.gold[task] >= 0:
            if rates.size == 0:
                for subtype in range(subtypes):
                    current[rows.gold[task] * subtypes + subtype] = noise[task, subtype]
            keep(current, rows.gold[task] * subtypes, subtypes)
        if rates.size > 0:
            logarithm += multiply(rows, task, labels, rates, current)
        total = current.sum()
        logarithm += np.log(total)
        current /= total
        for column in range(width):
            sums.members[column] += current[column]
            sums.posterior[task, column // subtypes] += current[column]
        for row in range(start, end):
            at = rows.annotators[row] * labels + rows.labels[row]
            weight = rows.weights[row] if rows.weights.size > 0 else 1.0
            for column in range(width):
                sums.said[at, column] += weight * current[column]
    return logarithm


@compiled
def by_shares(rows: Rows, task: int, noise: Floats, current: Floats) -> None:
    """Count the votes for each label, each divided among its subtypes."""
    subtypes = noise.shape[1]
    current[:] = 0.0
    for row in range(rows.starts[task], rows.starts[task + 1]):
        weight = rows.weights[row] if rows.weights.size > 0 else 1.0
        for subtype in range(subtypes):
            current[rows.labels[row] * subtypes + subtype] += weight * noise[task, subtype]


@compiled
def keep(current: Floats, first: int, count: int) -> None:
    """Leave only the subtypes of the known label."""
    current[:first] = 0.0
    current[first + count :] = 0.0


@compiled
def multiply(rows: Rows, task: int, labels: int, rates: Floats, current: Floats) -> float:
    """Multiply by how likely each vote is; returns the logarithm of what was divided out."""
    logarithm = 0.0
    start, end = rows.starts[task], rows.starts[task + 1]
    for row in range(start, end):
        at = rows.annotators[row] * labels + rows.labels[row]
        if rows.weights.size > 0 and rows.weights[row] != 1.0:
            for column in range(current.size):
                current[column] *= rates[at, column] ** rows.weights[row]
        else:
            for column in range(current.size):
                current[column] *= rates[at, column]
        if (row - start) % FACTORS_MAX == FACTORS_MAX - 1:
            most = current.max()
            current /= most
            logarithm += np.log(most)
    return logarithm
