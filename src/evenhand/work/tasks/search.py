"""Finding tasks: pages in descending order of creation, and how many there are in all."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from evenhand.foundation import sql
from evenhand.foundation.database import Tx
from evenhand.foundation.rows import PlannedAnew, many, one
from evenhand.work.tasks.tasks import Task

QUERIES = sql.beside(__file__)

TASKS_A_PAGE_MAX = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFilter:
    """Which tasks are asked for; what is None does not matter. Bounds are inclusive."""

    is_test: bool
    status: str | None = None
    type: str | None = None
    project: str | None = None
    batch: str | None = None
    unique_ids: Sequence[str] | None = None
    tags: Sequence[str] | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None
    completed_from: datetime | None = None
    completed_to: datetime | None = None
    updated_from: datetime | None = None
    updated_to: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class After:
    """The last task of the page before: the next page begins after it."""

    created_at: datetime
    task_id: str


async def find_tasks(
    tx: Tx, wanted: TaskFilter, *, after: After | None, limit: int, offset: int
) -> list[Task]:
    """A page of tasks, newest first; a page that goes on after a task skips and repeats none."""
    assert limit <= TASKS_A_PAGE_MAX + 1, "one more than a page tells whether there is another"
    return await many(
        tx,
        PlannedAnew(QUERIES["find_tasks"]),
        Task,
        **asdict(wanted),
        after_at=after.created_at if after else None,
        after_id=after.task_id if after else None,
        limit=limit,
        offset=offset,
    )


async def count_tasks(tx: Tx, wanted: TaskFilter) -> int:
    """How many tasks fit, exactly."""
    return await one(tx, PlannedAnew(QUERIES["count_tasks"]), int, **asdict(wanted))
