"""How much the record takes: events entered, placed and published, and checked by an outsider."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import median
from typing import TYPE_CHECKING

from rich.table import Table

from bench.report import Bar, percentile
from evenhand import ledger, tenants
from evenhand.app.installation import open_installation
from evenhand.app.worker import work_until
from evenhand.foundation.database import as_tenant
from evenhand.foundation.settings import Settings
from evenhand.tlog.sources import source
from evenhand.verifier import ReceiptsFile, check

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from uuid import UUID

    from evenhand.app.context import Context

WRITERS = 4
EVENTS_A_STEP = 50
PROBE_SECONDS = 0.5
PAGES = 10
RECEIPTS_A_PAGE = 100
EVENTS_MIN = 3_000
LAG_SECONDS_MAX = 2.0
PROOF_MS_MAX = 2.0
VERIFY_SECONDS_MAX = 10.0  # of 100,000 events


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How many events a second of how many tenants, and for how long."""

    seconds: float
    rate: float
    tenants: int


@dataclass(slots=True, kw_only=True)
class Recorded:
    """What was seen."""

    entered: int = 0
    seconds: float = 0.0
    lags: list[float] = field(default_factory=list[float])
    epochs: int = 0
    gaps: list[float] = field(default_factory=list[float])
    proof_ms: list[float] = field(default_factory=list[float])
    verify_log_seconds: float = 0.0
    verify_each_ms: float = 0.0
    recompute_seconds: float = 0.0
    recomputed: int = 0
    held: bool = False


def run(plan: Plan, folder: Path, say: Callable[[str], None]) -> Recorded:
    """Enter events at a rate while the record is kept, and check it afterwards."""
    return asyncio.run(_run(plan, folder, say))


async def _run(plan: Plan, folder: Path, say: Callable[[str], None]) -> Recorded:
    found = Recorded()
    async with open_installation(Settings(data_dir=folder, pool_size=12)) as context:
        now = datetime.now(UTC)
        made = [
            await tenants.create(context.pool, context.secret, f"t{n}", now=now)
            for n in range(plan.tenants + 1)
        ]
        ids: list[UUID] = [one.tenant_id for one in made]
        stop = asyncio.Event()
        worker = asyncio.create_task(work_until(stop, context))
        say(
            f"entering {plan.rate:,.0f} events/s of {plan.tenants} tenants for {plan.seconds:.0f} s"
        )
        await _enter_all(plan, context, ids, found)
        await _settle(context, ids[-1])
        await _prove(context, ids[0], found)
        stop.set()
        await worker
        say("checking")
        await _check(context, ids[0], found)
    return found


async def _enter_all(plan: Plan, context: Context, ids: list[UUID], found: Recorded) -> None:
    begun = time.perf_counter()
    until = begun + plan.seconds

    async def write(number: int) -> None:
        step = 0
        pause = EVENTS_A_STEP * WRITERS / plan.rate
        while (now := time.perf_counter()) < until:
            tenant = ids[(number + step * WRITERS) % plan.tenants]
            await _enter(context, tenant, EVENTS_A_STEP)
            found.entered += EVENTS_A_STEP
            step += 1
            await asyncio.sleep(max(0.0, begun + step * pause - now))

    async def probe() -> None:
        while time.perf_counter() < until:
            await _enter(context, ids[-1], 1)
            asked = time.perf_counter()
            await _settle(context, ids[-1])
            found.lags.append(time.perf_counter() - asked)
            await asyncio.sleep(PROBE_SECONDS)

    async with asyncio.TaskGroup() as group:
        for number in range(WRITERS):
            group.create_task(write(number))
        group.create_task(probe())
    found.seconds = time.perf_counter() - begun


async def _enter(context: Context, tenant_id: UUID, count: int) -> None:
    told = [ledger.events.TaskSubmitted(task_id=f"{n:024x}", opened=1) for n in range(count)]
    async with as_tenant(context.pool, tenant_id) as tx:
        await ledger.append_many(tx, told, at=datetime.now(UTC))


async def _settle(context: Context, tenant_id: UUID) -> None:
    while True:
        async with as_tenant(context.pool, tenant_id) as tx:
            page = await ledger.receipts_from(tx, context.publication, start=0, limit=1)
        if not page.waiting:
            return
        await asyncio.sleep(0.02)


async def _prove(context: Context, tenant_id: UUID, found: Recorded) -> None:
    async with as_tenant(context.pool, tenant_id) as tx:
        for number in range(PAGES):
            begun = time.perf_counter()
            page = await ledger.receipts_from(
                tx, context.publication, start=number * 701, limit=RECEIPTS_A_PAGE
            )
            each = (time.perf_counter() - begun) / max(1, len(page.receipts))
            found.proof_ms.append(each * 1000)


async def _check(context: Context, tenant_id: UUID, found: Recorded) -> None:
    async with as_tenant(context.pool, tenant_id) as tx:
        page = await ledger.receipts_from(tx, context.publication, start=0, limit=100)
        begun = time.perf_counter()
        recomputed = await ledger.verify(tx)
        found.recompute_seconds = time.perf_counter() - begun
    found.recomputed = recomputed.size
    policy = context.publication.policy()
    begun = time.perf_counter()
    for receipt in page.receipts:
        receipt.verify(policy)
    found.verify_each_ms = (time.perf_counter() - begun) / len(page.receipts) * 1000
    begun = time.perf_counter()
    with source(str(context.settings.data_dir / "log")) as read:
        report = check(read, policy, kept=[ReceiptsFile(receipts=page.receipts)])
    found.verify_log_seconds = time.perf_counter() - begun
    found.epochs = len(report.epochs)
    found.gaps = [
        (later - earlier).total_seconds()
        for earlier, later in zip(report.epochs, report.epochs[1:], strict=False)
    ]
    found.held = report.outcome.value == "held" and recomputed.ok


def table(found: Recorded) -> Table:
    """Show what was seen."""
    shown = Table(title="The record", title_justify="left")
    shown.add_column("", no_wrap=True)
    shown.add_column("", justify="right")
    rate = found.entered / found.seconds
    shown.add_row("events entered a second", f"{rate:,.0f}")
    shown.add_row("from entered to published, p50, s", f"{median(found.lags):.2f}")
    shown.add_row("  p99, s", f"{percentile(found.lags, 0.99):.2f}")
    with suppress(ValueError):
        shown.add_row("longest time between epochs, s", f"{max(found.gaps):.0f}")
    shown.add_row("receipt made, of a page of 100, ms", f"{median(found.proof_ms):.2f}")
    shown.add_row("receipt checked, ms", f"{found.verify_each_ms:.2f}")
    shown.add_row("public log checked, s", f"{found.verify_log_seconds:.2f}")
    shown.add_row("events of one tenant recomputed", f"{found.recomputed:,}")
    shown.add_row("  in s", f"{found.recompute_seconds:.2f}")
    return shown


def bars(found: Recorded) -> list[Bar]:
    """Hold the figures against what was promised."""
    rate = found.entered / found.seconds
    lag = percentile(found.lags, 0.99)
    proof = median(found.proof_ms)
    recompute = found.recompute_seconds / found.recomputed * 100_000
    return [
        Bar("all that was checked holds", float(found.held), found.held),
        Bar(f"at least {EVENTS_MIN:,} events/s", rate, rate >= EVENTS_MIN),
        Bar(f"published within {LAG_SECONDS_MAX:.0f} s, p99", lag, lag <= LAG_SECONDS_MAX),
        Bar(f"a receipt of a page within {PROOF_MS_MAX:.0f} ms, p50", proof, proof <= PROOF_MS_MAX),
        Bar(
            f"100,000 events recomputed within {VERIFY_SECONDS_MAX:.0f} s",
            recompute,
            recompute <= VERIFY_SECONDS_MAX,
        ),
    ]
