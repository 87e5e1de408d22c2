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
from evenhand.quality.choice.dirichlet import Beliefs, at_once
from evenhand.quality.choice.fit import NOTHING_KNOWN, Fit, Known, Limits
from evenhand.quality.choice.starts import fingerprints, shares
from evenhand.quality.codes import Codes, Floats, Ints
from evenhand.quality.compiled import compiled
from evenhand.quality.votes import Votes

SUBTYPES = 10  # as in the paper; those that nothing calls for stay empty
STARTS = 5  # more gain little on public sets and each costs as much again
# On many votes, which take long and which the starts read much alike, only the best starts go on
# after a few sweeps. On few, the start that comes out best may be the worst after these: letting it
# go would cost 2.6 points on Face.
ALL_GO_ON_MAX = 200_000  # votes, for which all starts take some seconds
TRIED = 10  # sweeps of each start
KEPT = 2  # starts that go on
SEED = 0  # any number does: it only has to stay the same from run to run

# As if before the first vote each annotator had been right 4 times for each way of erring once,
# each label had occurred once, and each label's subtypes a tenth of a time in all: the paper's.
RIGHT, WRONG = 4.0, 1.0
OCCURRED = 1.0
SUBTYPES_OCCURRED = 0.1

# A subtype that is less common has about a thousandth of a task, and its share halves on and on.
MIXING_MIN = 1e-40

# Subtypes part slowly at first, while the bound hardly rises: waiting has to be more patient.
PATIENCE = 0.1

SAME = 1e-9  # bounds nearer than this, by the vote, are of the same solution

CELLS_MAX = 50_000_000  # of 8 bytes, five times: about 2 GB
FACTORS_MAX = 8  # products of so many rates stay far above the least number there is


@dataclass(frozen=True, slots=True)
class Prior:
    """What is believed before the votes of how common labels and subtypes are, and what is said.

    The latter by `[annotator, said, kind]`: a kind is a label with a subtype.
    """

    truth: Beliefs
    subtypes: Beliefs
    said: Beliefs


class Rows(NamedTuple):
    """Votes grouped by task; `weights` is empty where all weigh one, `gold` where none is known."""

    starts: Ints
    annotators: Codes
    labels: Codes
    weights: Floats
    gold: Codes


class Responsibilities(NamedTuple):
    """What a pass adds up.

    How often each annotator said a label (row) to tasks of each kind (column), how many tasks are
    of each kind, and how probable each task's labels are.
    """

    said: Floats
    members: Floats
    posterior: Floats


class Kinds(NamedTuple):
    """Labels with a subtype that tasks may be of: whose label, how common, and what is said.

    `rates` has a row for each annotator and label said.
    """

    labels: Ints
    mixing: Floats
    rates: Floats


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
    patient = Limits(max_iterations=limits.max_iterations, tolerance=limits.tolerance * PATIENCE)
    prints = fingerprints(votes)
    rows = rows_of(votes, known)
    tried = Limits(max_iterations=min(TRIED, patient.max_iterations), tolerance=patient.tolerance)
    runs: list[_Run] = []
    for start in range(starts):
        run = _started(votes, rows, prior, shares(prints, SUBTYPES, seed + start))
        runs.append(_swept(votes, rows, prior, run, tried))
        if votes.size > ALL_GO_ON_MAX:
            # Weak starts are let go at once, so that no more are kept in memory than go on.
            runs = _best(votes, runs, KEPT)
    runs = [_swept(votes, rows, prior, run, patient) for run in runs]
    return _fit(votes, known, prior, _best(votes, runs, 1)[0])


def _best(votes: Votes, runs: "list[_Run]", count: int) -> "list[_Run]":
    """Keep the runs with the highest bounds; of equal ones, the first."""
    # Starts that end in one place differ by rounding, which must not decide.
    same = SAME * max(votes.size, 1)
    kept: list[_Run] = []
    left = list(runs)
    while left and len(kept) < count:
        best = left[0]
        for run in left[1:]:
            best = run if run.bound > best.bound + same else best
        kept.append(best)
        left = [run for run in left if run is not best]
    return kept


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
    within = np.full((labels, subtypes), SUBTYPES_OCCURRED / subtypes)
    truth = np.full((1, labels), OCCURRED)
    return Prior(at_once(truth), at_once(within), Beliefs(np.repeat(said, subtypes, axis=-1)))


def variational(votes: Votes, known: Known, limits: Limits, prior: Prior, noise: Floats) -> Fit:
    """Fit one start: the votes' shares, each label's divided among its subtypes by `noise`."""
    rows = rows_of(votes, known)
    run = _swept(votes, rows, prior, _started(votes, rows, prior, noise), limits)
    return _fit(votes, known, prior, run)


def _started(votes: Votes, rows: Rows, prior: Prior, noise: Floats) -> "_Run":
    """Begin from the votes' shares, each label's divided among its subtypes by `noise`."""
    labels = np.repeat(np.arange(votes.label_count), noise.shape[1])
    sums = _nothing_seen(votes, labels.size)
    respond(rows, Kinds(labels, np.zeros(labels.size), np.zeros((0, labels.size))), sums, noise)
    state = _State(prior.said, np.arange(labels.size), sums)
    return _Run(state, -np.inf, 0, converged=votes.size == 0)


def _swept(votes: Votes, rows: Rows, prior: Prior, run: "_Run", limits: Limits) -> "_Run":
    """Go on with a run until it rests, or has so many iterations in all."""
    state, bound, iterations, converged = run
    subtypes = prior.subtypes.counts.shape[1]
    labels = np.repeat(np.arange(votes.label_count), subtypes)
    while iterations < limits.max_iterations and not converged:
        before = bound
        state, mixing, apart = _without_empty(prior, state)
        said, said_apart = state.said.moved(state.sums.said)
        rates = np.exp(said, out=said).reshape(state.sums.said.shape)
        sums = _nothing_seen(votes, state.live.size)
        kinds = Kinds(labels[state.live], mixing, rates)
        bound = respond(rows, kinds, sums, np.zeros((0, subtypes)))
        bound -= apart + said_apart
        state = _State(state.said, state.live, sums)
        iterations += 1
        converged = bool(bound - before <= limits.tolerance * votes.size)
    return _Run(state, float(bound), iterations, converged)


class _State(NamedTuple):
    """Beliefs about the kinds that are live, which these are, and what was seen of them."""

    said: Beliefs
    live: Ints
    sums: Responsibilities


class _Run(NamedTuple):
    """How far a start has come."""

    state: _State
    bound: float
    iterations: int
    converged: bool


def _nothing_seen(votes: Votes, kinds: int) -> Responsibilities:
    return Responsibilities(
        said=np.zeros((votes.annotator_count * votes.label_count, kinds)),
        members=np.zeros(kinds),
        posterior=np.zeros((votes.task_count, votes.label_count)),
    )


def _members(prior: Prior, state: _State) -> Floats:
    """Return how many tasks are of each label (row) and subtype (column)."""
    members = np.zeros(prior.subtypes.counts.shape[:2])
    members.reshape(-1)[state.live] = state.sums.members
    return members


def _without_empty(prior: Prior, state: _State) -> tuple[_State, Floats, float]:
    """Drop kinds that no task can be of any more; return how common the others are.

    And how far beliefs about that have moved.
    """
    members = _members(prior, state)
    truth, truth_apart = prior.truth.moved(members.sum(axis=1))
    within, within_apart = prior.subtypes.moved(members)
    common = np.exp(truth.reshape(-1, 1) + within[:, :, 0])
    # Each label keeps its most common kind, so that a gold task can always be of one.
    wanted = (common > MIXING_MIN) | (common == common.max(axis=1, keepdims=True, initial=0.0))
    mixing = common.reshape(-1)[state.live]
    kept = wanted.reshape(-1)[state.live]
    if not kept.all():
        said = np.ascontiguousarray(state.sums.said[:, kept])
        sums = Responsibilities(said, state.sums.members[kept], state.sums.posterior)
        beliefs = Beliefs(state.said.counts[:, :, kept])
        state, mixing = _State(beliefs, state.live[kept], sums), mixing[kept]
    return state, mixing, truth_apart + within_apart


def rows_of(votes: Votes, known: Known) -> Rows:
    """Hand votes to the compiled loops, in the types that they were compiled for."""
    return Rows(
        starts=votes.starts,
        annotators=votes.annotators,
        labels=votes.labels,
        weights=np.zeros(0) if votes.weights is None else votes.weights,
        gold=np.zeros(0, dtype=np.int32) if known.gold is None else known.gold,
    )


def _fit(votes: Votes, known: Known, prior: Prior, run: _Run) -> Fit:
    """Report means: of an annotator's errors over subtypes, by how many tasks are of each."""
    labels = votes.label_count
    state, bound, iterations, converged = run
    said = state.said.counts + state.sums.said.reshape(state.said.counts.shape)
    said = said / said.sum(axis=1, keepdims=True)
    members = _members(prior, state)
    # Of a label without a live kind nothing was seen, and any of its kinds would do.
    within = (members + prior.subtypes.counts[:, :, 0]).reshape(-1)[state.live]
    confusion = np.empty((votes.annotator_count, labels, labels))
    for label in range(labels):
        of_label = state.live // members.shape[1] == label
        shares = within[of_label] / within[of_label].sum()
        confusion[:, label] = said[:, :, of_label] @ shares
    truth = prior.truth.counts[0, :, 0] + members.sum(axis=1)
    truth = truth / truth.sum()
    skill = _skills(votes, known, state)
    return Fit(
        posterior=state.sums.posterior,
        prior=truth,
        confusion=confusion,
        skill=skill,
        log_likelihood=bound if votes.size else 0.0,
        iterations=iterations,
        converged=converged,
        degenerate=degenerate(votes, known, state.sums.posterior),
    )


def _skills(votes: Votes, known: Known, state: _State) -> Floats:
    """Return how many of each annotator's votes are probably right; of no votes, as of all."""
    weight, annotators = votes.weight(), votes.annotator_count
    hits = weight * state.sums.posterior[votes.tasks(), votes.labels]
    right = np.bincount(votes.annotators, weights=hits, minlength=annotators)
    total = np.bincount(votes.annotators, weights=weight, minlength=annotators)
    if known.counts is not None:
        right += np.trace(known.counts, axis1=1, axis2=2)
        total += known.counts.sum(axis=(1, 2))
    usual = right.sum() / max(total.sum(), 1.0)
    return np.divide(right, total, out=np.full(annotators, usual), where=total > 0)


@compiled
def respond(rows: Rows, kinds: Kinds, sums: Responsibilities, noise: Floats) -> float:
    """Find of which kind each task probably is, and add up what was said.

    Returns the log of the votes' likelihood, summed over tasks. Without rates, labels are what the
    votes' shares say, or gold, and `noise` divides them among subtypes.
    """
    labels = sums.posterior.shape[1]
    current = np.empty(kinds.labels.size)
    logarithm = 0.0
    for task in range(rows.starts.size - 1):
        start, end = rows.starts[task], rows.starts[task + 1]
        if start == end:
            continue
        gold = rows.gold[task] if rows.gold.size > 0 else -1
        if kinds.rates.size == 0:
            by_shares(rows, task, gold, noise, current)
        else:
            for kind in range(current.size):
                possible = gold < 0 or kinds.labels[kind] == gold
                current[kind] = kinds.mixing[kind] if possible else 0.0
            logarithm += multiply(rows, task, labels, kinds.rates, current)
        total = current.sum()
        logarithm += np.log(total)
        current /= total
        for kind in range(current.size):
            sums.members[kind] += current[kind]
            sums.posterior[task, kinds.labels[kind]] += current[kind]
        for row in range(start, end):
            said = sums.said[rows.annotators[row] * labels + rows.labels[row]]
            weight = rows.weights[row] if rows.weights.size > 0 else 1.0
            for kind in range(current.size):
                said[kind] += weight * current[kind]
    return logarithm


@compiled
def by_shares(rows: Rows, task: int, gold: int, noise: Floats, current: Floats) -> None:
    """Count the votes for each label, each divided among its subtypes."""
    subtypes = noise.shape[1]
    current[:] = 0.0
    for row in range(rows.starts[task], rows.starts[task + 1]):
        weight = rows.weights[row] if rows.weights.size > 0 else 1.0
        label = rows.labels[row] if gold < 0 else gold
        for subtype in range(subtypes):
            current[label * subtypes + subtype] += weight * noise[task, subtype]


@compiled
def multiply(rows: Rows, task: int, labels: int, rates: Floats, current: Floats) -> float:
    """Multiply by how likely each vote is; returns the logarithm of what was divided out."""
    logarithm = 0.0
    start, end = rows.starts[task], rows.starts[task + 1]
    for row in range(start, end):
        at = rows.annotators[row] * labels + rows.labels[row]
        rate = rates[at]
        if rows.weights.size > 0 and rows.weights[row] != 1.0:
            for kind in range(current.size):
                current[kind] *= rate[kind] ** rows.weights[row]
        else:
            for kind in range(current.size):
                current[kind] *= rate[kind]
        if (row - start) % FACTORS_MAX == FACTORS_MAX - 1:
            most = current.max()
            current /= most
            logarithm += np.log(most)
    return logarithm
