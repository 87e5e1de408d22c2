"""The loops through all votes, which the estimators of choices have in common."""

from typing import NamedTuple, TypeAlias

import numpy as np

from evenhand.quality.codes import Floats, Ints
from evenhand.quality.compiled import compiled
from evenhand.quality.frame import Codes

# Products of so many rates stay far above the least number there is; beyond, logarithms add.
FACTORS_MAX = 8
SMALL = 1e-100


class Rows(NamedTuple):
    """Votes grouped by task, each with its key `annotator * labels + label`.

    `weights` is empty where every vote weighs one, and `gold` where no label is known.
    """

    starts: Ints
    keys: Codes
    labels: Codes
    weights: Floats
    gold: Codes


class Rates(NamedTuple):
    """How common each label is, how often it is said at `[key * labels + truth]`, and the logs."""

    prior: Floats
    said: Floats
    log_prior: Floats
    log_said: Floats


class Sums(NamedTuple):
    """What a pass adds up: who said what, in the layout of the rates, and what was true.

    `posterior`, unless it is empty, becomes how probable each label is for each task.
    """

    said: Floats
    truth: Floats
    posterior: Floats


# An array, or a tuple of as many zeros as there are labels: of that the compiler knows the
# length, and makes code for just so many labels, in half the time.
Room: TypeAlias = Floats | tuple[float, ...]


@compiled
def sweep(rows: Rows, rates: Rates, sums: Sums, room: Room, span: tuple[int, int]) -> float:
    """Find each task's probable label (the E step), and add up what was said (for the M step).

    Goes through a span of the tasks and returns the log-likelihood of their votes. Without rates,
    the truth is taken to be what the votes' shares say.
    """
    starts, keys, labels, weights, gold = rows
    prior, rate, log_prior, log_rate = rates
    said, truth, posterior = sums
    current = np.empty(len(room))
    logarithm, product = 0.0, 1.0
    for task in range(span[0], span[1]):
        if starts[task] == starts[task + 1]:
            continue
        vote = keys[starts[task] : starts[task + 1]]
        weight = weights[starts[task] : starts[task + 1]]
        if rate.size == 0:
            count(labels[starts[task] : starts[task + 1]], weight, current)
        elif vote.size <= FACTORS_MAX and all_weigh_one(weight):
            multiply(vote, prior, rate, current, room)
        else:
            logarithm += add_logarithms(vote, weight, log_prior, log_rate, current)
        if gold.size > 0 and gold[task] >= 0:
            logarithm += certain(current, gold[task])
        total = add_up(vote, weight, current, said, truth, room)
        if posterior.size > 0:
            posterior[task] = current
        product *= total
        if product < SMALL:
            logarithm += np.log(product)
            product = 1.0
    return logarithm + np.log(product)


@compiled
def multiply(vote: Codes, prior: Floats, rate: Floats, current: Floats, room: Room) -> None:
    """Multiply how likely each vote is, for each label that might be true."""
    # Numbers without a sign need no check for places counted from the end.
    width = np.uint64(len(room))
    for label in range(width):
        current[label] = prior[label]
    for key in vote:
        at = np.uint64(key) * width
        for label in range(width):
            current[label] *= rate[at + label]


@compiled
def add_logarithms(
    vote: Codes, weight: Floats, log_prior: Floats, log_rate: Floats, current: Floats
) -> float:
    """Find how likely the votes are over the best label; return the logarithm for that one."""
    width = np.uint64(current.size)
    current[:] = log_prior
    for row in range(vote.size):
        at = np.uint64(vote[row]) * width
        once = weight[row] if weight.size > 0 else 1.0
        for label in range(width):
            current[label] += once * log_rate[at + label]
    top = current.max()
    for label in range(width):
        current[label] = np.exp(current[label] - top)
    return top


@compiled
def add_up(
    vote: Codes, weight: Floats, current: Floats, said: Floats, truth: Floats, room: Room
) -> float:
    """Make likelihoods probabilities, and count what was said by them; return their sum."""
    width = np.uint64(len(room))
    total = 0.0
    for label in range(width):
        total += current[label]
    share = 1 / total
    for label in range(width):
        current[label] *= share
        truth[label] += current[label]
    for row in range(vote.size):
        at = np.uint64(vote[row]) * width
        once = weight[row] if weight.size > 0 else 1.0
        for label in range(width):
            said[at + label] += once * current[label]
    return total


@compiled
def all_weigh_one(weight: Floats) -> bool:
    """Say whether the votes of a task all count in full."""
    return weight.size == 0 or weight.min() == 1.0


@compiled
def count(labels: Codes, weights: Floats, current: Floats) -> None:
    """Count the votes for each label."""
    current[:] = 0.0
    for row in range(labels.size):
        current[labels[row]] += weights[row] if weights.size > 0 else 1.0


@compiled
def certain(current: Floats, gold: int) -> float:
    """Leave the known label alone; return the logarithm of its likelihood."""
    likelihood = max(current[gold], SMALL)
    current[:] = 0.0
    current[gold] = 1.0
    return np.log(likelihood)


@compiled
def tally(starts: Ints, labels: Codes, weights: Floats, posterior: Floats) -> None:
    """Write each label's share of the votes on each task; zero where there are none."""
    posterior[:] = 0.0
    for task in range(starts.size - 1):
        total = 0.0
        for row in range(starts[task], starts[task + 1]):
            weight = weights[row] if weights.size > 0 else 1.0
            posterior[task, labels[row]] += weight
            total += weight
        if total > 0.0:
            for label in range(posterior.shape[1]):
                posterior[task, label] /= total


@compiled
def agree(
    starts: Ints,
    columns: tuple[Codes, Codes],
    weights: Floats,
    posterior: Floats,
    hits: Floats,
    votes: Floats,
) -> None:
    """Add up each annotator's votes, and how many of them are probably right."""
    annotators, labels = columns
    for task in range(starts.size - 1):
        for row in range(starts[task], starts[task + 1]):
            weight = weights[row] if weights.size > 0 else 1.0
            votes[annotators[row]] += weight
            hits[annotators[row]] += weight * posterior[task, labels[row]]
