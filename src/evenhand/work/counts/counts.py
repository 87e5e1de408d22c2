"""Kept counts of tasks: changes are only added, a round folds them, whoever asks adds up both."""

from dataclasses import dataclass
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


async def kept_count(
    tx: Tx,
    *,
    is_test: bool,
    status: str | None,
    type: str | None,  # noqa: A002 - the word of the contract
    project_id: UUID | None,
    batch_id: UUID | None,
) -> int:
    """How many tasks fit, exactly; what is None does not matter."""
    of_tasks = {"status": status, "type": type, "project_id": project_id}
    if batch_id is not None:
        statement = PlannedAnew(QUERIES["count_kept_of_batch"])
        return await one(tx, statement, int, batch_id=batch_id, **of_tasks)
    return await one(tx, PlannedAnew(QUERIES["count_kept"]), int, is_test=is_test, **of_tasks)


async def created_count(
    tx: Tx, *, is_test: bool, created_from: datetime | None, created_to: datetime | None
) -> int:
    """How many tasks were created between two moments, both included; None is no bound."""
    return await one(
        tx, PlannedAnew(QUERIES["count_created"]), int,
        is_test=is_test, created_from=created_from, created_to=created_to,
    )  # fmt: skip


async def place_of(tx: Tx, place: int, *, is_test: bool) -> Place | None:
    """Find a place of the list of all tasks, counted from the newest; None beyond its end."""
    return await one_or_none(
        tx, PlannedAnew(QUERIES["second_of_place"]), Place, place=place, is_test=is_test
    )


async def tenants_to_count(connection: Connection, since: datetime = EVER) -> list[Due]:
    """Tenants whose counts have changes to fold in, made from a moment on."""
    return await many(connection, QUERIES["tenants_to_count"], Due, since=since)


async def fold_counts(tx: Tx, *, since: datetime = EVER) -> int:
    """Fold changes into the counts and say how many; safe to do twice at once.

    Those that were made before `since` are folded.
    """
    return await one(tx, QUERIES["fold_counts"], int, since=since, limit=CHANGES_A_STEP_MAX)
