"""One client of the raw limit: a process that leases and submits with no server in between."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from typing import LiteralString

import psycopg

from bench.generator import Tally

TENANT = uuid.UUID(int=1)
PROJECT = uuid.UUID(int=2)

# OFFSET 0 keeps the planner from turning the look-up into an anti-join, which reads
# every assignment of the tenant once for each lease.
_LEASE = """
UPDATE assignment
   SET annotator_id = %(annotator_id)s, expires_at = now() + interval '15 minutes'
 WHERE tenant_id = %(tenant_id)s
   AND assignment_id = (
        SELECT assignment_id
          FROM assignment AS open
         WHERE open.tenant_id = %(tenant_id)s
           AND open.project_id = %(project_id)s
           AND open.annotator_id IS NULL
           AND NOT EXISTS (SELECT FROM assignment AS had
                            WHERE had.tenant_id = open.tenant_id
                              AND had.task_id = open.task_id
                              AND had.annotator_id = %(annotator_id)s
                            OFFSET 0)
         ORDER BY open.position
         LIMIT 1
           FOR UPDATE SKIP LOCKED)
RETURNING assignment_id, task_id, content;
"""

_SUBMIT = """
WITH accepted AS (
    UPDATE assignment
       SET done = true
     WHERE tenant_id = %(tenant_id)s
       AND assignment_id = %(assignment_id)s
       AND annotator_id = %(annotator_id)s
       AND NOT done
 RETURNING assignment_id)
INSERT INTO annotation (tenant_id, annotation_id, assignment_id, annotator_id, response)
SELECT %(tenant_id)s, %(annotation_id)s, assignment_id, %(annotator_id)s, %(response)s
  FROM accepted;
"""

_TENANT = "SELECT set_config('bench.tenant_id', %(tenant)s, true)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    conninfo: str
    number: int
    start_at: float
    seconds: float
    walled: bool


def work(client: Client) -> tuple[Tally, list[str]]:
    """Lease and submit until time is up; return the tally and the tasks that were handed out."""
    tally, handed = Tally(), list[str]()
    annotator = uuid.UUID(int=1000 + client.number)
    named = {"tenant_id": TENANT, "project_id": PROJECT, "annotator_id": annotator}
    with psycopg.connect(client.conninfo, autocommit=True, prepare_threshold=0) as connection:
        if client.walled:
            connection.execute("SET ROLE bench_app")
        time.sleep(max(0.0, client.start_at - time.time()))
        begun, cpu_before = time.perf_counter(), time.process_time()
        while time.perf_counter() - begun < client.seconds:
            asked = time.perf_counter()
            leased = _ask(connection, _LEASE, named, walled=client.walled)
            taken = time.perf_counter()
            if leased is None:
                tally.drained = True
                break
            assignment_id, _, text = leased
            handed.append(str(text))
            _ask(connection, _SUBMIT, named | _annotation(assignment_id), walled=client.walled)
            done = time.perf_counter()
            tally.next_ms.append((taken - asked) * 1000)
            tally.submit_ms.append((done - taken) * 1000)
            tally.seconds = done - begun
    tally.loops = len(tally.submit_ms)
    tally.generator_cpu_seconds = time.process_time() - cpu_before
    return tally, handed


def _annotation(assignment_id: object) -> dict[str, object]:
    return {
        "assignment_id": assignment_id,
        "annotation_id": uuid.uuid4(),
        "response": '{"category": "positive"}',
    }


def _ask(
    connection: psycopg.Connection,
    statement: LiteralString,
    named: dict[str, object],
    *,
    walled: bool,
) -> tuple[object, ...] | None:
    if not walled:
        cursor = connection.execute(statement, named)
        return cursor.fetchone() if cursor.description else None
    with connection.pipeline(), connection.transaction():
        connection.execute(_TENANT, {"tenant": str(TENANT)})
        cursor = connection.execute(statement, named)
    return cursor.fetchone() if cursor.description else None
