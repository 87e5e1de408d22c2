"""A complete run for a stranger: rivals on one platform, and what can be checked once it is gone.

Three tenants, two of them rivals of whom one owns 49 % of the operator, send tasks of real data,
and annotators work them off over HTTP. Then the server is stopped and its data deleted, and what is
left is a folder: the public log, one tenant's receipts, an auditor's transcript, and `verify.py`.
"""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.table import Table

from bench.evenhand_server import EvenhandServer
from bench.generator import Shift, work
from bench.report import Bar

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TENANTS = ("Acorn Labs", "Bramble AI", "Clover Health")
RIVALS = TENANTS[:2]
PUBLISHED_SECONDS = 4.0
SECONDS_MAX = 1_800.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How many tasks of all tenants, how many annotators, and where the texts are."""

    tasks: int
    annotators: int
    texts: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What happened, and what two verifiers said of what was left."""

    tasks: int
    loops: int
    seconds: float
    kept: Path
    status: int
    checks: dict[str, str]
    command_seconds: float
    one_file_status: int
    one_file_seconds: float


def run(plan: Plan, folder: Path, say: Callable[[str], None]) -> Seen:
    """Let it all happen, delete the server, and check what is left."""
    kept = folder / "kept"
    kept.mkdir()
    server = EvenhandServer(folder)
    _ = server.start()
    server.prepare_tenants(TENANTS, plan.annotators)
    _ = server.command("tenant", "weigh", TENANTS[2], "double")
    _ = server.command("conflict", "declare", *RIVALS)
    _ = server.command("stake", "declare", RIVALS[1], "Evenhand", "49")
    texts = _texts(plan)
    made = sum(
        server.import_for(name, texts[place :: len(TENANTS)]) for place, name in enumerate(TENANTS)
    )
    say(f"{made:,} tasks, {plan.annotators} annotators")
    done = work(Shift(stream=server.stream(), seconds=SECONDS_MAX))
    say(f"{done.loops:,} answered in {done.seconds:.0f} s")
    time.sleep(PUBLISHED_SECONDS)
    _ = server.command("log", "receipts", RIVALS[0], str(kept / "receipts.jsonl"))
    _ = server.command("log", "transcript", str(kept / "auditor.gz"))
    server.stop()
    shutil.copytree(folder / "data" / "log", kept / "log")
    shutil.rmtree(folder / "data")
    say("the server and its database are gone")
    asked = ["--transcript", str(kept / "auditor.gz"), "--receipts", str(kept / "receipts.jsonl")]
    begun = time.monotonic()
    report = ["--report", str(kept / "report.html"), "--json"]
    program = [sys.executable, "-m", "evenhand.app.cli", "verify"]
    told = _run([*program, str(kept / "log"), *asked, *report])
    between = time.monotonic()
    alone = _run([sys.executable, "-I", str(kept / "verify.py"), str(kept / "log"), *asked])
    return Seen(
        tasks=made,
        loops=done.loops,
        seconds=done.seconds,
        kept=kept,
        status=told.returncode,
        checks={one["name"]: one["outcome"] for one in json.loads(told.stdout)["checks"]},
        command_seconds=between - begun,
        one_file_status=alone.returncode,
        one_file_seconds=time.monotonic() - between,
    )


def _run(words: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603
        words, capture_output=True, text=True, check=False, timeout=SECONDS_MAX
    )


def _texts(plan: Plan) -> list[str]:
    """Real texts from the first column of csv files, each told apart by a number, or plain ones."""
    found: list[str] = []
    for path in sorted(plan.texts.glob("*.csv")) if plan.texts is not None else ():
        with path.open(encoding="utf-8", newline="") as lines:
            found += [row[0] for row in csv.reader(lines) if row][1:]
    found = found or ["My card has not arrived."]
    return [f"{found[number % len(found)]} ({number})" for number in range(plan.tasks)]


def table(seen: Seen) -> Table:
    """Show what was checked and how long it took."""
    made = Table(
        title=f"{seen.tasks:,} tasks, and nothing left of the server", title_justify="left"
    )
    made.add_column("check")
    made.add_column("outcome")
    for name, outcome in seen.checks.items():
        made.add_row(name, outcome)
    made.add_section()
    made.add_row("evenhand verify, s", f"{seen.command_seconds:.1f}")
    made.add_row("verify.py, s", f"{seen.one_file_seconds:.1f}")
    return made


def bars(seen: Seen) -> list[Bar]:
    """Hold what was seen against what is promised."""
    return [
        Bar(
            promise="all tasks answered",
            seen=seen.loops / seen.tasks,
            kept=seen.loops == seen.tasks,
        ),
        Bar(promise="evenhand verify ends with 0", seen=seen.status, kept=seen.status == 0),
        Bar(
            promise="verify.py ends with 0",
            seen=seen.one_file_status,
            kept=seen.one_file_status == 0,
        ),
    ]
