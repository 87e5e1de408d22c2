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
from evenhand.quality.choice.degenerate import degenerate
from evenhand.quality.choice.fit import Fit, Known, Limits
from evenhand.quality.choice.kernels import (
    FACTORS_MAX,
    Rates,
    Rows,
    Sums,
    add_known,
    add_logarithms,
    multiply,
)
from evenhand.quality.choice.majority import vote_shares
from evenhand.quality.codes import Bools, Floats, Ints
from evenhand.quality.votes import Votes

CONFUSION_CELLS_MAX = 50_000_000  # cells of 8 bytes, in four arrays: 1.6 GB

NOT_WRITTEN = np.empty((0, 0))


class TooManyRates(ValueError):
    """So many annotators and labels have more error rates than memory holds."""


def fitted(votes: Votes, known: Known, limits: Limits, estimate: Estimate) -> Fit:
    """Fit by turns, from the vote shares on; `estimate` makes parameters of what was counted.

    Where gold or earlier work is known, it starts from what that alone tells of annotators: from
    the shares of a crowd that is wrong together, no number of turns would lead away. The fit has
    converged when the log-likelihood per vote rises by less than the tolerance.
    """
    passes = Passes(votes, known)
    posterior = vote_shares(votes)
    told = passes.told()
    counted = passes.count(posterior)
    parameters = estimate(counted) if told is None else most_probable(told)
    enough = limits.tolerance * max(votes.size, 1)
    likelihood, iterations, converged = -np.inf, 0, False
    while iterations < limits.max_iterations:
        iterations += 1
        # The last pass writes what the others only add up.
        last = converged or iterations == limits.max_iterations
        counted, now = passes.run(parameters, posterior if last else NOT_WRITTEN)
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
        degenerate=degenerate(votes, known, posterior),
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
        cells = votes.annotators * np.int32(votes.label_count)
        cells += votes.labels
        cells *= np.int32(votes.label_count)
        self._rows = Rows(
            starts=votes.starts,
            cells=cells,
            weights=np.empty(0) if votes.weights is None else votes.weights,
            gold=np.empty(0, dtype=np.int32) if known.gold is None else known.gold,
        )
        self._before = None if known.counts is None else known.counts.transpose(0, 2, 1)
        voted = votes.starts[1:] > votes.starts[:-1]
        careful = _with_care(self._rows)
        self._careful = np.flatnonzero(careful & voted)
        self._left_out = (careful | ~voted).astype(np.uint8)

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

    def count(self, posterior: Floats, tasks: Ints | None = None) -> Counted:
        """Count what was said of these tasks, or of all, when they are what the posterior says."""
        said, truth = np.zeros(self._shape), np.zeros(self._shape[1])
        counted = np.arange(self._left_out.size) if tasks is None else tasks
        add_known(counted, self._rows, Sums(said.reshape(-1), truth, posterior))
        if self._before is not None:
            said += self._before
        return Counted(truth, said)

    def run(self, parameters: Parameters, posterior: Floats = NOT_WRITTEN) -> tuple[Counted, float]:
        """Count what was said under these parameters, and return the votes' log-likelihood.

        Also writes the posterior, if an array for it is handed in.
        """
        said, truth = np.zeros(self._shape), np.zeros(self._shape[1])
        sums = Sums(said.reshape(-1), truth, posterior)
        prior = np.maximum(parameters.prior, LEAST)
        rates = np.ascontiguousarray(parameters.said).reshape(-1)
        likelihood = 0.0
        if self._careful.size:
            # What an annotator never says has the rate nought, and is never asked for.
            logs = Rates(np.log(prior), np.log(np.where(rates > 0, rates, 1.0)))
            likelihood += add_logarithms(self._careful, self._rows, logs, sums)
        if self._careful.size < self._left_out.size:
            starts, cells, _, _ = self._rows
            span = 0, self._left_out.size
            likelihood += multiply(starts, cells, self._left_out, Rates(prior, rates), sums, span)
        if self._before is not None:
            said += self._before
        return Counted(truth, said), likelihood


def _with_care(rows: Rows) -> Bools:
    """Mark the tasks that need logarithms: many votes, shared votes, or a known label."""
    careful = rows.starts[1:] - rows.starts[:-1] > FACTORS_MAX
    if rows.gold.size:
        careful |= rows.gold >= 0
    if rows.weights.size:
        shared = np.flatnonzero(rows.weights != 1)
        careful[np.searchsorted(rows.starts, shared, side="right") - 1] = True
    return careful
