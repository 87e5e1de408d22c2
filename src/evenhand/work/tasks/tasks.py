"""Tasks: opened once, looked at, changed at their edges, withdrawn; all else is annotation."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias
from uuid import UUID

import msgspec
import psycopg
from psycopg.types.json import Json as GivenJson

from evenhand.foundation import sql
from evenhand.foundation.database import Tx
from evenhand.foundation.errors import Conflict, Invalid, NotFound
from evenhand.foundation.rows import many, one, one_or_none, row_count, run
from evenhand.work.projects.placement import Placement

QUERIES = sql.beside(__file__)

# What a task is there for. Of the others than live ones the answer is known already.
Purpose: TypeAlias = Literal["live", "evaluation", "training"]

DIGEST_BYTES = 16
TAGS_MAX = 5  # tags a task, as the contract says
DEFAULT_PRIORITY = 10
PREPARING = ("preparing",)  # the stage at which what a task shows is fetched
OFFERED = ("open", "review")  # those at which somebody is asked


class NoSuchTask(NotFound):
    """Task with that ID not found."""


class UniqueIdTaken(Conflict):
    """The unique_id is already used for a different task."""


class NotCancellable(Invalid):
    """Only a pending task on which no work has begun can be canceled."""


class NotRetryable(Invalid):
    """Only a task that ended in error can be retried."""


class TooManyTags(Invalid):
    """A task has at most 5 tags; remove some first."""


# Structs and not dataclasses, as a bulk call makes hundreds of thousands in a few seconds.
class NewTask(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A task as it is asked for, its params merged and proven."""

    type: str
    is_test: bool
    params: Mapping[str, object]
    instruction: str = ""
    metadata: Mapping[str, object]
    unique_id: str | None = None
    clear_unique_id_on_error: bool = False
    tags: Sequence[str] | None = None
    priority: int | None = None
    callback_url: str | None = None
    purpose: Purpose = "live"
    asked: bytes | None = None  # the digest of the request, where it may be sent again


# As it was read; in a list of tasks, which passes it on, as it lay in the database.
Json: TypeAlias = Mapping[str, Any] | msgspec.Raw


class Task(msgspec.Struct, frozen=True, gc=False):
    """A task with its place and, once it is settled, its response."""

    task_id: str
    type: str
    is_test: bool
    status: str
    stage: str
    project: str | None
    batch: str | None
    batch_id: UUID | None
    instruction: str
    params: Json
    metadata: Json
    unique_id: str | None
    tags: Sequence[str] | None
    priority: int
    callback_url: str | None
    callback_succeeded: bool | None
    project_param_version: int | None
    error: str | None
    work_started: bool
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None
    response: Json | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn:
    """How many open assignments of a task were taken back: annotators', and reviewers'."""

    ordinary: int = 0
    reviews: int = 0


NOTHING = Withdrawn()


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """What follows from a task that ended in error depends on these."""

    purpose: Purpose
    callback_url: str | None
    batch_id: UUID | None


class Opening(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How a task enters: under which id, at which stage, and what it shows.

    A file that is None lies elsewhere and has yet to be fetched. `kinds` says what each is to be.
    """

    task_id: str
    new: NewTask
    stage: str
    files: Mapping[str, UUID | None]
    kinds: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Entered:
    only: list[str] | None  # where not all were


async def open_tasks(
    tx: Tx,
    openings: Sequence[Opening],
    placement: Placement,
    *,
    now: datetime,
    places: Sequence[int] = (),
) -> set[str]:
    """Enter tasks of one place and one type, with their assignments; say which were entered.

    A task whose unique_id is in use is left out. The n-th of a call, as `places` says, is created n
    microseconds after now, so that tasks keep the order in which they came.
    """
    places = places or range(len(openings))
    entered = await one(
        tx,
        QUERIES["open_tasks"],
        _Entered,
        **_columns_of(openings, placement),
        digests=_digests(openings),
        first=places[0],
        # Said one by one only where others of the call lie between.
        places=list(places) if places[-1] - places[0] >= len(places) else None,
        is_test=openings[0].new.is_test,
        type=openings[0].new.type,
        project_id=placement.project_id,
        batch_id=placement.batch_id,
        # Nobody's annotation is wanted for a response that is known, so nothing is offered.
        annotations_wanted=(
            annotations_wanted(placement) if openings[0].new.purpose == "live" else 0
        ),
        purpose=openings[0].new.purpose,
        project_param_version=placement.version,
        now=now,
        asked=len(openings),
    )
    if entered.only is None:
        return {opening.task_id for opening in openings}
    return set(entered.only)


def _digests(openings: Sequence[Opening]) -> bytes:
    # All of them in one, of which each is a part: a column of JSON costs several times as much.
    if all(opening.new.asked is None for opening in openings):
        return b""
    return b"".join([opening.new.asked or bytes(DIGEST_BYTES) for opening in openings])


def _columns_of(openings: Sequence[Opening], placement: Placement) -> dict[str, str]:
    # By columns, so that a name is written and read once a call and not once a task; and what
    # all tasks share, which is most, is said once.
    new = [opening.new for opening in openings]
    differing: dict[str, Sequence[object]] = {
        "task_id": [opening.task_id for opening in openings],
        "params": [one.params for one in new],
    }
    shared: dict[str, object] = {}
    scalars: dict[str, Sequence[object]] = {
        "stage": [opening.stage for opening in openings],
        "instruction": [one.instruction for one in new],
        "unique_id": [one.unique_id for one in new],
        "clear_unique_id_on_error": [one.clear_unique_id_on_error for one in new],
        "priority": [priority_of(one, placement) for one in new],
        "callback_url": [one.callback_url for one in new],
    }
    for name, column in scalars.items():
        if column.count(column[0]) == len(column):
            shared[name] = column[0]
        else:
            differing[name] = column
    if any(one.metadata for one in new):
        differing["metadata"] = [one.metadata for one in new]
    if any(one.tags is not None for one in new):
        differing["tags"] = [one.tags for one in new]
    return {
        "differing": msgspec.json.encode(differing).decode(),
        "shared": msgspec.json.encode(shared).decode(),
    }


def opened(opening: Opening, placement: Placement, *, now: datetime) -> Task:
    """A task as it stands when it has just been entered, without reading it back."""
    new = opening.new
    return Task(
        task_id=opening.task_id,
        type=new.type,
        is_test=new.is_test,
        status="pending",
        stage=opening.stage,
        project=placement.project,
        batch=placement.batch,
        batch_id=placement.batch_id,
        instruction=new.instruction,
        params=new.params,
        metadata=new.metadata,
        unique_id=new.unique_id,
        tags=new.tags,
        priority=priority_of(new, placement),
        callback_url=new.callback_url,
        callback_succeeded=None,
        project_param_version=placement.version,
        error=None,
        work_started=False,
        created_at=now,
        updated_at=now,
        completed_at=None,
        response=None,
    )


def priority_of(new: NewTask, placement: Placement) -> int:
    """Of which priority a new task is: its own, its batch's, or the lowest."""
    return new.priority or placement.priority or DEFAULT_PRIORITY


def new_task_ids(moment: datetime, count: int) -> list[str]:
    """New ids of 24 hex digits each: the second, as in the contract's own ids, and chance.

    They ascend, as an index takes in what ascends with the least work.
    """
    second = f"{int(moment.timestamp()) & 0xFFFFFFFF:08x}"
    chance = secrets.token_hex(8 * count)
    return sorted(second + chance[at : at + 16] for at in range(0, 16 * count, 16))


def annotations_wanted(placement: Placement) -> int:
    """How many annotators a new task is put before, by its project's policy."""
    return int(placement.policy.get("annotations", 1))


async def task_of(tx: Tx, task_id: str, *, is_test: bool) -> Task:
    """The task of this id, in the world of the key."""
    task = await one_or_none(tx, QUERIES["task_of"], Task, task_id=task_id, is_test=is_test)
    if task is None:
        raise NoSuchTask(task_id=task_id)
    return task


async def cancel_task(
    tx: Tx, task_id: str, *, is_test: bool, clear_unique_id: bool, now: datetime
) -> Withdrawn | None:
    """Withdraw a task on which no work has begun, and say how much; None if it was before."""
    status = await _locked(tx, task_id, is_test=is_test)
    if status not in ("pending", "canceled"):
        raise NotCancellable(
            f"Task {task_id} is {'in error' if status == 'error' else status} and cannot be "
            "canceled: only a pending task on which no work has begun can be."
        )
    arguments = {
        "task_id": task_id,
        "clear_unique_id": clear_unique_id,
        "now": now,
    }
    withdrawn = None
    if status == "pending":
        # First the open assignments go; if one is being lent at this moment, this waits and
        # then leaves it, so what is still there afterwards is work that has begun.
        withdrawn = (await withdraw_open(tx, [task_id])).get(task_id, NOTHING)
        if await row_count(tx, QUERIES["work_begun"], **arguments):
            raise NotCancellable(
                f"Work on task {task_id} has begun, so it can no longer be canceled."
            )
    await run(tx, QUERIES["cancel_task"], **arguments)
    return withdrawn


@dataclass(frozen=True, slots=True)
class _Retried:
    batch_id: UUID | None


class _WithdrawnOf(msgspec.Struct, frozen=True, gc=False):
    task_id: str
    ordinary: int
    reviews: int


async def withdraw_open(tx: Tx, task_ids: Sequence[str]) -> Mapping[str, Withdrawn]:
    """Take back what is open of some tasks, and say how much; who holds a lease may still finish.

    Tasks of which nothing was open are left out.
    """
    found = await many(tx, QUERIES["withdraw_open"], _WithdrawnOf, task_ids=list(task_ids))
    return {of.task_id: Withdrawn(ordinary=of.ordinary, reviews=of.reviews) for of in found}


async def fail_task(
    tx: Tx, task_id: str, error: str, *, stages: Sequence[str], now: datetime
) -> Failed | None:
    """End a task that cannot be done, with the reason; None if it is at none of these stages."""
    return await one_or_none(
        tx,
        QUERIES["fail_task"],
        Failed,
        task_id=task_id,
        error=error,
        stages=list(stages),
        now=now,
    )


async def retry_task(tx: Tx, task_id: str, *, is_test: bool, now: datetime) -> UUID | None:
    """Have a task that ended in error prepared once more, and say of which batch it is."""
    status = await _locked(tx, task_id, is_test=is_test)
    if status != "error":
        raise NotRetryable(
            f"Task {task_id} is {status}, and only a task that ended in error can be retried."
        )
    retried = await one(tx, QUERIES["retry_task"], _Retried, task_id=task_id, now=now)
    return retried.batch_id


async def set_task_metadata(
    tx: Tx, task_id: str, metadata: Mapping[str, object], *, is_test: bool, now: datetime
) -> Task:
    """Replace the metadata of a task."""
    await _locked(tx, task_id, is_test=is_test)
    given = GivenJson(metadata)
    await run(tx, QUERIES["set_task_metadata"], task_id=task_id, metadata=given, now=now)
    return await task_of(tx, task_id, is_test=is_test)


async def set_tags(
    tx: Tx, task_id: str, tags: Sequence[str], *, is_test: bool, now: datetime
) -> Task:
    """Replace the tags of a task; repeated tags count once."""
    await _locked(tx, task_id, is_test=is_test)
    return await _write_tags(tx, task_id, tags, is_test=is_test, now=now)


async def add_tags(
    tx: Tx, task_id: str, tags: Sequence[str], *, is_test: bool, now: datetime
) -> Task:
    """Add tags to a task; those it has already change nothing."""
    await _locked(tx, task_id, is_test=is_test)
    task = await task_of(tx, task_id, is_test=is_test)
    return await _write_tags(tx, task_id, [*(task.tags or ()), *tags], is_test=is_test, now=now)


async def remove_tags(
    tx: Tx, task_id: str, tags: Sequence[str], *, is_test: bool, now: datetime
) -> Task:
    """Take tags from a task; those it does not have change nothing."""
    await _locked(tx, task_id, is_test=is_test)
    task = await task_of(tx, task_id, is_test=is_test)
    left = [tag for tag in task.tags or () if tag not in tags]
    return await _write_tags(tx, task_id, left, is_test=is_test, now=now)


async def _write_tags(
    tx: Tx, task_id: str, tags: Sequence[str], *, is_test: bool, now: datetime
) -> Task:
    unique = list(dict.fromkeys(tags))
    if len(unique) > TAGS_MAX:
        raise TooManyTags(
            f"Task {task_id} would have {len(unique)} tags; {TAGS_MAX} are the most. "
            "Remove some first."
        )
    await run(tx, QUERIES["set_tags"], task_id=task_id, tags=unique, now=now)
    return await task_of(tx, task_id, is_test=is_test)


async def set_unique_id(
    tx: Tx, task_id: str, unique_id: str | None, *, is_test: bool, now: datetime
) -> Task:
    """Give a task a unique_id, or take it away so that another task may have it."""
    await _locked(tx, task_id, is_test=is_test)
    try:
        async with tx.connection.transaction():
            await run(tx, QUERIES["set_unique_id"], task_id=task_id, unique_id=unique_id, now=now)
    except psycopg.errors.UniqueViolation:
        holders = await holders_of(tx, [str(unique_id)], is_test=is_test)
        holder = holders.get(str(unique_id))
        raise taken(str(unique_id), holder and holder.task_id) from None
    return await task_of(tx, task_id, is_test=is_test)


async def _locked(tx: Tx, task_id: str, *, is_test: bool) -> str:
    status = await one_or_none(tx, QUERIES["lock_task"], str, task_id=task_id, is_test=is_test)
    if status is None:
        raise NoSuchTask(task_id=task_id)
    return status


def taken(unique_id: str, holder: str | None) -> UniqueIdTaken:
    """The refusal of a unique_id, naming the task that has it."""
    named = f" ({holder})" if holder else ""
    return UniqueIdTaken(
        f'The unique_id ("{unique_id}") is already used for a different task{named}.'
    )


class Holder(msgspec.Struct, frozen=True, gc=False):
    """The task that has a unique_id, and the digest of what it was created from, if it has one."""

    unique_id: str
    task_id: str
    asked: bytes | None


async def holders_of(tx: Tx, unique_ids: Sequence[str], *, is_test: bool) -> dict[str, Holder]:
    """Which task has each of these unique_ids; those that nobody has are left out."""
    found = await many(
        tx, QUERIES["holders_of_unique_ids"], Holder, unique_ids=list(unique_ids), is_test=is_test
    )
    return {holder.unique_id: holder for holder in found}
