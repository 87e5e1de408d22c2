"""Gold tasks: hidden among live work, scored, and what follows from the scores."""

import asyncio
import dataclasses
import hashlib
import math
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from given import NOW
from hypothesis import given
from hypothesis import strategies as st
from work.golden import gold, hand_in, judge, lend, rows, score, standing, work_through
from work.opened import annotators, answer, assess, do_next, look, new_tasks, project

from evenhand import delivery, ledger, pipeline, task_types
from evenhand.delivery import exports
from evenhand.foundation.database import as_tenant
from evenhand.foundation.errors import EvenhandError
from evenhand.quality.share import share_interval
from evenhand.work import assignments, gold_tasks, intake, projects, tasks

FIRST = 6  # the published rule: so many assignments come in blocks of two


def is_due(share: float, lent: int, project_id: UUID, annotator_id: UUID) -> bool:
    """The published rule, written once more from its description."""
    usual = max(1, round(1 / share))
    if lent < FIRST:
        size, number, inside = min(2, usual), lent // min(2, usual), lent % min(2, usual)
    else:
        number, inside = FIRST + (lent - FIRST) // usual, (lent - FIRST) % usual
        size = usual
    text = f"{project_id} {annotator_id} {number}"
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16) % size == inside


async def test_gold_comes_at_the_published_rate_and_each_task_once(pool, tenant):
    await project(pool, tenant, gold_share=0.25)
    await new_tasks(pool, tenant, 40)
    known = await gold(pool, tenant, 30)
    (anna,) = await annotators(pool, 1)

    met = await work_through(pool, anna, 46)

    assert met[:FIRST].count("evaluation") == 3
    assert met[FIRST:].count("evaluation") == 10
    given_to_her = await rows(
        pool, tenant, "SELECT task_id FROM work.assignment WHERE annotator_id = %s AND task_id"
        " IN (SELECT task_id FROM work.gold)", anna.annotator_id,
    )  # fmt: skip
    assert len({row[0] for row in given_to_her}) == len(given_to_her) == 13
    assert {row[0] for row in given_to_her} <= set(known)


async def test_an_outsider_who_knows_the_ids_can_tell_when_gold_was_due(pool, tenant):
    await project(pool, tenant, gold_share=0.2)
    await new_tasks(pool, tenant, 30)
    await gold(pool, tenant, 12)
    (anna,) = await annotators(pool, 1)
    ((project_id,),) = await rows(pool, tenant, "SELECT project_id FROM work.project")

    met = await work_through(pool, anna, 30)

    expected = [is_due(0.2, lent, project_id, anna.annotator_id) for lent in range(30)]
    assert [purpose == "evaluation" for purpose in met] == expected


@given(
    share=st.floats(0.015625, 0.5, width=32),
    lent=st.integers(0, 500),
    who=st.uuids(),
    where=st.uuids(),
)
def test_the_published_rule_gives_one_in_each_block(share, lent, who, where):
    size = 2 if lent < FIRST else max(1, round(1 / share))
    start = lent // 2 * 2 if lent < FIRST else FIRST + (lent - FIRST) // size * size
    assert sum(is_due(share, start + n, where, who) for n in range(size)) == 1


async def test_without_a_policy_one_in_ten_is_gold(pool, tenant):
    await project(pool, tenant)
    await new_tasks(pool, tenant, 60)
    await gold(pool, tenant, 20)
    (anna,) = await annotators(pool, 1)
    met = await work_through(pool, anna, 46)
    assert met[FIRST:].count("evaluation") == 4
    assert projects.Policy().gold_share == 0.1


async def test_no_gold_without_live_work_and_live_work_when_gold_runs_out(pool, tenant):
    await project(pool, tenant)
    await gold(pool, tenant, 1)
    (anna,) = await annotators(pool, 1)
    assert await lend(pool, anna) is None

    await new_tasks(pool, tenant, 8)

    met = await work_through(pool, anna, 20)
    assert (met.count("evaluation"), met.count("live")) == (1, 8)


async def test_gold_and_live_look_alike_to_the_annotator(pool, tenant):
    await project(pool, tenant, gold_share=0.5)
    await new_tasks(pool, tenant, 20, instruction="Look well.")
    for number in range(6):
        made = intake.order_of(
            "categorization",
            {"project": "animals", "attachment": f"animal 9{number}", "instruction": "Look well."},
            is_test=False,
            purpose="evaluation",
        )
        async with as_tenant(pool, tenant.tenant_id) as tx:
            await pipeline.annotator.add_gold(tx, made, {"category": "cat"}, now=NOW)
    (anna,) = await annotators(pool, 1)
    by_purpose: dict[str, list[assignments.Assignment]] = {"live": [], "evaluation": []}
    for _ in range(8):
        lent = await lend(pool, anna)
        by_purpose[lent[1].purpose].append(lent[1])
        await hand_in(pool, anna, lent, "cat")

    shown = [
        {
            field: getattr(one, field)
            for field in (
                "type", "instruction", "files", "review", "leased_at", "expires_at", "draft",
                "draft_version", "proposal", "among_gold", "frames",
            )
        } | {"params": {k: v for k, v in one.params.items() if k != "attachment"}}
        for kind in by_purpose.values() for one in kind
    ]  # fmt: skip
    assert by_purpose["live"]
    assert by_purpose["evaluation"]
    assert all(one == shown[0] for one in shown)
    told = {field.name for field in dataclasses.fields(assignments.Assignment)}
    assert told - {"assignment_id", "task_id", "purpose"} == set(shown[0])


async def test_what_ran_out_can_still_be_submitted_be_it_gold_or_live(pool, tenant):
    await project(pool, tenant, gold_share=0.5)
    await new_tasks(pool, tenant, 10)
    await gold(pool, tenant, 10)
    (anna,) = await annotators(pool, 1)
    one, two = await lend(pool, anna), await lend(pool, anna)
    assert {one[1].purpose, two[1].purpose} == {"live", "evaluation"}
    late = NOW + timedelta(hours=1)
    async with as_tenant(pool, tenant.tenant_id) as tx:
        assert await pipeline.expire(tx, now=late) == 2

    for _, lent in (one, two):
        mine = (lent.assignment_id, anna.annotator_id)
        for refused in (
            lambda tx, mine=mine: assignments.held(tx, *mine),
            lambda tx, mine=mine: assignments.renew(tx, *mine, now=late),
            lambda tx, mine=mine: assignments.skip(tx, *mine, reason="other", now=late),
        ):
            with pytest.raises(assignments.LeaseLost):
                async with as_tenant(pool, tenant.tenant_id) as tx:
                    await refused(tx)
    # The lapsed one comes first; of the next two pairs one each is live, and begins with the other.
    again = [await lend(pool, anna, now=late) for _ in range(4)]
    assert {one[1].task_id, two[1].task_id} <= {lent[1].task_id for lent in again}

    async with as_tenant(pool, tenant.tenant_id) as tx:
        await pipeline.expire(tx, now=late + timedelta(hours=1))
    for lent in (one, two):
        await hand_in(pool, anna, lent, "cat", now=late + timedelta(hours=1))


async def test_a_skipped_gold_task_goes_to_nobody_else_and_is_not_scored(pool, tenant):
    await project(pool, tenant, gold_share=0.5)
    await new_tasks(pool, tenant, 4)
    await gold(pool, tenant, 1)
    anna, ben = await annotators(pool, 2)
    lent = [await lend(pool, anna) for _ in range(2)]
    (known,) = [one[1] for one in lent if one[1].purpose == "evaluation"]
    async with as_tenant(pool, tenant.tenant_id) as tx:
        await pipeline.skip(
            tx, known.assignment_id, annotator_id=anna.annotator_id, reason="unclear", now=NOW
        )

    await work_through(pool, anna, 10)

    open_gold = "SELECT count(*) FROM work.assignment JOIN work.gold USING (tenant_id, task_id)"
    assert await rows(pool, tenant, open_gold + " WHERE state = 'open'") == [(0,)]
    assert await score(pool, tenant) == 0
    assert "evaluation" not in await work_through(pool, ben, 10)


async def test_gold_is_no_part_of_what_the_customer_counts_exports_or_is_called_for(pool, tenant):
    await project(pool, tenant, gold_share=0.5)
    live = await new_tasks(pool, tenant, 6, callback_url="https://customer.example/hook")
    (known, *_) = await gold(pool, tenant, 3)
    (anna,) = await annotators(pool, 1)
    met = await work_through(pool, anna, 8)
    assert met.count("evaluation") == 3
    assert await assess(pool, tenant) == 5, "what was annotated of live tasks, and nothing else"
    assert await score(pool, tenant) == 3

    async with as_tenant(pool, tenant.tenant_id) as tx:
        wanted = tasks.TaskFilter(is_test=False)
        listed = await tasks.find_tasks(tx, wanted, after=None, limit=100, offset=0)
        seen = await projects.progress_of(tx)
        selected = exports.Selection(is_test=False, with_params=True, with_annotations=True)
        exported = b"".join([piece async for piece in exports.lines(tx, selected)]).decode()
        with pytest.raises(tasks.NoSuchTask):
            await tasks.task_of(tx, known, is_test=False)
        with pytest.raises(tasks.NoSuchTask):
            await delivery.redeliver(tx, known, is_test=False, now=NOW)
    assert {task.task_id for task in listed.tasks} == set(live)
    assert listed.total == seen.tasks == len(exported.splitlines()) == 6
    assert (seen.annotations, seen.leased) == (5, 0)
    assert "known animal" not in exported
    for table in ("verdict", "assessment_due"):
        found = f"SELECT count(*) FROM work.{table} JOIN work.gold USING (tenant_id, task_id)"
        assert await rows(pool, tenant, found) == [(0,)]
    called = "SELECT count(*) FROM delivery.callback JOIN work.gold USING (tenant_id, task_id)"
    assert await rows(pool, tenant, called) == [(0,)]
    assert await rows(pool, tenant, "SELECT count(*) FROM delivery.callback") == [(5,)]


async def test_answers_are_scored_and_each_score_is_in_the_ledger(pool, tenant):
    await project(pool, tenant, gold_share=0.5)
    await new_tasks(pool, tenant, 10)
    await gold(pool, tenant, 4)
    right, wrong = await annotators(pool, 2)
    await work_through(pool, right, 6, known="cat")
    await work_through(pool, wrong, 6, known="bird")

    assert await score(pool, tenant) == 6
    assert await score(pool, tenant) == 0

    found = await rows(pool, tenant, "SELECT annotator_id, score, is_right FROM work.gold_score")
    assert sorted(found, key=str) == sorted(
        [(right.annotator_id, 1.0, True)] * 3 + [(wrong.annotator_id, 0.0, False)] * 3, key=str
    )
    async with as_tenant(pool, tenant.tenant_id) as tx:
        (project_id,) = {
            one[0] for one in await rows(pool, tenant, "SELECT project_id FROM work.gold")
        }
        votes = await gold_tasks.gold_votes_of(tx, project_id)
    assert len(votes) == 6
    assert {vote.expected_response["category"] for vote in votes} == {"cat"}
    entered = await rows(
        pool, tenant,
        "SELECT count(*) FROM ledger.entry WHERE event::jsonb ->> 'kind' = 'gold.scored'",
    )  # fmt: skip
    assert entered == [(6,)]


async def test_whoever_is_surely_wrong_too_often_is_paused_in_that_project_alone(
    pool, tenant, rival
):
    await project(pool, tenant, gold_share=0.5, gold_accuracy_least=0.8)
    await new_tasks(pool, tenant, 40)
    await gold(pool, tenant, 12)
    (anna,) = await annotators(pool, 1)
    while not (paused := await judge(pool, tenant, anna)).paused_at:
        assert await work_through(pool, anna, 1, known="bird")
        await score(pool, tenant)

    assert paused.pause_kind == "gold"
    assert "0 of 5" in paused.pause_reason
    assert await lend(pool, anna) is None
    await project(pool, tenant, name="plants")
    (other,) = await new_tasks(pool, tenant, 1, project="plants")
    assert (await lend(pool, anna))[1].task_id == other
    await project(pool, rival)
    (foreign,) = await new_tasks(pool, rival, 1)
    assert (await lend(pool, anna))[1].task_id == foreign
    assert await rows(pool, rival, "SELECT count(*) FROM work.standing") == [(0,)]
    entered = await rows(
        pool, tenant,
        "SELECT count(*) FROM ledger.entry WHERE event::jsonb ->> 'kind' = 'annotator.paused'",
    )  # fmt: skip
    assert entered == [(1,)]


async def test_a_paused_annotator_may_finish_what_they_hold_and_can_be_let_on(pool, tenant):
    await project(pool, tenant)
    await new_tasks(pool, tenant, 3)
    (anna,) = await annotators(pool, 1)
    lent = await lend(pool, anna)
    where = await standing(pool, tenant, anna)
    async with as_tenant(pool, tenant.tenant_id) as tx:
        await pipeline.annotator.pause(tx, where, "manual", "Asked to rest.", now=NOW)
    assert await lend(pool, anna) is None

    await hand_in(pool, anna, lent, "cat")

    async with as_tenant(pool, tenant.tenant_id) as tx:
        await pipeline.annotator.resume(tx, where, afresh=True, now=NOW)
    assert await lend(pool, anna) is not None


async def test_a_few_misses_or_no_bar_pause_nobody(pool, tenant, rival):
    await project(pool, tenant, gold_share=0.5, gold_accuracy_least=0.9, gold_tasks_least=5)
    await project(pool, rival, gold_share=0.5)
    for owner, misses in ((tenant, 4), (rival, 8)):
        await new_tasks(pool, owner, 30)
        await gold(pool, owner, misses)
    (anna,) = await annotators(pool, 1)
    await work_through(pool, anna, 60, known="bird")
    for owner in (tenant, rival):
        await score(pool, owner)
        assert (await judge(pool, owner, anna)).paused_at is None


@given(st.integers(0, 200), st.integers(0, 200))
def test_the_interval_of_a_share_holds_it_and_narrows(hits, misses):
    trials = hits + misses
    lower, upper = share_interval(hits, trials)
    assert 0 <= lower <= (hits / trials if trials else 0.5) <= upper <= 1
    narrower = share_interval(4 * hits, 4 * trials)
    assert narrower[1] - narrower[0] < upper - lower or trials == 0


@given(st.integers(0, 50), st.integers(1, 50))
def test_the_ends_of_the_interval_are_the_shares_that_just_explain_what_was_counted(hits, misses):
    trials, share = hits + misses, hits / (hits + misses)
    for end in share_interval(hits, trials, confidence=0.9):
        error = math.sqrt(end * (1 - end) / trials)
        assert abs(share - end) == pytest.approx(1.6448536 * error, abs=1e-6)


async def test_a_settled_task_becomes_gold_for_whoever_has_not_had_it(pool, tenant):
    await project(pool, tenant, gold_share=0.5)
    (settled,) = await new_tasks(pool, tenant, 1)
    anna, ben = await annotators(pool, 2)
    await do_next(pool, anna, "cat")
    await assess(pool, tenant)
    assert (await look(pool, tenant, settled)).status == "completed"
    async with as_tenant(pool, tenant.tenant_id) as tx:
        made = await pipeline.annotator.gold_from_task(
            tx, settled, "evaluation", is_test=False, now=NOW
        )
    assert made.expected_response == {"category": "cat"}
    assert made.params["attachment"] == "animal 0"
    await new_tasks(pool, tenant, 12)

    assert "evaluation" not in await work_through(pool, anna, 6)
    assert (await work_through(pool, ben, 6)).count("evaluation") == 1
    assert (await look(pool, tenant, settled)).status == "completed"
    (still_open,) = await new_tasks(pool, tenant, 1)
    with pytest.raises(gold_tasks.NotSettled):
        async with as_tenant(pool, tenant.tenant_id) as tx:
            await pipeline.annotator.gold_from_task(
                tx, still_open, "evaluation", is_test=False, now=NOW
            )


async def test_retired_gold_is_given_to_nobody_and_still_taken_from_who_holds_it(pool, tenant):
    await project(pool, tenant, gold_share=0.5)
    await new_tasks(pool, tenant, 12)
    (known,) = await gold(pool, tenant, 1)
    anna, ben = await annotators(pool, 2)
    lent = [await lend(pool, anna) for _ in range(2)]
    async with as_tenant(pool, tenant.tenant_id) as tx:
        for _ in range(2):
            retired = await pipeline.annotator.retire_gold(tx, known, is_test=False, now=NOW)
            assert retired.retired_at == NOW

    for one in lent:
        await hand_in(pool, anna, one, "cat")
    assert await score(pool, tenant) == 1
    assert "evaluation" not in await work_through(pool, ben, 6)


async def test_an_expected_response_that_the_task_cannot_have_is_refused(pool, tenant):
    await project(pool, tenant)
    for body in ({"category": "fish"}, {}, {"category": ["cat", "dog"]}):
        asked = intake.order_of(
            "categorization", {"project": "animals", "attachment": "x"}, is_test=False,
            purpose="evaluation",
        )  # fmt: skip
        with pytest.raises(task_types.InvalidParams, match="expected_response"):
            async with as_tenant(pool, tenant.tenant_id) as tx:
                await pipeline.annotator.add_gold(tx, asked, body, now=NOW)
    homeless = intake.order_of(
        "categorization",
        {"attachment": "x", "attachment_type": "text", "categories": ["a", "b"]},
        is_test=False,
        purpose="evaluation",
    )
    with pytest.raises(task_types.InvalidParams, match="project"):
        async with as_tenant(pool, tenant.tenant_id) as tx:
            await pipeline.annotator.add_gold(tx, homeless, {"category": "a"}, now=NOW)
    assert await rows(pool, tenant, "SELECT count(*) FROM work.task") == [(0,)]


async def test_gold_with_an_initial_response_measures_reviewers(pool, tenant):
    await project(pool, tenant, annotations=2, annotations_max=2, gold_share=0.5)
    await new_tasks(pool, tenant, 4)
    await gold(pool, tenant, 5, initial="dog")
    anna, ben = await annotators(pool, 2)
    (rita,) = await annotators(pool, 1, reviewer=True)
    assert set(await work_through(pool, anna, 9, live="cat")) == {"live"}
    assert set(await work_through(pool, ben, 9, live="dog")) == {"live"}
    await assess(pool, tenant)

    lent = [await lend(pool, rita) for _ in range(4)]

    assert [one[1].purpose for one in lent].count("evaluation") == 2
    assert all(one[1].review for one in lent)


async def test_an_annotator_who_asks_twice_at_once_is_given_two_things(pool, tenant):
    await project(pool, tenant, gold_share=0.5)
    await new_tasks(pool, tenant, 20)
    await gold(pool, tenant, 6)
    for anna in await annotators(pool, 6):
        lent = await asyncio.gather(*(lend(pool, anna) for _ in range(3)))
        assert len({one[1].task_id for one in lent}) == 3


async def test_gold_counts_as_its_tenants_turn(pool, tenant, rival):
    for owner in (tenant, rival):
        await project(pool, owner, gold_share=0.5)
        await new_tasks(pool, owner, 30)
    await gold(pool, tenant, 20)
    (anna,) = await annotators(pool, 1)
    whose: list[UUID] = []
    for _ in range(20):
        lent = await lend(pool, anna)
        whose.append(lent[0])
        await hand_in(pool, anna, lent, "cat")
    assert whose.count(tenant.tenant_id) == whose.count(rival.tenant_id) == 10


async def test_a_tenant_sees_and_changes_no_other_tenants_gold(pool, tenant, rival):
    await project(pool, tenant)
    (known,) = await gold(pool, tenant, 1)
    for attempt in (
        lambda tx: gold_tasks.gold_of(tx, known, is_test=False),
        lambda tx: pipeline.annotator.retire_gold(tx, known, is_test=False, now=NOW),
    ):
        with pytest.raises(EvenhandError):
            async with as_tenant(pool, rival.tenant_id) as tx:
                await attempt(tx)
    for table in ("gold", "gold_score", "standing", "contest", "score_due"):
        assert await rows(pool, rival, f"SELECT count(*) FROM work.{table}") == [(0,)]


async def test_the_ledger_holds_what_became_of_gold(pool, tenant):
    await project(pool, tenant)
    (known,) = await gold(pool, tenant, 1)
    async with as_tenant(pool, tenant.tenant_id) as tx:
        await pipeline.annotator.retire_gold(tx, known, is_test=False, now=NOW)
        await ledger.sequence(tx, now=NOW)
        assert (await ledger.verify(tx)).ok
    kinds = await rows(pool, tenant, "SELECT event::jsonb ->> 'kind' FROM ledger.entry")
    assert {("gold.added",), ("gold.retired",)} <= set(kinds)


async def test_an_annotation_of_gold_sent_twice_counts_once(pool, tenant):
    await project(pool, tenant, gold_share=0.5)
    await new_tasks(pool, tenant, 4)
    await gold(pool, tenant, 2)
    (anna,) = await annotators(pool, 1)
    lent = [await lend(pool, anna) for _ in range(2)]
    (known,) = [one[1] for one in lent if one[1].purpose == "evaluation"]
    said = answer(anna, "cat", uuid4())
    for _ in range(2):
        async with as_tenant(pool, tenant.tenant_id) as tx:
            await pipeline.annotate(tx, known.assignment_id, said, now=NOW)
    assert await score(pool, tenant) == 1


async def test_a_long_look_in_vain_is_not_taken_again_at_once(pool, tenant, rival):
    await project(pool, tenant)
    await new_tasks(pool, tenant, 3)
    await project(pool, rival)
    await new_tasks(pool, rival, 2)
    (anna,) = await annotators(pool, 1)
    where = await standing(pool, tenant, anna)
    async with as_tenant(pool, tenant.tenant_id) as tx:
        await pipeline.annotator.pause(tx, where, "manual", "Asked to rest.", now=NOW)
    hours = iter(range(1000))
    slow = pipeline.SearchMemory(clock=lambda: next(hours) * 3600.0)
    moment = [0.0]
    memory = pipeline.SearchMemory(clock=lambda: moment[0])

    # Every reading of this clock is an hour later: each look is a long one.
    assert (await pipeline.dispatch(pool, anna, now=NOW, search_memory=slow))[0] == rival.tenant_id
    mine = (anna.annotator_id, tenant.tenant_id)
    memory.searched(*mine, since=-1.0)
    assert memory.rests(*mine)
    async with as_tenant(pool, tenant.tenant_id) as tx:
        await pipeline.annotator.resume(tx, where, afresh=True, now=NOW)
    await gold(pool, tenant, 1)
    lent = await pipeline.dispatch(pool, anna, now=NOW, search_memory=memory)
    assert lent[0] == rival.tenant_id
    assert await pipeline.dispatch(pool, anna, now=NOW, search_memory=memory) is None
    moment[0] = 51.0
    assert not memory.rests(*mine)
    lent = await pipeline.dispatch(pool, anna, now=NOW, search_memory=memory)
    assert lent[0] == tenant.tenant_id
    memory.searched(*mine, since=50.999)
    assert not memory.rests(*mine), "a short look is no trouble"
