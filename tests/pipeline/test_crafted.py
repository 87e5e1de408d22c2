"""Answers of every type at the limits of what is accepted settle, or go to review with a reason."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from bench import crafted
from given import NOW
from work.opened import annotators, look

from evenhand import datasets, pipeline
from evenhand.app import worker
from evenhand.app.context import Context
from evenhand.foundation.database import Pool, as_tenant
from evenhand.task_types import REGISTRY
from evenhand.tenants import NewTenant
from evenhand.work import assignments, intake, projects

SECONDS_MAX = 100
# Judged and found to be too much, before the bounds of the child process were reached.
CEILINGS = {"TooManyPairs", "TooMuchText"}
CASES = [(name, case) for name in REGISTRY for case in crafted.cases(name)]


async def _content() -> AsyncIterator[bytes]:
    yield b"\x89PNG\r\n\x1a\n" + bytes(100)


async def _stored(context: Context, owner: NewTenant) -> str:
    async with as_tenant(context.pool, owner.tenant_id) as tx:
        new = datasets.NewFile(file_id=uuid4(), is_test=False)
        file = await datasets.save_file(tx, context.storage, _content(), new, now=NOW)
    return file.attachment_url


async def _submitted(context: Context, owner: NewTenant, type_name: str, case: str) -> str:
    pool = context.pool
    params, answers = crafted.cases(type_name)[case]()
    if params.get("attachment") == crafted.PICTURE:
        params["attachment"] = await _stored(context, owner)
    async with as_tenant(pool, owner.tenant_id) as tx:
        new = projects.NewProject(
            name=case, type=type_name, is_test=False, staged=False,
            policy={"annotations": len(answers)}, params={},
        )  # fmt: skip
        await projects.create_project(tx, new, project_id=uuid4(), now=NOW)
    order = intake.order_of(type_name, {**params, "project": case}, is_test=False)
    async with as_tenant(pool, owner.tenant_id) as tx:
        task_id = (await pipeline.submit(tx, order, now=NOW)).task_id
    for who, answer in zip(await annotators(pool, len(answers)), answers, strict=True):
        lent = await pipeline.dispatch(pool, who, now=NOW)
        assert lent is not None
        annotation = assignments.NewAnnotation(
            annotator_id=who.annotator_id, annotation_id=uuid4(), response=answer, active_ms=1
        )
        await pipeline.annotate_large(pool, lent[0], lent[1].assignment_id, annotation, now=NOW)
    return task_id


async def _reasons(pool: Pool, owner: NewTenant) -> list[str]:
    async with as_tenant(pool, owner.tenant_id) as tx:
        found = await tx.connection.execute(
            "SELECT event::jsonb ->> 'reason' FROM ledger.entry"
            " WHERE event::jsonb ->> 'kind' = 'task.set_aside'"
        )
        return [row[0] for row in await found.fetchall()]


@pytest.mark.parametrize(("type_name", "case"), CASES)
async def test_a_crafted_task_reaches_its_end_within_the_bounds_of_its_child(
    pool: Pool, tenant: NewTenant, context: Context, type_name: str, case: str
):
    task_id = await _submitted(context, tenant, type_name, case)

    async with asyncio.timeout(SECONDS_MAX):
        await worker.assess_all(context)
        await asyncio.gather(*(judging for judging, _ in context.heavy.values()))

    assert set(await _reasons(pool, tenant)) <= CEILINGS
    found: Any = await look(pool, tenant, task_id)
    assert found.status == "completed" or found.stage == "review"


def test_every_type_has_crafted_answers():
    assert all(crafted.cases(name) for name in REGISTRY)
