"""The firewall's check finds every hole that is planted, and none in what the migrations made.

A fault is planted by the superuser in a transaction that is rolled back, and looked for in
the same transaction as the application's role: roles are shared by all databases of a server,
so a committed fault would open the wall for tests that run beside this one.
"""

from collections.abc import AsyncIterator, Iterator

import psycopg
import pytest
from given import Database
from psycopg.conninfo import make_conninfo
from tenants.planted import BACK, FAULTS, OWNER, SOUND_TABLE

from evenhand.foundation.database import Connection, Pool, pool_of
from evenhand.tenants import firewall


@pytest.fixture
def alone(server: str) -> Iterator[None]:
    """Let one test at a time change roles, whichever worker it runs in."""
    with psycopg.connect(make_conninfo(server, dbname="postgres")) as connection:
        connection.execute("SELECT pg_advisory_lock(7)")
        yield


@pytest.fixture
async def superuser(shared_database: Database, alone: None) -> AsyncIterator[Connection]:
    connection = await psycopg.AsyncConnection.connect(shared_database.admin)
    try:
        yield connection
    finally:
        await connection.rollback()
        await connection.close()


async def holes(superuser: Connection, fault: str) -> list[str]:
    """Plant a fault and return what the application's role finds."""
    await superuser.execute(fault.encode())
    await superuser.execute("SET LOCAL SESSION AUTHORIZATION evenhand_app")
    return await firewall.check(superuser) + await firewall.still_open(superuser)


async def test_what_the_migrations_make_has_no_hole(pool: Pool) -> None:
    async with pool.connection() as connection:
        assert await firewall.check(connection) == []
        assert await firewall.still_open(connection) == []
    await firewall.require(pool)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT pg_stat_get_backend_pid(1)",
        "SELECT * FROM pg_locks",
        "SELECT lo_creat(-1)",
        "SELECT lo_from_bytea(0, 'kept past every policy')",
        "SELECT pg_advisory_lock(1)",
        "SELECT pg_try_advisory_xact_lock(1, 2)",
        "SELECT pg_terminate_backend(1)",
        "SELECT pg_stat_get_tuples_inserted('work.task'::regclass)",
        "SELECT * FROM pg_stats",
        "SELECT * FROM pg_stats_ext",
        "SELECT * FROM pg_statistic",
    ],
)
async def test_what_tells_of_other_sessions_is_closed_to_the_server(pool: Pool, statement: str):
    async with pool.connection() as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await connection.execute(statement.encode())


async def test_what_only_a_superuser_can_close_keeps_no_server_from_running(
    superuser: Connection,
) -> None:
    await superuser.execute("GRANT SELECT ON pg_locks TO PUBLIC")
    await superuser.execute("SET LOCAL SESSION AUTHORIZATION evenhand_app")
    assert await firewall.check(superuser) == []
    assert len(await firewall.still_open(superuser)) == 1


async def test_a_new_table_that_keeps_the_rules_is_no_hole(superuser: Connection) -> None:
    assert await holes(superuser, OWNER + SOUND_TABLE + BACK) == []


async def test_temporary_tables_are_no_hole(pool: Pool) -> None:
    async with pool.connection() as connection:
        await connection.execute("CREATE TEMPORARY TABLE staging (line text)")
        assert await firewall.check(connection) == []


async def test_a_server_logged_in_as_superuser_is_refused(shared_database: Database) -> None:
    async with pool_of(shared_database.admin, size=2) as pool:
        with pytest.raises(firewall.FirewallBroken, match="logged in as postgres"):
            await firewall.require(pool)


async def test_a_superuser_who_only_plays_the_application_is_refused(
    superuser: Connection,
) -> None:
    await superuser.execute("SET LOCAL ROLE evenhand_app")
    found = await firewall.check(superuser)
    assert len(found) == 1
    assert "logged in as postgres" in found[0]


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_planted_fault_is_found(superuser: Connection, fault: str) -> None:
    statement, sentence = FAULTS[fault]
    found = await holes(superuser, statement)
    assert [hole for hole in found if sentence in hole], found


async def test_every_rule_of_the_firewall_has_found_a_fault(superuser: Connection) -> None:
    # A rule that none of the faults above sets off would be decoration.
    silent = firewall.RULES | firewall.OPEN
    for statement, _ in FAULTS.values():
        async with superuser.transaction(force_rollback=True):
            await superuser.execute(statement.encode())
            for name, rule in list(silent.items()):
                cursor = await superuser.execute(firewall.LISTS + rule)
                if name != "login" and await cursor.fetchall():
                    del silent[name]
    # Who the server logs in as has tests of its own above.
    assert set(silent) == {"login"}
