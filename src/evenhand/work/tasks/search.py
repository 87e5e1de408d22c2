"""Finding tasks: pages in descending order of creation, and how many there are in all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from msgspec.structs import asdict, replace

from evenhand.foundation import sql
from evenhand.foundation.database import Tx
from evenhand.foundation.rows import JsonPassedOn, PlannedAnew, many, one
from evenhand.work import counts
from evenhand.work.tasks.tasks import Task

QUERIES = sql.beside(__file__)

STATUSES = ("pending", "completed", "canceled", "error")

TASKS_A_PAGE_MAX = 100
# So many are fetched and put in order in less time than a walk past what does not fit may take.
FEW_TASKS_MAX = 1_000
# For times an index alone tells all that is needed, and a walk may pass far more that do not fit.
FEW_TIMED_MAX = 20_000
# To ask a task by key what its tag's row does not tell takes as long as to pass so many in order.
TAG_PROBE_TASKS = 5
# To pass so many, newest first, costs less than to put in order what lies between two times.
BEGUN_MAX = 4_000
WALK_MAX = 500  # places of an offset; beyond, to find where to begin costs less than to walk there

_MICROSECOND = timedelta(microseconds=1)  # as fine as PostgreSQL keeps time


class TaskFilter(msgspec.Struct, frozen=True, kw_only=True):
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A page of tasks, newest first, their JSON unread, and how many fit in all."""

    tasks: Sequence[Task]
    total: int


class _Ids(msgspec.Struct, frozen=True):
    project_id: UUID | None
    batch_id: UUID | None


class _Sought(msgspec.Struct, frozen=True, kw_only=True):
    is_test: bool
    status: str | None
    type: str | None
    project_id: UUID | None
    batch_id: UUID | None
    unique_ids: Sequence[str] | None
    tags: Sequence[str] | None
    created_from: datetime | None
    created_to: datetime | None
    completed_from: datetime | None
    completed_to: datetime | None
    updated_from: datetime | None
    updated_to: datetime | None

    @property
    def is_timed(self) -> bool:
        """Whether times matter that are no part of the order of lists."""
        return bool(
            self.completed_from or self.completed_to or self.updated_from or self.updated_to
        )

    @property
    def is_kept(self) -> bool:
        """Whether all that matters is what tasks are counted by."""
        return not self.is_timed and not (
            self.unique_ids or self.tags or self.created_from or self.created_to
        )

    @property
    def is_kept_by_tag(self) -> bool:
        """Whether all that matters beside it is a single tag, by which tasks are counted too."""
        return len(set(self.tags or ())) == 1 and replace(self, tags=None).is_kept

    @property
    def kind(self) -> counts.Kind:
        """What tasks are counted by."""
        return counts.Kind(
            is_test=self.is_test, status=self.status, type=self.type,
            project_id=self.project_id, batch_id=self.batch_id,
        )  # fmt: skip

    @property
    def is_whole_list(self) -> bool:
        """Whether nothing matters that would change a place counted from the newest."""
        return not self.is_timed and not (
            self.status or self.type or self.project_id or self.batch_id
            or self.unique_ids or self.tags or self.created_to
        )  # fmt: skip

    @property
    def is_told_by_tags(self) -> bool:
        """Whether nothing matters but what stands with each tag of a task."""
        return not self.is_timed and not (
            self.type or self.project_id or self.batch_id or self.unique_ids
        )


class _Bounds(msgspec.Struct, frozen=True, kw_only=True):
    after_at: datetime | None
    after_id: str | None
    limit: int
    offset: int


async def find_tasks(
    tx: Tx,
    wanted: TaskFilter,
    *,
    after: After | None,
    limit: int,
    offset: int,
    total: int | None = None,
) -> Found:
    """A page of tasks; one that goes on after a task skips and repeats none.

    A total that is known already is taken for it, and not counted again.
    """
    assert limit <= TASKS_A_PAGE_MAX + 1, "one more than a page tells whether there is another"
    sought = await _by_ids(tx, wanted)
    if sought is None:
        return Found(tasks=[], total=total or 0)
    by_tags = await _is_led_by_tags(tx, sought)
    if total is None:
        total = await _count(tx, sought, by_tags=by_tags)
        if total <= offset:
            return Found(tasks=[], total=total)
    # By a tag and what is counted beside it, a walk is along the fewest that there are.
    few = not sought.is_kept_by_tag and total <= (
        FEW_TIMED_MAX if sought.is_timed else FEW_TASKS_MAX
    )
    if offset > WALK_MAX and sought.is_whole_list:
        place = await counts.place_of(tx, offset, is_test=sought.is_test)
        if place is None:
            return Found(tasks=[], total=total)
        sought, offset = replace(sought, created_to=place.before - _MICROSECOND), place.skip
    bounds = _Bounds(
        after_at=after.created_at if after else None,
        after_id=after.task_id if after else None,
        limit=limit,
        offset=offset,
    )
    ids: list[str] = []
    # Of hardly more than a page some would seldom be among the newest.
    if sought.is_timed and few and not by_tags and total >= 2 * limit:
        given = asdict(sought) | asdict(bounds)
        statement = PlannedAnew(QUERIES["page_begun"])
        ids = await many(tx, statement, str, **given, begun_max=BEGUN_MAX)
    if len(ids) < limit:
        ids = await _page(tx, sought, bounds, by_tags=by_tags, few=few)
    found = await many(tx, JsonPassedOn(QUERIES["tasks_by_id"]), Task, task_ids=ids) if ids else []
    return Found(tasks=found, total=total)


async def _by_ids(tx: Tx, wanted: TaskFilter) -> _Sought | None:
    """Name the project and the batch by their ids; None where nothing can fit."""
    ids = _Ids(None, None)
    if wanted.project is not None or wanted.batch is not None:
        ids = await one(
            tx, QUERIES["ids_of_names"], _Ids,
            is_test=wanted.is_test, project=wanted.project, batch=wanted.batch,
        )  # fmt: skip
        if (wanted.project and not ids.project_id) or (wanted.batch and not ids.batch_id):
            return None
    given = asdict(wanted) | asdict(ids)
    del given["project"], given["batch"]
    sought = _Sought(**given)
    if sought.completed_from or sought.completed_to:
        # What is completed has the time of it and nothing else has; to say so gives a walk the
        # index of what is completed.
        if sought.status not in (None, "completed"):
            return None
        sought = replace(sought, status="completed")
    return sought


async def _is_led_by_tags(tx: Tx, sought: _Sought) -> bool:
    """Whether tasks are best found by their tags, and not by all else that matters."""
    if not sought.tags:
        return False
    if sought.is_told_by_tags:
        return True
    tagged = await counts.tagged_count(
        tx, replace(sought, type=None, project_id=None, batch_id=None).kind, sought.tags
    )
    others = await _count(tx, replace(sought, tags=None), by_tags=False)
    return tagged * TAG_PROBE_TASKS < others


async def _count(tx: Tx, sought: _Sought, *, by_tags: bool) -> int:
    if sought.is_kept:
        return await counts.kept_count(tx, sought.kind)
    if sought.tags and sought.is_kept_by_tag:
        return await counts.tagged_count(tx, sought.kind, sought.tags)
    if not (sought.tags or sought.status) and sought.is_told_by_tags:
        return await counts.created_count(
            tx,
            is_test=sought.is_test,
            created_from=sought.created_from,
            created_to=sought.created_to,
        )
    if by_tags:
        return await one(tx, PlannedAnew(QUERIES["count_tagged"]), int, **_by_tags(sought))
    given = asdict(_status_left_out(sought))
    return await one(tx, PlannedAnew(QUERIES["count_one_by_one"]), int, **given)


async def _page(tx: Tx, sought: _Sought, bounds: _Bounds, *, by_tags: bool, few: bool) -> list[str]:
    if by_tags:
        given = _by_tags(sought) | asdict(bounds)
        return await many(tx, PlannedAnew(QUERIES["page_of_tagged"]), str, **given)
    given = asdict(sought) | asdict(bounds)
    if few:
        given |= asdict(_status_left_out(sought))
        return await many(tx, PlannedAnew(QUERIES["page_of_few"]), str, **given)
    return await many(tx, PlannedAnew(QUERIES["page_along"]), str, **given)


def _by_tags(sought: _Sought) -> dict[str, object]:
    given = asdict(sought)
    status = given.pop("status")
    given["statuses"] = [status] if status else list(STATUSES)
    given["tags_alone"] = sought.is_told_by_tags
    return given


def _status_left_out(sought: _Sought) -> _Sought:
    """Leave out what a time of completion says already, so that its index alone tells all."""
    is_said = bool(sought.completed_from or sought.completed_to)
    return replace(sought, status=None) if is_said else sought
