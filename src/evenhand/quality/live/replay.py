"""What adaptive overlap would have cost: recorded votes, bought one by one.

Every task begins with none of its votes. One more is bought while the label is not probable
enough, in the light of what all votes bought so far tell of their annotators; what a task's own
votes taught is left out where the task itself is judged.
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
from evenhand.quality.live.learning import Learned, learned
from evenhand.quality.live.overlap import belief, information_gain
from evenhand.quality.votes import Votes

# Skill is learned anew when the votes have grown by this share, and by so many at least.
GROWTH = 0.05
GROWTH_VOTES_MIN = 50

Asks: TypeAlias = Literal["anyone", "whoever helps most"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """Which rows of the votes were bought, and what each task was thought to be when it settled.

    `labels` has -1 for tasks that ran out of recorded votes before they were sure enough.
    """

    bought: NDArray[np.bool_]
    labels: Ints
    confidence: Floats
    refits: int


def replay(votes: Votes, *, target: float, seed: int, asks: Asks = "anyone") -> Replayed:
    """Buy votes until each task's label is probable enough; the seed shuffles who is asked."""
    shop = _Shop(votes=votes, chance=np.random.default_rng(seed), asks=asks)
    open_tasks = [
        int(task) for task in shop.chance.permutation(votes.task_count) if shop.left[task]
    ]
    while open_tasks:
        open_tasks = [task for task in open_tasks if not shop.settles(task, target)]
    return Replayed(
        bought=shop.bought, labels=shop.labels, confidence=shop.confidence, refits=shop.refits
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
    shares: Floats = field(init=False)

    def __post_init__(self) -> None:
        votes = self.votes
        self.bought = np.zeros(votes.size, dtype=np.bool_)
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

    def settles(self, task: int, target: float) -> bool:
        """Buy one more vote on a task, and say whether that ends it."""
        row = self.left[task].pop(self._best(task))
        self.bought[row] = True
        self.count += 1
        if self.count - self.count_taught >= max(GROWTH_VOTES_MIN, GROWTH * self.count_taught):
            self.taught = self.bought.copy()
            self.count_taught = self.count
            self.refits += 1
            self._take_in(learned(self.votes.select(self.bought)))
        found = self._belief(task)
        best = int(found.argmax())
        if found[best] >= target:
            self.labels[task], self.confidence[task] = best, found[best]
            return True
        self.beliefs[task] = found
        return not self.left[task]

    def _take_in(self, found: Learned) -> None:
        self.posterior, self.known = found.posterior, found.confusions
        self.rates = expected_rates(self.known)
        self.before = VOTES_BEFORE * usual_rates(self.known.usual)
        self.shares = expected_shares(self.known.truths)

    def _best(self, task: int) -> int:
        if self.asks == "anyone" or task not in self.beliefs or len(self.left[task]) < 2:
            return 0
        who = self.votes.annotators[self.left[task]]
        return int(information_gain(self.beliefs[task], self.rates[who]).argmax())

    def _belief(self, task: int) -> Floats:
        rows = self._rows(task)
        rows = rows[self.bought[rows]]
        who, said = self.votes.annotators[rows], self.votes.labels[rows]
        taught = self.taught[rows]
        # A task that one annotator had met taught nothing, so there is nothing to leave out.
        own = self.posterior[task] * (taught * (taught.sum() > 1))[:, None]
        times = np.maximum(self.known.said[who, :, said] - own, 0)
        met = np.maximum(self.known.said[who].sum(axis=2) - own, 0)
        rates = (times + self.before.T[said]) / (met + VOTES_BEFORE)
        return belief(with_slips(rates, self.votes.label_count), self.shares)

    def _rows(self, task: int) -> Ints:
        first, last = int(self.votes.starts[task]), int(self.votes.starts[task + 1])
        return np.arange(first, last, dtype=np.int64)
