"""Which stored file each attachment of a task is, and those that are still to be fetched."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from evenhand import datasets
from evenhand.foundation import sql
from evenhand.foundation.database import Connection, Tx
from evenhand.foundation.rows import many, one_or_none, row_count, run
from evenhand.task_types import Frame, Frames
from evenhand.work.tasks.tasks import Opening

QUERIES = sql.beside(__file__)

FETCHES_AT_ONCE_MAX = 8  # of one tenant, whatever its hosts are like
LOOKED_AT_MAX = 1_000  # at once, of attachments that are due


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """An attachment that this worker alone fetches now, and for the how manieth time."""

    task_id: str
    number: int
    url: str
    kind: str | None
    attempt: int
    is_test: bool


async def link_files(tx: Tx, openings: Sequence[Opening], *, now: datetime) -> None:
    """Note the attachments of tasks, in order, each with its file or, to be fetched, none."""
    links = [
        (opening.task_id, number, url, opening.kinds.get(url), file_id)
        for opening in openings
        for number, (url, file_id) in enumerate(opening.files.items())
    ]
    if not links:
        return
    task_ids, numbers, urls, kinds, file_ids = (list(column) for column in zip(*links, strict=True))
    await run(
        tx,
        QUERIES["link_files"],
        task_ids=task_ids,
        numbers=numbers,
        urls=urls,
        kinds=kinds,
        file_ids=file_ids,
        now=now,
    )


class _Framed(msgspec.Struct, frozen=True, gc=False):
    url: str
    width: int
    height: int


async def frames_of(tx: Tx, task_id: str) -> Frames:
    """Of what size the pictures of a task are, upright, as far as that is known."""
    found = await many(tx, QUERIES["frames_of"], _Framed, task_id=task_id)
    return {one.url: Frame(one.width, one.height) for one in found}


async def claim_fetches(tx: Tx, limit: int, *, busy_until: datetime, now: datetime) -> list[Fetch]:
    """Take attachments that are due, the longest due first, until `busy_until`.

    A tenant has `FETCHES_AT_ONCE_MAX` of them under way, however many workers there are.
    """
    arguments = {
        "limit": limit,
        "at_once_max": FETCHES_AT_ONCE_MAX,
        "looked_at_max": LOOKED_AT_MAX,
        "busy_until": busy_until,
        "now": now,
    }
    await run(tx, QUERIES["one_claim_at_a_time"], **arguments)
    return await many(tx, QUERIES["claim_fetches"], Fetch, **arguments)


async def renew_fetches(
    tx: Tx, fetches: Sequence[Fetch], *, busy_until: datetime, now: datetime
) -> None:
    """Hold on to attachments that are still being fetched."""
    await run(
        tx,
        QUERIES["renew_fetches"],
        task_ids=[one.task_id for one in fetches],
        numbers=[one.number for one in fetches],
        busy_until=busy_until,
        now=now,
    )


async def fetch_again(tx: Tx, fetch: Fetch, *, due_at: datetime, counts: bool = True) -> None:
    """Have an attachment fetched once more; `counts` is whether this was an attempt."""
    await run(
        tx,
        QUERIES["fetch_again"],
        task_id=fetch.task_id,
        number=fetch.number,
        due_at=due_at,
        attempts=fetch.attempt if counts else fetch.attempt - 1,
    )


async def fetch_anew(tx: Tx, task_id: str, *, now: datetime) -> None:
    """Have all that a task shows and that lies elsewhere fetched once more."""
    await run(tx, QUERIES["fetch_anew"], task_id=task_id, stored=datasets.SCHEME, now=now)


async def lock_prepared(tx: Tx, task_id: str) -> None:
    """Have others who fetch for this task wait, so that the last of them sees that it is."""
    await run(tx, QUERIES["lock_prepared"], task_id=task_id)


async def link_fetched(tx: Tx, fetch: Fetch, file_id: UUID) -> bool:
    """Note that an attachment has been fetched; False where it was already: that file stays."""
    linked = await row_count(
        tx,
        QUERIES["link_fetched"],
        task_id=fetch.task_id,
        number=fetch.number,
        file_id=file_id,
    )
    return linked > 0


async def tenants_to_fetch(connection: Connection, *, now: datetime) -> list[UUID]:
    """The tenants of which an attachment is due, and nothing else about them."""
    return await many(connection, QUERIES["tenants_to_fetch"], UUID, now=now)


async def open_prepared(tx: Tx, task_id: str, *, now: datetime) -> int | None:
    """Offer a task whose attachments are all there, unless its batch is staged; once only.

    Says how many assignments were opened, or None where the task is not prepared just now.
    """
    arguments = {"task_id": task_id, "now": now}
    # Locked against finalizing: either it sees this task staged, or this sees it finalized.
    await run(tx, QUERIES["share_batch_of_task"], **arguments)
    return await one_or_none(tx, QUERIES["open_prepared"], int, **arguments)
