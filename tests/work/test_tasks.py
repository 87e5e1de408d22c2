"""Tasks: what two who act at once can and cannot do to them."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from given import NOW
from work.opened import annotators, do_next, look, new_tasks, project

from evenhand import pipeline
from evenhand.foundation.database import as_tenant
from evenhand.task_types import InvalidParams
from evenhand.work import assignments, intake, tasks


async def cancel(pool, tenant, task_id: str) -> tasks.Task:
    async with as_tenant(pool, tenant.tenant_id) as tx:
        return await pipeline.cancel(tx, task_id, is_test=False, clear_unique_id=False, now=NOW)


async def test_a_task_is_canceled_or_lent_but_never_both(pool, tenant):
    await project(pool, tenant)
    for _ in range(10):
        (task_id,) = await new_tasks(pool, tenant, 1)
        (anna,) = await annotators(pool, 1)
        lent, canceled = await asyncio.gather(
            pipeline.dispatch(pool, anna, now=NOW),
            cancel(pool, tenant, task_id),
            return_exceptions=True,
        )
        assert (lent is None) == isinstance(canceled, tasks.Task)
        seen = await look(pool, tenant, task_id)
        assert seen.status == ("canceled" if lent is None else "pending")


async def test_work_that_has_begun_keeps_a_task_from_being_canceled(pool, tenant):
    await project(pool, tenant)
    (task_id,) = await new_tasks(pool, tenant, 1)
    (anna,) = await annotators(pool, 1)
    await do_next(pool, anna, "cat")
    with pytest.raises(tasks.NotCancellable, match="begun"):
        await cancel(pool, tenant, task_id)
    assert (await look(pool, tenant, task_id)).work_started


async def test_a_draft_left_by_a_lease_that_ran_out_does_not_hinder_canceling(pool, tenant):
    await project(pool, tenant)
    (task_id,) = await new_tasks(pool, tenant, 1)
    (anna,) = await annotators(pool, 1)
    _, lent = await pipeline.dispatch(pool, anna, now=NOW)
    async with as_tenant(pool, tenant.tenant_id) as tx:
        await assignments.save_draft(
            tx, lent.assignment_id, anna.annotator_id,
            response={"category": "cat"}, version=0, now=NOW,
        )  # fmt: skip
        await assignments.expire_leases(tx, now=NOW + timedelta(days=1))
    assert (await cancel(pool, tenant, task_id)).status == "canceled"


async def test_tasks_of_one_call_stay_in_order_and_apart(tx):
    orders = [
        intake.order_of(
            "categorization",
            {"attachment": str(n), "attachment_type": "text", "categories": ["a"]},
            is_test=False,
        )
        for n in range(5)
    ]
    entries = await pipeline.submit_many(tx, orders, now=NOW)
    ids = [entry.opening.task_id for entry in entries if isinstance(entry, intake.Opened)]
    everything = tasks.TaskFilter(is_test=False)
    found = await tasks.find_tasks(tx, everything, after=None, limit=10, offset=0)
    assert [task.task_id for task in found.tasks] == ids[::-1]
    assert [task.created_at - NOW for task in found.tasks] == [
        timedelta(microseconds=n) for n in (4, 3, 2, 1, 0)
    ]
    assert found.total == 5


async def test_what_differs_among_tasks_of_one_call_stays_with_each(tx):
    bodies: list[dict[str, object]] = [
        {},
        {"tags": ["b", "a"], "metadata": {"n": 1}, "unique_id": "one", "priority": 30},
        {"tags": [], "metadata": {"n": True}, "callback_url": "a@example.org"},
        {"instruction": "Look twice.", "unique_id": "two", "clear_unique_id_on_error": True},
    ]
    common = {"attachment": "x", "attachment_type": "text", "categories": ["a"]}
    orders = [
        intake.order_of("categorization", {**common, **body}, is_test=False) for body in bodies
    ]
    entries = await pipeline.submit_many(tx, orders, now=NOW)
    assert all(isinstance(entry, intake.Opened) for entry in entries)
    for entry in entries:
        assert isinstance(entry, intake.Opened)
        read = await tasks.task_of(tx, entry.opening.task_id, is_test=False)
        assert read == entry.task()
        assert str(read.metadata) == str(entry.task().metadata)  # for 1 == True


@pytest.mark.parametrize(
    "odd",
    [
        {"unique_id": "x" * 1_001},
        {"unique_id": "🐈" * 601},
        {"unique_id": "nul \0"},
        {"unique_id": "half a pair \ud800"},
        {"project": "nul \0"},
        {"batch": "half a pair \ud800"},
        {"unique_id": 7},
        {"project": ["p"]},
    ],
    ids=repr,
)
def test_names_that_cannot_be_kept_are_refused(odd):
    body = {"attachment": "x", "project": "p", **odd}
    with pytest.raises(InvalidParams, match=next(iter(odd))):
        intake.order_of("categorization", body, is_test=False)


async def test_a_failed_task_is_failed_once_and_not_revived(tx):
    body = {"attachment": "https://example.org/x.png", "attachment_type": "image"}
    body |= {"categories": ["a"]}
    task = await pipeline.submit(
        tx, intake.order_of("categorization", body, is_test=False), now=NOW
    )
    assert await tasks.fail_task(tx, task.task_id, "It is gone.", stages=["preparing"], now=NOW)
    assert await tasks.fail_task(tx, task.task_id, "Again.", stages=["preparing"], now=NOW) is None
    assert await intake.open_prepared(tx, task.task_id, now=NOW) is None
    seen = await tasks.task_of(tx, task.task_id, is_test=False)
    assert (seen.status, seen.error) == ("error", "It is gone.")


async def test_a_task_that_is_offered_is_not_failed_by_a_fetch_that_ends_late(tx):
    body = {"attachment": "x", "attachment_type": "text", "categories": ["a"]}
    order = intake.order_of("categorization", body, is_test=False)
    task = await pipeline.submit(tx, order, now=NOW)
    assert (
        await tasks.fail_task(tx, task.task_id, "It is gone.", stages=["preparing"], now=NOW)
        is None
    )
    assert (await tasks.task_of(tx, task.task_id, is_test=False)).status == "pending"


async def test_an_idempotency_key_is_forgotten_after_its_time(tx):
    request = intake.Repeatable(is_test=False, key_hash=b"k" * 32, body_hash=b"b" * 32)
    assert await intake.begin_once(tx, request, now=NOW) is None
    await intake.keep_answer(tx, request, "answer")
    assert await intake.begin_once(tx, request, now=NOW + timedelta(days=6)) == "answer"
    assert await intake.begin_once(tx, request, now=NOW + timedelta(days=8)) is None


async def test_the_world_of_a_key_is_part_of_every_look(tx):
    body = {"attachment": "x", "attachment_type": "text", "categories": ["a"]}
    order = intake.order_of("categorization", body, is_test=True)
    task = await pipeline.submit(tx, order, now=NOW)
    assert task.status == "completed"
    for look_up in (
        tasks.task_of(tx, task.task_id, is_test=False),
        tasks.set_tags(tx, task.task_id, ["x"], is_test=False, now=NOW),
        tasks.set_unique_id(tx, task.task_id, str(uuid4()), is_test=False, now=NOW),
    ):
        with pytest.raises(tasks.NoSuchTask):
            await look_up
