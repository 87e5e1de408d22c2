"""What a project knows is fitted outside of transactions, and nothing that is learned is lost."""

from datetime import timedelta
from uuid import UUID

import pytest
from given import NOW
from work.golden import gold, score, work_through
from work.opened import annotators, assess, do_next, new_tasks, project

from evenhand import pipeline, tenants
from evenhand.foundation.changed import Changed
from evenhand.foundation.database import Pool, as_tenant
from evenhand.foundation.processes import Processes
from evenhand.pipeline import child_processes
from evenhand.work import projects, skills


async def _answered(pool: Pool, owner: tenants.NewTenant, count: int) -> UUID:
    """A project with so many settled tasks of two, from which nothing was learned yet."""
    await project(pool, owner, annotations=2, annotations_max=2, gold_share=0.5)
    await new_tasks(pool, owner, count)
    anna, ben = await annotators(pool, 2)
    for _ in range(count):
        await do_next(pool, anna, "cat")
        await do_next(pool, ben, "cat")
    await assess(pool, owner)
    async with as_tenant(pool, owner.tenant_id) as tx:
        (found,) = await projects.projects_of(tx, is_test=False, archived=None, limit=10, offset=0)
    return found.project_id


async def _known(pool: Pool, owner: tenants.NewTenant, project_id: UUID) -> tuple[int, int]:
    async with as_tenant(pool, owner.tenant_id) as tx:
        learned = await skills.lock_experience(tx, project_id, now=NOW + timedelta(days=1))
    return learned.tasks, learned.fitted_tasks


async def test_while_a_project_is_fitted_its_lessons_and_scores_wait_and_none_is_lost(pool, tenant):
    project_id = await _answered(pool, tenant, 5)
    await new_tasks(pool, tenant, 6)
    await gold(pool, tenant, 3)
    (carl,) = await annotators(pool, 1)
    met = await work_through(pool, carl, 6)
    async with skills.experience_claimed(
        pool, tenant.tenant_id, project_id, seconds=60, now=NOW
    ) as busy_until:
        assert busy_until is not None
        assert await pipeline.annotator.learn(pool, tenant.tenant_id, now=NOW) == 0
        assert await score(pool, tenant) == 0
        assert await pipeline.annotator.refit(pool, tenant.tenant_id, now=NOW) == 0
    assert await pipeline.annotator.learn(pool, tenant.tenant_id, now=NOW) == 5
    assert await score(pool, tenant) == met.count("evaluation") > 0
    assert await _known(pool, tenant, project_id) == (5 + met.count("evaluation"), 0)


async def test_a_claim_that_was_left_behind_ends_by_itself(pool, tenant):
    project_id = await _answered(pool, tenant, 5)
    claim = skills.experience_claimed(pool, tenant.tenant_id, project_id, seconds=60, now=NOW)
    await claim.__aenter__()  # and here the worker is killed
    assert (
        await pipeline.annotator.learn(pool, tenant.tenant_id, now=NOW + timedelta(seconds=59)) == 0
    )
    assert (
        await pipeline.annotator.learn(pool, tenant.tenant_id, now=NOW + timedelta(seconds=60)) == 5
    )


async def test_whoever_outlives_their_claim_keeps_nothing(pool, tenant):
    project_id = await _answered(pool, tenant, 5)
    async with skills.experience_claimed(
        pool, tenant.tenant_id, project_id, seconds=60, now=NOW
    ) as first:
        assert first is not None
        later = NOW + timedelta(seconds=61)
        assert await pipeline.annotator.learn(pool, tenant.tenant_id, now=later) == 5
        async with as_tenant(pool, tenant.tenant_id) as tx:
            with pytest.raises(Changed):
                await skills.lock_claimed(tx, project_id, first)
    assert (await _known(pool, tenant, project_id))[0] == 5


async def test_a_fit_that_takes_too_much_is_not_tried_again_before_the_project_has_grown(
    pool, tenant, monkeypatch
):
    project_id = await _answered(pool, tenant, 12)
    assert await pipeline.annotator.learn(pool, tenant.tenant_id, now=NOW) == 12
    impatient = Processes(seconds_max=0.0)
    monkeypatch.setattr(child_processes, "LONG", impatient)
    assert await pipeline.annotator.refit(pool, tenant.tenant_id, now=NOW) == 0
    assert await _known(pool, tenant, project_id) == (12, 12)
    async with as_tenant(pool, tenant.tenant_id) as tx:
        assert await skills.projects_to_fit(tx, now=NOW) == []
    impatient.close()
