"""A lease on a gold task that runs out, or is one too many, goes the way of a live one."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from given import NOW
from work.golden import gold, hand_in, lend, rows
from work.opened import annotators, new_tasks, project

from evenhand import pipeline, tenants, workforce
from evenhand.foundation.database import Pool, as_tenant
from evenhand.work import assignments

LATE = NOW + timedelta(hours=1)


async def lent_both(
    pool: Pool, who: workforce.Annotator
) -> dict[str, tuple[UUID, assignments.Assignment]]:
    """A gold and a live task, by purpose; of the first two lent one is gold."""
    lent = [await lend(pool, who) for _ in range(2)]
    found = {one[1].purpose: one for one in lent if one is not None}
    assert set(found) == {"live", "evaluation"}
    return found


async def run_out(pool: Pool, owner: tenants.NewTenant, *, now: datetime) -> None:
    async with as_tenant(pool, owner.tenant_id) as tx:
        assert await pipeline.expire(tx, now=now)


async def test_what_ran_out_is_gone_once_others_were_lent_work_gold_as_live(pool, tenant):
    await project(pool, tenant, gold_share=0.5)
    # Each at a moment of its own, as tasks are: by it gold knows in whose place it was lent.
    for number in range(20):
        await new_tasks(pool, tenant, 1, now=NOW + timedelta(microseconds=number))
    await gold(pool, tenant, 20)
    anna, ben = await annotators(pool, 2)
    held = await lent_both(pool, anna)
    await run_out(pool, tenant, now=LATE)

    for _ in range(4):
        await lend(pool, ben, now=LATE)

    again = [await lend(pool, anna, now=LATE) for _ in range(6)]
    mine = {lent[1].task_id for lent in held.values()}
    assert not mine & {lent[1].task_id for lent in again if lent is not None}
    for lent in held.values():
        with pytest.raises(assignments.LeaseLost):
            await hand_in(pool, anna, lent, "cat", now=LATE)


async def test_what_ran_out_is_taken_while_nobody_else_was_lent_work_gold_as_live(pool, tenant):
    await project(pool, tenant, gold_share=0.5)
    await new_tasks(pool, tenant, 20)
    await gold(pool, tenant, 20)
    (anna,) = await annotators(pool, 1)
    held = await lent_both(pool, anna)
    await run_out(pool, tenant, now=LATE)

    for lent in held.values():
        await hand_in(pool, anna, lent, "cat", now=LATE)

    done = "SELECT count(*) FROM work.assignment WHERE state = 'done'"
    assert await rows(pool, tenant, done) == [(2,)]


async def test_gold_that_others_are_lent_takes_nothing_back_as_it_takes_no_live_task(pool, tenant):
    await project(pool, tenant, gold_share=1.0)
    await new_tasks(pool, tenant, 20)
    await gold(pool, tenant, 20)
    anna, ben = await annotators(pool, 2)
    held = await lend(pool, anna)
    assert held is not None
    await run_out(pool, tenant, now=LATE)

    for _ in range(4):
        lent = await lend(pool, ben, now=LATE)
        assert lent is not None
        assert lent[1].purpose == "evaluation"

    await hand_in(pool, anna, held, "cat", now=LATE)


@pytest.mark.parametrize("held_as", ["live", "evaluation"])
async def test_where_gold_is_due_another_comes_before_what_ran_out(pool, tenant, held_as):
    await project(pool, tenant, gold_share=0.5)
    await new_tasks(pool, tenant, 40)
    await gold(pool, tenant, 40)
    for who in await annotators(pool, 8):
        held = await lent_both(pool, who)
        for purpose, lent in held.items():
            if purpose != held_as:
                await hand_in(pool, who, lent, "cat")
        await run_out(pool, tenant, now=LATE)

        pair = [await lend(pool, who, now=LATE) for _ in range(2)]

        comes = [lent[1].task_id for lent in pair if lent is not None]
        assert held[held_as][1].task_id in comes, "it is the one of the two that is not gold's"
        for lent in pair:
            assert lent is not None
            await hand_in(pool, who, lent, "cat", now=LATE)
        fresh = next(lent for lent in pair if lent[1].task_id != held[held_as][1].task_id)
        assert fresh[1].purpose == "evaluation"


async def test_of_a_tenant_with_gold_every_lease_is_among_gold_and_of_others_none(
    pool, tenant, rival
):
    await project(pool, rival)
    await new_tasks(pool, rival, 2)
    await project(pool, tenant, gold_share=0.5)
    await new_tasks(pool, tenant, 20)
    await gold(pool, tenant, 20)
    (anna,) = await annotators(pool, 1)

    lent = [await lend(pool, anna) for _ in range(6)]

    told = {(one[0] == tenant.tenant_id, one[1].among_gold) for one in lent if one is not None}
    assert told == {(True, True), (False, False)}
