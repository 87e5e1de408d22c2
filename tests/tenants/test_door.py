"""In whose name a transaction is, needs a proof that only a server with the secret can make."""

from collections.abc import Iterator
from uuid import UUID

import psycopg
import pytest
from given import NOW, Database
from psycopg import errors
from psycopg.conninfo import make_conninfo

from evenhand import tenants
from evenhand.foundation import migrate
from evenhand.foundation.database import Pool, as_tenant, pool_of
from evenhand.foundation.proofs import Proofs
from evenhand.foundation.secret import Secret
from evenhand.tenants import canary

SEEN = "SELECT tenant_id FROM tenants.api_key"
OTHER_SECRET = Secret(b"the secret of some other installation")
OF_POLICY = """
SELECT DISTINCT substring(pg_get_expr(polqual, polrelid) FROM 'current_setting\\(''(.*?)''')
  FROM pg_policy WHERE polname = 'one_tenant'
"""
EARLIER = "evenhand"  # as servers of the version before call themselves

WAYS = {
    "a setting": "SET LOCAL evenhand.tenant_id = '{rival}'",
    "the setting that counts": "SET LOCAL backtrace_functions = '{plain}'",
    "a setting in an expression": "SELECT set_config('backtrace_functions', '{plain}', true)",
    "the view of settings": (
        "UPDATE pg_settings SET setting = '{plain}' WHERE name = 'backtrace_functions'"
    ),
    "the function without a proof": "SELECT tenants.become('{rival}', NULL, false)",
    "the function with one's own proof": "SELECT tenants.become('{rival}', '{proof}', false)",
    "the function of the version before": "SELECT tenants.become('{rival}')",
    "a function of one's own with the setting": (
        "CREATE FUNCTION pg_temp.be() RETURNS SETOF uuid LANGUAGE sql"
        " SET backtrace_functions = '{plain}' AS '" + SEEN + "'"
    ),
    "another key": "SELECT tenants.keep_door_key(decode(repeat('00', 32), 'hex'))",
    "the doorkeeper's role": "SET LOCAL ROLE evenhand_doorkeeper",
    "what was set before": "RESET ALL",
}


@pytest.mark.parametrize("way", WAYS)
async def test_no_statement_makes_a_transaction_a_rivals(
    pool: Pool, tenant: tenants.NewTenant, rival: tenants.NewTenant, way: str
) -> None:
    async with pool.connection() as connection:
        proof = connection.proof(tenant.tenant_id)
        statement = WAYS[way].format(
            rival=rival.tenant_id, plain=rival.tenant_id.hex, proof=f"\\x{proof.hex()}"
        )
        await connection.execute("BEGIN")
        await connection.execute("SELECT tenants.become(%s, %s, false)", [tenant.tenant_id, proof])
        await connection.execute("SAVEPOINT before")
        try:
            await connection.execute(statement.encode())
        except errors.InsufficientPrivilege:
            await connection.execute("ROLLBACK TO before")
        seen = {row[0] for row in await (await connection.execute(SEEN)).fetchall()}
        assert seen <= {tenant.tenant_id}
        await connection.rollback()


async def test_a_pool_with_another_secret_is_nobody(
    pool: Pool, database: Database, tenant: tenants.NewTenant
) -> None:
    for proofs in (Proofs(OTHER_SECRET), None):
        async with pool_of(database.app, size=1, proofs=proofs) as other:
            with pytest.raises(errors.InsufficientPrivilege, match="has not proved"):
                async with as_tenant(other, tenant.tenant_id):
                    pass


async def test_a_server_with_another_secret_does_not_replace_the_key(
    database: Database, secret: Secret, tenant: tenants.NewTenant
) -> None:
    with pytest.raises(canary.WrongSecret):
        canary.prove(database.app, OTHER_SECRET, lambda: OTHER_SECRET)
    canary.prove(database.app, secret, lambda: secret)


def test_while_there_is_no_tenant_the_key_is_the_last_servers(
    database: Database, secret: Secret
) -> None:
    canary_free = "DELETE FROM tenants.canary"
    for one in (OTHER_SECRET, secret):
        canary.prove(database.app, one, lambda: OTHER_SECRET)
        with psycopg.connect(database.admin) as superuser:
            superuser.execute(canary_free)


async def test_one_tenants_proof_is_not_anothers(secret: Secret) -> None:
    proofs = Proofs(secret)
    assert len({proofs.of(UUID(int=number)) for number in range(100)}) == 100
    assert {len(proofs.of(UUID(int=number))) for number in range(100)} == {32}


@pytest.fixture
def opened(database: Database) -> Iterator[psycopg.Connection]:
    """A database whose door stands open, as an upgrade finds it."""
    with psycopg.connect(database.admin, autocommit=True) as superuser:
        superuser.execute(
            "DO $$ DECLARE one record; BEGIN FOR one IN"
            " SELECT format('ALTER POLICY %I ON %s USING (%s)', polname, polrelid::regclass,"
            "  replace(pg_get_expr(polqual, polrelid), 'backtrace_functions',"
            "          'evenhand.tenant_id')) AS altered FROM pg_policy"
            " WHERE polname IN ('one_tenant', 'one_wall')"
            " LOOP EXECUTE one.altered; END LOOP; END $$"
        )
        superuser.execute("UPDATE tenants.door SET is_closed = false")
        yield superuser


async def test_an_open_door_serves_and_is_told_of(
    opened: psycopg.Connection, pool: Pool, secret: Secret
) -> None:
    made = await tenants.create(pool, secret, "Acorn Labs", now=NOW)
    async with as_tenant(pool, made.tenant_id) as tx:
        assert (await tenants.tenant_of(tx)).tenant_id == made.tenant_id
    async with pool.connection() as connection:
        assert await tenants.firewall.check(connection) == []
        (told,) = await tenants.firewall.still_open(connection)
    assert "evenhand migrate" in told


async def test_the_door_is_closed_once_no_server_of_the_version_before_is_there(
    opened: psycopg.Connection, pool: Pool, database: Database, tenant: tenants.NewTenant
) -> None:
    with psycopg.connect(make_conninfo(database.app, application_name=EARLIER)):
        migrate.migrate(database.admin)
        assert opened.execute(OF_POLICY).fetchall() == [("evenhand.tenant_id",)]
    while opened.execute(
        "SELECT FROM pg_stat_activity WHERE application_name = %s", [EARLIER]
    ).fetchall():
        pass
    migrate.migrate(database.admin)
    assert opened.execute(OF_POLICY).fetchall() == [("backtrace_functions",)]
    async with as_tenant(pool, tenant.tenant_id) as tx:
        assert (await tenants.tenant_of(tx)).tenant_id == tenant.tenant_id
    async with pool.connection() as connection:
        assert await tenants.firewall.check(connection) == []
        assert await tenants.firewall.still_open(connection) == []


async def test_a_table_made_later_asks_the_closed_door_too(database: Database, pool: Pool) -> None:
    with psycopg.connect(database.admin) as superuser:
        superuser.execute(
            "CREATE POLICY later ON tenants.door USING"
            " (only_row = nullif(current_setting('evenhand.tenant_id', true), '')::boolean)"
        )
    migrate.migrate(database.admin)
    with psycopg.connect(database.admin) as superuser:
        (said,) = superuser.execute(
            "SELECT pg_get_expr(polqual, polrelid) FROM pg_policy WHERE polname = 'later'"
        ).fetchall()
        assert "backtrace_functions" in said[0]
        superuser.execute("DROP POLICY later ON tenants.door")
