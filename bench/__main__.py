"""`uv run python -m bench peers`: the one command of the benchmarks."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import cyclopts
from rich.console import Console

from bench import label_studio, peers, report

RESULTS = Path(__file__).with_name("results")
SYSTEMS = ("label-studio", "evenhand")

app = cyclopts.App(name="python -m bench", help="Benchmarks of Evenhand.")


@app.command(name="peers")
def compare(  # noqa: PLR0913 - a command line is its options
    *,
    tasks: int = 20_000,
    annotators: int = 8,
    seconds: float = 30.0,
    warm_up_seconds: float = 3.0,
    rounds: int = 1,
    restarts: int = 3,
    raw_seconds: float = 10.0,
    label_studio_version: str = label_studio.VERSION,
    only: str | None = None,
    json: Annotated[bool, cyclopts.Parameter(negative=())] = False,
    strict: Annotated[bool, cyclopts.Parameter(negative=())] = False,
) -> None:
    """Measure Label Studio, Evenhand and PostgreSQL alone in turn, and print them side by side.

    Parameters
    ----------
    tasks
        Short text tasks that each round imports.
    annotators
        Annotators who work at once, each an account of its own.
    seconds
        Length of a counted round of labelling.
    warm_up_seconds
        Labelling before each round that is not counted.
    rounds
        Rounds, the systems taking turns; medians are shown.
    restarts
        Starts on the existing data folder, of which the median is shown.
    raw_seconds
        Length of lease and submit in bare SQL; 0 leaves it out.
    label_studio_version
        The version to install from PyPI.
    only
        Measure one system alone: label-studio or evenhand.
    json
        Write the run to bench/results/.
    strict
        End with status 1 when a bar is missed.
    """
    plan = peers.Plan(
        tasks=tasks,
        annotators=annotators,
        seconds=seconds,
        warm_up_seconds=warm_up_seconds,
        rounds=rounds,
        restarts=restarts,
        raw_seconds=raw_seconds,
        label_studio_version=label_studio_version,
    )
    console = Console(stderr=True)
    moment = datetime.now(UTC)
    run = peers.run(plan, [only] if only else SYSTEMS, console.log)
    columns = report.columns_of(run)
    bars = report.bars(columns[report.EVENHAND], columns[report.LABEL_STUDIO]) if not only else []
    out = Console(width=None if sys.stdout.isatty() else 132)
    out.print(report.table(columns))
    for bar in bars:
        out.print(f"{'kept  ' if bar.kept else 'MISSED'}  {bar.promise}: {bar.seen:.2f}")
    if json:
        out.print(f"written to {report.written(RESULTS, moment, plan, run)}")
    if strict and not all(bar.kept for bar in bars):
        sys.exit(1)


if __name__ == "__main__":
    app()
