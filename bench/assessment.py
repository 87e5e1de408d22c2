"""From a submitted annotation to its task settled or one more wanted, in a real server.

Annotators take and submit over HTTP, some of them err. Deferred triggers in the database note the
moment just before each commit of an annotation, a verdict and a further assignment, so that what
is measured begins and ends in the database and no polling stands between.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
import uuid
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from statistics import quantiles
from typing import TYPE_CHECKING

import aiohttp
import psycopg

from bench.process_cpu import cpu_seconds
from evenhand.foundation import sql
from evenhand.foundation.embedded import embedded_server

if TYPE_CHECKING:
    from bench.evenhand_server import EvenhandServer

QUERIES = sql.beside(__file__, "assessment.sql")
OVERLAP = 3
WRONG_SHARE = 0.15
P95_MS_MAX = 50.0
BULK_TASKS_MAX = 20_000
EMPTY_REPLIES_MAX = 60
EMPTY_WAIT_SECONDS = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessed:
    """How long what took, in milliseconds, and what it cost."""

    annotations: int
    seconds: float
    server_cpu_seconds: float
    settled: list[float]
    asked_again: list[float]
    refused: int = 0

    def p95(self) -> float:
        """Say within how many milliseconds 95 of 100 were weighed."""
        return quantiles(self.settled + self.asked_again, n=100)[94]

    def lines(self) -> list[str]:
        """Say it in a few lines."""
        cpu = 1000 * self.server_cpu_seconds / max(self.annotations, 1)
        both = self.settled + self.asked_again
        return [
            (
                f"{self.annotations:,} annotations in {self.seconds:.0f} s, "
                f"{self.annotations / self.seconds:.0f} a second; server and database "
                f"{cpu:.2f} ms of processor time "
                f"each; {self.refused} requests refused"
            ),
            f"submit to settled ({len(self.settled):,}): {_spread(self.settled)}",
            f"submit to one more wanted ({len(self.asked_again):,}): {_spread(self.asked_again)}",
            f"together: {_spread(both)}",
        ]


def _spread(milliseconds: list[float]) -> str:
    if len(milliseconds) < 2:
        return "too few"
    cuts = quantiles(milliseconds, n=1000)
    return (
        f"median {cuts[499]:.1f} ms, p95 {cuts[949]:.1f} ms, p99 {cuts[989]:.1f} ms, "
        f"most {max(milliseconds):.0f} ms"
    )


@dataclass(slots=True)
class _Floor:
    wanted: int
    done: int = 0
    refused: int = 0
    lot: random.Random = field(default_factory=lambda: random.Random(7))  # noqa: S311


def measure(
    server: EvenhandServer, data: Path, *, annotations: int, annotators: int, pause: float
) -> Assessed:
    """Start, import, have all of it annotated, and read what the triggers noted."""
    server.policy = {
        "annotations": OVERLAP,
        "annotations_max": OVERLAP + 2,
        "confidence": 0.9,
        "review_below": 0.5,
    }
    server.annotations_wanted = OVERLAP
    server.start()
    try:
        server.prepare(annotators)
        tasks = annotations // OVERLAP + annotators
        for begin in range(0, tasks, BULK_TASKS_MAX):
            texts = [f"text {n}" for n in range(begin, min(begin + BULK_TASKS_MAX, tasks))]
            server.import_tasks(server.import_body(texts))
        with embedded_server(data) as admin, psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(QUERIES["install"])
            before = cpu_seconds(server.processes())
            floor, seconds = asyncio.run(_shift(server, annotations, pause))
            time.sleep(2)
            spent = cpu_seconds(server.processes()) - before
            times = connection.execute(QUERIES["times"]).fetchall()
    finally:
        server.stop()
    return Assessed(
        annotations=floor.done,
        seconds=seconds,
        server_cpu_seconds=spent,
        settled=[row[1] for row in times if row[0] == "verdict"],
        asked_again=[row[1] for row in times if row[0] == "assignment"],
        refused=floor.refused,
    )


async def _shift(server: EvenhandServer, annotations: int, pause: float) -> tuple[_Floor, float]:
    floor = _Floor(annotations)
    stream = server.stream()
    begun = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number, headers in enumerate(stream.headers):
            group.create_task(_annotate(floor, stream.origin, headers, number, pause))
    return floor, time.perf_counter() - begun


async def _annotate(
    floor: _Floor, origin: str, headers: dict[str, str], number: int, pause: float
) -> None:
    wrong_share = WRONG_SHARE * (1 + number % 3) / 2
    empty = 0
    async with aiohttp.ClientSession(origin, headers=headers) as session:
        while floor.done < floor.wanted and empty < EMPTY_REPLIES_MAX:
            async with session.post("/api/assignments/next", json={}) as reply:
                body = await reply.read()
            if reply.status != HTTPStatus.OK:
                empty += 1
                floor.refused += reply.status != HTTPStatus.NO_CONTENT
                await asyncio.sleep(EMPTY_WAIT_SECONDS)
                continue
            empty = 0
            lent = json.loads(body)
            right = floor.lot.random() >= wrong_share
            answer = {
                "annotation_id": str(uuid.uuid4()),
                "response": {"category": "positive" if right else "negative"},
                "active_ms": 900,
            }
            path = f"/api/assignments/{lent['assignment_id']}/submit"
            async with session.post(path, json=answer) as reply:
                await reply.read()
            if reply.status in (HTTPStatus.OK, HTTPStatus.CREATED):
                floor.done += 1
            else:
                floor.refused += 1
            if pause:
                await asyncio.sleep(pause * 2 * floor.lot.random())
