"""The robust mean of all votes on a task but one, for each of them."""

import numpy as np

from evenhand.quality.codes import Floats, Ints
from evenhand.quality.compiled import compiled

# Rounds of reweighting; from the plain mean they come close enough to rank tasks by.
ROUNDS = 12


@compiled
def tails_of_the_others(
    starts: Ints, values: Floats, noise: Floats, hardness: Floats, degrees: float
) -> Floats:
    """Locate Student noise by reweighting, leaving out each vote in turn.

    `values` and `noise` are by vote, task after task; alone on its task, a vote gets NaN.
    """
    found = np.full(values.size, np.nan)
    for task in range(starts.size - 1):
        first, end = starts[task], starts[task + 1]
        if end - first < 2:
            continue
        for left_out in range(first, end):
            place = 0.0
            for turn in range(ROUNDS):
                total = 0.0
                moment = 0.0
                for vote in range(first, end):
                    if vote == left_out:
                        continue
                    weight = 1.0 / noise[vote]
                    if turn > 0:
                        off = values[vote] - place
                        spread = noise[vote] * hardness[task]
                        weight *= (degrees + 1.0) / (degrees + off * off / spread)
                    total += weight
                    moment += weight * values[vote]
                place = moment / total
            found[left_out] = place
    return found
