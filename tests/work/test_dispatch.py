"""Who gets what next, when they ask at once, come late, or cannot do it."""

import asyncio
from collections import Counter
from datetime import timedelta

import psycopg
import pytest
from given import NOW
from work.opened import CATEGORIES, annotators, answer, do_next, new_tasks, project

from evenhand import pipeline
from evenhand.foundation import migrate
from evenhand.foundation.database import as_tenant
from evenhand.work import assignments, projects, qualification, verdicts


async def test_annotators_who_ask_at_once_get_different_tasks(pool, tenant):
    await project(pool, tenant)
    opened = await new_tasks(pool, tenant, 6)
    crowd = await annotators(pool, 6)

    lent = await asyncio.gather(*(pipeline.dispatch(pool, who, now=NOW) for who in crowd))

    assert sorted(assignment.task_id for _, assignment in lent) == sorted(opened)


async def test_overlap_is_reached_and_never_exceeded(pool, tenant):
    await project(pool, tenant, annotations=2, annotations_max=2)
    opened = await new_tasks(pool, tenant, 3)
    crowd = await annotators(pool, 4)

    done = Counter()
    for who in crowd:
        while task_id := await do_next(pool, who, "cat"):
            done[task_id] += 1

    assert done == dict.fromkeys(opened, 2)


async def test_nobody_gets_a_task_twice_even_when_they_ask_twice_at_once(pool, tenant):
    await project(pool, tenant, annotations=3, annotations_max=3)
    await new_tasks(pool, tenant, 1)
    (anna,) = await annotators(pool, 1)

    lent = await asyncio.gather(*(pipeline.dispatch(pool, anna, now=NOW) for _ in range(4)))

    assert sum(one is not None for one in lent) == 1


async def test_higher_priority_goes_first_then_age(pool, tenant):
    await project(pool, tenant)
    (old,) = await new_tasks(pool, tenant, 1, now=NOW - timedelta(hours=2))
    (urgent,) = await new_tasks(pool, tenant, 1, priority=30)
    (new,) = await new_tasks(pool, tenant, 1, now=NOW + timedelta(hours=2))
    (anna,) = await annotators(pool, 1)

    assert [await do_next(pool, anna, "dog") for _ in range(3)] == [urgent, old, new]


async def test_two_tenants_with_work_are_served_in_turn(pool, tenant, rival):
    for owner in (tenant, rival):
        await project(pool, owner)
        await new_tasks(pool, owner, 5)
    (anna,) = await annotators(pool, 1)

    served = []
    while lent := await pipeline.dispatch(pool, anna, now=NOW):
        tenant_id, assignment = lent
        served.append(tenant_id)
        async with as_tenant(pool, tenant_id) as tx:
            await pipeline.annotate(tx, assignment.assignment_id, answer(anna, "cat"), now=NOW)

    for end in range(1, len(served) + 1):
        share = Counter(served[:end])
        assert abs(share[tenant.tenant_id] - share[rival.tenant_id]) <= 1


async def test_a_lease_that_ran_out_goes_to_the_next_who_asks(pool, tenant):
    await project(pool, tenant)
    (task_id,) = await new_tasks(pool, tenant, 1)
    anna, ben = await annotators(pool, 2)
    await pipeline.dispatch(pool, anna, now=NOW)
    late = NOW + assignments.LEASE + timedelta(seconds=1)

    assert await pipeline.dispatch(pool, ben, now=late) is None
    async with as_tenant(pool, tenant.tenant_id) as tx:
        assert await pipeline.expire(tx, now=late) == 1

    assert await do_next(pool, ben, "cat", now=late) == task_id


async def test_a_renewed_lease_does_not_run_out(pool, tenant):
    await project(pool, tenant)
    await new_tasks(pool, tenant, 1)
    (anna,) = await annotators(pool, 1)
    _, lent = await pipeline.dispatch(pool, anna, now=NOW)
    later = NOW + assignments.LEASE - timedelta(minutes=1)

    async with as_tenant(pool, tenant.tenant_id) as tx:
        await assignments.renew(tx, lent.assignment_id, anna.annotator_id, now=later)
        assert await pipeline.expire(tx, now=NOW + assignments.LEASE + timedelta(minutes=1)) == 0


async def test_a_late_annotation_is_kept_while_nobody_else_took_the_task(pool, tenant):
    await project(pool, tenant)
    await new_tasks(pool, tenant, 1)
    (anna,) = await annotators(pool, 1)
    _, lent = await pipeline.dispatch(pool, anna, now=NOW)
    late = NOW + timedelta(hours=1)

    async with as_tenant(pool, tenant.tenant_id) as tx:
        await pipeline.expire(tx, now=late)
        await pipeline.annotate(tx, lent.assignment_id, answer(anna, "cat"), now=late)
        (kept,) = await verdicts.annotations_of(tx, [lent.task_id])

    assert kept.annotator_id == anna.annotator_id


async def test_a_late_annotation_is_refused_when_someone_else_has_the_task(pool, tenant):
    await project(pool, tenant)
    await new_tasks(pool, tenant, 1)
    anna, ben = await annotators(pool, 2)
    _, lent = await pipeline.dispatch(pool, anna, now=NOW)
    late = NOW + timedelta(hours=1)
    async with as_tenant(pool, tenant.tenant_id) as tx:
        await pipeline.expire(tx, now=late)
    await do_next(pool, ben, "dog", now=late)

    with pytest.raises(assignments.LeaseLost):
        async with as_tenant(pool, tenant.tenant_id) as tx:
            await pipeline.annotate(tx, lent.assignment_id, answer(anna, "cat"), now=late)


async def test_who_skips_a_task_is_not_asked_again_and_another_is(pool, tenant):
    await project(pool, tenant)
    (task_id,) = await new_tasks(pool, tenant, 1)
    anna, ben = await annotators(pool, 2)
    _, lent = await pipeline.dispatch(pool, anna, now=NOW)

    async with as_tenant(pool, tenant.tenant_id) as tx:
        await pipeline.skip(
            tx, lent.assignment_id, annotator_id=anna.annotator_id, reason="unclear", now=NOW
        )

    assert await pipeline.dispatch(pool, anna, now=NOW) is None
    assert await do_next(pool, ben, "bird") == task_id


async def test_an_annotator_holds_only_so_many(pool, tenant):
    await project(pool, tenant)
    await new_tasks(pool, tenant, assignments.HELD_MAX + 1)
    (anna,) = await annotators(pool, 1)
    for _ in range(assignments.HELD_MAX):
        await pipeline.dispatch(pool, anna, now=NOW)

    with pytest.raises(assignments.TooManyHeld):
        await pipeline.dispatch(pool, anna, now=NOW)


async def test_an_annotator_who_asks_many_times_at_once_holds_only_so_many(pool, tenant):
    await project(pool, tenant)
    await new_tasks(pool, tenant, 24)
    (anna,) = await annotators(pool, 1)

    said = await asyncio.gather(
        *(pipeline.dispatch(pool, anna, now=NOW) for _ in range(24)), return_exceptions=True
    )

    async with pool.connection() as connection:
        held = await assignments.held_by(connection, anna.annotator_id)
    assert len(held) == assignments.HELD_MAX
    assert (
        sum(isinstance(one, assignments.TooManyHeld) for one in said) == 24 - assignments.HELD_MAX
    )


async def test_nobody_but_its_holder_can_work_on_an_assignment(pool, tenant):
    await project(pool, tenant)
    await new_tasks(pool, tenant, 1)
    anna, ben = await annotators(pool, 2)
    _, lent = await pipeline.dispatch(pool, anna, now=NOW)

    async with as_tenant(pool, tenant.tenant_id) as tx:
        for attempt in (
            assignments.held(tx, lent.assignment_id, ben.annotator_id),
            assignments.renew(tx, lent.assignment_id, ben.annotator_id, now=NOW),
            pipeline.skip(
                tx, lent.assignment_id, annotator_id=ben.annotator_id, reason="other", now=NOW
            ),
            pipeline.annotate(tx, lent.assignment_id, answer(ben, "cat"), now=NOW),
        ):
            with pytest.raises(assignments.LeaseLost):
                await attempt


async def paused_in(pool, owner, who, name: str) -> None:
    async with as_tenant(pool, owner.tenant_id) as tx:
        found = await projects.project_of(tx, name, is_test=False)
        where = await qualification.lock_standing(tx, found.project_id, who.annotator_id)
        await pipeline.annotator.pause(tx, where, "manual", "Rest.", now=NOW)


async def test_whoever_is_paused_somewhere_is_lent_the_rest_in_its_order(pool, tenant):
    for name in ("animals", "birds", "plants"):
        await project(pool, tenant, name)
    anna, ben = await annotators(pool, 2)
    await paused_in(pool, tenant, anna, "animals")
    sent: list[str] = []
    for number, name in enumerate(("birds", "animals", "plants", None, "birds", "plants")):
        now = NOW.replace(microsecond=number)
        place = {"project": name} if name else {"project": None, "categories": CATEGORIES}
        kind = {} if name else {"attachment_type": "text"}
        (task_id,) = await new_tasks(pool, tenant, 1, now=now, **place, **kind)
        if name != "animals":
            sent.append(task_id)
    (urgent,) = await new_tasks(pool, tenant, 1, project="plants", priority=30)

    taken = [await do_next(pool, anna, "cat") for _ in range(7)]

    assert taken == [urgent, *sent, None]
    assert await do_next(pool, ben, "cat") is not None


async def multiplied(pool, owner, times: int) -> None:
    """Copy the one open task, with its assignment, so many times."""
    async with as_tenant(pool, owner.tenant_id) as tx:
        for table, more in (("task", ""), ("assignment", ", 'assignment_id', gen_random_uuid()")):
            await tx.connection.execute(
                f"INSERT INTO work.{table} SELECT copy.* FROM work.{table} AS one"
                " CROSS JOIN generate_series(1, %s) AS number CROSS JOIN LATERAL"
                " jsonb_populate_record(one, jsonb_build_object("
                f"'task_id', lpad(to_hex(number), 24, '0'){more})) AS copy",
                [times],
            )


async def test_a_pause_costs_no_walk_past_what_is_closed(database, pool, tenant):
    await project(pool, tenant)
    await project(pool, tenant, "birds")
    await new_tasks(pool, tenant, 1)
    await multiplied(pool, tenant, 3000)
    (wanted,) = await new_tasks(pool, tenant, 1, project="birds", now=NOW + timedelta(hours=1))
    (anna,) = await annotators(pool, 1)
    await paused_in(pool, tenant, anna, "animals")
    found, looked_at = lent_and_looked_at(database, pool, tenant, anna, guarded=True)
    assert found == wanted
    assert looked_at < 100


@pytest.mark.parametrize("guarded", [False, True])
async def test_the_first_of_many_is_lent_without_a_walk(database, pool, tenant, guarded):
    await project(pool, tenant)
    await new_tasks(pool, tenant, 1)
    await multiplied(pool, tenant, 3000)
    (anna,) = await annotators(pool, 1)
    _, looked_at = lent_and_looked_at(database, pool, tenant, anna, guarded=guarded)
    assert looked_at < 30


def lent_and_looked_at(database, pool, owner, who, *, guarded: bool) -> tuple[str, int]:
    """Which task is lent, and how many assignments are looked at for it."""
    assert pool.proofs is not None
    proof = pool.proofs.of(owner.tenant_id)
    with psycopg.connect(database.admin, options="-c enable_seqscan=off") as connection:
        connection.execute("ANALYZE work.assignment")
        connection.execute("SET LOCAL ROLE evenhand_app")
        lent = connection.execute(
            "SELECT lent.task_id FROM tenants.become(%s, %s, true) AS me CROSS JOIN LATERAL"
            " work.lend(me, %s, false, %s, 8, NULL, 0.1::real, NULL, NULL, %s, %s) AS lent",
            [owner.tenant_id, proof, who.annotator_id, guarded, NOW, NOW],
        ).fetchone()
        connection.execute("RESET ROLE")
        looked_at = connection.execute(
            "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables"
            " WHERE relid = 'work.assignment'::regclass"
        ).fetchone()
    assert lent is not None
    assert looked_at is not None
    return lent[0], looked_at[0]


async def test_what_was_open_before_projects_stood_beside_it_is_found_all_the_same(
    database, pool, tenant
):
    await project(pool, tenant)
    await project(pool, tenant, "birds")
    await new_tasks(pool, tenant, 10)
    (wanted,) = await new_tasks(pool, tenant, 1, project="birds", now=NOW + timedelta(hours=1))
    with psycopg.connect(database.admin, autocommit=True) as connection:
        connection.execute("ALTER TABLE work.assignment DROP COLUMN project_key")
        connection.execute(
            "DELETE FROM public._yoyo_migration WHERE migration_id = '0011_work_project_key'"
        )
    migrate.migrate(database.admin)
    (anna,) = await annotators(pool, 1)
    await paused_in(pool, tenant, anna, "animals")
    assert [await do_next(pool, anna, "cat") for _ in range(2)] == [wanted, None]
    with psycopg.connect(database.admin) as connection:
        walls = connection.execute(
            "SELECT relrowsecurity AND relforcerowsecurity FROM pg_class"
            " WHERE oid IN ('work.assignment'::regclass, 'work.task'::regclass)"
        ).fetchall()
    assert walls == [(True,), (True,)]
