"""Lists of tasks: whatever is asked for, the pages are those of all that fits, put in order."""

import itertools
import random
from datetime import datetime, timedelta

import psycopg
import pytest
from given import NOW
from work.opened import batch, new_tasks, project

from evenhand import pipeline
from evenhand.foundation.database import as_tenant
from evenhand.work import counts, tasks
from evenhand.work.tasks import search

TASKS = 60


def hour(number: int) -> datetime:
    return NOW + timedelta(hours=number)


ASKED: dict[str, dict[str, object]] = {
    "status": {"status": "canceled"},
    "type": {"type": "categorization"},
    "project": {"project": "animals"},
    "batch": {"batch": "b"},
    "unique_ids": {"unique_ids": [f"u{n}" for n in range(0, TASKS, 3)]},
    "tags": {"tags": ["even", "third"]},
    "created": {"created_from": hour(5), "created_to": hour(40)},
    "completed": {"completed_from": hour(10), "completed_to": hour(60)},
    "updated": {"updated_from": hour(8), "updated_to": hour(70)},
}


@pytest.fixture
async def filled(pool, tenant):
    """A tenant with tasks of every kind, hours apart, half of their counts folded."""
    lot = random.Random(3)
    await project(pool, tenant)
    await project(pool, tenant, "birds")
    await batch(pool, tenant, "b")
    for number in range(TASKS):
        body: dict[str, object] = {"unique_id": f"u{number}"}
        body["tags"] = [name for name, n in (("even", 2), ("third", 3)) if number % n == 0]
        body |= lot.choice([{"batch": "b"}, {}, {"project": "birds"}])
        (task_id,) = await new_tasks(pool, tenant, 1, now=hour(number), **body)
        async with as_tenant(pool, tenant.tenant_id) as tx:
            if number % 4 == 0:
                await pipeline.cancel(
                    tx, task_id, is_test=False, clear_unique_id=False, now=hour(number + 2)
                )
            if number % 3 == 1:
                await tx.connection.execute(
                    "UPDATE work.task SET status = 'completed', stage = 'closed',"
                    " completed_at = %(at)s, updated_at = %(at)s"
                    " WHERE task_id = %(task_id)s AND status = 'pending'",
                    {"at": hour(number + 7), "task_id": task_id},
                )
            if number == TASKS // 2:
                await counts.fold_counts(tx)
    return tenant


def _fits(task: tasks.Task, asked: dict[str, object]) -> bool:
    def within(name: str) -> bool:
        at = getattr(task, f"{name}_at")
        low, high = asked.get(f"{name}_from"), asked.get(f"{name}_to")
        return (low is None or (at is not None and at >= low)) and (
            high is None or (at is not None and at <= high)
        )

    return (
        all(
            getattr(task, n) == asked[n]
            for n in ("status", "type", "project", "batch")
            if n in asked
        )
        and ("unique_ids" not in asked or task.unique_id in asked["unique_ids"])
        and ("tags" not in asked or bool({*(task.tags or [])} & {*asked["tags"]}))
        and all(within(name) for name in ("created", "completed", "updated"))
    )


@pytest.mark.parametrize(
    "bounds",
    [
        pytest.param({}, id="as it is"),
        pytest.param({"FEW_TASKS_MAX": -1, "FEW_TIMED_MAX": -1, "WALK_MAX": 0}, id="always walks"),
        pytest.param({"FEW_TASKS_MAX": 10**9, "FEW_TIMED_MAX": 10**9}, id="never walks"),
        pytest.param({"TAG_PROBE_TASKS": 1}, id="by tags, however many have them"),
        pytest.param({"TAG_PROBE_TASKS": 10**9}, id="never by tags where more matters"),
        pytest.param({"BEGUN_MAX": 9}, id="times sought in vain among the newest"),
    ],
)
async def test_pages_and_totals_are_those_of_all_that_fits(pool, filled, monkeypatch, bounds):
    for name, value in bounds.items():
        monkeypatch.setattr(search, name, value)
    async with as_tenant(pool, filled.tenant_id) as tx:
        all_of_them = await tasks.find_tasks(
            tx, tasks.TaskFilter(is_test=False), after=None, limit=100, offset=0
        )
        assert all_of_them.total == len(all_of_them.tasks) == TASKS
        for size in (0, 1, 2):
            for names in itertools.combinations(ASKED, size):
                asked = {key: value for name in names for key, value in ASKED[name].items()}
                fitting = [task for task in all_of_them.tasks if _fits(task, asked)]
                await _require_pages(tx, tasks.TaskFilter(is_test=False, **asked), fitting)  # pyright: ignore[reportArgumentType]
        nothing = tasks.TaskFilter(is_test=True)
        assert not (await tasks.find_tasks(tx, nothing, after=None, limit=9, offset=0)).tasks


async def _require_pages(tx, wanted, fitting) -> None:
    for offset in (0, 7):
        found = await tasks.find_tasks(tx, wanted, after=None, limit=4, offset=offset)
        assert found.total == len(fitting), wanted
        assert list(found.tasks) == fitting[offset : offset + 4], wanted
    seen: list[tasks.Task] = []
    after = None
    while True:
        found = await tasks.find_tasks(
            tx, wanted, after=after, limit=7, offset=0, total=len(fitting)
        )
        seen += found.tasks
        if len(found.tasks) < 7:
            break
        after = tasks.After(created_at=seen[-1].created_at, task_id=seen[-1].task_id)
    assert seen == fitting, wanted


MANY = 20_000
PAGE = 101
# What a page may look at: itself, and in the index what lies between tasks that fit.
WALKED_MAX = 3 * PAGE

FILL = """
INSERT INTO work.task (tenant_id, task_id, is_test, project_id, batch_id, type, status, stage,
                       params, unique_id, tags, annotations_wanted, created_at, updated_at,
                       completed_at)
SELECT %(tenant_id)s, lpad(to_hex(n), 24, '0'), false,
       CASE n %% 2 WHEN 0 THEN p.project_id END, CASE n %% 4 WHEN 0 THEN b.batch_id END,
       CASE n %% 2 WHEN 0 THEN 'categorization' ELSE 'textcollection' END,
       CASE WHEN n < %(many)s / 2 THEN 'completed' ELSE 'pending' END,
       CASE WHEN n < %(many)s / 2 THEN 'closed' ELSE 'open' END, '{}', 'u' || n,
       CASE n %% 10 WHEN 0 THEN '{ten}'::text[] END, 1,
       %(now)s::timestamptz + n * interval '1 minute',
       %(now)s::timestamptz + n * interval '1 minute',
       CASE WHEN n < %(many)s / 2 THEN %(now)s::timestamptz + n * interval '1 minute' END
  FROM generate_series(1, %(many)s) AS n
  JOIN work.project AS p ON p.tenant_id = %(tenant_id)s AND p.name = 'animals'
  JOIN work.batch AS b ON b.tenant_id = p.tenant_id
"""

WALKED: dict[str, dict[str, object]] = {
    "everything": {},
    "status": {"status": "completed"},
    "type": {"type": "textcollection"},
    "project": {"project": "animals"},
    "batch": {"batch": "b"},
    "status of a project": {"project": "animals", "status": "completed"},
    "status of a batch": {"batch": "b", "status": "completed"},
    "status of a type": {"type": "categorization", "status": "completed"},
    "unique_ids": {"unique_ids": ["u5", "u77"]},
    "tags": {"tags": ["ten"]},
    "status of a tag": {"tags": ["ten"], "status": "completed"},
    "created": {"created_from": hour(100), "created_to": hour(148)},
    "created, of a status": {"created_to": hour(148), "status": "completed"},
    "completed": {"completed_from": hour(100), "completed_to": hour(101)},
    "completed in a week": {"completed_from": hour(0), "completed_to": hour(160)},
    "updated": {"updated_from": hour(100), "updated_to": hour(101)},
    "a place far down": {"offset": MANY * 2 // 3},
}


@pytest.fixture
async def long_list(database, pool, tenant):
    """A tenant with so many tasks that to walk past what does not fit is noticed."""
    await project(pool, tenant)
    await batch(pool, tenant, "b")
    with psycopg.connect(database.admin, autocommit=True) as connection:
        connection.execute(FILL, {"tenant_id": tenant.tenant_id, "many": MANY, "now": NOW})
        connection.execute("VACUUM ANALYZE work.task, work.task_tag")
    return tenant


async def test_a_page_looks_at_no_more_than_a_page(pool, long_list, monkeypatch):
    looked = {name: await _looked_at(pool, long_list, monkeypatch, WALKED[name]) for name in WALKED}
    assert not {name: rows for name, rows in looked.items() if rows > WALKED_MAX}


async def test_a_missing_index_is_noticed(database, pool, long_list, monkeypatch):
    with psycopg.connect(database.admin, autocommit=True) as connection:
        connection.execute("DROP INDEX work.task_of_status")
    assert await _looked_at(pool, long_list, monkeypatch, WALKED["status"]) > WALKED_MAX


async def test_a_place_far_down_in_a_project_is_found_in_its_index_alone(
    pool, long_list, monkeypatch
):
    asked: dict[str, object] = {"project": "animals", "offset": MANY // 3}
    steps = _steps(await _plan_of(pool, long_list, monkeypatch, asked))
    assert steps == ["Limit", "Result", "Index Only Scan"]


async def _looked_at(pool, tenant, monkeypatch, asked: dict[str, object]) -> float:
    return max(_walked(await _plan_of(pool, tenant, monkeypatch, asked)))


async def _plan_of(pool, tenant, monkeypatch, asked: dict[str, object]) -> dict[str, object]:
    plans: list[dict[str, object]] = []
    many_of_rows = search.many

    async def explained(tx, statement, row, /, **arguments):
        if isinstance(statement, search.PlannedAnew):
            told = b"EXPLAIN (ANALYZE, FORMAT JSON) " + bytes(statement.statement, "utf-8")
            given = {"tenant_id": tx.tenant_id, **arguments}
            cursor = await tx.connection.execute(told, given, prepare=False)
            plans.extend(found[0][0]["Plan"] for found in await cursor.fetchall())
        return await many_of_rows(tx, statement, row, **arguments)

    filters = {name: value for name, value in asked.items() if name != "offset"}
    wanted = tasks.TaskFilter(is_test=False, **filters)  # pyright: ignore[reportArgumentType]
    offset = int(str(asked.get("offset", 0)))
    with monkeypatch.context() as patched:
        patched.setattr(search, "many", explained)
        async with as_tenant(pool, tenant.tenant_id) as tx:
            found = await tasks.find_tasks(tx, wanted, after=None, limit=PAGE, offset=offset)
    assert found.tasks
    (plan,) = plans
    return plan


def _steps(node) -> list[str]:
    # Whether a wall stands is asked once, beside the steps.
    below = [one for one in node.get("Plans", []) if one["Parent Relationship"] != "InitPlan"]
    return [node["Node Type"], *(step for one in below for step in _steps(one))]


def _walked(node) -> list[float]:
    """How many rows each step of a plan looked at."""
    looked = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
    return [looked * node["Actual Loops"]] + [
        rows for below in node.get("Plans", []) for rows in _walked(below)
    ]
