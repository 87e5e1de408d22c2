"""A customer hears of every finished task, or its task says that it did not."""

import asyncio
import json
import socket
from collections.abc import AsyncGenerator
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from delivery.finished import a_batch, a_finished_task, a_pending_task, a_project
from delivery.receiver import receiving
from given import NOW

from evenhand import delivery, ledger, tenants
from evenhand.delivery import signatures
from evenhand.delivery.schedule import ATTEMPTS_MAX, WAITS
from evenhand.foundation.database import Pool, as_nobody, as_tenant
from evenhand.foundation.jobs import CLAIM
from evenhand.foundation.outgoing import Outgoing, outgoing
from evenhand.foundation.secret import Secret
from evenhand.work import projects, tasks


@pytest.fixture
async def way_out(anyio_backend: str) -> AsyncGenerator[Outgoing]:
    async with outgoing(allow_private_networks=True) as opened:
        yield opened


async def _opened(pool: Pool, tenant: tenants.NewTenant, url: str) -> tuple[str, UUID]:
    async with as_tenant(pool, tenant.tenant_id) as tx:
        task_id = await a_finished_task(tx, callback_url=url)
        return task_id, await delivery.open_callback(tx, task_id=task_id, url=url, now=NOW)


async def _due(pool: Pool, tenant_id: UUID, callback_id: UUID) -> datetime | None:
    async with as_tenant(pool, tenant_id) as tx:
        cursor = await tx.connection.execute(
            "SELECT due_at FROM delivery.callback WHERE callback_id = %s", [callback_id]
        )
        (found,) = await cursor.fetchall()
    return found[0]


async def _claimed(
    pool: Pool, tenant_id: UUID, *, now: datetime, limit: int = 100
) -> list[delivery.Claimed]:
    async with as_tenant(pool, tenant_id) as tx:
        return await delivery.claim_callbacks(tx, limit, busy_until=now + CLAIM, now=now)


async def _attempt(
    pool: Pool,
    secret: Secret,
    way_out: Outgoing,
    tenant_id: UUID,
    callback_id: UUID,
    *,
    now: datetime,
) -> delivery.Outcome | None:
    """Do what a worker does that finds a callback due; None where it is not, or another has it."""
    for claimed in await _claimed(pool, tenant_id, now=now):
        if claimed.callback_id == callback_id:
            return await delivery.attempt(pool, secret, way_out, tenant_id, claimed, now=now)
    return None


async def _succeeded(pool: Pool, tenant: tenants.NewTenant, task_id: str) -> bool | None:
    async with as_tenant(pool, tenant.tenant_id) as tx:
        return (await tasks.task_of(tx, task_id, is_test=False)).callback_succeeded


async def _walk_a_day(
    pool: Pool, secret: Secret, way_out: Outgoing, tenant_id: UUID, callback_id: UUID
) -> list[delivery.Outcome]:
    outcomes: list[delivery.Outcome] = []
    due: datetime | None = NOW
    while due is not None:
        outcome = await _attempt(pool, secret, way_out, tenant_id, callback_id, now=due)
        assert outcome is not None
        outcomes.append(outcome)
        due = outcome.due_at
    return outcomes


async def test_a_receiver_that_fails_five_times_and_then_accepts_is_told_six_times(
    pool: Pool, tenant: tenants.NewTenant, secret: Secret, way_out: Outgoing
):
    async with receiving([500, 404, 302, 503, 429]) as receiver:
        task_id, callback_id = await _opened(pool, tenant, receiver.url)
        due: datetime | None = NOW
        states: list[tuple[str, bool | None]] = []
        while due is not None:
            outcome = await _attempt(pool, secret, way_out, tenant.tenant_id, callback_id, now=due)
            assert outcome is not None
            states.append((outcome.state, await _succeeded(pool, tenant, task_id)))
            due = outcome.due_at

    assert states == [("pending", None)] * 5 + [("succeeded", True)]
    assert ["callback_succeeded" in json.loads(body)["task"] for body in receiver.bodies] == [
        False
    ] * 6
    async with as_tenant(pool, tenant.tenant_id) as tx:
        recorded = await delivery.attempts_of(tx, callback_id)
        (kept,) = await delivery.callbacks_of(tx, task_id)
    assert [a.status_code for a in recorded] == [500, 404, 302, 503, 429, 200]
    assert [a.number for a in recorded] == [1, 2, 3, 4, 5, 6]
    assert (kept.state, kept.attempts, kept.due_at) == ("succeeded", 6, None)
    assert [h["evenhand-attempt"] for h in receiver.headers] == ["1", "2", "3", "4", "5", "6"]
    assert {h["evenhand-event-id"] for h in receiver.headers} == {str(callback_id)}


async def test_a_receiver_that_is_down_for_a_day_is_tried_twenty_times_more_and_given_up(
    pool: Pool, tenant: tenants.NewTenant, secret: Secret, way_out: Outgoing
):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    task_id, callback_id = await _opened(pool, tenant, url)

    outcomes = await _walk_a_day(pool, secret, way_out, tenant.tenant_id, callback_id)

    assert len(outcomes) == 21
    assert [o.state for o in outcomes] == ["pending"] * 20 + ["failed"]
    assert all(o.error and o.status_code is None for o in outcomes)
    assert await _succeeded(pool, tenant, task_id) is False
    due = [o.due_at for o in outcomes[:-1]]
    assert due[-1] == NOW + timedelta(hours=24)
    assert await _due(pool, tenant.tenant_id, callback_id) is None
    async with as_tenant(pool, tenant.tenant_id) as tx:
        assert len(await delivery.attempts_of(tx, callback_id)) == 21
    assert await _claimed(pool, tenant.tenant_id, now=NOW + timedelta(days=9)) == []


async def test_the_twentieth_retry_can_still_succeed(
    pool: Pool, tenant: tenants.NewTenant, secret: Secret, way_out: Outgoing
):
    async with receiving([500] * 20) as receiver:
        task_id, callback_id = await _opened(pool, tenant, receiver.url)
        outcomes = await _walk_a_day(pool, secret, way_out, tenant.tenant_id, callback_id)
    assert (len(outcomes), outcomes[-1].state) == (21, "succeeded")
    assert await _succeeded(pool, tenant, task_id) is True


def test_waits_never_shrink_and_add_up_to_a_day():
    assert sum(WAITS, timedelta()) == timedelta(hours=24)
    assert list(WAITS) == sorted(WAITS)
    assert ATTEMPTS_MAX == 21


async def test_the_body_is_the_contracts_and_carries_key_and_signature(
    pool: Pool, tenant: tenants.NewTenant, secret: Secret, way_out: Outgoing
):
    async with receiving() as receiver:
        task_id, callback_id = await _opened(pool, tenant, receiver.url)
        await _attempt(pool, secret, way_out, tenant.tenant_id, callback_id, now=NOW)
    body, headers = receiver.bodies[0], receiver.headers[0]
    told = json.loads(body)
    assert told.keys() == {"task", "response", "task_id", "status"}
    assert (told["task_id"], told["status"]) == (task_id, "completed")
    assert told["response"] == told["task"]["response"] == {"category": "cat"}
    assert told["task"]["metadata"]["name"] == "Zoë \U0001f408"
    assert headers["content-type"] == "application/json"
    assert headers["scale-callback-auth"] == tenant.callback_auth_key
    assert headers["evenhand-event"] == "task.completed"
    signatures.verify(body, headers["evenhand-signature"], tenant.callback_auth_key, now=NOW)


async def test_a_batch_calls_back_with_its_counts(
    pool: Pool, tenant: tenants.NewTenant, secret: Secret, way_out: Outgoing
):
    async with receiving() as receiver:
        async with as_tenant(pool, tenant.tenant_id) as tx:
            await a_project(tx)
            batch = await a_batch(tx, "first")
            await a_finished_task(tx, batch="first")
            await a_finished_task(tx, batch="first")
            await projects.complete_batches(tx, [batch.batch_id], now=NOW)
            callback_id = await delivery.open_callback(
                tx, batch_id=batch.batch_id, url=receiver.url, now=NOW
            )
        outcome = await _attempt(pool, secret, way_out, tenant.tenant_id, callback_id, now=NOW)
    assert outcome is not None
    assert outcome.state == "succeeded"
    assert json.loads(receiver.bodies[0]) == {
        "batch": "first",
        "status": "completed",
        "stats": {"completed": 2, "canceled": 0, "error": 0},
    }
    assert receiver.headers[0]["evenhand-event"] == "batch.completed"


async def test_a_callback_of_a_transaction_that_fails_is_never_sent(
    pool: Pool, tenant: tenants.NewTenant
):
    class BrokenOff(Exception):
        pass

    opened: list[UUID] = []

    async def settle_and_break_off(url: str) -> None:
        async with as_tenant(pool, tenant.tenant_id) as tx:
            task_id = await a_finished_task(tx, callback_url=url)
            opened.append(await delivery.open_callback(tx, task_id=task_id, url=url, now=NOW))
            raise BrokenOff

    async with receiving() as receiver:
        with pytest.raises(BrokenOff):
            await settle_and_break_off(receiver.url)
    assert len(opened) == 1
    assert await _claimed(pool, tenant.tenant_id, now=NOW) == []


async def test_workers_that_find_a_callback_at_once_send_it_once(
    pool: Pool, tenant: tenants.NewTenant, secret: Secret, way_out: Outgoing
):
    async with receiving() as receiver:
        _, callback_id = await _opened(pool, tenant, receiver.url)
        outcomes = await asyncio.gather(
            *(
                _attempt(pool, secret, way_out, tenant.tenant_id, callback_id, now=NOW)
                for _ in range(6)
            )
        )
        late = await _attempt(
            pool, secret, way_out, tenant.tenant_id, callback_id, now=NOW + timedelta(days=1)
        )
    assert sorted(o.state if o else "nothing" for o in outcomes) == ["nothing"] * 5 + ["succeeded"]
    assert late is None
    assert len(receiver.bodies) == 1


async def test_an_attempt_that_is_confirmed_twice_is_recorded_once(
    pool: Pool, tenant: tenants.NewTenant, secret: Secret, way_out: Outgoing
):
    async with receiving([500]) as receiver:
        _, callback_id = await _opened(pool, tenant, receiver.url)
        (claimed,) = await _claimed(pool, tenant.tenant_id, now=NOW)
        async with as_tenant(pool, tenant.tenant_id) as tx:
            prepared = await delivery.prepare(tx, secret, claimed, now=NOW)
        sent = await delivery.send(way_out, prepared)
        for expected in (True, False):
            async with as_tenant(pool, tenant.tenant_id) as tx:
                assert (await delivery.confirm(tx, sent) is not None) is expected
    assert await _due(pool, tenant.tenant_id, callback_id) == NOW + WAITS[0]
    async with as_tenant(pool, tenant.tenant_id) as tx:
        assert len(await delivery.attempts_of(tx, callback_id)) == 1


async def test_a_callback_whose_worker_died_after_sending_is_sent_again_with_the_same_id(
    pool: Pool, tenant: tenants.NewTenant, secret: Secret, way_out: Outgoing
):
    async with receiving() as receiver:
        task_id, callback_id = await _opened(pool, tenant, receiver.url)
        (claimed,) = await _claimed(pool, tenant.tenant_id, now=NOW)
        async with as_tenant(pool, tenant.tenant_id) as tx:
            prepared = await delivery.prepare(tx, secret, claimed, now=NOW)
        await delivery.send(way_out, prepared)
        # Here the worker is killed. The callback is its own until an attempt must have ended.
        soon, later = NOW + CLAIM / 2, NOW + CLAIM
        assert await _claimed(pool, tenant.tenant_id, now=soon) == []
        async with as_nobody(pool) as connection:
            assert await delivery.tenants_due(connection, now=soon) == []
            assert await delivery.tenants_due(connection, now=later) == [tenant.tenant_id]
        outcome = await _attempt(pool, secret, way_out, tenant.tenant_id, callback_id, now=later)
    assert outcome is not None
    assert (outcome.number, outcome.state) == (1, "succeeded")
    assert [h["evenhand-event-id"] for h in receiver.headers] == [str(callback_id)] * 2
    assert await _succeeded(pool, tenant, task_id) is True


async def test_a_callback_is_sent_again_when_the_customer_asks(
    pool: Pool, tenant: tenants.NewTenant, secret: Secret, way_out: Outgoing
):
    async with receiving() as receiver:
        task_id, first = await _opened(pool, tenant, receiver.url)
        await _attempt(pool, secret, way_out, tenant.tenant_id, first, now=NOW)
        async with as_tenant(pool, tenant.tenant_id) as tx:
            second = await delivery.redeliver(tx, task_id, is_test=False, now=NOW)
        await _attempt(pool, secret, way_out, tenant.tenant_id, second, now=NOW)
    assert [h["evenhand-event-id"] for h in receiver.headers] == [str(first), str(second)]
    assert json.loads(receiver.bodies[1])["task"]["callback_succeeded"] is True


async def test_a_task_that_is_not_finished_or_has_no_url_has_nothing_to_send_again(
    pool: Pool, tenant: tenants.NewTenant
):
    async with as_tenant(pool, tenant.tenant_id) as tx:
        unfinished = await a_pending_task(tx, callback_url="http://127.0.0.1:9/")
        without_url = await a_finished_task(tx)
        for task_id in (unfinished, without_url):
            with pytest.raises(delivery.NothingToSend):
                await delivery.redeliver(tx, task_id, is_test=False, now=NOW)


@pytest.mark.parametrize("url", ["someone@example.com", "http://127.0.0.1:25/", "http://a:b@host/"])
async def test_an_address_that_can_never_be_called_is_given_up_at_once(
    url: str, pool: Pool, tenant: tenants.NewTenant, secret: Secret, way_out: Outgoing
):
    task_id, callback_id = await _opened(pool, tenant, url)
    outcome = await _attempt(pool, secret, way_out, tenant.tenant_id, callback_id, now=NOW)
    assert outcome is not None
    assert (outcome.state, outcome.due_at) == ("failed", None)
    assert outcome.error
    assert await _succeeded(pool, tenant, task_id) is False


async def test_a_callback_into_the_operators_network_is_not_sent(
    pool: Pool, tenant: tenants.NewTenant, secret: Secret
):
    async with receiving() as receiver, outgoing(allow_private_networks=False) as guarded:
        _, callback_id = await _opened(pool, tenant, receiver.url)
        outcome = await _attempt(pool, secret, guarded, tenant.tenant_id, callback_id, now=NOW)
    assert receiver.bodies == []
    assert outcome is not None
    assert "No connection could be made" in str(outcome.error)


async def test_a_rival_neither_sees_nor_sends_a_tenants_callback(
    pool: Pool,
    tenant: tenants.NewTenant,
    rival: tenants.NewTenant,
    secret: Secret,
    way_out: Outgoing,
):
    async with receiving() as receiver:
        task_id, callback_id = await _opened(pool, tenant, receiver.url)
        assert await _attempt(pool, secret, way_out, rival.tenant_id, callback_id, now=NOW) is None
        async with as_tenant(pool, rival.tenant_id) as tx:
            assert await delivery.callbacks_of(tx, task_id) == []
        assert await _claimed(pool, rival.tenant_id, now=NOW) == []
    assert receiver.bodies == []


async def test_every_attempt_is_in_the_ledger(
    pool: Pool, tenant: tenants.NewTenant, secret: Secret, way_out: Outgoing
):
    async with receiving([500]) as receiver:
        _, callback_id = await _opened(pool, tenant, receiver.url)
        for at in (NOW, NOW + WAITS[0]):
            await _attempt(pool, secret, way_out, tenant.tenant_id, callback_id, now=at)
    async with as_tenant(pool, tenant.tenant_id) as tx:
        await ledger.sequence(tx, now=NOW)
        cursor = await tx.connection.execute("SELECT event FROM ledger.entry ORDER BY position")
        events = [json.loads(row[0]) for row in await cursor.fetchall()]
    assert [
        (e["attempt"], e["status_code"], e["state"])
        for e in events
        if e["kind"] == "callback.attempted"
    ] == [(1, 500, "pending"), (2, 200, "succeeded")]


async def test_a_receiver_whose_body_trickles_has_taken_it_all_the_same(
    pool: Pool, tenant: tenants.NewTenant, secret: Secret, way_out: Outgoing
):
    async def trickle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nx")
        await writer.drain()
        await reader.read()
        writer.close()

    server = await asyncio.start_server(trickle, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        _, callback_id = await _opened(pool, tenant, f"http://127.0.0.1:{port}/")
        outcome = await asyncio.wait_for(
            _attempt(pool, secret, way_out, tenant.tenant_id, callback_id, now=NOW), 5
        )
    assert outcome is not None
    assert outcome.state == "succeeded"


async def test_a_callback_whose_receiver_is_slow_is_held_on_to_and_can_be_given_back(
    pool: Pool, tenant: tenants.NewTenant
):
    await _opened(pool, tenant, "http://127.0.0.1:9/")
    (claimed,) = await _claimed(pool, tenant.tenant_id, now=NOW)
    soon, later = NOW + CLAIM / 2, NOW + CLAIM
    async with as_tenant(pool, tenant.tenant_id) as tx:
        await delivery.renew_callbacks(tx, [claimed], busy_until=soon + CLAIM, now=soon)
    assert await _claimed(pool, tenant.tenant_id, now=later) == []
    async with as_tenant(pool, tenant.tenant_id) as tx:
        await delivery.give_back_callback(tx, claimed, now=later)
    assert await _claimed(pool, tenant.tenant_id, now=later) == [claimed]


async def test_a_claim_that_has_ended_cannot_be_renewed(pool: Pool, tenant: tenants.NewTenant):
    await _opened(pool, tenant, "http://127.0.0.1:9/")
    (claimed,) = await _claimed(pool, tenant.tenant_id, now=NOW)
    later = NOW + CLAIM
    async with as_tenant(pool, tenant.tenant_id) as tx:
        await delivery.renew_callbacks(tx, [claimed], busy_until=later + CLAIM, now=later)
    assert await _claimed(pool, tenant.tenant_id, now=later) == [claimed]


async def test_a_tenant_has_so_many_attempts_under_way_and_no_more_however_many_workers_ask(
    pool: Pool, tenant: tenants.NewTenant
):
    most = delivery.CALLBACKS_AT_ONCE_MAX
    for _ in range(3 * most):
        await _opened(pool, tenant, "http://127.0.0.1:9/")
    found = await asyncio.gather(
        *(_claimed(pool, tenant.tenant_id, now=NOW, limit=5) for _ in range(6))
    )
    claimed = [one.callback_id for some in found for one in some]
    assert len(claimed) == len(set(claimed)) == most
    assert await _claimed(pool, tenant.tenant_id, now=NOW) == []
    assert len(await _claimed(pool, tenant.tenant_id, now=NOW + CLAIM)) == most
