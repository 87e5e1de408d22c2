"""Worker agreement with aggregate: a majority vote weighted by agreement with the majority.

The definition is that of crowd-kit's `Wawa`, up to ties: there the first label by name is taken for
the majority, here each of those that share the lead is right in so many parts.
"""

import numpy as np

from evenhand.quality.choice.fit import NOTHING_KNOWN, Fit, Known, Limits
from evenhand.quality.choice.zero_based import Weighing
from evenhand.quality.votes import Votes


def wawa(
    votes: Votes,
    known: Known = NOTHING_KNOWN,
    limits: Limits = Limits(),  # noqa: B008
) -> Fit:
    """Weigh each vote by how often its annotator agrees with the majority; it has no iterations.

    There is no model of the votes behind it, hence no likelihood and no confusions; the
    probabilities are shares of weight.
    """
    del limits  # two passes, whatever is asked
    weighing = Weighing(votes, known)
    skills = weighing.agreement(np.ones(votes.annotator_count))
    return weighing.fit(skills, iterations=1, converged=True)
