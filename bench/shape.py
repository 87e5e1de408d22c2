"""The shape of the public log: whether it tells how many tenants there are and what they do.

Two installations, one with a single tenant and one with many of whom each does as much, make
epochs in turn, block by block, each over its own PostgreSQL. Their clock is handed in, and a second
of it is shorter than a second. What anybody may see of each epoch is noted: sizes of files, and
when tiles and checkpoint appear after the second that they close. Then somebody who is told which
blocks are whose learns from some of them, and guesses at the others.
"""

from __future__ import annotations

import asyncio
import random
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from statistics import median
from typing import TYPE_CHECKING

import numpy as np
from rich.table import Table

from bench.report import Bar, percentile
from evenhand import pipeline, tenants
from evenhand.app.installation import open_installation
from evenhand.app.recorder import Recorder
from evenhand.foundation.clock import Clock
from evenhand.foundation.database import as_tenant
from evenhand.foundation.settings import Settings
from evenhand.tlog.checkpoint import Checkpoint
from evenhand.tlog.note import Note
from evenhand.tlog.store import Folder
from evenhand.tlog.tiles import CHECKPOINT, ENTRIES, tile_at
from evenhand.tlog.verification import Outcome, verify_log
from evenhand.work import intake

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from evenhand.app.context import Context

BEGIN = datetime(2026, 3, 4, 12, tzinfo=UTC)
TASK = {"attachment": "The kitten sleeps.", "attachment_type": "text", "categories": ["cat", "dog"]}
BLOCK = 30  # epochs of one installation before the other has its turn
FOLDS = 5
SHUFFLES = 500
SEED = 11
P_LEAST = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How many epochs of how many tenants, how long each takes here, and what each tenant does."""

    epochs: int
    seconds: float
    tenants: tuple[int, int]
    tasks: float  # of each tenant an epoch, on average


class Watched(Folder):
    """The folder of a log, whose looker-on notes when each file appears."""

    def __init__(self, root: Path) -> None:
        """Watch a folder."""
        super().__init__(root)
        self.seen: dict[str, float] = {}

    def create(self, files: Mapping[str, bytes]) -> None:
        """Write files, and note when they are there."""
        super().create(files)
        self.seen |= dict.fromkeys(files, time.perf_counter())

    def replace(self, path: str, data: bytes) -> None:
        """Write a file that changes, and note when it has."""
        super().replace(path, data)
        self.seen[path] = time.perf_counter()


@dataclass(slots=True)
class World:
    """One installation, whose clock goes from second to second as it is told."""

    context: Context
    tenants: list[tenants.NewTenant]
    chance: random.Random
    recorder: Recorder
    store: Watched
    seconds: int = 0
    turned: float = 0.0
    rows: list[dict[str, float]] = field(default_factory=list[dict[str, float]])
    took: list[float] = field(default_factory=list[float])
    tasks: int = 0

    def steady(self) -> float:
        """Show a full second when it is turned, and then what has passed since."""
        return self.seconds + min(0.999, time.perf_counter() - self.turned)

    async def epoch(self, plan: Plan) -> None:
        """Let a second end, with the next one's work going on, and note what anybody may see."""
        self.seconds, self.turned = self.seconds + 1, time.perf_counter()
        self.recorder.entered.set()
        work = asyncio.create_task(self._work(plan))
        await self.recorder.tick()
        self.took.append(time.perf_counter() - self.turned)
        self._note()
        await work
        await asyncio.sleep(max(0.0, self.turned + plan.seconds - time.perf_counter()))

    async def _work(self, plan: Plan) -> None:
        at = sorted(
            (self.chance.random(), owner)
            for owner in range(len(self.tenants))
            for _ in range(_drawn(self.chance, plan.tasks))
        )
        for share, owner in at:
            await asyncio.sleep(max(0.0, self.turned + share * plan.seconds - time.perf_counter()))
            order = intake.order_of("categorization", TASK, is_test=False)
            async with as_tenant(self.context.pool, self.tenants[owner].tenant_id) as tx:
                await pipeline.submit(tx, order, now=self.context.clock.now())
            self.tasks += 1

    def _note(self) -> None:
        note = self.store.read(CHECKPOINT)
        size = Checkpoint.parse(Note.parse(note).text).size
        entries, hashes = (tile_at(level, (size - 1) // 256, size).path for level in (ENTRIES, 0))
        files = {"entries": entries, "hashes": hashes, "checkpoint": CHECKPOINT}
        found = {f"{name}, bytes": float(len(self.store.read(at))) for name, at in files.items()}
        # The size of a log tells how long it is there, as anybody may know.
        found["entries, bytes"] /= (size - 1) % 256 + 1
        found["hashes, bytes"] /= (size - 1) % 256 + 1
        found |= {
            f"{name}, ms": (self.store.seen[at] - self.turned) * 1000 for name, at in files.items()
        }
        found["epochs"] = float(size - self.seconds)
        self.rows.append(found)


def _drawn(chance: random.Random, average: float) -> int:
    """Draw how many of what comes by chance, a Poisson number."""
    count, left = 0, chance.expovariate(1.0)
    while left < average:
        count, left = count + 1, left + chance.expovariate(1.0)
    return count


async def world_of(context: Context, count: int, seed: int) -> World:
    """Make an installation's tenants, and take its clock in hand."""
    made = [
        await tenants.create(context.pool, context.secret, f"t{n}", now=BEGIN) for n in range(count)
    ]
    store = Watched(context.settings.data_dir / "log")
    context.publication.store = store
    held: list[World] = []
    clock = Clock(BEGIN, asked=0.0, heard=0.0, steady=lambda: held[0].steady() if held else 0.0)
    own = replace(context, clock=clock)
    chance = random.Random(seed)  # noqa: S311
    held.append(World(own, made, chance, Recorder(own, asyncio.Event()), store))
    # What tenants had entered before the first epoch, and all that is done once.
    await held[0].epoch(Plan(epochs=1, seconds=0.0, tenants=(0, 0), tasks=0.0))
    held[0].rows.clear()
    held[0].took.clear()
    return held[0]


async def watch(plan: Plan, worlds: Sequence[World]) -> None:
    """Let both make their epochs, block by block in turn."""
    while len(worlds[-1].rows) < plan.epochs:
        for world in worlds:
            for _ in range(min(BLOCK, plan.epochs - len(world.rows))):
                await world.epoch(plan)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guessed:
    """How many were told apart, and how often chance alone does as well."""

    name: str
    share: float
    p: float


@dataclass(slots=True, kw_only=True)
class Shape:
    """What was seen of both."""

    counts: tuple[int, int]
    tables: tuple[dict[str, list[float]], dict[str, list[float]]]
    took: tuple[list[float], list[float]]
    tasks: tuple[int, int]
    held: tuple[bool, bool]
    guessed: list[Guessed]


def run(plan: Plan, folder: Path, say: Callable[[str], None]) -> Shape:
    """Make both logs, and try to tell them apart."""
    return asyncio.run(_run(plan, folder, say))


async def _run(plan: Plan, folder: Path, say: Callable[[str], None]) -> Shape:
    async with AsyncExitStack() as stack:
        worlds: list[World] = []
        for number, count in enumerate(plan.tenants):
            own = folder / str(number)
            own.mkdir()
            # Under root PostgreSQL runs as another user, who must be able to pass.
            own.chmod(0o711)
            settings = Settings(data_dir=own / "data", log_origin="example.com/log")
            context = await stack.enter_async_context(open_installation(settings))
            worlds.append(await world_of(context, count, SEED))
        say(f"{plan.epochs:,} epochs of {plan.seconds} s of each")
        await watch(plan, worlds)
        for world in worlds:
            await world.recorder.stand_down()
        return shape_of(worlds)


def shape_of(worlds: Sequence[World]) -> Shape:
    """Compare what was seen."""
    one, other = worlds
    tables = _columns(one.rows), _columns(other.rows)
    return Shape(
        counts=(len(one.tenants), len(other.tenants)),
        tables=tables,
        took=(one.took, other.took),
        tasks=(one.tasks, other.tasks),
        held=(_holds(one), _holds(other)),
        guessed=guesses(*tables),
    )


def _holds(world: World) -> bool:
    policy = world.context.publication.policy()
    return verify_log(world.store.read, policy).outcome is Outcome.HELD


def _columns(rows: Sequence[dict[str, float]]) -> dict[str, list[float]]:
    return {name: [row[name] for row in rows] for name in rows[0]}


def guesses(one: Mapping[str, list[float]], other: Mapping[str, list[float]]) -> list[Guessed]:
    """Guess whose an epoch is, and whose a whole block, from blocks that were not learnt from.

    Where nothing differs, or there is nothing to learn from, nobody guesses.
    """
    names = [name for name in one if len({*one[name], *other[name]}) > 1]
    if not names or len(one[names[0]]) < 2 * BLOCK:
        return []
    each = [np.column_stack([seen[name] for name in names]) for seen in (one, other)]
    blocks = [[table[at : at + BLOCK] for at in range(0, len(table), BLOCK)] for table in each]
    wholes = [
        [np.concatenate([b.mean(0), np.median(b, 0), b.std(0)])[None, :] for b in mine]
        for mine in blocks
    ]
    chance = np.random.default_rng(SEED)
    return [
        _guessed("an epoch", blocks, chance),
        _guessed(f"{BLOCK} epochs together", wholes, chance),
    ]


def _guessed(
    name: str, blocks: Sequence[Sequence[NDArray[np.float64]]], chance: np.random.Generator
) -> Guessed:
    seen = _told_apart(blocks[0], blocks[1])
    pairs = list(zip(*blocks, strict=True))
    as_good = 0
    for _ in range(SHUFFLES):
        # Whose a block is, is drawn anew; those made one after the other stay a pair.
        drawn = [pair if heads else pair[::-1] for pair, heads in zip(
            pairs, chance.random(len(pairs)) < 0.5, strict=True)]  # fmt: skip
        as_good += _told_apart([a for a, _ in drawn], [b for _, b in drawn]) >= seen
    return Guessed(name=name, share=seen, p=(as_good + 1) / (SHUFFLES + 1))


def _told_apart(
    ones: Sequence[NDArray[np.float64]], others: Sequence[NDArray[np.float64]]
) -> float:
    """The share that is told rightly, each fold by whoever learnt from the other folds."""
    right = total = 0
    for fold in range(min(FOLDS, len(ones))):
        learnt, left = [], []
        for label, blocks in ((-1.0, ones), (1.0, others)):
            for number, block in enumerate(blocks):
                (left if number % FOLDS == fold else learnt).append((block, label))
        weights, scale = _fitted(learnt)
        for block, label in left:
            told = _scaled(block, scale) @ weights
            right += int((np.sign(told) == label).sum())
            total += len(block)
    return right / total


def _fitted(
    learnt: Sequence[tuple[NDArray[np.float64], float]],
) -> tuple[NDArray[np.float64], tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Fit a line between the two by least squares, with a little of a ridge."""
    table = np.concatenate([block for block, _ in learnt])
    labels = np.concatenate([np.full(len(block), label) for block, label in learnt])
    middle = np.median(table, 0)
    spread = np.median(np.abs(table - middle), 0) + 1e-9
    scaled = _scaled(table, (middle, spread))
    ridge = np.eye(scaled.shape[1])
    return np.linalg.solve(scaled.T @ scaled + ridge, scaled.T @ labels), (middle, spread)


def _scaled(
    block: NDArray[np.float64], scale: tuple[NDArray[np.float64], NDArray[np.float64]]
) -> NDArray[np.float64]:
    # Outliers tell of the machine; held within bounds, none outweighs all others.
    inner = np.clip((block - scale[0]) / scale[1], -5.0, 5.0)
    return np.column_stack([inner, np.ones(len(block))])


def table(found: Shape) -> Table:
    """Show what was seen of both, side by side."""
    shown = Table(title="The public log", title_justify="left")
    shown.add_column("", no_wrap=True)
    for count in found.counts:
        shown.add_column(f"{count} tenants", justify="right")
    shown.add_row("tasks sent", *(f"{count:,}" for count in found.tasks))
    shown.add_row("epochs seen", *(f"{len(took):,}" for took in found.took))
    shown.add_row("a tick, p50, ms", *(f"{median(one) * 1000:.1f}" for one in found.took))
    shown.add_row("  p99, ms", *(f"{percentile(one, 0.99) * 1000:.1f}" for one in found.took))
    for name in found.tables[0]:
        columns = [one[name] for one in found.tables]
        shown.add_row(f"{name}, p50", *(f"{median(one):.2f}" for one in columns))
        shown.add_row("  p5 to p95", *(
            f"{percentile(one, 0.05):.2f} to {percentile(one, 0.95):.2f}" for one in columns
        ))  # fmt: skip
    return shown


def bars(found: Shape) -> list[Bar]:
    """Hold the figures against what was promised."""
    sizes = [name for name in found.tables[0] if not name.endswith(", ms")]
    differing = sum({*found.tables[0][name]} != {*found.tables[1][name]} for name in sizes)
    return [
        Bar("both logs hold", float(all(found.held)), all(found.held)),
        Bar("sizes or numbers that differ, of " + str(len(sizes)), differing, not differing),
        *(
            Bar(
                f"{one.name} told apart by chance alone (p {one.p:.3f})", one.share, one.p > P_LEAST
            )
            for one in found.guessed
        ),
    ]
