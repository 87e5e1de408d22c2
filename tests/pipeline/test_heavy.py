"""What takes long to judge is judged beside the server: it holds nobody up, and has an end."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pytest
from given import NOW
from work.golden import gold, rows, score, work_through
from work.opened import annotators, do_next, look, new_tasks, project

from evenhand import pipeline, tenants, workforce
from evenhand.app import worker
from evenhand.app.context import Context
from evenhand.foundation.changed import Changed
from evenhand.foundation.database import Pool, as_tenant
from evenhand.foundation.processes import Processes
from evenhand.work import assignments, intake, projects, verdicts

TEXT = "x" * 2_000
SECONDS_MAX = 120


def nested(count: int, *, by: int = 0) -> list[dict[str, Any]]:
    """Spans of which each meets every other, and is like it."""
    return [
        {"start": number % 60, "end": 200 + number // 60 + by, "label": "NAME"}
        for number in range(count)
    ]


async def annotated(
    pool: Pool, owner: tenants.NewTenant, count: int, answers: Sequence[list[dict[str, Any]]]
) -> list[str]:
    async with as_tenant(pool, owner.tenant_id) as tx:
        new = projects.NewProject(
            name="names", type="namedentityrecognition", is_test=False, staged=False,
            policy={"annotations": len(answers)}, params={"labels": ["NAME"]},
        )  # fmt: skip
        await projects.create_project(tx, new, project_id=uuid4(), now=NOW)
    made: list[str] = []
    for _ in range(count):
        body = {"project": "names", "text": TEXT}
        order = intake.order_of("namedentityrecognition", body, is_test=False)
        async with as_tenant(pool, owner.tenant_id) as tx:
            made.append((await pipeline.submit(tx, order, now=NOW)).task_id)
    for who, spans in zip(await annotators(pool, len(answers)), answers, strict=True):
        for _ in range(count):
            await annotate(pool, who, spans)
    return made


async def annotate(pool: Pool, who: workforce.Annotator, spans: list[dict[str, Any]]) -> None:
    lent = await pipeline.dispatch(pool, who, now=NOW)
    assert lent is not None
    tenant_id, assignment = lent
    new = assignments.NewAnnotation(
        annotator_id=who.annotator_id, annotation_id=uuid4(),
        response={"annotations": spans}, active_ms=1500,
    )  # fmt: skip
    async with as_tenant(pool, tenant_id) as tx:
        await pipeline.annotate(tx, assignment.assignment_id, new, now=NOW)


async def judged(context: Context) -> None:
    async with asyncio.timeout(SECONDS_MAX):
        await worker.assess_all(context)
        await asyncio.gather(*(judging for judging, _ in context.heavy.values()))


async def reasons(pool: Pool, owner: tenants.NewTenant) -> list[str]:
    async with as_tenant(pool, owner.tenant_id) as tx:
        found = await tx.connection.execute(
            "SELECT event::jsonb ->> 'reason' FROM ledger.entry"
            " WHERE event::jsonb ->> 'kind' = 'task.set_aside'"
        )
        return [row[0] for row in await found.fetchall()]


async def test_a_heavy_task_settles_as_any_other(pool, tenant, context):
    (task_id,) = await annotated(pool, tenant, 1, [nested(900), nested(900)])

    await judged(context)

    settled = await look(pool, tenant, task_id)
    assert settled.status == "completed"
    assert len(settled.response["annotations"]) == 900
    await judged(context)
    assert not context.heavy, "it is no longer due"


async def test_a_task_of_too_many_pairs_goes_to_review_with_the_reason(pool, tenant, context):
    (task_id,) = await annotated(pool, tenant, 1, [nested(3_000), nested(3_000, by=1)])

    await judged(context)

    assert (await look(pool, tenant, task_id)).stage == "review"
    assert await reasons(pool, tenant) == ["TooManyPairs"]
    await judged(context)
    assert not context.heavy
    # A reviewer's word settles it, as large as it is.
    (rita,) = await annotators(pool, 1, reviewer=True)
    await annotate(pool, rita, nested(3_000))
    await judged(context)
    assert (await look(pool, tenant, task_id)).status == "completed"


async def test_a_task_that_takes_too_long_goes_to_review_with_the_reason(pool, tenant):
    (task_id,) = await annotated(pool, tenant, 1, [nested(900), nested(900, by=1)])
    processes = Processes(seconds_max=0.0)

    await pipeline.assess_heavy(pool, processes, tenant.tenant_id, {task_id: 1}, now=NOW)
    processes.close()

    assert (await look(pool, tenant, task_id)).stage == "review"
    assert await reasons(pool, tenant) == ["TookTooLong"]


async def test_a_task_larger_than_is_read_goes_to_review_with_the_reason(pool, tenant, context):
    (task_id,) = await annotated(pool, tenant, 1, [nested(900), nested(900, by=1)])
    await pipeline.assess_heavy(
        pool, context.processes, tenant.tenant_id, {task_id: 2**40}, now=NOW
    )
    assert await reasons(pool, tenant) == ["TooManyBytes"]


async def test_what_was_annotated_while_it_was_judged_is_judged_with_it(pool, tenant, context):
    (task_id,) = await annotated(pool, tenant, 1, [nested(900), nested(900, by=1)])
    async with as_tenant(pool, tenant.tenant_id) as tx:
        heavy = await verdicts.heavy_task(tx, task_id)
        judged_without_one = set(list(heavy.annotation_ids)[:1])

    with pytest.raises(Changed):
        async with as_tenant(pool, tenant.tenant_id) as tx:
            await verdicts.lock_judged(tx, task_id, judged_without_one)

    # Nothing of it was taken off the list.
    assert (await look(pool, tenant, task_id)).stage == "open"
    await judged(context)
    assert (await look(pool, tenant, task_id)).stage != "open"


async def test_twenty_heavy_tasks_of_one_tenant_do_not_hold_up_another(
    pool, tenant, rival, context
):
    await annotated(pool, tenant, 20, [nested(3_000), nested(3_000, by=1)])
    await project(pool, rival)
    (ben,) = await annotators(pool, 1)
    (task_id,) = await new_tasks(pool, rival, 1)
    assert await do_next(pool, ben, "cat") == task_id
    stop = asyncio.Event()
    watching = asyncio.create_task(_longest_stop(stop))

    assert await worker.assess_all(context) == 1

    assert (await look(pool, rival, task_id)).status == "completed"
    # The heavy ones are still being judged, and those who judge them were not waited for.
    assert tenant.tenant_id in context.heavy
    await asyncio.gather(*(judging for judging, _ in context.heavy.values()))
    stop.set()
    # One of them took half a minute of the event loop.
    assert await watching < 2.0


async def _longest_stop(stop: asyncio.Event) -> float:
    longest = 0.0
    while not stop.is_set():
        began = time.monotonic()
        await asyncio.sleep(0.01)
        longest = max(longest, time.monotonic() - began)
    return longest


async def test_a_gold_answer_that_takes_too_long_to_compare_counts_for_nobody(
    pool, tenant, monkeypatch
):
    await project(pool, tenant, gold_share=0.5)
    await new_tasks(pool, tenant, 4)
    await gold(pool, tenant, 2)
    (anna,) = await annotators(pool, 1)
    met = await work_through(pool, anna, 4)
    # Every answer is heavy, and no time is left for any.
    monkeypatch.setattr(verdicts, "LIGHT_WEIGHT_MAX", 0)
    monkeypatch.setattr(pipeline.child_processes, "SHORT", Processes(seconds_max=0.0))

    assert await score(pool, tenant) == met.count("evaluation") > 0

    assert await rows(pool, tenant, "SELECT count(*) FROM work.gold_score") == [(0,)]
