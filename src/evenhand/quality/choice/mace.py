"""MACE: annotators either know the label or guess by a habit of their own.

D. Hovy, T. Berg-Kirkpatrick, A. Vaswani and E. Hovy, "Learning Whom to Trust with MACE", NAACL-HLT
2013, https://aclanthology.org/N13-1132. The paper takes all labels to be equally common; where they
are not, that costs much (a tenth of all tasks on D_Product), so here it is learned how common they
are, unless told otherwise. From the same start, with labels equally common, the steps are those of
crowd-kit's `MACE`, if rows come in the order of names: in any other order that mixes up annotators.
It starts ten times from one and the same random point; here the start is the one that favours
nobody: all know half of the time, and guess evenly.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from evenhand.quality.choice.degenerate import degenerate
from evenhand.quality.choice.dirichlet import at_once
from evenhand.quality.choice.ebcc import Rows, rows_of
from evenhand.quality.choice.fit import NOTHING_KNOWN, Fit, Known, Limits
from evenhand.quality.codes import Floats
from evenhand.quality.compiled import compiled
from evenhand.quality.votes import Votes

# Beliefs before the votes, in votes: whether somebody knows is open, habits are rather even.
KNOWING = 0.5
HABIT = 10.0
# Without beliefs, so much of a vote, divided among labels, keeps every chance above nought.
SMOOTHING = 0.01


@dataclass(frozen=True, slots=True)
class Competence:
    """How common labels are, how likely annotators know, and guess and say each label."""

    prior: Floats
    knows: Floats
    guesses: Floats


class Shares(NamedTuple):
    """What a pass adds up: votes out of knowledge, guesses by label, and each task's labels."""

    known: Floats
    guessed: Floats
    posterior: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """How competences are improved (the M step)."""

    variational: bool = False
    equally_common: bool = False

    def improved(self, shares: Shares) -> tuple[Competence, float]:
        """Improve competences; return also how far they moved from beliefs, if there are any."""
        prior = self._prior(shares)
        if not self.variational:
            knows, habits = self.means(shares)
            return Competence(prior, knows, (1 - knows)[:, None] * habits), 0.0
        origins = np.stack([shares.guessed.sum(axis=1), shares.known], axis=1)
        origin, origin_apart = at_once(np.full_like(origins, KNOWING)).moved(origins)
        habit, habit_apart = at_once(np.full_like(shares.guessed, HABIT)).moved(shares.guessed)
        guesses = np.exp(origin[:, :1, 0] + habit[:, :, 0])
        return Competence(prior, np.exp(origin[:, 1, 0]), guesses), origin_apart + habit_apart

    def means(self, shares: Shares) -> tuple[Floats, Floats]:
        """Return how likely each annotator knows, and says each label when guessing."""
        little = SMOOTHING / max(shares.guessed.shape[1], 1)
        habits = shares.guessed + (HABIT if self.variational else little)
        habits /= habits.sum(axis=1, keepdims=True)
        least = KNOWING if self.variational else little
        known, guessed = shares.known + least, shares.guessed.sum(axis=1) + least
        return known / (known + guessed), habits

    def _prior(self, shares: Shares) -> Floats:
        labels = int(shares.posterior.shape[1])
        if self.equally_common:
            return np.full(labels, 1 / max(labels, 1))
        common = np.zeros(labels)
        common += shares.posterior.sum(axis=0) + SMOOTHING / max(labels, 1)
        return common / common.sum()


def mace(
    votes: Votes,
    known: Known = NOTHING_KNOWN,
    limits: Limits = Limits(),  # noqa: B008
    *,
    variational: bool = False,
    equally_common: bool = False,
) -> Fit:
    """Fit by EM or, variational, with beliefs about annotators.

    With beliefs, `log_likelihood` is a bound: the evidence is above it.
    """
    even = np.full(votes.label_count, 1 / max(votes.label_count, 1))
    knows = np.full(votes.annotator_count, 0.5)
    start = Competence(even, knows, np.tile(even / 2, (votes.annotator_count, 1)))
    steps = Steps(variational=variational, equally_common=equally_common)
    return from_start(votes, known, limits, start, steps)


def from_start(votes: Votes, known: Known, limits: Limits, start: Competence, steps: Steps) -> Fit:
    """Fit from given competences."""
    rows = rows_of(votes, known)
    shares, likelihood = _explain(rows, known, start)
    competence = start
    iterations, converged = 0, votes.size == 0
    while iterations < limits.max_iterations and not converged:
        before = likelihood
        competence, apart = steps.improved(shares)
        shares, likelihood = _explain(rows, known, competence)
        likelihood -= apart
        iterations += 1
        converged = iterations > 1 and likelihood - before <= limits.tolerance * votes.size
    knows, habits = steps.means(shares)
    confusion = (1 - knows)[:, None, None] * habits[:, None, :]
    confusion = confusion + knows[:, None, None] * np.eye(votes.label_count)
    skill = np.einsum("att,t->a", confusion, competence.prior)
    return Fit(
        posterior=shares.posterior,
        prior=competence.prior,
        confusion=confusion,
        skill=skill,
        log_likelihood=likelihood,
        iterations=iterations,
        converged=converged,
        degenerate=degenerate(votes, known, shares.posterior),
    )


def _explain(rows: Rows, known: Known, competence: Competence) -> tuple[Shares, float]:
    """Tell knowledge from guesses, in the votes and in the earlier record (the E step)."""
    annotators, labels = competence.guesses.shape
    shares = Shares(
        np.zeros(annotators),
        np.zeros((annotators, labels)),
        np.zeros((rows.starts.size - 1, labels)),
    )
    knowing = competence.knows[:, None] / (competence.knows[:, None] + competence.guesses)
    logs = np.log(competence.guesses), -np.log1p(-knowing)
    likelihood = explain(rows, knowing, (*logs, np.log(competence.prior)), shares)
    if known.counts is not None:
        right = np.einsum("att->at", known.counts)
        shares.known[:] += (right * knowing).sum(axis=1)
        shares.guessed[:] += known.counts.sum(axis=1) - right * knowing
        likelihood += float((known.counts.sum(axis=1) * logs[0] + right * logs[1]).sum())
    return shares, likelihood


@compiled
def explain(
    rows: Rows, knowing: Floats, logs: tuple[Floats, Floats, Floats], shares: Shares
) -> float:
    """Find each task's probable label, and tell knowledge from guesses; the log-likelihood.

    `knowing` is how likely a vote came of knowledge if it is right; `logs` are of a guess, and of
    how much more likely a vote is where it is right.
    """
    guess, gain, prior = logs
    labels = knowing.shape[1]
    likelihood = 0.0
    for task in range(rows.starts.size - 1):
        start, end = rows.starts[task], rows.starts[task + 1]
        if start == end:
            continue
        current = shares.posterior[task]
        current[:] = prior
        for row in range(start, end):
            weight = rows.weights[row] if rows.weights.size > 0 else 1.0
            likelihood += weight * guess[rows.annotators[row], rows.labels[row]]
            current[rows.labels[row]] += weight * gain[rows.annotators[row], rows.labels[row]]
        if rows.gold.size > 0 and rows.gold[task] >= 0:
            likelihood += current[rows.gold[task]]
            current[:] = 0.0
            current[rows.gold[task]] = 1.0
        else:
            top = current.max()
            total = 0.0
            for label in range(labels):
                current[label] = np.exp(current[label] - top)
                total += current[label]
            current /= total
            likelihood += top + np.log(total)
        for row in range(start, end):
            annotator, label = rows.annotators[row], rows.labels[row]
            weight = rows.weights[row] if rows.weights.size > 0 else 1.0
            known = weight * current[label] * knowing[annotator, label]
            shares.known[annotator] += known
            shares.guessed[annotator, label] += weight - known
    return likelihood
