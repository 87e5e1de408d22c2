"""Adding up by code."""

import numpy as np

from evenhand.quality.codes import Bools, Codes, Floats, Ints


def tally(codes: Ints | Codes, amounts: Floats | Ints | Bools, count: int) -> Floats:
    """Add up the amounts of each code from 0 below `count`."""
    # Of no rows numpy returns whole numbers, which cannot hold shares.
    return np.bincount(codes, weights=amounts, minlength=count).astype(np.float64, copy=False)
