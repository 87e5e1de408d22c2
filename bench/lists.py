"""How long lists of tasks take in a tenant with a million of them among a hundred tenants.

The tasks are written to the database, because to import them would take most of an hour; what
is measured is the real server, asked over HTTP by one client that waits for each answer.
"""

from __future__ import annotations

import http.client
import itertools
import json
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import psycopg
from rich.table import Table

from bench import pictures, report
from evenhand.foundation import sql
from evenhand.foundation.embedded import embedded_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from bench.evenhand_server import EvenhandServer

QUERIES = sql.beside(__file__, "lists.sql")
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
FILL_TASKS = 50_000  # in one statement
TENANTS = 99
P50_MS_MAX = 5.0
P95_MS_MAX = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one kind of list took, in milliseconds, and how many tasks fit."""

    kind: str
    total: int
    docs: int
    p50: float
    p95: float

    def is_kept(self) -> bool:
        """Whether the bar was kept."""
        return self.p50 <= P50_MS_MAX and self.p95 <= P95_MS_MAX


def fill(admin: str, tenant: str, *, tasks: int, say: Callable[[str], None]) -> None:
    """Fill the tenant and those beside it."""
    with psycopg.connect(admin, autocommit=True) as connection:
        row = connection.execute(QUERIES["tenant_of_name"], {"name": tenant}).fetchone()
        assert row is not None, "it was made before"
        given = {"tenant_id": row[0], "tasks": tasks, "first": FIRST, "tenants": TENANTS}
        connection.execute(QUERIES["others"], given)
        connection.execute(QUERIES["places"], given)
        for begin in range(0, tasks, FILL_TASKS):
            end = min(begin + FILL_TASKS, tasks)
            connection.execute(QUERIES["fill"], given | {"begin": begin, "end": end})
        say(f"{tasks:,} tasks of one tenant")
        connection.execute(QUERIES["fill_others"], given | {"each": max(tasks // 1_000, 1)})
        connection.execute(QUERIES["settle"], given)
        connection.execute(QUERIES["want"], given)
        connection.execute(QUERIES["refresh_statistics"])
        say("statistics")


def kinds(tasks: int) -> Mapping[str, Mapping[str, object]]:
    """Name every kind of list that is measured, and give its query."""
    middle = FIRST + timedelta(days=45)
    day = timedelta(days=1)
    single: dict[str, dict[str, object]] = {
        "status": {"status": "completed"},
        "type": {"type": "textcollection"},
        "project": {"project": "project 7"},
        "batch": {"batch": "batch 7 3"},
        "unique_id": {"unique_id": "u70007"},
        "tag": {"tags": "common"},
        "created": {"start_time": middle.isoformat(), "end_time": (middle + day).isoformat()},
        "completed": {
            "completed_after": middle.isoformat(), "completed_before": (middle + day).isoformat(),
        },
        "updated": {
            "updated_after": middle.isoformat(), "updated_before": (middle + day).isoformat(),
        },
    }  # fmt: skip
    return {
        "first page of 30": {"limit": 30},
        "first page of 100": {},
        "offset 1/10": {"offset": tasks // 10},
        "offset 1/2": {"offset": tasks // 2},
        "offset 9/10": {"offset": tasks * 9 // 10},
        "status pending": {"status": "pending"},
        "status error": {"status": "error"},
        "tag rare": {"tags": "rare"},
        "status, offset 1/4": {"status": "completed", "offset": tasks // 4},
        "project, offset 1/40": {"project": "project 7", "offset": tasks // 40},
        **single,
        **{
            f"{one} + {other}": single[one] | single[other]
            for one, other in itertools.combinations(single, 2)
        },
    }


def measure(
    server: EvenhandServer, data: Path, *, tasks: int, repeats: int, say: Callable[[str], None]
) -> list[Seen]:
    """Start, fill, and ask for each kind of list again and again."""
    server.start()
    try:
        target = server.target("large", 0)
        with embedded_server(data) as admin:
            fill(admin, "large", tasks=tasks, say=say)
        asker = _Asker(target.port, target.key)
        found = [asker.times(kind, query, repeats) for kind, query in kinds(tasks).items()]
        return [*found, asker.times_onward(tasks // 2, repeats)]
    finally:
        server.stop()


class _Asker:
    def __init__(self, port: int, key: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self._headers = {"Authorization": f"Bearer {key}"}

    def page(self, query: Mapping[str, object]) -> tuple[float, dict[str, object]]:
        begun = time.perf_counter()
        self._connection.request("GET", f"/v1/tasks?{urlencode(query)}", headers=self._headers)
        reply = self._connection.getresponse()
        body = reply.read()
        spent = 1_000 * (time.perf_counter() - begun)
        assert reply.status == 200, body[:300]
        return spent, json.loads(body)

    def times(self, kind: str, query: Mapping[str, object], repeats: int) -> Seen:
        return _seen(kind, (self.page(query) for _ in range(repeats + 1)))

    def times_onward(self, offset: int, repeats: int) -> Seen:
        return _seen("next_token from 1/2 on", self._onward(offset, repeats + 1))

    def _onward(self, offset: int, pages: int) -> Iterator[tuple[float, dict[str, object]]]:
        query: dict[str, object] = {"offset": offset}
        for _ in range(pages):
            spent, page = self.page(query)
            yield spent, page
            query = {"next_token": page["next_token"]}


def _seen(kind: str, asked: Iterator[tuple[float, dict[str, object]]]) -> Seen:
    _, page = next(asked)  # the first warms up, and tells what comes
    docs = page["docs"]
    assert isinstance(docs, list), "a page has documents"
    times = [spent for spent, _ in asked]
    return Seen(
        kind=kind,
        total=int(str(page["total"])),
        docs=len(docs),
        p50=report.percentile(times, 0.5),
        p95=report.percentile(times, 0.95),
    )


def table(found: Sequence[Seen]) -> Table:
    """Say what each kind took, and its ratio to the bar."""
    shown = Table(title="Lists of tasks over HTTP, milliseconds")
    shown.add_column("kind")
    for heading in ("fit", "p50", "p95", f"p50 / {P50_MS_MAX:.0f} ms", ""):
        shown.add_column(heading, justify="right")
    for one in found:
        shown.add_row(
            one.kind, f"{one.total:,}", f"{one.p50:.1f}", f"{one.p95:.1f}",
            f"{one.p50 / P50_MS_MAX:.2f}", "kept" if one.is_kept() else "MISSED",
        )  # fmt: skip
    return shown


def written(file: Path, found: Sequence[Seen], *, tasks: int) -> None:
    """Write what was seen, with the machine, as JSON."""
    told = {"tasks": tasks, "machine": report.machine(), "lists": [asdict(one) for one in found]}
    file.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def drawn(found: Sequence[Seen]) -> str:
    """Draw the median of each kind beside the bar, as SVG."""
    return pictures.drawn(
        [
            pictures.Figure(
                name=one.kind,
                value=one.p50,
                shown=f"{one.p50:.1f}",
                is_kept=one.is_kept(),
                more=f"p50 {one.p50:.1f} ms, p95 {one.p95:.1f} ms, {one.total:,} fit",
            )
            for one in found
        ],
        pictures.Scale(
            least=0.1, most=1_000, promised=P50_MS_MAX, promise=f"p50 {P50_MS_MAX:.0f} ms"
        ),
    )
