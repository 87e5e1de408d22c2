"""Chains of tags: how likely each tag is of each piece, and which tags are the likeliest.

Of `2 * labels + 3` true tags the first is outside, then come the beginnings of spans by label,
then their insides, and last outside right after a span, and right before one.
"""

from typing import NamedTuple

import numpy as np

from evenhand.quality.codes import Floats, Ints
from evenhand.quality.compiled import compiled

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


@compiled
def _evidence(seen: Views, said: Floats, piece: int, closes: bool, scores: Floats) -> None:
    scores[:] = 0.0
    for view in range(seen.views[piece], seen.views[piece + 1]):
        row = said[seen.annotators[view], seen.said[view]]
        for tag in range(scores.size):
            scores[tag] += row[tag]
    if closes:
        scores[1 : scores.size - 2] = -np.inf
        scores[scores.size - 1] = -np.inf


@compiled
def forward_backward(seen: Views, rates: Rates, expected: Expected) -> float:
    """Fill in what is expected of each piece, and return the log-likelihood of all that is said."""
    tags = rates.follows.shape[0]
    gained = 0.0
    for chain in range(seen.chains.size - 1):
        first, size = seen.chains[chain], seen.chains[chain + 1] - seen.chains[chain]
        evidence, ahead, behind = (
            np.empty((size, tags)),
            np.empty((size, tags)),
            np.empty((size, tags)),
        )
        for at in range(size):
            _evidence(seen, rates.said, first + at, at == size - 1, evidence[at])
            top = evidence[at].max()
            evidence[at] = np.exp(evidence[at] - top)
            for tag in range(tags):
                came = rates.follows[0, tag]
                if at > 0:
                    came = 0.0
                    for before in range(tags):
                        came += ahead[at - 1, before] * rates.follows[before, tag]
                ahead[at, tag] = came * evidence[at, tag]
            total = ahead[at].sum()
            ahead[at] /= total
            gained += top + np.log(total)
        behind[size - 1] = 1.0
        for at in range(size - 2, -1, -1):
            _step_back(rates.follows, evidence[at + 1] * behind[at + 1], behind[at])
        for at in range(size):
            likely = ahead[at] * behind[at]
            likely /= likely.sum()
            expected.tags[first + at] = likely
            if at == 0:
                expected.follows[0] += likely
            if at < size - 1:
                _count_steps(
                    rates.follows,
                    evidence[at + 1] * behind[at + 1],
                    likely,
                    expected.goes_on[first + at],
                    expected.follows,
                )
            for view in range(seen.views[first + at], seen.views[first + at + 1]):
                expected.said[seen.annotators[view], seen.said[view]] += likely
    return gained


@compiled
def _step_back(follows: Floats, coming: Floats, behind: Floats) -> None:
    for tag in range(behind.size):
        total = 0.0
        for later in range(behind.size):
            total += follows[tag, later] * coming[later]
        behind[tag] = total
    behind /= behind.sum()


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
    steps = np.log(np.maximum(rates.follows, 1e-300))
    scores = np.empty(tags)
    for chain in range(seen.chains.size - 1):
        first, size = seen.chains[chain], seen.chains[chain + 1] - seen.chains[chain]
        best = np.empty((size, tags))
        came = np.zeros((2, size, tags), dtype=np.int64)
        for at in range(size):
            _evidence(seen, rates.said, first + at, at == size - 1, scores)
            for tag in range(tags):
                if at == 0:
                    best[at, tag] = scores[tag] + steps[0, tag]
                else:
                    ways = best[at - 1] + steps[:, tag]
                    came[0, at, tag], came[1, at, tag] = _ends_of_lead(ways)
                    best[at, tag] = scores[tag] + ways.max()
        final = best[size - 1]
        paths[0, first + size - 1], paths[1, first + size - 1] = _ends_of_lead(final)
        for side in range(2):
            for at in range(size - 1, 0, -1):
                paths[side, first + at - 1] = came[side, at, paths[side, first + at]]


@compiled
def _ends_of_lead(scores: Floats) -> tuple[int, int]:
    top = scores.max() - _TIE
    low, high = -1, 0
    for at in range(scores.size):
        if scores[at] >= top:
            high = at
            if low < 0:
                low = at
    return low, high
