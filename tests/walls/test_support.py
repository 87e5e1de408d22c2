"""Staff see a tenant's task by two of them, for a reason, for a while, and on record."""

import json
from datetime import timedelta
from uuid import UUID

import pytest
from given import NOW
from work.opened import new_tasks, project

from evenhand import ledger, tenants, walls
from evenhand.foundation.database import Person, Pool, acting_as, as_tenant, day_of
from evenhand.foundation.secret import Secret
from evenhand.walls import support


@pytest.fixture
async def staff(pool: Pool) -> list[walls.Staff]:
    async with pool.connection() as connection:
        return [await walls.add_staff(connection, name, now=NOW) for name in ("Ada", "Bob")]


async def requested(pool: Pool, owner: tenants.NewTenant, who: walls.Staff) -> UUID:
    async with as_tenant(pool, owner.tenant_id) as tx:
        made = await walls.request_access(tx, who, reason="A ticket of yours.", hours=2, now=NOW)
    return made.grant_id


async def looked(pool: Pool, owner: tenants.NewTenant, grant_id: UUID, who: walls.Staff, **told):
    now = told.get("now", NOW)
    with acting_as(Person(who.staff_id, day_of(now))):
        async with as_tenant(pool, owner.tenant_id) as tx:
            await walls.open_access(tx, grant_id, who, "a task", now=now)


async def told(pool: Pool, owner: tenants.NewTenant) -> list[str]:
    """The kinds of what the tenant's log tells of its support."""
    async with as_tenant(pool, owner.tenant_id) as tx:
        cursor = await tx.connection.execute("SELECT event FROM ledger.entry ORDER BY entry_id")
        kinds = [json.loads(event)["kind"] for (event,) in await cursor.fetchall()]
    return [kind for kind in kinds if kind.startswith("support.")]


async def test_it_takes_a_second_person_and_ends_by_itself(
    pool: Pool, tenant: tenants.NewTenant, staff: list[walls.Staff]
) -> None:
    ada, bob = staff
    grant_id = await requested(pool, tenant, ada)
    with pytest.raises(support.NoAccess):
        await looked(pool, tenant, grant_id, ada)
    with pytest.raises(support.SamePerson):
        async with as_tenant(pool, tenant.tenant_id) as tx:
            await walls.approve_access(tx, grant_id, ada, now=NOW)
    async with as_tenant(pool, tenant.tenant_id) as tx:
        await walls.approve_access(tx, grant_id, bob, now=NOW)
    with pytest.raises(support.NoSuchGrant):
        async with as_tenant(pool, tenant.tenant_id) as tx:
            await walls.approve_access(tx, grant_id, bob, now=NOW + timedelta(hours=1))
    await looked(pool, tenant, grant_id, ada)
    with pytest.raises(support.NoAccess):
        await looked(pool, tenant, grant_id, bob)
    with pytest.raises(support.NoAccess):
        await looked(pool, tenant, grant_id, ada, now=NOW + timedelta(hours=2))
    assert await told(pool, tenant) == ["support.requested", "support.approved", "support.shown"]


async def test_it_can_be_ended_before_and_the_tenant_is_told_all_of_it(
    pool: Pool, tenant: tenants.NewTenant, staff: list[walls.Staff]
) -> None:
    ada, bob = staff
    grant_id = await requested(pool, tenant, ada)
    async with as_tenant(pool, tenant.tenant_id) as tx:
        await walls.approve_access(tx, grant_id, bob, now=NOW)
        await walls.end_access(tx, grant_id, now=NOW + timedelta(minutes=1))
    with pytest.raises(support.NoAccess):
        await looked(pool, tenant, grant_id, ada, now=NOW + timedelta(minutes=2))
    assert (await told(pool, tenant))[-1] == "support.ended"


async def test_what_staff_saw_is_disclosed_and_walls_them_off_from_rivals(
    pool: Pool, secret: Secret, tenant: tenants.NewTenant, rival: tenants.NewTenant,
    staff: list[walls.Staff],
) -> None:  # fmt: skip
    ada, bob = staff
    named = walls.Rival(other="Bramble AI", cooling_off_days=30, by="tenant")
    async with as_tenant(pool, tenant.tenant_id) as tx:
        await walls.declare(tx, secret, named, now=NOW)
    for owner in (tenant, rival):
        await project(pool, owner)
        await new_tasks(pool, owner, 1)
        grant_id = await requested(pool, owner, ada)
        async with as_tenant(pool, owner.tenant_id) as tx:
            await walls.approve_access(tx, grant_id, bob, now=NOW)
        if owner is tenant:
            await looked(pool, owner, grant_id, ada)
        else:
            with pytest.raises(support.BehindAWall):
                await looked(pool, owner, grant_id, ada)
    async with as_tenant(pool, tenant.tenant_id) as tx:
        await ledger.sequence(tx, now=NOW)
        (shown,) = (await ledger.disclosures(tx, before=None, limit=10)).disclosures
    assert (shown.is_staff, shown.person_id, shown.task_id) == (True, ada.staff_id, "a task")
    with acting_as(Person(ada.staff_id, day_of(NOW))):
        async with as_tenant(pool, rival.tenant_id) as tx:
            cursor = await tx.connection.execute("SELECT count(*) FROM work.task")
            assert await cursor.fetchone() == (0,)


@pytest.mark.parametrize(("reason", "hours"), [("", 1), (" ", 1), ("x", 0), ("x", 25)])
async def test_access_without_reason_or_end_is_refused(
    pool: Pool, tenant: tenants.NewTenant, staff: list[walls.Staff], reason: str, hours: int
) -> None:
    with pytest.raises(support.BadRequest):
        async with as_tenant(pool, tenant.tenant_id) as tx:
            await walls.request_access(tx, staff[0], reason=reason, hours=hours, now=NOW)
