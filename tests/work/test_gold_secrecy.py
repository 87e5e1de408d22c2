"""What an annotator can learn of gold in use by watching what they are told of themselves."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
from given import NOW
from work.golden import (
    DAY_LATER,
    HOUR_LATER,
    gold,
    hand_in,
    judge,
    lend,
    rows,
    score,
    standing,
    work_through,
)
from work.opened import annotators, new_tasks, project

from evenhand import pipeline, tenants, workforce
from evenhand.app.api.scores import GOLD_PAUSE, project_score
from evenhand.foundation.database import Pool, as_tenant
from evenhand.work import gold_tasks, qualification

MIDNIGHT = DAY_LATER.replace(hour=0)


async def told(
    pool: Pool, owner: tenants.NewTenant, who: workforce.Annotator, *, now: datetime
) -> bytes:
    """All that the scores say to the annotator at a moment."""
    async with as_tenant(pool, owner.tenant_id) as tx:
        standings = await qualification.standings_of(
            tx,
            counted_before=qualification.told_up_to(now),
            counted_by=gold_tasks.COUNTED_BY,
            annotator_id=who.annotator_id,
        )
        missed = await qualification.missed(tx, who.annotator_id, now=now)
    scores = [project_score(one, "a project") for one in standings]
    return msgspec.json.encode((scores, [one.assignment_id for one in missed]))


def auc(gold_moved: Sequence[bool], live_moved: Sequence[bool]) -> float:
    """How probably a gold answer is told from a live one by whether what is told moved."""
    gold_share = sum(gold_moved) / len(gold_moved)
    live_share = sum(live_moved) / len(live_moved)
    return 0.5 + (gold_share - live_share) / 2


async def test_a_poll_after_each_of_five_hundred_answers_tells_nothing_of_gold(pool, tenant):
    await project(pool, tenant, gold_share=0.5, annotations=5, annotations_max=5)
    await new_tasks(pool, tenant, 60)
    await gold(pool, tenant, 60)
    moved: dict[str, list[bool]] = {"evaluation": [], "live": []}
    for who in await annotators(pool, 5):
        moment, before = NOW, b""
        for number in range(104):
            moment += timedelta(minutes=20)
            lent = await lend(pool, who, now=moment)
            said = "cat" if number % 3 else "bird"
            await hand_in(pool, who, lent, said, now=moment)
            await score(pool, tenant, now=moment)
            after = await told(pool, tenant, who, now=moment)
            moved[lent[1].purpose].append(number > 0 and before != after)
            before = after

    assert sum(len(seen) for seen in moved.values()) == 520
    assert auc(moved["evaluation"], moved["live"]) <= 0.55
    assert auc(moved["live"], moved["evaluation"]) <= 0.55
    assert any(moved["evaluation"] + moved["live"]), "at midnight there is something to tell"


async def test_counts_and_skill_are_told_by_fives_of_the_days_before_and_a_tenant_all(pool, tenant):
    await project(pool, tenant, gold_share=0.5)
    await new_tasks(pool, tenant, 20)
    await gold(pool, tenant, 9)
    (anna,) = await annotators(pool, 1)
    await work_through(pool, anna, 8, known="cat")
    await score(pool, tenant)
    early = msgspec.json.decode(await told(pool, tenant, anna, now=DAY_LATER))[0][0]
    assert (early["gold_answers"], early["skill"]) == (0, None), "four are too few"
    await work_through(pool, anna, 10, known="bird", now=NOW + timedelta(hours=1))
    await score(pool, tenant)

    today = msgspec.json.decode(await told(pool, tenant, anna, now=MIDNIGHT - timedelta(hours=1)))
    tomorrow = msgspec.json.decode(await told(pool, tenant, anna, now=MIDNIGHT))

    assert (today[0][0]["gold_answers"], today[0][0]["skill"]) == (0, None)
    shown = tomorrow[0][0]
    assert (shown["gold_answers"], shown["gold_right"]) == (5, 4)
    assert shown["skill"]["accuracy"] == 0.8
    async with as_tenant(pool, tenant.tenant_id) as tx:
        (whole,) = await qualification.standings_of(tx, counted_before=MIDNIGHT, project_id=None)
    assert (whole.answers, whole.right) == (9, 4)
    assert whole.accuracy is not None


async def test_a_pause_falls_after_the_hour_and_does_not_wait_for_another_answer(pool, tenant):
    await project(pool, tenant, gold_share=0.5, gold_accuracy_least=0.8)
    await new_tasks(pool, tenant, 20)
    await gold(pool, tenant, 7)
    (anna,) = await annotators(pool, 1)
    within = NOW + timedelta(minutes=59)
    await work_through(pool, anna, 12, known="bird", now=within)

    await score(pool, tenant, now=within)

    assert (await standing(pool, tenant, anna)).paused_at is None
    assert (await judge(pool, tenant, anna, now=within)).paused_at is None
    found = await to_judge(pool, tenant)
    assert found == [(anna.annotator_id, HOUR_LATER)]
    paused = await judge(pool, tenant, anna)
    assert "0 of 5" in paused.pause_reason, "of six, the last says nothing yet"
    assert await lend(pool, anna) is None


async def test_answers_of_the_hour_that_is_not_over_are_not_judged(pool, tenant):
    await project(pool, tenant, gold_share=0.5, gold_accuracy_least=0.8)
    await new_tasks(pool, tenant, 20)
    await gold(pool, tenant, 6)
    (anna,) = await annotators(pool, 1)
    await work_through(pool, anna, 12, known="bird", now=NOW + timedelta(minutes=10))
    await score(pool, tenant, now=NOW + timedelta(minutes=11))

    early = await judge(pool, tenant, anna, now=NOW + timedelta(minutes=59))
    late = await judge(pool, tenant, anna, now=NOW + timedelta(minutes=60))

    assert early.paused_at is None
    assert late.paused_at is not None


async def test_without_a_bar_nobody_is_judged_for_nothing(pool, tenant):
    await project(pool, tenant, gold_share=0.5)
    await new_tasks(pool, tenant, 20)
    await gold(pool, tenant, 6)
    (anna,) = await annotators(pool, 1)
    await work_through(pool, anna, 12, known="bird")
    assert await score(pool, tenant) == 6
    assert await to_judge(pool, tenant) == []


async def test_whoever_is_paused_is_told_the_hour_and_tomorrow_what_was_missed(pool, tenant):
    await project(pool, tenant, gold_share=0.5, gold_accuracy_least=0.8)
    await new_tasks(pool, tenant, 20)
    await gold(pool, tenant, 6)
    (anna,) = await annotators(pool, 1)
    await work_through(pool, anna, 12, known="bird")
    await score(pool, tenant)
    await judge(pool, tenant, anna, now=HOUR_LATER + timedelta(minutes=1, seconds=2))
    late = MIDNIGHT - timedelta(seconds=1)

    (at_once,), nothing = msgspec.json.decode(await told(pool, tenant, anna, now=late))
    (next_day,), missed = msgspec.json.decode(await told(pool, tenant, anna, now=MIDNIGHT))

    assert at_once["paused"]["reason"] == GOLD_PAUSE
    since = datetime.fromisoformat(at_once["paused"]["since"])
    assert since.astimezone(UTC) == HOUR_LATER
    assert (at_once["gold_answers"], at_once["skill"], nothing) == (0, None, [])
    assert (next_day["gold_answers"], next_day["gold_right"]) == (5, 0)
    assert len(missed) == 6


async def test_answers_after_the_hour_are_judged_after_the_next(pool, tenant):
    await project(pool, tenant, gold_share=0.5, gold_accuracy_least=0.8)
    await new_tasks(pool, tenant, 30)
    await gold(pool, tenant, 12)
    (anna,) = await annotators(pool, 1)
    await work_through(pool, anna, 4, known="bird", now=NOW + timedelta(minutes=59))
    await score(pool, tenant, now=NOW + timedelta(minutes=59))
    # Scored before the first hour is judged, so the appointment for it is still there.
    await work_through(pool, anna, 12, known="bird", now=HOUR_LATER + timedelta(seconds=30))
    await score(pool, tenant, now=HOUR_LATER + timedelta(seconds=40))

    assert await _judged(pool, tenant, now=HOUR_LATER + timedelta(seconds=50)) == 0
    assert await _judged(pool, tenant, now=HOUR_LATER + timedelta(minutes=2)) == 1
    assert (await standing(pool, tenant, anna)).paused_at is None
    again = HOUR_LATER + timedelta(hours=1)
    assert await to_judge(pool, tenant) == [(anna.annotator_id, again)]
    assert await _judged(pool, tenant, now=again + timedelta(minutes=2)) == 1
    assert (await standing(pool, tenant, anna)).paused_at is not None
    assert await to_judge(pool, tenant) == []


async def _judged(pool: Pool, owner: tenants.NewTenant, *, now: datetime) -> int:
    async with as_tenant(pool, owner.tenant_id) as tx:
        return await pipeline.annotator.judge_due(tx, now=now)


async def to_judge(pool: Pool, owner: tenants.NewTenant) -> list[tuple[UUID, datetime]]:
    """Who will be judged, and after which full hour."""
    found = await rows(
        pool, owner, "SELECT annotator_id, judge_at FROM work.standing WHERE judge_at IS NOT NULL"
    )
    return [(who, at.astimezone(UTC).replace(minute=0, second=0)) for who, at in found]
