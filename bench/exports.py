"""How fast and in how much memory all tasks with their answers are taken out, form by form."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING

import psutil
from rich.table import Table

from bench import pictures
from bench.peers import scratch, systems, texts
from bench.process_cpu import cpu_seconds, wait_until_idle
from bench.report import EVENHAND, LABEL_STUDIO, Bar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from bench.peers import System

ROWS_PER_SECOND_MIN = 100_000
ROWS_RATIO_MIN = 100
GROWTH_MEBIBYTES_MAX = 100
IMPORT_ROWS = 20_000  # a call; Label Studio keeps all of one in memory
SETTLE_SECONDS_MAX = 120
LOOK_SECONDS = 0.02
FORMS = {LABEL_STUDIO: ("json",), EVENHAND: ("json", "parquet")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How many rows, and how often they are taken out."""

    rows: int
    rounds: int
    label_studio_version: str


@dataclass(slots=True)
class Export:
    """What one system came to in one form."""

    rows: int
    size: int = 0
    seconds: list[float] = field(default_factory=list[float])
    first_seconds: list[float] = field(default_factory=list[float])
    cpu_seconds: list[float] = field(default_factory=list[float])
    growth_mebibytes: float = 0.0

    @property
    def rows_per_second(self) -> float:
        """The median over rounds, from the request to the last byte."""
        return self.rows / median(self.seconds)


Found = dict[tuple[str, str], Export]


def run(plan: Plan, names: Sequence[str], say: Callable[[str], None]) -> Found:
    """Fill each named system with answered tasks and take all of them out, form after form."""
    found: Found = {}
    with scratch() as folder:
        for system in systems(plan.label_studio_version, names, folder, say):
            say(f"{system.name}: {plan.rows:,} answered tasks")
            system.start()
            try:
                system.prepare(1)
                _fill(system, plan.rows)
                forms = {form: Export(plan.rows) for form in FORMS[system.name]}
                for number in range(plan.rounds):
                    for form, export in forms.items():
                        say(f"{system.name}: round {number + 1}, {form}")
                        _take(system, form, export)
            finally:
                system.stop()
            found |= {(system.name, form): export for form, export in forms.items()}
    return found


def _fill(system: System, rows: int) -> None:
    for first in range(0, rows, IMPORT_ROWS):
        after = min(first + IMPORT_ROWS, rows)
        made = system.import_answered(list(texts(first, after)))
        assert made == after - first, f"{made} of {after - first} tasks were imported"
    wait_until_idle(lambda: cpu_seconds(system.processes()), seconds_max=SETTLE_SECONDS_MAX)


def _take(system: System, form: str, export: Export) -> None:
    size = lines = 0
    first = 0.0

    def take(piece: bytes) -> None:
        nonlocal size, lines, first
        first = first or time.perf_counter() - begun
        size += len(piece)
        lines += piece.count(b"\n")

    before = cpu_seconds(system.processes())
    with _growth(system.processes()[0]) as growth:
        begun = time.perf_counter()
        system.export(form, take)
        export.seconds.append(time.perf_counter() - begun)
    if form == "json" and system.name == EVENHAND:
        assert lines == export.rows, f"{lines} lines of {export.rows} came"
    export.first_seconds.append(first)
    export.cpu_seconds.append(cpu_seconds(system.processes()) - before)
    export.growth_mebibytes = max(export.growth_mebibytes, growth[0])
    export.size = size


@contextmanager
def _growth(pid: int) -> Generator[list[float]]:
    """Watch by how much a server's own process grows, in the list's one place."""
    process, over = psutil.Process(pid), threading.Event()
    before = process.memory_info().rss
    growth = [0.0]

    def watch() -> None:
        while not over.wait(LOOK_SECONDS):
            growth[0] = max(growth[0], (process.memory_info().rss - before) / 2**20)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield growth
    finally:
        over.set()
        watcher.join()


def table(found: Found) -> Table:
    """Lay the systems and forms side by side."""
    shown = Table(title="Exports of answered tasks", title_justify="left")
    shown.add_column("", no_wrap=True)
    for name, form in found:
        shown.add_column(f"{name}, {form}", justify="right")
    every = list(found.values())
    shown.add_row("rows", *(f"{one.rows:,}" for one in every))
    shown.add_row("rows/s", *(f"{one.rows_per_second:,.0f}" for one in every))
    shown.add_row(
        "  CPU µs a row, server + database",
        *(f"{median(one.cpu_seconds) / one.rows * 1e6:.1f}" for one in every),
    )
    shown.add_row("first byte, s", *(f"{median(one.first_seconds):.2f}" for one in every))
    shown.add_row("MB", *(f"{one.size / 1e6:,.1f}" for one in every))
    shown.add_row("server grew by, MiB", *(f"{one.growth_mebibytes:,.0f}" for one in every))
    return shown


def bars(found: Found) -> list[Bar]:
    """Hold the figures against what was promised."""
    lines, parquet = found[EVENHAND, "json"], found[EVENHAND, "parquet"]
    rate, growth = lines.rows_per_second, max(lines.growth_mebibytes, parquet.growth_mebibytes)
    forms = parquet.rows_per_second / rate
    held = [
        Bar(f"at least {ROWS_PER_SECOND_MIN:,} rows/s", rate, rate >= ROWS_PER_SECOND_MIN),
        Bar("Parquet no slower than lines", forms, forms >= 1),
        Bar(f"grows by at most {GROWTH_MEBIBYTES_MAX} MiB", growth, growth <= GROWTH_MEBIBYTES_MAX),
    ]
    theirs = found.get((LABEL_STUDIO, "json"))
    if theirs is not None:
        ratio = rate / theirs.rows_per_second
        held.append(
            Bar(f"at least {ROWS_RATIO_MIN} x the peer's rows/s", ratio, ratio >= ROWS_RATIO_MIN)
        )
    return held


def drawn(found: Found) -> str:
    """Draw the rows a second of each system and form beside the bar, as SVG."""
    return pictures.drawn(
        [
            pictures.Figure(
                name=f"{name}, {form}, {one.rows:,} rows",
                value=one.rows_per_second,
                shown=f"{one.rows_per_second:,.0f}",
                is_kept=one.rows_per_second >= ROWS_PER_SECOND_MIN,
                more=f"the server grew by {one.growth_mebibytes:.0f} MiB",
            )
            for (name, form), one in found.items()
        ],
        pictures.Scale(
            least=10,
            most=1_000_000,
            promised=ROWS_PER_SECOND_MIN,
            promise=f"{ROWS_PER_SECOND_MIN:,} rows/s",
        ),
    )
