"""What checks find in a project is kept once, with its evidence, and pauses nobody."""

from datetime import timedelta
from functools import partial

from given import NOW
from work.golden import rows
from work.opened import annotators, assess, do_next, new_tasks, project

from evenhand import pipeline
from evenhand.foundation.database import as_nobody, as_tenant
from evenhand.work import verdicts


async def test_who_always_says_the_same_is_found_and_still_lent_tasks(pool, tenant, rival):
    await project(pool, tenant, annotations=3, annotations_max=3)
    good, better, lazy = await annotators(pool, 3)
    await new_tasks(pool, tenant, 60)
    for number in range(60):
        category = ("cat", "dog", "bird")[number % 3]
        for who in (good, better):
            await do_next(pool, who, category)
        await do_next(pool, lazy, "cat")
        await assess(pool, tenant)

    async with as_nobody(pool) as connection:
        due = partial(pipeline.project.tenants_to_check, connection)
        assert await due(now=NOW) == [tenant.tenant_id], "and nobody else's is looked at"
        assert await due(now=NOW + timedelta(hours=2)) == []
    for moment in (NOW, NOW + timedelta(minutes=15)):
        assert await pipeline.project.check(pool, tenant.tenant_id, now=moment) == 1
    async with as_tenant(pool, tenant.tenant_id) as tx:
        found = await verdicts.alerts_of(tx, is_test=False, project=None, limit=100)
    raised = "SELECT count(*) FROM ledger.entry WHERE event::jsonb ->> 'kind' = 'alerts.raised'"
    assert await rows(pool, tenant, raised) == [(2,)]
    accused = [one for one in found if one.annotator_id == lazy.annotator_id]
    assert accused
    assert len({(one.kind, one.subject) for one in found}) == len(found)
    assert all(one.first_seen_at == NOW < one.last_seen_at for one in accused)
    assert not [one for one in found if one.annotator_id == good.annotator_id]
    async with as_tenant(pool, rival.tenant_id) as tx:
        assert await verdicts.alerts_of(tx, is_test=False, project=None, limit=100) == []

    await new_tasks(pool, tenant, 1)
    assert await do_next(pool, lazy, "cat") is not None
