"""The commands that measure many tenants, and an hour of load."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import cyclopts
from rich.console import Console

from bench import boxes as many_boxes
from bench import hour, record, record_cost, screen_times, shape, stranger
from bench import statements as attacking
from bench import tenants as many_tenants
from bench.peers import Plan, scratch
from bench.worlds import trial as worlds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from bench import report

app = cyclopts.App()


@app.command(name="tenants")
def measure_tenants(  # noqa: PLR0913 - a command line is its options
    *,
    few: int = 10,
    many: int = 1_000,
    tasks: int | None = None,
    conflicts: int = 0,
    rounds: int = 5,
    loops: int = 300,
    idle_seconds: float = 60.0,
    picture: Path | None = None,
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
        many tenants; 10,000,000 take ten minutes and 20 GB. With 0, tenants are only looked at
        idle.
    conflicts
        How many of the many are each other's rivals: walls stand between their annotators and most
        of their queues, and 5,000 people were exposed.
    rounds
        Rounds after one that is not counted, in which both servers are asked in turn.
    loops
        Tasks that are asked for and answered in a round.
    idle_seconds
        How long both are watched while nobody asks for anything.
    picture
        Where to draw the ratios, as SVG.
    strict
        End with status 1 when a bar is missed.
    """
    sizes = (
        many_tenants.Size(tenants=few, each=many_tenants.OPEN_TASKS),
        many_tenants.Size(tenants=many, each=many_tenants.OPEN_TASKS, conflicts=conflicts),
    )
    if tasks is not None:
        sizes = (
            many_tenants.Size(
                tenants=many if tasks else few, each=many_tenants.OPEN_TASKS if tasks else 0
            ),
            many_tenants.Size(tenants=many, each=tasks // many),
        )
    plan = many_tenants.Plan(sizes=sizes, rounds=rounds, loops=loops, idle_seconds=idle_seconds)
    with scratch() as folder:
        found = many_tenants.run(plan, folder, Console(stderr=True).log)
    if picture:
        picture.write_text(many_tenants.drawn(found), encoding="utf-8")
    _show([many_tenants.table(found)], many_tenants.bars(found), strict=strict)


@app.command(name="screen")
def measure_screen(
    *, tasks: int = 100, strict: Annotated[bool, cyclopts.Parameter(negative=())] = False
) -> None:
    """Measure what annotators wait for the next task, in a real browser: texts, then pictures.

    Parameters
    ----------
    tasks
        How many of each are answered.
    strict
        End with status 1 when a bar is missed.
    """
    with scratch() as folder:
        found = screen_times.measure(folder, tasks, Console(stderr=True).log)
    for times in found:
        print(times.line())
    if strict and not screen_times.all_kept(found):
        sys.exit(1)


@app.command(name="record")
def measure_record(
    *,
    seconds: float = 60.0,
    rate: float = 3_000.0,
    tenants: int = 10,
    strict: Annotated[bool, cyclopts.Parameter(negative=())] = False,
) -> None:
    """Measure what the record takes: events entered, placed, published and checked.

    Parameters
    ----------
    seconds
        How long events are entered.
    rate
        How many a second, of all tenants together.
    tenants
        Whose events they are, in turn.
    strict
        End with status 1 when a bar is missed.
    """
    plan = record.Plan(seconds=seconds, rate=rate, tenants=tenants)
    with scratch() as folder:
        found = record.run(plan, folder, Console(stderr=True).log)
    _show([record.table(found)], record.bars(found), strict=strict)


@app.command(name="record-cost")
def measure_record_cost(
    *,
    tasks: int = 20_000,
    annotators: int = 8,
    seconds: float = 20.0,
    rounds: int = 4,
    strict: Annotated[bool, cyclopts.Parameter(negative=())] = False,
) -> None:
    """Measure what is lost to the record by imports and by annotators, against none being kept.

    Parameters
    ----------
    tasks
        That each round imports.
    annotators
        Who work at once.
    seconds
        Of labelling in a round.
    rounds
        In which both have their turn; medians are shown.
    strict
        End with status 1 when a bar is missed.
    """
    plan = Plan(
        tasks=tasks,
        annotators=annotators,
        seconds=seconds,
        warm_up_seconds=3.0,
        rounds=rounds,
        restarts=0,
        raw_seconds=0.0,
        label_studio_version="",
    )
    with scratch() as folder:
        found = record_cost.run(plan, folder, Console(stderr=True).log)
    _show([record_cost.table(found)], record_cost.bars(found), strict=strict)


@app.command(name="shape")
def compare_shapes(
    *,
    epochs: int = 3_600,
    seconds: float = 0.25,
    tenants: int = 50,
    tasks: float = 0.3,
    strict: Annotated[bool, cyclopts.Parameter(negative=())] = False,
) -> None:
    """Try to tell the public log of one tenant from that of many who each do as much.

    Parameters
    ----------
    epochs
        Of each log; 3,600 are an hour of theirs.
    seconds
        How long an epoch takes here.
    tenants
        Of the other installation.
    tasks
        That each tenant sends an epoch, on average.
    strict
        End with status 1 when a bar is missed.
    """
    plan = shape.Plan(epochs=epochs, seconds=seconds, tenants=(1, tenants), tasks=tasks)
    with scratch() as folder:
        found = shape.run(plan, folder, Console(stderr=True).log)
    _show([shape.table(found)], shape.bars(found), strict=strict)


@app.command(name="stranger")
def run_for_a_stranger(
    *,
    tasks: int = 20_000,
    annotators: int = 20,
    texts: Path | None = None,
    strict: Annotated[bool, cyclopts.Parameter(negative=())] = False,
) -> None:
    """Let rivals' work be done, delete the server, and check what is left of it.

    Parameters
    ----------
    tasks
        Of three tenants together.
    annotators
        Who serve all of them, as far as walls allow.
    texts
        A folder with csv files, of which the first column holds texts.
    strict
        End with status 1 when a bar is missed.
    """
    plan = stranger.Plan(tasks=tasks, annotators=annotators, texts=texts)
    with scratch() as folder:
        found = stranger.run(plan, folder, Console(stderr=True).log)
    _show([stranger.table(found)], stranger.bars(found), strict=strict)


@app.command(name="hour")
def measure_hour(  # noqa: PLR0913 - a command line is its options
    *,
    minutes: float = 60.0,
    hold_vacuum: float = 0.0,
    tenants: int = 10,
    annotators: int = 8,
    think_seconds: float = 0.0,
    picture: Path | None = None,
    strict: Annotated[bool, cyclopts.Parameter(negative=())] = False,
) -> None:
    """Measure waiting, memory and dead rows while annotators work at half of what they could.

    Parameters
    ----------
    minutes
        How long they work.
    hold_vacuum
        Minutes in the middle of it in which a transaction as long as a dump's is open.
    tenants
        Whose tasks they are.
    annotators
        How many work at once.
    think_seconds
        How long each takes over a task, on average; 0 for the pace that makes half of what they
        could.
    picture
        Where to draw it, as SVG.
    strict
        End with status 1 when a bar is missed.
    """
    plan = hour.Plan(
        minutes=minutes,
        hold_minutes=hold_vacuum,
        tenants=tenants,
        annotators=annotators,
        think_seconds=think_seconds,
    )
    with scratch() as folder:
        seen = hour.run(plan, folder, Console(stderr=True).log)
    if picture:
        picture.write_text(hour.drawn(seen), encoding="utf-8")
    _show(hour.tables(seen), hour.bars(seen), strict=strict)


def _show(shown: Sequence[Table], bars: Sequence[report.Bar], *, strict: bool) -> None:
    out = Console(width=None if sys.stdout.isatty() else 132)
    for one in shown:
        out.print(one)
    for bar in bars:
        out.print(f"{'kept  ' if bar.kept else 'MISSED'}  {bar.promise}: {bar.seen:.3f}")
    if strict and not all(bar.kept for bar in bars):
        sys.exit(1)


@app.command(name="boxes")
def open_boxes(
    *, boxes: int = 1_000, strict: Annotated[bool, cyclopts.Parameter(negative=())] = False
) -> None:
    """Measure in a browser how long a task with many boxes takes to open.

    Parameters
    ----------
    boxes
        Boxes that each of seven tasks has.
    strict
        End with status 1 when the bar is missed.
    """
    with scratch() as folder:
        opened = many_boxes.measure(folder, boxes)
    sys.stdout.write("ms: " + " ".join(f"{one:.0f}" for one in opened) + "\n")
    _show([], [many_boxes.bar(opened)], strict=strict)


@app.command(name="worlds")
def compare_worlds(
    *, sequences: int = 10_000, strict: Annotated[bool, cyclopts.Parameter(negative=())] = False
) -> None:
    """Ask two installations the same that differ only in others, and compare all answers.

    Parameters
    ----------
    sequences
        How many, of three to nine requests each.
    strict
        End with status 1 when an answer differs.
    """
    with scratch() as folder:
        found = worlds.run(folder, sequences, Console(stderr=True).log)
    for line in found.lines():
        sys.stdout.write(line + "\n")
    if strict and (found.differences or found.broken):
        sys.exit(1)


@app.command(name="statements")
def attack_by_statements(
    *, statements: int = 100_000, strict: Annotated[bool, cyclopts.Parameter(negative=())] = False
) -> None:
    """Run statements as the application that look for another tenant's rows, in every way known.

    Parameters
    ----------
    statements
        How many.
    strict
        End with status 1 when one of them tells of the other tenant.
    """
    with scratch() as folder:
        tried = attacking.run(folder, statements)
    for line in tried.lines():
        sys.stdout.write(line + "\n")
    if strict and tried.leaks:
        sys.exit(1)
