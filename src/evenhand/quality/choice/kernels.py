"""The loops through all votes, which the estimators of choices have in common."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evenhand.quality.codes import Codes, Floats, Ints
from evenhand.quality.compiled import compiled, inlined

# Products of so many rates stay far above the least number there is; beyond, logarithms add.
FACTORS_MAX = 8
SMALL = 1e-100
ONE, TWO, THREE, FOUR, FIVE = (np.uint64(step) for step in range(1, 6))


class Rows(NamedTuple):
    """Votes grouped by task, each with its cell `(annotator * labels + label) * labels`.

    `weights` is empty where every vote weighs one, and `gold` where no label is known.
    """

    starts: Ints
    cells: Codes
    weights: Floats
    gold: Codes


class Rates(NamedTuple):
    """How common each label is, and how often it is said at `[cell + truth]`."""

    prior: Floats
    said: Floats


class Sums(NamedTuple):
    """What a pass adds up: who said what, in the layout of the rates, and what was true.

    `posterior`, unless it is empty, becomes how probable each label is for each task.
    """

    said: Floats
    truth: Floats
    posterior: Floats


@compiled
def multiply(
    starts: Ints,
    cells: Codes,
    left_out: NDArray[np.uint8],
    rates: Rates,
    sums: Sums,
    span: tuple[int, int],
) -> float:
    """Find tasks' probable labels (the E step), and add up what was said (for the M step).

    Goes through a span of the tasks, all but those left out, whose votes are few and weigh one
    each. Returns the log-likelihood of the votes.
    """
    prior, rate = rates
    said, truth, posterior = sums
    current = np.empty(prior.size)
    written = np.uint64(posterior.shape[1])  # none of the labels, where nothing is to be written
    logarithm, product = 0.0, 1.0
    # Numbers without a sign need no check for places counted from the end.
    for task in range(np.uint64(span[0]), np.uint64(span[1])):
        if left_out[task]:
            continue
        votes = np.uint64(starts[task]), np.uint64(starts[task + ONE])
        total = likelihoods(cells, votes, prior, rate, current)
        product *= total
        if product < SMALL:
            logarithm += np.log(product)
            product = 1.0
        share = 1 / total
        count_said(cells, votes, current, share, (truth, said))
        for label in range(written):
            posterior[task, label] = current[label] * share
    return logarithm + np.log(product)


@inlined
def likelihoods(
    cells: Codes, votes: tuple[np.uint64, np.uint64], prior: Floats, rate: Floats, current: Floats
) -> float:
    """Multiply how likely each vote is, for each label that might be true; return the sum.

    Four labels at a time stay in the processor's registers while a task's votes pass by, or five
    where one would be left over.
    """
    width = np.uint64(prior.size)
    label, total = np.uint64(0), 0.0
    while label + FOUR <= width:
        five = label + FIVE == width
        a, b = prior[label], prior[label + ONE]
        c, d = prior[label + TWO], prior[label + THREE]
        e = prior[label + FOUR] if five else 0.0
        for row in range(votes[0], votes[1]):
            at = np.uint64(cells[row]) + label
            a, b = a * rate[at], b * rate[at + ONE]
            c, d = c * rate[at + TWO], d * rate[at + THREE]
            if five:
                e *= rate[at + FOUR]
        current[label], current[label + ONE] = a, b
        current[label + TWO], current[label + THREE] = c, d
        total += (a + b) + (c + d)
        label += FOUR
        if five:
            current[label] = e
            total += e
            label += ONE
    while label < width:
        a = prior[label]
        for row in range(votes[0], votes[1]):
            a *= rate[np.uint64(cells[row]) + label]
        current[label] = a
        total += a
        label += ONE
    return total


@inlined
def count_said(
    cells: Codes,
    votes: tuple[np.uint64, np.uint64],
    current: Floats,
    share: float,
    sums: tuple[Floats, Floats],
) -> None:
    """Count what was true and what was said, by likelihoods and what makes them probabilities."""
    truth, said = sums
    width = np.uint64(current.size)
    label = np.uint64(0)
    while label + FOUR <= width:
        five = label + FIVE == width
        a, b = current[label] * share, current[label + ONE] * share
        c, d = current[label + TWO] * share, current[label + THREE] * share
        e = current[label + FOUR] * share if five else 0.0
        truth[label] += a
        truth[label + ONE] += b
        truth[label + TWO] += c
        truth[label + THREE] += d
        for row in range(votes[0], votes[1]):
            at = np.uint64(cells[row]) + label
            said[at] += a
            said[at + ONE] += b
            said[at + TWO] += c
            said[at + THREE] += d
            if five:
                said[at + FOUR] += e
        label += FOUR
        if five:
            truth[label] += e
            label += ONE
    while label < width:
        a = current[label] * share
        truth[label] += a
        for row in range(votes[0], votes[1]):
            said[np.uint64(cells[row]) + label] += a
        label += ONE


@compiled
def add_logarithms(tasks: Ints, rows: Rows, logs: Rates, sums: Sums) -> float:
    """Do what `multiply` does for these tasks, however many their votes are and weigh.

    `logs` are the logarithms of the rates. A task whose label is known has that label.
    """
    starts, cells, weights, gold = rows
    said, truth, posterior = sums
    width = np.uint64(truth.size)
    current = np.empty(truth.size)
    likelihood = 0.0
    for task in tasks:
        current[:] = logs.prior
        for row in range(starts[task], starts[task + 1]):
            at = np.uint64(cells[row])
            weight = weights[row] if weights.size > 0 else 1.0
            for label in range(width):
                current[label] += weight * logs.said[at + label]
        known = int(gold[task]) if gold.size > 0 else -1
        likelihood += certain(current, known) if known >= 0 else exponentials(current)
        for label in range(width):
            truth[label] += current[label]
        for label in range(posterior.shape[1]):
            posterior[task, label] = current[label]
        for row in range(starts[task], starts[task + 1]):
            at = np.uint64(cells[row])
            weight = weights[row] if weights.size > 0 else 1.0
            for label in range(width):
                said[at + label] += weight * current[label]
    return likelihood


@compiled
def exponentials(current: Floats) -> float:
    """Turn logarithms into probabilities, and return the logarithm of their sum."""
    top = current.max()
    total = 0.0
    for label in range(current.size):
        current[label] = np.exp(current[label] - top)
        total += current[label]
    for label in range(current.size):
        current[label] /= total
    return top + np.log(total)


@compiled
def certain(current: Floats, known: int) -> float:
    """Leave the known label alone, and return the logarithm of its likelihood."""
    logarithm = current[known]
    current[:] = 0.0
    current[known] = 1.0
    return logarithm


@compiled
def add_known(tasks: Ints, rows: Rows, sums: Sums) -> None:
    """Add up what was said of these tasks when they are what the posterior says."""
    starts, cells, weights, _ = rows
    said, truth, posterior = sums
    width = np.uint64(truth.size)
    for task in tasks:
        for label in range(width):
            truth[label] += posterior[task, label]
        for row in range(starts[task], starts[task + 1]):
            at = np.uint64(cells[row])
            weight = weights[row] if weights.size > 0 else 1.0
            for label in range(width):
                said[at + label] += weight * posterior[task, label]


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


@compiled
def lead_of(posterior: Floats, ahead: Floats) -> None:
    """Write how far each task's most probable label is ahead of the next."""
    for task in range(posterior.shape[0]):
        first, second = 0.0, 0.0
        for label in range(posterior.shape[1]):
            share = posterior[task, label]
            if share > first:
                first, second = share, first
            elif share > second:
                second = share
        ahead[task] = first - second
