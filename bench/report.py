"""From what was measured to medians, ratios, bars, a table and a file."""

from __future__ import annotations

import json
import math
import os
import platform
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import psutil
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bench.generator import Tally
    from bench.peers import Measured, Plan, Round, Run
    from bench.raw_sql import Limit

LOOPS_RATIO_MIN = 20.0
IMPORT_RATIO_MIN = 5.0
CPU_MS_PER_LOOP_MAX = 3.0

EVENHAND = "Evenhand"
LABEL_STUDIO = "Label Studio"
RAW_BARE = "raw SQL, bare"
RAW_WALLED = "raw SQL, walled"

Figures = dict[str, float]

_ROWS: Mapping[str, str] = {
    "imported_per_second": "bulk import, tasks/s",
    "import_cpu_ms_per_task": "  CPU ms a task, server + database",
    "loops_per_second": "next + submit, loops/s",
    "cpu_ms_per_loop": "  CPU ms a loop, server + database",
    "settled_cpu_ms_per_loop": "  the same until all is worked off",
    "settle_seconds": "  seconds until all is worked off",
    "generator_cpu_ms_per_loop": "  CPU ms a loop, generator",
    "next_p50_ms": "next p50, ms",
    "next_p99_ms": "next p99, ms",
    "submit_p50_ms": "submit p50, ms",
    "submit_p99_ms": "submit p99, ms",
    "double_handed": "tasks given to two annotators",
    "failed_requests": "failed requests",
    "lost_annotations": "acknowledged annotations lost",
    "first_start_seconds": "first start, s",
    "restart_seconds": "start on existing data, s",
    "idle_cpu_share": "idle, share of a core",
    "idle_memory_mebibytes": "idle memory, MiB",
}


@dataclass(frozen=True, slots=True)
class Bar:
    """A promise in figures, and whether this run kept it."""

    promise: str
    seen: float
    kept: bool


def percentile(values: Sequence[float], share: float) -> float:
    """Give the smallest value that at least this share of the values do not exceed."""
    if not values:
        return float("nan")
    ordered = sorted(values)
    # Ceiling division in whole thousandths: binary fractions would shift the rank.
    rank = -(-round(share * 1000) * len(ordered) // 1000)
    return ordered[max(rank, 1) - 1]


def figures_of(seen: Measured) -> Figures:
    """Boil a system down to one figure a row: the median over rounds."""
    rounds = [one for one in seen.rounds if one.tally.loops]
    figures: Figures = {
        "imported_per_second": _median(seen.imported_per_second),
        "import_cpu_ms_per_task": _median(seen.import_cpu_ms_per_task),
        "first_start_seconds": seen.first_start_seconds,
        "restart_seconds": _median(seen.restart_seconds),
        "idle_cpu_share": seen.idle_cpu_share,
        "idle_memory_mebibytes": seen.idle_memory_mebibytes,
        "lost_annotations": seen.lost_annotations,
        "double_handed": sum(one.tally.double_handed for one in seen.rounds),
        "failed_requests": sum(sum(one.tally.errors.values()) for one in seen.rounds),
    }
    figures |= {
        "cpu_ms_per_loop": _median([r.server_cpu_seconds / r.tally.loops * 1000 for r in rounds]),
        "settled_cpu_ms_per_loop": _median(
            [(r.server_cpu_seconds + r.settle_cpu_seconds) / r.tally.loops * 1000 for r in rounds]
        ),
        "settle_seconds": _median([one.settle_seconds for one in rounds]),
    }
    return figures | _as_the_annotators_saw([one.tally for one in rounds])


def figures_of_limits(limits: Sequence[Limit]) -> Figures:
    """Boil the raw limit down to the rows that it has: the median over rounds."""
    tallies = [one.tally for one in limits]
    figures: Figures = {
        "imported_per_second": _median([one.imported_per_second for one in limits]),
        "cpu_ms_per_loop": _median(
            [one.database_cpu_seconds / one.tally.loops * 1000 for one in limits]
        ),
        "double_handed": sum(one.double_handed for one in tallies),
    }
    return figures | _as_the_annotators_saw(tallies)


def _as_the_annotators_saw(tallies: Sequence[Tally]) -> Figures:
    figures: Figures = {
        "loops_per_second": _median([one.loops / one.seconds for one in tallies]),
        "generator_cpu_ms_per_loop": _median(
            [one.generator_cpu_seconds / one.loops * 1000 for one in tallies]
        ),
    }
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        figures[f"next_{name}_ms"] = _median([percentile(one.next_ms, share) for one in tallies])
        figures[f"submit_{name}_ms"] = _median(
            [percentile(one.submit_ms, share) for one in tallies]
        )
    return figures


def columns_of(run: Run) -> dict[str, Figures]:
    """Name the figures of each system and of each limit."""
    columns = {one.name: figures_of(one) for one in run.systems}
    if run.limits:
        columns[RAW_BARE] = figures_of_limits([one.bare for one in run.limits])
        columns[RAW_WALLED] = figures_of_limits([one.walled for one in run.limits])
    return columns


def bars(ours: Figures, theirs: Figures) -> list[Bar]:
    """Hold our figures against what was promised."""
    loops = ours["loops_per_second"] / theirs["loops_per_second"]
    imports = ours["imported_per_second"] / theirs["imported_per_second"]
    cpu = ours["settled_cpu_ms_per_loop"]
    none = ours["double_handed"] + ours["lost_annotations"] + ours["failed_requests"]
    return [
        Bar(f"at least {LOOPS_RATIO_MIN:g} x the peer's loops/s", loops, loops >= LOOPS_RATIO_MIN),
        Bar(f"at least {IMPORT_RATIO_MIN:g} x its import", imports, imports >= IMPORT_RATIO_MIN),
        Bar(f"at most {CPU_MS_PER_LOOP_MAX:g} ms CPU a loop", cpu, cpu <= CPU_MS_PER_LOOP_MAX),
        Bar("nothing handed out twice, lost or refused", none, none == 0),
    ]


def table(columns: Mapping[str, Figures]) -> Table:
    """Lay the columns side by side, with our ratio to the peer and to the walled limit."""
    shown = Table(title="Evenhand beside its peers", title_justify="left")
    shown.add_column("", no_wrap=True)
    for name in columns:
        shown.add_column(name, justify="right")
    ours = columns.get(EVENHAND, {})
    others = [name for name in (LABEL_STUDIO, RAW_WALLED) if ours and name in columns]
    for name in others:
        shown.add_column(f"{EVENHAND} / {name}", justify="right")
    for row, label in _ROWS.items():
        cells = [_cell(figures.get(row)) for figures in columns.values()]
        cells += [_ratio(ours.get(row), columns[name].get(row)) for name in others]
        shown.add_row(label, *cells)
    return shown


def written(folder: Path, moment: datetime, plan: Plan, run: Run) -> Path:
    """Write the run into one file named after its moment, without the single latencies."""
    told = {
        "moment": moment.isoformat(timespec="seconds"),
        "machine": machine(),
        "commit": _commit(),
        "versions": {one.name: one.version for one in run.systems},
        "plan": asdict(plan),
        "median": columns_of(run),
        "rounds": {one.name: [_told(r) for r in one.rounds] for one in run.systems},
        "limit_loops_per_second": {
            RAW_BARE: [one.bare.tally.loops / one.bare.tally.seconds for one in run.limits],
            RAW_WALLED: [one.walled.tally.loops / one.walled.tally.seconds for one in run.limits],
        },
        "restart_seconds": {one.name: one.restart_seconds for one in run.systems},
    }
    folder.mkdir(exist_ok=True)
    path = folder / f"{moment:%Y-%m-%dT%H%M}.json"
    path.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    return path


def _told(one: Round) -> dict[str, object]:
    tally = one.tally
    return {
        "loops": tally.loops,
        "seconds": tally.seconds,
        "server_cpu_seconds": one.server_cpu_seconds,
        "settle_seconds": one.settle_seconds,
        "settle_cpu_seconds": one.settle_cpu_seconds,
        "double_handed": tally.double_handed,
        "errors": tally.errors,
        "drained": tally.drained,
    }


def machine() -> dict[str, object]:
    """Describe the machine as far as it matters to a figure, and how busy it was."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gibibytes": round(psutil.virtual_memory().total / 2**30, 1),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        "load_average": [round(load, 2) for load in os.getloadavg()],
    }


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _commit() -> str:
    done = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],  # noqa: S607
        cwd=Path(__file__).parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return done.stdout.decode().strip() or "unknown"


def _median(values: Sequence[float]) -> float:
    return median(values) if values else float("nan")


def _cell(figure: float | None) -> str:
    if figure is None or math.isnan(figure):
        return "–"
    if figure == int(figure) or abs(figure) >= 100:
        return f"{figure:,.0f}"
    return f"{figure:,.2f}" if abs(figure) < 10 else f"{figure:,.1f}"


def _ratio(ours: float | None, theirs: float | None) -> str:
    if ours is None or not theirs:
        return "–"
    return f"{_cell(ours / theirs)} x"
