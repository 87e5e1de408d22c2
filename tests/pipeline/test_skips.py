"""What a task comes to that one annotator after the other gives back as broken."""

import pytest
from given import NOW
from work.opened import annotators

from evenhand import pipeline, workforce
from evenhand.foundation.database import Pool, Tx, as_tenant
from evenhand.tenants import NewTenant
from evenhand.work import assignments, intake, projects, tasks

BODY = {
    "attachment": "x", "attachment_type": "text", "categories": ["a", "b"], "project": "p",
    "callback_url": "https://example.com/told",
}  # fmt: skip
SKIPS = 2
BROKEN = "broken: It is all grey."


@pytest.fixture
async def task_id(pool: Pool, tenant: NewTenant) -> str:
    """One task, to be annotated twice, in a project in which two skips are too many."""
    new = projects.NewProject(
        name="p",
        type="categorization",
        is_test=False,
        staged=False,
        params={},
        policy={"skips_max": SKIPS, "annotations": 2},
    )
    order = intake.order_of("categorization", BODY, is_test=False)
    async with as_tenant(pool, tenant.tenant_id) as tx:
        await pipeline.project.create_project(tx, new, now=NOW)
        return (await pipeline.submit(tx, order, now=NOW)).task_id


async def _lent(pool: Pool, who: workforce.Annotator) -> assignments.Assignment | None:
    found = await pipeline.dispatch(pool, who, now=NOW)
    return None if found is None else found[1]


async def _skip(pool: Pool, tenant: NewTenant, who: workforce.Annotator, reason: str) -> None:
    lent = await _lent(pool, who)
    assert lent is not None, "the task is still offered"
    async with as_tenant(pool, tenant.tenant_id) as tx:
        await pipeline.skip(
            tx, lent.assignment_id, annotator_id=who.annotator_id, reason=reason, now=NOW
        )


async def _stands(pool: Pool, tenant: NewTenant, task_id: str) -> tuple[str, str]:
    async with as_tenant(pool, tenant.tenant_id) as tx:
        task = await tasks.task_of(tx, task_id, is_test=False)
    return task.status, task.stage


async def _open(tx: Tx) -> int:
    found = await tx.connection.execute(
        "SELECT count(*) FROM work.assignment WHERE state = 'open' AND tenant_id = %s",
        [tx.tenant_id],
    )
    row = await found.fetchone()
    assert row is not None
    return row[0]


async def test_broken_to_enough_is_an_error_and_is_offered_no_more(pool, tenant, task_id):
    people = await annotators(pool, SKIPS)
    for who in people[:-1]:
        await _skip(pool, tenant, who, BROKEN)
        assert await _stands(pool, tenant, task_id) == ("pending", "open")
    await _skip(pool, tenant, people[-1], "broken")
    assert await _stands(pool, tenant, task_id) == ("error", "closed")
    async with as_tenant(pool, tenant.tenant_id) as tx:
        assert await _open(tx) == 0


@pytest.mark.parametrize("reasons", [("broken", "unclear"), ("other: broken", "broken"),
                                     ("not_qualified", "unclear")])  # fmt: skip
async def test_other_reasons_ask_for_a_reviewer(pool, tenant, task_id, reasons):
    for who, reason in zip(await annotators(pool, SKIPS), reasons, strict=True):
        await _skip(pool, tenant, who, reason)
    assert await _stands(pool, tenant, task_id) == ("pending", "review")


async def test_what_somebody_could_do_is_not_broken(pool, tenant, task_id):
    able, *others = await annotators(pool, SKIPS + 1)
    lent = await _lent(pool, able)
    assert lent is not None
    new = assignments.NewAnnotation(
        annotator_id=able.annotator_id, annotation_id=lent.assignment_id,
        response={"category": "a"}, active_ms=1,
    )  # fmt: skip
    async with as_tenant(pool, tenant.tenant_id) as tx:
        await pipeline.annotate(tx, lent.assignment_id, new, now=NOW)
    for who in others:
        await _skip(pool, tenant, who, BROKEN)
    assert await _stands(pool, tenant, task_id) == ("pending", "review")


async def test_nothing_ends_while_somebody_holds_it(pool, tenant, task_id):
    holder, *others = await annotators(pool, SKIPS + 1)
    lent = await _lent(pool, holder)
    assert lent is not None
    for who in others:
        await _skip(pool, tenant, who, BROKEN)
    assert await _stands(pool, tenant, task_id) == ("pending", "open")
    async with as_tenant(pool, tenant.tenant_id) as tx:
        await pipeline.skip(
            tx, lent.assignment_id, annotator_id=holder.annotator_id, reason="other", now=NOW
        )
    assert await _stands(pool, tenant, task_id) == ("error", "closed")


async def test_the_first_reviewer_who_finds_it_broken_ends_what_nobody_could_do(
    pool, tenant, task_id
):
    one, two = await annotators(pool, SKIPS)
    await _skip(pool, tenant, one, "unclear")
    await _skip(pool, tenant, two, BROKEN)
    (reviewer,) = await annotators(pool, 1, reviewer=True)
    await _skip(pool, tenant, reviewer, BROKEN)
    assert await _stands(pool, tenant, task_id) == ("error", "closed")


async def test_a_retried_task_is_offered_to_those_who_have_not_had_it(pool, tenant, task_id):
    *people, fresh = await annotators(pool, SKIPS + 1)
    for who in people:
        await _skip(pool, tenant, who, BROKEN)
    async with as_tenant(pool, tenant.tenant_id) as tx:
        task = await pipeline.retry(tx, task_id, is_test=False, now=NOW)
    assert (task.status, task.stage, task.error) == ("pending", "open", None)
    assert await _lent(pool, people[0]) is None
    assert await _lent(pool, fresh) is not None
