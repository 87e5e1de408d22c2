"""Whether every promise was kept: read from the database itself, and from the API."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING
from uuid import UUID

import psycopg

from evenhand import datasets
from evenhand.app.installation import open_installation
from evenhand.foundation.database import as_tenant

if TYPE_CHECKING:
    from bench.faults.load import Promised
    from bench.faults.neighbours import Neighbours
    from evenhand.foundation.settings import Settings

ENDED = "SELECT count(*) FILTER (WHERE status = 'pending') FROM work.task"
UNTOLD = "SELECT count(*) FROM delivery.callback WHERE state = 'pending'"
STATUSES = "SELECT task_id, status, stage FROM work.task"
CALLED = "SELECT task_id, state FROM delivery.callback"
EVENTS = "SELECT event FROM ledger.entry"


def has_ended(admin: str) -> bool:
    """Say whether nothing is left to annotate or to call back for."""
    with psycopg.connect(admin) as connection:
        return all(connection.execute(query).fetchone() == (0,) for query in (ENDED, UNTOLD))


def broken(admin: str, promised: Promised, neighbours: Neighbours) -> dict[str, int]:
    """Count the promises that were not kept, by what they are; all 0 is as it should be."""
    with psycopg.connect(admin) as connection:
        tasks = {row[0]: row[1:] for row in connection.execute(STATUSES)}
        annotations = {
            str(r[0]) for r in connection.execute("SELECT annotation_id FROM work.annotation")
        }
        files = {str(row[0]) for row in connection.execute("SELECT file_id FROM datasets.file")}
        states = dict(connection.execute(CALLED).fetchall())
        events = [json.loads(row[0]) for row in connection.execute(EVENTS)]
        twice = connection.execute(
            "SELECT count(*) FROM (SELECT FROM work.annotation GROUP BY task_id, annotator_id"
            " HAVING count(*) > 1) AS twice"
        ).fetchone()
    assert twice is not None
    entered = {(event["kind"], event.get("file_id")) for event in events}
    accepted = {
        event["annotation_id"] for event in events if event["kind"] == "annotation.accepted"
    }
    settled = {
        event["task_id"] for event in events if event["kind"] in ("task.settled", "task.failed")
    }
    submitted = sum(
        event.get("count", 1)
        for event in events
        if event["kind"] in ("task.submitted", "tasks.submitted")
    )
    failed = {one for one in promised.tasks if tasks.get(one, ("",))[0] == "error"}
    return {
        "tasks lost": len(promised.tasks - tasks.keys()),
        "annotations lost": len(promised.annotations - annotations),
        "files lost": len(promised.files.keys() - files),
        "tasks that did not end": sum(status == "pending" for status, _ in tasks.values()),
        "tasks still preparing": sum(stage == "preparing" for _, stage in tasks.values()),
        "tasks in error": len(failed),
        "tasks annotated twice by one": twice[0],
        "callbacks never told": sum(state == "succeeded" for state in states.values())
        - len(states.keys() & neighbours.called.keys()),
        "callbacks given up": sum(state == "failed" for state in states.values()),
        "tasks without their callback": len(tasks.keys() - states.keys()),
        "files without their entry": len({f for f in files if ("file.stored", f) not in entered}),
        "tasks without their entry": len(tasks) - submitted,
        "annotations without their entry": len(annotations - accepted),
        "endings without their entry": len(tasks.keys() - settled),
    }


async def changed_files(settings: Settings, tenant_id: UUID, promised: Promised) -> int:
    """Count the files whose bytes are not those that were sent."""
    changed = 0
    async with open_installation(settings) as context:
        for file_id, sent in promised.files.items():
            async with as_tenant(context.pool, tenant_id) as tx:
                file = await datasets.file_of(tx, UUID(file_id.removeprefix("file_")))
                pieces = await datasets.read_file(tx, context.storage, file)
            digest = hashlib.sha256()
            async for piece in pieces:
                digest.update(piece)
            changed += digest.hexdigest() != sent
    return changed
