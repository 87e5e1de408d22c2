"""What another policy changes for work that is under way, and for who was kept out by the old."""

from collections.abc import Mapping

from given import NOW
from work.golden import HOUR_LATER, gold, judge, lend, rows, score, standing, work_through
from work.opened import annotators, assess, do_next, look, new_tasks, project

from evenhand import pipeline, tenants
from evenhand.foundation.database import Pool, as_tenant
from evenhand.work import projects, qualification


async def _set(pool: Pool, owner: tenants.NewTenant, policy: Mapping[str, object]) -> None:
    async with as_tenant(pool, owner.tenant_id) as tx:
        found = await projects.project_to_change(tx, "animals", is_test=False)
        changed = await pipeline.project.set_policy(tx, found, policy, now=HOUR_LATER)
    assert changed.policy == policy


async def test_an_open_task_is_judged_by_the_policy_that_holds_when_its_votes_are_in(pool, tenant):
    await project(pool, tenant, annotations=2, annotations_max=2)
    (task_id,) = await new_tasks(pool, tenant, 1)
    anna, ben, cleo = await annotators(pool, 3)
    await do_next(pool, anna, "cat")
    await do_next(pool, ben, "dog")
    await _set(pool, tenant, {"annotations": 2, "annotations_max": 3})

    await assess(pool, tenant)

    assert (await look(pool, tenant, task_id)).status == "pending"
    assert await do_next(pool, cleo, "dog") == task_id
    await assess(pool, tenant)
    assert (await look(pool, tenant, task_id)).response == {"category": "dog"}


async def test_an_open_task_goes_on_wanting_what_it_was_opened_with(pool, tenant):
    await project(pool, tenant, annotations=2, annotations_max=2)
    (task_id,) = await new_tasks(pool, tenant, 1)
    await _set(pool, tenant, {"annotations": 1, "annotations_max": 1})
    anna, ben = await annotators(pool, 2)
    await do_next(pool, anna, "cat")
    await assess(pool, tenant)
    assert (await look(pool, tenant, task_id)).status == "pending"
    await do_next(pool, ben, "cat")
    await assess(pool, tenant)
    assert (await look(pool, tenant, task_id)).status == "completed"


async def test_a_lower_bar_lets_in_who_was_paused_over_gold_and_a_higher_one_pauses_at_the_next(
    pool, tenant
):
    await project(pool, tenant, gold_share=0.5, gold_accuracy_least=0.9, gold_tasks_least=2)
    await new_tasks(pool, tenant, 30)
    await gold(pool, tenant, 8)
    (anna,) = await annotators(pool, 1)
    await work_through(pool, anna, 10, known="bird")
    await score(pool, tenant)
    assert (await judge(pool, tenant, anna)).pause_kind == "gold"

    await _set(pool, tenant, {"gold_share": 0.5, "gold_accuracy_least": 0.1})

    assert (await standing(pool, tenant, anna)).paused_at is None
    await _set(pool, tenant, {"gold_share": 0.5, "gold_accuracy_least": 0.9})
    assert (await standing(pool, tenant, anna)).paused_at is None
    await work_through(pool, anna, 4, known="bird")
    await score(pool, tenant)
    assert (await judge(pool, tenant, anna)).pause_kind == "gold"


async def test_who_failed_a_course_passes_by_a_lower_bar_or_is_given_another_round(pool, tenant):
    asked = {"training_score_least": 0.9, "training_attempts_max": 1}
    await project(pool, tenant, **asked)
    await new_tasks(pool, tenant, 3)
    await gold(pool, tenant, 2, purpose="training")
    anna, ben = await annotators(pool, 2)
    for who in (anna, ben):
        await work_through(pool, who, 1, known="bird")
        await work_through(pool, who, 1, known="cat")
        assert (await standing(pool, tenant, who)).pause_kind == "training"

    await _set(pool, tenant, {**asked, "training_attempts_max": 2})

    assert await work_through(pool, anna, 2, known="cat") == ["training"] * 2
    assert (await lend(pool, anna))[1].purpose == "live"
    assert await work_through(pool, ben, 2, known="bird") == ["training"] * 2
    assert (await standing(pool, tenant, ben)).pause_kind == "training"
    await _set(pool, tenant, {**asked, "training_score_least": 0.5})
    assert (await standing(pool, tenant, ben)).passed_at == HOUR_LATER


async def test_a_pause_by_hand_is_no_matter_of_policy(pool, tenant):
    await project(pool, tenant, gold_accuracy_least=0.9)
    (anna,) = await annotators(pool, 1)
    async with as_tenant(pool, tenant.tenant_id) as tx:
        (found,) = await projects.projects_of(tx, is_test=False, archived=None, limit=1, offset=0)
        where = await qualification.lock_standing(tx, found.project_id, anna.annotator_id)
        await pipeline.annotator.pause(tx, where, "manual", "Rest.", now=NOW)
    await _set(pool, tenant, {})
    assert (await standing(pool, tenant, anna)).pause_kind == "manual"
    resumed = "SELECT count(*) FROM ledger.entry WHERE event LIKE '%%annotator.resumed%%'"
    assert await rows(pool, tenant, resumed) == [(0,)]
