"""Gold tasks made the way a customer makes them, and annotators who meet them."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from given import NOW
from work.opened import answer

from evenhand import pipeline, tenants, workforce
from evenhand.foundation.database import Pool, as_tenant
from evenhand.work import assignments, gold_tasks, intake, projects, qualification

HOUR_LATER = NOW + timedelta(hours=1)  # answers of now are judged
DAY_LATER = NOW + timedelta(days=1)  # and annotators told of them


def order(attachment: str, purpose: gold_tasks.GoldPurpose, **body: object) -> intake.Order:
    asked = {"project": "animals", "attachment": attachment, **body}
    return intake.order_of("categorization", asked, is_test=False, purpose=purpose)


async def gold(
    pool: Pool,
    owner: tenants.NewTenant,
    count: int,
    *,
    purpose: gold_tasks.GoldPurpose = "evaluation",
    expected: str = "cat",
    initial: str | None = None,
    now: datetime = NOW,
) -> list[str]:
    made: list[str] = []
    for number in range(count):
        async with as_tenant(pool, owner.tenant_id) as tx:
            made.append(
                (
                    await pipeline.annotator.add_gold(
                        tx,
                        order(f"known animal {number}", purpose),
                        {"category": expected},
                        initial=None if initial is None else {"category": initial},
                        now=now.replace(microsecond=number),
                    )
                ).task_id
            )
    return made


async def lend(
    pool: Pool, who: workforce.Annotator, *, now: datetime = NOW
) -> tuple[UUID, assignments.Assignment] | None:
    return await pipeline.dispatch(pool, who, now=now)


async def hand_in(
    pool: Pool,
    who: workforce.Annotator,
    lent: tuple[UUID, assignments.Assignment],
    category: str,
    *,
    now: datetime = NOW,
) -> None:
    tenant_id, assignment = lent
    async with as_tenant(pool, tenant_id) as tx:
        await pipeline.annotate(tx, assignment.assignment_id, answer(who, category), now=now)


async def work_through(
    pool: Pool,
    who: workforce.Annotator,
    count: int,
    *,
    live: str = "dog",
    known: str = "cat",
    now: datetime = NOW,
) -> list[str]:
    """Answer so many assignments, and say what each was for."""
    met: list[str] = []
    for _ in range(count):
        lent = await lend(pool, who, now=now)
        if lent is None:
            break
        purpose = lent[1].purpose
        met.append(purpose)
        await hand_in(pool, who, lent, live if purpose == "live" else known, now=now)
    return met


async def score(pool: Pool, owner: tenants.NewTenant, *, now: datetime = NOW) -> int:
    return await pipeline.annotator.score(pool, owner.tenant_id, now=now)


async def judge(
    pool: Pool,
    owner: tenants.NewTenant,
    who: workforce.Annotator,
    *,
    now: datetime = HOUR_LATER,
) -> qualification.Standing:
    """Do what the job does that `score` asks for, and say where the annotator stands then."""
    async with as_tenant(pool, owner.tenant_id) as tx:
        (project,) = await projects.projects_of(
            tx, is_test=False, archived=None, limit=10, offset=0
        )
        await pipeline.annotator.judge_annotator(tx, project.project_id, who.annotator_id, now=now)
    return await standing(pool, owner, who)


async def rows(pool: Pool, owner: tenants.NewTenant, statement: str, *more: object) -> list[Any]:
    """What the tenant itself can see."""
    async with as_tenant(pool, owner.tenant_id) as tx:
        cursor = await tx.connection.execute(statement.encode(), more)
        return await cursor.fetchall()


async def standing(
    pool: Pool, owner: tenants.NewTenant, who: workforce.Annotator
) -> qualification.Standing:
    async with as_tenant(pool, owner.tenant_id) as tx:
        (project,) = await projects.projects_of(
            tx, is_test=False, archived=None, limit=10, offset=0
        )
        return await qualification.lock_standing(tx, project.project_id, who.annotator_id)
