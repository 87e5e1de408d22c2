"""The automatic aggregator: estimators blended by the evidence of the votes alone."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from evenhand.quality.aggregation import Chosen
from evenhand.quality.choice.blend import fit_of, weights_of
from evenhand.quality.choice.dawid_skene import dawid_skene
from evenhand.quality.choice.em import CONFUSION_CELLS_MAX
from evenhand.quality.choice.fit import NOTHING_KNOWN, Fit, Known, Limits
from evenhand.quality.choice.held_out import (
    CAUTIONS,
    Estimator,
    cautious_posterior,
    predictions,
)
from evenhand.quality.choice.hierarchical import alike, cautious, hierarchical
from evenhand.quality.choice.majority import majority_vote, vote_shares
from evenhand.quality.codes import Floats
from evenhand.quality.votes import Votes

# Fewer hidden votes are no evidence to speak of.
HIDDEN_VOTES_MIN = 30
# Evidence does not need the last digit of a fit.
EVIDENCE_LIMITS = Limits(max_iterations=50, tolerance=1e-5)


def majority(votes: Votes, known: Known = NOTHING_KNOWN, limits: Limits = Limits()) -> Fit:  # noqa: B008
    """Count votes, and say how probable a label is if everyone is right equally often.

    How often that is follows from how often two votes on a task agree. The same labels lead as in
    any majority vote; only the confidence is another.
    """
    plain = majority_vote(votes, known, limits)
    tally = vote_shares(votes) * _voted(votes)[:, None]
    right = _right(tally)
    odds = np.log(right * max(votes.label_count - 1, 1) / (1 - right))
    scores = np.exp(odds * (tally - tally.max(axis=1, keepdims=True, initial=0.0)))
    scores[np.diff(votes.starts) == 0] = 0.0
    total = scores.sum(axis=1, keepdims=True)
    posterior = np.divide(scores, total, out=np.zeros_like(scores), where=total > 0)
    if known.gold is not None:
        told = known.gold >= 0
        posterior[told] = plain.posterior[told]
    return replace(plain, posterior=posterior)


CANDIDATES: Mapping[str, Estimator] = {
    "majority": majority,
    "dawid-skene": dawid_skene,
    "cautious": cautious,
    "hierarchical": hierarchical,
    "alike": alike,
}


def auto(
    votes: Votes,
    known: Known = NOTHING_KNOWN,
    limits: Limits = Limits(),  # noqa: B008
    seed: int = 0,  # noqa: ARG001 - there is no chance in it
) -> tuple[Fit, Chosen]:
    """Blend majority vote, Dawid-Skene and its hierarchical kin by how each predicts hidden votes.

    Truth is never asked for. A candidate whose solution is degenerate is left out.
    """
    if votes.size == 0 or votes.label_count < 2:
        return majority_vote(votes, known, limits), Chosen(
            name="majority", reason="There is nothing to weigh: the votes name one label at most."
        )
    if votes.annotator_count * votes.label_count**2 > CONFUSION_CELLS_MAX:
        return majority_vote(votes, known, limits), Chosen(
            name="majority",
            reason="There are too many annotators and labels to learn how each annotator errs.",
        )
    likely = predictions(votes, known, EVIDENCE_LIMITS, CANDIDATES)
    enough = likely.shape[0] >= HIDDEN_VOTES_MIN
    evidence = np.log(likely).mean(axis=0) if enough else np.zeros(likely.shape[1:])
    # Without evidence, every candidate is believed as it is.
    cautions = evidence.argmax(axis=1) if enough else np.full(len(CANDIDATES), len(CAUTIONS) - 1)
    columns = np.arange(len(CANDIDATES))
    weights = weights_of(likely[:, columns, cautions] if enough else likely[:0, :, 0])
    fits = tuple(fit(votes, known, limits) for fit in CANDIDATES.values())
    sound = np.array([_sound(known, fit) for fit in fits])
    weights = np.where(sound, weights, 0.0) if sound.any() else weights
    weights /= weights.sum()
    posterior = np.zeros((votes.task_count, votes.label_count))
    for place, fit in enumerate(fits):
        posterior += weights[place] * cautious_posterior(
            fit.posterior, CAUTIONS[int(cautions[place])]
        )
    used = tuple(fit for fit, weight in zip(fits, weights, strict=True) if weight > 0)
    scores = evidence[columns, cautions]
    chosen = Chosen(
        name="auto",
        reason=_reason(scores, sound, likely.shape[0] if enough else None),
        evidence=dict(zip(CANDIDATES, map(float, scores), strict=True)) if enough else {},
        weights=dict(zip(CANDIDATES, map(float, weights), strict=True)),
    )
    return fit_of(votes, known, posterior, used, _sentence(sound)), chosen


def _sound(known: Known, fit: Fit) -> bool:
    """Say whether a solution has to do with the votes: if nothing is known, as the majority has it.

    Where gold or earlier work is known, a solution may rightly contradict the majority.
    """
    if known.gold is not None or known.counts is not None:
        return True
    return fit.degenerate is None


def _voted(votes: Votes) -> Floats:
    tasks = votes.tasks()
    return np.bincount(tasks, weights=votes.weights, minlength=votes.task_count).astype(np.float64)


def _right(tally: Floats) -> float:
    """Say how often a vote is right, from how often two on a task agree."""
    width = tally.shape[1]
    voted: Floats = tally.sum(axis=1)
    pairs = float((voted * (voted - 1)).sum())
    agreed = float((tally * (tally - 1)).clip(min=0).sum()) / pairs if pairs > 0 else 0.5
    other = 1 / max(width - 1, 1)
    root = max(other**2 - (1 + other) * (other - agreed), 0.0) ** 0.5
    return float(np.clip((other + root) / (1 + other), 1 / width + 0.02, 0.99))


def _reason(scores: Floats, sound: Floats, hidden: int | None) -> str:
    names = list(CANDIDATES)
    refused = [name for name, fine in zip(names, sound, strict=True) if not fine]
    left = f" Left out as degenerate: {', '.join(refused)}." if refused else ""
    if hidden is None:
        return f"Too few votes to hide some as evidence: all methods weigh the same.{left}"
    best = int(scores.argmax())
    if names[best] == "majority":
        found = f"{hidden:,} hidden votes were predicted best by majority vote ({scores[0]:.3f})"
    else:
        found = (
            f"{hidden:,} hidden votes were predicted best by {names[best]}: mean log-likelihood "
            f"{scores[best]:.3f} against {scores[0]:.3f} for majority vote"
        )
    return f"{found}; methods are blended by how well they predict.{left}"


def _sentence(sound: Floats) -> str | None:
    if sound.any():
        return None
    return "Every method's solution is degenerate; look at the votes before you trust any."
