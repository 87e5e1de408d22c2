"""Gold tasks: the right answer is known, so that annotators can be measured and taught.

An evaluation task lies hidden among live work, a training task comes before it. Both are tasks
as all others, told from them by their purpose alone: so whatever an annotator meets is the same.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias
from uuid import UUID

from psycopg.types.json import Json

from evenhand.foundation import sql
from evenhand.foundation.database import Tx
from evenhand.foundation.errors import Conflict, Invalid, NotFound
from evenhand.foundation.rows import many, one, one_or_none, row_count, run
from evenhand.work.tasks.tasks import Purpose, new_task_ids

QUERIES = sql.beside(__file__)

GoldPurpose: TypeAlias = Literal["evaluation", "training"]

# More would make the look for the next one slow, and fewer than this measure anyone well.
GOLD_IN_USE_MAX = 1_000
LESSONS_MAX = 100  # a course longer than that is a school
GOLD_A_PAGE_MAX = 100
GOLD_VOTES_MAX = 50_000  # the newest so many say enough of everybody's skill


class NoSuchGold(NotFound):
    """There is no evaluation or training task of that id."""


class TooMuchGold(Conflict):
    """The project has as many evaluation or training tasks in use as it may; retire some first."""


class NotSettled(Invalid):
    """Only a completed task of a project can be made into an evaluation or training task."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewGold:
    """What makes a task a gold task."""

    purpose: GoldPurpose
    project_id: UUID
    expected_response: Mapping[str, object]
    initial_response: Mapping[str, object] | None = None
    source_task_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gold:
    """A gold task with how often it was answered, and how often rightly."""

    task_id: str
    purpose: GoldPurpose
    project_id: UUID
    project: str
    type: str
    is_test: bool
    status: str
    stage: str
    instruction: str
    params: Mapping[str, Any]
    metadata: Mapping[str, Any]
    unique_id: str | None
    tags: Sequence[str] | None
    error: str | None
    expected_response: Mapping[str, Any]
    expected_version: int
    initial_response: Mapping[str, Any] | None
    source_task_id: str | None
    created_at: datetime
    retired_at: datetime | None
    answers: int
    right: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledSource:
    """A settled task that is to be copied into a gold task."""

    type: str
    project_id: UUID
    project: str
    params: Mapping[str, Any]
    instruction: str
    metadata: Mapping[str, Any]
    response: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldVote:
    """An answer to an evaluation task beside the right one."""

    task_id: str
    annotator_id: UUID
    type: str
    params: dict[str, Any]
    response: dict[str, Any]
    expected_response: dict[str, Any]


async def keep_gold(tx: Tx, task_id: str, new: NewGold, *, now: datetime) -> None:
    """Make a task that was just opened for it a gold task, if the project may have one more.

    With a project's first lesson, whoever has worked there before is taken to know the course.
    """
    in_use = await one(
        tx, QUERIES["count_gold_in_use"], int, project_id=new.project_id, purpose=new.purpose
    )
    most = GOLD_IN_USE_MAX if new.purpose == "evaluation" else LESSONS_MAX
    if in_use >= most:
        raise TooMuchGold(
            f"The project has {in_use} {new.purpose} tasks in use, and {most} are the most. "
            "Retire some first."
        )
    await run(
        tx,
        QUERIES["keep_gold"],
        task_id=task_id,
        project_id=new.project_id,
        purpose=new.purpose,
        review=new.initial_response is not None,
        position=gold_position(task_id, new.purpose, now=now),
        expected_response=Json(new.expected_response),
        initial_response=None if new.initial_response is None else Json(new.initial_response),
        source_task_id=new.source_task_id,
        now=now,
    )
    if new.purpose == "training" and in_use == 0:
        await run(tx, QUERIES["pass_veterans"], project_id=new.project_id, now=now)


def gold_position(task_id: str, purpose: Purpose, *, now: datetime) -> int:
    """Place a gold task in the order of giving: lessons as they come, others by a public lot."""
    if purpose == "training":
        return int(now.timestamp() * 1_000_000)
    return int.from_bytes(hashlib.sha256(task_id.encode()).digest()[:8], signed=True)


async def settled_source(tx: Tx, task_id: str, *, is_test: bool) -> SettledSource:
    """Read a settled task that is to be copied."""
    found = await one_or_none(
        tx, QUERIES["settled_source"], SettledSource, task_id=task_id, is_test=is_test
    )
    if found is None:
        raise NotSettled(task_id=task_id)
    return found


async def copy_task(tx: Tx, task_id: str, purpose: GoldPurpose, *, now: datetime) -> str:
    """Ask the question of a task once more, as a gold task's, and say under which id."""
    (copy_id,) = new_task_ids(now, 1)
    arguments = {
        "task_id": task_id,
        "copy_id": copy_id,
        "purpose": purpose,
        "now": now,
    }
    await run(tx, QUERIES["copy_task"], **arguments)
    await run(tx, QUERIES["copy_task_files"], **arguments)
    return copy_id


async def gold_of(tx: Tx, task_id: str, *, is_test: bool) -> Gold:
    """The gold task of this id, in the world of the key."""
    found = await one_or_none(tx, QUERIES["gold_of"], Gold, task_id=task_id, is_test=is_test)
    if found is None:
        raise NoSuchGold(task_id=task_id)
    return found


async def project_of_gold(tx: Tx, task_id: str) -> UUID:
    """The project of a gold task."""
    return await one(tx, QUERIES["project_of_gold"], UUID, task_id=task_id)


async def find_gold(
    tx: Tx,
    purpose: GoldPurpose,
    *,
    is_test: bool,
    project: str | None,
    limit: int,
    offset: int,
) -> tuple[list[Gold], int]:
    """A page of gold tasks of one kind, newest first, and how many there are in all."""
    arguments = {
        "purpose": purpose,
        "is_test": is_test,
        "project": project,
        "limit": min(limit, GOLD_A_PAGE_MAX),
        "offset": offset,
    }
    found = await many(tx, QUERIES["find_gold"], Gold, **arguments)
    return found, await one(tx, QUERIES["count_gold"], int, **arguments)


async def retire_gold(tx: Tx, task_id: str, *, now: datetime) -> bool:
    """Give a gold task to nobody any more, and say whether it was in use until now."""
    arguments = {"task_id": task_id, "now": now}
    retired = await row_count(tx, QUERIES["retire_gold"], **arguments)
    await run(tx, QUERIES["close_gold"], **arguments)
    return bool(retired)


async def expect(tx: Tx, task_id: str, response: Mapping[str, object]) -> None:
    """Let another response be the right one."""
    await run(tx, QUERIES["expect"], task_id=task_id, expected_response=Json(response))


async def gold_votes_of(tx: Tx, project_id: UUID) -> list[GoldVote]:
    """Answers to a project's evaluation tasks, the newest first: evidence of skill."""
    return await many(
        tx, QUERIES["gold_votes"], GoldVote, project_id=project_id, limit=GOLD_VOTES_MAX
    )
