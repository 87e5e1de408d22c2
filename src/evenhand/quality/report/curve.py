"""What each extra label a task is worth: accuracy after some of the labels that are there."""

from dataclasses import dataclass, replace

import numpy as np

from evenhand.quality.choice.fit import NOTHING_KNOWN, Limits
from evenhand.quality.choice.methods import METHODS
from evenhand.quality.codes import Floats, Ints, leaders
from evenhand.quality.report.contents import Curve, CurvePoint
from evenhand.quality.votes import Votes

# Knows beforehand that people are mostly right, which it takes where labels are few.
USUAL_METHOD = "map"
# Of one label a task nobody's skill can be learnt, and an estimator would only guess at it.
ONE_LABEL_METHOD = "majority"
POINTS_MAX = 10
DRAWS = 3  # chance subsets at each number of labels; the many tasks make up for so few
LABELS_MAX = 200_000  # of more, a chance sample of tasks tells as much
_NORMAL = 1.96


@dataclass(frozen=True, slots=True, kw_only=True)
class Standard:
    """What a label is held against: gold labels (-1 unknown), or how probable each label is."""

    gold: Ints | None
    posterior: Floats

    @property
    def basis(self) -> str:
        """Say what counts as right."""
        if self.gold is None:
            return "how probable the label is by all votes"
        return f"{int((self.gold >= 0).sum()):,} gold labels"

    def judged(self) -> Ints:
        """Name the tasks that can be judged."""
        if self.gold is not None:
            return np.flatnonzero(self.gold >= 0)
        return np.flatnonzero(self.posterior.sum(axis=1) > 0)

    def right(self, winners: Ints) -> Floats:
        """Return how right the label is of each task that can be judged; a tie is wrong."""
        tasks = self.judged()
        found = winners[tasks]
        if self.gold is not None:
            return (found == self.gold[tasks]).astype(np.float64)
        return np.where(found < 0, 0.0, self.posterior[tasks, np.maximum(found, 0)])

    def only(self, kept: Ints) -> "Standard":
        """Judge these tasks alone."""
        there = np.zeros(len(self.posterior), dtype=np.bool_)
        there[kept] = True
        gold = None if self.gold is None else np.where(there, self.gold, -1)
        return replace(self, gold=gold, posterior=self.posterior * there[:, None])


def curve(votes: Votes, standard: Standard, method: str, *, cost: float | None, seed: int) -> Curve:
    """Measure accuracy for 1, 2, … labels a task, which are chosen by chance.

    It goes as far as half of the tasks have labels, and has no points if that is one.
    """
    name = method if method in METHODS else USUAL_METHOD
    chance = np.random.default_rng(seed)
    sizes = np.diff(votes.starts)
    sampled = _sample(votes, standard, chance)
    judged = standard.only(sampled)
    most = int(np.median(sizes[sampled])) if sampled.size else 0
    steps = np.unique(np.linspace(1, most, min(most, POINTS_MAX)).round().astype(np.int64))
    numbers: list[int] = steps.tolist() if most > 1 else []
    if votes.size > LABELS_MAX:
        # Of a sample, the other tasks' votes would only cost time.
        votes = votes.select(np.isin(votes.tasks(), sampled))
    points = [_point(votes, judged, name, number, chance) for number in numbers]
    note = ""
    if sampled.size < standard.judged().size:
        note = f"Measured on {sampled.size:,} tasks, chosen by chance."
    return Curve(
        basis=standard.basis,
        method=name,
        points=[_priced(point, sizes, cost) for point in points],
        note=note,
    )


def _sample(votes: Votes, standard: Standard, chance: np.random.Generator) -> Ints:
    """Choose tasks by chance, as many as have not too many labels."""
    tasks = standard.judged()
    tasks = tasks[np.diff(votes.starts)[tasks] > 0]
    if votes.size <= LABELS_MAX:
        return tasks
    share = LABELS_MAX / votes.size
    return np.sort(chance.permutation(tasks)[: int(tasks.size * share)])


def _point(
    votes: Votes, standard: Standard, method: str, number: int, chance: np.random.Generator
) -> CurvePoint:
    tasks = votes.tasks()
    rank = np.arange(votes.size) - votes.starts[tasks]
    rights: list[Floats] = []
    for _ in range(DRAWS):
        order = np.lexsort((chance.random(votes.size), tasks))
        kept = np.zeros(votes.size, dtype=np.bool_)
        kept[order[rank < number]] = True
        estimator = METHODS[ONE_LABEL_METHOD if number == 1 else method]
        fit = estimator(votes.select(kept), NOTHING_KNOWN, Limits())
        rights.append(standard.right(leaders(fit.posterior)))
    right = np.mean(rights, axis=0)
    accuracy = float(right.mean())
    reach = _NORMAL * float(right.std()) / np.sqrt(max(right.size, 1))
    return CurvePoint(
        labels_per_task=number,
        labels=0,
        accuracy=accuracy,
        lower=max(accuracy - reach, 0.0),
        upper=min(accuracy + reach, 1.0),
        cost=None,
    )


def _priced(point: CurvePoint, sizes: Ints, cost: float | None) -> CurvePoint:
    labels = int(np.minimum(sizes, point.labels_per_task).sum())
    return replace(point, labels=labels, cost=None if cost is None else cost * labels)
