"""The limit: lease and submit as bare SQL from psycopg, with no server in between.

Two measures on the PostgreSQL that Evenhand embeds, with its settings and durable commits:

- *bare*: a lease is one statement, a submit is one statement, nothing else is kept;
- *walled*: the same statements as a role that owns nothing, under forced row security, each
  in a transaction that names its tenant first, sent in one pipeline.
"""

from __future__ import annotations

import multiprocessing
import time
import uuid
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg
from psycopg.conninfo import make_conninfo

from bench.generator import Tally
from bench.process_cpu import cpu_seconds, postmaster_of
from bench.raw_sql_client import PROJECT, QUERIES, TENANT, Client, work
from evenhand.foundation.embedded import embedded_server

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

START_SECONDS = 2.0  # enough for every client to connect before the first one works


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """What PostgreSQL alone allows, for one way of asking it."""

    imported_per_second: float
    tally: Tally
    database_cpu_seconds: float


def measure(
    folder: Path, texts: Sequence[str], *, annotators: int, seconds: float, walled: bool
) -> Limit:
    """Load the tasks into fresh tables, then lease and submit until time is up."""
    with embedded_server(folder) as conninfo:
        database = make_conninfo(conninfo, dbname="postgres")
        load_seconds = _load(database, texts, walled=walled)
        start_at = time.time() + START_SECONDS
        clients = [
            Client(
                conninfo=database,
                number=number,
                start_at=start_at,
                seconds=seconds,
                walled=walled,
            )
            for number in range(annotators)
        ]
        # One process a client: threads of one process would measure Python's lock instead.
        spawn = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(annotators, mp_context=spawn) as pool:
            before = cpu_seconds([postmaster_of(folder)])
            shifts = list(pool.map(work, clients))
            spent = cpu_seconds([postmaster_of(folder)]) - before
    return Limit(
        imported_per_second=len(texts) / load_seconds,
        tally=_together(shifts),
        database_cpu_seconds=spent,
    )


def _load(database: str, texts: Sequence[str], *, walled: bool) -> float:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(QUERIES["make_tables"])
        begun = time.perf_counter()
        with connection.cursor().copy(QUERIES["load"]) as copy:
            for position, text in enumerate(texts):
                copy.write_row((TENANT, uuid.uuid4(), PROJECT, uuid.uuid4(), text, position))
        seconds = time.perf_counter() - begun
        if walled:
            connection.execute(QUERIES["build_walls"])
        connection.execute(QUERIES["refresh_statistics"])
    return seconds


def _together(shifts: Sequence[tuple[Tally, list[str]]]) -> Tally:
    tally = Tally(seconds=max(one.seconds for one, _ in shifts))
    handed: list[str] = []
    for one, tasks in shifts:
        tally.loops += one.loops
        tally.next_ms += one.next_ms
        tally.submit_ms += one.submit_ms
        tally.generator_cpu_seconds += one.generator_cpu_seconds
        handed += set(tasks)
    tally.drained = any(one.drained for one, _ in shifts)
    tally.double_handed = len(handed) - len(set(handed))
    return tally
