"""The commands that measure many tenants, and an hour of load."""

from __future__ import annotations

import sys
from typing import Annotated

import cyclopts
from rich.console import Console

from bench import tenants
from bench.peers import scratch

app = cyclopts.App()


@app.command(name="tenants")
def measure_tenants(  # noqa: PLR0913 - a command line is its options
    *,
    few: int = 10,
    many: int = 1_000,
    tasks: int | None = None,
    rounds: int = 5,
    loops: int = 300,
    idle_seconds: float = 60.0,
    strict: Annotated[bool, cyclopts.Parameter(negative=())] = False,
) -> None:
    """Measure what an annotator waits and what a server costs with few and with many tenants.

    Parameters
    ----------
    few
        Tenants of the one server, with a hundred open tasks each.
    many
        Tenants of the other.
    tasks
        Instead: open tasks of all tenants together, against a hundred of each, both servers with
        many tenants; 10,000,000 take an hour and 20 GB. With 0, tenants are only looked at idle.
    rounds
        Rounds after one that is not counted, in which both servers are asked in turn.
    loops
        Tasks that are asked for and answered in a round.
    idle_seconds
        How long both are watched while nobody asks for anything.
    strict
        End with status 1 when a bar is missed.
    """
    sizes = (
        tenants.Size(tenants=few, each=tenants.OPEN_TASKS),
        tenants.Size(tenants=many, each=tenants.OPEN_TASKS),
    )
    if tasks is not None:
        sizes = (
            tenants.Size(tenants=many if tasks else few, each=tenants.OPEN_TASKS if tasks else 0),
            tenants.Size(tenants=many, each=tasks // many),
        )
    plan = tenants.Plan(sizes=sizes, rounds=rounds, loops=loops, idle_seconds=idle_seconds)
    with scratch() as folder:
        found = tenants.run(plan, folder, Console(stderr=True).log)
    out = Console(width=None if sys.stdout.isatty() else 132)
    out.print(tenants.table(found))
    held = tenants.bars(found)
    for bar in held:
        out.print(f"{'kept  ' if bar.kept else 'MISSED'}  {bar.promise}: {bar.seen:.3f}")
    if strict and not all(bar.kept for bar in held):
        sys.exit(1)
