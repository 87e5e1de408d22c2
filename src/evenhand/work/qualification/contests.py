"""Contests: an annotator says that an answer of theirs was right, and the tenant decides."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias
from uuid import UUID

from evenhand.foundation import sql
from evenhand.foundation.database import Tx
from evenhand.foundation.errors import Conflict, NotFound, TooMany, Unprocessable
from evenhand.foundation.rows import many, one, row_count
from evenhand.work.gold_tasks.gold import GoldPurpose
from evenhand.work.qualification.disclosure import Disclosed

QUERIES = sql.beside(__file__)

ContestState: TypeAlias = Literal["open", "upheld", "rejected"]

CONTEST_REASON_CHARACTERS_MAX = 2000
CONTEST_NOTE_CHARACTERS_MAX = 2000
OPEN_CONTESTS_MAX = 20  # of one annotator at one tenant: a person has to read each
CONTESTS_A_PAGE_MAX = 100


class NothingToContest(Conflict):
    """This answer counts as right, or for nobody: there is nothing to contest."""


class AlreadyContested(Conflict):
    """You have contested this answer before; an answer is contested once."""


class TooManyContests(TooMany):
    """You have as many contests open as one annotator may; wait until some are decided."""


class NoReason(Unprocessable):
    """Say in 1 to 2000 characters why your answer was right."""


class LongNote(Unprocessable):
    """A note on a decision has at most 2000 characters."""


class NoSuchContest(NotFound):
    """There is no contest of that id."""


class ContestDecided(Conflict):
    """This contest has been decided already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """A contest with what it is about."""

    contest_id: UUID
    assignment_id: UUID
    project_id: UUID
    project: str
    task_id: str
    purpose: GoldPurpose
    type: str
    params: dict[str, Any]
    annotator_id: UUID
    reason: str
    response: dict[str, Any]
    expected_response: dict[str, Any]
    score: float
    state: ContestState
    note: str | None
    created_at: datetime
    decided_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewContest:
    """What an annotator says about an answer of theirs."""

    contest_id: UUID
    assignment_id: UUID
    annotator_id: UUID
    reason: str


async def open_contest(tx: Tx, new: NewContest, about: Disclosed, *, now: datetime) -> None:
    """Contest an answer that counts against its annotator and was told to them; once."""
    reason = new.reason.strip()
    if not 1 <= len(reason) <= CONTEST_REASON_CHARACTERS_MAX:
        raise NoReason
    if about.is_right or about.is_void:
        raise NothingToContest
    waiting = await one(tx, QUERIES["count_open_contests"], int, annotator_id=new.annotator_id)
    if waiting >= OPEN_CONTESTS_MAX:
        raise TooManyContests(open=waiting, open_max=OPEN_CONTESTS_MAX)
    opened = await row_count(
        tx,
        QUERIES["open_contest"],
        contest_id=new.contest_id,
        assignment_id=new.assignment_id,
        project_id=about.project_id,
        task_id=about.task_id,
        annotator_id=new.annotator_id,
        reason=reason,
        now=now,
    )
    if not opened:
        raise AlreadyContested


async def contest_of(tx: Tx, contest_id: UUID) -> Contest:
    """The contest of this id."""
    found = await _contests(tx, contest_id=contest_id, state=None, limit=1, offset=0)
    if not found:
        raise NoSuchContest(contest_id=str(contest_id))
    return found[0]


async def contests_of(
    tx: Tx, *, state: ContestState | None, limit: int, offset: int
) -> list[Contest]:
    """A page of contests, the newest first."""
    return await _contests(tx, contest_id=None, state=state, limit=limit, offset=offset)


async def _contests(
    tx: Tx, *, contest_id: UUID | None, state: ContestState | None, limit: int, offset: int
) -> list[Contest]:
    return await many(
        tx,
        QUERIES["contests"],
        Contest,
        contest_id=contest_id,
        state=state,
        limit=min(limit, CONTESTS_A_PAGE_MAX),
        offset=offset,
    )


async def decide_contest(
    tx: Tx,
    contest_id: UUID,
    state: Literal["upheld", "rejected"],
    *,
    note: str | None,
    now: datetime,
) -> None:
    """Decide a contest, once."""
    if note is not None and len(note) > CONTEST_NOTE_CHARACTERS_MAX:
        raise LongNote
    decided = await row_count(
        tx, QUERIES["decide_contest"], contest_id=contest_id, state=state, note=note, now=now
    )
    if not decided:
        raise ContestDecided


@dataclass(frozen=True, slots=True, kw_only=True)
class _Upheld:
    contest_id: UUID
    annotator_id: UUID


async def uphold_with(tx: Tx, task_id: str, *, note: str, now: datetime) -> list[tuple[UUID, UUID]]:
    """Uphold what else was contested of a task and is right by now; say which, and whose."""
    found = await many(tx, QUERIES["uphold_with"], _Upheld, task_id=task_id, note=note, now=now)
    return [(upheld.contest_id, upheld.annotator_id) for upheld in found]
