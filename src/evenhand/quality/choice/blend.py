"""Blending what several estimators say, each as much as it predicts votes."""

import numpy as np

from evenhand.quality.choice.counted import skills
from evenhand.quality.choice.em import Passes
from evenhand.quality.choice.fit import Fit, Known
from evenhand.quality.choice.hierarchical import rates_of
from evenhand.quality.codes import Floats
from evenhand.quality.votes import Votes

# Weights begin equal and move towards those under which hidden votes are likeliest. Few turns keep
# some weight with all: predicting votes well is not yet being right.
TURNS = 10


def weights_of(likely: Floats) -> Floats:
    """Weigh candidates (columns) by how likely each made the hidden votes (rows)."""
    weights = np.full(likely.shape[1], 1 / likely.shape[1])
    for _ in range(TURNS if likely.shape[0] else 0):
        shared = likely * weights
        shared /= shared.sum(axis=1, keepdims=True)
        weights = shared.mean(axis=0)
    return weights


def fit_of(
    votes: Votes, known: Known, posterior: Floats, parts: tuple[Fit, ...], sentence: str | None
) -> Fit:
    """Describe annotators by what a blend of these fits takes to be true."""
    if known.gold is not None:
        tasks = np.flatnonzero((known.gold >= 0) & (np.diff(votes.starts) > 0))
        posterior[tasks] = 0.0
        posterior[tasks, known.gold[tasks]] = 1.0
    counted = Passes(votes, known).count(posterior)
    rates = rates_of(counted)
    return Fit(
        posterior=posterior,
        prior=rates.prior,
        confusion=np.ascontiguousarray(rates.said.transpose(0, 2, 1)),
        skill=skills(counted),
        log_likelihood=None,
        iterations=max(part.iterations for part in parts),
        converged=all(part.converged for part in parts),
        degenerate=sentence,
    )
