"""Background work: job names to pipeline steps, and the rounds that run by themselves."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import structlog
from procrastinate import App, RetryStrategy
from psycopg import OperationalError

from evenhand import delivery, ledger, pipeline, tenants, work
from evenhand.app.context import Context
from evenhand.foundation.database import Tx, as_nobody, as_tenant, is_away, moment
from evenhand.foundation.jobs import enqueue, job_app
from evenhand.foundation.outgoing import outgoing
from evenhand.foundation.telemetry import tracer

ASSESS_SECONDS = 0.5  # a fallback: an annotation taken by this process wakes the round at once
GATHER_SECONDS = 0.01  # annotations that come together are weighed together
PAUSE_RATIO = 1.0  # of a round's time: the busier it is, the more is weighed at once
PAUSE_SECONDS_MAX = 0.015  # or an annotation would wait for its verdict longer than people notice
LONG_PAUSE_RATIO = 10.0  # for what can wait, a tenth
MUCH = 200  # what a full step finds: more is waiting, so there is no pause
SEQUENCE_SECONDS = 1.0
SCORE_SECONDS = 2.0  # what tenants see of it is soon enough
EXPIRE_SECONDS = 15.0
CALLBACK_SECONDS = 30.0
LOST_SECONDS = 10.0  # a job is lost when its worker has not shown itself for half a minute
LEARN_SECONDS = 2.0
REFIT_SECONDS = 15.0
CHECK_SECONDS = 900.0  # what is found is worth a look today, not this minute
JOBS_AT_ONCE = 64  # callbacks mostly wait for the receiver; a tenant has 8 under way at most
JOB_CONNECTIONS = 4
# A fetch may last five minutes: however many of its hosts drip, a tenant takes no more of the
# jobs than this, and what finds no place comes again after a moment.
FETCHES_A_TENANT = 4
FETCH_PAUSE = timedelta(seconds=3)
# Trouble of ours, such as a database that is away: a task must not stay unprepared over it.
UNFORESEEN = RetryStrategy(max_attempts=200, wait=5, linear_wait=5)
RETRY_SECONDS = 0.2  # after trouble; doubled each time
RETRY_SECONDS_MAX = 3.0  # so that all is at work again within 5 s of the database's return

log: structlog.stdlib.BoundLogger = structlog.get_logger()


async def work_until(stop: asyncio.Event, context: Context, conninfo: str) -> None:
    """Run jobs and rounds until told to stop; what was begun is finished."""
    async with outgoing(allow_private_networks=context.settings.allow_private_networks) as way_out:
        jobs = job_app(conninfo, size=JOB_CONNECTIONS)

        @jobs.task(name="deliver")
        async def deliver(tenant_id: str, callback_id: str) -> None:
            await pipeline.deliver(
                context.pool, context.secret, way_out,
                tenant_id=UUID(tenant_id), callback_id=UUID(callback_id), now=context.clock.now(),
            )  # fmt: skip

        @jobs.task(name="prepare", retry=UNFORESEEN)
        async def prepare(tenant_id: str, task_id: str, attempt: int = 1) -> None:
            tenant = UUID(tenant_id)
            if context.fetches.held(tenant) >= FETCHES_A_TENANT:
                # It does not wait here, or one tenant's slow hosts would take every place.
                async with as_tenant(context.pool, tenant) as tx:
                    at = context.clock.now() + FETCH_PAUSE
                    await enqueue(tx, "prepare", at=at, task_id=task_id, attempt=attempt)
                return
            async with context.fetches.taken(tenant):
                asked = pipeline.Preparation(tenant_id=tenant, task_id=task_id, attempt=attempt)
                await pipeline.prepare(
                    context.pool, context.storage, way_out, asked, now=context.clock.now()
                )

        @jobs.task(name="judge", retry=RetryStrategy(max_attempts=10, wait=30))
        async def judge(tenant_id: str, project_id: str, annotator_id: str) -> None:
            async with as_tenant(context.pool, UUID(tenant_id)) as tx:
                await pipeline.judge(
                    tx, UUID(project_id), UUID(annotator_id), now=context.clock.now()
                )

        rounds = [
            _round(stop, "assess", assess_all, context, ASSESS_SECONDS, context.annotated),
            _round(stop, "score", score_all, context, SCORE_SECONDS),
            _round(stop, "sequence", sequence_all, context, SEQUENCE_SECONDS),
            _round(stop, "expire", expire_all, context, EXPIRE_SECONDS),
            _round(stop, "callbacks", wake_callbacks, context, CALLBACK_SECONDS),
            _round(stop, "learn", learn_all, context, LEARN_SECONDS),
            _round(stop, "refit", refit_all, context, REFIT_SECONDS),
            _round(stop, "check", check_all, context, CHECK_SECONDS),
            _round(stop, "lost jobs", lambda _: retry_lost(jobs), context, LOST_SECONDS),
        ]
        async with jobs.open_async(), asyncio.TaskGroup() as group:
            worker = group.create_task(_keep_working(stop, jobs))
            for one in rounds:
                group.create_task(one)
            await stop.wait()
            worker.cancel()
        await _stop_heavy(context)


async def _keep_working(stop: asyncio.Event, jobs: App) -> None:
    """Run jobs, and begin again after a rest when the fetching of one has failed."""
    trouble = 0
    while not stop.is_set():
        began = time.monotonic()
        try:
            await jobs.run_worker_async(
                concurrency=JOBS_AT_ONCE,
                install_signal_handlers=False,
                delete_jobs="successful",
                fetch_job_polling_interval=2,
            )
        except Exception as error:
            if not is_away(error):
                log.exception("jobs.failed")
            elif trouble == 0:
                log.warning("jobs.interrupted", error=type(error).__name__)
        # What ran well for a while has recovered: the next trouble is a new one.
        trouble = 0 if time.monotonic() - began > RETRY_SECONDS_MAX else trouble + 1
        await _rest(stop, None, _back_off(trouble))


def _back_off(trouble: int) -> float:
    return min(RETRY_SECONDS_MAX, RETRY_SECONDS * 2.0 ** min(trouble, 10))


async def assess_all(context: Context) -> int:
    """Weigh what is due, tenant by tenant, and say how much it was."""
    # One statement alone needs no transaction, whose begin and end are two round trips.
    async with context.pool.connection() as connection:
        due = await work.tenants_to_assess(connection)
    return await _each(due, lambda tenant_id: _assess(context, tenant_id))


async def _assess(context: Context, tenant_id: UUID) -> int:
    """Weigh what is light at once, and see to it that what is heavy is judged beside the round."""
    under_way = context.heavy.get(tenant_id)
    async with as_tenant(context.pool, tenant_id, by_key=True) as tx:
        but = list(under_way[1]) if under_way else []
        taken = await pipeline.assess_light(tx, but=but, now=context.clock.now())
    if taken.heavy and under_way is None:
        judging = asyncio.create_task(_assess_heavy(context, tenant_id, taken.heavy))
        context.heavy[tenant_id] = judging, taken.heavy
    return len(taken.tasks)


async def _assess_heavy(context: Context, tenant_id: UUID, heavy: Mapping[str, int]) -> None:
    try:
        await pipeline.assess_heavy(
            context.pool, context.processes, tenant_id, heavy, now=context.clock.now()
        )
    except Exception:
        # Whatever was not judged is still due, and the next round begins anew.
        log.exception("step.failed", tenant_id=str(tenant_id))
    finally:
        del context.heavy[tenant_id]
        context.annotated.set()


async def _stop_heavy(context: Context) -> None:
    """Leave off judging; what was not judged is still due."""
    judging = [one for one, _ in context.heavy.values()]
    for one in judging:
        one.cancel()
    await asyncio.gather(*judging, return_exceptions=True)


async def score_all(context: Context) -> int:
    """Score answers to gold tasks that are due, and say how many."""
    async with as_nobody(context.pool) as connection:
        due = await work.tenants_to_score(connection)
    return await _for_each(
        context, due, lambda tx: pipeline.score(tx, now=context.clock.now()), by_key=True
    )


async def sequence_all(context: Context) -> int:
    """Give pending ledger entries their places, and say how many."""
    async with as_nobody(context.pool) as connection:
        pending = await ledger.tenants_pending(connection)
    return await _for_each(
        context, pending, lambda tx: ledger.sequence(tx, now=context.clock.now()), by_key=True
    )


async def expire_all(context: Context) -> int:
    """Return overdue leases to their queues, and say how many."""
    async with as_nobody(context.pool) as connection:
        # By the database's clock: by one of a machine that is off, live leases would be taken back.
        now = await moment(connection)
        overdue = await work.tenants_with_overdue(connection, now=now)
    return await _for_each(context, overdue, lambda tx: pipeline.expire(tx, now=now))


async def learn_all(context: Context) -> int:
    """Learn of annotators from what was settled, and say from how many tasks."""
    async with as_nobody(context.pool) as connection:
        due = await work.tenants_to_teach(connection)
    return await _for_each(context, due, lambda tx: pipeline.learn(tx, now=context.clock.now()))


async def refit_all(context: Context) -> int:
    """Fit anew what has grown since it was last fitted; rests between runs."""
    async with as_nobody(context.pool) as connection:
        everyone = await tenants.tenant_ids(connection)
    await _for_each(context, everyone, lambda tx: pipeline.refit(tx, now=context.clock.now()))
    return 0


async def check_all(context: Context) -> int:
    """Look for what is worth a look in what was annotated lately; rests between runs."""
    async with as_nobody(context.pool) as connection:
        everyone = await tenants.tenant_ids(connection)
    await _each(
        everyone, lambda tenant_id: pipeline.check(context.pool, tenant_id, now=context.clock.now())
    )
    return 0


async def wake_callbacks(context: Context) -> int:
    """Ask again for callbacks whose job was lost with its worker; rests between runs."""
    now = context.clock.now()
    async with as_nobody(context.pool) as connection:
        due = await delivery.tenants_due(connection, now=now)
    await _for_each(context, due, lambda tx: delivery.requeue_lost(tx, now=now))
    return 0


async def retry_lost(jobs: App) -> int:
    """Hand on the jobs of workers that are gone; what was done is not done again."""
    lost = list(await jobs.job_manager.get_stalled_jobs())
    for job in lost:
        await jobs.job_manager.retry_job(job)
    return len(lost)


async def _for_each(
    context: Context,
    tenant_ids: Sequence[UUID],
    step: Callable[[Tx], Awaitable[int]],
    *,
    by_key: bool = False,
) -> int:
    """Take a step for each tenant, in a transaction of its own."""

    async def one(tenant_id: UUID) -> int:
        async with as_tenant(context.pool, tenant_id, by_key=by_key) as tx:
            return await step(tx)

    return await _each(tenant_ids, one)


async def _each(tenant_ids: Sequence[UUID], step: Callable[[UUID], Awaitable[int]]) -> int:
    """Take a step for each tenant; one whose step fails does not keep the others from theirs."""
    found = 0
    for tenant_id in tenant_ids:
        try:
            found += await step(tenant_id)
        except Exception as error:
            if is_away(error):
                # It is away for the other tenants too: the round tells of it, once.
                raise
            log.exception("step.failed", tenant_id=str(tenant_id))
    return found


async def _round(
    stop: asyncio.Event,
    name: str,
    step: Callable[[Context], Awaitable[int]],
    context: Context,
    seconds: float,
    wake: asyncio.Event | None = None,
) -> None:
    """Repeat a step: at once while much is waiting, else after a rest or a wake-up."""
    trouble = 0
    while not stop.is_set():
        if wake is not None:
            wake.clear()
        found, began = 0, time.monotonic()
        try:
            with tracer.start_as_current_span(f"evenhand.{name}"):
                found = await step(context)
        except Exception as error:
            if not is_away(error):
                log.exception("round.failed", round=name)
            else:
                if trouble == 0:
                    log.warning("round.interrupted", round=name, error=type(error).__name__)
                    # What else lies idle in the pool is as dead: nobody else need find out.
                    with suppress(OperationalError):
                        await context.pool.check()
                trouble += 1
                await _rest(stop, None, _back_off(trouble))
                continue
        if trouble:
            log.info("round.resumed", round=name)
            trouble = 0
        if found >= MUCH:
            continue
        spent = time.monotonic() - began
        if found == 0 or wake is None:
            await _rest(stop, wake, max(seconds, LONG_PAUSE_RATIO * spent))
        else:
            # The busier it is, the longer the pause and the more is weighed at once.
            await _rest(
                stop, None, min(PAUSE_SECONDS_MAX, max(GATHER_SECONDS, PAUSE_RATIO * spent))
            )


async def _rest(stop: asyncio.Event, wake: asyncio.Event | None, seconds: float) -> None:
    waits = [asyncio.ensure_future(stop.wait())]
    if wake is not None:
        waits.append(asyncio.ensure_future(wake.wait()))
    _, pending = await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for one in pending:
        one.cancel()
    with suppress(asyncio.CancelledError):
        await asyncio.gather(*pending)
    if wake is not None and wake.is_set():
        await asyncio.sleep(GATHER_SECONDS)
