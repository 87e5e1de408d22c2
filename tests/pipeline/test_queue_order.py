"""Queues with work lie in an order, and a decision looks at the first of them alone."""

import asyncio
import json
import random

import psycopg
from given import NOW
from work.opened import annotators, answer, do_next, new_tasks, project

from evenhand import pipeline, tenants
from evenhand.app.assignment_cache import AssignmentCache
from evenhand.foundation.database import as_tenant
from evenhand.work import assignments, intake
from evenhand.work.assignments import fairness

LOOK = "SELECT * FROM work.queues_ahead(false, %s, true, 0, 0, '', 4)"
LOOKED_AT = """
    SELECT coalesce(sum(seq_tup_read + idx_tup_fetch), 0)::int FROM pg_stat_xact_user_tables
     WHERE relid IN ('work.queue'::regclass, 'tenants.tenant'::regclass,
                     'work.assignment'::regclass, 'work.gold'::regclass)
"""


async def owners_with_work(pool, secret, count: int) -> list[tenants.NewTenant]:
    owners = [await tenants.create(pool, secret, f"no. {n}", now=NOW) for n in range(count)]
    for owner in owners:
        await project(pool, owner)
        await new_tasks(pool, owner, 2)
    return owners


async def test_a_decision_looks_at_few_queues_however_many_wait(database, pool, secret):
    await owners_with_work(pool, secret, 40)
    (anna,) = await annotators(pool, 1)
    assert await do_next(pool, anna, "cat")
    assert await do_next(pool, anna, "cat")
    with psycopg.connect(database.admin) as connection:
        connection.execute("SET LOCAL ROLE evenhand_app")
        found = connection.execute(LOOK, [anna.annotator_id]).fetchall()
        connection.execute("RESET ROLE")
        looked = connection.execute(LOOKED_AT).fetchone()
    assert len(found) == 4
    assert looked is not None
    assert looked[0] < 20


async def test_queues_are_served_in_turn_however_many_there_are(pool, secret):
    owners = await owners_with_work(pool, secret, 40)
    (anna,) = await annotators(pool, 1)
    served = []
    for _ in range(80):
        tenant_id, lent = await pipeline.dispatch(pool, anna, now=NOW)
        served.append(tenant_id)
        async with as_tenant(pool, tenant_id) as tx:
            await pipeline.annotate(tx, lent.assignment_id, answer(anna, "cat"), now=NOW)
    everybody = {owner.tenant_id for owner in owners}
    # Of 40 that came at once, 32 are noted by the first decision, and the others by the second.
    assert set(served[:41]) == everybody
    assert all(served.count(owner.tenant_id) == 2 for owner in owners)


async def test_work_on_its_way_while_its_queue_is_found_empty_is_not_forgotten(pool, tenant):
    await project(pool, tenant)
    (anna,) = await annotators(pool, 1)
    await new_tasks(pool, tenant, 1)
    assert await do_next(pool, anna, "cat")
    order = intake.order_of(
        "categorization", {"project": "animals", "attachment": "late"}, is_test=False
    )
    async with as_tenant(pool, tenant.tenant_id) as tx:
        coming = await pipeline.submit(tx, order, now=NOW)
        # The queue is thought to have work, has none that anybody sees, and is about to have some.
        assert await pipeline.dispatch(pool, anna, now=NOW) is None
    _, lent = await pipeline.dispatch(pool, anna, now=NOW)
    assert lent.task_id == coming.task_id


async def test_of_a_tenant_that_never_had_work_none_is_forgotten_either(pool, tenant):
    """Two bring it at once; one's is done and the queue found empty before the other ends."""
    await project(pool, tenant)
    (anna,) = await annotators(pool, 1)
    order = intake.order_of(
        "categorization", {"project": "animals", "attachment": "late"}, is_test=False
    )
    await new_tasks(pool, tenant, 1)
    async with as_tenant(pool, tenant.tenant_id) as tx:
        coming = await pipeline.submit(tx, order, now=NOW)
        assert await do_next(pool, anna, "cat")
        assert await pipeline.dispatch(pool, anna, now=NOW) is None
    _, lent = await pipeline.dispatch(pool, anna, now=NOW)
    assert lent.task_id == coming.task_id


async def test_work_that_comes_to_an_empty_queue_is_found_by_the_next_who_asks(pool, tenant):
    await project(pool, tenant)
    (anna,) = await annotators(pool, 1)
    for _ in range(3):
        assert await pipeline.dispatch(pool, anna, now=NOW) is None
        assert await pipeline.dispatch(pool, anna, now=NOW) is None
        (task,) = await new_tasks(pool, tenant, 1)
        assert await do_next(pool, anna, "cat") == task


async def test_a_queue_says_when_it_gets_work_and_when_it_has_none_left(pool, tenant):
    await project(pool, tenant)
    (anna,) = await annotators(pool, 1)
    await new_tasks(pool, tenant, 2)
    while await do_next(pool, anna, "cat"):
        pass
    async with as_tenant(pool, tenant.tenant_id) as tx:
        cursor = await tx.connection.execute(
            "SELECT event FROM ledger.entry WHERE event LIKE '%\"queue.%' ORDER BY entry_id"
        )
        told = [json.loads(event) for (event,) in await cursor.fetchall()]
    assert [(one["kind"], one["has_open"]) for one in told] == [
        ("queue.noted", True),
        ("queue.emptied", False),
    ]


async def test_whatever_comes_and_goes_at_once_all_work_is_lent(pool, secret):
    """Work trickles in while annotators who find queues empty take them out of the order."""
    owners = await owners_with_work(pool, secret, 3)
    crowd = await annotators(pool, 4)
    chance = random.Random(7)
    opened, done = [], []

    async def bring() -> None:
        for _ in range(25):
            opened.extend(await new_tasks(pool, chance.choice(owners), 1))
            await asyncio.sleep(chance.random() * 0.02)

    async def take(who) -> None:
        idle = 0
        while idle < 15 or not all(one.done() for one in bringing):
            task = await do_next(pool, who, "cat")
            idle = 0 if task else idle + 1
            done.extend([task] if task else [])
            await asyncio.sleep(0 if task else 0.005)

    bringing = [asyncio.create_task(bring()) for _ in range(2)]
    await asyncio.gather(*(take(who) for who in crowd), *bringing)
    assert len(done) == len(opened) + 6
    assert set(opened) <= set(done)


async def hand_in(pool, who, tenant_id, lent):
    """Hand in what was lent just now, and ask for the next."""
    remembered = AssignmentCache()
    remembered.remember(tenant_id, who.annotator_id, lent)
    lent = remembered.taken(tenant_id, who.annotator_id, lent.assignment_id)
    given = pipeline.HandedIn(lent=lent, new=answer(who, "cat"))
    return await pipeline.annotate_and_dispatch(
        pool, who, tenant_id, given, now=NOW, search_memory=pipeline.SearchMemory()
    )


async def test_an_annotation_and_the_next_task_are_of_one_step_or_of_two(pool, secret, tenant):
    """Of the same tenant, of another's, and with nothing left: accepted in any case."""
    await project(pool, tenant)
    await new_tasks(pool, tenant, 2)
    (anna,) = await annotators(pool, 1)

    first = await pipeline.dispatch(pool, anna, now=NOW)
    accepted, second = await hand_in(pool, anna, *first)
    assert (accepted, second[0]) == (True, tenant.tenant_id)
    rival = await tenants.create(pool, secret, "rival", now=NOW)
    await project(pool, rival)
    await new_tasks(pool, rival, 1)
    accepted, third = await hand_in(pool, anna, *second)
    assert (accepted, third[0]) == (True, rival.tenant_id)
    assert await hand_in(pool, anna, *second) == (False, None)
    assert await hand_in(pool, anna, *third) == (True, None)


async def test_whoever_holds_as_many_as_one_may_is_accepted_all_the_same(pool, tenant):
    await project(pool, tenant)
    await new_tasks(pool, tenant, 12)
    (anna,) = await annotators(pool, 1)
    held = [await pipeline.dispatch(pool, anna, now=NOW) for _ in range(assignments.HELD_MAX)]
    accepted, following = await hand_in(pool, anna, *held[0])
    # What is handed in makes room for what is lent.
    assert accepted
    assert following is not None


async def test_the_database_moves_tags_and_ties_as_the_rule_says(pool, secret):
    tenant, _ = await owners_with_work(pool, secret, 2)
    (anna,) = await annotators(pool, 1)
    for _ in range(3):
        await pipeline.dispatch(pool, anna, now=NOW)
    async with as_tenant(pool, tenant.tenant_id) as tx:
        cursor = await tx.connection.execute(
            "SELECT event FROM ledger.entry WHERE event LIKE '%\"assignment.leased\"%'"
            " ORDER BY entry_id"
        )
        *_, last = [json.loads(event) for (event,) in await cursor.fetchall()]
        cursor = await tx.connection.execute(
            "SELECT tag, tie, handle::text, weight, value"
            "  FROM work.queue, tenants.tenant, ledger.beacon()"
        )
        ((tag, tie, handle, weight, beacon),) = await cursor.fetchall()
    assert tag == last["tag"] + fairness.step_of(round(weight * 1000))
    assert tie == fairness.tie_of(beacon, handle)
