"""One order out of several: scores by item, the higher the better, equal where items tie.

A ranking is an array of item codes, best first; items that it leaves out, it says nothing of.
"""

import numpy as np

from evenhand.quality.codes import Floats, Ints
from evenhand.quality.pair.bradley_terry import PRIOR_PRECISION, STEP_MIN
from evenhand.quality.pair.cholesky import solved
from evenhand.quality.pair.connected import groups, is_strong

# So many items have an exact best order in a moment: every subset is visited.
EXACT_MAX = 8
STEPS_MAX = 200
SWEEPS_MAX = 1000


def borda(rankings: list[Ints], item_count: int) -> Floats:
    """Score an item by its mean share of the items that it was ranked against and beat."""
    beaten = _beaten(rankings, item_count)
    met = beaten + beaten.T
    total = met.sum(axis=1)
    return np.where(total > 0, beaten.sum(axis=1) / np.maximum(total, 1), 0.5)


def kemeny(rankings: list[Ints], item_count: int) -> Floats:
    """Score items by the order that contradicts the fewest pairs of the rankings.

    Kemeny (1959). Exact up to eight items: there, items have equal scores where several orders
    are equally good and do not agree on them. Past that, items move one at a time from Borda's
    order while it gets better.
    """
    beaten = _beaten(rankings, item_count)
    if item_count <= EXACT_MAX:
        return _exact(beaten, item_count)
    order = np.argsort(-borda(rankings, item_count), kind="stable").tolist()
    for _ in range(SWEEPS_MAX):
        if not _improved(order, beaten):
            break
    scores = np.zeros(item_count)
    scores[order] = np.arange(item_count, 0, -1)
    return scores


def _beaten(rankings: list[Ints], item_count: int) -> Floats:
    beaten = np.zeros((item_count, item_count))
    for ranking in rankings:
        first, second = np.triu_indices(ranking.size, 1)
        beaten[ranking[first], ranking[second]] += 1
    return beaten


def _exact(beaten: Floats, item_count: int) -> Floats:
    """Count the best orders over subsets, and average each item's place over all of them.

    `cost[s]` is that of ordering the items of subset s before all others, `ways[s]` how many
    orders reach it; the same from the other end gives every place that a best order has.
    """
    whole = (1 << item_count) - 1
    # What an item costs that comes right after a subset: those who beat it and come later.
    after = np.zeros((whole + 1, item_count))
    for subset in range(whole + 1):
        later = [item for item in range(item_count) if not subset >> item & 1]
        after[subset] = beaten[later].sum(axis=0)
    cost, ways = np.full(whole + 1, np.inf), np.zeros(whole + 1)
    rest, ends = np.full(whole + 1, np.inf), np.zeros(whole + 1)
    cost[0], ways[0], rest[whole], ends[whole] = 0.0, 1.0, 0.0, 1.0
    for subset in range(whole + 1):
        for item in range(item_count):
            if not subset >> item & 1:
                there = cost[subset] + after[subset, item]
                _relax(cost, ways, subset | 1 << item, (there, ways[subset]))
    for subset in range(whole, -1, -1):
        for item in range(item_count):
            if not subset >> item & 1:
                there = rest[subset | 1 << item] + after[subset, item]
                _relax(rest, ends, subset, (there, ends[subset | 1 << item]))
    scores = np.zeros(item_count)
    for subset in range(whole):
        place = item_count - subset.bit_count()
        for item in range(item_count):
            total = cost[subset] + after[subset, item] + rest[subset | 1 << item]
            if not subset >> item & 1 and total <= cost[whole] + 1e-9:
                scores[item] += place * ways[subset] * ends[subset | 1 << item] / ways[whole]
    return scores


def _relax(cost: Floats, ways: Floats, subset: int, there: tuple[float, float]) -> None:
    price, count = there
    if price < cost[subset] - 1e-9:
        cost[subset], ways[subset] = price, count
    elif price <= cost[subset] + 1e-9:
        ways[subset] += count


def _improved(order: list[int], beaten: Floats) -> bool:
    """Move one item to where it contradicts least, and say whether any moved."""
    moved = False
    for item in sorted(order):
        start = order.index(item)
        others = order[:start] + order[start + 1 :]
        gain = beaten[item, others] - beaten[others, item]
        # The cost of standing before `others[place:]`, up to a constant.
        cost = np.concatenate(([0.0], np.cumsum(gain)))
        best = int(np.argmin(cost))
        if cost[best] < cost[start] - 1e-9:
            order[:] = [*others[:best], item, *others[best:]]
            moved = True
    return moved


def plackett_luce(rankings: list[Ints], item_count: int) -> Floats:
    """Score items so that each ranking draws the next item in proportion to exp(score).

    The likelihood of Luce and Plackett (1975) is concave; Newton's method finds the maximum that
    Hunter's (2004) iteration does, doi:10.1214/aos/1079120141. Scores average 0 in each group of
    items that rankings connect; where no finite maximum exists, they have a normal prior.
    """
    first, second = np.nonzero(_beaten(rankings, item_count))
    group = groups(first, second, item_count)
    prior = 0.0 if is_strong(first, second, group) else PRIOR_PRECISION
    scores = np.zeros(item_count)
    value, slope, bend = _drawn(rankings, scores, prior)
    together = (group[:, None] == group) / np.bincount(group)[group][:, None]
    for _ in range(STEPS_MAX):
        step = solved(bend + (0.0 if prior else 1.0) * together, slope)
        reached = _drawn(rankings, scores + step, prior)
        while reached[0] < value - 1e-12 * abs(value) and np.abs(step).max() > STEP_MIN:
            step = step / 2
            reached = _drawn(rankings, scores + step, prior)
        scores, (value, slope, bend) = scores + step, reached
        if np.abs(step).max(initial=0) <= STEP_MIN:
            break
    return scores - (np.bincount(group, scores) / np.bincount(group))[group]


def _drawn(rankings: list[Ints], scores: Floats, prior: float) -> tuple[float, Floats, Floats]:
    """Return the logarithm to be maximised, its slope, and its bend with the sign turned."""
    value = -0.5 * prior * float(np.sum(scores**2))
    slope, bend = -prior * scores, prior * np.eye(scores.size)
    for ranking in rankings:
        if ranking.size < 2:
            continue
        strength = np.exp(scores[ranking] - scores[ranking].max())
        left = np.cumsum(strength[::-1])[::-1][:-1]
        # By stage and place: how likely the item at that place is to be drawn there.
        chance = np.triu(np.ones((ranking.size - 1, ranking.size))) * strength / left[:, None]
        value += float(np.sum(np.log(strength[:-1] / left)))
        slope[ranking[:-1]] += 1
        slope[ranking] -= chance.sum(axis=0)
        bend[np.ix_(ranking, ranking)] += np.diag(chance.sum(axis=0)) - chance.T @ chance
    return value, slope, bend
