"""What all votes so far teach: what each task probably is, and how each annotator errs.

EM in which every vote is weighed by its annotator's record on the *other* tasks. The plain
algorithm weighs it by a record in which the vote itself counts, so whoever has few votes
seems to be right on all of them.
"""

from dataclasses import dataclass

import numpy as np

from evenhand.quality.codes import Codes, Floats
from evenhand.quality.live.confusion import (
    VOTES_BEFORE,
    Confusions,
    expected_shares,
    usual_rates,
    with_slips,
)
from evenhand.quality.request import Limits
from evenhand.quality.votes import Votes

LEARNING_LIMITS = Limits(max_iterations=40, tolerance=1e-4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What each task probably is (tasks by labels, zero where nobody voted), and the counts."""

    posterior: Floats
    confusions: Confusions


def learned(
    votes: Votes, *, gold: Codes | None = None, limits: Limits = LEARNING_LIMITS
) -> Learned:
    """Learn from votes; `gold` has the label of each task, -1 where it is not known.

    At rest when no probability moves by more than the tolerance.
    """
    evidence = _evidence(votes, gold)
    posterior = _given(_shares(votes), gold)
    confusions = _counts(votes, posterior, evidence)
    for _ in range(limits.max_iterations):
        before = posterior
        posterior = _given(_truth(votes, confusions, posterior, evidence), gold)
        confusions = _counts(votes, posterior, evidence)
        if posterior.size == 0 or np.abs(posterior - before).max() < limits.tolerance:
            break
    return Learned(posterior=posterior, confusions=confusions)


def _evidence(votes: Votes, gold: Codes | None) -> Floats:
    """Weigh each vote as evidence of skill: alone, everyone agrees with oneself."""
    tasks = votes.tasks()
    met = np.bincount(tasks, weights=votes.weight(), minlength=votes.task_count) > 1 + 1e-9
    if gold is not None:
        met |= gold >= 0
    return votes.weight() * met[tasks]


def _given(posterior: Floats, gold: Codes | None) -> Floats:
    if gold is not None:
        known = np.flatnonzero(gold >= 0)
        posterior[known] = 0
        posterior[known, gold[known]] = 1
    return posterior


def _shares(votes: Votes) -> Floats:
    cells = votes.tasks() * votes.label_count + votes.labels
    tally = np.bincount(
        cells, weights=votes.weight(), minlength=votes.task_count * votes.label_count
    )
    tally = tally.astype(np.float64).reshape(votes.task_count, votes.label_count)
    total = tally.sum(axis=1, keepdims=True)
    return np.divide(tally, total, out=np.zeros_like(tally), where=total > 0)


def _counts(votes: Votes, posterior: Floats, evidence: Floats) -> Confusions:
    size = votes.label_count
    cell = votes.annotators.astype(np.int64) * size + votes.labels
    shares = posterior[votes.tasks()] * evidence[:, None]
    said = np.empty((size, votes.annotator_count * size))
    for truth in range(size):
        said[truth] = np.bincount(
            cell, weights=shares[:, truth], minlength=votes.annotator_count * size
        )
    by_annotator = said.reshape(size, votes.annotator_count, size).transpose(1, 0, 2)
    return Confusions(
        said=by_annotator, usual=by_annotator.sum(axis=0), truths=posterior.sum(axis=0)
    )


def likelihoods(votes: Votes, found: Learned, *, gold: Codes | None = None) -> Floats:
    """Say of each vote how likely it is by true label, by its annotator's record elsewhere."""
    return _elsewhere(votes, found.confusions, found.posterior, _evidence(votes, gold))


def _elsewhere(votes: Votes, known: Confusions, posterior: Floats, evidence: Floats) -> Floats:
    own = posterior[votes.tasks()] * evidence[:, None]
    before = VOTES_BEFORE * usual_rates(known.usual)
    said = known.said.transpose(0, 2, 1)[votes.annotators, votes.labels] - own
    met = known.said.sum(axis=2)[votes.annotators] - own
    rates = (np.maximum(said, 0) + before.T[votes.labels]) / (np.maximum(met, 0) + VOTES_BEFORE)
    return with_slips(rates, votes.label_count)


def _truth(votes: Votes, known: Confusions, posterior: Floats, evidence: Floats) -> Floats:
    """Weigh each vote by what its annotator did elsewhere."""
    tasks = votes.tasks()
    logs = np.log(_elsewhere(votes, known, posterior, evidence)) * votes.weight()[:, None]
    scores = np.empty((votes.label_count, votes.task_count))
    for truth in range(votes.label_count):
        scores[truth] = np.bincount(tasks, weights=logs[:, truth], minlength=votes.task_count)
    found = scores.T + np.log(expected_shares(known.truths))
    found -= found.max(axis=1, keepdims=True, initial=-np.inf)
    np.exp(found, out=found)
    found /= found.sum(axis=1, keepdims=True)
    return np.where((np.diff(votes.starts) > 0)[:, None], found, 0)
