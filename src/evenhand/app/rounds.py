"""Periodic rounds of a worker, each at its own interval; one that fails stops no other."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from uuid import UUID

import structlog
from psycopg import OperationalError

from evenhand.foundation.database import Pool, Tx, as_tenant, is_away
from evenhand.foundation.telemetry import tracer

GATHER_SECONDS = 0.01  # what comes together is done together
PAUSE_RATIO = 1.0  # of a round's time: the busier it is, the more is done at once
PAUSE_SECONDS_MAX = 0.015  # or an annotation would wait for its verdict longer than people notice
LONG_PAUSE_RATIO = 10.0  # for what can wait, a tenth
LONG_PAUSE_SECONDS_MAX = 10.0  # however long it took once
UNTOLD_SECONDS_MAX = 10.0  # what no look has told of is looked for all the same
MUCH = 200  # what a full step finds: more is waiting, so there is no pause
TENANTS_AT_ONCE = 8  # of those whose steps run in child processes, which have places of their own
RETRY_SECONDS = 0.2  # after trouble; doubled each time
RETRY_SECONDS_MAX = 3.0  # so that all is at work again within 5 s of the database's return

log: structlog.stdlib.BoundLogger = structlog.get_logger()


async def for_each(
    pool: Pool,
    tenant_ids: Sequence[UUID],
    step: Callable[[Tx], Awaitable[int]],
    *,
    by_key: bool = False,
    unless: type[Exception] | None = None,
) -> int:
    """Take a step for each tenant, in a transaction of its own; `unless` as for `each`."""

    async def one(tenant_id: UUID) -> int:
        async with as_tenant(pool, tenant_id, by_key=by_key) as tx:
            return await step(tx)

    return await each(tenant_ids, one, unless=unless)


async def each(
    tenant_ids: Sequence[UUID],
    step: Callable[[UUID], Awaitable[int]],
    *,
    unless: type[Exception] | None = None,
) -> int:
    """Take a step for each tenant; one whose step fails does not keep the others from theirs.

    `unless` is an error after which none of them can be taken.
    """
    found = 0
    for tenant_id in tenant_ids:
        try:
            found += await step(tenant_id)
        except Exception as error:
            if is_away(error) or (unless is not None and isinstance(error, unless)):
                # It is away for the other tenants too: the round tells of it, once.
                raise
            log.exception("step.failed", tenant_id=str(tenant_id))
    return found


async def each_at_once(tenant_ids: Sequence[UUID], step: Callable[[UUID], Awaitable[int]]) -> int:
    """Take a step for each tenant, some beside each other: who takes long delays few others."""
    places = asyncio.Semaphore(TENANTS_AT_ONCE)

    async def one(tenant_id: UUID) -> int:
        async with places:
            return await each([tenant_id], step)

    found = await asyncio.gather(*map(one, tenant_ids), return_exceptions=True)
    for failed in found:
        if isinstance(failed, BaseException):
            raise failed
    return sum(one for one in found if isinstance(one, int))


async def when_due(due: asyncio.Event, step: Callable[[], Awaitable[int]]) -> int:
    """Take a step where a look has told that it would find something."""
    if not due.is_set():
        return 0
    due.clear()
    return await step()


async def repeat(
    stop: asyncio.Event,
    name: str,
    step: Callable[[], Awaitable[int]],
    pool: Pool,
    seconds: float | Callable[[], float],
    wake: asyncio.Event | None = None,
) -> None:
    """Repeat a step: at once while much is waiting, else after a rest or a wake-up.

    What is done by the clock tells how long it is until then, however long the last step took.
    """
    trouble = 0
    while not stop.is_set():
        if wake is not None:
            wake.clear()
        found, began = 0, time.monotonic()
        try:
            with tracer.start_as_current_span(f"evenhand.{name}"):
                found = await step()
        except Exception as error:
            if not is_away(error):
                log.exception("round.failed", round=name)
            else:
                if trouble == 0:
                    log.warning("round.interrupted", round=name, error=type(error).__name__)
                    # What else lies idle in the pool is as dead: nobody else need find out.
                    with suppress(OperationalError):
                        await pool.check()
                trouble += 1
                await _rest(stop, None, _back_off(trouble))
                continue
        if trouble:
            log.info("round.resumed", round=name)
            trouble = 0
        if found >= MUCH:
            continue
        spent = time.monotonic() - began
        if callable(seconds):
            await _rest(stop, wake, seconds())
        elif found == 0 or wake is None:
            pause = min(LONG_PAUSE_SECONDS_MAX, LONG_PAUSE_RATIO * spent)
            await _rest(stop, wake, max(seconds, pause))
        else:
            # The busier it is, the longer the pause and the more is weighed at once.
            await _rest(
                stop, None, min(PAUSE_SECONDS_MAX, max(GATHER_SECONDS, PAUSE_RATIO * spent))
            )


async def _rest(stop: asyncio.Event, wake: asyncio.Event | None, seconds: float) -> None:
    if wake is None:
        # Without tasks to wait for, which cost a quarter of what an idle server does.
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await stop.wait()
        return
    waits = [asyncio.ensure_future(stop.wait()), asyncio.ensure_future(wake.wait())]
    _, pending = await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for one in pending:
        one.cancel()
    with suppress(asyncio.CancelledError):
        await asyncio.gather(*pending)
    if wake.is_set():
        await asyncio.sleep(GATHER_SECONDS)


def _back_off(trouble: int) -> float:
    return min(RETRY_SECONDS_MAX, RETRY_SECONDS * 2.0 ** min(trouble, 10))
