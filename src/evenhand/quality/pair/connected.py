"""Which items can be compared at all, by who met whom and who beat whom."""

import numpy as np

from evenhand.quality.codes import Bools, Ints


def groups(left: Ints, right: Ints, item_count: int) -> Ints:
    """Number the groups of items that comparisons connect, in the order of their first items."""
    label = np.arange(item_count, dtype=np.int64)
    while True:
        before = label.copy()
        least = np.minimum(label[left], label[right])
        np.minimum.at(label, left, least)
        np.minimum.at(label, right, least)
        label = label[label]
        if (label == before).all():
            break
    return np.unique(label, return_inverse=True)[1].astype(np.int64)


def is_strong(winner: Ints, loser: Ints, group: Ints) -> bool:
    """Say whether in every group each item beat each other one, if only through others.

    If not, the likelihood grows for ever as some items move away from the rest.
    """
    heads = np.unique(group, return_index=True)[1]
    return bool(
        _reached(winner, loser, heads, group.size).all()
        and _reached(loser, winner, heads, group.size).all()
    )


def _reached(start: Ints, end: Ints, heads: Ints, item_count: int) -> Bools:
    reached = np.zeros(item_count, dtype=np.bool_)
    reached[heads] = True
    count = 0
    while count != int(reached.sum()):
        count = int(reached.sum())
        reached[end[reached[start]]] = True
    return reached
