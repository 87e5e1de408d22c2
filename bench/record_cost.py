"""What keeping the record costs: `evenhand serve` beside one that makes no epochs, in turn."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from rich.table import Table

from bench.evenhand_server import EvenhandServer
from bench.peers import Trial
from bench.report import Bar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.peers import Measured, Plan

LOOPS_LOST_MAX = 0.08
IMPORTS_LOST_MAX = 0.10


class Unrecorded(EvenhandServer):
    """An Evenhand that keeps no record."""

    name = "without its record"
    serve = (sys.executable, "-m", "bench.unrecorded", "serve")

    def _environment(self) -> dict[str, str]:
        return super()._environment() | {"PYTHONPATH": str(Path(__file__).parents[1])}


def run(plan: Plan, folder: Path, say: Callable[[str], None]) -> list[Measured]:
    """Import and label in turn with both, round by round; who begins changes each time."""
    with ExitStack() as servers:
        trials: list[Trial] = []
        for kind in (EvenhandServer, Unrecorded):
            own = folder / kind.__name__
            own.mkdir()
            trials.append(Trial(kind(own), plan, say))
            servers.callback(trials[-1].tear_down)
            trials[-1].set_up()
        for number in range(plan.rounds):
            for trial in trials if number % 2 == 0 else reversed(trials):
                trial.label(number)
        return [trial.seen for trial in trials]


def _loops(one: Measured) -> float:
    return median(each.tally.loops / each.tally.seconds for each in one.rounds)


def _cpu(one: Measured) -> float:
    return median(1000 * each.server_cpu_seconds / each.tally.loops for each in one.rounds)


def table(found: Sequence[Measured]) -> Table:
    """Show both side by side."""
    shown = Table(title="What the record costs", title_justify="left")
    shown.add_column("", no_wrap=True)
    for one in found:
        shown.add_column(one.name, justify="right")
    shown.add_row("next + submit a second", *(f"{_loops(one):,.0f}" for one in found))
    shown.add_row("CPU ms each", *(f"{_cpu(one):.2f}" for one in found))
    shown.add_row(
        "tasks imported a second", *(f"{median(one.imported_per_second):,.0f}" for one in found)
    )
    shown.add_row("CPU ms a task", *(f"{median(one.import_cpu_ms_per_task):.3f}" for one in found))
    shown.add_row("idle, share of a core", *(f"{one.idle_cpu_share:.3f}" for one in found))
    return shown


def bars(found: Sequence[Measured]) -> list[Bar]:
    """Hold what is lost against what may be."""
    recorded, bare = found
    loops = 1 - _loops(recorded) / _loops(bare)
    imports = 1 - median(recorded.imported_per_second) / median(bare.imported_per_second)
    return [
        Bar(f"next + submit at most {LOOPS_LOST_MAX:.0%} below", loops, loops <= LOOPS_LOST_MAX),
        Bar(
            f"bulk import at most {IMPORTS_LOST_MAX:.0%} below",
            imports,
            imports <= IMPORTS_LOST_MAX,
        ),
    ]
