"""Background work: what falls due is done, and the rounds run by themselves."""

import asyncio
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from datetime import datetime
from functools import partial
from uuid import UUID

import structlog
from psycopg import OperationalError

from evenhand import pipeline
from evenhand.app.context import Context
from evenhand.app.jobs import Callbacks, Fetches
from evenhand.app.recorder import Recorder
from evenhand.app.rounds import UNTOLD_SECONDS_MAX, each, each_at_once, for_each, repeat, when_due
from evenhand.app.witnesses import Witnesses
from evenhand.foundation import sql
from evenhand.foundation.database import as_nobody, as_tenant, in_background, moment
from evenhand.foundation.jobs import RENEW_SECONDS, Worker
from evenhand.foundation.outgoing import Outgoing, outgoing
from evenhand.foundation.rows import many
from evenhand.work import assignments, counts, gold_tasks, qualification, skills, verdicts

DUE_SECONDS = 0.25  # what falls due is found this soon, or at once when this process knows of it
COUNT_SECONDS = 0.75  # and a look before it, as with the next; what is not folded is counted too
EXPIRE_SECONDS = 15.0
JUDGE_SECONDS = 15.0
LEARN_SECONDS = 1.75
REFIT_SECONDS = 15.0
CHECK_SECONDS = 900.0  # what is found is worth a look today, not this minute

QUERIES = sql.beside(__file__)

log: structlog.stdlib.BoundLogger = structlog.get_logger()


async def work_until(stop: asyncio.Event, context: Context) -> None:
    """Do jobs and rounds until told to stop; what was begun is finished or given back."""
    in_background()
    async with outgoing(allow_private_networks=context.settings.allow_private_networks) as way_out:
        workers = (
            Worker(context.pool, Callbacks(context, way_out), context.clock.now),
            Worker(context.pool, Fetches(context, way_out), context.clock.now),
        )
        async with asyncio.TaskGroup() as group:
            wakes = {jobs.name: jobs.ended for jobs in workers}
            for one in _rounds(stop, context, wakes, way_out):
                group.create_task(one)
            for jobs in workers:
                group.create_task(
                    repeat(
                        stop, jobs.name, jobs.begin, context.pool, UNTOLD_SECONDS_MAX, jobs.ended
                    )
                )
                group.create_task(
                    repeat(stop, f"renew {jobs.name}", jobs.renew, context.pool, RENEW_SECONDS)
                )
            await stop.wait()
            # Not after the rounds: a fit that is under way may take longer than anybody waits.
            await asyncio.gather(_stop_heavy(context), *(jobs.stop() for jobs in workers))
        # What a round had begun in the same moment.
        await asyncio.gather(_stop_heavy(context), *(jobs.stop() for jobs in workers))


def _rounds(
    stop: asyncio.Event, context: Context, wakes: Mapping[str, asyncio.Event], way_out: Outgoing
) -> list[Coroutine[None, None, None]]:
    steps = (
        ("judge", judge_all, JUDGE_SECONDS),
        ("expire", expire_all, EXPIRE_SECONDS),
        ("refit", refit_all, REFIT_SECONDS),
        ("check", check_all, CHECK_SECONDS),
    )
    told = (
        ("count", count_all, COUNT_SECONDS),
        ("learn", learn_all, LEARN_SECONDS),
    )
    to_score, entered = asyncio.Event(), asyncio.Event()
    due = {name: asyncio.Event() for name, _, _ in told}
    assess, score = partial(assess_all, context), partial(score_all, context)
    events = {"assess": context.annotated, "score": to_score, "sequence": entered, **due}
    look = partial(look_around, context, {**wakes, **events})
    return [
        repeat(stop, "look", look, context.pool, DUE_SECONDS),
        keep_record(stop, Recorder(context, entered, Witnesses(context.publication, way_out))),
        repeat(stop, "assess", assess, context.pool, UNTOLD_SECONDS_MAX, context.annotated),
        # As assessment, so that no pace says which of the two an answer waits for.
        repeat(stop, "score", score, context.pool, UNTOLD_SECONDS_MAX, to_score),
        *(
            repeat(
                stop,
                name,
                partial(when_due, due[name], partial(step, context)),
                context.pool,
                seconds,
            )
            for name, step, seconds in told
        ),
        *(
            repeat(stop, name, partial(step, context), context.pool, seconds)
            for name, step, seconds in steps
        ),
    ]


async def keep_record(stop: asyncio.Event, recorder: Recorder) -> None:
    """Make an epoch each second, and let another process do so at the end.

    Whoever cosigns late wakes it, to show the checkpoint again.
    """
    asked, pool = recorder.witnesses, recorder.context.pool
    wake = asked.came if asked is not None and asked.are_asked else None
    try:
        await repeat(stop, "epoch", recorder.tick, pool, recorder.seconds_to_tick, wake)
    finally:
        with suppress(OperationalError):
            await recorder.stand_down()


async def look_around(context: Context, wakes: Mapping[str, asyncio.Event]) -> int:
    """Wake the rounds that would find something; rests between looks."""
    async with context.pool.connection() as connection:
        found = await many(
            connection,
            QUERIES["due_rounds"],
            str,
            now=context.clock.now(),
            assess_since=context.fronts.assess.since,
            sequence_since=context.fronts.sequence.since,
            count_since=context.fronts.count.since,
        )
    for name in found:
        wakes[name].set()
    return 0


async def assess_all(context: Context) -> int:
    """Weigh what is due, tenant by tenant, and say how much it was."""
    # One statement alone needs no transaction, whose begin and end are two round trips.
    async with context.pool.connection() as connection:
        due = await context.fronts.assess.look(partial(verdicts.tenants_to_assess, connection))
    since = {one.tenant_id: one.since for one in due}
    return await each(list(since), lambda tenant_id: _assess(context, tenant_id, since[tenant_id]))


async def _assess(context: Context, tenant_id: UUID, since: datetime) -> int:
    """Weigh what is light at once, and see to it that what is heavy is judged beside the round."""
    under_way = context.heavy.get(tenant_id)
    async with as_tenant(context.pool, tenant_id, by_key=True) as tx:
        but = list(under_way[1]) if under_way else []
        taken = await pipeline.assess_light(tx, but=but, since=since, now=context.clock.now())
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
        due = await gold_tasks.tenants_to_score(connection)
    return await each_at_once(
        due, lambda one: pipeline.annotator.score(context.pool, one, now=context.clock.now())
    )


async def judge_all(context: Context) -> int:
    """Judge annotators by their answers to gold tasks, and say how many."""
    async with as_nobody(context.pool) as connection:
        due = await qualification.tenants_to_judge(connection, now=context.clock.now())
    return await for_each(
        context.pool, due, lambda tx: pipeline.annotator.judge_due(tx, now=context.clock.now())
    )


async def count_all(context: Context) -> int:
    """Fold what changed the number of tasks into the counts, and say how many changes."""
    async with context.pool.connection() as connection:
        due = await context.fronts.count.look(partial(counts.tenants_to_count, connection))
    since = {one.tenant_id: one.since for one in due}
    return await for_each(
        context.pool,
        list(since),
        lambda tx: counts.fold_counts(tx, since=since[tx.tenant_id]),
    )


async def expire_all(context: Context) -> int:
    """Return overdue leases to their queues, and say how many."""
    async with as_nobody(context.pool) as connection:
        # By the database's clock: by one of a machine that is off, live leases would be taken back.
        now = await moment(connection)
        overdue = await assignments.tenants_with_overdue(connection, now=now)
    return await for_each(context.pool, overdue, lambda tx: pipeline.expire(tx, now=now))


async def learn_all(context: Context) -> int:
    """Learn of annotators from what was settled, and say from how many tasks."""
    async with as_nobody(context.pool) as connection:
        due = await skills.tenants_to_learn(connection)
    return await each_at_once(
        due, lambda one: pipeline.annotator.learn(context.pool, one, now=context.clock.now())
    )


async def refit_all(context: Context) -> int:
    """Fit anew what has grown since it was last fitted; rests between runs."""
    async with as_nobody(context.pool) as connection:
        due = await skills.tenants_to_fit(connection)
    await each_at_once(
        due, lambda one: pipeline.annotator.refit(context.pool, one, now=context.clock.now())
    )
    return 0


async def check_all(context: Context) -> int:
    """Look for what is worth a look in what was annotated lately; rests between runs."""
    async with as_nobody(context.pool) as connection:
        due = await pipeline.project.tenants_to_check(connection, now=context.clock.now())
    await each_at_once(
        due, lambda one: pipeline.project.check(context.pool, one, now=context.clock.now())
    )
    return 0
