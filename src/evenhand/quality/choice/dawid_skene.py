"""Dawid and Skene's estimate of the truth and of each annotator's confusions.

A. P. Dawid and A. M. Skene, "Maximum Likelihood Estimation of Observer Error-Rates
Using the EM Algorithm", Journal of the Royal Statistical Society C 28 (1979), 20-28.

Works from counts: one row for each task, annotator and label that occurs together.
No array has more cells than rows times one, tasks times labels, or annotators times
labels squared.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from evenhand.quality.choice.majority import vote_shares, winners_of
from evenhand.quality.codes import Counts, Floats, Ints, counted

CONFUSION_CELLS_MAX = 50_000_000  # cells of 8 bytes, thrice: about 1.2 GB

# What was never seen is taken to be this unlikely, not impossible: one vote
# against must not outweigh any number of votes for.
_LEAST = 1e-10


@dataclass(frozen=True, slots=True, kw_only=True)
class DawidSkene:
    """A fit: what each task is, how each annotator errs, and whether it came to rest.

    `posterior` is tasks by labels; `confusion[a, truth, said]` is how likely annotator
    `a` says one label where another is true; `winners` has -1 where labels tie or nobody voted.
    """

    posterior: Floats
    prior: Floats
    confusion: Floats
    winners: Ints
    log_likelihood: float
    iterations: int
    converged: bool


def dawid_skene(
    tasks: ArrayLike,
    annotators: ArrayLike,
    labels: ArrayLike,
    *,
    label_count: int | None = None,
    tolerance: float = 1e-6,
    max_iterations: int = 100,
) -> DawidSkene:
    """Fit by EM from the vote shares; the order of rows and the codes chosen do not matter.

    The fit has converged when the log-likelihood per vote rises by less than the tolerance.
    """
    counts = counted(tasks, annotators, labels, label_count=label_count)
    return fit(counts, tolerance=tolerance, max_iterations=max_iterations)


def fit(counts: Counts, *, tolerance: float, max_iterations: int) -> DawidSkene:
    """Fit counts that are already sorted; see `dawid_skene`."""
    cells = counts.annotator_count * counts.label_count**2
    if cells > CONFUSION_CELLS_MAX:
        raise ValueError(
            f"{counts.annotator_count:,} annotators and {counts.label_count:,} labels need "
            f"{cells:,} error rates; at most {CONFUSION_CELLS_MAX:,} fit in memory."
        )
    votes = max(float(counts.times.sum()), 1.0)
    # Rows are classes: each pass then reads one contiguous row after the other.
    posterior = np.ascontiguousarray(vote_shares(counts).T)
    said = counts.annotators * counts.label_count + counts.labels
    before = -np.inf
    iterations, converged = 0, False
    prior, confusion = _error_rates(counts, said, posterior)
    while iterations < max_iterations and not converged:
        posterior, log_likelihood = _truth(counts, said, prior, confusion)
        prior, confusion = _error_rates(counts, said, posterior)
        iterations += 1
        converged = log_likelihood - before <= tolerance * votes
        before = log_likelihood
    shape = (counts.label_count, counts.annotator_count, counts.label_count)
    shares = np.ascontiguousarray(posterior.T)
    return DawidSkene(
        posterior=shares,
        prior=prior,
        confusion=np.ascontiguousarray(confusion.reshape(shape).transpose(1, 0, 2)),
        winners=winners_of(shares, counts),
        log_likelihood=float(before),
        iterations=iterations,
        converged=converged,
    )


def _error_rates(counts: Counts, said: Ints, posterior: Floats) -> tuple[Floats, Floats]:
    """Estimate prior and confusions (the M step), given what each task probably is."""
    voted = np.bincount(counts.tasks, minlength=counts.task_count) > 0
    prior = posterior[:, voted].sum(axis=1)
    prior /= max(float(prior.sum()), 1.0)
    wide = counts.annotator_count * counts.label_count
    once = bool((counts.times == 1).all())
    confusion = np.empty((counts.label_count, wide))
    for truth in range(counts.label_count):
        weights = posterior[truth].take(counts.tasks)
        if not once:
            weights *= counts.times
        confusion[truth] = np.bincount(said, weights=weights, minlength=wide)
    rows = confusion.reshape(counts.label_count, counts.annotator_count, counts.label_count)
    totals = rows.sum(axis=2, keepdims=True)
    # Whoever never met a label is taken to guess there, which says nothing.
    guess = np.full_like(rows, 1 / max(counts.label_count, 1))
    rates = np.divide(rows, totals, out=guess, where=totals > _LEAST)
    return prior, rates.reshape(counts.label_count, wide)


def _truth(counts: Counts, said: Ints, prior: Floats, confusion: Floats) -> tuple[Floats, float]:
    """Estimate what each task is (the E step), in logarithms, and the log-likelihood."""
    log_rates = np.log(np.maximum(confusion, _LEAST))
    log_prior = np.log(np.maximum(prior, _LEAST))
    once = bool((counts.times == 1).all())
    scores = np.empty((counts.label_count, counts.task_count))
    for truth in range(counts.label_count):
        weights = log_rates[truth].take(said)
        if not once:
            weights *= counts.times
        scores[truth] = np.bincount(counts.tasks, weights=weights, minlength=counts.task_count)
        scores[truth] += log_prior[truth]
    if scores.size == 0:
        return scores, 0.0
    top = scores.max(axis=0)
    scores -= top
    np.exp(scores, out=scores)
    total = scores.sum(axis=0)
    scores /= total
    voted = np.bincount(counts.tasks, minlength=counts.task_count) > 0
    return scores, float((top + np.log(total))[voted].sum())
