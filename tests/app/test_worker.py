"""The rounds go on when something in them fails: for the others, and for what comes after it."""

import asyncio
import time
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
from given import Database
from work.opened import annotators, do_next, look, new_tasks, project

from evenhand import ledger, pipeline
from evenhand.app import worker
from evenhand.app.recorder import Recorder
from evenhand.app.rounds import when_due
from evenhand.foundation.clock import Clock
from evenhand.foundation.database import as_tenant

# What no version of the server wrote: params that their own type cannot read.
SPOIL_PARAMS = "UPDATE work.task SET params_ordered = '{\"categories\": 7}' WHERE task_id = %s"
SPOIL_TYPE = "UPDATE work.task SET type = 'telepathy' WHERE task_id = %s"
# Numbering asserts that the subtrees of a log's head make up its size.
BREAK_HEAD = "UPDATE ledger.head SET size = size + 1000000 WHERE tenant_id = %s"
MEND_HEAD = "UPDATE ledger.head SET size = size - 1000000 WHERE tenant_id = %s"
SETTLE_SECONDS_MAX = 20


def _as_superuser(database: Database, statement: str, *values: object) -> None:
    with psycopg.connect(database.admin) as connection:
        changed = connection.execute(statement.encode(), values).rowcount
    assert changed > 0, statement


async def _answered(pool, owner, count: int) -> list[str]:
    await project(pool, owner)
    made = await new_tasks(pool, owner, count)
    (anna,) = await annotators(pool, 1)
    done = [await do_next(pool, anna, "cat") for _ in range(count)]
    assert sorted(done) == sorted(made)
    return made


@pytest.mark.parametrize("spoil", [SPOIL_PARAMS, SPOIL_TYPE])
async def test_a_task_on_which_the_judge_stumbles_goes_to_review_and_the_rest_settle(
    database, pool, tenant, context, spoil
):
    first, spoilt, last = await _answered(pool, tenant, 3)
    # Two votes in agreement need no look at the params; the answer of one does need the type.
    _as_superuser(database, spoil, spoilt)
    _as_superuser(
        database, "UPDATE work.annotation SET response_ordered = '{}' WHERE task_id = %s", spoilt
    )

    assert await worker.assess_all(context) == 3

    assert (await look(pool, tenant, first)).status == "completed"
    assert (await look(pool, tenant, last)).status == "completed"
    set_aside = await look(pool, tenant, spoilt)
    assert (set_aside.status, set_aside.stage) == ("pending", "review")
    assert await worker.assess_all(context) == 0


async def test_a_reviewers_word_settles_what_the_judge_could_not(database, pool, tenant, context):
    (task_id,) = await _answered(pool, tenant, 1)
    _as_superuser(
        database, "UPDATE work.annotation SET response_ordered = '{}' WHERE task_id = %s", task_id
    )
    await worker.assess_all(context)
    (rita,) = await annotators(pool, 1, reviewer=True)

    assert await do_next(pool, rita, "bird") == task_id
    await worker.assess_all(context)

    assert (await look(pool, tenant, task_id)).response == {"category": "bird"}


async def test_a_fault_of_the_database_sends_no_task_to_review(pool, tenant, context, database):
    (task_id,) = await _answered(pool, tenant, 1)
    with psycopg.connect(database.admin) as other:
        other.execute("LOCK TABLE work.verdict IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            async with as_tenant(pool, tenant.tenant_id) as tx:
                await tx.connection.execute("SET LOCAL lock_timeout = '50ms'")
                await pipeline.assess(tx, now=context.clock.now())

    assert (await look(pool, tenant, task_id)).stage == "open"
    assert await worker.assess_all(context) == 1
    assert (await look(pool, tenant, task_id)).status == "completed"


async def test_a_tenant_whose_step_fails_does_not_keep_the_others_from_theirs(
    database, pool, tenant, rival, context
):
    recorder = Recorder(context, asyncio.Event())

    async def place() -> None:
        # A tick has its time, and what is left waits for the next.
        for _ in range(3):
            recorder.entered.set()
            await recorder.tick()

    for owner in (tenant, rival):
        await project(pool, owner)
    await place()
    for broken, sound in ((tenant, rival), (rival, tenant)):
        for owner in (tenant, rival):
            await new_tasks(pool, owner, 1)
        _as_superuser(database, BREAK_HEAD, broken.tenant_id)

        # Whichever comes first in the round, the other one is served.
        await place()

        assert await _all_numbered(pool, sound)
        assert not await _all_numbered(pool, broken)
        _as_superuser(database, MEND_HEAD, broken.tenant_id)
        await place()
        assert await _all_numbered(pool, broken)


async def test_the_rounds_settle_and_number_what_is_done_until_they_are_told_to_stop(
    pool, tenant, context
):
    (task_id,) = await _answered(pool, tenant, 1)
    stop = asyncio.Event()
    running = asyncio.create_task(worker.work_until(stop, context))
    async with asyncio.timeout(SETTLE_SECONDS_MAX):
        while (await look(pool, tenant, task_id)).status != "completed":
            await asyncio.sleep(0.05)
        while not await _all_numbered(pool, tenant):
            await asyncio.sleep(0.05)
    stop.set()
    async with asyncio.timeout(SETTLE_SECONDS_MAX):
        await running

    async with as_tenant(pool, tenant.tenant_id) as tx:
        assert (await ledger.verify(tx)).ok


async def _all_numbered(pool, owner) -> bool:
    async with as_tenant(pool, owner.tenant_id) as tx:
        row = await (
            await tx.connection.execute(
                "SELECT count(*), count(position) FROM ledger.entry WHERE tenant_id = %s",
                [owner.tenant_id],
            )
        ).fetchone()
    return row is not None and row[0] == row[1] > 0


async def test_overdue_leases_go_back_to_the_queue(database, pool, tenant, context):
    await project(pool, tenant)
    (task_id,) = await new_tasks(pool, tenant, 1)
    anna, ben = await annotators(pool, 2)
    assert await pipeline.dispatch(pool, anna, now=context.clock.now()) is not None
    assert await worker.expire_all(context) == 0
    _as_superuser(database, "UPDATE work.assignment SET expires_at = now() - interval '1 second'")

    assert await worker.expire_all(context) == 1

    assert await do_next(pool, ben, "cat", now=context.clock.now()) == task_id


async def test_a_worker_that_has_not_yet_noticed_a_step_of_the_clock_takes_no_live_lease_back(
    pool, tenant, context
):
    await project(pool, tenant)
    await new_tasks(pool, tenant, 1)
    (anna,) = await annotators(pool, 1)
    now = context.clock.now()
    assert await pipeline.dispatch(pool, anna, now=now) is not None
    steady = time.monotonic()
    ahead = Clock(now + timedelta(hours=1), asked=steady, heard=steady, steady=time.monotonic)

    assert await worker.expire_all(replace(context, clock=ahead)) == 0


async def test_a_look_wakes_the_rounds_that_would_find_something_and_no_others(
    pool, tenant, context
):
    names = ("callbacks", "fetches", "assess", "score", "learn", "sequence", "count")
    wakes = {name: asyncio.Event() for name in names}

    async def woken() -> set[str]:
        for event in wakes.values():
            event.clear()
        await worker.look_around(context, wakes)
        return {name for name, event in wakes.items() if event.is_set()}

    recorder = Recorder(context, wakes["sequence"])
    assert await woken() == {"sequence"}
    await recorder.tick()
    assert await woken() == set()
    await project(pool, tenant)
    await new_tasks(pool, tenant, 1, callback_url="https://example.org/told")
    (anna,) = await annotators(pool, 1)
    await do_next(pool, anna, "cat")
    assert await woken() == {"assess", "sequence", "count"}
    await worker.assess_all(context)
    assert await woken() == {"callbacks", "sequence", "count"}
    await recorder.tick()
    while await worker.count_all(context):
        pass
    assert await woken() == {"callbacks"}


async def test_a_round_that_waits_to_be_told_takes_no_step_before():
    due, steps = asyncio.Event(), 0

    async def step() -> int:
        nonlocal steps
        steps += 1
        return 1

    assert await when_due(due, step) == 0
    due.set()
    assert await when_due(due, step) == 1
    assert await when_due(due, step) == 0
    assert steps == 1
