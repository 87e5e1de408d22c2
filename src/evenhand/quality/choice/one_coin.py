"""Dawid and Skene's model with one figure an annotator: how often they are right.

Y. Zhang, X. Chen, D. Zhou and M. I. Jordan, "Spectral Methods Meet EM: A Provably Optimal
Algorithm for Crowdsourcing", Journal of Machine Learning Research 17 (2016), 1-44.
https://doi.org/10.48550/arXiv.1406.3824
"""

from evenhand.quality.choice.counted import by_coin
from evenhand.quality.choice.em import fitted
from evenhand.quality.choice.fit import NOTHING_KNOWN, Fit, Known, Limits
from evenhand.quality.votes import Votes


def one_coin(votes: Votes, known: Known = NOTHING_KNOWN, limits: Limits = Limits()) -> Fit:  # noqa: B008
    """Fit by EM from the vote shares; every wrong label is as likely as the next."""
    return fitted(votes, known, limits, by_coin)
