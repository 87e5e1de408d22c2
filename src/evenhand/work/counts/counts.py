"""Kept counts of tasks: changes are only added, a round folds them, whoever asks adds up both."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from evenhand.foundation import sql
from evenhand.foundation.database import Connection, Tx
from evenhand.foundation.due import EVER, Due
from evenhand.foundation.rows import PlannedAnew, many, one, one_or_none

QUERIES = sql.beside(__file__)

CHANGES_A_STEP_MAX = 5_000  # folded in a tenth of a second, in which nobody waits


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place in the list of all tasks: so many after the newest that is older than a moment."""

    before: datetime
    skip: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What tasks are counted by; what is None does not matter."""

    is_test: bool
    status: str | None
    type: str | None
    project_id: UUID | None
    batch_id: UUID | None


async def kept_count(tx: Tx, of: Kind) -> int:
    """How many tasks are of a kind, exactly."""
    given = asdict(of)
    if of.batch_id is not None:
        del given["is_test"]  # a batch says it
        return await one(tx, PlannedAnew(QUERIES["count_kept_of_batch"]), int, **given)
    del given["batch_id"]
    return await one(tx, PlannedAnew(QUERIES["count_kept"]), int, **given)


async def tagged_count(tx: Tx, of: Kind, tags: Sequence[str]) -> int:
    """How often tasks of a kind have one of some tags: of a single tag, how many have it."""
    statement = PlannedAnew(QUERIES["count_kept_of_tags"])
    return await one(tx, statement, int, tags=list(tags), **asdict(of))


async def created_count(
    tx: Tx, *, is_test: bool, created_from: datetime | None, created_to: datetime | None
) -> int:
    """How many tasks were created between two moments, both included; None is no bound."""
    return await one(
        tx, QUERIES["count_created"], int,
        is_test=is_test, created_from=created_from, created_to=created_to,
    )  # fmt: skip


async def place_of(tx: Tx, place: int, *, is_test: bool) -> Place | None:
    """Find a place of the list of all tasks, counted from the newest; None beyond its end."""
    # One plan does for all places; to make it takes three times as long as to follow it.
    return await one_or_none(tx, QUERIES["second_of_place"], Place, place=place, is_test=is_test)


async def tenants_to_count(connection: Connection, since: datetime = EVER) -> list[Due]:
    """Tenants whose counts have changes to fold in, made from a moment on."""
    return await many(connection, QUERIES["tenants_to_count"], Due, since=since)


async def fold_counts(tx: Tx, *, since: datetime = EVER) -> int:
    """Fold changes into the counts and say how many; safe to do twice at once.

    Those that were made before `since` are folded.
    """
    return await one(tx, QUERIES["fold_counts"], int, since=since, limit=CHANGES_A_STEP_MAX)
