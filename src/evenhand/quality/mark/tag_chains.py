"""Chains of tags: how likely each tag is of each piece, and which tags are the likeliest.

Of `2 * labels + 3` true tags the first is outside, then come the beginnings of spans by label,
then their insides, and last outside right after a span, and right before one.
"""

from typing import NamedTuple

import numpy as np

from evenhand.quality.codes import Floats, Ints
from evenhand.quality.compiled import compiled

_FAINTEST = 1e-300  # a probability whose logarithm still is a number
_TIE = 1e-9  # of a logarithm of probability: likelihoods this close are equal


class Views(NamedTuple):
    """What the loops walk through: chains of pieces, and who said what of each piece."""

    chains: Ints
    views: Ints
    annotators: Ints
    said: Ints


class Rates(NamedTuple):
    """Logarithms of how likely each annotator says what of which tag; which tag follows which."""

    said: Floats
    follows: Floats


class Expected(NamedTuple):
    """What the loops find: of each piece how likely each tag is, and that it goes on."""

    tags: Floats
    goes_on: Floats
    follows: Floats
    said: Floats


# Loops here go number by number: each sum of whole arrays would be compiled for itself, which
# makes the first call of all wait for seconds.


@compiled
def _evidence(seen: Views, said: Floats, piece: int, closes: bool, scores: Floats) -> None:
    tags = scores.size
    for tag in range(tags):
        scores[tag] = -np.inf if closes and 0 < tag != tags - 2 else 0.0
    for view in range(seen.views[piece], seen.views[piece + 1]):
        for tag in range(tags):
            scores[tag] += said[seen.annotators[view], seen.said[view], tag]


@compiled
def _normalised(values: Floats) -> float:
    """Divide values by their sum, in place, and return it."""
    total = 0.0
    for value in values:
        total += value
    for at in range(values.size):
        values[at] /= total
    return total


@compiled
def forward_backward(seen: Views, rates: Rates, expected: Expected) -> float:
    """Fill in what is expected of each piece, and return the log-likelihood of all that is said."""
    tags = rates.follows.shape[0]
    gained = 0.0
    coming = np.empty(tags)
    for chain in range(seen.chains.size - 1):
        first, size = seen.chains[chain], seen.chains[chain + 1] - seen.chains[chain]
        evidence = np.empty((size, tags))
        ahead, behind = np.empty((size, tags)), np.empty((size, tags))
        for at in range(size):
            _evidence(seen, rates.said, first + at, at == size - 1, evidence[at])
            gained += _exponentials(evidence[at])
            _step_ahead(rates.follows, ahead[max(at - 1, 0)], at == 0, ahead[at])
            for tag in range(tags):
                ahead[at, tag] *= evidence[at, tag]
            gained += np.log(_normalised(ahead[at]))
        for at in range(size - 1, -1, -1):
            for tag in range(tags):
                behind[at, tag] = 1.0
                if at < size - 1:
                    coming[tag] = evidence[at + 1, tag] * behind[at + 1, tag]
            if at < size - 1:
                _step_back(rates.follows, coming, behind[at])
            likely = expected.tags[first + at]
            for tag in range(tags):
                likely[tag] = ahead[at, tag] * behind[at, tag]
            _normalised(likely)
            if at < size - 1:
                goes_on = expected.goes_on[first + at]
                _count_steps(rates.follows, coming, likely, goes_on, expected.follows)
            _count_said(seen, first + at, likely, expected.said)
        for tag in range(tags):
            expected.follows[0, tag] += expected.tags[first, tag]
    return gained


@compiled
def _exponentials(logs: Floats) -> float:
    """Take exponentials, in place, of how far each is below the top, and return the top."""
    top = -np.inf
    for log in logs:
        top = max(top, log)
    for at in range(logs.size):
        logs[at] = np.exp(logs[at] - top)
    return top


@compiled
def _count_said(seen: Views, piece: int, likely: Floats, said: Floats) -> None:
    for view in range(seen.views[piece], seen.views[piece + 1]):
        for tag in range(likely.size):
            said[seen.annotators[view], seen.said[view], tag] += likely[tag]


@compiled
def _step_ahead(follows: Floats, before: Floats, opens: bool, ahead: Floats) -> None:
    for tag in range(ahead.size):
        ahead[tag] = follows[0, tag]
        if not opens:
            ahead[tag] = 0.0
            for earlier in range(ahead.size):
                ahead[tag] += before[earlier] * follows[earlier, tag]


@compiled
def _step_back(follows: Floats, coming: Floats, behind: Floats) -> None:
    for tag in range(behind.size):
        total = 0.0
        for later in range(behind.size):
            total += follows[tag, later] * coming[later]
        behind[tag] = total
    _normalised(behind)


@compiled
def _count_steps(
    follows: Floats, coming: Floats, likely: Floats, goes_on: Floats, steps: Floats
) -> None:
    """Count which tag follows each, and say how likely a span goes on from it."""
    tags = likely.size
    labels = (tags - 3) // 2
    for tag in range(tags):
        total = 0.0
        for later in range(tags):
            total += follows[tag, later] * coming[later]
        if total <= 0.0:
            continue
        for later in range(tags):
            steps[tag, later] += likely[tag] * follows[tag, later] * coming[later] / total
        if 0 < tag <= 2 * labels:
            inside = tag if tag > labels else tag + labels
            goes_on[tag] = follows[tag, inside] * coming[inside] / total


@compiled
def best_paths(seen: Views, rates: Rates, paths: Ints) -> None:
    """Find the most probable tags, twice: of equal ones the first each time, and the last."""
    tags = rates.follows.shape[0]
    scores, ways = np.empty(tags), np.empty(tags)
    steps = np.empty((tags, tags))
    for before in range(tags):
        for tag in range(tags):
            steps[before, tag] = np.log(max(rates.follows[before, tag], _FAINTEST))
    for chain in range(seen.chains.size - 1):
        first, size = seen.chains[chain], seen.chains[chain + 1] - seen.chains[chain]
        best = np.empty((size, tags))
        came = np.zeros((2, size, tags), dtype=np.int64)
        for at in range(size):
            _evidence(seen, rates.said, first + at, at == size - 1, scores)
            for tag in range(tags):
                for before in range(tags):
                    ways[before] = steps[before, tag]
                    if at > 0:
                        ways[before] += best[at - 1, before]
                low, high, top = _ends_of_lead(ways)
                came[0, at, tag], came[1, at, tag] = low, high
                best[at, tag] = scores[tag] + (ways[0] if at == 0 else top)
        low, high, _ = _ends_of_lead(best[size - 1])
        paths[0, first + size - 1], paths[1, first + size - 1] = low, high
        for side in range(2):
            for at in range(size - 1, 0, -1):
                paths[side, first + at - 1] = came[side, at, paths[side, first + at]]


@compiled
def _ends_of_lead(scores: Floats) -> tuple[int, int, float]:
    """Return the first and the last of the highest scores, and how high they are."""
    top = -np.inf
    for score in scores:
        top = max(top, score)
    low, high = -1, 0
    for at in range(scores.size):
        if scores[at] >= top - _TIE:
            high = at
            if low < 0:
                low = at
    return low, high, top
