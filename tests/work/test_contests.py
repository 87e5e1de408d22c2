"""What annotators are told of their scores, and how they contest them."""

from datetime import timedelta
from uuid import uuid4

import pytest
from given import NOW
from work.golden import DAY_LATER, gold, hand_in, judge, lend, rows, score, standing, work_through
from work.opened import annotators, new_tasks, project

from evenhand import pipeline
from evenhand.foundation.database import as_tenant
from evenhand.foundation.errors import EvenhandError
from evenhand.work import gold_tasks, qualification
from evenhand.work.skills import tenants_to_fit

MONTH = qualification.TOLD_AFTER + timedelta(seconds=1)


async def missed(pool, owner, who, *, now=DAY_LATER):
    async with as_tenant(pool, owner.tenant_id) as tx:
        return await qualification.missed(tx, who.annotator_id, now=now)


async def contest(pool, owner, who, assignment_id, reason="It is a bird.", *, now=DAY_LATER):
    new = qualification.NewContest(
        contest_id=uuid4(),
        assignment_id=assignment_id,
        annotator_id=who.annotator_id,
        reason=reason,
    )
    async with as_tenant(pool, owner.tenant_id) as tx:
        await pipeline.annotator.contest(tx, new, now=now)
    return new.contest_id


async def uphold(pool, owner, contest_id, category=None):
    return await pipeline.annotator.uphold(
        pool,
        owner.tenant_id,
        contest_id,
        expected=None if category is None else {"category": category},
        note="You are right.",
        now=DAY_LATER,
    )


async def paused_over_gold(pool, owner):
    """An annotator who said bird to everything and was paused, and what they are told."""
    await project(pool, owner, gold_share=0.5, gold_accuracy_least=0.5)
    await new_tasks(pool, owner, 40)
    known = await gold(pool, owner, 5)
    (anna,) = await annotators(pool, 1)
    while not (await judge(pool, owner, anna)).paused_at:
        await work_through(pool, anna, 1, known="bird")
        await score(pool, owner)
    return anna, known


async def test_a_miss_is_told_when_its_gold_task_is_no_longer_a_secret(pool, tenant):
    await project(pool, tenant, gold_share=0.5)
    await new_tasks(pool, tenant, 10)
    known = await gold(pool, tenant, 2)
    (anna,) = await annotators(pool, 1)
    await work_through(pool, anna, 6, known="bird")
    await score(pool, tenant)

    assert await missed(pool, tenant, anna) == []
    assert len(await missed(pool, tenant, anna, now=NOW + MONTH)) == 2
    async with as_tenant(pool, tenant.tenant_id) as tx:
        await pipeline.annotator.retire_gold(tx, known[0], is_test=False, now=NOW)
    (told,) = await missed(pool, tenant, anna)
    async with as_tenant(pool, tenant.tenant_id) as tx:
        about = await qualification.disclosed(tx, told.assignment_id, anna.annotator_id, now=NOW)
    assert (about.task_id, about.response) == (known[0], {"category": "bird"})
    assert about.expected_response == {"category": "cat"}


async def test_nothing_is_told_of_live_work_or_of_gold_in_use_and_both_are_refused_alike(
    pool, tenant
):
    await project(pool, tenant, gold_share=0.5)
    await new_tasks(pool, tenant, 10)
    await gold(pool, tenant, 5)
    (anna,) = await annotators(pool, 1)
    refused: dict[str, tuple[str, str]] = {}
    for _ in range(4):
        lent = await lend(pool, anna)
        await hand_in(pool, anna, lent, "bird")
        await score(pool, tenant)
        with pytest.raises(qualification.NothingToTell) as told:
            await contest(pool, tenant, anna, lent[1].assignment_id)
        refused[lent[1].purpose] = (told.value.message, str(told.value.details))
    assert refused["live"] == refused["evaluation"]


async def test_counts_of_gold_rise_once_a_day_or_a_poll_would_tell_which_task_it_was(pool, tenant):
    await project(pool, tenant, gold_share=0.5)
    await new_tasks(pool, tenant, 10)
    await gold(pool, tenant, 5)
    (anna,) = await annotators(pool, 1)
    await work_through(pool, anna, 6)
    await score(pool, tenant)
    midnight = NOW.replace(hour=0)
    async with as_tenant(pool, tenant.tenant_id) as tx:
        for before, answers in ((midnight, 0), (midnight + timedelta(days=1), 3)):
            (one,) = await qualification.standings_of(
                tx, counted_before=before, annotator_id=anna.annotator_id
            )
            assert (one.answers, one.right) == (answers, answers)


async def test_an_upheld_contest_changes_what_is_expected_and_lifts_the_pause(pool, tenant):
    anna, known = await paused_over_gold(pool, tenant)
    told = await missed(pool, tenant, anna)
    assert len(told) == len(known) == 5
    for one in told[:3]:
        await uphold(pool, tenant, await contest(pool, tenant, anna, one.assignment_id), "bird")

    assert (await standing(pool, tenant, anna)).paused_at is None
    found = await rows(
        pool, tenant, "SELECT is_right, expected_version FROM work.gold_score ORDER BY 1"
    )
    assert found == [(False, 1)] * 2 + [(True, 2)] * 3
    assert await lend(pool, anna) is not None
    kinds = await rows(
        pool, tenant, "SELECT event::jsonb ->> 'kind', count(*) FROM ledger.entry GROUP BY 1"
    )
    counted = dict(kinds)
    assert counted["contest.opened"] == counted["contest.upheld"] == 3
    assert counted["gold.expectation_changed"] == 3
    assert (counted["annotator.paused"], counted["annotator.resumed"]) == (1, 1)


async def skills(pool, owner):
    found = await rows(pool, owner, "SELECT annotator_id, accuracy, tasks FROM work.skill")
    return {annotator_id: (accuracy, tasks) for annotator_id, accuracy, tasks in found}


async def test_skill_follows_an_upheld_contest_with_the_next_fit_for_all_who_had_the_task(
    pool, tenant
):
    await project(pool, tenant, gold_share=0.5)
    await new_tasks(pool, tenant, 30)
    (known,) = await gold(pool, tenant, 1)
    anna, ben = await annotators(pool, 2)
    await work_through(pool, anna, 2, known="bird")
    await work_through(pool, ben, 2, known="cat")
    await score(pool, tenant)
    async with as_tenant(pool, tenant.tenant_id) as tx:
        await pipeline.annotator.retire_gold(tx, known, is_test=False, now=NOW)
    before = await skills(pool, tenant)
    assert before[anna.annotator_id] < before[ben.annotator_id]
    (one,) = await missed(pool, tenant, anna)

    await uphold(pool, tenant, await contest(pool, tenant, anna, one.assignment_id), "bird")
    async with pool.connection() as connection:
        assert await tenants_to_fit(connection) == [tenant.tenant_id]
    assert await pipeline.annotator.refit(pool, tenant.tenant_id, now=DAY_LATER) == 1

    after = await skills(pool, tenant)
    assert after[anna.annotator_id] == pytest.approx(before[ben.annotator_id])
    assert after[ben.annotator_id] == pytest.approx(before[anna.annotator_id])


async def test_of_gold_that_is_withdrawn_nothing_is_left_in_anybodys_skill(pool, tenant):
    anna, _ = await paused_over_gold(pool, tenant)
    told = await missed(pool, tenant, anna)
    (accuracy, count) = (await skills(pool, tenant))[anna.annotator_id]
    assert count == len(told) == 5
    seen = [accuracy]
    for one in told:
        await uphold(pool, tenant, await contest(pool, tenant, anna, one.assignment_id))
        assert await pipeline.annotator.refit(pool, tenant.tenant_id, now=DAY_LATER) == 1
        seen.append((await skills(pool, tenant))[anna.annotator_id][0])
    assert seen == sorted(seen)
    assert seen[0] < seen[-1]
    assert (await skills(pool, tenant))[anna.annotator_id][1] == 0


async def test_gold_that_had_no_one_right_answer_counts_for_nobody_any_more(pool, tenant):
    anna, _ = await paused_over_gold(pool, tenant)
    (first, *_) = await missed(pool, tenant, anna)
    decided = await uphold(pool, tenant, await contest(pool, tenant, anna, first.assignment_id))
    assert (decided.state, decided.note) == ("upheld", "You are right.")
    assert (await standing(pool, tenant, anna)).paused_at is None
    assert await rows(pool, tenant, "SELECT count(*) FROM work.gold_score WHERE is_void") == [(1,)]
    async with as_tenant(pool, tenant.tenant_id) as tx:
        retired = await gold_tasks.gold_of(tx, decided.task_id, is_test=False)
        votes = await gold_tasks.gold_votes_of(tx, decided.project_id)
    assert retired.retired_at == DAY_LATER
    assert decided.task_id not in {vote.task_id for vote in votes}


async def test_whoever_was_right_by_the_old_answer_may_be_wrong_by_the_new_one(pool, tenant):
    await project(pool, tenant, gold_share=0.5, gold_accuracy_least=0.5, gold_tasks_least=3)
    await new_tasks(pool, tenant, 60)
    known = await gold(pool, tenant, 5)
    anna, ben = await annotators(pool, 2)
    await work_through(pool, anna, 10, known="bird")
    await work_through(pool, ben, 10, known="cat")
    await score(pool, tenant)
    assert (await judge(pool, tenant, anna)).pause_kind == "gold"
    for one in await missed(pool, tenant, anna):
        await uphold(pool, tenant, await contest(pool, tenant, anna, one.assignment_id), "bird")
    assert (await standing(pool, tenant, anna)).paused_at is None
    assert (await standing(pool, tenant, ben)).pause_kind == "gold"
    assert len(known) == 5


async def test_a_rejected_contest_changes_nothing_and_is_decided_once(pool, tenant):
    anna, _ = await paused_over_gold(pool, tenant)
    (first, *_) = await missed(pool, tenant, anna)
    contested = await contest(pool, tenant, anna, first.assignment_id)
    async with as_tenant(pool, tenant.tenant_id) as tx:
        decided = await pipeline.annotator.reject(tx, contested, note="No.", now=NOW)
    assert decided.state == "rejected"
    assert (await standing(pool, tenant, anna)).pause_kind == "gold"
    told = {one.assignment_id: one for one in await missed(pool, tenant, anna)}
    assert (told[first.assignment_id].contest, told[first.assignment_id].note) == (
        "rejected", "No.",
    )  # fmt: skip
    with pytest.raises(qualification.ContestDecided):
        await uphold(pool, tenant, contested)


async def test_contests_have_bounds(pool, tenant):
    anna, _ = await paused_over_gold(pool, tenant)
    (first, second, *_) = await missed(pool, tenant, anna)
    for reason in ("", "  ", "x" * 2001):
        with pytest.raises(qualification.NoReason):
            await contest(pool, tenant, anna, first.assignment_id, reason)
    await contest(pool, tenant, anna, first.assignment_id)
    with pytest.raises(qualification.AlreadyContested):
        await contest(pool, tenant, anna, first.assignment_id)
    (ben,) = await annotators(pool, 1)
    with pytest.raises(qualification.NothingToTell):
        await contest(pool, tenant, ben, second.assignment_id)


async def test_others_who_contested_the_same_task_are_given_right_with_the_first(pool, tenant):
    await project(pool, tenant, gold_share=0.5)
    await new_tasks(pool, tenant, 30)
    (known,) = await gold(pool, tenant, 1)
    crowd = await annotators(pool, 3)
    for who, said in zip(crowd, ("bird", "bird", "dog"), strict=True):
        await work_through(pool, who, 2, known=said)
    await score(pool, tenant)
    async with as_tenant(pool, tenant.tenant_id) as tx:
        await pipeline.annotator.retire_gold(tx, known, is_test=False, now=NOW)
    ids = []
    for who in crowd:
        (one,) = await missed(pool, tenant, who)
        ids.append(await contest(pool, tenant, who, one.assignment_id))

    await uphold(pool, tenant, ids[0], "bird")

    async with as_tenant(pool, tenant.tenant_id) as tx:
        states = [(await qualification.contest_of(tx, one)).state for one in ids]
        waiting = await qualification.contests_of(tx, state="open", limit=10, offset=0)
    assert states == ["upheld", "upheld", "open"]
    assert [one.contest_id for one in waiting] == [ids[2]]


async def test_a_lesson_is_contested_at_once_and_an_upheld_one_opens_the_way(pool, tenant):
    await project(pool, tenant, training_score_least=0.5)
    await new_tasks(pool, tenant, 2)
    await gold(pool, tenant, 2, purpose="training")
    (anna,) = await annotators(pool, 1)
    await work_through(pool, anna, 4, known="bird")
    assert (await standing(pool, tenant, anna)).pause_kind == "training"
    told = await missed(pool, tenant, anna)
    assert len(told) == 4

    await uphold(pool, tenant, await contest(pool, tenant, anna, told[-1].assignment_id), "bird")

    where = await standing(pool, tenant, anna)
    assert (where.paused_at, where.passed_at) == (None, DAY_LATER)
    assert (await lend(pool, anna))[1].purpose == "live"


async def test_another_tenant_neither_reads_nor_decides_a_contest(pool, tenant, rival):
    anna, _ = await paused_over_gold(pool, tenant)
    (first, *_) = await missed(pool, tenant, anna)
    contested = await contest(pool, tenant, anna, first.assignment_id)
    assert await missed(pool, rival, anna) == []
    async with as_tenant(pool, rival.tenant_id) as tx:
        assert await qualification.contests_of(tx, state=None, limit=10, offset=0) == []
        assert await qualification.standings_of(tx, counted_before=NOW + MONTH) == []
    for attempt in (
        lambda: uphold(pool, rival, contested),
        lambda: contest(pool, rival, anna, first.assignment_id),
    ):
        with pytest.raises(EvenhandError):
            await attempt()
