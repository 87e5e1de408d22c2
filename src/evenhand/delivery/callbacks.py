"""Callbacks: asked for in the transaction that settles, sent outside it, tried for a day.

A callback is claimed for a while (`claims`); its attempt has three parts, so that no transaction
waits for the network: `prepare` words it, `send` sends it, `confirm` records how it went and when
the next attempt is due. A worker that dies in between leaves a callback that falls due again,
with the same event id, by which a receiver knows a repeat.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID, uuid4

import msgspec

from evenhand import ledger, tenants
from evenhand.delivery import contract
from evenhand.delivery.claims import Claimed, Event
from evenhand.delivery.schedule import retry_at
from evenhand.delivery.signatures import signed, webhook_secret
from evenhand.foundation import sql
from evenhand.foundation.database import Pool, Tx, as_tenant
from evenhand.foundation.errors import EvenhandError, Invalid
from evenhand.foundation.outgoing import Outgoing, UrlRefused
from evenhand.foundation.rows import many, row_count, run
from evenhand.foundation.secret import Secret
from evenhand.work import projects, tasks

QUERIES = sql.beside(__file__)


class NothingToSend(Invalid):
    """Only a completed or errored task with a callback URL has a callback to send again."""


class NoMail(Invalid):
    """Callbacks to mail addresses are not sent by this server; give an http or https URL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A callback worded and signed, ready to be sent."""

    claimed: Claimed
    body: bytes
    headers: Mapping[str, str]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """How an attempt went: a status from the receiver, or the reason why there is none."""

    claimed: Claimed
    at: datetime
    elapsed_ms: int
    status_code: int | None = None
    error: str | None = None
    hopeless: bool = False

    @property
    def succeeded(self) -> bool:
        """Whether the receiver took it: any 2xx."""
        return self.status_code is not None and 200 <= self.status_code < 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Where a callback stands after an attempt."""

    number: int
    state: Literal["pending", "succeeded", "failed"]
    status_code: int | None
    error: str | None
    due_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """A callback as its tenant may see it."""

    callback_id: UUID
    event: Event
    url: str
    state: Literal["pending", "succeeded", "failed"]
    attempts: int
    created_at: datetime
    due_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt on record."""

    number: int
    at: datetime
    status_code: int | None
    error: str | None
    elapsed_ms: int


async def open_callback(
    tx: Tx,
    *,
    url: str,
    now: datetime,
    task_id: str | None = None,
    batch_id: UUID | None = None,
    event: Event | None = None,
) -> UUID:
    """Ask for a callback about a task or a batch: it is sent if and only if this commits."""
    assert (task_id is None) != (batch_id is None), "a callback is about a task or a batch"
    callback_id = uuid4()
    await run(
        tx,
        QUERIES["open_callback"],
        callback_id=callback_id,
        task_id=task_id,
        batch_id=batch_id,
        event=event or ("task.completed" if batch_id is None else "batch.completed"),
        url=url,
        now=now,
    )
    return callback_id


async def redeliver(tx: Tx, task_id: str, *, is_test: bool, now: datetime) -> UUID:
    """Send the callback of a finished task once more, as the customer asked."""
    task = await tasks.task_of(tx, task_id, is_test=is_test)
    url = task.callback_url or (await tenants.tenant_of(tx)).callback_url
    if task.status not in ("completed", "error") or url is None:
        raise NothingToSend(task_id=task_id)
    event: Event = "task.error" if task.status == "error" else "task.completed"
    callback_id = await open_callback(tx, task_id=task_id, url=url, event=event, now=now)
    requested = ledger.events.CallbackRequested(callback_id=callback_id, task_id=task_id)
    await ledger.append(tx, requested, at=now)
    return callback_id


async def attempt(
    pool: Pool,
    secret: Secret,
    way_out: Outgoing,
    tenant_id: UUID,
    claimed: Claimed,
    *,
    now: datetime,
) -> Outcome | None:
    """Send a callback that was claimed; None when another worker recorded this attempt before."""
    async with as_tenant(pool, tenant_id) as tx:
        prepared = await prepare(tx, secret, claimed, now=now)
    sent = await send(way_out, prepared)
    async with as_tenant(pool, tenant_id) as tx:
        return await confirm(tx, sent)


async def prepare(tx: Tx, secret: Secret, claimed: Claimed, *, now: datetime) -> Prepared:
    """Word and sign a callback as things stand now."""
    body = msgspec.json.encode(await _body(tx, claimed))
    key = await tenants.callback_auth_key(tx, secret)
    headers = {
        "content-type": "application/json",
        "scale-callback-auth": key,
        **signed(body, webhook_secret(key), webhook_id=str(claimed.callback_id), at=now),
        "evenhand-event": claimed.event,
        "evenhand-attempt": str(claimed.number),
    }
    return Prepared(claimed=claimed, body=body, headers=headers, at=now)


async def send(way_out: Outgoing, prepared: Prepared) -> Sent:
    """Send what was prepared; whatever happens on the way is part of the answer."""
    claimed = prepared.claimed
    status_code, error, hopeless = None, None, False
    started = time.perf_counter()
    try:
        if "://" not in claimed.url:
            raise NoMail
        status_code = await way_out.post(claimed.url, prepared.body, prepared.headers)
    except EvenhandError as problem:
        error = problem.message
        # No later day makes a URL of what is none.
        hopeless = isinstance(problem, UrlRefused | NoMail)
    return Sent(
        claimed=claimed,
        at=prepared.at,
        elapsed_ms=round((time.perf_counter() - started) * 1000),
        status_code=status_code,
        error=error,
        hopeless=hopeless,
    )


async def confirm(tx: Tx, sent: Sent) -> Outcome | None:
    """Record an attempt and ask for the next one; None when it was recorded before."""
    claimed = sent.claimed
    due_at = None if sent.succeeded or sent.hopeless else retry_at(claimed.number, sent.at)
    outcome = Outcome(
        number=claimed.number,
        state="succeeded" if sent.succeeded else "pending" if due_at else "failed",
        status_code=sent.status_code,
        error=sent.error,
        due_at=due_at,
    )
    if not await _record(tx, sent, outcome):
        return None
    if due_at is None and claimed.task_id is not None:
        await tasks.record_callback(tx, claimed.task_id, succeeded=sent.succeeded)
    attempted = ledger.events.CallbackAttempted(
        callback_id=claimed.callback_id,
        task_id=claimed.task_id,
        batch_id=claimed.batch_id,
        attempt=claimed.number,
        status_code=sent.status_code,
        state=outcome.state,
    )
    await ledger.append(tx, attempted, at=sent.at)
    return outcome


async def callbacks_of(tx: Tx, task_id: str) -> list[Callback]:
    """All callbacks of a task, oldest first."""
    return await many(tx, QUERIES["callbacks_of_task"], Callback, task_id=task_id)


async def attempts_of(tx: Tx, callback_id: UUID) -> list[Attempt]:
    """Every attempt of a callback in its order."""
    return await many(tx, QUERIES["attempts_of"], Attempt, callback_id=callback_id)


async def _body(tx: Tx, claimed: Claimed) -> dict[str, Any]:
    if claimed.task_id is not None:
        assert claimed.is_test is not None, "a task says whether it is a test"
        task = contract.task_object(
            await tasks.task_of(tx, claimed.task_id, is_test=claimed.is_test)
        )
        return {
            "task": task,
            "response": task.get("response", {}),
            "task_id": claimed.task_id,
            "status": task["status"],
        }
    assert claimed.batch_id is not None, "what is no task's is a batch's"
    (batch,) = await projects.batches_by_id(tx, [claimed.batch_id])
    counts = await projects.counts_of(tx, [claimed.batch_id])
    return contract.batch_callback_object(batch, counts[claimed.batch_id])


async def _record(tx: Tx, sent: Sent, outcome: Outcome) -> bool:
    place = {"callback_id": sent.claimed.callback_id, "number": outcome.number}
    recorded = await row_count(
        tx,
        QUERIES["record_attempt"],
        **place,
        at=sent.at,
        status_code=sent.status_code,
        error=sent.error,
        elapsed_ms=sent.elapsed_ms,
    )
    if not recorded:
        return False
    await run(
        tx,
        QUERIES["close_attempt"],
        **place,
        state=outcome.state,
        due_at=outcome.due_at,
        ended_at=None if outcome.due_at else sent.at,
    )
    return True
