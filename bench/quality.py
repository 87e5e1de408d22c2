"""What aggregating a large table costs: processor time and memory, each trial in a new process."""

from __future__ import annotations

import multiprocessing
import statistics
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

LABELS = 5
ANNOTATORS = 1_000
VOTES_PER_TASK = 5
ITERATIONS = 10
SMALL = 100_000  # votes of the call that loads the compiler
SHARE_NEW = 100  # one vote in so many is new when a fit is brought up to date

CPU_SECONDS_MAX = 1.5
MEBIBYTES_MAX = 400
TEXT_TIMES_MAX = 3
REFIT_SHARE_MAX = 0.1
# Times the peer's processor time, by how many votes there are.
PEER_TIMES_MIN = {1_000_000: 50, 10_000_000: 60}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What one process measured, once a small call had loaded the compiler and its loops."""

    name: str
    votes: int
    loading_seconds: float
    seconds: float
    mebibytes: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A promise about figures, and what was seen."""

    promise: str
    seen: float
    kept: bool


def run(votes: int, *, repeats: int, peer: bool, say: Callable[[str], None]) -> list[Trial]:
    """Measure each way to aggregate so many votes; the peer's takes minutes from 10 million on."""
    ways = [*OURS, *([PEER] if peer else [])]
    found: list[Trial] = []
    for way in ways:
        say(f"{way}, {votes:,} votes")
        # A process of its own: what another left in memory must not be counted.
        spawn = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=spawn) as pool:
            found.append(pool.submit(_trial, way, votes, 1 if way == PEER else repeats).result())
    return found


def table(trials: Sequence[Trial]) -> Table:
    """Lay the figures side by side."""
    shown = Table(title=f"{trials[0].votes:,} votes, {ITERATIONS} iterations")
    for heading in ("", "loading, CPU s", "a call, CPU s", "MiB above the table"):
        shown.add_column(heading, justify="right" if heading else "left")
    for one in trials:
        figures = (f"{one.loading_seconds:.3f}", f"{one.seconds:.3f}", f"{one.mebibytes:.0f}")
        shown.add_row(one.name, *figures)
    return shown


def bars(trials: Sequence[Trial]) -> list[Bar]:
    """Compare what was seen with what is promised."""
    by_name = {trial.name: trial for trial in trials}
    ours, votes = by_name[FIT], trials[0].votes
    text, refit = by_name[TEXT].seconds / ours.seconds, by_name[REFIT].seconds / ours.seconds
    found = [
        Bar(
            promise=f"text ids cost at most {TEXT_TIMES_MAX} times whole numbers",
            seen=text,
            kept=text <= TEXT_TIMES_MAX,
        ),
        Bar(
            promise="a refit after 1 % new votes costs at most a tenth of a fit",
            seen=refit,
            kept=refit <= REFIT_SHARE_MAX,
        ),
    ]
    if votes == 10_000_000:
        memory = ours.mebibytes
        found += [
            Bar(
                promise=f"at most {CPU_SECONDS_MAX} s of processor time",
                seen=ours.seconds,
                kept=ours.seconds <= CPU_SECONDS_MAX,
            ),
            Bar(
                promise=f"at most {MEBIBYTES_MAX} MiB above the table",
                seen=memory,
                kept=memory <= MEBIBYTES_MAX,
            ),
        ]
    if PEER in by_name:
        times, least = by_name[PEER].seconds / ours.seconds, PEER_TIMES_MIN.get(votes, 1)
        promise = f"at least {least} times as fast as crowd-kit"
        found.append(Bar(promise=promise, seen=times, kept=times >= least))
    return found


def _trial(way: str, votes: int, repeats: int) -> Trial:
    began = time.process_time()
    _prepared(way, SMALL)()
    loading = time.process_time() - began
    act = _prepared(way, votes)
    pa.default_memory_pool().release_unused()
    before = _reset_peak()
    took: list[float] = []
    for _ in range(repeats):
        began = time.process_time()
        act()
        took.append(time.process_time() - began)
    return Trial(
        name=way,
        votes=votes,
        loading_seconds=loading,
        seconds=statistics.median(took),
        mebibytes=_memory("VmHWM") - before,
    )


def _prepared(way: str, votes: int) -> Callable[[], object]:
    table = crowd(votes)
    return WAYS[way](_with_text(table) if way == TEXT else table)


def crowd(votes: int) -> pa.Table:
    """Make up shuffled votes of annotators who are right between five and 9.5 times in ten."""
    chance = np.random.default_rng(20)
    tasks = votes // VOTES_PER_TASK
    truth = chance.integers(0, LABELS, tasks, dtype=np.int8)
    task = np.repeat(np.arange(tasks), VOTES_PER_TASK)[chance.permutation(tasks * VOTES_PER_TASK)]
    annotator = chance.integers(0, ANNOTATORS, task.size)
    wrong = chance.random(task.size) >= chance.uniform(0.5, 0.95, ANNOTATORS)[annotator]
    label = (truth[task] + wrong * chance.integers(1, LABELS, task.size)) % LABELS
    return pa.table({"task": task, "annotator": annotator, "label": label})


def _with_text(table: pa.Table) -> pa.Table:
    def named(what: str) -> Any:
        return pc.binary_join_element_wise(what, table[what].cast(pa.string()), " ")

    return pa.table({what: named(what) for what in table.column_names})


def _aggregating(method: str) -> Callable[[pa.Table], Callable[[], object]]:
    def prepared(table: pa.Table) -> Callable[[], object]:
        from evenhand.quality import aggregate  # noqa: PLC0415 - not in the peer's process

        return lambda: aggregate(table, method, max_iterations=ITERATIONS, tolerance=0)

    return prepared


def _refitting(table: pa.Table) -> Callable[[], object]:
    from evenhand.quality.choice.fit import Limits  # noqa: PLC0415
    from evenhand.quality.choice.incremental import Incremental  # noqa: PLC0415

    columns = np.array([table[name].to_numpy() for name in table.column_names], dtype=np.int32)
    new = columns.shape[1] // SHARE_NEW
    kept = columns.shape[1] - 5 * new
    live = Incremental()
    live.add(*columns[:, :kept])
    live.converge(Limits(max_iterations=ITERATIONS, tolerance=0))
    starts = iter(range(kept, columns.shape[1], new))

    def refit() -> object:
        start = next(starts)
        live.add(*columns[:, start : start + new])
        return live.refit()

    return refit


def _of_peer(table: pa.Table) -> Callable[[], object]:
    from crowdkit.aggregation.classification import DawidSkene  # noqa: PLC0415

    frame = table.rename_columns({"annotator": "worker"}).to_pandas()
    return lambda: DawidSkene(n_iter=ITERATIONS, tol=-1).fit(frame)


def _reset_peak() -> float:
    # Linux forgets the highest memory seen so far when it is told so.
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return _memory("VmRSS")


def _memory(line: str) -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(one.split()[1]) for one in status if one.startswith(line)) / 1024


FIT = "Dawid-Skene"
TEXT = "Dawid-Skene, text ids"
MAJORITY = "majority vote"
REFIT = "refit after 1 % new votes"
PEER = "crowd-kit's Dawid-Skene"
WAYS: dict[str, Callable[[pa.Table], Callable[[], object]]] = {
    FIT: _aggregating("dawid-skene"),
    TEXT: _aggregating("dawid-skene"),
    MAJORITY: _aggregating("majority"),
    REFIT: _refitting,
    PEER: _of_peer,
}
OURS = (FIT, TEXT, MAJORITY, REFIT)
