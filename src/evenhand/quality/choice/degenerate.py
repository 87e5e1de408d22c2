"""Detection of degenerate fits, which have run away from the votes that they explain."""

from dataclasses import dataclass

import numpy as np

from evenhand.quality.choice.fit import Known
from evenhand.quality.codes import Codes, Floats, Ints
from evenhand.quality.compiled import compiled, inlined
from evenhand.quality.votes import Votes

# A label that so many tasks have by majority, and but a tenth as many or fewer in the solution, was
# swallowed by others. Votes alone would not do: a label given now and then by mistake has many.
SWALLOWED_TASKS_MIN = 5
LEFT_MAX = 0.1
# Agreement with the majorities beyond chance (as Cohen's kappa has it): below this a solution has
# little to do with the votes, below nought it has turned them round. Where a few who know outvote
# a crowd that guesses, a right solution may come as low as this and be right in 97 of 100.
AGREED_MIN = 0.2

TIE = 1e-9  # what leads by less is tied, as in `codes.leaders`


def degenerate(votes: Votes, known: Known, posterior: Floats) -> str | None:
    """Say in a sentence what is wrong with a solution, or nothing when it looks sound.

    Where gold or earlier work is known, a solution may rightly contradict the majority.
    """
    if votes.size == 0 or votes.label_count < 2:
        return None
    leads = _compared(votes, posterior)
    if not leads.majority.any():
        return None
    swallowed = leads.majority >= SWALLOWED_TASKS_MIN
    swallowed &= leads.solution <= leads.majority * LEFT_MAX
    if swallowed.any():
        return (
            f"{int(swallowed.sum())} of {votes.label_count} labels have the majority on "
            f"{int(leads.majority[swallowed].sum())} tasks and are hardly ever likeliest in this "
            "solution."
        )
    if known.gold is not None or known.counts is not None:
        return None
    agreed, by_chance = leads.agreement()
    if agreed - by_chance < AGREED_MIN * (1 - by_chance):
        return (
            f"This solution contradicts the majority on {1 - agreed:.0%} of the tasks that have "
            "one, about as chance would; labels may have changed places."
        )
    # Of all votes together, not of most annotators: a sound solution may find most at chance.
    given = votes.size if votes.weights is None else float(votes.weights.sum())
    if leads.right * votes.label_count < given:
        return "In this solution votes are right less often than chance would be."
    return None


@dataclass(frozen=True, slots=True)
class _Leads:
    """On how many tasks each label leads by majority and in the solution, and on how many both.

    `right` is how many of the votes are probably right.
    """

    majority: Ints
    solution: Ints
    both: int
    right: float

    def agreement(self) -> tuple[float, float]:
        """Return how often the solution has the majority's label, and how often by chance."""
        decided = int(self.majority.sum())
        by_chance = float(self.majority @ self.solution) / decided
        return self.both / decided, by_chance / max(int(self.solution.sum()), 1)


def _compared(votes: Votes, posterior: Floats) -> _Leads:
    width = votes.label_count
    weights = np.empty(0) if votes.weights is None else votes.weights
    majority, solution = np.zeros(width, np.int64), np.zeros(width, np.int64)
    columns = votes.starts, votes.labels
    both, right = compare(columns, weights, posterior, majority, solution)
    return _Leads(majority, solution, both, right)


@compiled
def compare(
    columns: tuple[Ints, Codes], weights: Floats, posterior: Floats, majority: Ints, solution: Ints
) -> tuple[int, float]:
    """Count on how many tasks each label leads; return on how many both do, and the right votes.

    One pass that keeps nothing by task: after a fit of millions of votes that is most of the cost.
    """
    starts, labels = columns
    tally = np.zeros(posterior.shape[1])
    both, right = 0, 0.0
    for task in range(posterior.shape[0]):
        for row in range(starts[task], starts[task + 1]):
            tally[labels[row]] += weights[row] if weights.size > 0 else 1.0
        for label in range(tally.size):
            right += tally[label] * posterior[task, label]
        by_majority, by_solution = alone_ahead(tally), alone_ahead(posterior[task])
        tally[:] = 0.0
        if by_majority >= 0:
            majority[by_majority] += 1
            both += by_majority == by_solution
        if by_solution >= 0:
            solution[by_solution] += 1
    return both, right


@inlined
def alone_ahead(scores: Floats) -> int:
    """Return the label with the best score, or -1 where two have it."""
    best = 0.0
    for score in scores:
        best = max(best, score)
    leader, leaders = -1, 0
    for label in range(scores.size):
        leads = scores[label] >= best - TIE
        leaders += leads
        leader = label if leads else leader
    return leader if leaders == 1 else -1
