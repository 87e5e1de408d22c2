"""How right every method of choices is on public crowd data with truth."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from rich.table import Table

from evenhand.quality.choice.auto import auto
from evenhand.quality.choice.fit import NOTHING_KNOWN, Limits
from evenhand.quality.choice.methods import METHODS
from evenhand.quality.codes import Floats, leaders
from evenhand.quality.votes import Votes

# The reader of the data is the tests', which live beside this folder.
sys.path.append(str(Path(__file__).parents[1] / "tests"))

from quality.crowd_sets import NAMES, CrowdSet, crowd_set

LIMITS = Limits(tolerance=1e-5)  # as `aggregate` has them
Method = Callable[[Votes], Floats]


def table(log: Callable[[str], None]) -> Table:
    """Return a table of accuracies in per cent, a row a method, with means and processor time.

    A tie counts as none right; where ties matter, a second figure counts them by the chance of a
    draw.
    """
    sets = [crowd_set(name) for name in NAMES]
    shown = Table("method", *NAMES, "mean", "CPU s")
    for name, method in methods().items():
        log(name)
        began = time.process_time()
        found = [method(one.votes) for one in sets]
        spent = time.process_time() - began
        right = [_right(one, posterior) for one, posterior in zip(sets, found, strict=True)]
        mean = float(np.mean([drawn for _, drawn in right]))
        cells = [
            f"{strict:.2f}" if abs(strict - drawn) < 0.005 else f"{strict:.2f} ({drawn:.2f})"
            for strict, drawn in right
        ]
        shown.add_row(name, *cells, f"{mean:.2f}", f"{spent:.1f}")
    return shown


def methods() -> dict[str, Method]:
    """Return all methods by name, auto last."""
    named: dict[str, Method] = {
        name: lambda votes, fit=fit: fit(votes, NOTHING_KNOWN, LIMITS).posterior
        for name, fit in METHODS.items()
    }
    named["auto"] = lambda votes: auto(votes, NOTHING_KNOWN, LIMITS)[0].posterior
    return named


def _right(one: CrowdSet, posterior: Floats) -> tuple[float, float]:
    known = (one.truth >= 0) & (one.truth < posterior.shape[1])
    scores, truth = posterior[known], one.truth[known]
    lead = scores >= scores.max(axis=1, keepdims=True) - 1e-9
    drawn = lead[np.arange(truth.size), truth] / lead.sum(axis=1)
    return one.right(leaders(posterior)), 100 * float(drawn.sum()) / int((one.truth >= 0).sum())
