"""What one tenant can learn of another: nothing, not even from an error."""

import re
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from given import NOW, Database
from psycopg import errors, sql
from psycopg.errors import ForeignKeyViolation, InsufficientPrivilege
from tenants.filled import fill_every_table

import evenhand
from evenhand import tenants
from evenhand.foundation.database import Pool, Tx, as_nobody, as_tenant
from evenhand.foundation.proofs import Proofs
from evenhand.foundation.secret import Secret

PROJECT = UUID(int=7)


async def _open_project(tx: Tx, name: str = "cats") -> None:
    await tx.connection.execute(
        "INSERT INTO work.project (tenant_id, project_id, is_test, name, type, created_at) "
        "VALUES (%s, %s, false, %s, 'categorization', %s)",
        [tx.tenant_id, PROJECT, name, NOW],
    )


async def _open_batch(tx: Tx, project_id: UUID) -> None:
    await tx.connection.execute(
        "INSERT INTO work.batch (tenant_id, batch_id, project_id, is_test, name, status,"
        "                        created_at) "
        "VALUES (%s, %s, %s, false, 'b', 'staging', %s)",
        [tx.tenant_id, uuid4(), project_id, NOW],
    )


async def test_in_every_table_a_tenant_sees_its_own_rows_and_nobody_sees_any(
    database: Database, pool: Pool
) -> None:
    mine, theirs = UUID(int=1), UUID(int=2)
    tables = fill_every_table(database.admin, (mine, theirs))
    assert len(tables) > 15
    for table in tables:
        everything = sql.SQL("SELECT tenant_id FROM {}").format(table)
        async with as_tenant(pool, mine) as tx:
            assert await (await tx.connection.execute(everything)).fetchall() == [(mine,)], table
        async with as_nobody(pool) as connection:
            assert await (await connection.execute(everything)).fetchall() == [], table


async def test_in_every_table_a_row_for_a_rival_is_refused(database: Database, pool: Pool) -> None:
    mine, theirs = UUID(int=1), UUID(int=2)
    tables = fill_every_table(database.admin, (mine, theirs))
    for table in tables:
        insert = sql.SQL("INSERT INTO {} (tenant_id) VALUES (%s)").format(table)
        async with as_tenant(pool, mine) as tx:
            await tx.connection.execute(insert, [mine])
        with pytest.raises(InsufficientPrivilege, match="row-level security"):
            async with as_tenant(pool, mine) as tx:
                await tx.connection.execute(insert, [theirs])


async def test_in_every_table_an_update_without_a_condition_stops_at_the_wall(
    database: Database, pool: Pool
) -> None:
    mine, theirs = UUID(int=1), UUID(int=2)
    tables = fill_every_table(database.admin, (mine, theirs))
    with psycopg.connect(database.admin) as superuser:
        for table in tables:
            superuser.execute(sql.SQL("GRANT ALL ON {} TO evenhand_app").format(table))
    for table in tables:
        async with as_tenant(pool, mine) as tx:
            update = sql.SQL("UPDATE {} SET tenant_id = tenant_id").format(table)
            assert (await tx.connection.execute(update)).rowcount == 1, table
            delete = sql.SQL("DELETE FROM {}").format(table)
            assert (await tx.connection.execute(delete)).rowcount == 1, table


async def test_a_row_cannot_be_handed_to_a_rival(
    pool: Pool, tenant: tenants.NewTenant, rival: tenants.NewTenant
) -> None:
    async with as_tenant(pool, tenant.tenant_id) as tx:
        await _open_project(tx)
    with pytest.raises(InsufficientPrivilege, match="row-level security"):
        async with as_tenant(pool, tenant.tenant_id) as tx:
            await tx.connection.execute("UPDATE work.project SET tenant_id = %s", [rival.tenant_id])


async def test_a_pooled_connection_forgets_whose_it_was(
    database: Database, secret: Secret, tenant: tenants.NewTenant
) -> None:
    connection = await psycopg.AsyncConnection.connect(database.app, autocommit=True)
    async with connection:
        count = "SELECT count(*) FROM tenants.tenant"
        async with connection.transaction():
            await connection.execute(
                "SELECT tenants.become(%s, %s, false)",
                [tenant.tenant_id, Proofs(secret).of(tenant.tenant_id)],
            )
            assert await (await connection.execute(count)).fetchone() == (1,)
        # PostgreSQL leaves an empty setting behind, which must be nobody and no error.
        assert await (await connection.execute(count)).fetchone() == (0,)


async def test_equal_keys_of_two_tenants_do_not_collide(
    pool: Pool, tenant: tenants.NewTenant, rival: tenants.NewTenant
) -> None:
    for owner in (tenant, rival):
        async with as_tenant(pool, owner.tenant_id) as tx:
            await _open_project(tx, "cats")
            cursor = await tx.connection.execute("SELECT tenant_id FROM work.project")
            assert await cursor.fetchall() == [(owner.tenant_id,)]


async def test_a_rivals_row_cannot_be_referenced_and_the_error_tells_nothing(
    pool: Pool, tenant: tenants.NewTenant, rival: tenants.NewTenant
) -> None:
    async with as_tenant(pool, rival.tenant_id) as tx:
        await _open_project(tx)
    said: list[str] = []
    for project_id in (PROJECT, UUID(int=8)):
        with pytest.raises(ForeignKeyViolation) as refusal:
            async with as_tenant(pool, tenant.tenant_id) as tx:
                await _open_batch(tx, project_id)
        said.append(re.sub(str(project_id), "<id>", str(refusal.value)))
    assert said[0] == said[1]


async def test_the_reference_is_good_for_whoever_owns_the_row(
    pool: Pool, rival: tenants.NewTenant
) -> None:
    async with as_tenant(pool, rival.tenant_id) as tx:
        await _open_project(tx)
        await _open_batch(tx, PROJECT)


@pytest.mark.parametrize(
    "peek",
    [
        "SELECT query FROM pg_stat_activity",
        "SELECT * FROM pg_statistic",
        "SELECT rolpassword FROM pg_authid",
        "SET ROLE evenhand_owner",
        "SET ROLE evenhand_dispatcher",
        "ALTER TABLE work.task DISABLE ROW LEVEL SECURITY",
        "ALTER ROLE evenhand_app BYPASSRLS",
        "CREATE TABLE work.copy AS SELECT task_id FROM work.task",
        "COPY work.task TO PROGRAM 'cat'",
    ],
)
async def test_the_application_cannot_go_around_the_wall(tx: Tx, peek: str) -> None:
    with pytest.raises(InsufficientPrivilege):
        await tx.connection.execute(peek.encode())


async def test_turning_row_security_off_is_an_error_and_not_a_way_through(tx: Tx) -> None:
    await tx.connection.execute("SET LOCAL row_security = off")
    with pytest.raises(InsufficientPrivilege, match="row-level security"):
        await tx.connection.execute("SELECT tenant_id FROM tenants.tenant")


async def test_the_planners_statistics_show_nothing_of_what_tenants_wrote(
    database: Database, pool: Pool, tenant: tenants.NewTenant, rival: tenants.NewTenant
) -> None:
    with psycopg.connect(database.admin, autocommit=True) as superuser:
        superuser.execute("ANALYZE")
        assert superuser.execute(
            "SELECT count(*) > 0 FROM pg_stats WHERE schemaname = 'tenants'"
        ).fetchone() == (True,)
        # Where no superuser migrated, the view itself is open.
        superuser.execute("GRANT SELECT ON pg_stats TO evenhand_app")
    async with as_tenant(pool, tenant.tenant_id) as tx:
        cursor = await tx.connection.execute(
            "SELECT tablename FROM pg_stats WHERE schemaname = 'tenants' AND tablename <> 'door'"
        )
        assert await cursor.fetchall() == []


# By these whoever asks is somebody, so few lines set them, and each of them was read.
SETTERS = {
    "foundation/database.py": 2,  # opens the transaction of a tenant, for a person on a day
}


def test_only_one_door_sets_whose_eyes_are_looked_with() -> None:
    source = Path(evenhand.__file__).parent
    sets = re.compile(r"(set_config\(|\bSET\s+(LOCAL\s+|SESSION\s+)?)'?evenhand\.", re.IGNORECASE)
    found = {
        str(path.relative_to(source)): count
        for path in (*source.rglob("*.py"), *source.rglob("*.sql"))
        if "migrations" not in path.parts and path.name != "schema.sql"
        if (count := len(sets.findall(path.read_text(encoding="utf-8"))))
    }
    assert found == SETTERS


async def test_no_second_statement_can_be_brought_into_one_with_parameters(
    tx: Tx, rival: tenants.NewTenant
) -> None:
    smuggled = f"SELECT %s::int; SET LOCAL evenhand.tenant_id = '{rival.tenant_id}'"
    with pytest.raises(errors.SyntaxError, match="multiple commands"):
        await tx.connection.execute(smuggled.encode(), [1])
