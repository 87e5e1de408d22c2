"""An hour of load: what waiting, memory and dead rows come to while it lasts.

Annotators work at about half of what they could, or each at the pace of somebody who thinks.
Meanwhile a transaction as long as a dump's may be open, which keeps vacuum from taking away what
is dead.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import psycopg
from rich.table import Table

from bench.generator import Shift, Tally, work
from bench.process_cpu import memory_mebibytes
from bench.report import Bar, percentile
from bench.tenants import Installation, Size
from evenhand.foundation import sql

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from concurrent.futures import Future
    from pathlib import Path

QUERIES = sql.beside(__file__, "hour.sql")
LOAD_SHARE = 0.5
FULL_SECONDS = 20.0
WARM_UP_SECONDS = 10.0
LOOK_SECONDS = 10.0
SPARE_SHARE = 1.3  # of the tasks that will be asked for
P99_RATIO_MAX = 2.0
P99_MS_MAX = 100.0
CPU_SHARE_MAX = 0.5  # of two cores
CORES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How long, by whom, for whom."""

    minutes: float
    hold_minutes: float  # in the middle of it
    tenants: int
    annotators: int
    think_seconds: float  # 0: at the pace that makes half of what they could

    @property
    def hold(self) -> tuple[float, float]:
        """When vacuum is held back, in seconds after the begin."""
        begin = 60 * (self.minutes - self.hold_minutes) / 2
        return begin, begin + 60 * self.hold_minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one look saw, so many seconds after the begin."""

    at: float
    cpu_seconds: float
    memory_mebibytes: float
    dead_rows: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Updates:
    """What became of a table: rows entered, changed, changed in place, deleted; bytes."""

    name: str
    entered: int
    changed: int
    changed_in_place: int
    deleted: int
    size: int


@dataclass(slots=True, kw_only=True)
class Seen:
    """What the annotators waited, and what was seen meanwhile."""

    plan: Plan
    pace_seconds: float
    tally: Tally
    looks: list[Look] = field(default_factory=list[Look])
    updates: list[Updates] = field(default_factory=list[Updates])

    def waits(self, begin: float, end: float) -> list[float]:
        """Milliseconds that those waited who asked between two moments."""
        asked = zip(self.tally.next_at, self.tally.next_ms, strict=True)
        return [milliseconds for at, milliseconds in asked if begin <= at < end]

    def cpu_share(self, begin: float, end: float) -> float:
        """Cores that all processes took between two moments."""
        inside = [look for look in self.looks if begin <= look.at <= end]
        if len(inside) < 2:
            return float("nan")
        spent = inside[-1].cpu_seconds - inside[0].cpu_seconds
        return spent / (inside[-1].at - inside[0].at)


def run(plan: Plan, folder: Path, say: Callable[[str], None]) -> Seen:
    """Fill a server, find the pace, and let the annotators work at it."""
    made = Installation(folder / "hour", Size(tenants=plan.tenants, each=100))
    try:
        stream = made.stream(plan.annotators)
        pace = plan.think_seconds
        if not pace:
            made.fill(each=1 + int(FULL_SECONDS * 500 / plan.tenants))
            work(Shift(stream=stream, seconds=WARM_UP_SECONDS))
            full = work(Shift(stream=stream, seconds=FULL_SECONDS))
            say(f"{full.loops / full.seconds:.0f} loops a second at most")
            pace = plan.annotators * full.seconds / (LOAD_SHARE * full.loops)
        wanted = SPARE_SHARE * (60 * plan.minutes + WARM_UP_SECONDS) * plan.annotators / pace
        made.fill(each=1 + int(wanted / plan.tenants))
        made.settle()
        say(f"{wanted:,.0f} tasks; {plan.annotators / pace:.0f} loops a second")
        work(Shift(stream=stream, seconds=WARM_UP_SECONDS, pace_seconds=pace))
        shift = Shift(stream=stream, seconds=60 * plan.minutes, pace_seconds=pace)
        with ThreadPoolExecutor(1) as beside:
            working = beside.submit(work, shift)
            looks = _look_on(made, plan, working, say)
        rows = made.database.execute(QUERIES["updates"]).fetchall()
        return Seen(
            plan=plan,
            pace_seconds=pace,
            tally=working.result(),
            looks=looks,
            updates=[
                Updates(
                    name=row[0],
                    entered=row[1],
                    changed=row[2],
                    changed_in_place=row[3],
                    deleted=row[4],
                    size=row[5],
                )
                for row in rows
            ],
        )
    finally:
        made.stop()


def _look_on(
    made: Installation, plan: Plan, working: Future[Tally], say: Callable[[str], None]
) -> list[Look]:
    looks: list[Look] = []
    begun = time.monotonic()
    begin, end = plan.hold
    holding: psycopg.Connection | None = None
    while not working.done():
        at = time.monotonic() - begun
        if holding is None and begin <= at < end:
            holding = psycopg.connect(made.admin)
            holding.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            holding.execute(QUERIES["hold"])
            say("vacuum is held back")
        elif holding is not None and at >= end:
            holding.close()
            holding = None
            say("vacuum is free again")
        looks.append(
            Look(
                at=at,
                cpu_seconds=made.cpu(),
                memory_mebibytes=memory_mebibytes(made.server.processes()),
                dead_rows=dict(made.database.execute(QUERIES["dead_rows"]).fetchall()),
            )
        )
        time.sleep(LOOK_SECONDS)
    if holding is not None:
        holding.close()
    return looks


def parts(seen: Seen) -> dict[str, tuple[float, float]]:
    """Name the parts of the run: before, the halves of the hold, and after it."""
    whole = 60 * seen.plan.minutes
    if not seen.plan.hold_minutes:
        return {"first half": (0, whole / 2), "second half": (whole / 2, whole)}
    begin, end = seen.plan.hold
    middle = (begin + end) / 2
    return {
        "before": (0, begin),
        "held, first half": (begin, middle),
        "held, second half": (middle, end),
        "after": (end, whole),
    }


def bars(seen: Seen) -> list[Bar]:
    """Hold what was measured against what was promised."""
    (_, before), *later = parts(seen).items()
    first = percentile(seen.waits(*before), 0.99)
    held = [
        Bar(
            f"p99 of next, {name}: at most {P99_RATIO_MAX:g} x that of the first part",
            ratio := percentile(seen.waits(*part), 0.99) / first,
            ratio <= P99_RATIO_MAX,
        )
        for name, part in later
    ]
    if seen.plan.think_seconds:
        whole = 0.0, 60 * seen.plan.minutes
        p99 = percentile(seen.waits(*whole), 0.99)
        cpu = seen.cpu_share(*whole) / CORES
        held += [
            Bar(f"p99 of next at most {P99_MS_MAX:g} ms", p99, p99 <= P99_MS_MAX),
            Bar("less than half of two cores", cpu, cpu < CPU_SHARE_MAX),
        ]
    errors = sum(seen.tally.errors.values()) + seen.tally.double_handed
    return [*held, Bar("nothing refused or handed out twice", errors, errors == 0)]


def tables(seen: Seen) -> list[Table]:
    """Say what each part of the run came to, and what was written."""
    told = Table(
        title=f"{seen.plan.annotators:,} annotators, {seen.tally.loops:,} loops",
        title_justify="left",
    )
    told.add_column("", no_wrap=True)
    for head in ("next p50, ms", "p99", "max", "cores", "memory, MiB", "dead rows at most"):
        told.add_column(head, justify="right")
    for name, (begin, end) in parts(seen).items():
        waits = seen.waits(begin, end)
        inside = [look for look in seen.looks if begin <= look.at < end]
        told.add_row(
            name,
            f"{percentile(waits, 0.5):.1f}",
            f"{percentile(waits, 0.99):.1f}",
            f"{max(waits, default=0):.0f}",
            f"{seen.cpu_share(begin, end):.2f}",
            f"{max((look.memory_mebibytes for look in inside), default=0):.0f}",
            f"{max((sum(look.dead_rows.values()) for look in inside), default=0):,}",
        )
    return [told, _written(seen.updates)]


def _written(updates: Sequence[Updates]) -> Table:
    shown = Table(title="Tables that change", title_justify="left")
    shown.add_column("", no_wrap=True)
    for head in ("entered", "changed", "in place", "deleted", "MiB with indexes"):
        shown.add_column(head, justify="right")
    for one in updates:
        shown.add_row(
            one.name,
            f"{one.entered:,}",
            f"{one.changed:,}",
            f"{one.changed_in_place / one.changed:.0%}" if one.changed else "–",
            f"{one.deleted:,}",
            f"{one.size / 2**20:.1f}",
        )
    return shown


_WIDE, _HIGH, _EDGE = 760, 170, 60
_COLOURS = ("#0b6e4f", "#c44", "#4a7dbd", "#8a5fb0", "#b0822f")
_DRAWN_TABLES = 4


def drawn(seen: Seen) -> str:
    """Draw waiting, memory and dead rows over time, one under the other, as SVG."""
    whole = 60 * seen.plan.minutes
    step = max(LOOK_SECONDS, whole / 60)
    moments = [step * number for number in range(int(whole / step))]
    waits: dict[str, list[tuple[float, float]]] = {
        name: [
            (begin + step / 2, percentile(inside, share))
            for begin in moments
            if (inside := seen.waits(begin, begin + step))
        ]
        for name, share in (("p50", 0.5), ("p99", 0.99))
    }
    memory = {"MiB": [(look.at, look.memory_mebibytes) for look in seen.looks]}
    most: dict[str, int] = {}
    for look in seen.looks:
        for name, rows in look.dead_rows.items():
            most[name] = max(rows, most.get(name, 0))
    dead: dict[str, list[tuple[float, float]]] = {
        name: [(look.at, look.dead_rows.get(name, 0)) for look in seen.looks]
        for name in sorted(most, key=lambda name: -most[name])[:_DRAWN_TABLES]
    }
    pictures = {"next, ms": waits, "memory of all processes": memory, "dead rows": dead}
    inside = "".join(
        f'<g transform="translate(0,{number * _HIGH})">{_picture(seen.plan, title, lines)}</g>'
        for number, (title, lines) in enumerate(pictures.items())
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDE} {_HIGH * len(pictures)}" '
        f'font-family="sans-serif" font-size="11">{inside}</svg>\n'
    )


def _picture(plan: Plan, title: str, lines: Mapping[str, Sequence[tuple[float, float]]]) -> str:
    top = max((value for line in lines.values() for _, value in line), default=1.0) or 1.0
    bottom, right = _HIGH - 22, _WIDE - 20

    def x(at: float) -> float:
        return round(_EDGE + (right - _EDGE) * at / (60 * plan.minutes), 1)

    def y(value: float) -> float:
        return round(bottom - (bottom - 28) * value / top, 1)

    begin, end = plan.hold
    held = (
        f'<rect x="{x(begin)}" y="28" width="{x(end) - x(begin)}" height="{bottom - 28}" '
        f'fill="#f3e7c8"><title>vacuum is held back</title></rect>'
        if plan.hold_minutes
        else ""
    )
    drawn_lines = "".join(
        f'<polyline fill="none" stroke="{colour}" stroke-width="1.5" points="'
        + " ".join(f"{x(at)},{y(value)}" for at, value in line)
        + f'"/><text x="{_EDGE + 200 + 130 * number}" y="18" fill="{colour}">{name}</text>'
        for number, ((name, line), colour) in enumerate(zip(lines.items(), _COLOURS, strict=False))
    )
    return (
        f'<text x="{_EDGE}" y="18" font-weight="bold">{title}</text>{held}'
        f'<path d="M{_EDGE} 28V{bottom}H{right}" fill="none" stroke="#333"/>'
        f'<text x="{_EDGE - 4}" y="34" text-anchor="end">{top:,.0f}</text>'
        f'<text x="{_EDGE - 4}" y="{bottom}" text-anchor="end">0</text>'
        f'<text x="{right}" y="{bottom + 14}" text-anchor="end">{plan.minutes:g} minutes</text>'
        f"{drawn_lines}"
    )
