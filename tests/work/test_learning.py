"""What a project learns of its annotators, and what it does with it."""

import json
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
from given import NOW
from work.golden import gold, score, work_through
from work.opened import annotators, answer, assess, do_next, look, new_tasks, project

from evenhand import pipeline
from evenhand.foundation.database import as_tenant
from evenhand.work import assignments, skills, verdicts
from evenhand.work.assignments.fairness import RESERVED
from evenhand.work.skills.experience import FIT_TASKS_MIN

TARGET = {"target_accuracy": 0.95, "calibration_share": 0.0}
WRONG = {"cat": "dog", "dog": "cat"}
LATER = NOW + RESERVED + timedelta(seconds=1)


async def learn(pool, owner) -> int:
    return await pipeline.annotator.learn(pool, owner.tenant_id, now=NOW)


async def refit(pool, owner, *, now=NOW) -> int:
    named = await to_fit(pool)
    fitted = await pipeline.annotator.refit(pool, owner.tenant_id, now=now)
    assert not fitted or named == [owner.tenant_id], "a round asks only those who are named"
    return fitted


async def to_fit(pool) -> list:
    async with pool.connection() as connection:
        return await skills.tenants_to_fit(connection)


async def rows(pool, owner, statement: str) -> list[tuple]:
    async with as_tenant(pool, owner.tenant_id) as tx:
        return await (await tx.connection.execute(statement)).fetchall()


async def accuracies(pool, owner) -> dict:
    return dict(await rows(pool, owner, "SELECT annotator_id, accuracy FROM work.skill"))


async def answered(pool, owner, crowd, count: int, *, bad=(), first: int = 0) -> list[str]:
    """Have all of a crowd answer some tasks; the bad ones are wrong on every second."""
    made = await new_tasks(pool, owner, count)
    for number in range(count):
        category = ("cat", "dog")[number % 2]
        for who in crowd:
            errs = who in bad and number % 4 < 2
            await do_next(pool, who, WRONG[category] if errs else category)
    await assess(pool, owner)
    return made


async def test_each_settled_task_is_learned_from_once(pool, tenant):
    await project(pool, tenant, annotations=3, annotations_max=3)
    crowd = await annotators(pool, 3)
    await answered(pool, tenant, crowd, 6)
    assert await learn(pool, tenant) == 6
    assert await learn(pool, tenant) == 0
    await answered(pool, tenant, crowd, 4)
    assert await learn(pool, tenant) == 4

    assert await rows(pool, tenant, "SELECT tasks FROM work.experience") == [(10,)]
    assert {row[0] for row in await rows(pool, tenant, "SELECT tasks FROM work.skill")} == {10}


async def test_a_refit_comes_to_what_was_learned_task_by_task_and_waits_for_growth(pool, tenant):
    await project(pool, tenant, annotations=3, annotations_max=3)
    crowd = await annotators(pool, 3)
    await answered(pool, tenant, crowd, FIT_TASKS_MIN, bad=crowd[2:])
    await learn(pool, tenant)
    assert await refit(pool, tenant) == 0
    await answered(pool, tenant, crowd, 40, bad=crowd[2:])
    await learn(pool, tenant)
    before = await accuracies(pool, tenant)

    assert await refit(pool, tenant) == 1
    assert await refit(pool, tenant) == 0
    assert await to_fit(pool) == [], "whoever has learned nothing since costs nothing"

    after = await accuracies(pool, tenant)
    assert after == pytest.approx(before, abs=0.1)
    assert all(after[who.annotator_id] > 0.9 for who in crowd[:2])
    await answered(pool, tenant, crowd, 2, bad=crowd[2:])
    await learn(pool, tenant)
    assert await refit(pool, tenant) == 0
    assert await refit(pool, tenant, now=NOW + timedelta(days=1, seconds=1)) == 1


async def test_a_task_that_cannot_be_read_keeps_a_project_from_learning_of_no_other(
    database, pool, tenant
):
    await project(pool, tenant, annotations=3, annotations_max=3)
    crowd = await annotators(pool, 3)
    spoilt, *_ = await answered(pool, tenant, crowd, 5)
    with psycopg.connect(database.admin) as connection:
        connection.execute(
            "UPDATE work.annotation SET response_ordered = '{}' WHERE task_id = %s", [spoilt]
        )

    assert await learn(pool, tenant) == 5

    assert {row[0] for row in await rows(pool, tenant, "SELECT tasks FROM work.skill")} == {4}


async def test_a_target_accuracy_asks_for_votes_until_the_label_is_probable_enough(pool, tenant):
    await project(pool, tenant, annotations=1, annotations_max=6, **TARGET)
    (task_id,) = await new_tasks(pool, tenant, 1)
    crowd = await annotators(pool, 6)

    asked = 0
    for who in crowd:
        if await do_next(pool, who, "cat") is None:
            break
        asked += 1
        await assess(pool, tenant)

    # Three votes tell as much as 2.5 that do not depend on each other: of three labels, 0.7 against
    # 0.15 is then 47 to 1 for each of the others, after two votes 17 to 1.
    assert asked == 3
    assert (await look(pool, tenant, task_id)).response == {"category": "cat"}


async def test_a_share_of_the_tasks_gets_all_annotations_however_sure_the_first_are(pool, tenant):
    await project(
        pool,
        tenant,
        annotations=1,
        annotations_max=4,
        target_accuracy=0.5,
        calibration_share=0.5,
    )
    crowd = await annotators(pool, 4)
    made = await new_tasks(pool, tenant, 30)
    for who in crowd:
        while await do_next(pool, who, "cat"):
            pass
        await assess(pool, tenant)

    counts = await rows(pool, tenant, "SELECT annotations FROM work.verdict")
    whole = sum(count == (4,) for count in counts)
    assert len(counts) == len(made)
    assert sum(count == (1,) for count in counts) == len(made) - whole
    assert 5 <= whole <= 25  # but for one chance in three thousand


async def test_a_refit_tells_how_much_votes_depend_on_each_other(pool, tenant):
    # Given tasks of which every third leaves some annotators guessing, each in turn.
    await project(pool, tenant, annotations=6, annotations_max=6)
    crowd = await annotators(pool, 6)
    await new_tasks(pool, tenant, 4 * FIT_TASKS_MIN)
    for task in range(4 * FIT_TASKS_MIN):
        category = ("cat", "dog")[task % 2]
        for number, who in enumerate(crowd):
            guesses = task % 3 == 0 and (number + task // 3) % 3 == 0
            await do_next(pool, who, WRONG[category] if guesses else category)
    await assess(pool, tenant)
    while await learn(pool, tenant):
        pass
    assert await rows(pool, tenant, "SELECT dependence FROM work.experience") == [(None,)]

    assert await refit(pool, tenant) == 1

    ((found,),) = await rows(pool, tenant, "SELECT dependence FROM work.experience")
    assert 0 <= found <= 1
    await learn(pool, tenant)
    assert await rows(pool, tenant, "SELECT dependence FROM work.experience") == [(found,)]


async def test_votes_that_depend_on_each_other_settle_a_task_later(pool, tenant):
    await project(pool, tenant, annotations=1, annotations_max=6, **TARGET)
    crowd = await annotators(pool, 6)
    asked: list[int] = []
    for dependence in (0.0, 1.0):
        async with as_tenant(pool, tenant.tenant_id) as tx:
            (project_id,) = await projects_of(tx)
            learned = await skills.lock_experience(tx, project_id, now=NOW)
            known = replace(learned, dependence=dependence)
            await skills.keep_experience(
                tx, project_id, known, usual={"votes": 10, "right": 8}, truths={}
            )
        await new_tasks(pool, tenant, 1)
        votes, now = 0, NOW
        for who in crowd:
            now += RESERVED + timedelta(seconds=1)
            votes += await do_next(pool, who, "cat", now=now) is not None
            await assess(pool, tenant, now=now)
        asked.append(votes)

    # Votes that say all the same are as one, and one is never sure enough.
    assert asked[0] < asked[1] == 6


async def test_with_good_annotators_a_target_is_reached_with_fewer_votes(pool, tenant):
    await project(pool, tenant, annotations=2, annotations_max=6, **TARGET)
    crowd = await annotators(pool, 2)
    for _ in range(4):
        await answered(pool, tenant, await annotators(pool, 0) or crowd, 10)
        # Whatever is still open is done by two more.
    more = await annotators(pool, 2)
    for who in more:
        while await do_next(pool, who, "cat"):
            await assess(pool, tenant)
    await learn(pool, tenant)

    (task_id,) = await new_tasks(pool, tenant, 1)
    for who in crowd:
        await do_next(pool, who, "dog")
    await assess(pool, tenant)

    assert (await look(pool, tenant, task_id)).status == "completed"


async def test_one_more_annotation_is_kept_a_while_for_the_skilled_and_then_anyones(
    pool, tenant, rival
):
    await project(pool, tenant, annotations=3, annotations_max=4, confidence=0.99)
    good, fair, bad = await annotators(pool, 3)
    best, stranger = await annotators(pool, 2)
    await answered(pool, tenant, [good, fair, bad], 20, bad=[bad])
    for who in (best,):
        while await do_next(pool, who, "cat", now=LATER):
            await assess(pool, tenant, now=LATER)
    await learn(pool, tenant)
    (median,) = (await rows(pool, tenant, "SELECT skill_median FROM work.experience"))[0]
    known = await accuracies(pool, tenant)
    assert known[bad.annotator_id] < median

    (task_id,) = await new_tasks(pool, tenant, 1)
    await do_next(pool, good, "cat")
    await do_next(pool, fair, "dog")
    await do_next(pool, best, "bird")
    await assess(pool, tenant)

    # Neither a stranger nor the least skilled is lent it at first; both see no more than no task.
    assert await pipeline.dispatch(pool, stranger, now=NOW) is None
    assert await pipeline.dispatch(pool, bad, now=NOW) is None
    await project(pool, rival)
    (other,) = await new_tasks(pool, rival, 1)
    assert await do_next(pool, stranger, "cat") == other
    assert await do_next(pool, stranger, "cat", now=LATER) == task_id


async def test_the_skilled_are_lent_one_more_at_once(pool, tenant):
    await project(pool, tenant, annotations=3, annotations_max=4)
    bad, fair, good, able = await annotators(pool, 4)
    await answered(pool, tenant, [good, able, bad], 12, bad=[bad])
    await answered(pool, tenant, [good, able, fair], 12)
    await learn(pool, tenant)
    (task_id,) = await new_tasks(pool, tenant, 1)
    for who, category in ((bad, "cat"), (fair, "dog"), (good, "bird")):
        await do_next(pool, who, category)
    async with as_tenant(pool, tenant.tenant_id) as tx:
        least = await skills.experiences(tx, await projects_of(tx), [])
        await assignments.want_more(
            tx, {task_id: 1}, now=NOW, skills_least={task_id: least[0].skill_median or 1.0}
        )
    (newcomer,) = await annotators(pool, 1)

    assert await pipeline.dispatch(pool, newcomer, now=NOW) is None
    assert await do_next(pool, able, "dog") == task_id


async def projects_of(tx) -> list:
    found = await tx.connection.execute("SELECT project_id FROM work.project")
    return [row[0] for row in await found.fetchall()]


async def test_a_task_that_three_annotators_skip_goes_to_a_reviewer(pool, tenant):
    await project(pool, tenant)
    (task_id,) = await new_tasks(pool, tenant, 1)
    *crowd, last = await annotators(pool, 4)
    (rita,) = await annotators(pool, 1, reviewer=True)
    for number, who in enumerate(crowd):
        assert (await look(pool, tenant, task_id)).stage == "open", number
        _, lent = await pipeline.dispatch(pool, who, now=NOW)
        async with as_tenant(pool, tenant.tenant_id) as tx:
            await pipeline.skip(
                tx, lent.assignment_id, annotator_id=who.annotator_id, reason="dark", now=NOW
            )

    assert (await look(pool, tenant, task_id)).stage == "review"
    assert await pipeline.dispatch(pool, last, now=NOW) is None
    assert await do_next(pool, rita, "bird") == task_id
    await assess(pool, tenant)
    assert (await look(pool, tenant, task_id)).response == {"category": "bird"}


@pytest.mark.parametrize("learns", [False, True])
async def test_about_the_least_sure_share_of_tasks_goes_to_a_reviewer(pool, tenant, learns):
    await project(pool, tenant, annotations=3, annotations_max=3, review_share=0.2)
    crowd = await annotators(pool, 3)
    doubtful: list[bool] = []
    for _ in range(8):
        await new_tasks(pool, tenant, 15)
        for number in range(15):
            errs = number // 5 if number % 5 == 2 else None
            for place, who in enumerate(crowd):
                task_id = await do_next(pool, who, "dog" if errs == place else "cat")
            await assess(pool, tenant)
            if (await look(pool, tenant, task_id)).stage == "review":
                doubtful.append(errs is not None)
        if learns:
            await learn(pool, tenant)

    assert 0.15 <= len(doubtful) / (8 * 15) <= 0.3
    # While what is known of annotators grows, all votes become surer, and old ones are no measure.
    if not learns:
        assert sum(doubtful[4:]) >= 0.8 * len(doubtful[4:])
    said = await rows(pool, tenant, "SELECT votes_confidence FROM work.task WHERE stage = 'review'")
    assert all(confidence is not None for (confidence,) in said)


async def test_what_is_kept_of_an_annotator_can_be_read_again(pool, tenant):
    await project(pool, tenant, annotations=2, annotations_max=2)
    crowd = await annotators(pool, 2)
    await answered(pool, tenant, crowd, 3)
    await learn(pool, tenant)
    ((record,), _) = await rows(pool, tenant, "SELECT record::text FROM work.skill")
    assert json.loads(record)["votes"] == 3
    assert answer(crowd[0], "cat").response == {"category": "cat"}


async def test_who_is_wrong_on_gold_has_less_skill_without_any_live_consensus(pool, tenant):
    await project(pool, tenant, gold_share=0.5)
    await new_tasks(pool, tenant, 60)
    await gold(pool, tenant, 12)
    anna, ben = await annotators(pool, 2)
    await work_through(pool, anna, 24, known="cat")
    await work_through(pool, ben, 24, known="bird")
    await assess(pool, tenant)
    assert await learn(pool, tenant) == 0

    assert await score(pool, tenant) > FIT_TASKS_MIN

    learned = await accuracies(pool, tenant)
    assert learned[anna.annotator_id] > 0.8
    assert learned[ben.annotator_id] < 0.3
    assert await refit(pool, tenant) == 1
    fitted = await accuracies(pool, tenant)
    assert fitted == pytest.approx(learned, abs=1e-3)
    assert await score(pool, tenant) == 0


async def test_gold_that_is_not_scored_yet_is_learned_from_once(pool, tenant):
    await project(pool, tenant, gold_share=0.5)
    await new_tasks(pool, tenant, 60)
    await gold(pool, tenant, 20)
    (anna,) = await annotators(pool, 1)
    await work_through(pool, anna, 26)
    scored = await score(pool, tenant)
    await work_through(pool, anna, 10)

    assert await refit(pool, tenant) == 1
    assert await rows(pool, tenant, "SELECT tasks FROM work.skill") == [(scored,)]
    later = await score(pool, tenant)
    assert later > 0
    assert await rows(pool, tenant, "SELECT tasks FROM work.skill") == [(scored + later,)]


async def test_gold_tasks_are_never_taken_for_live_work(pool, tenant):
    await project(pool, tenant, annotations=3, annotations_max=3, gold_share=0.5)
    live = await new_tasks(pool, tenant, 14)
    await gold(pool, tenant, 14)
    for who in await annotators(pool, 3):
        await work_through(pool, who, 28)
    await assess(pool, tenant)

    assert await learn(pool, tenant) == len(live)
    assert await rows(pool, tenant, "SELECT count(*) FROM work.verdict") == [(len(live),)]
    for _ in range(2):
        ((truths,),) = await rows(pool, tenant, "SELECT truths FROM work.experience")
        assert sum(truths.values()) == pytest.approx(len(live), abs=0.01)
        assert truths["dog"] > len(live) - 1
        await score(pool, tenant)
        await refit(pool, tenant)
    told = await pipeline.project.report(pool, tenant.tenant_id, "animals", is_test=False)
    await pipeline.project.check(pool, tenant.tenant_id, now=NOW)
    async with as_tenant(pool, tenant.tenant_id) as tx:
        found = await verdicts.alerts_of(tx, is_test=False, project=None, limit=100)
    assert (told.tasks, told.votes) == (len(live), 3 * len(live))
    assert {one.task_id for one in found} <= {None, *live}
