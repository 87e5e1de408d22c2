"""Comparisons of two items, read from a table and counted by pair."""

from dataclasses import dataclass

import numpy as np

from evenhand.quality.arrow import Names, pa
from evenhand.quality.codes import Codes, Floats, Ints
from evenhand.quality.frame import BadTable, Encoded, as_arrow, encoded

LEFT, RIGHT, TIE = 0, 1, 2
OUTCOMES = ("left", "right", "tie")

# Up to so many cells, every possible pair is counted at once; past it, those that occur.
CELLS_MAX = 20_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparisons:
    """Which of two items was preferred, as codes from 0; outcomes are LEFT, RIGHT or TIE."""

    items: Names
    left: Codes
    right: Codes
    outcomes: Codes
    annotators: Encoded | None

    @property
    def item_count(self) -> int:
        """How many items there are."""
        return len(self.items)


@dataclass(frozen=True, slots=True, kw_only=True)
class PairCounts:
    """How often each ordered pair came out how; every pair once, by left and then right item."""

    left: Ints
    right: Ints
    left_wins: Floats
    right_wins: Floats
    ties: Floats
    item_count: int


def comparisons(table: object) -> Comparisons:
    """Read a table `left, right, label`, with `annotator` if it is there.

    The label is "left", "right" or "tie". Raises BadTable for any other, and for an item that
    is compared with itself.
    """
    arrow = as_arrow(table, ("left", "right", "label"), ("annotator",))
    try:
        both = pa.chunked_array([*arrow.column("left").chunks, *arrow.column("right").chunks])
    except pa.ArrowException as mismatch:
        raise BadTable(
            f"Items on the left have the type {arrow.column('left').type} and on the right "
            f"{arrow.column('right').type}; give both columns the same."
        ) from mismatch
    items = encoded(both)
    left, right = items.codes[: arrow.num_rows], items.codes[arrow.num_rows :]
    itself = np.flatnonzero(left == right)
    if itself.size:
        raise BadTable(
            f"In row {int(itself[0]):,} an item is compared with itself; drop such rows."
        )
    found = encoded(arrow.column("label"))
    meaning = [OUTCOMES.index(name) if name in OUTCOMES else -1 for name in found.names.to_pylist()]
    if -1 in meaning:
        odd = found.names.to_pylist()[meaning.index(-1)]
        raise BadTable(f"The label {odd!r} is no outcome; a comparison is left, right or tie.")
    named = "annotator" in arrow.column_names
    return Comparisons(
        items=items.names,
        left=left,
        right=right,
        outcomes=np.array(meaning, dtype=np.int32)[found.codes],
        annotators=encoded(arrow.column("annotator")) if named else None,
    )


def tallied(
    left: Codes, right: Codes, outcomes: Codes, item_count: int, weights: Floats | None = None
) -> PairCounts:
    """Count outcomes by ordered pair, whatever the order of rows; rows may have weights."""
    key = (left.astype(np.int64) * item_count + right) * 3 + outcomes
    cells = item_count * item_count * 3
    if cells <= CELLS_MAX:
        counts = np.bincount(key, weights, minlength=cells).reshape(-1, 3)
        pairs = np.flatnonzero(counts.any(axis=1))
        counts = counts[pairs]
    else:
        pairs, place = np.unique(key // 3, return_inverse=True)
        counts = np.bincount(place * 3 + key % 3, weights, minlength=3 * pairs.size).reshape(-1, 3)
    counts = counts.astype(np.float64)
    return PairCounts(
        left=pairs // max(item_count, 1),
        right=pairs % max(item_count, 1),
        left_wins=counts[:, LEFT],
        right_wins=counts[:, RIGHT],
        ties=counts[:, TIE],
        item_count=item_count,
    )


def folded(tally: PairCounts) -> PairCounts:
    """Count each pair once, whichever item stood on the left."""
    turned = tally.left > tally.right
    left = np.where(turned, tally.right, tally.left)
    right = np.where(turned, tally.left, tally.right)
    key = left * max(tally.item_count, 1) + right
    pairs, place = np.unique(key, return_inverse=True)
    won = np.where(turned, tally.right_wins, tally.left_wins)
    lost = np.where(turned, tally.left_wins, tally.right_wins)
    return PairCounts(
        left=pairs // max(tally.item_count, 1),
        right=pairs % max(tally.item_count, 1),
        left_wins=np.bincount(place, won, pairs.size).astype(np.float64),
        right_wins=np.bincount(place, lost, pairs.size).astype(np.float64),
        ties=np.bincount(place, tally.ties, pairs.size).astype(np.float64),
        item_count=tally.item_count,
    )
