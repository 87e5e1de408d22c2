"""The verdict on one task: settled, one more annotation, or a person's review."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

from evenhand.quality.live.confusion import ACCURACY_UNKNOWN, CLASSES_MAX
from evenhand.quality.live.consensus import consensus
from evenhand.quality.live.kinds.choice import CHOICE
from evenhand.quality.live.kinds.kind import Consensus, Kind, Labels
from evenhand.quality.live.overlap import STEADY_FROM_VOTES, belief, steadiness
from evenhand.quality.live.records import Expected, Experience, expected

# No annotator is taken to be surer than this, however good the record so far.
ACCURACY_MAX = 0.99
# Two labels that are this close in probability share the lead.
_TIE = 1e-9

Skills: TypeAlias = Experience | Mapping[str, float]
_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote(Generic[_Answer]):
    """What one annotator answered."""

    annotator: str
    answer: _Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How many annotations a task gets, and how sure its answer must be.

    `annotations` are wanted at first. While the confidence is below `confidence`, one
    more is asked for, up to `annotations_max`. An answer that then is less sure than
    `review_below` goes to review; None sends only ties there. With a `target_accuracy`, a
    choice settles once it is that probable to be right, in the light of what is known of the
    annotators, or that probable to stay as it is whatever the annotations that are still allowed
    would say; before anything is known, they are taken to be right as often as strangers are.
    """

    annotations: int = 1
    annotations_max: int = 1
    confidence: float = 0.0
    review_below: float | None = None
    target_accuracy: float | None = None

    def __post_init__(self) -> None:
        """Refuse a policy that no task could satisfy."""
        if not 1 <= self.annotations <= self.annotations_max:
            raise ValueError("Keep 1 <= annotations <= annotations_max.")
        if not 0 <= self.confidence <= 1 or not 0 <= (self.review_below or 0) <= 1:
            raise ValueError("Keep confidence and review_below within 0 to 1.")
        if not 0 <= (self.target_accuracy or 0) < 1:
            raise ValueError("Keep target_accuracy below 1, which no number of votes reaches.")

    @property
    def sure_from(self) -> float:
        """The confidence from which on nothing more is asked for."""
        return max(self.confidence, self.target_accuracy or 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled(Generic[_Answer]):
    """The answer is sure enough under the policy."""

    answer: _Answer
    confidence: float
    agreement: float | None
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WantMore:
    """So many votes are missing; those already asked for and not yet in count among them."""

    annotations: int = 1
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedsReview(Generic[_Answer]):
    """All votes are in and a person must decide; the answer is a proposal, if there is one."""

    answer: _Answer | None
    confidence: float
    reason: str


Verdict: TypeAlias = Settled[_Answer] | WantMore | NeedsReview[_Answer]


def judge(
    kind: Kind[_Answer],
    votes: Sequence[Vote[_Answer]],
    policy: Policy,
    skills: Skills | None = None,
    *,
    classes: Sequence[str] | int | None = None,
) -> Verdict[_Answer]:
    """Judge a task by its votes; the order of the votes does not matter, ties stay ties.

    `skills` are accuracies by annotator, or all that a project has taught (`Experience`).
    With them a kind with labels is judged by its posterior probability, and every other by
    votes weighted with the accuracies. `classes` are the labels that could be chosen, or how many;
    unknown, they are taken to be no more than were (at least two), which errs towards doubt.
    """
    if len({vote.annotator for vote in votes}) < len(votes):
        raise ValueError("An annotator has one vote on a task.")
    missing = policy.annotations - len(votes)
    if missing > 0:
        return WantMore(
            annotations=missing, reason=f"{len(votes)} of {policy.annotations} votes are in"
        )
    if policy.target_accuracy is not None and not skills:
        skills = Experience()
    ordered = sorted(votes, key=lambda vote: vote.annotator)
    left = policy.annotations_max - len(votes) if policy.target_accuracy is not None else 0
    found, method = _found(kind, ordered, skills, classes, left)
    return _verdict(found, method, len(votes), policy)


def _found(
    kind: Kind[_Answer],
    votes: Sequence[Vote[_Answer]],
    skills: Skills | None,
    classes: Sequence[str] | int | None,
    left: int,
) -> tuple[Consensus[_Answer], str]:
    answers = [vote.answer for vote in votes]
    if not skills:
        return consensus(kind, answers), "majority"
    who = [vote.annotator for vote in votes]
    if kind.labels is not None:
        found = _of_labels(
            [kind.labels.of(answer) for answer in answers], who, skills, classes, left
        )
        return _named(kind.labels, found), "weighted by skill"
    # Weights of zero for everyone would leave nothing to weigh.
    weights = [max(one, 0.01) for one in _accuracies(who, skills)]
    return consensus(kind, answers, weights), "weighted by skill"


def _named(labels: Labels[_Answer], found: Consensus[str]) -> Consensus[_Answer]:
    return Consensus(
        answer=None if found.answer is None else labels.named(found.answer),
        confidence=found.confidence,
        agreement=found.agreement,
        tied=found.tied,
        steadiness=found.steadiness,
    )


def _of_labels(
    labels: Sequence[str],
    who: Sequence[str],
    skills: Skills,
    classes: Sequence[str] | int | None,
    left: int,
) -> Consensus[str]:
    if isinstance(skills, Experience):
        given = classes if isinstance(classes, Sequence) else ()
        possible = sorted({*given, *labels})
        if len(possible) <= CLASSES_MAX:
            return _believed(labels, who, possible, skills, left)
    count = len(classes) if isinstance(classes, Sequence) else classes
    return _posterior(labels, _accuracies(who, skills), count)


def _believed(
    labels: Sequence[str],
    who: Sequence[str],
    possible: Sequence[str],
    known: Experience,
    left: int,
) -> Consensus[str]:
    """Weigh labels by how each annotator is expected to name what is true.

    With votes `left` to ask for, say also how probable it is that they would change nothing.
    """
    # A task of which only one label is known could still be something else.
    names = [*possible, ""] if len(possible) == 1 else possible
    hoped: Expected = expected(known, names, who)
    likelihoods = hoped.likelihoods(list(zip(who, labels, strict=True)))
    found = belief(likelihoods, hoped.shares, known.dependence)
    steady = 0.0
    if left > 0 and known.usual.votes >= STEADY_FROM_VOTES:
        steady = steadiness(
            likelihoods, hoped.shares, hoped.rates[-1], left=left, dependence=known.dependence
        )
    best = float(found.max())
    leaders = [
        label for label, share in zip(names, found, strict=True) if float(share) >= best - _TIE
    ]
    return Consensus(
        answer=leaders[0] if len(leaders) == 1 and leaders[0] else None,
        confidence=min(best, 1.0),
        agreement=consensus(CHOICE, labels).agreement,
        tied=len(leaders) > 1,
        steadiness=steady,
    )


def _accuracies(who: Sequence[str], skills: Skills) -> list[float]:
    if isinstance(skills, Experience):
        return [min(skills.accuracy(annotator), ACCURACY_MAX) for annotator in who]
    known = {
        annotator: min(max(skill, 0.0), ACCURACY_MAX)
        for annotator, skill in skills.items()
        if math.isfinite(skill)
    }
    usual = math.fsum(known.values()) / len(known) if known else ACCURACY_UNKNOWN
    return [known.get(annotator, usual) for annotator in who]


def _posterior(
    labels: Sequence[str], accuracies: Sequence[float], classes: int | None
) -> Consensus[str]:
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
    plain = consensus(CHOICE, labels)
    leaders = [label for label in distinct if scores[label] >= best - 1e-9]
    tied = len(leaders) > 1 or (best <= 1e-9 and count > len(distinct))
    return Consensus(
        answer=None if tied else leaders[0],
        confidence=1 / total,
        agreement=plain.agreement,
        tied=tied,
    )


def _verdict(
    found: Consensus[_Answer], method: str, votes: int, policy: Policy
) -> Verdict[_Answer]:
    steady = policy.target_accuracy is not None and found.steadiness >= policy.target_accuracy
    sure = not found.tied and (steady or found.confidence >= policy.sure_from)
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
