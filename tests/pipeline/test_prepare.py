"""What a task shows is fetched, now or later; one tenant's slow hosts cost that tenant alone."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg
import pytest
from given import NOW, Database

from evenhand import pipeline, tenants, work
from evenhand.datasets import Storage
from evenhand.delivery import retry_at
from evenhand.foundation.database import Pool, as_tenant
from evenhand.foundation.outgoing import outgoing

JOBS = """
SELECT (args ->> 'attempt')::int, scheduled_at
  FROM procrastinate_jobs
 WHERE task_name = 'prepare' AND args ->> 'task_id' = %s
 ORDER BY id
"""


class _Host(ThreadingHTTPServer):
    status = 200


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, _Host)
        self.send_response(self.server.status)
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"text")

    def log_message(self, *_said: object) -> None:
        """Say nothing: the test says what it saw."""


@pytest.fixture
def host() -> Iterator[_Host]:
    with _Host(("127.0.0.1", 0), _Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


async def _submitted(pool: Pool, tenant: tenants.NewTenant, host: _Host) -> str:
    body = {
        "attachment": f"http://127.0.0.1:{host.server_address[1]}/a.txt",
        "attachment_type": "image",
        "geometries": {"box": {"objects_to_annotate": ["cat"]}},
    }
    order = work.order_of("imageannotation", body, is_test=False)
    async with as_tenant(pool, tenant.tenant_id) as tx:
        return (await pipeline.submit(tx, order, now=NOW)).task_id


async def _prepared(
    pool: Pool, tenant: tenants.NewTenant, storage: Storage, task_id: str, attempt: int
) -> str:
    async with outgoing(allow_private_networks=True) as way_out:
        asked = pipeline.Preparation(tenant_id=tenant.tenant_id, task_id=task_id, attempt=attempt)
        await pipeline.prepare(pool, storage, way_out, asked, now=NOW)
    async with as_tenant(pool, tenant.tenant_id) as tx:
        return (await work.task_of(tx, task_id, is_test=False)).status


def _asked_for(database: Database, task_id: str) -> list[tuple[object, object]]:
    with psycopg.connect(database.admin) as connection:
        return connection.execute(JOBS, [task_id]).fetchall()


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
async def test_what_fails_for_a_moment_is_fetched_again_as_callbacks_are_sent_again(
    pool, tenant, secret, tmp_path, database, host, status
):
    storage = Storage(tmp_path, secret)
    task_id = await _submitted(pool, tenant, host)
    host.status = status
    assert await _prepared(pool, tenant, storage, task_id, 1) == "pending"
    assert _asked_for(database, task_id)[1:] == [(2, retry_at(1, NOW))]
    host.status = 200
    assert await _prepared(pool, tenant, storage, task_id, 2) == "pending"
    async with as_tenant(pool, tenant.tenant_id) as tx:
        assert await work.unfetched(tx, task_id) == []
        assert (await work.task_of(tx, task_id, is_test=False)).stage == "open"


async def test_the_last_attempt_ends_the_task_in_error_with_its_reason(
    pool, tenant, secret, tmp_path, host
):
    task_id = await _submitted(pool, tenant, host)
    host.status = 503
    storage = Storage(tmp_path, secret)
    assert await _prepared(pool, tenant, storage, task_id, 21) == "error"
    async with as_tenant(pool, tenant.tenant_id) as tx:
        told = (await work.task_of(tx, task_id, is_test=False)).error
    assert told is not None
    assert "status 503" in told


@pytest.mark.parametrize("status", [400, 403, 404, 410])
async def test_what_will_not_change_ends_the_task_at_once(
    pool, tenant, secret, tmp_path, host, status
):
    task_id = await _submitted(pool, tenant, host)
    host.status = status
    assert await _prepared(pool, tenant, Storage(tmp_path, secret), task_id, 1) == "error"
