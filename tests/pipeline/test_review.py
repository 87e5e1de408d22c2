"""What a reviewer begins with: what the votes came to, or what was put before them."""

from given import NOW
from work.golden import gold, hand_in, lend
from work.opened import annotators, assess, do_next, look, new_tasks, project

from evenhand.foundation.database import as_tenant
from evenhand.work import assignments


async def _voted(pool, tenant, *categories: str) -> str:
    """A task on which so many voted, and which was assessed since."""
    (task_id,) = await new_tasks(pool, tenant, 1)
    for who, category in zip(await annotators(pool, len(categories)), categories, strict=True):
        await do_next(pool, who, category)
    await assess(pool, tenant)
    return task_id


async def test_a_reviewer_begins_with_what_the_votes_came_to(pool, tenant):
    await project(pool, tenant, annotations=3, annotations_max=3, review_below=0.9)
    task_id = await _voted(pool, tenant, "cat", "dog", "dog")
    (rita,) = await annotators(pool, 1, reviewer=True)

    lent = await lend(pool, rita)

    assert (lent[1].task_id, lent[1].review) == (task_id, True)
    assert lent[1].proposal == {"category": "dog"}
    async with as_tenant(pool, tenant.tenant_id) as tx:
        held = await assignments.held(tx, lent[1].assignment_id, rita.annotator_id)
    assert held.proposal == {"category": "dog"}
    await hand_in(pool, rita, lent, "bird")
    await assess(pool, tenant)
    assert (await look(pool, tenant, task_id)).response == {"category": "bird"}


async def test_of_a_tie_nothing_is_proposed(pool, tenant):
    await project(pool, tenant, annotations=2, annotations_max=2)
    await _voted(pool, tenant, "cat", "dog")
    (rita,) = await annotators(pool, 1, reviewer=True)
    lent = await lend(pool, rita)
    assert lent[1].review
    assert lent[1].proposal is None


async def test_an_evaluation_task_for_reviewers_begins_with_its_initial_response(pool, tenant):
    await project(pool, tenant, annotations=3, annotations_max=3, review_below=0.9, gold_share=0.5)
    await gold(pool, tenant, 6, expected="cat", initial="bird")
    for _ in range(6):
        await _voted(pool, tenant, "cat", "cat", "dog")
    (rita,) = await annotators(pool, 1, reviewer=True)
    shown: dict[str, list[object]] = {"live": [], "evaluation": []}
    for _ in range(4):
        lent = await lend(pool, rita)
        assert lent[1].review
        shown[lent[1].purpose].append(lent[1].proposal)
        async with as_tenant(pool, tenant.tenant_id) as tx:
            held = await assignments.held(tx, lent[1].assignment_id, rita.annotator_id)
        assert held.proposal == lent[1].proposal
        await hand_in(pool, rita, lent, "cat")
    assert shown["evaluation"] == [{"category": "bird"}] * 2
    assert all(one == {"category": "cat"} for one in shown["live"])


async def test_whoever_votes_is_shown_no_answer(pool, tenant):
    await project(pool, tenant, annotations=2, annotations_max=3)
    await _voted(pool, tenant, "cat", "dog")
    (anna,) = await annotators(pool, 1)
    lent = await lend(pool, anna, now=NOW)
    assert not lent[1].review
    assert lent[1].proposal is None
