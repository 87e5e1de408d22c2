"""Majority vote, in which a tie is called a tie."""

import numpy as np

from evenhand.quality.choice.fit import NOTHING_KNOWN, Fit, Known, Limits
from evenhand.quality.choice.kernels import agree, tally
from evenhand.quality.codes import Floats
from evenhand.quality.votes import Votes


def majority_vote(
    votes: Votes,
    known: Known = NOTHING_KNOWN,
    limits: Limits = Limits(),  # noqa: ARG001, B008 - there is nothing to repeat
) -> Fit:
    """Count votes by task: a label is as probable as its share, and a known one is certain."""
    posterior = vote_shares(votes)
    if known.gold is not None:
        tasks = np.flatnonzero((known.gold >= 0) & (np.diff(votes.starts) > 0))
        posterior[tasks] = 0.0
        posterior[tasks, known.gold[tasks]] = 1.0
    total = posterior.sum(axis=0)
    return Fit(
        posterior=posterior,
        prior=total / max(total.sum(), 1.0),
        confusion=None,
        skill=agreement(votes, posterior),
        log_likelihood=None,
        iterations=0,
        converged=True,
    )


def vote_shares(votes: Votes) -> Floats:
    """Return the share of each label (column) in the votes on each task (row)."""
    shares = np.empty((votes.task_count, votes.label_count))
    tally(votes.starts, votes.labels, _weights(votes), shares)
    return shares


def agreement(votes: Votes, posterior: Floats) -> Floats:
    """Return how many of each annotator's votes are probably right; of no votes, as of all."""
    hits = np.zeros(votes.annotator_count)
    given = np.zeros(votes.annotator_count)
    columns = votes.annotators, votes.labels
    agree(votes.starts, columns, _weights(votes), posterior, hits, given)
    usual = hits.sum() / max(given.sum(), 1.0)
    return np.divide(hits, given, out=np.full(given.size, usual), where=given > 0)


def _weights(votes: Votes) -> Floats:
    return np.empty(0) if votes.weights is None else votes.weights
