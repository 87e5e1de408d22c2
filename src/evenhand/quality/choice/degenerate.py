"""Telling a solution that fits the votes from one that has run away from them."""

import numpy as np

from evenhand.quality.codes import Floats, leaders
from evenhand.quality.votes import Votes

# A label that so many tasks have by majority, and but a tenth as many or fewer in the solution, was
# swallowed by others.
SWALLOWED_TASKS_MIN = 5
LEFT_MAX = 0.1
# Agreement with the majorities beyond chance (as Cohen's kappa has it): below this a solution has
# little to do with the votes, below nought it has turned them round.
AGREED_MIN = 0.2


def degenerate(votes: Votes, posterior: Floats, skill: Floats) -> str | None:
    """Say in a sentence what is wrong with a solution, or nothing when it looks sound."""
    if votes.size == 0 or votes.label_count < 2:
        return None
    majority = leaders(tally(votes))
    won = leaders(posterior)
    decided = majority >= 0
    if not decided.any():
        return None
    by_majority = np.bincount(majority[decided], minlength=votes.label_count)
    left = np.bincount(won[won >= 0], minlength=votes.label_count)
    swallowed = (by_majority >= SWALLOWED_TASKS_MIN) & (left <= by_majority * LEFT_MAX)
    if swallowed.any():
        return (
            f"{int(swallowed.sum())} of {votes.label_count} labels have the majority on "
            f"{int(by_majority[swallowed].sum())} tasks and are hardly ever likeliest in this "
            "solution."
        )
    agreed = float((won == majority)[decided].mean())
    by_chance = float(by_majority @ np.bincount(won[won >= 0], minlength=by_majority.size))
    by_chance /= max(decided.sum() * (won >= 0).sum(), 1)
    if agreed - by_chance < AGREED_MIN * (1 - by_chance):
        return (
            f"This solution contradicts the majority on {1 - agreed:.0%} of the tasks that have "
            "one, about as chance would; labels may have changed places."
        )
    voted = np.bincount(votes.annotators, minlength=skill.size) > 0
    if float(skill[voted].mean()) < 1 / votes.label_count:
        return "In this solution annotators are right less often than chance."
    return None


def tally(votes: Votes) -> Floats:
    """Count the votes on each task (row) for each label (column)."""
    cells = votes.tasks() * votes.label_count + votes.labels
    size = votes.task_count * votes.label_count
    counted = np.bincount(cells, weights=votes.weights, minlength=size)
    return counted.astype(np.float64).reshape(votes.task_count, votes.label_count)
