"""Beside an old transaction, such as a dump's, nobody walks past all that was done since."""

from collections.abc import Iterator
from datetime import datetime

import psycopg
import pytest
from given import Database

from evenhand import ledger
from evenhand.foundation import sql
from evenhand.foundation.database import Tx, as_tenant, return_to_savepoint, set_savepoint
from evenhand.foundation.due import EVER
from evenhand.ledger import sequencer
from evenhand.tenants import NewTenant
from evenhand.work import counts, verdicts

DONE = 10_000
# What was entered and done again, as the rounds do it, a while ago.
DO = """
INSERT INTO work.assessment_due (tenant_id, annotation_id, task_id, due_at)
SELECT %(tenant_id)s, gen_random_uuid(), 'task', now() - interval '1 minute' + n * '1 ms'::interval
  FROM generate_series(1, %(done)s) AS n;
DELETE FROM work.assessment_due;
INSERT INTO work.count_change (tenant_id, is_test, project_key, type, status, tasks, due_at)
SELECT %(tenant_id)s, false, gen_random_uuid(), 'categorization', 'pending', 1,
       now() - interval '1 minute' + n * '1 ms'::interval
  FROM generate_series(1, %(done)s) AS n;
DELETE FROM work.count_change;
INSERT INTO ledger.entry (tenant_id, entry_id, at, event, salt)
SELECT %(tenant_id)s, overlay(ledger.first_id(now() - interval '1 minute' + n * '1 ms'::interval)
                              ::text PLACING '7' FROM 15)::uuid,
       now(), '{}', decode(repeat('00', 16), 'hex')
  FROM generate_series(1, %(done)s) AS n;
UPDATE ledger.entry SET position = place.n - 1
  FROM (SELECT entry_id, row_number() OVER (ORDER BY entry_id) AS n
          FROM ledger.entry WHERE tenant_id = %(tenant_id)s) AS place
 WHERE entry.tenant_id = %(tenant_id)s AND entry.entry_id = place.entry_id;
INSERT INTO work.assessment_due (tenant_id, annotation_id, task_id)
VALUES (%(tenant_id)s, gen_random_uuid(), 'task');
INSERT INTO work.count_change (tenant_id, is_test, project_key, type, status, tasks)
VALUES (%(tenant_id)s, false, gen_random_uuid(), 'categorization', 'pending', 1);
INSERT INTO ledger.entry (tenant_id, entry_id, at, event, salt)
VALUES (%(tenant_id)s, ledger.first_id(clock_timestamp()), now(), '{}',
        decode(repeat('00', 16), 'hex'));
"""
LOOKS = {
    "assess": (verdicts.tenants_to_assess, verdicts, "tenants_to_assess", "take_due"),
    "count": (counts.tenants_to_count, counts, "tenants_to_count", "fold_counts"),
    "sequence": (ledger.tenants_pending, sequencer, "tenants_pending", "pending_entries"),
}
PAGES_FEW = 40


@pytest.fixture
def held(database: Database, tenant: NewTenant) -> Iterator[None]:
    """All of this was done while the transaction was open."""
    with psycopg.connect(database.admin) as old:
        old.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        old.execute("SELECT count(*) FROM tenants.tenant")
        with psycopg.connect(database.admin, autocommit=True) as doer:
            with doer.cursor() as cursor:
                given = {"tenant_id": tenant.tenant_id, "done": DONE}
                for statement in DO.split(";\n")[:-1]:
                    cursor.execute(statement.encode(), given)
            doer.execute("VACUUM (ANALYZE) work.assessment_due, work.count_change, ledger.entry")
        yield


async def _pages(tx: Tx, statement: str, since: datetime) -> int:
    """How many pages a statement looks at."""
    given = {"tenant_id": tx.tenant_id, "since": since, "but": [], "limit": 200}
    told = ("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + statement).encode()
    await set_savepoint(tx)
    ((plan,),) = await (await tx.connection.execute(told, given)).fetchall()
    await return_to_savepoint(tx)
    return plan[0]["Plan"]["Shared Hit Blocks"] + plan[0]["Plan"]["Shared Read Blocks"]


@pytest.mark.parametrize("round_of", LOOKS)
@pytest.mark.usefixtures("held")
async def test_a_round_walks_past_nothing_that_is_done(pool, tenant, round_of):
    find, room, look, step = LOOKS[round_of]
    queries = sql.beside(str(room.__file__))
    async with as_tenant(pool, tenant.tenant_id, by_key=True) as tx:
        (due,) = await find(tx.connection)
        for name in (look, step):
            # From the very begin it would: or this test would hold nothing.
            assert await _pages(tx, queries[name], EVER) > 2 * PAGES_FEW, name
            assert await _pages(tx, queries[name], due.since) < PAGES_FEW, name
