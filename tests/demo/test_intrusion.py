"""The demo's intruder sees nothing through the tables, and would notice if it did."""

import psycopg
from given import Database

from evenhand import tenants
from evenhand.demo import intrusion
from evenhand.foundation.database import Pool


async def test_a_tenant_sees_no_row_of_its_rival_in_any_table(
    pool: Pool, tenant: tenants.NewTenant, rival: tenants.NewTenant
):
    found = await intrusion.through_the_database(pool, tenant.tenant_id)
    assert found.tables > 15
    assert found.foreign_seen == 0


async def test_outside_of_any_tenant_nothing_is_seen(
    pool: Pool, tenant: tenants.NewTenant, rival: tenants.NewTenant
):
    found = await intrusion.without_a_tenant(pool, tenant.tenant_id)
    assert found.tables > 15
    assert found.foreign_seen == 0


async def test_an_owners_view_that_shows_everything_is_noticed(
    pool: Pool, database: Database, tenant: tenants.NewTenant, rival: tenants.NewTenant
):
    with psycopg.connect(database.admin, autocommit=True) as connection:
        connection.execute("CREATE VIEW work.leak AS SELECT tenant_id FROM tenants.tenant")
        connection.execute("GRANT SELECT ON work.leak TO evenhand_app")
    inside = await intrusion.through_the_database(pool, tenant.tenant_id)
    outside = await intrusion.without_a_tenant(pool, tenant.tenant_id)
    assert inside.foreign_seen == 1
    assert outside.foreign_seen == 2


async def test_a_table_whose_policy_is_switched_off_is_noticed(
    pool: Pool, database: Database, tenant: tenants.NewTenant, rival: tenants.NewTenant
):
    with psycopg.connect(database.admin, autocommit=True) as connection:
        connection.execute("ALTER TABLE tenants.api_key DISABLE ROW LEVEL SECURITY")
    found = await intrusion.through_the_database(pool, tenant.tenant_id)
    assert found.foreign_seen == 2
