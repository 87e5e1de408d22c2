"""A course before live work: in order, with feedback, passed, repeated or failed."""

import pytest
from given import NOW
from work.golden import gold, hand_in, lend, rows, score, standing, work_through
from work.opened import annotators, new_tasks, project

from evenhand import pipeline
from evenhand.foundation.database import as_tenant
from evenhand.work import gold_tasks, qualification


async def test_a_new_annotator_takes_the_course_in_order_before_live_work(pool, tenant):
    await project(pool, tenant)
    await new_tasks(pool, tenant, 3)
    course = await gold(pool, tenant, 3, purpose="training")
    (anna,) = await annotators(pool, 1)
    taken: list[str] = []
    for _ in range(3):
        lent = await lend(pool, anna)
        assert await lend(pool, anna) is None, "one lesson at a time"
        taken.append(lent[1].task_id)
        await hand_in(pool, anna, lent, "cat")

    assert taken == course
    assert (await standing(pool, tenant, anna)).passed_at == NOW
    assert await work_through(pool, anna, 5) == ["live"] * 3


async def test_what_a_lesson_teaches_is_told_after_it_and_only_then(pool, tenant):
    await project(pool, tenant)
    await new_tasks(pool, tenant, 1)
    await gold(pool, tenant, 1, purpose="training")
    anna, ben = await annotators(pool, 2)
    lent = await lend(pool, anna)
    mine = (lent[1].assignment_id, anna.annotator_id)
    async with as_tenant(pool, tenant.tenant_id) as tx:
        with pytest.raises(qualification.NothingToTell):
            await qualification.disclosed(tx, *mine, now=NOW)
    await hand_in(pool, anna, lent, "bird")

    async with as_tenant(pool, tenant.tenant_id) as tx:
        taught = await qualification.disclosed(tx, *mine, now=NOW)
        with pytest.raises(qualification.NothingToTell):
            await qualification.disclosed(tx, mine[0], ben.annotator_id, now=NOW)
    assert (taught.response, taught.expected_response) == (
        {"category": "bird"},
        {"category": "cat"},
    )
    assert (taught.score, taught.is_right) == (0.0, False)


async def test_a_failed_course_is_repeated_and_then_ends_in_a_pause(pool, tenant):
    await project(pool, tenant)
    await new_tasks(pool, tenant, 3)
    course = await gold(pool, tenant, 2, purpose="training")
    (anna,) = await annotators(pool, 1)

    met = await work_through(pool, anna, 9, known="bird")

    assert met == ["training"] * 4
    paused = await standing(pool, tenant, anna)
    assert (paused.pause_kind, paused.attempt) == ("training", 1)
    assert "70%" in paused.pause_reason
    done = await rows(
        pool, tenant, "SELECT task_id, attempt FROM work.assignment WHERE state = 'done'"
    )
    assert sorted(done) == sorted((task_id, round_) for task_id in course for round_ in (0, 1))
    async with as_tenant(pool, tenant.tenant_id) as tx:
        await pipeline.annotator.resume(tx, paused, afresh=True, now=NOW)
    assert await work_through(pool, anna, 9) == ["training"] * 2 + ["live"] * 3


async def test_the_second_round_can_be_passed(pool, tenant):
    await project(pool, tenant, training_score_least=0.5)
    await new_tasks(pool, tenant, 2)
    await gold(pool, tenant, 2, purpose="training")
    (anna,) = await annotators(pool, 1)
    assert await work_through(pool, anna, 2, known="bird") == ["training"] * 2
    assert await work_through(pool, anna, 1, known="cat") == ["training"]
    assert await work_through(pool, anna, 3, known="bird") == ["training", "live", "live"]
    entered = await rows(
        pool, tenant,
        "SELECT event::jsonb ->> 'kind' FROM ledger.entry"
        " WHERE event::jsonb ->> 'kind' LIKE 'training.%%' ORDER BY 1",
    )  # fmt: skip
    assert entered == [("training.passed",), ("training.repeated",)]


async def test_a_skipped_lesson_counts_as_one_not_learnt(pool, tenant):
    await project(pool, tenant, training_attempts_max=1)
    await new_tasks(pool, tenant, 1)
    await gold(pool, tenant, 2, purpose="training")
    (anna,) = await annotators(pool, 1)
    await work_through(pool, anna, 1)
    _, lent = await lend(pool, anna)
    async with as_tenant(pool, tenant.tenant_id) as tx:
        await pipeline.skip(
            tx, lent.assignment_id, annotator_id=anna.annotator_id, reason="unclear", now=NOW
        )
    assert (await standing(pool, tenant, anna)).pause_kind == "training"
    assert await lend(pool, anna) is None


async def test_whoever_worked_there_before_need_not_take_the_course(pool, tenant):
    await project(pool, tenant)
    await new_tasks(pool, tenant, 4)
    anna, ben = await annotators(pool, 2)
    await work_through(pool, anna, 1)
    await gold(pool, tenant, 1, purpose="training")

    assert await work_through(pool, anna, 1) == ["live"]
    assert await work_through(pool, ben, 1) == ["training"]


async def test_a_retired_course_stands_in_nobodys_way(pool, tenant):
    await project(pool, tenant)
    await new_tasks(pool, tenant, 1)
    (lesson,) = await gold(pool, tenant, 1, purpose="training")
    async with as_tenant(pool, tenant.tenant_id) as tx:
        await pipeline.annotator.retire_gold(tx, lesson, is_test=False, now=NOW)
    (anna,) = await annotators(pool, 1)
    assert await work_through(pool, anna, 2) == ["live"]


async def test_other_projects_and_tenants_ask_for_no_course(pool, tenant, rival):
    await project(pool, tenant)
    await new_tasks(pool, tenant, 1)
    await gold(pool, tenant, 1, purpose="training")
    await project(pool, rival)
    await new_tasks(pool, rival, 1)
    await project(pool, tenant, name="plants")
    await new_tasks(pool, tenant, 1, project="plants")
    (anna,) = await annotators(pool, 1)
    held = [await lend(pool, anna) for _ in range(4)]
    assert sorted(one[1].purpose for one in held if one) == ["live", "live", "training"]
    assert held[3] is None


async def test_lessons_are_no_evidence_of_skill_and_never_weighed(pool, tenant):
    await project(pool, tenant)
    await new_tasks(pool, tenant, 1)
    await gold(pool, tenant, 2, purpose="training")
    (anna,) = await annotators(pool, 1)
    await work_through(pool, anna, 2)
    assert await score(pool, tenant) == 0
    ((project_id,),) = await rows(pool, tenant, "SELECT project_id FROM work.project")
    async with as_tenant(pool, tenant.tenant_id) as tx:
        assert await gold_tasks.gold_votes_of(tx, project_id) == []
        assert await pipeline.assess(tx, now=NOW) == 0
