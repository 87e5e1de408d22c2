"""One row of each tenant in every table of tenants."""

from collections.abc import Sequence
from uuid import UUID

import psycopg
from psycopg import sql

TENANT_TABLES = """
SELECT namespace.nspname, class.relname
  FROM pg_class AS class
  JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
  JOIN pg_attribute ON attrelid = class.oid AND attname = 'tenant_id'
 WHERE class.relkind = 'r'
 ORDER BY 1, 2
"""
# Everything that makes a row hard to invent is taken away; the policies stay.
STRIPPED = """
DO $$
DECLARE it record;
BEGIN
    FOR it IN SELECT conrelid::regclass AS name, conname FROM pg_constraint
               JOIN pg_attribute ON attrelid = conrelid AND attname = 'tenant_id'
               WHERE contype IN ('c', 'f') LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', it.name, it.conname);
    END LOOP;
    FOR it IN SELECT conrelid::regclass AS name, conname FROM pg_constraint
               JOIN pg_attribute ON attrelid = conrelid AND attname = 'tenant_id'
               WHERE contype IN ('p', 'u') LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', it.name, it.conname);
    END LOOP;
    FOR it IN SELECT c.attrelid::regclass AS name, c.attname FROM pg_attribute AS c
               JOIN pg_attribute AS t ON t.attrelid = c.attrelid AND t.attname = 'tenant_id'
               JOIN pg_class ON pg_class.oid = c.attrelid AND relkind = 'r'
               WHERE c.attnum > 0 AND c.attnotnull AND c.attname <> 'tenant_id' LOOP
        EXECUTE format('ALTER TABLE %s ALTER %I DROP NOT NULL', it.name, it.attname);
    END LOOP;
END
$$
"""


def fill_every_table(admin: str, owners: Sequence[UUID]) -> list[sql.Identifier]:
    """Put one row of each tenant into every table of tenants, and name the tables."""
    with psycopg.connect(admin) as superuser:
        superuser.execute(STRIPPED)
        # Without triggers, by which a row in one table would put more into another.
        superuser.execute("SET LOCAL session_replication_role = replica")
        tables = [sql.Identifier(*row) for row in superuser.execute(TENANT_TABLES).fetchall()]
        for table in tables:
            superuser.execute(sql.SQL("DELETE FROM {}").format(table))
            for owner in owners:
                superuser.execute(
                    sql.SQL("INSERT INTO {} (tenant_id) VALUES (%s)").format(table), [owner]
                )
    return tables
