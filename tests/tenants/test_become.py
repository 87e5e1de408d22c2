"""A step that is one statement names its tenant itself, and the name ends with it."""

from work.opened import annotators, do_next, new_tasks, project

from evenhand.foundation.database import at_once

KEYS = b"SELECT k.tenant_id FROM tenants.api_key AS k"
SETTING = b"SELECT nullif(current_setting('backtrace_functions'), '')"


async def test_the_tenant_that_a_statement_becomes_ends_with_it(pool, tenant, rival):
    async with pool.connection() as connection:
        for owner in (tenant, rival):
            tx = at_once(connection, owner.tenant_id)
            await tx.connection.execute(
                b"SELECT tenants.become(%s, %s, true)",
                [owner.tenant_id, connection.proof(owner.tenant_id)],
            )
            assert await (await connection.execute(SETTING)).fetchall() == [(None,)]
            assert await (await connection.execute(KEYS)).fetchall() == []


async def test_a_statement_that_forgets_to_become_its_tenant_sees_nothing(pool, tenant):
    async with pool.connection() as connection:
        tx = at_once(connection, tenant.tenant_id)
        assert await (await tx.connection.execute(KEYS)).fetchall() == []


async def test_what_stands_behind_it_is_bound_by_it_whoever_it_is_called_with(pool, tenant, rival):
    await project(pool, rival)
    await new_tasks(pool, rival, 1)
    (anna,) = await annotators(pool, 1)
    assert await do_next(pool, anna, "cat")
    asked = (
        b"SELECT emptied.has_open FROM tenants.become(%s, %s, true)"
        b" CROSS JOIN LATERAL work.note_emptied(%s) AS emptied"
    )
    async with pool.connection() as connection:
        for as_whom, found in ((tenant, []), (rival, [(False,)])):
            me = as_whom.tenant_id
            cursor = await connection.execute(asked, [me, connection.proof(me), rival.tenant_id])
            assert await cursor.fetchall() == found
