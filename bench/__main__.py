"""`uv run python -m bench peers`: the one command of the benchmarks."""

from __future__ import annotations

import asyncio
import importlib
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import cyclopts
from rich.console import Console

from bench import (
    assessment,
    attacks,
    comparisons,
    creates,
    crowd_accuracy,
    exports,
    label_studio,
    lists,
    load_commands,
    overlap,
    peers,
    quality,
    report,
)
from bench.evenhand_server import EvenhandServer
from bench.faults import trial
from bench.secrecy import trial as secrecy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

RESULTS = Path(__file__).with_name("results")
SYSTEMS = ("label-studio", "evenhand")

app = cyclopts.App(name="python -m bench", help="Benchmarks of Evenhand.")
app.command(load_commands.app, name="*")


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
    if json:
        console.log(f"written to {report.written(RESULTS, moment, plan, run)}")
    _show([report.table(columns)], bars, strict=strict)


@app.command(name="export")
def take_out(
    *,
    rows: int = 100_000,
    rounds: int = 3,
    label_studio_version: str = label_studio.VERSION,
    only: str | None = None,
    picture: Path | None = None,
    strict: Annotated[bool, cyclopts.Parameter(negative=())] = False,
) -> None:
    """Measure how fast Label Studio and Evenhand hand out all tasks with their answers.

    Parameters
    ----------
    rows
        Tasks with an answer each; with a million of them it takes some minutes.
    rounds
        How often they are taken out in each form; medians are shown.
    label_studio_version
        The version to install from PyPI.
    only
        Measure one system alone: label-studio or evenhand.
    picture
        Where to draw both systems, as SVG.
    strict
        End with status 1 when a bar is missed.
    """
    plan = exports.Plan(rows=rows, rounds=rounds, label_studio_version=label_studio_version)
    found = exports.run(plan, [only] if only else SYSTEMS, Console(stderr=True).log)
    held = exports.bars(found) if (report.EVENHAND, "json") in found else []
    if picture and not only:
        picture.write_text(exports.drawn(found), encoding="utf-8")
    _show([exports.table(found)], held, strict=strict)


@app.command(name="create")
def create_each(  # noqa: PLR0913 - a command line is its options
    *,
    clients: int = 8,
    seconds: float = 10.0,
    rounds: int = 3,
    label_studio_version: str = label_studio.VERSION,
    only: str | None = None,
    picture: Path | None = None,
    strict: Annotated[bool, cyclopts.Parameter(negative=())] = False,
) -> None:
    """Measure how fast Label Studio and Evenhand create tasks that come one a call.

    Parameters
    ----------
    clients
        Clients who create at once, each on a connection of its own.
    seconds
        Length of a round.
    rounds
        Rounds after one that is not counted; medians are shown.
    label_studio_version
        The version to install from PyPI.
    only
        Measure one system alone: label-studio or evenhand.
    picture
        Where to draw both systems, as SVG.
    strict
        End with status 1 when a bar is missed.
    """
    plan = creates.Plan(
        clients=clients, seconds=seconds, rounds=rounds, label_studio_version=label_studio_version
    )
    found = creates.run(plan, [only] if only else SYSTEMS, Console(stderr=True).log)
    held = creates.bars(found) if report.EVENHAND in found else []
    if picture and not only:
        picture.write_text(creates.drawn(found), encoding="utf-8")
    _show([creates.table(found)], held, strict=strict)


@app.command(name="quick")
def look_quickly() -> None:
    """Measure Evenhand alone for a minute: import, label, create and export, to see a change."""
    say = Console(stderr=True).log
    plan = peers.Plan(
        tasks=20_000,
        annotators=8,
        seconds=8,
        warm_up_seconds=2,
        rounds=1,
        restarts=0,
        raw_seconds=0,
        label_studio_version=label_studio.VERSION,
    )
    mine = ["evenhand"]
    run = peers.run(plan, mine, say)
    made = creates.run(
        creates.Plan(clients=8, seconds=4, rounds=1, label_studio_version=label_studio.VERSION),
        mine,
        say,
    )
    taken = exports.run(
        exports.Plan(rows=60_000, rounds=1, label_studio_version=label_studio.VERSION), mine, say
    )
    tables = [report.table(report.columns_of(run)), creates.table(made), exports.table(taken)]
    _show(tables, exports.bars(taken), strict=False)


def _show(tables: Sequence[Table], bars: Sequence[report.Bar], *, strict: bool) -> None:
    out = Console(width=None if sys.stdout.isatty() else 132)
    for one in tables:
        out.print(one)
    for bar in bars:
        out.print(f"{'kept  ' if bar.kept else 'MISSED'}  {bar.promise}: {bar.seen:.2f}")
    if strict and not all(bar.kept for bar in bars):
        sys.exit(1)


@app.command(name="assessment")
def assess(
    *, annotations: int = 100_000, annotators: int = 8, pause: float = 0.0, strict: bool = False
) -> None:
    """Measure the time from a submitted annotation to its task settled or one more wanted.

    Parameters
    ----------
    annotations
        How many are submitted, three on each task and more where they differ.
    annotators
        Annotators who work at once.
    pause
        Seconds that each of them takes over a task; without any, the server is never idle.
    strict
        End with status 1 when 95 of 100 take longer than 50 ms.
    """
    with tempfile.TemporaryDirectory(prefix="evenhand-bench-") as name:
        folder = Path(name)
        # Under root PostgreSQL runs as another user, who must be able to pass.
        folder.chmod(0o711)
        server = EvenhandServer(folder)
        found = assessment.measure(
            server, folder / "data", annotations=annotations, annotators=annotators, pause=pause
        )
    for line in found.lines():
        sys.stdout.write(line + "\n")
    if strict and found.p95() > assessment.P95_MS_MAX:
        sys.exit(1)


@app.command(name="lists")
def measure_lists(
    *,
    tasks: int = 1_000_000,
    repeats: int = 100,
    json: Path | None = None,
    picture: Path | None = None,
    strict: Annotated[bool, cyclopts.Parameter(negative=())] = False,
) -> None:
    """Measure every kind of list of tasks in a tenant with very many of them among a hundred.

    Parameters
    ----------
    tasks
        How many the large tenant has; each of the others has a thousandth of it.
    repeats
        How often each kind of list is asked for.
    json
        Where to write what was measured.
    picture
        Where to draw the medians, as SVG.
    strict
        End with status 1 when a bar is missed.
    """
    with tempfile.TemporaryDirectory(prefix="evenhand-bench-") as name:
        folder = Path(name)
        # Under root PostgreSQL runs as another user, who must be able to pass.
        folder.chmod(0o711)
        found = lists.measure(
            EvenhandServer(folder), folder / "data",
            tasks=tasks, repeats=repeats, say=Console(stderr=True).log,
        )  # fmt: skip
    Console(width=None if sys.stdout.isatty() else 132).print(lists.table(found))
    if json:
        lists.written(json, found, tasks=tasks)
    if picture:
        picture.write_text(lists.drawn(found), encoding="utf-8")
    if strict and not all(one.is_kept() for one in found):
        sys.exit(1)


@app.command(name="attacks")
def withstand(*, seconds: float = 60.0, only: tuple[str, ...] = (), strict: bool = False) -> None:
    """Measure what one tenant waits while strangers and another tenant press the same server.

    Parameters
    ----------
    seconds
        How long each attack lasts.
    only
        These attacks alone, by name.
    strict
        End with status 1 when a bar is missed.
    """
    with tempfile.TemporaryDirectory(prefix="evenhand-bench-") as name:
        folder = Path(name)
        # Under root PostgreSQL runs as another user, who must be able to pass.
        folder.chmod(0o711)
        found = attacks.run(EvenhandServer(folder), seconds, only or tuple(attacks.ATTACKS))
    Console(width=None if sys.stdout.isatty() else 132).print(attacks.table(found))
    if strict and not all(attacks.is_kept(one, found[attacks.ALONE]) for one in found.values()):
        sys.exit(1)


@app.command(name="faults")
def try_faults(
    kind: trial.Kind,
    *,
    faults: int = 20,
    seed: int = 1,
    folder: Path | None = None,
    strict: Annotated[bool, cyclopts.Parameter(negative=())] = False,
) -> None:
    """Hurt an installation again and again while it works, and look whether all promises were kept.

    Parameters
    ----------
    kind
        Processes that are stopped and killed, crashes of these and of the database, restarts of
        the database, an object store that goes away, or a disk that is full: that one wants a
        small `--folder`, of which it takes all.
    faults
        How often.
    seed
        Of the moments at which it happens, and of who is hit.
    folder
        Where to install; by default a temporary folder.
    strict
        End with status 1 when a promise was broken.
    """
    log = Console(stderr=True).log
    with tempfile.TemporaryDirectory(prefix="evenhand-faults-", dir=folder) as own:
        # Under root PostgreSQL runs as another user, who must be able to pass.
        Path(own).chmod(0o711)
        found = asyncio.run(trial.run(kind, Path(own), faults=faults, seed=seed, say=log))
    Console(width=None if sys.stdout.isatty() else 132).print(trial.table({kind: found}))
    if strict and not found.is_kept():
        sys.exit(1)


@app.command(name="secrecy")
def tell_gold(
    *,
    answers: int = 2_000,
    watched_share: float = 0.05,
    strict: Annotated[bool, cyclopts.Parameter(negative=())] = False,
) -> None:
    """Measure how well an annotator who watches everything tells gold tasks from live ones.

    Parameters
    ----------
    answers
        How many are watched; a tenth as many skips and leases that run out come besides.
    watched_share
        Of the answers, after which the server is watched until it has been scored.
    strict
        End with status 1 when gold is told better than the bar allows, or a planted leak is not.
    """
    with tempfile.TemporaryDirectory(prefix="evenhand-bench-") as name:
        folder = Path(name)
        # Under root PostgreSQL runs as another user, who must be able to pass.
        folder.chmod(0o711)
        found = secrecy.run(
            EvenhandServer(folder),
            folder / "data",
            answers=answers,
            watched_share=watched_share,
            say=Console(stderr=True).log,
        )
    Console(width=None if sys.stdout.isatty() else 132).print(secrecy.table(found))
    if strict and not all(kind.is_kept() for kind in found):
        sys.exit(1)


@app.command(name="accuracy")
def compare_accuracy() -> None:
    """Show how right every method of choices is on every public crowd set with truth.

    Ties count as wrong; in brackets, by the chance of a draw.
    """
    found = crowd_accuracy.table(Console(stderr=True).log)
    Console(width=None if sys.stdout.isatty() else 230).print(found)


@app.command(name="quality")
def measure_quality(
    *, votes: int = 1_000_000, repeats: int = 4, peer: bool = True, strict: bool = False
) -> None:
    """Measure what Dawid-Skene costs in processor time and memory, beside crowd-kit's.

    Parameters
    ----------
    votes
        How many votes, five on each task; from 10 million on, the peer's fit takes minutes.
    repeats
        Calls in a process, of which the median counts; at most five.
    peer
        Also measure crowd-kit's Dawid-Skene.
    strict
        End with status 1 when a bar is missed.
    """
    trials = quality.run(votes, repeats=min(repeats, 5), peer=peer, say=Console(stderr=True).log)
    out = Console(width=None if sys.stdout.isatty() else 132)
    out.print(quality.table(trials))
    found = quality.bars(trials)
    for bar in found:
        out.print(f"{'kept  ' if bar.kept else 'MISSED'}  {bar.promise}: {bar.seen:.3f}")
    if strict and not all(bar.kept for bar in found):
        sys.exit(1)


@app.command(name="comparisons")
def measure_comparisons(*, votes: int = 1_000_000, strict: bool = False) -> None:
    """Measure what strengths from comparisons in pairs cost in processor time, beside evalica's.

    Parameters
    ----------
    votes
        How many comparisons, of 200 items.
    strict
        End with status 1 when a million take longer than promised.
    """
    found = comparisons.measure(votes)
    Console(width=None if sys.stdout.isatty() else 132).print(comparisons.table(found, votes))
    if strict and found["from codes"] > comparisons.CPU_SECONDS_MAX * votes / 1_000_000:
        sys.exit(1)


@app.command(name="overlap")
def replay_overlap(
    file: Path = Path("overlap.svg"), *, seeds: int = 5, sets: tuple[str, ...] = ()
) -> None:
    """Replay adaptive overlap on the public crowd sets and draw labels against accuracy.

    Parameters
    ----------
    file
        Where to draw the curves, as SVG.
    seeds
        Replays of each set and target, of which the mean is shown.
    sets
        Names of the sets; without any, all with five labels a task or more.
    """
    # The reader of the sets lies among the tests, and no other benchmark needs it.
    sys.path.append(str(Path(__file__).parents[1] / "tests"))
    reader: Any = importlib.import_module("quality.crowd_sets")
    out = Console(width=None if sys.stdout.isatty() else 132)
    curves: list[overlap.Curve] = []
    for name in sets or overlap.SETS:
        given = reader.crowd_set(name)
        found = overlap.curve(name, given.votes, given.truth, seeds=seeds)
        curves.append(found)
        out.print(overlap.table(found))
        file.write_text(overlap.drawn(curves), encoding="utf-8")
    out.print(f"drawn to {file}")


if __name__ == "__main__":
    app()
