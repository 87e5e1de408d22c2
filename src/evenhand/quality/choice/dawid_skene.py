"""Dawid and Skene's estimate of the truth and of each annotator's confusions.

A. P. Dawid and A. M. Skene, "Maximum Likelihood Estimation of Observer Error-Rates
Using the EM Algorithm", Journal of the Royal Statistical Society C 28 (1979), 20-28.
https://doi.org/10.2307/2346806
"""

from evenhand.quality.choice.counted import likeliest
from evenhand.quality.choice.em import fitted
from evenhand.quality.choice.fit import NOTHING_KNOWN, Fit, Known, Limits
from evenhand.quality.votes import Votes


def dawid_skene(votes: Votes, known: Known = NOTHING_KNOWN, limits: Limits = Limits()) -> Fit:  # noqa: B008
    """Fit by EM from the vote shares; the order of rows and the names of labels do not matter.

    Of a label that an annotator never met, their confusions say nothing.
    """
    return fitted(votes, known, limits, likeliest)
