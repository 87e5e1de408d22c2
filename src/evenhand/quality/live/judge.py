"""The verdict on one task: settled, one more annotation, or a person's review."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from evenhand.quality.live.answers import Answer, Kind, as_choices
from evenhand.quality.live.consensus import Consensus, consensus

# No annotator is taken to be surer than this, however good the record so far.
ACCURACY_MAX = 0.99
# An annotator without a record counts as the mean of those with one, or as this.
ACCURACY_UNKNOWN = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """What one annotator answered."""

    annotator: str
    answer: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How many annotations a task gets, and how sure its answer must be.

    `annotations` are wanted at first. While the confidence is below `confidence`, one
    more is asked for, up to `annotations_max`. An answer that then is less sure than
    `review_below` goes to review; None sends only ties there.
    """

    annotations: int = 1
    annotations_max: int = 1
    confidence: float = 0.0
    review_below: float | None = None

    def __post_init__(self) -> None:
        """Refuse a policy that no task could satisfy."""
        if not 1 <= self.annotations <= self.annotations_max:
            raise ValueError("Keep 1 <= annotations <= annotations_max.")
        if not 0 <= self.confidence <= 1 or not 0 <= (self.review_below or 0) <= 1:
            raise ValueError("Keep confidence and review_below within 0 to 1.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The answer is sure enough under the policy."""

    answer: Answer
    confidence: float
    agreement: float | None
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WantMore:
    """So many votes are missing; those already asked for and not yet in count among them."""

    annotations: int = 1
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedsReview:
    """All votes are in and a person must decide; the answer is a proposal, if there is one."""

    answer: Answer | None
    confidence: float
    reason: str


Verdict: TypeAlias = Settled | WantMore | NeedsReview


def judge(
    kind: Kind,
    votes: Sequence[Vote],
    policy: Policy,
    skills: Mapping[str, float] | None = None,
    *,
    classes: int | None = None,
) -> Verdict:
    """Judge a task by its votes; the order of the votes does not matter, ties stay ties.

    `skills` are accuracies by annotator. With them a choice is judged by its posterior
    probability, and every other kind by votes weighted with the accuracies. `classes`
    is how many labels could be chosen; unknown, it is taken to be no more than were
    (at least two), which errs towards doubt.
    """
    if len({vote.annotator for vote in votes}) < len(votes):
        raise ValueError("An annotator has one vote on a task.")
    missing = policy.annotations - len(votes)
    if missing > 0:
        return WantMore(
            annotations=missing, reason=f"{len(votes)} of {policy.annotations} votes are in"
        )
    ordered = sorted(votes, key=lambda vote: vote.annotator)
    found, method = _found(kind, ordered, skills, classes)
    return _verdict(found, method, len(votes), policy)


def _found(
    kind: Kind,
    votes: Sequence[Vote],
    skills: Mapping[str, float] | None,
    classes: int | None,
) -> tuple[Consensus, str]:
    answers = [vote.answer for vote in votes]
    if not skills:
        return consensus(kind, answers), "majority"
    accuracies = _accuracies(votes, skills)
    if kind == "choice":
        return _posterior(as_choices(answers), accuracies, classes), "weighted by skill"
    # Weights of zero for everyone would leave nothing to weigh.
    return consensus(kind, answers, [max(one, 0.01) for one in accuracies]), "weighted by skill"


def _accuracies(votes: Sequence[Vote], skills: Mapping[str, float]) -> list[float]:
    known = {
        annotator: min(max(skill, 0.0), ACCURACY_MAX)
        for annotator, skill in skills.items()
        if math.isfinite(skill)
    }
    usual = math.fsum(known.values()) / len(known) if known else ACCURACY_UNKNOWN
    return [known.get(vote.annotator, usual) for vote in votes]


def _posterior(
    labels: Sequence[str], accuracies: Sequence[float], classes: int | None
) -> Consensus:
    """Weigh labels by log-odds: how often right, against each way to be wrong.

    Whoever is right less often than chance counts nothing: a vote is never turned round.
    """
    distinct = sorted(set(labels))
    count = max(2, len(distinct), classes or 0)
    scores: dict[str, float] = {}
    for label in distinct:
        odds = [
            math.log(accuracy * (count - 1) / (1 - accuracy))
            for voted, accuracy in zip(labels, accuracies, strict=True)
            if voted == label and accuracy * count > 1
        ]
        scores[label] = math.fsum(odds)
    best = max(scores.values())
    # Labels that nobody chose have the score 0 each, and share in the probability.
    unchosen = (count - len(distinct)) * math.exp(-best)
    total = math.fsum(math.exp(score - best) for score in scores.values()) + unchosen
    plain = consensus("choice", labels)
    leaders = [label for label in distinct if scores[label] >= best - 1e-9]
    tied = len(leaders) > 1 or (best <= 1e-9 and count > len(distinct))
    return Consensus(
        answer=None if tied else leaders[0],
        confidence=1 / total,
        agreement=plain.agreement,
        tied=tied,
    )


def _verdict(found: Consensus, method: str, votes: int, policy: Policy) -> Verdict:
    sure = not found.tied and found.confidence >= policy.confidence
    doubt = "the votes are tied" if found.tied else f"confidence is {found.confidence:.3f}"
    if not sure and votes < policy.annotations_max:
        return WantMore(annotations=1, reason=doubt)
    unsure = policy.review_below is not None and found.confidence < policy.review_below
    if found.tied or unsure or found.answer is None:
        return NeedsReview(answer=found.answer, confidence=found.confidence, reason=doubt)
    return Settled(
        answer=found.answer,
        confidence=found.confidence,
        agreement=found.agreement,
        method=method,
    )
