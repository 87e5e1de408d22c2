"""What a process remembers of searches spares some, and never hides work or lets more be held."""

from datetime import timedelta
from uuid import uuid4

import pytest
from given import NOW
from work.opened import annotators, answer, new_tasks, project

from evenhand import pipeline
from evenhand.foundation.database import as_tenant
from evenhand.work import assignments


def test_whoever_hands_something_in_is_looked_for_again_at_once():
    moment = [1.0]
    empty = pipeline.SearchMemory(clock=lambda: moment[0])
    mine, other = (uuid4(), uuid4()), (uuid4(), uuid4())
    empty.searched(*mine, since=0.0)
    empty.searched(*other, since=0.0)
    empty.forget(*mine)
    assert (empty.rests(*mine), empty.rests(*other)) == (False, True)
    moment[0] = 2.0
    empty.searched(*mine, since=0.5)
    assert not empty.rests(*mine), "it was handed in while that look went on"
    empty.searched(*mine, since=1.5)
    assert empty.rests(*mine)


def test_after_a_long_walk_others_begin_where_it_ended_and_one_walks_it_again_in_time():
    moment = [100.0]
    walks = pipeline.SearchMemory(clock=lambda: moment[0]).walks
    tenant_id, far = uuid4(), assignments.Place(rank=90, position=7)
    assert walks.begin(tenant_id) is None
    walks.walked(tenant_id, None, far, seconds=0.02)
    assert walks.begin(tenant_id) == far
    moment[0] += 1.1
    assert walks.begin(tenant_id) is None
    assert walks.begin(tenant_id) == far
    walks.walked(tenant_id, None, far, seconds=0.0001)
    assert walks.begin(tenant_id) is None


async def test_what_opens_before_the_place_where_a_walk_begins_is_found_when_nothing_else_is(
    pool, tenant
):
    await project(pool, tenant)
    (old,) = await new_tasks(pool, tenant, 1)
    anna, ben = await annotators(pool, 2)
    memory = pipeline.SearchMemory()
    far = assignments.Place(rank=32000, position=2**62)
    memory.walks.walked(tenant.tenant_id, None, far, seconds=1.0)
    _, lent = await pipeline.dispatch(pool, anna, now=NOW, search_memory=memory)
    assert lent.task_id == old
    assert await pipeline.dispatch(pool, ben, now=NOW, search_memory=memory) is None


async def test_what_an_annotator_holds_is_counted_from_the_oldest_of_it(pool, tenant):
    await project(pool, tenant)
    await new_tasks(pool, tenant, 30)
    (anna,) = await annotators(pool, 1)
    memory = pipeline.SearchMemory()
    for number in range(20):
        now = NOW + timedelta(minutes=10 * number)
        tenant_id, lent = await pipeline.dispatch(pool, anna, now=now, search_memory=memory)
        async with as_tenant(pool, tenant_id) as tx:
            if number % 3 == 0 and number < 12:
                await pipeline.renew(tx, lent.assignment_id, anna.annotator_id, now=now)
            else:
                await pipeline.annotate(tx, lent.assignment_id, answer(anna, "cat"), now=now)
    now = NOW + timedelta(hours=4)
    for _ in range(assignments.HELD_MAX - 4):
        assert await pipeline.dispatch(pool, anna, now=now, search_memory=memory)
    with pytest.raises(assignments.TooManyHeld):
        await pipeline.dispatch(pool, anna, now=now, search_memory=memory)
