"""How annotators mistake one label for another, as counts that say how sure that is.

A record is counts, not a rate: behind each row of it stands a Dirichlet distribution, whose
mean is the chance that the annotator's *next* vote says a label. A task has one vote of each
annotator, so the chance of several votes together is exactly the product of such means: how
uncertain the skill is enters the probability of a label, and a short record says little.
"""

from dataclasses import dataclass

import numpy as np

from evenhand.quality.codes import Floats

CLASSES_MAX = 64  # labels; past that a record of each pair is mostly empty and costs its square

# Before anything is known an annotator is taken to be right this often, and to be so on the
# evidence of this many votes.
ACCURACY_UNKNOWN = 0.7
VOTES_BEFORE = 4.0
# Some tasks mislead everyone, however good the record: a share of every vote says nothing.
SLIPS = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusions:
    """Counts by codes; fractions are fine.

    `said[a, truth, label]` is how often annotator `a` said a label where another was true,
    `usual[truth, label]` the same of all who ever voted, and `truths[truth]` how many tasks
    had each label.
    """

    said: Floats
    usual: Floats
    truths: Floats


def nothing_known(annotators: int, classes: int) -> Confusions:
    """Begin without any vote."""
    return Confusions(
        said=np.zeros((annotators, classes, classes)),
        usual=np.zeros((classes, classes)),
        truths=np.zeros(classes),
    )


def usual_rates(usual: Floats) -> Floats:
    """Say how a stranger names each label: as all did so far, or nearly as `ACCURACY_UNKNOWN`."""
    classes = usual.shape[0]
    right = float(np.trace(usual)) + VOTES_BEFORE * ACCURACY_UNKNOWN
    accuracy = right / (float(usual.sum()) + VOTES_BEFORE)
    before = np.full((classes, classes), (1 - accuracy) / max(classes - 1, 1))
    np.fill_diagonal(before, accuracy)
    return (usual + VOTES_BEFORE * before) / (usual.sum(axis=1, keepdims=True) + VOTES_BEFORE)


def expected_rates(known: Confusions) -> Floats:
    """Expect what each annotator says next, by annotator, truth and label.

    Short records are drawn towards the usual, so an annotator without any is a stranger.
    """
    before = VOTES_BEFORE * usual_rates(known.usual)
    rates = (known.said + before) / (known.said.sum(axis=2, keepdims=True) + VOTES_BEFORE)
    return with_slips(rates, known.truths.size)


def with_slips(rates: Floats, classes: int) -> Floats:
    """Take from every rate the share of votes that say nothing."""
    return (1 - SLIPS) * rates + SLIPS / max(classes, 1)


def expected_shares(truths: Floats) -> Floats:
    """Expect how common each label is among the tasks to come."""
    return (truths + 1) / (truths.sum() + truths.size)
