"""What adaptive overlap would have cost: recorded votes, bought one by one.

Every task begins with none of its votes. One more is bought while the label is not probable
enough, or steady enough, in the light of what all votes bought so far tell of their annotators and
of how much votes on one task depend on each other; what a task's own votes taught is left out where
the task itself is judged. Some tasks, drawn by lot, get all their votes, and get them first: from
votes that stopped where they agreed it could not be told how much they depend on each other.
"""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from evenhand.quality.codes import Floats, Ints
from evenhand.quality.live.confusion import (
    VOTES_BEFORE,
    Confusions,
    expected_rates,
    expected_shares,
    nothing_known,
    usual_rates,
    with_slips,
)
from evenhand.quality.live.dependence import dependence
from evenhand.quality.live.learning import Learned, learned
from evenhand.quality.live.overlap import (
    CALIBRATION_SHARE,
    DEPENDENCE_UNKNOWN,
    STEADY_FROM_VOTES,
    belief,
    information_gain,
    steadiness,
)
from evenhand.quality.votes import Votes

# Skill is learned anew when the votes have grown by this share, and by so many at least.
GROWTH = 0.05
GROWTH_VOTES_MIN = 50
CALIBRATION_TASKS_MIN = 20  # get all their votes, if any do

Asks: TypeAlias = Literal["anyone", "whoever helps most"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """Which rows of the votes were bought, and what each task was thought to be when it settled.

    `labels` has -1 for tasks that ran out of recorded votes before they were sure or steady enough,
    and for those that had all their votes by lot. `dependence` is how much votes on one task were
    found to depend on each other.
    """

    bought: NDArray[np.bool_]
    labels: Ints
    confidence: Floats
    refits: int
    dependence: float


def replay(
    votes: Votes,
    *,
    target: float,
    seed: int,
    asks: Asks = "anyone",
    calibration_share: float = CALIBRATION_SHARE,
) -> Replayed:
    """Buy votes until each label is probable enough, or all its votes would hardly change it.

    The seed shuffles who is asked. At a `calibration_share` of zero no task gets all its votes
    whatever they say.
    """
    shop = _Shop(votes=votes, chance=np.random.default_rng(seed), asks=asks)
    tasks = [int(task) for task in shop.chance.permutation(votes.task_count) if shop.left[task]]
    whole = max(round(calibration_share * len(tasks)), CALIBRATION_TASKS_MIN)
    whole = whole if calibration_share > 0 else 0
    shop.buy(tasks[:whole], target=None)
    shop.buy(tasks[whole:], target=target)
    return Replayed(
        bought=shop.bought,
        labels=shop.labels,
        confidence=shop.confidence,
        refits=shop.refits,
        dependence=shop.dependence,
    )


@dataclass(slots=True, kw_only=True)
class _Shop:
    """What was bought so far, and what it tells."""

    votes: Votes
    chance: np.random.Generator
    asks: Asks
    bought: NDArray[np.bool_] = field(init=False)
    taught: NDArray[np.bool_] = field(init=False)
    left: list[list[int]] = field(init=False)
    labels: Ints = field(init=False)
    confidence: Floats = field(init=False)
    beliefs: dict[int, Floats] = field(init=False)
    refits: int = 0
    count: int = 0
    count_taught: int = 0
    posterior: Floats = field(init=False)
    known: Confusions = field(init=False)
    rates: Floats = field(init=False)
    before: Floats = field(init=False)
    usual: Floats = field(init=False)
    shares: Floats = field(init=False)
    order: Ints = field(init=False)
    dependence: float = DEPENDENCE_UNKNOWN

    def __post_init__(self) -> None:
        votes = self.votes
        self.bought = np.zeros(votes.size, dtype=np.bool_)
        self.order = np.zeros(votes.size, dtype=np.int64)
        self.taught = np.zeros(votes.size, dtype=np.bool_)
        self.left = [
            self.chance.permutation(self._rows(task)).tolist() for task in range(votes.task_count)
        ]
        self.labels = np.full(votes.task_count, -1, dtype=np.int64)
        self.confidence = np.zeros(votes.task_count)
        self.beliefs = {}
        nothing = nothing_known(votes.annotator_count, votes.label_count)
        self._take_in(
            Learned(posterior=np.zeros((votes.task_count, votes.label_count)), confusions=nothing)
        )

    def buy(self, tasks: list[int], *, target: float | None) -> None:
        """Buy a vote on each task in turn until each is settled; without a target, all votes."""
        while tasks:
            tasks = [task for task in tasks if not self._settles(task, target)]

    def _settles(self, task: int, target: float | None) -> bool:
        row = self.left[task].pop(self._best(task))
        self.bought[row] = True
        self.order[row] = self.count
        self.count += 1
        if self.count - self.count_taught >= max(GROWTH_VOTES_MIN, GROWTH * self.count_taught):
            self.taught = self.bought.copy()
            self.count_taught = self.count
            self.refits += 1
            self._learn()
        likelihoods = self._likelihoods(task)
        found = belief(likelihoods, self.shares, self.dependence)
        self.beliefs[task] = found
        if target is None:
            return not self.left[task]
        best = int(found.argmax())
        if found[best] >= target or self._is_steady(likelihoods, len(self.left[task]), target):
            self.labels[task], self.confidence[task] = best, found[best]
            return True
        return not self.left[task]

    def _is_steady(self, likelihoods: Floats, left: int, target: float) -> bool:
        if left == 0 or self.count_taught < STEADY_FROM_VOTES:
            return False
        steady = steadiness(
            likelihoods, self.shares, self.usual, left=left, dependence=self.dependence
        )
        return steady >= target

    def _learn(self) -> None:
        votes = self.votes.select(self.bought)
        found = learned(votes)
        self._take_in(found)
        self.dependence = dependence(votes, found, self.order[self.bought])

    def _take_in(self, found: Learned) -> None:
        self.posterior, self.known = found.posterior, found.confusions
        self.rates = expected_rates(self.known)
        usual = usual_rates(self.known.usual)
        self.before = VOTES_BEFORE * usual
        self.usual = with_slips(usual, self.votes.label_count)
        self.shares = expected_shares(self.known.truths)

    def _best(self, task: int) -> int:
        if self.asks == "anyone" or task not in self.beliefs or len(self.left[task]) < 2:
            return 0
        who = self.votes.annotators[self.left[task]]
        return int(information_gain(self.beliefs[task], self.rates[who]).argmax())

    def _likelihoods(self, task: int) -> Floats:
        rows = self._rows(task)
        rows = rows[self.bought[rows]]
        who, said = self.votes.annotators[rows], self.votes.labels[rows]
        taught = self.taught[rows]
        # A task that one annotator had met taught nothing, so there is nothing to leave out.
        own = self.posterior[task] * (taught * (taught.sum() > 1))[:, None]
        times = np.maximum(self.known.said[who, :, said] - own, 0)
        met = np.maximum(self.known.said[who].sum(axis=2) - own, 0)
        rates = (times + self.before.T[said]) / (met + VOTES_BEFORE)
        return with_slips(rates, self.votes.label_count)

    def _rows(self, task: int) -> Ints:
        first, last = int(self.votes.starts[task]), int(self.votes.starts[task + 1])
        return np.arange(first, last, dtype=np.int64)
