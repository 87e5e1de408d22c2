"""Trials: an installation under load, one kind of fault again and again, and what became of it."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from rich.table import Table

from bench.faults import kept
from bench.faults.installation import Installation, Who
from bench.faults.load import PROJECT, Load
from bench.faults.neighbours import Neighbours
from bench.faults.public_record import PublicRecord
from evenhand.foundation.embedded import embedded_server
from evenhand.foundation.settings import Settings
from evenhand.ledger.log_store import log_store

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from pathlib import Path

Kind = Literal["kills", "crashes", "restarts", "store", "disk"]
ANNOTATORS = 6
END_SECONDS_MAX = 240.0  # callbacks that failed wait half a minute at first
RETURN_SECONDS_MAX = 5.0
LOAD_SECONDS = 2.0  # before the first fault
GIGABYTE = 2**30
LOG_URL = "s3://bucket/log"


@dataclass(kw_only=True)
class Found:
    """What became of a trial."""

    faults: int = 0
    seconds: float = 0.0
    counts: dict[str, int] = field(default_factory=dict)
    broken: dict[str, int] = field(default_factory=dict)
    # After each fault was over, how long failures went on.
    returned: list[float] = field(default_factory=list)
    memory_most: float = 0.0

    def is_kept(self) -> bool:
        """Say whether every promise was kept, and all was well again in time."""
        return not any(self.broken.values()) and max(self.returned, default=0) <= RETURN_SECONDS_MAX


@dataclass(kw_only=True)
class Trial:
    """What a fault may use."""

    installation: Installation
    neighbours: Neighbours
    load: Load
    record: PublicRecord
    chance: random.Random
    found: Found
    say: Callable[[str], None]


async def run(
    kind: Kind, folder: Path, *, faults: int, seed: int, say: Callable[[str], None]
) -> Found:
    """Run one kind of fault so many times under load, and say what was promised and broken."""
    async with _begun(kind, folder, seed, say) as trial:
        working = asyncio.create_task(trial.load.run())
        began = time.monotonic()
        await asyncio.sleep(LOAD_SECONDS)
        for number in range(faults):
            await _FAULTS[kind](trial)
            trial.found.faults += 1
            await asyncio.to_thread(trial.record.look, trial.load.promised, trial.chance)
            trial.found.memory_most = max(trial.found.memory_most, trial.installation.memory())
            if number % 10 == 9:
                broken = {name: count for name, count in trial.record.broken.items() if count}
                tasks = len(trial.load.promised.tasks)
                say(f"{kind}: {number + 1} of {faults}, {tasks} tasks {broken or ''}")
        trial.load.stop.set()
        await working
        # What failed is sent again after half a minute: should that fail too, all would wait longer
        # for it than for everything else.
        trial.neighbours.fails = 0.0
        with embedded_server(trial.installation.data) as admin:
            await trial.load.finish(END_SECONDS_MAX, lambda: kept.has_ended(admin))
            await asyncio.to_thread(trial.record.look_at_all, trial.load.promised)
            trial.found.seconds = time.monotonic() - began
            trial.found.broken = kept.broken(admin, trial.load.promised, trial.neighbours)
            trial.found.broken |= trial.record.broken
        trial.installation.require_up()
        return trial.found


@asynccontextmanager
async def _begun(
    kind: Kind, folder: Path, seed: int, say: Callable[[str], None]
) -> AsyncGenerator[Trial]:
    chance = random.Random(seed)  # noqa: S311 - chance of a test
    async with Neighbours(chance=chance) as neighbours:
        more = _object_store(neighbours) if kind == "store" else {}
        # Where the store is, its library reads from the environment alone.
        os.environ.update(more)
        installation = Installation(folder=folder, more=more)
        try:
            await asyncio.to_thread(installation.start, "serve")
            key, tokens, tenant_id = await asyncio.to_thread(_settled_in, installation)
            await asyncio.to_thread(installation.start, "worker")
            load = Load(
                origin=installation.origin,
                neighbours=neighbours.origin,
                key=key,
                tokens=tokens,
                chance=chance,
            )
            trial = Trial(
                installation=installation,
                neighbours=neighbours,
                load=load,
                record=PublicRecord(
                    files=log_store(LOG_URL if more else installation.data / "log"),
                    origin=installation.origin,
                    key=key,
                ),
                chance=chance,
                found=Found(),
                say=say,
            )
            yield trial
            await asyncio.to_thread(installation.end_all)
            settings = Settings.read(
                data_dir=installation.data, storage_url=more.get("EVENHAND_STORAGE_URL")
            )
            trial.found.broken["files changed"] = await kept.changed_files(
                settings, tenant_id, load.promised
            )
            promised = load.promised
            trial.found.counts = {
                "tasks": len(promised.tasks),
                "with a picture": len(promised.pictured),
                "annotations": len(promised.annotations),
                "files": len(promised.files),
                "exports": promised.exports,
                "receipts that hold": trial.record.receipts,
                "epochs": trial.record.earlier[-1].size if trial.record.earlier else 0,
                "last receipt after, s": round(trial.record.slowest),
                "failures seen": len(promised.failures),
                **{f"unfit: {what}": count for what, count in promised.unfit.most_common(5)},
            }
        finally:
            await asyncio.to_thread(installation.end_all)


def _settled_in(installation: Installation) -> tuple[str, tuple[str, ...], UUID]:
    made = installation.command("tenant", "create", "faults")
    installation.command(
        "project", "create", PROJECT, "--tenant", "faults", "--type", "categorization",
        "--annotations", "1",
    )  # fmt: skip
    tokens = tuple(
        str(installation.command("annotator", "create", f"a{number}@bench.example")["token"])
        for number in range(ANNOTATORS)
    )
    return str(made["live_key"]), tokens, UUID(str(made["tenant_id"]))


def _object_store(neighbours: Neighbours) -> dict[str, str]:
    return {
        "EVENHAND_STORAGE_URL": "s3://bucket/files",
        "EVENHAND_LOG_URL": LOG_URL,
        "AWS_ENDPOINT": f"http://127.0.0.1:{neighbours.store_port}",
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_REGION": "bench",
    }


async def _kill(trial: Trial) -> None:
    who: Who = trial.chance.choice(["serve", "serve", "worker"])
    number = trial.chance.choice([signal.SIGTERM, signal.SIGKILL])
    await asyncio.sleep(trial.chance.uniform(0.05, 1.5))
    trial.installation.require_up()
    await asyncio.to_thread(trial.installation.end, who, number)
    await asyncio.to_thread(trial.installation.start, who)


async def _crash(trial: Trial) -> None:
    """Kill servers and the database in turn as the kernel does; nothing ends by itself."""
    await asyncio.sleep(trial.chance.uniform(0.05, 1.5))
    trial.installation.require_up()
    who: Who | None = trial.chance.choice(["serve", "serve", "worker", None])
    if who is None:
        await asyncio.to_thread(trial.installation.kill_database)
        return
    await asyncio.to_thread(trial.installation.end, who, signal.SIGKILL)
    await asyncio.to_thread(trial.installation.start, who)


async def _restart(trial: Trial) -> None:
    await asyncio.sleep(trial.chance.uniform(0.5, 2))
    mode = trial.chance.choice(["fast", "immediate"])
    await asyncio.to_thread(trial.installation.restart_database, mode)
    await _well_again(trial)


async def _store(trial: Trial) -> None:
    await asyncio.sleep(trial.chance.uniform(0.5, 2))
    await trial.neighbours.close_store()
    await asyncio.sleep(trial.chance.uniform(3, 12))
    await trial.neighbours.open_store()
    await _well_again(trial)


async def _fill_disk(trial: Trial) -> None:
    await asyncio.sleep(trial.chance.uniform(0.5, 2))
    filler = trial.installation.folder / "filler"
    await asyncio.to_thread(_fill, filler)
    await asyncio.sleep(trial.chance.uniform(3, 10))
    filler.unlink()
    await _well_again(trial)


def _fill(filler: Path) -> None:
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(2**16))
        except OSError:
            return


async def _well_again(trial: Trial) -> None:
    """Wait for longer than failures may go on, and note when the last of them was seen."""
    over = time.monotonic()
    await asyncio.sleep(2 * RETURN_SECONDS_MAX)
    trial.installation.require_up()
    last = max((at for at, _ in trial.load.promised.failures), default=0.0)
    trial.found.returned.append(max(0.0, last - over))


_FAULTS = {
    "kills": _kill,
    "crashes": _crash,
    "restarts": _restart,
    "store": _store,
    "disk": _fill_disk,
}


def table(found: dict[Kind, Found]) -> Table:
    """Show trials side by side."""
    shown = Table(title="What was promised under faults, and what was broken")
    shown.add_column("")
    for kind in found:
        shown.add_column(kind, justify="right")
    shown.add_row("faults", *(str(one.faults) for one in found.values()))
    shown.add_row("seconds", *(f"{one.seconds:.0f}" for one in found.values()))
    shown.add_row(
        "failures went on for at most, s",
        *(f"{max(o.returned, default=0):.1f}" for o in found.values()),
    )
    shown.add_row("memory at most, MiB", *(f"{one.memory_most:.0f}" for one in found.values()))
    for part in ("counts", "broken"):
        shown.add_section()
        names = dict.fromkeys(name for one in found.values() for name in getattr(one, part))
        for name in names:
            shown.add_row(name, *(str(getattr(one, part).get(name, "")) for one in found.values()))
    return shown
