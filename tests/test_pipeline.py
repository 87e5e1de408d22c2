"""The life of a task from annotation to verdict."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from given import NOW
from work.opened import annotators, answer, assess, do_next, look, new_tasks, project

from evenhand import delivery, ledger, pipeline, task_types
from evenhand.app.assignment_cache import AssignmentCache
from evenhand.foundation.database import as_tenant
from evenhand.work import assignments, verdicts


async def test_one_annotation_settles_a_task_that_wants_one(pool, tenant):
    await project(pool, tenant)
    (task_id,) = await new_tasks(pool, tenant, 1)
    (anna,) = await annotators(pool, 1)
    await do_next(pool, anna, "dog")

    assert await assess(pool, tenant) == 1

    task = await look(pool, tenant, task_id)
    assert (task.status, task.response) == ("completed", {"category": "dog"})
    assert await assess(pool, tenant) == 0


async def test_the_majority_of_three_settles_a_task(pool, tenant):
    await project(pool, tenant, annotations=3, annotations_max=3)
    (task_id,) = await new_tasks(pool, tenant, 1)
    for who, category in zip(await annotators(pool, 3), ["cat", "dog", "cat"], strict=True):
        await do_next(pool, who, category)
        await assess(pool, tenant)

    task = await look(pool, tenant, task_id)
    assert (task.status, task.response) == ("completed", {"category": "cat"})


async def test_a_task_in_doubt_asks_for_one_more_up_to_its_maximum(pool, tenant):
    await project(pool, tenant, annotations=2, annotations_max=3, confidence=0.6)
    (task_id,) = await new_tasks(pool, tenant, 1)
    anna, ben, cleo, dora = await annotators(pool, 4)
    await do_next(pool, anna, "cat")
    await do_next(pool, ben, "dog")
    assert await pipeline.dispatch(pool, cleo, now=NOW) is None

    await assess(pool, tenant)

    assert await do_next(pool, cleo, "dog") == task_id
    await assess(pool, tenant)
    assert (await look(pool, tenant, task_id)).response == {"category": "dog"}
    assert await pipeline.dispatch(pool, dora, now=NOW) is None


async def test_a_tie_goes_to_a_reviewer_whose_word_is_the_last(pool, tenant):
    await project(pool, tenant, annotations=2, annotations_max=2)
    (task_id,) = await new_tasks(pool, tenant, 1)
    anna, ben, cleo = await annotators(pool, 3)
    (rita,) = await annotators(pool, 1, reviewer=True)
    await do_next(pool, anna, "cat")
    await do_next(pool, ben, "dog")
    await assess(pool, tenant)

    assert (await look(pool, tenant, task_id)).status == "pending"
    assert await pipeline.dispatch(pool, cleo, now=NOW) is None
    assert await do_next(pool, rita, "bird") == task_id
    await assess(pool, tenant)

    assert (await look(pool, tenant, task_id)).response == {"category": "bird"}


async def test_the_same_annotation_sent_twice_counts_once(pool, tenant):
    await project(pool, tenant)
    await new_tasks(pool, tenant, 1)
    (anna,) = await annotators(pool, 1)
    _, lent = await pipeline.dispatch(pool, anna, now=NOW)
    said = answer(anna, "cat")

    for _ in range(2):
        async with as_tenant(pool, tenant.tenant_id) as tx:
            await pipeline.annotate(tx, lent.assignment_id, said, now=NOW)
    with pytest.raises(assignments.AlreadyAnnotated):
        async with as_tenant(pool, tenant.tenant_id) as tx:
            await pipeline.annotate(tx, lent.assignment_id, answer(anna, "dog"), now=NOW)

    async with as_tenant(pool, tenant.tenant_id) as tx:
        (kept,) = await verdicts.annotations_of(tx, [lent.task_id])
    assert kept.annotation_id == said.annotation_id


async def test_the_same_annotation_sent_twice_at_once_counts_once(pool, tenant):
    await project(pool, tenant)
    await new_tasks(pool, tenant, 1)
    (anna,) = await annotators(pool, 1)
    _, lent = await pipeline.dispatch(pool, anna, now=NOW)
    said = answer(anna, "cat")

    async def send() -> None:
        async with as_tenant(pool, tenant.tenant_id) as tx:
            await pipeline.annotate(tx, lent.assignment_id, said, now=NOW)

    await asyncio.gather(*(send() for _ in range(4)))

    async with as_tenant(pool, tenant.tenant_id) as tx:
        assert len(await verdicts.annotations_of(tx, [lent.task_id])) == 1


async def test_what_is_remembered_of_a_lease_does_not_outlive_it(pool, tenant):
    await project(pool, tenant)
    await new_tasks(pool, tenant, 1)
    anna, ben = await annotators(pool, 2)
    tenant_id, lent = await pipeline.dispatch(pool, anna, now=NOW)
    memory = AssignmentCache()
    memory.remember(tenant_id, anna.annotator_id, lent)
    assert memory.taken(tenant_id, ben.annotator_id, lent.assignment_id) is None
    memory.remember(tenant_id, anna.annotator_id, lent)
    remembered = memory.taken(tenant_id, anna.annotator_id, lent.assignment_id)
    late = NOW + timedelta(hours=1)
    async with as_tenant(pool, tenant_id) as tx:
        await pipeline.expire(tx, now=late)
    await do_next(pool, ben, "dog", now=late)

    assert remembered is not None
    given = answer(anna, "cat")
    handed_in = pipeline.HandedIn(lent=remembered, new=given)
    assert not await pipeline.annotate_at_once(pool, tenant_id, handed_in, now=late)
    with pytest.raises(assignments.LeaseLost):
        async with as_tenant(pool, tenant_id) as tx:
            await pipeline.annotate(tx, lent.assignment_id, given, now=late)


async def test_a_response_that_does_not_fit_is_refused_and_the_lease_stays(pool, tenant):
    await project(pool, tenant)
    await new_tasks(pool, tenant, 1)
    (anna,) = await annotators(pool, 1)
    _, lent = await pipeline.dispatch(pool, anna, now=NOW)

    with pytest.raises(task_types.InvalidResponse):
        async with as_tenant(pool, tenant.tenant_id) as tx:
            await pipeline.annotate(tx, lent.assignment_id, answer(anna, "fish"), now=NOW)

    async with as_tenant(pool, tenant.tenant_id) as tx:
        await pipeline.annotate(tx, lent.assignment_id, answer(anna, "cat"), now=NOW)


async def test_a_step_that_fails_leaves_nothing_behind(pool, tenant):
    await project(pool, tenant)
    await new_tasks(pool, tenant, 1)
    (anna,) = await annotators(pool, 1)
    _, lent = await pipeline.dispatch(pool, anna, now=NOW)

    with pytest.raises(ZeroDivisionError):
        async with as_tenant(pool, tenant.tenant_id) as tx:
            await pipeline.annotate(tx, lent.assignment_id, answer(anna, "cat"), now=NOW)
            raise ZeroDivisionError

    async with as_tenant(pool, tenant.tenant_id) as tx:
        assert await verdicts.annotations_of(tx, [lent.task_id]) == []
        assert (
            await assignments.held(tx, lent.assignment_id, anna.annotator_id)
        ).task_id == lent.task_id


async def test_a_settled_task_calls_back_where_it_was_told_to(pool, tenant):
    await project(pool, tenant)
    (task_id,) = await new_tasks(pool, tenant, 1, callback_url="https://customer.example/hook")
    (anna,) = await annotators(pool, 1)
    await do_next(pool, anna, "cat")
    await assess(pool, tenant)

    async with as_tenant(pool, tenant.tenant_id) as tx:
        (callback,) = await delivery.callbacks_of(tx, task_id)
    assert callback.url == "https://customer.example/hook"


async def test_every_step_is_in_the_ledger(pool, tenant):
    await project(pool, tenant)
    await new_tasks(pool, tenant, 2)
    (anna,) = await annotators(pool, 1)
    while await do_next(pool, anna, "cat"):
        pass
    await assess(pool, tenant)

    async with as_tenant(pool, tenant.tenant_id) as tx:
        await ledger.sequence(tx, now=NOW)
        found = await ledger.verify(tx)
        rows = await (
            await tx.connection.execute("SELECT event::jsonb ->> 'kind' FROM ledger.entry")
        ).fetchall()
    kinds = [row[0] for row in rows]
    assert found.ok
    for kind in ("task.submitted", "assignment.leased", "annotation.accepted", "task.settled"):
        assert kinds.count(kind) == 2


async def test_skill_learnt_from_past_votes_outweighs_a_bare_majority(pool, tenant):
    await project(pool, tenant, annotations=3, annotations_max=3)
    await new_tasks(pool, tenant, 48)
    good, better, bad, worse = await annotators(pool, 4)
    truth = ["cat", "dog", "bird"] * 16
    wrong = {"cat": "dog", "dog": "bird", "bird": "cat"}
    other = {"cat": "bird", "dog": "cat", "bird": "dog"}
    for number, category in enumerate(truth):
        await do_next(pool, good, category)
        await do_next(pool, better, category)
        third = bad if number % 2 else worse
        await do_next(pool, third, (wrong if number % 4 < 2 else other)[category])
        await assess(pool, tenant)
    assert await pipeline.annotator.learn(pool, tenant.tenant_id, now=NOW) == 48
    assert await pipeline.annotator.learn(pool, tenant.tenant_id, now=NOW) == 0
    assert await pipeline.annotator.refit(pool, tenant.tenant_id, now=NOW) == 1
    async with as_tenant(pool, tenant.tenant_id) as tx:
        learnt = await _accuracies(tx)
    assert learnt[good.annotator_id] > 0.85
    assert learnt[bad.annotator_id] < 0.5

    (last,) = await new_tasks(pool, tenant, 1)
    await do_next(pool, good, "bird")
    await do_next(pool, bad, "cat")
    await do_next(pool, worse, "cat")
    await assess(pool, tenant)

    assert (await look(pool, tenant, last)).response == {"category": "bird"}


async def _accuracies(tx):
    found = await tx.connection.execute("SELECT annotator_id, accuracy FROM work.skill")
    return dict(await found.fetchall())


async def test_a_draft_is_kept_for_its_holder_and_never_written_over_by_an_older_one(pool, tenant):
    await project(pool, tenant)
    await new_tasks(pool, tenant, 1)
    (anna,) = await annotators(pool, 1)
    _, lent = await pipeline.dispatch(pool, anna, now=NOW)
    mine = (lent.assignment_id, anna.annotator_id)

    async with as_tenant(pool, tenant.tenant_id) as tx:
        first = await assignments.save_draft(
            tx, *mine, response={"category": "cat"}, version=0, now=NOW
        )
        await assignments.save_draft(
            tx, *mine, response={"category": "dog"}, version=first, now=NOW
        )
        with pytest.raises(assignments.StaleDraft):
            await assignments.save_draft(tx, *mine, response={}, version=first, now=NOW)
        assert (await assignments.held(tx, *mine)).draft == {"category": "dog"}


async def test_an_annotation_id_of_someone_elses_task_does_not_collide(pool, tenant, rival):
    shared_id = uuid4()
    (anna,) = await annotators(pool, 1)
    for owner in (tenant, rival):
        await project(pool, owner)
        await new_tasks(pool, owner, 1)
    for _ in range(2):
        tenant_id, lent = await pipeline.dispatch(pool, anna, now=NOW)
        async with as_tenant(pool, tenant_id) as tx:
            await pipeline.annotate(tx, lent.assignment_id, answer(anna, "cat", shared_id), now=NOW)
    assert await assess(pool, tenant) == await assess(pool, rival) == 1


async def test_a_task_that_cannot_be_kept_does_not_hold_up_those_weighed_with_it(pool, tenant):
    # given a verdict that should not be there, so that the database refuses one of three
    await project(pool, tenant)
    made = await new_tasks(pool, tenant, 3)
    (anna,) = await annotators(pool, 1)
    for _ in made:
        await do_next(pool, anna, "dog")
    async with as_tenant(pool, tenant.tenant_id) as tx:
        await tx.connection.execute(
            "INSERT INTO work.verdict (tenant_id, task_id, response, method, annotations,"
            " settled_at) VALUES (%s, %s, '{}', 'x', 1, %s)",
            (tenant.tenant_id, made[1], NOW),
        )

    assert await assess(pool, tenant) == 3

    stages = [(await look(pool, tenant, task_id)).stage for task_id in made]
    assert stages == ["closed", "review", "closed"]
    async with as_tenant(pool, tenant.tenant_id) as tx:
        settled = await tx.connection.execute(
            "SELECT event::jsonb ->> 'task_id' FROM ledger.entry"
            " WHERE event::jsonb ->> 'kind' = 'task.settled'"
        )
        assert sorted(row[0] for row in await settled.fetchall()) == sorted(made[::2])
    assert await assess(pool, tenant) == 0
