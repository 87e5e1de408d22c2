"""Is one more vote needed, and whose would help most: both from the label's probability."""

import numpy as np

from evenhand.quality.codes import Floats

_LEAST = 1e-300  # a probability of zero has no logarithm


def belief(likelihoods: Floats, shares: Floats) -> Floats:
    """Say how probable each label is, given votes; in whatever order they came.

    `likelihoods[vote, truth]` is how likely that vote is where a label is true, `shares` how
    common each label is.
    """
    scores = np.log(np.maximum(likelihoods, _LEAST))
    # Sorted before they are summed, so that the order of votes cannot show in the last digit.
    scores = np.sort(scores, axis=0).sum(axis=0) + np.log(np.maximum(shares, _LEAST))
    found = np.exp(scores - scores.max())
    return found / found.sum()


def information_gain(probabilities: Floats, rates: Floats) -> Floats:
    """Expect how much surer (in nats) each annotator's vote would make us of a task.

    `rates[annotator, truth, label]` is what each is expected to say. Nobody's vote is expected
    to make us less sure, and whoever says anything at random adds nothing.
    """
    joint = probabilities[None, :, None] * rates
    says = joint.sum(axis=1)
    after = joint / np.maximum(says, _LEAST)[:, None, :]
    left = (says * _entropy(after, axis=1)).sum(axis=1)
    return np.maximum(_entropy(probabilities, axis=0) - left, 0.0)


def _entropy(probabilities: Floats, *, axis: int) -> Floats:
    return -(probabilities * np.log(np.maximum(probabilities, _LEAST))).sum(axis=axis)
