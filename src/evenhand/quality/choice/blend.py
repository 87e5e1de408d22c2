"""Blending what several estimators say, each as much as it predicts votes."""

import numpy as np

from evenhand.quality.choice.counted import skills
from evenhand.quality.choice.em import Passes
from evenhand.quality.choice.fit import Fit, Known
from evenhand.quality.choice.hierarchical import rates_of
from evenhand.quality.codes import Floats
from evenhand.quality.votes import Votes


def weights_of(likely: Floats) -> Floats:
    """Weigh candidates (columns) by how likely each made the hidden votes (rows).

    The best predictor has the most weight. Another has less by a factor e for each standard error
    that it lies behind: what the votes cannot tell apart counts alike, since to predict votes a
    little better is not yet to be right more often.
    """
    candidates = int(likely.shape[1])
    if likely.shape[0] < 2:
        return np.full(candidates, 1 / candidates)
    logs = np.log(likely)
    behind = logs - logs[:, [int(logs.mean(axis=0).argmax())]]
    error: Floats = behind.std(axis=0, ddof=1) / np.sqrt(likely.shape[0])
    lag: Floats = np.divide(behind.mean(axis=0), error, out=np.zeros(candidates), where=error > 0)
    weights = np.exp(lag)
    return weights / weights.sum()


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
