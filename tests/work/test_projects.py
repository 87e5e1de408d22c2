"""Projects: names, worlds, and the versions of what they hand down."""

import asyncio
from uuid import uuid4

import pytest
from given import NOW

from evenhand.foundation.database import as_tenant
from evenhand.work import projects


def named(name: str, *, is_test: bool = False, **params: object) -> projects.NewProject:
    return projects.NewProject(
        name=name, type="categorization", is_test=is_test, staged=False, policy={}, params=params
    )


async def make(tx, new: projects.NewProject) -> projects.Project:
    return await projects.create_project(tx, new, project_id=uuid4(), now=NOW)


async def test_a_name_is_used_once_in_each_world(tx):
    live = await make(tx, named("animals", colour="red"))
    test = await make(tx, named("animals", is_test=True))
    assert live.project_id != test.project_id
    assert live.history[0].params == {"colour": "red"}
    with pytest.raises(projects.ProjectNameTaken):
        await make(tx, named("animals"))


async def test_a_rivals_project_of_the_same_name_is_another(pool, tenant, rival):
    async with as_tenant(pool, tenant.tenant_id) as tx:
        ours = await make(tx, named("animals", secret="ours"))
    async with as_tenant(pool, rival.tenant_id) as tx:
        with pytest.raises(projects.NoSuchProject):
            await projects.project_of(tx, "animals", is_test=False)
        theirs = await make(tx, named("animals"))
    assert theirs.project_id != ours.project_id
    assert theirs.history[0].params == {}


async def test_a_patch_keeps_what_it_does_not_name_and_replaces_whole_values(tx):
    project = await make(tx, named("p", kept=1, list=[1, 2], object={"a": 1}))
    patched = await projects.set_params(
        tx, project, {"list": [3], "object": {"b": 2}}, patch=True, now=NOW
    )
    replaced = await projects.set_params(tx, project, {"new": True}, patch=False, now=NOW)
    assert patched.history[-1].params == {"kept": 1, "list": [3], "object": {"b": 2}}
    assert replaced.history[-1].params == {"new": True}
    assert [version.version for version in replaced.history] == [0, 1, 2]


async def test_two_who_change_params_at_once_write_two_versions(pool, tenant):
    async with as_tenant(pool, tenant.tenant_id) as tx:
        project = await make(tx, named("p"))

    async def change(number: int) -> None:
        async with as_tenant(pool, tenant.tenant_id) as tx:
            await projects.set_params(tx, project, {f"n{number}": number}, patch=True, now=NOW)

    await asyncio.gather(*(change(number) for number in range(6)))
    async with as_tenant(pool, tenant.tenant_id) as tx:
        seen = await projects.project_of(tx, "p", is_test=False)
    assert [version.version for version in seen.history] == list(range(7))
    assert seen.history[-1].params == {f"n{number}": number for number in range(6)}
