"""Bootstrap intervals over tasks, out of sums by task.

A measure is a function of sums over tasks, so a replicate draws how often each task counts and
adds up again. Tasks that are alike are drawn together, by one number; where too many differ, they
are first put together at random, which leaves the spread of the sums what it is.
B. Efron, "Bootstrap Methods: Another Look at the Jackknife", Annals of Statistics 7 (1979), 1-26,
doi:10.1214/aos/1176344552.
"""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from evenhand.quality.agreement.tally import tally
from evenhand.quality.codes import Floats, Ints

Statistic: TypeAlias = Callable[[Floats], Floats]

LEVEL = 0.95
# The spread of so many groups is known to two parts in a hundred.
GROUPS_MAX = 4_000
_CHUNK = 250  # replicates at once: 8 MB of draws
_DEFINED_LEAST = 0.9


def interval(
    sums: Floats, times: Ints, statistic: Statistic, *, replicates: int, seed: int
) -> tuple[float, float] | None:
    """Bound the statistic's 95 % interval; None for a single task or if it is too often undefined.

    `sums` has a row for each kind of task and `times` how many tasks are of it; the statistic
    takes rows of sums over tasks and returns a number for each, nan where undefined.
    """
    tasks = int(times.sum())
    if replicates < 1 or tasks < 2:
        return None
    chance = np.random.default_rng(seed)
    rows, counts = _grouped(sums, times, chance)
    found: list[Floats] = []
    groups = int(counts.sum())
    share = counts / groups
    for start in range(0, replicates, _CHUNK):
        drawn = chance.multinomial(groups, share, size=min(_CHUNK, replicates - start))
        found.append(statistic(drawn.astype(np.float64) @ rows))
    values = np.concatenate(found)
    values = values[~np.isnan(values)]
    if values.size < _DEFINED_LEAST * replicates:
        return None
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def _grouped(sums: Floats, times: Ints, chance: np.random.Generator) -> tuple[Floats, Ints]:
    if times.size <= GROUPS_MAX:
        return sums, times
    # In an order that follows from the content alone, so that names of tasks cannot matter.
    order = np.lexsort(sums.T)
    rows = np.repeat(order, times[order])
    group = chance.permutation(rows.size) % GROUPS_MAX
    mixed = [tally(group, column[rows], GROUPS_MAX) for column in sums.T]
    return np.stack(mixed, axis=1), np.ones(GROUPS_MAX, dtype=np.int64)
