"""Statements that look for a rival's rows find none, and find each hole that is planted."""

import psycopg
import pytest
from bench import attempts, statements
from given import Database

from evenhand.foundation.proofs import Proofs
from evenhand.foundation.secret import Secret

STATEMENTS = 4_000
FOUND_WITHIN = 6_000
HOLES = {
    "a table without row security": "ALTER TABLE work.annotation DISABLE ROW LEVEL SECURITY",
    "a policy for everybody": "CREATE POLICY more ON work.verdict USING (true)",
    "a policy that admits rows that are written": (
        "CREATE POLICY more ON delivery.callback FOR DELETE USING (true);"
        "CREATE POLICY seen ON delivery.callback FOR SELECT USING (true)"
    ),
    "a function that runs as a superuser": (
        "CREATE FUNCTION work.told() RETURNS SETOF text LANGUAGE sql SECURITY DEFINER "
        "AS 'SELECT a::text FROM work.annotation AS a'"
    ),
    "an error that quotes": (
        "CREATE FUNCTION work.told() RETURNS int LANGUAGE sql SECURITY DEFINER "
        "AS 'SELECT max(name)::int FROM tenants.tenant'"
    ),
    "a tenant that anybody may set": ("GRANT SET ON PARAMETER backtrace_functions TO evenhand_app"),
    "a key that anybody may read": "GRANT SELECT ON tenants.door TO evenhand_app",
    "samples of rows": "GRANT SELECT ON pg_statistic TO evenhand_app",
    "a view of the owner's": (
        "CREATE VIEW pg_catalog.told AS SELECT name FROM tenants.tenant;"
        "GRANT SELECT ON pg_catalog.told TO evenhand_app"
    ),
}


@pytest.fixture
def proof(secret: Secret) -> bytes:
    return Proofs(secret).of(statements.MINE)


@pytest.fixture
def tried() -> statements.Tried:
    return statements.Tried()


def test_no_statement_of_the_application_tells_of_a_rival(
    database: Database, tried: statements.Tried, proof: bytes
) -> None:
    there = statements.filled(database.admin)
    assert len(there.tables) > 40
    statements.attack(database.app, there, tried, proof=proof, statements=STATEMENTS, seed=1)
    assert tried.leaks == []
    assert set(tried.kinds) == set(attempts.KINDS)
    # Most of them are sound, and see the tenant's own rows.
    assert tried.refused < STATEMENTS / 2
    assert tried.rows > STATEMENTS


@pytest.mark.parametrize("hole", HOLES)
def test_a_planted_hole_is_found(
    database: Database, tried: statements.Tried, proof: bytes, hole: str
) -> None:
    with psycopg.connect(database.admin) as superuser:
        superuser.execute("SET LOCAL allow_system_table_mods = on")
        superuser.execute(HOLES[hole].encode())
    there = statements.filled(database.admin)
    tried.leaks_max = 1
    statements.attack(database.app, there, tried, proof=proof, statements=FOUND_WITHIN, seed=2)
    assert tried.leaks
