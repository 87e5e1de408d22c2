"""Independent Bayesian classifier combination: Dawid and Skene's model, with its doubts kept.

H.-C. Kim and Z. Ghahramani, "Bayesian Classifier Combination", International Conference on
Artificial Intelligence and Statistics 2012; its variational inference is of E. Simpson, S. Roberts,
I. Psorakis and A. Smith, "Dynamic Bayesian Combination of Multiple Imperfect Classifiers", in
"Decision Making and Imperfection", Springer 2013, doi:10.1007/978-3-642-36406-8_1. Annotators
with few votes stay near the prior, where Dawid and Skene's estimate believes every accident.
"""

import numpy as np

from evenhand.quality.choice.ebcc import prior_of, variational
from evenhand.quality.choice.fit import NOTHING_KNOWN, Fit, Known, Limits
from evenhand.quality.votes import Votes


def ibcc(
    votes: Votes,
    known: Known = NOTHING_KNOWN,
    limits: Limits = Limits(),  # noqa: B008
) -> Fit:
    """Fit from the vote shares; `log_likelihood` is a bound: the evidence is above it."""
    # With one subtype to each label, the enhanced model is this one.
    undivided = np.ones((votes.task_count, 1))
    return variational(votes, known, limits, prior_of(votes, known, 1), undivided)
