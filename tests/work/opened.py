"""Tasks opened the way a customer opens them, and annotators to do them."""

from datetime import datetime
from uuid import UUID, uuid4

from given import NOW

from evenhand import pipeline, tenants, workforce
from evenhand.foundation.database import Pool, as_tenant
from evenhand.work import assignments, intake, projects, tasks

CATEGORIES = ["cat", "dog", "bird"]


async def project(
    pool: Pool, owner: tenants.NewTenant, name: str = "animals", **policy: float
) -> None:
    async with as_tenant(pool, owner.tenant_id) as tx:
        await projects.create_project(
            tx,
            projects.NewProject(
                name=name,
                type="categorization",
                is_test=False,
                staged=False,
                policy=policy,
                params={"categories": CATEGORIES, "attachment_type": "text"},
            ),
            project_id=uuid4(),
            now=NOW,
        )


async def batch(pool: Pool, owner: tenants.NewTenant, name: str) -> None:
    async with as_tenant(pool, owner.tenant_id) as tx:
        new = projects.NewBatch(
            name=name, project="animals", is_test=False, callback=None, metadata={}, options={}
        )
        await projects.create_batch(tx, new, batch_id=uuid4(), now=NOW)


async def new_tasks(
    pool: Pool,
    owner: tenants.NewTenant,
    count: int,
    *,
    now: datetime = NOW,
    **body: object,
) -> list[str]:
    made: list[str] = []
    for number in range(count):
        order = intake.order_of(
            "categorization",
            {"project": "animals", "attachment": f"animal {number}", **body},
            is_test=False,
        )
        async with as_tenant(pool, owner.tenant_id) as tx:
            made.append((await pipeline.submit(tx, order, now=now)).task_id)
    return made


async def annotators(
    pool: Pool, count: int, *, reviewer: bool = False
) -> list[workforce.Annotator]:
    found: list[workforce.Annotator] = []
    async with pool.connection() as connection:
        for _ in range(count):
            made = await workforce.create(
                connection,
                f"{uuid4().hex}@example.org",
                name="Someone",
                kind="person",
                reviewer=reviewer,
                now=NOW,
            )
            found.append(await workforce.authenticate(connection, made.token, now=NOW))
    return found


def answer(who: workforce.Annotator, category: str, annotation_id: UUID | None = None):
    return assignments.NewAnnotation(
        annotator_id=who.annotator_id,
        annotation_id=annotation_id or uuid4(),
        response={"category": category},
        active_ms=1500,
    )


async def do_next(
    pool: Pool, who: workforce.Annotator, category: str, *, now: datetime = NOW
) -> str | None:
    """Take the next task and answer it; say which it was."""
    lent = await pipeline.dispatch(pool, who, now=now)
    if lent is None:
        return None
    tenant_id, assignment = lent
    async with as_tenant(pool, tenant_id) as tx:
        await pipeline.annotate(tx, assignment.assignment_id, answer(who, category), now=now)
    return assignment.task_id


async def assess(pool: Pool, owner: tenants.NewTenant, *, now: datetime = NOW) -> int:
    async with as_tenant(pool, owner.tenant_id) as tx:
        return await pipeline.assess(tx, now=now)


async def look(pool: Pool, owner: tenants.NewTenant, task_id: str) -> tasks.Task:
    async with as_tenant(pool, owner.tenant_id) as tx:
        return await tasks.task_of(tx, task_id, is_test=False)
