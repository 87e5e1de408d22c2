"""Kept counts say what counting says, whoever creates, cancels, completes and folds at once."""

import asyncio
import random
from contextlib import suppress
from datetime import timedelta

import psycopg
import pytest
from given import NOW
from work.opened import annotators, assess, batch, do_next, new_tasks, project

from evenhand import pipeline
from evenhand.foundation import migrate
from evenhand.foundation.database import as_nobody, as_tenant
from evenhand.work import counts, intake, tasks

# Every count by what tasks are counted by, as kept and as counted, of one moment.
BOTH = """
WITH kept AS (
    SELECT is_test, project_key, type, status, sum(tasks)::bigint AS tasks
      FROM (SELECT is_test, project_key, type, status, tasks FROM work.count_of_project
             UNION ALL
            SELECT is_test, project_key, type, status, tasks FROM work.count_change) AS c
     GROUP BY 1, 2, 3, 4
    HAVING sum(tasks) <> 0),
kept_of_batch AS (
    SELECT batch_id, status, sum(tasks)::bigint AS tasks
      FROM (SELECT batch_id, status, tasks FROM work.count_of_batch
             UNION ALL
            SELECT batch_id, status, tasks FROM work.count_change WHERE batch_id IS NOT NULL) AS c
     GROUP BY 1, 2
    HAVING sum(tasks) <> 0),
kept_of_time AS (
    SELECT seconds, starts_at, sum(tasks)::bigint AS tasks
      FROM (SELECT seconds, starts_at, tasks FROM work.count_of_time
             UNION ALL
            SELECT width, date_bin(make_interval(secs => width), created_at, '2000-01-01 0:0Z'),
                   tasks
              FROM work.count_change, unnest('{1,60,86400}'::int[]) AS width
             WHERE created_at IS NOT NULL) AS c
     GROUP BY 1, 2),
kept_of_tag AS (
    SELECT tag, project_key, batch_key, type, status, sum(tasks)::bigint AS tasks
      FROM (SELECT tag, project_key, batch_key, type, status, tasks FROM work.count_of_tag
             UNION ALL
            SELECT tag, project_key,
                   coalesce(batch_id, '00000000-0000-0000-0000-000000000000'), type, status,
                   coalesce(each, tasks)
              FROM work.count_change, unnest(tags, tagged) AS each_tag (tag, each)) AS c
     GROUP BY 1, 2, 3, 4, 5
    HAVING sum(tasks) <> 0)
SELECT (SELECT jsonb_agg(to_jsonb(kept) ORDER BY to_jsonb(kept)) FROM kept),
       (SELECT jsonb_agg(to_jsonb(t) ORDER BY to_jsonb(t))
          FROM (SELECT is_test, coalesce(project_id, '00000000-0000-0000-0000-000000000000')
                       AS project_key, type, status, count(*) AS tasks
                  FROM work.task WHERE purpose = 'live' GROUP BY 1, 2, 3, 4) AS t),
       (SELECT jsonb_agg(to_jsonb(k) ORDER BY to_jsonb(k)) FROM kept_of_batch AS k),
       (SELECT jsonb_agg(to_jsonb(t) ORDER BY to_jsonb(t))
          FROM (SELECT batch_id, status, count(*) AS tasks FROM work.task
                 WHERE batch_id IS NOT NULL GROUP BY 1, 2) AS t),
       (SELECT jsonb_agg(to_jsonb(k) ORDER BY to_jsonb(k)) FROM kept_of_time AS k),
       (SELECT jsonb_agg(to_jsonb(t) ORDER BY to_jsonb(t))
          FROM (SELECT width AS seconds,
                       date_bin(make_interval(secs => width), created_at, '2000-01-01 0:0Z')
                       AS starts_at, count(*) AS tasks
                  FROM work.task, unnest('{1,60,86400}'::int[]) AS width
                 WHERE purpose = 'live' GROUP BY 1, 2) AS t),
       (SELECT jsonb_agg(to_jsonb(g) ORDER BY to_jsonb(g))
          FROM (SELECT tag, status, created_at, task_id FROM work.task_tag) AS g),
       (SELECT jsonb_agg(to_jsonb(g) ORDER BY to_jsonb(g))
          FROM (SELECT DISTINCT tag, status, created_at, task_id
                  FROM work.task, unnest(tags) AS tag WHERE purpose = 'live') AS g),
       (SELECT jsonb_agg(to_jsonb(k) ORDER BY to_jsonb(k)) FROM kept_of_tag AS k),
       (SELECT jsonb_agg(to_jsonb(t) ORDER BY to_jsonb(t))
          FROM (SELECT tag, coalesce(project_id, '00000000-0000-0000-0000-000000000000')
                       AS project_key, coalesce(batch_id, '00000000-0000-0000-0000-000000000000')
                       AS batch_key, type, status, count(*) AS tasks
                  FROM work.task, unnest(tags) AS tag WHERE purpose = 'live'
                 GROUP BY 1, 2, 3, 4, 5) AS t)
"""


async def require_true(pool, tenant) -> None:
    async with as_tenant(pool, tenant.tenant_id) as tx:
        cursor = await tx.connection.execute(BOTH)
        (row,) = await cursor.fetchall()
    for kept, counted in zip(row[::2], row[1::2], strict=True):
        assert kept == counted


class _ThoughtBetterOfIt(Exception):
    """Undoes a transaction that had done its work."""


def think_better_of_it(lot: random.Random, chance: float) -> None:
    if lot.random() < chance:
        raise _ThoughtBetterOfIt


async def create(pool, tenant, made: list[str], seed: int) -> None:
    lot = random.Random(seed)
    for _ in range(12):
        places = [{"project": "animals", "batch": "b"}, {"project": "birds"}]
        tags = lot.sample("abc", lot.randint(0, 3))
        body = {"attachment": "x", "tags": tags, **lot.choice(places)}
        orders = [intake.order_of("categorization", body, is_test=False)] * lot.randint(1, 5)
        at = NOW + timedelta(seconds=lot.randint(0, 200_000))
        with suppress(_ThoughtBetterOfIt):
            async with as_tenant(pool, tenant.tenant_id) as tx:
                entries = await pipeline.submit_many(tx, orders, now=at)
                think_better_of_it(lot, 0.3)
            made.extend(e.opening.task_id for e in entries if isinstance(e, intake.Opened))


async def cancel_one(pool, tenant, made: list[str], lot: random.Random) -> None:
    with suppress(_ThoughtBetterOfIt, tasks.NotCancellable):
        async with as_tenant(pool, tenant.tenant_id) as tx:
            await pipeline.cancel(
                tx, lot.choice(made), is_test=False, clear_unique_id=False, now=NOW
            )
            tags = lot.sample("abcd", 2)
            await pipeline.set_tags(tx, lot.choice(made), tags, is_test=False, now=NOW)
            think_better_of_it(lot, 0.5)


async def test_kept_counts_are_true_whatever_happens_at_once(pool, tenant):
    await project(pool, tenant, annotations=1)
    await project(pool, tenant, "birds", annotations=1)
    await batch(pool, tenant, "b")
    crew = await annotators(pool, 2)
    made: list[str] = []
    over = asyncio.Event()

    async def cancel_some(seed: int) -> None:
        lot = random.Random(seed)
        while not over.is_set():
            await asyncio.sleep(0.02)
            if made:
                await cancel_one(pool, tenant, made, lot)

    async def complete_some(who) -> None:
        while not over.is_set():
            await do_next(pool, who, "cat", now=NOW + timedelta(days=3))
            await assess(pool, tenant, now=NOW + timedelta(days=3))
            await asyncio.sleep(0)

    async def fold() -> None:
        while not over.is_set():
            async with as_tenant(pool, tenant.tenant_id) as tx:
                await counts.fold_counts(tx)
            await require_true(pool, tenant)

    others = [
        asyncio.ensure_future(one)
        for one in (cancel_some(1), complete_some(crew[0]), complete_some(crew[1]), fold(), fold())
    ]
    await asyncio.gather(*(create(pool, tenant, made, seed) for seed in (3, 4, 5)))
    over.set()
    await asyncio.gather(*others)
    await require_true(pool, tenant)
    async with as_tenant(pool, tenant.tenant_id) as tx:
        wanted = tasks.TaskFilter(is_test=False, status="completed")
        found = await tasks.find_tasks(tx, wanted, after=None, limit=1, offset=0)
    assert found.total > 0, "some were completed meanwhile"


async def test_those_who_create_at_once_do_not_wait_for_each_other(pool, tenant):
    await project(pool, tenant)
    body = {"project": "animals", "attachment": "x"}
    order = intake.order_of("categorization", body, is_test=False)
    async with as_tenant(pool, tenant.tenant_id) as one, as_tenant(pool, tenant.tenant_id) as two:
        await pipeline.submit(one, order, now=NOW)
        await two.connection.execute("SET LOCAL lock_timeout = '100ms'")
        await pipeline.submit(two, order, now=NOW)
        assert await counts.fold_counts(two) == 1, "its own, and nobody waits for the other's"
    await require_true(pool, tenant)


async def test_every_place_of_the_list_is_found_by_days_minutes_and_seconds(pool, tenant):
    await project(pool, tenant)
    lot = random.Random(7)
    for number in range(60):
        after = timedelta(seconds=lot.choice([1, 2, 59, 61, 3_600, 86_399, 86_401]) * number)
        await new_tasks(pool, tenant, 1, now=NOW + after)
        if number % 20 == 9:
            async with as_tenant(pool, tenant.tenant_id) as tx:
                await counts.fold_counts(tx)
    async with as_tenant(pool, tenant.tenant_id) as tx:
        cursor = await tx.connection.execute(
            "SELECT created_at FROM work.task ORDER BY created_at DESC, task_id DESC"
        )
        times = [row[0] for row in await cursor.fetchall()]
        for place, created_at in enumerate(times):
            found = await counts.place_of(tx, place, is_test=False)
            assert found is not None
            rest = [time for time in times if time < found.before]
            assert rest[found.skip] == created_at
        for _ in range(60):
            low, high = lot.choice([None, *times]), lot.choice([None, *times])
            between = [t for t in times if (not low or t >= low) and (not high or t <= high)]
            counted = await counts.created_count(
                tx, is_test=False, created_from=low, created_to=high
            )
            assert counted == len(between)
        assert await counts.place_of(tx, len(times), is_test=False) is None
        assert await counts.place_of(tx, 0, is_test=True) is None


async def test_a_round_folds_what_has_changed(pool, tenant, rival):
    await project(pool, tenant)
    await new_tasks(pool, tenant, 3)
    async with as_nobody(pool) as connection:
        (due,) = await counts.tenants_to_count(connection)
    assert due.tenant_id == tenant.tenant_id
    async with as_tenant(pool, tenant.tenant_id) as tx:
        assert await counts.fold_counts(tx, since=due.since) == 3
    async with as_nobody(pool) as connection:
        assert await counts.tenants_to_count(connection) == []
    await require_true(pool, tenant)


@pytest.mark.parametrize("planted", ["count_of_project", "count_of_tag", "count_change"])
async def test_a_count_that_is_off_is_noticed(database, pool, tenant, planted):
    await project(pool, tenant)
    await new_tasks(pool, tenant, 2, tags=["a"])
    if planted != "count_change":
        async with as_tenant(pool, tenant.tenant_id) as tx:
            await counts.fold_counts(tx)
    with psycopg.connect(database.admin) as connection:
        connection.execute(f"UPDATE work.{planted} SET tasks = tasks + 1")
    with pytest.raises(AssertionError):
        await require_true(pool, tenant)


async def test_what_there_was_before_counts_were_kept_is_counted(database, pool, tenant, rival):
    for owner in (tenant, rival):
        await project(pool, owner)
        await new_tasks(pool, owner, 3, tags=["a", "b"])
    (done,) = await new_tasks(pool, tenant, 1, now=NOW + timedelta(days=2))
    async with as_tenant(pool, tenant.tenant_id) as tx:
        await pipeline.cancel(tx, done, is_test=False, clear_unique_id=False, now=NOW)
    with psycopg.connect(database.admin, autocommit=True) as connection:
        connection.execute(
            """
            DROP INDEX ledger.entry_pending_first;
            DROP FUNCTION work.tenants_to_assess_since, work.tenants_to_count_since,
                          ledger.tenants_pending_since, ledger.first_id;
            ALTER TABLE work.assessment_due DROP COLUMN due_at,
                ADD PRIMARY KEY (tenant_id, annotation_id);
            DROP TABLE work.count_change, work.count_of_project, work.count_of_batch,
                       work.count_of_time, work.count_of_tag, work.task_tag CASCADE;
            DROP FUNCTION work.count_created, work.count_moved, work.tag_anew, work.tag_moved,
                          work.fold_tags, work.each_once, work.time_of_place, work.tasks_since,
                          work.tenants_to_count CASCADE;
            DROP INDEX work.task_live_newest, work.task_of_batch_status, work.task_of_status,
                       work.task_of_type, work.task_of_project_status, work.task_completed,
                       work.task_updated, work.task_of_project_newest;
            CREATE INDEX task_of_project ON work.task (tenant_id, project_id);
            CREATE INDEX task_newest ON work.task (tenant_id);
            CREATE INDEX task_of_batch ON work.task (tenant_id, batch_id);
            DELETE FROM public._yoyo_migration
             WHERE migration_id IN ('0017_work_lists', '0024_work_due_in_order',
                                    '0027_work_tag_status', '0029_work_tag_counts');
            """
        )
    migrate.migrate(database.admin)
    await new_tasks(pool, tenant, 1)
    for owner in (tenant, rival):
        await require_true(pool, owner)
