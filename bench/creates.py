"""How fast tasks are created one a call, by several clients at once."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from rich.table import Table

from bench import create_calls, pictures
from bench.peers import scratch, systems
from bench.process_cpu import cpu_seconds, wait_until_idle
from bench.report import EVENHAND, LABEL_STUDIO, Bar, percentile

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.peers import System

RATIO_MIN = 25
SETTLE_SECONDS_MAX = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How many clients, for how long, and how often."""

    clients: int
    seconds: float
    rounds: int
    label_studio_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Creates:
    """What one system came to in one round."""

    created: create_calls.Created
    server_cpu_seconds: float

    @property
    def per_second(self) -> float:
        """How many tasks were created in a second."""
        return len(self.created.milliseconds) / self.created.seconds


Found = dict[str, list[Creates]]


def run(plan: Plan, names: Sequence[str], say: Callable[[str], None]) -> Found:
    """Have each named system create tasks for a while, the first round uncounted."""
    found: Found = {}
    with scratch() as folder:
        for system in systems(plan.label_studio_version, names, folder, say):
            say(f"{system.name}: {plan.clients} clients create one task a call")
            system.start()
            try:
                system.prepare(1)
                rounds = [_round(system, plan) for _ in range(plan.rounds + 1)]
            finally:
                system.stop()
            found[system.name] = rounds[1:]
    return found


def _round(system: System, plan: Plan) -> Creates:
    def cpu() -> float:
        return cpu_seconds(system.processes())

    wait_until_idle(cpu, seconds_max=SETTLE_SECONDS_MAX)
    before = cpu()
    created = create_calls.create(
        create_calls.Plan(creation=system.creation(), clients=plan.clients, seconds=plan.seconds)
    )
    return Creates(created=created, server_cpu_seconds=cpu() - before)


def per_second(rounds: Sequence[Creates]) -> float:
    """The median over rounds."""
    return median(one.per_second for one in rounds)


def table(found: Found) -> Table:
    """Lay the systems side by side, with their ratio where there are two."""
    shown = Table(title="Tasks created one a call", title_justify="left")
    shown.add_column("", no_wrap=True)
    for name in found:
        shown.add_column(name, justify="right")
    every = list(found.values())
    shown.add_row("tasks/s", *(f"{per_second(rounds):,.0f}" for rounds in every))
    shown.add_row("  CPU ms a task, server + database", *(f"{_cpu_ms(one):.2f}" for one in every))
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        waited = [[ms for one in rounds for ms in one.created.milliseconds] for rounds in every]
        shown.add_row(f"{name}, ms", *(f"{percentile(one, share):.1f}" for one in waited))
    failed = [sum(sum(one.created.errors.values()) for one in rounds) for rounds in every]
    shown.add_row("failed requests", *(f"{one:,}" for one in failed))
    return shown


def _cpu_ms(rounds: Sequence[Creates]) -> float:
    return median(one.server_cpu_seconds / len(one.created.milliseconds) * 1000 for one in rounds)


def bars(found: Found) -> list[Bar]:
    """Hold the figures against what was promised, where there is a peer to hold them against."""
    failed = sum(sum(one.created.errors.values()) for one in found[EVENHAND])
    held = [Bar("no request refused", failed, failed == 0)]
    if LABEL_STUDIO in found:
        ratio = per_second(found[EVENHAND]) / per_second(found[LABEL_STUDIO])
        held.append(Bar(f"at least {RATIO_MIN} x the peer's tasks/s", ratio, ratio >= RATIO_MIN))
    return held


def drawn(found: Found) -> str:
    """Draw the tasks a second of each system beside so many times the peer's, as SVG."""
    bar = RATIO_MIN * per_second(found[LABEL_STUDIO])
    return pictures.drawn(
        [
            pictures.Figure(
                name=name,
                value=per_second(rounds),
                shown=f"{per_second(rounds):,.0f}",
                is_kept=per_second(rounds) >= bar,
                more=f"{_cpu_ms(rounds):.2f} ms of processor time a task",
            )
            for name, rounds in found.items()
        ],
        pictures.Scale(
            least=1, most=10_000, promised=bar, promise=f"{RATIO_MIN} x the peer's tasks/s"
        ),
    )
