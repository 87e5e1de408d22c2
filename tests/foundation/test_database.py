"""A tenant's transaction is whole, is the tenant's alone, and does not wait for ever."""

import asyncio
from uuid import uuid4

import pytest
from given import Database
from psycopg.errors import LockNotAvailable
from psycopg_pool import PoolTimeout

from evenhand import tenants
from evenhand.foundation import database
from evenhand.foundation.database import Pool, as_nobody, as_tenant, pool_of

SETTING = "SELECT nullif(current_setting('backtrace_functions'), '')::uuid"
RENAME = "UPDATE tenants.tenant SET name = 'renamed'"
NAME = "SELECT name FROM tenants.tenant"


async def test_what_a_transaction_did_is_there_for_the_next(
    pool: Pool, tenant: tenants.NewTenant
) -> None:
    async with as_tenant(pool, tenant.tenant_id) as tx:
        await tx.connection.execute(RENAME)
    async with as_tenant(pool, tenant.tenant_id) as tx:
        assert await (await tx.connection.execute(NAME)).fetchone() == ("renamed",)


async def _rename_and_fail(pool: Pool, tenant: tenants.NewTenant) -> None:
    async with as_tenant(pool, tenant.tenant_id) as tx:
        await tx.connection.execute(RENAME)
        raise ZeroDivisionError


async def test_an_error_undoes_the_whole_transaction_and_is_passed_on(
    pool: Pool, tenant: tenants.NewTenant
) -> None:
    with pytest.raises(ZeroDivisionError):
        await _rename_and_fail(pool, tenant)
    async with as_tenant(pool, tenant.tenant_id) as tx:
        assert await (await tx.connection.execute(NAME)).fetchone() == ("Acorn Labs",)


async def test_a_cancelled_transaction_is_undone_and_its_connection_serves_on(
    pool: Pool, tenant: tenants.NewTenant
) -> None:
    renamed = asyncio.Event()

    async def rename_and_wait() -> None:
        async with as_tenant(pool, tenant.tenant_id) as tx:
            await tx.connection.execute(RENAME)
            renamed.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(rename_and_wait())
    await renamed.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    for _ in range(10):
        async with as_tenant(pool, tenant.tenant_id) as tx:
            assert await (await tx.connection.execute(NAME)).fetchone() == ("Acorn Labs",)


async def test_the_tenant_is_set_inside_its_transaction_and_nowhere_else(pool: Pool) -> None:
    tenant_id = uuid4()
    async with as_tenant(pool, tenant_id) as tx:
        assert await (await tx.connection.execute(SETTING)).fetchone() == (tenant_id,)
    # Longer than the pool is large, so that the same connection comes round again.
    for _ in range(10):
        async with as_nobody(pool) as connection:
            assert await (await connection.execute(SETTING)).fetchone() == (None,)


async def test_transactions_of_two_tenants_at_once_do_not_mix(pool: Pool) -> None:
    async def own(number: int) -> bool:
        tenant_id = uuid4()
        async with as_tenant(pool, tenant_id) as tx:
            await tx.connection.execute("SELECT pg_sleep(0.001 * %s)", [number % 3])
            row = await (await tx.connection.execute(SETTING)).fetchone()
        return row == (tenant_id,)

    assert all(await asyncio.gather(*map(own, range(60))))


async def test_every_wait_has_an_end(pool: Pool) -> None:
    async with pool.connection() as connection:
        limits = [
            await (await connection.execute(f"SHOW {name}".encode())).fetchone()
            for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
        ]
    assert limits == [("1min",), ("10s",), ("2min",)]


async def test_whoever_waits_for_a_lock_too_long_is_told(
    pool: Pool, tenant: tenants.NewTenant
) -> None:
    async with as_tenant(pool, tenant.tenant_id) as first:
        await first.connection.execute(RENAME)
        async with as_nobody(pool) as waiting:
            await waiting.execute("SET LOCAL lock_timeout = '50ms'")
            with pytest.raises(LockNotAvailable):
                await waiting.execute("LOCK TABLE tenants.tenant IN ACCESS EXCLUSIVE MODE")


async def test_a_pool_that_is_used_up_gives_an_answer(
    shared_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "POOL_WAIT_SECONDS_MAX", 0.05)
    async with pool_of(shared_database.app, size=1) as small, as_nobody(small):
        with pytest.raises(PoolTimeout):
            async with as_nobody(small):
                pass
