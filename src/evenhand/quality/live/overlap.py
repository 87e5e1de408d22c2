"""Is one more vote needed, and whose would help most: both from the label's probability.

Votes on one task are not independent beyond what is true: what makes a task hard misleads many at
once. So many votes tell as much as fewer independent ones would, by Kish's design effect: L. Kish,
"Survey Sampling" (1965), section 5.4.
"""

import math
from typing import TypeVar

import numpy as np

from evenhand.quality.codes import Floats

# How alike votes on one task are beyond what is true, before anything is known of it.
DEPENDENCE_UNKNOWN = 0.1
# Before a project knows so many votes, it does not foretell what further ones would say.
STEADY_FROM_VOTES = 200
# Of the tasks this share gets all its votes, whatever they say: from votes that stopped where they
# agreed it could not be told how much they depend on each other.
CALIBRATION_SHARE = 0.05
_LEAST = 1e-300  # a probability of zero has no logarithm

_Number = TypeVar("_Number", float, Floats)


def design_effect(votes: _Number, dependence: float) -> _Number:
    """Say how many of so many votes (one at least) tell as much as one that depends on no other."""
    return 1 + (votes - 1) * dependence


def belief(likelihoods: Floats, shares: Floats, dependence: float = 0.0) -> Floats:
    """Say how probable each label is, given votes; in whatever order they came.

    `likelihoods[vote, truth]` is how likely that vote is where a label is true, `shares` how
    common each label is, `dependence` (0 to 1) how much votes on one task depend on each other.
    """
    scores = _summed(likelihoods) / design_effect(max(len(likelihoods), 1), dependence) + _logs(
        shares
    )
    found = np.exp(scores - scores.max())
    return found / found.sum()


def steadiness(
    likelihoods: Floats, shares: Floats, usual: Floats, *, left: int, dependence: float = 0.0
) -> float:
    """Say how probable it is that so many more votes would leave the same label in the lead.

    Those who would give them err as the `usual` annotator does (`usual[truth, label]`). Their
    votes together are taken to be normal, of a spread that grows with their dependence.
    """
    if left <= 0:
        return 1.0
    votes, summed = len(likelihoods), _summed(likelihoods)
    probable = belief(likelihoods, shares, dependence)
    leader = int(probable.argmax())
    logs = _logs(usual)
    # What a vote adds to the leader's lead on each rival, by what is true: mean and variance.
    gains = logs[leader] - logs
    mean = usual @ gains.T
    variance = np.maximum(usual @ (gains**2).T - mean**2, 0.0)
    weight = design_effect(votes + left, dependence)
    lead = (summed[leader] - summed + left * mean) / weight + _logs(shares)[leader] - _logs(shares)
    spread = np.sqrt(left * variance * design_effect(left, dependence)) / weight
    margins = lead / np.maximum(spread, 1e-9)
    margins[:, leader] = np.inf
    # Rivals are taken to overtake the leader one by one, which errs towards doubt.
    overtaken = np.minimum(_beyond(margins).sum(axis=1), 1.0)
    return float(1 - probable @ overtaken)


def _beyond(margins: Floats) -> Floats:
    """Say how much of a normal distribution lies beyond so many standard deviations."""
    halves = [math.erfc(margin / math.sqrt(2)) / 2 for margin in margins.ravel().tolist()]
    return np.array(halves).reshape(margins.shape)


def _summed(likelihoods: Floats) -> Floats:
    # Sorted before they are summed, so that the order of votes cannot show in the last digit.
    return np.sort(_logs(likelihoods), axis=0).sum(axis=0)


def _logs(rates: Floats) -> Floats:
    return np.log(np.maximum(rates, _LEAST))


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
