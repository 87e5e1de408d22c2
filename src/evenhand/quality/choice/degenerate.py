"""Telling a solution that fits the votes from one that has run away from them."""

from dataclasses import dataclass

import numpy as np

from evenhand.quality.choice.fit import Known
from evenhand.quality.choice.kernels import tally
from evenhand.quality.codes import Floats, Ints, leaders
from evenhand.quality.votes import Votes

# A label that so many tasks have by majority, and but a tenth as many or fewer in the solution, was
# swallowed by others. Votes alone would not do: a label given now and then by mistake has many.
SWALLOWED_TASKS_MIN = 5
LEFT_MAX = 0.1
# Agreement with the majorities beyond chance (as Cohen's kappa has it): below this a solution has
# little to do with the votes, below nought it has turned them round. Where a few who know outvote
# a crowd that guesses, a right solution may come as low as this and be right in 97 of 100.
AGREED_MIN = 0.2

TASKS_AT_ONCE = 50_000  # so that millions of tasks are compared in a few megabytes


def degenerate(votes: Votes, known: Known, posterior: Floats, skill: Floats) -> str | None:
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
    given = votes.by_annotator()
    if float(skill @ given) < float(given.sum()) / votes.label_count:
        return "In this solution votes are right less often than chance would be."
    return None


@dataclass(frozen=True, slots=True)
class _Leads:
    """On how many tasks each label leads by majority and in the solution, and on how many both."""

    majority: Ints
    solution: Ints
    both: int

    def agreement(self) -> tuple[float, float]:
        """Return how often the solution has the majority's label, and how often by chance."""
        decided = int(self.majority.sum())
        by_chance = float(self.majority @ self.solution) / decided
        return self.both / decided, by_chance / max(int(self.solution.sum()), 1)


def _compared(votes: Votes, posterior: Floats) -> _Leads:
    width = votes.label_count
    weights = np.empty(0) if votes.weights is None else votes.weights
    shares = np.empty((min(TASKS_AT_ONCE, votes.task_count), width))
    majority, solution, both = np.zeros(width, np.int64), np.zeros(width, np.int64), 0
    for start in range(0, votes.task_count, TASKS_AT_ONCE):
        found = posterior[start : start + TASKS_AT_ONCE]
        part = shares[: found.shape[0]]
        tally(votes.starts[start : start + part.shape[0] + 1], votes.labels, weights, part)
        by_majority, by_solution = leaders(part), leaders(found)
        # What is tied has the code -1, and its place is left out.
        majority += np.bincount(by_majority + 1, minlength=width + 1)[1:]
        solution += np.bincount(by_solution + 1, minlength=width + 1)[1:]
        both += int(((by_majority == by_solution) & (by_majority >= 0)).sum())
    return _Leads(majority, solution, both)
