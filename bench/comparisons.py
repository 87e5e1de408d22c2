"""What Bradley-Terry strengths of many comparisons cost in processor time, beside evalica's."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

import evalica
import numpy as np
import pyarrow as pa
from rich.table import Table

from evenhand.quality import aggregate
from evenhand.quality.pair.bradley_terry import bradley_terry
from evenhand.quality.pair.comparisons import tallied

if TYPE_CHECKING:
    from collections.abc import Callable

ITEMS = 200
REPEATS = 5
CPU_SECONDS_MAX = 0.05  # for a million comparisons from codes


def measure(votes: int) -> dict[str, float]:
    """Return the median seconds of processor time by way of fitting so many comparisons."""
    chance = np.random.default_rng(0)
    strength = chance.normal(0, 1, ITEMS)
    left = chance.integers(0, ITEMS, votes).astype(np.int32)
    right = ((left + chance.integers(1, ITEMS, votes)) % ITEMS).astype(np.int32)
    won = chance.random(votes) < 1 / (1 + np.exp(strength[right] - strength[left]))
    outcome = np.where(won, 0, 1).astype(np.int32)
    named = pa.array(["left", "right"]).take(pa.array(outcome))
    table = pa.table({"left": left, "right": right, "label": named})
    winners = [evalica.Winner.X if one else evalica.Winner.Y for one in won]
    ways: dict[str, Callable[[], object]] = {
        "from codes": lambda: bradley_terry(tallied(left, right, outcome, ITEMS)),
        "from a table": lambda: aggregate(table, "bradley-terry", kind="pairs"),
        "evalica, from lists": lambda: evalica.bradley_terry(
            left.tolist(), right.tolist(), winners
        ),
    }
    return {name: _median(way) for name, way in ways.items()}


def table(found: dict[str, float], votes: int) -> Table:
    """Lay the figures side by side."""
    shown = Table("", "CPU s", title=f"Bradley-Terry, {votes:,} comparisons of {ITEMS} items")
    for name, seconds in found.items():
        shown.add_row(name, f"{seconds:.3f}")
    return shown


def _median(way: Callable[[], object]) -> float:
    way()  # the first call loads the compiler
    took: list[float] = []
    for _ in range(REPEATS):
        began = time.process_time()
        way()
        took.append(time.process_time() - began)
    return statistics.median(took)
