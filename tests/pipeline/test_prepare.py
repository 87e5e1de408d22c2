"""What a task shows is fetched, now or later; one tenant's slow hosts cost that tenant alone."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg
import pytest
from given import NOW
from work.golden import rows

from evenhand import pipeline, tenants
from evenhand.datasets import Storage
from evenhand.delivery import ATTEMPTS_MAX, retry_at
from evenhand.foundation.database import Pool, as_tenant
from evenhand.foundation.jobs import CLAIM
from evenhand.foundation.outgoing import outgoing
from evenhand.work import intake, tasks


class _Host(ThreadingHTTPServer):
    status = 200
    retry_after: str | None = None


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, _Host)
        self.send_response(self.server.status)
        self.send_header("Content-Length", "4")
        if self.server.retry_after is not None:
            self.send_header("Retry-After", self.server.retry_after)
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


async def _submitted(pool: Pool, tenant: tenants.NewTenant, host: _Host, files: int = 1) -> str:
    at = f"http://127.0.0.1:{host.server_address[1]}"
    body = {
        "attachments": [
            {"type": "website", "content": f"{at}/{number}.txt"} for number in range(files)
        ],
        "fields": [{"type": "text", "field_id": "seen", "title": "What is it?"}],
    }
    order = intake.order_of("textcollection", body, is_test=False)
    async with as_tenant(pool, tenant.tenant_id) as tx:
        return (await pipeline.submit(tx, order, now=NOW)).task_id


async def _claimed(
    pool: Pool, tenant: tenants.NewTenant, *, now: datetime = NOW, limit: int = 100
) -> list[intake.Fetch]:
    async with as_tenant(pool, tenant.tenant_id) as tx:
        return await intake.claim_fetches(tx, limit, busy_until=now + CLAIM, now=now)


async def _fetched(
    pool: Pool,
    tenant: tenants.NewTenant,
    storage: Storage,
    asked: intake.Fetch,
    now: datetime = NOW,
) -> tasks.Task:
    async with outgoing(allow_private_networks=True) as way_out:
        await pipeline.fetch(pool, storage, way_out, tenant.tenant_id, asked, now=now)
    return await _task(pool, tenant, asked.task_id)


async def _task(pool: Pool, tenant: tenants.NewTenant, task_id: str) -> tasks.Task:
    async with as_tenant(pool, tenant.tenant_id) as tx:
        return await tasks.task_of(tx, task_id, is_test=False)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
async def test_what_fails_for_a_moment_is_fetched_again_as_callbacks_are_sent_again(
    pool, tenant, secret, tmp_path, host, status
):
    storage = Storage(tmp_path, secret)
    await _submitted(pool, tenant, host)
    host.status = status
    (asked,) = await _claimed(pool, tenant)
    assert (await _fetched(pool, tenant, storage, asked)).stage == "preparing"
    failed = "SELECT count(*) FROM ledger.entry WHERE event::jsonb ->> 'kind' = 'fetch.failed'"
    assert await rows(pool, tenant, failed) == [(1,)]
    due_at = retry_at(1, NOW)
    assert due_at is not None
    assert await _claimed(pool, tenant, now=due_at - timedelta(seconds=1)) == []
    host.status = 200
    (again,) = await _claimed(pool, tenant, now=due_at)
    assert again.attempt == 2
    assert (await _fetched(pool, tenant, storage, again)).stage == "open"
    assert await _claimed(pool, tenant, now=due_at + timedelta(days=9)) == []


@pytest.mark.parametrize(
    ("retry_after", "waits"),
    [("600", timedelta(minutes=10)), ("1", None), ("soon", None), ("99999", timedelta(hours=1))],
)
async def test_a_server_is_left_alone_for_as_long_as_it_asks(
    pool, tenant, secret, tmp_path, host, retry_after, waits
):
    await _submitted(pool, tenant, host)
    host.status, host.retry_after = 429, retry_after
    (asked,) = await _claimed(pool, tenant)
    assert (await _fetched(pool, tenant, Storage(tmp_path, secret), asked)).stage == "preparing"
    due_at = retry_at(1, NOW) if waits is None else NOW + waits
    assert due_at is not None
    assert await _claimed(pool, tenant, now=due_at - timedelta(seconds=1)) == []
    assert len(await _claimed(pool, tenant, now=due_at)) == 1


async def test_a_connection_that_breaks_off_is_tried_again(pool, tenant, secret, tmp_path):
    def break_off(listener: socket.socket) -> None:
        while True:
            connection, _ = listener.accept()
            connection.recv(65536)
            # Less than was promised, and then nothing.
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\nhalf")
            connection.close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=break_off, args=(listener,), daemon=True).start()
        at = f"http://127.0.0.1:{listener.getsockname()[1]}/a.jpg"
        body = {"attachment": at, "attachment_type": "image", "categories": ["a", "b"]}
        order = intake.order_of("categorization", body, is_test=False)
        async with as_tenant(pool, tenant.tenant_id) as tx:
            await pipeline.submit(tx, order, now=NOW)
        (asked,) = await _claimed(pool, tenant)
        task = await _fetched(pool, tenant, Storage(tmp_path, secret), asked)
    assert task.stage == "preparing"


async def test_a_password_from_before_such_urls_were_refused_is_in_no_error(
    pool, tenant, secret, tmp_path, host
):
    await _submitted(pool, tenant, host)
    (asked,) = await _claimed(pool, tenant)
    old = replace(asked, url="https://user:secret@example.com/a.png?b=c@d")
    task = await _fetched(pool, tenant, Storage(tmp_path, secret), old)
    assert task.status == "error"
    assert "secret" not in (task.error or "")
    assert "https://example.com/a.png?b=c@d" in (task.error or "")


async def test_the_last_attempt_ends_the_task_in_error_with_its_reason(
    pool, tenant, secret, tmp_path, host
):
    await _submitted(pool, tenant, host)
    host.status = 503
    (asked,) = await _claimed(pool, tenant)
    task = await _fetched(pool, tenant, Storage(tmp_path, secret), replace(asked, attempt=21))
    assert task.status == "error"
    assert "status 503" in str(task.error)


@pytest.mark.parametrize("status", [400, 403, 404, 410])
async def test_what_will_not_change_ends_the_task_at_once(
    pool, tenant, secret, tmp_path, host, status
):
    await _submitted(pool, tenant, host)
    host.status = status
    (asked,) = await _claimed(pool, tenant)
    assert (await _fetched(pool, tenant, Storage(tmp_path, secret), asked)).status == "error"


async def test_attachments_that_come_in_at_the_same_moment_offer_their_task_once(
    pool, tenant, secret, tmp_path, host, database
):
    storage = Storage(tmp_path, secret)
    for _ in range(5):
        task_id = await _submitted(pool, tenant, host, files=intake.FETCHES_AT_ONCE_MAX)
        claimed = await _claimed(pool, tenant)
        assert len(claimed) == intake.FETCHES_AT_ONCE_MAX
        await asyncio.gather(*(_fetched(pool, tenant, storage, asked) for asked in claimed))
        assert (await _task(pool, tenant, task_id)).stage == "open"
        with psycopg.connect(database.admin) as connection:
            offered = connection.execute(
                "SELECT count(*) FROM work.assignment WHERE task_id = %s", [task_id]
            ).fetchone()
        assert offered == (1,)


async def test_what_a_killed_worker_fetched_falls_due_again(pool, tenant, secret, tmp_path, host):
    await _submitted(pool, tenant, host)
    await _claimed(pool, tenant)
    # Here the worker is killed.
    assert await _claimed(pool, tenant, now=NOW + CLAIM / 2) == []
    (asked,) = await _claimed(pool, tenant, now=NOW + CLAIM)
    assert asked.attempt == 2, "an attachment that kills its worker is not fetched for ever"
    assert (await _fetched(pool, tenant, Storage(tmp_path, secret), asked)).stage == "open"


async def test_what_a_worker_hands_back_is_due_at_once_and_was_no_attempt(pool, tenant, host):
    await _submitted(pool, tenant, host)
    (asked,) = await _claimed(pool, tenant)
    async with as_tenant(pool, tenant.tenant_id) as tx:
        await intake.fetch_again(tx, asked, due_at=NOW, counts=False)
    assert await _claimed(pool, tenant) == [asked]


async def test_a_tenant_fetches_so_much_at_once_however_many_workers_ask(pool, tenant, host):
    for _ in range(3):
        await _submitted(pool, tenant, host, files=intake.FETCHES_AT_ONCE_MAX)
    found = await asyncio.gather(*(_claimed(pool, tenant, limit=5) for _ in range(6)))
    claimed = {(one.task_id, one.number) for some in found for one in some}
    assert sum(map(len, found)) == len(claimed) == intake.FETCHES_AT_ONCE_MAX


async def test_what_a_cancelled_task_would_have_shown_is_not_fetched(pool, tenant, host):
    canceled = await _submitted(pool, tenant, host, files=20)
    wanted = await _submitted(pool, tenant, host)
    async with as_tenant(pool, tenant.tenant_id) as tx:
        await pipeline.cancel(tx, canceled, is_test=False, clear_unique_id=False, now=NOW)
    assert [one.task_id for one in await _claimed(pool, tenant)] == [wanted]
    async with pool.connection() as connection:
        later = NOW + CLAIM / 2
        assert await intake.tenants_to_fetch(connection, now=later) == []


async def test_tasks_that_waited_before_rows_said_when_are_due_at_once(
    pool, tenant, host, database
):
    task_id = await _submitted(pool, tenant, host)
    with psycopg.connect(database.admin) as connection:
        connection.execute("UPDATE work.task_file SET due_at = DEFAULT")
    assert [one.task_id for one in await _claimed(pool, tenant)] == [task_id]


async def test_an_attachment_whose_every_attempt_broke_off_ends_its_task(
    pool, tenant, secret, tmp_path, host
):
    await _submitted(pool, tenant, host)
    now = NOW
    for attempt in range(1, ATTEMPTS_MAX + 2):
        (asked,) = await _claimed(pool, tenant, now=now)
        assert asked.attempt == attempt
        # Here the worker is killed.
        now += CLAIM
    task = await _fetched(pool, tenant, Storage(tmp_path, secret), asked, now)
    assert task.status == "error"
    assert "broke off" in str(task.error)
    assert await _claimed(pool, tenant, now=now + CLAIM) == []
