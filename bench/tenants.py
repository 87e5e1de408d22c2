"""What many tenants cost: those who wait, and those beside whom one task is asked for.

Two servers run at once, one with few tenants and one with many, or one with few tasks and one with
many; they are asked in turn, round by round, by one annotator who waits for each answer. The tasks
are written to the database, because to import them would take longer than the rest of the run.
"""

from __future__ import annotations

import hashlib
import itertools
import math
import secrets
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING

import psycopg
from rich.table import Table

from bench.evenhand_server import EvenhandServer
from bench.generator import Shift, Stream, work
from bench.process_cpu import cpu_seconds, memory_mebibytes
from bench.report import Bar, percentile
from evenhand.foundation import sql
from evenhand.foundation.embedded import embedded_server

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from uuid import UUID

    from bench.generator import Tally

QUERIES = sql.beside(__file__, "tenants.sql")
OPEN_TASKS = 100  # of each tenant
FILL_TASKS = 50_000  # in one statement
PEOPLE_EXPOSED = 5_000  # where there are conflicts
SETTLE_SECONDS_MAX = 300.0
ROUND_SECONDS_MAX = 300.0
P50_RATIO_MAX = 1.3
P99_RATIO_MAX = 2.0
P99_RATIO_OF_TASKS_MAX = 1.5
CPU_RATIO_MAX = 1.2
MEMORY_RATIO_MAX = 1.1
IDLE_SHARE_MAX = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How many tenants, with how many open tasks each."""

    tenants: int
    each: int
    conflicts: int = 0

    def __str__(self) -> str:
        """Say it as the head of a column."""
        rivals = f", {self.conflicts:,} conflicts" if self.conflicts else ""
        return f"{self.tenants:,} tenants, {self.each:,} tasks each{rivals}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Two sizes, and how often each is asked how much."""

    sizes: tuple[Size, Size]
    rounds: int
    loops: int
    idle_seconds: float


@dataclass(slots=True, kw_only=True)
class Seen:
    """What was measured of one size."""

    size: Size
    start_seconds: float = 0.0
    idle_cpu_share: float = 0.0
    memory_mebibytes: float = 0.0
    tallies: list[Tally] = field(default_factory=list["Tally"])
    cpu_seconds: list[float] = field(default_factory=list[float])

    def figures(self) -> dict[str, float]:
        """Boil it down to one figure a row."""
        asked = [one for tally in self.tallies for one in tally.next_ms]
        loops = [
            taken + submitted
            for tally in self.tallies
            for taken, submitted in zip(tally.next_ms, tally.submit_ms, strict=False)
        ]
        costs = [
            1000 * cpu / tally.loops
            for cpu, tally in zip(self.cpu_seconds, self.tallies, strict=True)
        ]
        return {
            "next p50, ms": percentile(asked, 0.5),
            "next p99, ms": percentile(asked, 0.99),
            "next + submit p50, ms": percentile(loops, 0.5),
            "next + submit p99, ms": percentile(loops, 0.99),
            "CPU ms a loop, all processes": median(costs) if costs else float("nan"),
            "idle, share of a core": self.idle_cpu_share,
            "memory after it, MiB": self.memory_mebibytes,
            "start on existing data, s": self.start_seconds,
        }


class Installation:
    """One server with tenants whose tasks were written to its database."""

    def __init__(self, folder: Path, size: Size) -> None:
        """Start it on an empty folder, and fill its database."""
        folder.mkdir()
        self.size = size
        self.server = EvenhandServer(folder)
        self.server.start()
        self._open = ExitStack()
        self.admin = self._open.enter_context(embedded_server(folder / "data"))
        self.database = self._open.enter_context(psycopg.connect(self.admin, autocommit=True))
        made = self.database.execute(QUERIES["make_tenants"], {"tenants": size.tenants}).fetchall()
        self._tenant_ids: list[UUID] = [row[0] for row in made]
        self.fill()
        if size.conflicts:
            told = {"conflicts": size.conflicts, "people": PEOPLE_EXPOSED}
            self.database.execute(QUERIES["name_rivals"], told)
        self.database.execute(QUERIES["refresh_statistics"])

    def fill(self, each: int | None = None) -> None:
        """Bring every tenant's open tasks up to so many, or else to what the size says."""
        each = self.size.each if each is None else each
        step = max(1, FILL_TASKS // max(each, 1))
        for begin in range(0, len(self._tenant_ids), step):
            some = self._tenant_ids[begin : begin + step]
            self.database.execute(QUERIES["fill"], {"tenant_ids": some, "each": each})

    def stream(self, annotators: int) -> Stream:
        """Make annotators, and tell the generator how to be them."""
        tokens = [f"ann_{secrets.token_urlsafe(32)}" for _ in range(annotators)]
        hashes = [hashlib.sha256(token.encode()).digest() for token in tokens]
        self.database.execute(QUERIES["make_annotators"], {"hashes": hashes})
        return Stream(
            dialect="evenhand-asks",
            origin=self.server.stream().origin,
            project="",
            headers=[
                {"Authorization": f"Bearer {token}", "X-Evenhand-Request": "1"} for token in tokens
            ],
        )

    def settle(self) -> None:
        """Wait until background work owes nothing."""
        begun = time.monotonic()
        while time.monotonic() - begun < SETTLE_SECONDS_MAX:
            row = self.database.execute(QUERIES["unsettled"]).fetchone()
            assert row is not None, "a count always counts something"
            if row[0] == 0:
                return
            time.sleep(0.5)

    def restart(self) -> float:
        """Stop the server, start it again and return the seconds; its PostgreSQL stays."""
        self.server.stop()
        return self.server.start()

    def cpu(self) -> float:
        """Processor time of the server, its children and its PostgreSQL so far."""
        return cpu_seconds(self.server.processes())

    def stop(self) -> None:
        """End server and PostgreSQL."""
        self.server.stop()
        self._open.close()


def run(plan: Plan, folder: Path, say: Callable[[str], None]) -> list[Seen]:
    """Fill two servers, look at them idle, and ask them in turn."""
    with ExitStack() as running:
        pairs: list[tuple[Installation, Seen]] = []
        for number, size in enumerate(plan.sizes):
            say(f"{size}: filling")
            made = Installation(folder / str(number), size)
            running.callback(made.stop)
            pairs.append((made, Seen(size=size)))
        for made, seen in pairs:
            seen.start_seconds = made.restart()
            made.settle()
        say(f"both idle for {plan.idle_seconds:g} s")
        _look_idle(pairs, plan.idle_seconds)
        streams = [made.stream(1) for made, _ in pairs]
        if all(size.each for size in plan.sizes):
            _ask_in_turn(plan, pairs, streams, say)
        for made, seen in pairs:
            seen.memory_mebibytes = memory_mebibytes(made.server.processes())
        return [seen for _, seen in pairs]


def _look_idle(pairs: Sequence[tuple[Installation, Seen]], seconds: float) -> None:
    before, begun = [made.cpu() for made, _ in pairs], time.monotonic()
    time.sleep(seconds)
    for (made, seen), cpu in zip(pairs, before, strict=True):
        seen.idle_cpu_share = (made.cpu() - cpu) / (time.monotonic() - begun)


def _ask_in_turn(
    plan: Plan,
    pairs: Sequence[tuple[Installation, Seen]],
    streams: Sequence[Stream],
    say: Callable[[str], None],
) -> None:
    # The first round warms up: queues get their tags, plans are made.
    for number in range(plan.rounds + 1):
        say(f"round {number} of {plan.rounds}, {plan.loops} loops each")
        for (made, seen), stream in zip(pairs, streams, strict=True):
            made.fill()
            made.settle()
            before = made.cpu()
            tally = work(Shift(stream=stream, seconds=ROUND_SECONDS_MAX, loops_max=plan.loops))
            cpu = made.cpu() - before
            assert not tally.errors, f"{seen.size}: {tally.errors}"
            assert tally.loops, f"{seen.size}: nothing was lent"
            if number:
                seen.tallies.append(tally)
                seen.cpu_seconds.append(cpu)


def limits(found: Sequence[Seen]) -> dict[str, float]:
    """Say how many times as much each figure may be."""
    of_tasks = found[0].size.tenants == found[1].size.tenants
    return {
        "next p50, ms": P50_RATIO_MAX,
        "next p99, ms": P99_RATIO_OF_TASKS_MAX if of_tasks else P99_RATIO_MAX,
        "next + submit p50, ms": P50_RATIO_MAX,
        "next + submit p99, ms": P99_RATIO_OF_TASKS_MAX if of_tasks else P99_RATIO_MAX,
        "CPU ms a loop, all processes": CPU_RATIO_MAX,
    } | ({"memory after it, MiB": MEMORY_RATIO_MAX} if of_tasks else {})


def bars(found: Sequence[Seen]) -> list[Bar]:
    """Hold the ratios against what was promised."""
    few, many = (one.figures() for one in found)
    held = [
        Bar(f"{row}: at most {most:g} x", many[row] / few[row], many[row] / few[row] <= most)
        for row, most in limits(found).items()
        if not math.isnan(few[row])
    ]
    idle = many["idle, share of a core"]
    held.append(Bar(f"idle: at most {IDLE_SHARE_MAX:g} of a core", idle, idle <= IDLE_SHARE_MAX))
    return held


def table(found: Sequence[Seen]) -> Table:
    """Lay both sizes side by side."""
    shown = Table(title="One annotator, one task at a time", title_justify="left")
    shown.add_column("", no_wrap=True)
    for one in found:
        shown.add_column(str(one.size), justify="right")
    shown.add_column("ratio", justify="right")
    few, many = (one.figures() for one in found)
    for row, figure in few.items():
        ratio = many[row] / figure if figure else float("nan")
        shown.add_row(row, f"{figure:,.3g}", f"{many[row]:,.3g}", f"{ratio:.2f} x")
    return shown


_HIGH, _NAME_WIDE, _DRAWN_WIDE, _RATIO_DRAWN_MAX = 20, 220, 400, 4.0


def drawn(found: Sequence[Seen]) -> str:
    """Draw how many times as much each figure is, beside how many it may be, as SVG."""
    few, many = (one.figures() for one in found)
    most = limits(found)
    rows = [(row, many[row] / figure) for row, figure in few.items() if figure > 0]
    inside = "".join(
        f'<text x="{_NAME_WIDE - 6}" y="{y + 14}" text-anchor="end">{row}</text>'
        f'<rect x="{_NAME_WIDE}" y="{y + 3}" width="{_across(ratio)}" height="{_HIGH - 6}" '
        f'fill="{"#c44" if ratio > most.get(row, math.inf) else "#4a7"}"><title>{few[row]:.3g} and '
        f"{many[row]:.3g}</title></rect>"
        f'<text x="{_NAME_WIDE + _across(ratio) + 6}" y="{y + 14}">{ratio:.2f} x</text>'
        + (
            f'<path d="M{_NAME_WIDE + _across(most[row])} {y}v{_HIGH}" stroke="#333" '
            f'stroke-width="2"/>'
            if row in most
            else ""
        )
        for y, (row, ratio) in zip(itertools.count(_HIGH, _HIGH), rows, strict=False)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_NAME_WIDE + _DRAWN_WIDE + 60} '
        f'{_HIGH * (len(rows) + 2)}" font-family="sans-serif" font-size="11">'
        f'<text x="6" y="14">{found[1].size} / {found[0].size}</text>{inside}</svg>\n'
    )


def _across(ratio: float) -> float:
    return round(_DRAWN_WIDE * min(ratio, _RATIO_DRAWN_MAX) / _RATIO_DRAWN_MAX, 1)
