"""Where walls are held: at every lease, and at every row of content that a person asks for."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import psycopg
import pytest
from given import NOW, Database
from psycopg import sql
from tenants.filled import fill_every_table
from work.golden import gold
from work.opened import annotators, answer, new_tasks, project

from evenhand import pipeline, tenants, walls, workforce
from evenhand.foundation.database import Person, Pool, acting_as, as_tenant, day_of
from evenhand.foundation.secret import Secret
from evenhand.work import assignments, qualification

WALLED = {
    "datasets.file", "work.task", "work.task_file", "work.annotation", "work.draft", "work.gold",
    "work.verdict", "work.contest", "work.project_params",
}  # fmt: skip
LEASE = """
    UPDATE work.assignment
       SET state = 'leased', annotator_id = %(who)s, leased_at = %(now)s, expires_at = %(now)s
     WHERE tenant_id = %(tenant)s AND state = 'open'
"""


@pytest.fixture
async def rivals(
    pool: Pool, secret: Secret, tenant: tenants.NewTenant, rival: tenants.NewTenant
) -> tuple[tenants.NewTenant, tenants.NewTenant]:
    """Two tenants with a task each, of whom the first has named the second as a rival."""
    for owner in (tenant, rival):
        await project(pool, owner)
        await new_tasks(pool, owner, 1)
    await declared(pool, secret, tenant, "Bramble AI")
    return tenant, rival


async def declared(
    pool: Pool, secret: Secret, owner: tenants.NewTenant, other: str, days: int = 180
) -> walls.Declaration:
    rival = walls.Rival(other=other, cooling_off_days=days, by="tenant")
    async with as_tenant(pool, owner.tenant_id) as tx:
        return await walls.declare(tx, secret, rival, now=NOW)


async def one(pool: Pool) -> workforce.Annotator:
    (who,) = await annotators(pool, 1)
    return who


async def lent(pool: Pool, who: workforce.Annotator, **told) -> tuple[UUID, UUID] | None:
    found = await pipeline.dispatch(pool, who, **{"now": NOW, **told})
    return None if found is None else (found[0], found[1].assignment_id)


async def test_whoever_saw_one_rival_is_lent_nothing_of_the_other_until_the_cooling_off_is_over(
    pool: Pool, rivals
) -> None:
    who, other = await annotators(pool, 2)
    first = await lent(pool, who)
    assert first is not None
    assert await lent(pool, who) is None
    assert await lent(pool, who, now=NOW + timedelta(days=180)) is None
    second = await lent(pool, who, now=NOW + timedelta(days=181))
    assert second is not None
    assert {first[0], second[0]} == {one.tenant_id for one in rivals}
    assert await lent(pool, other) is None


async def test_it_is_the_same_wall_from_both_sides_and_the_longer_of_two_cooling_offs(
    pool: Pool, secret: Secret, rivals
) -> None:
    await declared(pool, secret, rivals[1], "  ACORN labs!", days=400)
    who = await one(pool)
    assert await lent(pool, who) is not None
    assert await lent(pool, who, now=NOW + timedelta(days=400)) is None
    assert await lent(pool, who, now=NOW + timedelta(days=401)) is not None


async def test_a_withdrawn_conflict_opens_again(pool: Pool, secret: Secret, rivals) -> None:
    who = await one(pool)
    assert await lent(pool, who) is not None
    async with as_tenant(pool, rivals[0].tenant_id) as tx:
        await walls.withdraw_named(tx, secret, "bramble ai", now=NOW)
    assert await lent(pool, who) is not None


async def test_a_rival_who_becomes_a_customer_later_is_walled_off_from_the_start(
    pool: Pool, secret: Secret, tenant: tenants.NewTenant
) -> None:
    await declared(pool, secret, tenant, "Cedar Minds")
    await project(pool, tenant)
    await new_tasks(pool, tenant, 1)
    who = await one(pool)
    assert await lent(pool, who) is not None
    late = await tenants.create(pool, secret, "cedar-minds", now=NOW)
    await project(pool, late)
    await new_tasks(pool, late, 1)
    assert await lent(pool, who) is None
    assert await lent(pool, await one(pool)) is not None


async def test_what_is_held_ahead_bars_rivals_and_leaves_nothing_when_it_goes_back(
    pool: Pool, rivals
) -> None:
    who = await one(pool)
    held = await lent(pool, who, ahead=True)
    assert held is not None
    assert await lent(pool, who) is None
    async with as_tenant(pool, held[0]) as tx:
        await pipeline.skip(tx, held[1], annotator_id=who.annotator_id, reason="other", now=NOW)
        assert await walls.exposure_to(tx, who.annotator_id) is None
    following = await lent(pool, who)
    assert following is not None
    assert following[0] != held[0]


async def test_what_was_held_ahead_counts_once_it_is_shown_or_answered(pool: Pool, rivals) -> None:
    for way in ("shown", "answered"):
        who = await one(pool)
        await new_tasks(pool, rivals[0], 1)
        await new_tasks(pool, rivals[1], 1)
        held = await lent(pool, who, ahead=True)
        assert held is not None
        async with as_tenant(pool, held[0]) as tx:
            if way == "shown":
                await pipeline.show(tx, held[1], who.annotator_id, now=NOW)
            else:
                await pipeline.annotate(tx, held[1], answer(who, "cat"), now=NOW)
            found = await walls.exposure_to(tx, who.annotator_id)
        assert found == walls.Exposure(first_day=day_of(NOW), last_day=day_of(NOW)), way
        following = await lent(pool, who)
        assert following is None or following[0] == held[0]


async def test_a_wall_raised_late_freezes_what_is_out_and_takes_an_answer_that_was_begun(
    pool: Pool, secret: Secret, tenant: tenants.NewTenant, rival: tenants.NewTenant
) -> None:
    for owner in (tenant, rival):
        await project(pool, owner)
        await new_tasks(pool, owner, 1)
    who = await one(pool)
    both = [await lent(pool, who), await lent(pool, who)]
    await declared(pool, secret, tenant, "Bramble AI")
    for found in both:
        assert found is not None
        with acting_as(Person(who.annotator_id, day_of(NOW))):
            with pytest.raises(assignments.LeaseLost):
                async with as_tenant(pool, found[0]) as tx:
                    await assignments.held(tx, found[1], who.annotator_id)
            with pytest.raises(assignments.LeaseLost):
                async with as_tenant(pool, found[0]) as tx:
                    await pipeline.renew(
                        tx, found[1], who.annotator_id, now=NOW + timedelta(minutes=1)
                    )
        async with as_tenant(pool, found[0]) as tx:
            await pipeline.annotate(tx, found[1], answer(who, "cat"), now=NOW)
    async with pool.connection() as connection:
        (standing,) = await walls.rivals_of(connection, tenant.tenant_id)
        assert standing.rival_id == rival.tenant_id
        assert await walls.exposed_to_both(connection, tenant.tenant_id, standing, now=NOW) == 1


async def test_of_what_was_never_shown_no_error_tells_anything_behind_a_wall(
    pool: Pool, secret: Secret, tenant: tenants.NewTenant, rival: tenants.NewTenant
) -> None:
    for owner in (tenant, rival):
        await project(pool, owner)
        await new_tasks(pool, owner, 1)
    who = await one(pool)
    assert await lent(pool, who) is not None
    held = await lent(pool, who, ahead=True)
    assert held is not None
    await declared(pool, secret, tenant, "Bramble AI")
    with pytest.raises(assignments.LeaseLost):
        async with as_tenant(pool, held[0]) as tx:
            await pipeline.annotate(tx, held[1], answer(who, "no such thing"), now=NOW)


async def test_two_requests_at_once_never_lend_of_two_rivals(
    pool: Pool, secret: Secret, rivals
) -> None:
    for owner in rivals:
        await new_tasks(pool, owner, 20)
    for who in await annotators(pool, 10):
        found = await asyncio.gather(*(lent(pool, who) for _ in range(4)))
        assert len({one[0] for one in found if one is not None}) == 1


async def test_two_things_that_are_shown_at_once_are_never_of_two_rivals(
    pool: Pool, secret: Secret, tenant: tenants.NewTenant, rival: tenants.NewTenant
) -> None:
    people = await annotators(pool, 8)
    held: list[tuple[UUID, UUID, UUID]] = []
    for owner in (tenant, rival):
        await project(pool, owner)
        await new_tasks(pool, owner, len(people))
    for who in people:
        for _ in range(2):
            found = await lent(pool, who, ahead=True)
            assert found is not None
            held.append((who.annotator_id, *found))
    await declared(pool, secret, tenant, "Bramble AI")

    async def show(who: UUID, tenant_id: UUID, assignment_id: UUID) -> bool:
        try:
            async with as_tenant(pool, tenant_id) as tx:
                await pipeline.show(tx, assignment_id, who, now=NOW)
                await asyncio.sleep(0.005)
        except assignments.LeaseLost:
            return False
        return True

    shown = await asyncio.gather(*(show(*one) for one in held))
    of_each = {who.annotator_id: 0 for who in people}
    for (who, _, _), was_shown in zip(held, shown, strict=True):
        of_each[who] += was_shown
    tenants_held = {who: {one[1] for one in held if one[0] == who} for who in of_each}
    for who, count in of_each.items():
        assert count == (1 if len(tenants_held[who]) == 2 else 2)


@pytest.mark.parametrize("reviewer", [False, True])
async def test_a_queue_behind_a_wall_is_not_even_looked_at(
    pool: Pool, rivals, walled: tuple[UUID, UUID], reviewer: bool
) -> None:
    await lent(pool, await one(pool))  # the first decision notes the queues
    look = assignments.Look(floor=0, after=(0, ""), most=9, want_new=False)
    async with pool.connection() as connection:
        seen = await assignments.queues_ahead(
            connection, walled[0], reviewer=reviewer, look=look, now=NOW
        )
    assert [queue.tenant_id for queue in seen] == [rivals[0].tenant_id]


@pytest.mark.parametrize("way", ["shown", "held ahead"])
async def test_however_many_queues_are_behind_walls_the_open_ones_behind_them_are_found(
    pool: Pool, secret: Secret, tenant: tenants.NewTenant, way: str
) -> None:
    await project(pool, tenant)
    await new_tasks(pool, tenant, 1)
    who, other = await annotators(pool, 2)
    assert await lent(pool, who, ahead=way == "held ahead") is not None
    free: set[UUID] = set()
    for number in range(24):
        owner = await tenants.create(pool, secret, f"Rival {number}", now=NOW)
        await project(pool, owner)
        await new_tasks(pool, owner, 2)
        if number < 22:
            await declared(pool, secret, tenant, f"Rival {number}")
        else:
            free.add(owner.tenant_id)
    await lent(pool, other)  # notes the queues
    look = assignments.Look(floor=0, after=(0, ""), most=30, want_new=False)
    async with pool.connection() as connection:
        seen = await assignments.queues_ahead(
            connection, who.annotator_id, reviewer=False, look=look, now=NOW
        )
    assert {queue.tenant_id for queue in seen} - {tenant.tenant_id} == free
    found = [await lent(pool, who) for _ in range(4)]
    assert {one[0] for one in found if one is not None} == free
    assert await lent(pool, who) is None
    assert len({one[0] for one in [await lent(pool, other) for _ in range(7)] if one}) > 5


async def test_gold_and_lessons_are_held_behind_walls_too(pool: Pool, rivals) -> None:
    for purpose in ("training", "evaluation"):
        await gold(pool, rivals[1], 3, purpose=purpose)
    who = await one(pool)
    async with as_tenant(pool, rivals[0].tenant_id) as tx:
        await walls.expose(tx, who.annotator_id, now=NOW)
    found = await lent(pool, who)
    assert found is not None
    assert found[0] == rivals[0].tenant_id
    assert await lent(pool, who) is None


@pytest.fixture
async def walled(pool: Pool, rivals) -> tuple[UUID, UUID]:
    """Somebody who was shown something of the first, and the tenant behind the wall."""
    who = (await one(pool)).annotator_id
    async with as_tenant(pool, rivals[0].tenant_id) as tx:
        await walls.expose(tx, who, now=NOW)
    return who, rivals[1].tenant_id


@pytest.mark.parametrize(
    "statement",
    [
        LEASE,
        """INSERT INTO work.assignment (tenant_id, assignment_id, task_id, rank, position, state,
                                        annotator_id, leased_at, expires_at)
           SELECT tenant_id, gen_random_uuid(), task_id, 0, 0, 'leased', %(who)s, %(now)s, %(now)s
             FROM work.task WHERE tenant_id = %(tenant)s""",
        "WITH mine AS (" + LEASE + " RETURNING 1) SELECT count(*) FROM mine",
        """INSERT INTO work.assignment (tenant_id, assignment_id, task_id, rank, position, state)
           SELECT tenant_id, assignment_id, task_id, 0, 0, state FROM work.assignment
            WHERE tenant_id = %(tenant)s
               ON CONFLICT (tenant_id, assignment_id) DO UPDATE
              SET state = 'leased', annotator_id = %(who)s, leased_at = %(now)s,
                  expires_at = %(now)s""",
    ],
)
async def test_no_statement_of_the_application_makes_an_assignment_theirs(
    pool: Pool, walled: tuple[UUID, UUID], statement: str
) -> None:
    who, tenant_id = walled
    other = await one(pool)
    told = {"who": who, "now": NOW, "tenant": tenant_id}
    with pytest.raises(psycopg.DatabaseError) as refused:
        async with as_tenant(pool, tenant_id) as tx:
            await tx.connection.execute(statement.encode(), told)
    assert refused.value.sqlstate == "EH002"
    async with as_tenant(pool, tenant_id) as tx:
        await tx.connection.execute(statement.encode(), {**told, "who": other.annotator_id})


async def test_a_lease_cannot_be_handed_on_to_them(pool: Pool, walled: tuple[UUID, UUID]) -> None:
    who, tenant_id = walled
    other = await one(pool)
    told = {"now": NOW, "tenant": tenant_id}
    async with as_tenant(pool, tenant_id) as tx:
        await tx.connection.execute(LEASE.encode(), {**told, "who": other.annotator_id})
    with pytest.raises(psycopg.DatabaseError, match="a wall stands"):
        async with as_tenant(pool, tenant_id) as tx:
            await tx.connection.execute(
                "UPDATE work.assignment SET annotator_id = %s WHERE tenant_id = %s",
                [who, tenant_id],
            )


async def test_of_every_table_of_content_a_person_sees_no_row_behind_a_wall(
    database: Database, pool: Pool, rivals
) -> None:
    mine, theirs = (owner.tenant_id for owner in rivals)
    who = uuid4()
    fill_every_table(database.admin, (mine, theirs))
    with psycopg.connect(database.admin, autocommit=True) as superuser:
        superuser.execute("TRUNCATE walls.declaration, walls.exposure, tenants.party")
        superuser.execute(
            "INSERT INTO tenants.party (tenant_id, party_key) VALUES (%s, 'their key')", [theirs]
        )
        superuser.execute(
            "INSERT INTO walls.declaration (tenant_id, other_key, cooling_off_days)"
            " VALUES (%s, 'their key', 10)",
            [mine],
        )
    async with as_tenant(pool, mine) as tx:
        await tx.connection.execute(
            "INSERT INTO walls.exposure (tenant_id, person_id, first_day, last_day)"
            " VALUES (%s, %s, %s, %s)",
            [mine, who, day_of(NOW), day_of(NOW)],
        )

    async def rows(tenant_id: UUID, table: str, person: Person | None) -> int:
        with acting_as(person):
            async with as_tenant(pool, tenant_id) as tx:
                count = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(*table.split(".")))
                found = await (await tx.connection.execute(count)).fetchone()
        assert found is not None
        return found[0]

    today = Person(who, day_of(NOW))
    for table in WALLED:
        assert await rows(theirs, table, None) == 1, table
        assert await rows(mine, table, today) == 1, table
        assert await rows(theirs, table, Person(uuid4(), day_of(NOW))) == 1, table
        assert await rows(theirs, table, today) == 0, table
        assert await rows(theirs, table, Person(who, day_of(NOW) + timedelta(days=11))) == 1, table


async def test_feedback_and_contests_end_at_a_wall(pool: Pool, secret: Secret, rivals) -> None:
    who = await one(pool)
    first = await lent(pool, who)
    assert first is not None
    async with as_tenant(pool, first[0]) as tx:
        await pipeline.annotate(tx, first[1], answer(who, "cat"), now=NOW)
    later = NOW + timedelta(days=200)
    second = await lent(pool, who, now=later)
    assert second is not None
    assert second[0] != first[0]
    with (
        acting_as(Person(who.annotator_id, day_of(later))),
        pytest.raises(qualification.NothingToTell),
    ):
        async with as_tenant(pool, first[0]) as tx:
            await qualification.disclosed(tx, first[1], who.annotator_id, now=later)
    with pytest.raises(assignments.LeaseLost):
        async with as_tenant(pool, first[0]) as tx:
            await pipeline.show(tx, first[1], who.annotator_id, now=later)
