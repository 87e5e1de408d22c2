"""Karger, Oh and Shah's message passing between tasks and annotators.

D. R. Karger, S. Oh and D. Shah, "Iterative Learning for Reliable Crowdsourcing Systems", Advances
in Neural Information Processing Systems 24 (2011); "Budget-Optimal Task Allocation for Reliable
Crowdsourcing Systems", Operations Research 62 (2014), 1-24, doi:10.1287/opre.2013.1235. A task
tells each annotator what the others say of it, and an annotator each task how right they were on
the others. The method knows two labels; of more, each is told from the rest, where a vote for
another label counts against it by one part in as many as there are other labels.
"""

import numpy as np

from evenhand.quality.choice.degenerate import degenerate
from evenhand.quality.choice.ebcc import Rows, rows_of
from evenhand.quality.choice.fit import NOTHING_KNOWN, Fit, Known, Limits
from evenhand.quality.codes import Floats
from evenhand.quality.compiled import compiled
from evenhand.quality.votes import Votes

SMALLEST = 1e-300  # below it messages are nought, and no scale brings them back


def kos(
    votes: Votes,
    known: Known = NOTHING_KNOWN,
    limits: Limits = Limits(),  # noqa: B008
) -> Fit:
    """Pass messages until they rest; all annotators begin as equally reliable.

    (The paper draws the first messages at random; with equal ones the first round is the majority
    vote, and the result depends on the votes alone.) There is no likelihood: the probabilities are
    shares of reliability, a gold task tells everyone its label, and an earlier record counts as
    messages of usual size.
    """
    return from_messages(votes, known, limits, np.ones(votes.size))


def from_messages(votes: Votes, known: Known, limits: Limits, messages: Floats) -> Fit:
    """Pass messages, the first of which are given: how reliable each vote's annotator is."""
    rows = rows_of(votes, known)
    labels = votes.label_count
    shares = np.zeros((votes.task_count, labels))
    rests = (0, True)
    # Of two labels, what is for one is against the other.
    for label in range(1 if labels == 2 else labels):
        score, iterations, rest = _passed(rows, known, limits, (label, labels, messages))
        shares[:, label] = (1 + (labels - 1) * score) / max(labels, 1)
        rests = max(rests[0], iterations), rests[1] and rest
    if labels == 2:
        shares[:, 1] = 1 - shares[:, 0]
    posterior = _settled(votes, known, shares)
    right = np.bincount(
        votes.annotators,
        weights=votes.weight() * posterior[votes.tasks(), votes.labels],
        minlength=votes.annotator_count,
    )
    total = np.bincount(votes.annotators, weights=votes.weight(), minlength=right.size)
    if known.counts is not None:
        right += np.trace(known.counts, axis1=1, axis2=2)
        total += known.counts.sum(axis=(1, 2))
    usual = right.sum() / max(total.sum(), 1.0)
    skill = np.divide(right, total, out=np.full(right.size, usual), where=total > 0)
    summed = posterior.sum(axis=0)
    return Fit(
        posterior=posterior,
        prior=summed / max(summed.sum(), 1.0),
        confusion=None,
        skill=skill,
        log_likelihood=None,
        iterations=rests[0],
        converged=rests[1],
        degenerate=degenerate(votes, known, posterior),
    )


def _passed(
    rows: Rows, known: Known, limits: Limits, start: tuple[int, int, Floats]
) -> tuple[Floats, int, bool]:
    """Pass messages about one label; return how much more is for it than against, of all."""
    label, labels, messages = start
    messages = messages.copy()
    against = -1 / max(labels - 1, 1)
    earlier = np.zeros(0)
    if known.counts is not None:
        earlier = known.counts[:, label, label].copy()
        others = [other for other in range(labels) if other != label]
        earlier -= known.counts[:, label][:, others].sum(axis=1) * -against
        earlier += known.counts[:, others][:, :, others].sum(axis=(1, 2)) * against**2
        earlier += known.counts[:, others, label].sum(axis=1) * against
    reliability = np.zeros(max(int(rows.annotators.max(initial=-1)) + 1, earlier.size))
    inferred = np.zeros(messages.size)
    iterations, rest = 0, messages.size == 0
    while iterations < limits.max_iterations and not rest:
        change = exchange(rows, (label, against), (messages, inferred), reliability, earlier)
        iterations += 1
        rest = change <= limits.tolerance
    score = np.zeros(rows.starts.size - 1)
    conclude(rows, (label, against), messages, score)
    return score, iterations, rest


def _settled(votes: Votes, known: Known, shares: Floats) -> Floats:
    """Make shares probabilities: none below nought, one in all, a known label certain."""
    posterior = np.maximum(shares, 0.0)
    total = posterior.sum(axis=1, keepdims=True)
    even = np.full_like(posterior, 1 / max(votes.label_count, 1))
    posterior = np.divide(posterior, total, out=even, where=total > 0)
    if known.gold is not None:
        tasks = np.flatnonzero(known.gold >= 0)
        posterior[tasks] = 0.0
        posterior[tasks, known.gold[tasks]] = 1.0
    posterior[np.diff(votes.starts) == 0] = 0.0
    return posterior


@compiled
def exchange(
    rows: Rows,
    sides: tuple[int, float],
    messages: tuple[Floats, Floats],
    reliability: Floats,
    earlier: Floats,
) -> float:
    """Send messages from tasks to annotators and back; returns how much the latter changed.

    They are scaled so that the greatest is one: only their proportions matter.
    """
    label, against = sides
    reliable, inferred = messages
    reliability[:] = 0.0
    size = np.sqrt((reliable * reliable).mean())
    for task in range(rows.starts.size - 1):
        start, end = rows.starts[task], rows.starts[task + 1]
        total = 0.0
        for row in range(start, end):
            side = 1.0 if rows.labels[row] == label else against
            weight = rows.weights[row] if rows.weights.size > 0 else 1.0
            total += weight * side * reliable[row]
        for row in range(start, end):
            side = 1.0 if rows.labels[row] == label else against
            weight = rows.weights[row] if rows.weights.size > 0 else 1.0
            inferred[row] = total - weight * side * reliable[row]
            if rows.gold.size > 0 and rows.gold[task] >= 0:
                inferred[row] = size if rows.gold[task] == label else against * size
            reliability[rows.annotators[row]] += weight * side * inferred[row]
    if earlier.size > 0:
        for annotator in range(earlier.size):
            reliability[annotator] += earlier[annotator] * size
    for row in range(reliable.size):
        side = 1.0 if rows.labels[row] == label else against
        weight = rows.weights[row] if rows.weights.size > 0 else 1.0
        inferred[row] = reliability[rows.annotators[row]] - weight * side * inferred[row]
    scale = max(np.abs(inferred).max(), SMALLEST)
    change = 0.0
    for row in range(reliable.size):
        next_one = inferred[row] / scale
        change = max(change, abs(next_one - reliable[row]))
        reliable[row] = next_one
    return change


@compiled
def conclude(rows: Rows, sides: tuple[int, float], reliable: Floats, score: Floats) -> None:
    """Weigh what is for a label against the rest, as a share of all weight.

    Votes that nothing vouches for are alike.
    """
    label, against = sides
    for task in range(rows.starts.size - 1):
        weighed, total, plain, count = 0.0, 0.0, 0.0, 0.0
        for row in range(rows.starts[task], rows.starts[task + 1]):
            side = 1.0 if rows.labels[row] == label else against
            weight = rows.weights[row] if rows.weights.size > 0 else 1.0
            weighed += weight * side * reliable[row]
            total += weight * abs(reliable[row])
            plain += weight * side
            count += weight
        if total > 0.0:
            score[task] = weighed / total
        elif count > 0.0:
            score[task] = plain / count
