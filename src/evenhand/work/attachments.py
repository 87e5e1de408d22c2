"""Which stored file each attachment of a task is, and tasks that wait for theirs."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from evenhand.foundation import sql
from evenhand.foundation.database import Tx, rows
from evenhand.work.tasks import Opening

QUERIES = sql.beside(__file__)


async def link_files(tx: Tx, openings: Sequence[Opening]) -> None:
    """Note the attachments of tasks, in order, each with its file or, yet to be fetched, none."""
    links = [
        (opening.task_id, number, url, file_id)
        for opening in openings
        for number, (url, file_id) in enumerate(opening.files.items())
    ]
    if not links:
        return
    task_ids, numbers, urls, file_ids = (list(column) for column in zip(*links, strict=True))
    await tx.connection.execute(
        QUERIES["link_files"],
        {
            "tenant_id": tx.tenant_id,
            "task_ids": task_ids,
            "numbers": numbers,
            "urls": urls,
            "file_ids": file_ids,
        },
    )


async def unfetched(tx: Tx, task_id: str) -> list[tuple[str, bool]]:
    """Which URLs a task in preparation still waits for, and whether it is a test task."""
    found = await rows(
        tx.connection, QUERIES["unfetched"], {"tenant_id": tx.tenant_id, "task_id": task_id}
    )
    return [(url, is_test) for url, is_test in found]


async def link_fetched(tx: Tx, task_id: str, url: str, file_id: UUID) -> None:
    """Note that an attachment has been fetched; if it was already, the first file stays."""
    await tx.connection.execute(
        QUERIES["link_fetched"],
        {"tenant_id": tx.tenant_id, "task_id": task_id, "url": url, "file_id": file_id},
    )


async def open_prepared(tx: Tx, task_id: str, *, now: datetime) -> bool:
    """Offer a task whose attachments are all there, unless its batch is staged; once only."""
    arguments = {"tenant_id": tx.tenant_id, "task_id": task_id, "now": now}
    # Locked against finalizing: either it sees this task staged, or this sees it finalized.
    await tx.connection.execute(QUERIES["share_batch_of_task"], arguments)
    return bool(await rows(tx.connection, QUERIES["open_prepared"], arguments))
