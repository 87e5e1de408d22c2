"""What a customer keeps with a task for its own use: a unique_id, metadata, tags."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from evenhand import ledger
from evenhand.foundation.database import Tx
from evenhand.ledger import events
from evenhand.work import tasks


async def set_unique_id(
    tx: Tx, task_id: str, unique_id: str | None, *, is_test: bool, now: datetime
) -> tasks.Task:
    """Give a task a unique_id, or take it away so that another task may have it."""
    task = await tasks.set_unique_id(tx, task_id, unique_id, is_test=is_test, now=now)
    digest = None if unique_id is None else events.digest_of(unique_id)
    await ledger.append(tx, events.TaskUniqueIdSet(task_id=task_id, sha256=digest), at=now)
    return task


async def set_task_metadata(
    tx: Tx, task_id: str, metadata: Mapping[str, object], *, is_test: bool, now: datetime
) -> tasks.Task:
    """Replace the metadata of a task."""
    task = await tasks.set_task_metadata(tx, task_id, metadata, is_test=is_test, now=now)
    digest = events.digest_of(metadata)
    await ledger.append(tx, events.TaskMetadataSet(task_id=task_id, sha256=digest), at=now)
    return task


async def set_tags(
    tx: Tx, task_id: str, tags: Sequence[str], *, is_test: bool, now: datetime
) -> tasks.Task:
    """Replace the tags of a task; repeated tags count once."""
    return await _tagged(tx, await tasks.set_tags(tx, task_id, tags, is_test=is_test, now=now), now)


async def add_tags(
    tx: Tx, task_id: str, tags: Sequence[str], *, is_test: bool, now: datetime
) -> tasks.Task:
    """Add tags to a task; those it has already change nothing."""
    return await _tagged(tx, await tasks.add_tags(tx, task_id, tags, is_test=is_test, now=now), now)


async def remove_tags(
    tx: Tx, task_id: str, tags: Sequence[str], *, is_test: bool, now: datetime
) -> tasks.Task:
    """Take tags from a task; those it does not have change nothing."""
    task = await tasks.remove_tags(tx, task_id, tags, is_test=is_test, now=now)
    return await _tagged(tx, task, now)


async def _tagged(tx: Tx, task: tasks.Task, now: datetime) -> tasks.Task:
    digest = events.digest_of(task.tags or ())
    await ledger.append(tx, events.TaskTagsSet(task_id=task.task_id, sha256=digest), at=now)
    return task
