"""Stakes are published, and change nothing: who decides may not read them."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

import psycopg
import pytest
from given import NOW, Database
from psycopg import sql
from psycopg.conninfo import make_conninfo
from work.opened import annotators, answer, new_tasks, project

from evenhand import pipeline, tenants, walls, workforce
from evenhand.foundation import migrate
from evenhand.foundation.database import Pool, as_tenant, pool_of
from evenhand.foundation.proofs import Proofs
from evenhand.foundation.secret import Secret
from evenhand.walls import stakes

TASKS = 15
MAY_READ = """
SELECT count(*) FROM pg_attribute
 WHERE attrelid = 'walls.stake'::regclass AND attnum > 0
   AND has_column_privilege('evenhand_dispatcher', attrelid, attnum, 'SELECT')
"""


def stake(owned: str, percent: str, seconds: int = 0) -> walls.Stake:
    return walls.Stake(
        owner="Bramble AI",
        owned=owned,
        percent=Decimal(percent),
        declared_at=NOW + timedelta(seconds=seconds),
    )


async def test_the_latest_stake_of_two_parties_holds_until_it_is_none(pool: Pool) -> None:
    async with pool.connection() as connection:
        for one in (stake("Evenhand", "49"), stake("Acorn", "10.5"), stake("Evenhand", "20", 1)):
            await walls.declare_stake(connection, one)
        held = await walls.published_stakes(connection)
        assert [(one.owned, one.percent) for one in held] == [
            ("Evenhand", Decimal(20)), ("Acorn", Decimal("10.5")),
        ]  # fmt: skip
        await walls.declare_stake(connection, stake("Evenhand", "0", 2))
        assert [one.owned for one in await walls.published_stakes(connection)] == ["Acorn"]


@pytest.mark.parametrize(
    ("owned", "percent"), [("Bramble AI", "1"), ("", "1"), ("Acorn", "101"), ("Acorn", "-1")]
)
async def test_what_is_no_stake_is_refused(pool: Pool, owned: str, percent: str) -> None:
    async with pool.connection() as connection:
        with pytest.raises(stakes.BadStake):
            await walls.declare_stake(connection, stake(owned, percent))


async def test_a_stake_of_49_percent_changes_no_decision(
    server: str, database: Database, secret: Secret
) -> None:
    async with pool_of(database.app, size=2, proofs=Proofs(secret)) as pool:
        for name in ("Acorn Labs", "Bramble AI", "Clover"):
            owner = await tenants.create(pool, secret, name, now=NOW)
            await project(pool, owner, annotations=2)
            await new_tasks(pool, owner, TASKS)
        people = await annotators(pool, 4)
        # The first decision draws the handles by which equal tags fall.
        lent = await pipeline.dispatch(pool, people[0], now=NOW)
        assert lent is not None
    other = _copied(server, database)
    plain = await _decided(database.app, secret, people, [])
    declared = [stake("Evenhand", "49"), stake("Clover", "49")]
    owned = await _decided(other.app, secret, people, declared)
    assert len(plain) == 3 * TASKS * 2 - 1
    assert owned == plain
    with psycopg.connect(database.admin) as superuser:
        assert superuser.execute(MAY_READ).fetchone() == (0,)


async def _decided(
    app: str,
    secret: Secret,
    people: Sequence[workforce.Annotator],
    declared: Sequence[walls.Stake],
) -> list[tuple[str, str]]:
    """Who is lent what, in order, until nothing is left."""
    found: list[tuple[str, str]] = []
    async with pool_of(app, size=2, proofs=Proofs(secret)) as pool:
        async with pool.connection() as connection:
            for one in declared:
                await walls.declare_stake(connection, one)
        idle = 0
        while idle < len(people):
            who = people[len(found) % len(people) - idle]
            lent = await pipeline.dispatch(pool, who, now=NOW)
            if lent is None:
                idle += 1
                continue
            idle = 0
            tenant_id, assignment = lent
            found.append((str(who.annotator_id), str(assignment.assignment_id)))
            async with as_tenant(pool, tenant_id) as tx:
                given = answer(who, "cat")
                await pipeline.annotate(tx, assignment.assignment_id, given, now=NOW)
    return found


def _copied(server: str, database: Database) -> Database:
    """The same world once more, with all that was left to chance in it."""
    name = f"{database.name}_owned"
    with psycopg.connect(make_conninfo(server, dbname="postgres"), autocommit=True) as superuser:
        superuser.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(
                sql.Identifier(name), sql.Identifier(database.name)
            )
        )
    admin = make_conninfo(server, dbname=name)
    return Database(name=name, admin=admin, app=migrate.app_conninfo(admin))
