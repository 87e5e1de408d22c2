"""One client of the raw limit: a process that leases and submits with no server in between."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, LiteralString

import psycopg

from bench.generator import Tally
from evenhand.foundation import sql

if TYPE_CHECKING:
    from collections.abc import Mapping

QUERIES = sql.beside(__file__)
TENANT = uuid.UUID(int=1)
PROJECT = uuid.UUID(int=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Who leases and submits, from which moment and for how long."""

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
    # A threshold of 0 prepares each statement at once, as a pool's old connections have.
    with psycopg.connect(client.conninfo, autocommit=True, prepare_threshold=0) as connection:
        if client.walled:
            connection.execute(QUERIES["enter_walls"])
        time.sleep(max(0.0, client.start_at - time.time()))
        begun, cpu_before = time.perf_counter(), time.process_time()
        while time.perf_counter() - begun < client.seconds:
            asked = time.perf_counter()
            leased = _ask(connection, QUERIES["lease"], named, walled=client.walled)
            taken = time.perf_counter()
            if leased is None:
                tally.drained = True
                break
            assignment_id, text = leased
            handed.append(str(text))
            annotation = named | _annotation(assignment_id)
            accepted = _ask(connection, QUERIES["submit"], annotation, walled=client.walled)
            assert accepted is not None, "what was leased is accepted"
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
    named: Mapping[str, object],
    *,
    walled: bool,
) -> tuple[object, ...] | None:
    if not walled:
        return connection.execute(statement, named).fetchone()
    with connection.pipeline(), connection.transaction():
        connection.execute(QUERIES["name_tenant"], named)
        cursor = connection.execute(statement, named)
    return cursor.fetchone()
