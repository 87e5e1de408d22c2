"""Ask two worlds the same, and compare what they answer to the byte."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import psycopg
from psycopg.conninfo import make_conninfo

from bench.worlds import moves
from bench.worlds.equal import events_in, worded
from bench.worlds.world import MOVE_SECONDS, World, disturb, foreign_ids, world_of
from evenhand import tenants
from evenhand.app.installation import context_over
from evenhand.foundation import migrate
from evenhand.foundation.database import pool_of
from evenhand.foundation.embedded import embedded_server
from evenhand.foundation.proofs import Proofs
from evenhand.foundation.secret import Secret
from evenhand.foundation.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from pathlib import Path

    from bench.worlds.calls import Reply

QUIET, CROWD = 0, 5
A_PAIR = 250  # sequences; after that there is much to export and to count
DIFFERENCES_MAX = 20  # once so many are found, no more are looked for


@dataclass(kw_only=True)
class Compared:
    """How much was asked, and what was answered differently."""

    differences_max: int = DIFFERENCES_MAX
    sequences: int = 0
    requests: int = 0
    endpoints: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    statuses: Counter[int] = field(default_factory=Counter[int])
    differences: list[str] = field(default_factory=list[str])
    broken: list[str] = field(default_factory=list[str])

    def lines(self) -> list[str]:
        """Say it in words."""
        counted = (
            f"{self.sequences:,} sequences of {self.requests:,} requests to "
            f"{len(self.endpoints)} of {len(moves.ENDPOINTS)} endpoints: "
            f"{len(self.differences)} answers differ"
        )
        by_status = ", ".join(f"{status}: {n:,}" for status, n in sorted(self.statuses.items()))
        return [counted, f"answers by status: {by_status}", *self.broken, *self.differences]


@asynccontextmanager
async def opened(
    conninfo: str, folder: Path, begin: datetime, seed: str, *, crowd: int
) -> AsyncGenerator[World]:
    """Open a world over a migrated database of its own."""
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    settings = Settings(data_dir=folder, log_origin="example.com/log")
    secret = Secret(b"a secret that both worlds share, 32 bytes")
    await asyncio.to_thread(tenants.canary.prove, conninfo, secret, lambda: secret)
    async with (
        pool_of(conninfo, size=6, proofs=Proofs(secret)) as pool,
        context_over(settings, pool, secret) as context,
    ):
        yield await world_of(context, begin, random.Random(seed), crowd=crowd)  # noqa: S311


async def compare(
    quiet: World, crowded: World, found: Compared, *, sequences: int, seed: str
) -> None:
    """Ask both the same sequences, with others doing as they like in the crowded one."""
    for world in (quiet, crowded):
        world.watched.foreign = foreign_ids(crowded)
    for number in range(sequences):
        chance = random.Random(f"{seed} {number}")  # noqa: S311
        asked = moves.sequence(chance)
        await disturb(crowded, random.Random(f"{seed} {number} others"), f"{seed} {number} o")  # noqa: S311
        for world in (quiet, crowded):
            if number % 3 == 0:
                await world.rounds()
            if number % 10 == 0:
                await world.epoch()
        for place, move in enumerate(asked):
            await _ask_both((quiet, crowded), move, found, f"{seed} {number} {place}")
            if len(found.differences) >= found.differences_max:
                return
        found.sequences += 1
    for world in (quiet, crowded):
        await world.rounds()
        for _ in range(3):
            await world.epoch()
    logs = [await _log_of(world) for world in (quiet, crowded)]
    if logs[0] != logs[1]:
        apart = [sorted(one - other)[:9] for one, other in (logs, reversed(logs))]
        found.differences.append(f"logs\n  quiet:   {apart[0]}\n  crowded: {apart[1]}")


async def _ask_both(
    worlds: tuple[World, World], move: moves.Move, found: Compared, seed: str
) -> None:
    replies: list[Reply] = []
    for world in worlds:
        world.seconds += MOVE_SECONDS
        replies.append(await world.ask(world.watched, move, seed))
    one, other = (
        worded(reply, move, world.watched.known.get("assignment_id", ()))
        for reply, world in zip(replies, worlds, strict=True)
    )
    found.requests += 1
    found.endpoints[move.method, move.endpoint] += 1
    found.statuses[replies[0].status] += 1
    if replies[0].status >= 500:
        found.broken.append(f"{move}: {replies[0].body.decode()}")
    if one != other:
        found.differences.append(f"{move}\n  quiet:   {one}\n  crowded: {other}")


async def _log_of(world: World) -> Counter[str]:
    """All that was entered of the watched tenant, once it has its places."""
    asked = moves.Move(moves.LIVE, "GET", "log", "/api/receipts/file")
    return Counter(events_in((await world.ask(world.watched, asked, "log")).body))


async def trial(
    conninfos: tuple[str, str], folder: Path, found: Compared, *, sequences: int, seed: str
) -> None:
    """Open a quiet world and a crowded one over two databases, and compare them."""
    begin = _begin_now()
    async with (
        opened(conninfos[0], folder / "quiet", begin, seed, crowd=QUIET) as quiet,
        opened(conninfos[1], folder / "crowded", begin, seed, crowd=CROWD) as crowded,
    ):
        await compare(quiet, crowded, found, sequences=sequences, seed=seed)


def run(folder: Path, sequences: int, say: Callable[[str], None]) -> Compared:
    """Compare worlds, of which each pair is asked some hundred sequences."""
    found = Compared()
    with (
        embedded_server(folder) as admin,
        psycopg.connect(make_conninfo(admin, dbname="postgres"), autocommit=True) as connection,
    ):
        # Of a crash nothing need survive, and commits become cheap.
        for setting in (b"fsync", b"full_page_writes", b"synchronous_commit"):
            connection.execute(b"ALTER SYSTEM SET " + setting + b" = off")
        connection.execute("SELECT pg_reload_conf()")
        migrate.migrate(admin)
        migrate.let_app_in(admin)
        app = migrate.app_conninfo(admin)
        for era in range(0, sequences, A_PAIR):
            names = [f"{name}_{era}" for name in ("quiet", "crowded")]
            for name in names:
                connection.execute(f"CREATE DATABASE {name} TEMPLATE evenhand".encode())
            one, other = (make_conninfo(app, dbname=name) for name in names)
            count, own = min(A_PAIR, sequences - era), folder / "worlds" / str(era)
            asyncio.run(trial((one, other), own, found, sequences=count, seed=f"era {era}"))
            for name in names:
                connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
            say(found.lines()[0])
            if len(found.differences) >= found.differences_max:
                break
    return found


def _begin_now() -> datetime:
    """The moment at which both worlds begin: near the database's own, which some rounds go by."""
    return datetime.now(UTC).replace(microsecond=0)
