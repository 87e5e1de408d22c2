"""Evidence by held-out votes: how well an estimator predicts votes hidden from it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from evenhand.quality.choice.em import Passes
from evenhand.quality.choice.fit import Fit, Known, Limits
from evenhand.quality.choice.hierarchical import rates_of
from evenhand.quality.choice.majority import agreement, vote_shares
from evenhand.quality.choice.starts import fingerprints, shares
from evenhand.quality.codes import Bools, Codes, Floats, Ints
from evenhand.quality.votes import Votes

Estimator: TypeAlias = Callable[[Votes, Known, Limits], Fit]

# Of eight parts of the votes, four are hidden in turn: more would cost time and change little.
PARTS, PARTS_HIDDEN = 8, 4
# Of more votes, only tasks with so many have some hidden, and once: that is evidence enough.
# Candidates see all the others, since with less of each annotator another might be best.
VOTES_MAX = 100_000
LEAST_LIKELY = 1e-6
# How far an estimator's certainty is taken back: a posterior to the power of each.
CAUTIONS = (0.1, 0.2, 0.35, 0.5, 0.75, 1.0)


def predictions(
    votes: Votes, known: Known, limits: Limits, candidates: Mapping[str, Estimator]
) -> Floats:
    """Return how likely each hidden vote, and gold label, was: `[vote, candidate, caution]`.

    A candidate sees the other votes, and says by them what each task is; error rates are then
    estimated alike for all. What is hidden depends on the votes, not on names or order.
    """
    return np.concatenate(
        [
            np.stack(
                [
                    _predicted(trial, fit(trial.seen, trial.known, limits))
                    for fit in candidates.values()
                ],
                axis=1,
            )
            for trial in _trials(votes, known)
        ]
    )


def cautious_posterior(posterior: Floats, caution: float) -> Floats:
    """Raise probabilities to a power at most one, so that they are less sure."""
    if caution == 1:
        return posterior
    most = posterior.max(axis=1, keepdims=True)
    raised = np.where(most > 0, np.maximum(posterior, 1e-30) ** caution, 0.0)
    total = raised.sum(axis=1, keepdims=True)
    return np.divide(raised, total, out=np.zeros_like(raised), where=total > 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trial:
    """What a candidate may see, and what it is asked: hidden votes, and hidden gold labels."""

    seen: Votes
    known: Known
    hidden: Votes
    gold_tasks: Ints
    gold_labels: Codes


def _trials(votes: Votes, known: Known) -> Iterator[_Trial]:
    """Part votes and gold into those seen and those hidden, by turns; every task keeps a vote."""
    tasks = votes.tasks()
    chosen = _chosen(votes)
    part = np.full(votes.size, PARTS, dtype=np.int64)
    gold_part = np.full(votes.task_count, PARTS, dtype=np.int64)
    part[np.repeat(chosen, np.diff(votes.starts))], gold_part[chosen] = _parts(_of(votes, chosen))
    gold = np.full(votes.task_count, -1, np.int32) if known.gold is None else known.gold
    for turn in range(PARTS_HIDDEN if votes.size <= VOTES_MAX else 1):
        seen = votes.select(part != turn)
        left = np.diff(seen.starts) > 0
        asked = np.flatnonzero((gold >= 0) & left & (gold_part == turn))
        told = gold.copy()
        told[asked] = -1
        # Of a task whose label is told, votes say how annotators err, not who found the truth.
        hidden = votes.select((part == turn) & (left & (gold < 0))[tasks])
        now = known if known.gold is None else Known(gold=told, counts=known.counts)
        yield _Trial(seen=seen, known=now, hidden=hidden, gold_tasks=asked, gold_labels=gold[asked])


def _parts(votes: Votes) -> tuple[Ints, Ints]:
    """Draw a part for each vote and for each task, by what the votes are."""
    tasks = votes.tasks()
    by_task = fingerprints(votes)
    # Where everyone labels everything, annotators differ only in what they say.
    agreed = np.round(vote_shares(votes)[tasks, votes.labels] * 1e6).astype(np.uint64)
    by_row = by_task[tasks] ^ (agreed * np.uint64(0x9E3779B97F4A7C15))
    by_row *= np.uint64(0xBF58476D1CE4E5B9)
    by_annotator = np.zeros(votes.annotator_count, dtype=np.uint64)
    np.add.at(by_annotator, votes.annotators, by_row ^ (by_row >> np.uint64(31)))
    prints = by_row + by_annotator[votes.annotators]
    return shares(prints, PARTS, 0).argmax(axis=1), shares(by_task, PARTS, 0).argmax(axis=1)


def _predicted(trial: _Trial, fit: Fit) -> Floats:
    passes = Passes(trial.seen, trial.known)
    tasks = trial.hidden.tasks()
    who, what = trial.hidden.annotators, trial.hidden.labels
    # With many votes, error rates hardly depend on the caution, and are estimated once.
    many = trial.seen.size > VOTES_MAX
    said = rates_of(passes.count(fit.posterior)).said
    likely: list[Floats] = []
    for caution in CAUTIONS:
        if many:
            asked = cautious_posterior(fit.posterior[tasks], caution)
            gold = cautious_posterior(fit.posterior[trial.gold_tasks], caution)
        else:
            posterior = cautious_posterior(fit.posterior, caution)
            said = rates_of(passes.count(posterior)).said
            asked, gold = posterior[tasks], posterior[trial.gold_tasks]
        votes: Floats = (asked * said[who, what]).sum(axis=1)
        right: Floats = gold[np.arange(trial.gold_labels.size), trial.gold_labels]
        likely.append(np.maximum(np.concatenate([votes, right]), LEAST_LIKELY))
    return np.stack(likely, axis=1)


def _chosen(votes: Votes) -> Bools:
    """Mark the tasks to take votes from: all, or of many some, by their votes, as if at random."""
    if votes.size <= VOTES_MAX:
        return np.ones(votes.task_count, dtype=np.bool_)
    # The agreements of a task's annotators, added up, tell it from nearly all others.
    agreed = np.round(agreement(votes, vote_shares(votes)) * 1e6).astype(np.uint64)
    agreed *= np.uint64(0xBF58476D1CE4E5B9)
    agreed ^= agreed >> np.uint64(29)
    added = np.zeros(votes.size + 1, dtype=np.uint64)
    np.cumsum(agreed[votes.annotators], out=added[1:])
    prints = (added[votes.starts[1:]] - added[votes.starts[:-1]]) * np.uint64(0x94D049BB133111EB)
    prints ^= prints >> np.uint64(31)
    wanted = max(int(votes.task_count * VOTES_MAX / votes.size), 1)
    return prints <= np.partition(prints, wanted - 1)[wanted - 1]


def _of(votes: Votes, chosen: NDArray[np.bool_]) -> Votes:
    kept = votes.select(np.repeat(chosen, np.diff(votes.starts)))
    starts = np.append(kept.starts[:-1][chosen], kept.size)
    return Votes(
        starts=starts,
        annotators=kept.annotators,
        labels=kept.labels,
        weights=kept.weights,
        annotator_count=votes.annotator_count,
        label_count=votes.label_count,
    )
