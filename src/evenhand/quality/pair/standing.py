"""Scores as a table: with intervals, ranks that ties share, and what a reader should know."""

import numpy as np

from evenhand.quality.arrow import Names, Table, pa
from evenhand.quality.codes import Floats, Ints

NORMAL_95 = 1.959964
# Scores closer than this are equal but for rounding.
EQUAL = 1e-9


def standing(items: Names, scores: Floats, errors: Floats, groups: Ints) -> Table:
    """Return `item, score, lower, upper, rank, group`; a rank counts within the group."""
    half = NORMAL_95 * errors
    return pa.table(
        {
            "item": items,
            "score": pa.array(scores),
            "lower": pa.array(scores - half),
            "upper": pa.array(scores + half),
            "rank": pa.array(ranks(scores, groups)),
            "group": pa.array(groups),
        }
    )


def ranks(scores: Floats, groups: Ints) -> Ints:
    """Return 1 for the best of each group; equal items share the better rank."""
    found = np.zeros(scores.size, dtype=np.int64)
    for group in np.unique(groups):
        inside = np.flatnonzero(groups == group)
        descending = np.sort(-scores[inside])
        found[inside] = 1 + np.searchsorted(descending, -scores[inside] - EQUAL)
    return found


def warnings(groups: Ints, *, regularised: bool) -> tuple[str, ...]:
    """Say where scores cannot be compared, or exist only thanks to the prior."""
    found: list[str] = []
    count = int(groups.max(initial=-1)) + 1
    if count > 1:
        found.append(
            f"The items fall into {count} groups that nothing connects; scores and ranks mean "
            "nothing across groups."
        )
    if regularised:
        found.append(
            "Some items were never beaten, or never won, by the rest of their group, so that their "
            "scores have no finite estimate; a normal prior of variance 10 was used for all."
        )
    return tuple(found)
