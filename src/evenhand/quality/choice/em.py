"""Expectation maximisation: from votes to what is true and how each annotator errs, by turns.

A. P. Dempster, N. M. Laird and D. B. Rubin, "Maximum Likelihood from Incomplete Data via the EM
Algorithm", Journal of the Royal Statistical Society B 39 (1977), 1-38.
"""

import numpy as np

from evenhand.quality.choice.counted import (
    LEAST,
    Counted,
    Estimate,
    Parameters,
    most_probable,
    skills,
)
from evenhand.quality.choice.fit import Fit, Known, Limits
from evenhand.quality.choice.kernels import Rates, Room, Rows, Sums, sweep
from evenhand.quality.codes import Floats
from evenhand.quality.votes import Votes

CONFUSION_CELLS_MAX = 50_000_000  # cells of 8 bytes, in four arrays: 1.6 GB

# From so many votes on, code for just so many labels is worth the second that it takes to make.
VOTES_WORTH_COMPILING = 4_000_000
LABELS_WORTH_COMPILING = 8


class TooManyRates(ValueError):
    """So many annotators and labels have more error rates than memory holds."""


def fitted(votes: Votes, known: Known, limits: Limits, estimate: Estimate) -> Fit:
    """Fit by turns, from the vote shares on; `estimate` makes parameters of what was counted.

    Where gold or earlier work is known, it starts from what that alone tells of annotators: from
    the shares of a crowd that is wrong together, no number of turns would lead away. The fit has
    converged when the log-likelihood per vote rises by less than the tolerance.
    """
    passes = Passes(votes, known)
    told = passes.told()
    counted = passes.run(None)[0] if told is None else told
    parameters = estimate(counted) if told is None else most_probable(told)
    enough = limits.tolerance * max(votes.size, 1)
    posterior = np.zeros((votes.task_count, votes.label_count))
    nobody = posterior[:0]
    likelihood, iterations, converged = -np.inf, 0, False
    while iterations < limits.max_iterations:
        iterations += 1
        # The last pass writes what the others only add up.
        last = converged or iterations == limits.max_iterations
        counted, now = passes.run(parameters, posterior if last else nobody)
        parameters = estimate(counted)
        converged = converged or now - likelihood <= enough
        likelihood = now
        if last:
            break
    return Fit(
        posterior=posterior,
        prior=parameters.prior,
        confusion=np.ascontiguousarray(parameters.said.transpose(0, 2, 1)),
        skill=skills(counted),
        log_likelihood=likelihood,
        iterations=iterations,
        converged=converged,
    )


class Passes:
    """Goes through all votes again and again."""

    def __init__(self, votes: Votes, known: Known) -> None:
        cells = votes.annotator_count * votes.label_count**2
        if cells > CONFUSION_CELLS_MAX:
            raise TooManyRates(
                f"{votes.annotator_count:,} annotators and {votes.label_count:,} labels need "
                f"{cells:,} error rates; at most {CONFUSION_CELLS_MAX:,} fit in memory. "
                "Majority vote does without."
            )
        self._votes = votes
        self._gold = known.gold
        self._shape = votes.annotator_count, votes.label_count, votes.label_count
        self._tasks = votes.task_count
        keys = votes.annotators * np.int32(votes.label_count)
        keys += votes.labels
        self._rows = Rows(
            starts=votes.starts,
            keys=keys,
            labels=votes.labels,
            weights=np.empty(0) if votes.weights is None else votes.weights,
            gold=np.empty(0, dtype=np.int32) if known.gold is None else known.gold,
        )
        self._before = None if known.counts is None else known.counts.transpose(0, 2, 1)
        self._room = _room(votes)

    def told(self) -> Counted | None:
        """Count what is known beforehand alone, or return nothing if there is nothing."""
        if self._before is None and self._gold is None:
            return None
        said = np.zeros(self._shape) if self._before is None else self._before.copy()
        truth = np.zeros(self._shape[1])
        if self._gold is not None:
            votes = self._votes.select((self._gold >= 0)[self._votes.tasks()])
            at = votes.annotators, votes.labels, self._gold[votes.tasks()]
            np.add.at(said, at, votes.weight())
            truth += np.bincount(self._gold[self._gold >= 0], minlength=truth.size)
        return Counted(truth, said)

    def run(
        self, parameters: Parameters | None, posterior: Floats | None = None
    ) -> tuple[Counted, float]:
        """Count what was said under these parameters, or by the vote shares; the log-likelihood.

        Also writes the posterior, if an array for it is handed in.
        """
        said = np.zeros(self._shape)
        truth = np.zeros(self._shape[1])
        sums = Sums(said.reshape(-1), truth, np.empty((0, 0)) if posterior is None else posterior)
        rates = _rates(parameters)
        likelihood = sweep(self._rows, rates, sums, self._room, (0, self._tasks))
        if self._before is not None:
            said += self._before
        return Counted(truth, said), likelihood


def _room(votes: Votes) -> Room:
    if votes.size >= VOTES_WORTH_COMPILING and votes.label_count <= LABELS_WORTH_COMPILING:
        return (0.0,) * votes.label_count
    return np.empty(votes.label_count)


def _rates(parameters: Parameters | None) -> Rates:
    if parameters is None:
        nothing = np.empty(0)
        return Rates(nothing, nothing, nothing, nothing)
    prior = np.maximum(parameters.prior, LEAST)
    said = np.ascontiguousarray(parameters.said).reshape(-1)
    # What an annotator never says has the rate nought, and is never asked for.
    log_said = np.log(np.where(said > 0, said, 1.0))
    return Rates(prior, said, np.log(prior), log_said)
