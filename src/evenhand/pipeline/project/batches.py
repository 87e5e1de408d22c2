"""Batches: created, finalized, prioritized, described."""

from collections.abc import Mapping
from datetime import datetime
from uuid import uuid4

from evenhand import ledger
from evenhand.foundation.database import Tx
from evenhand.ledger import events
from evenhand.pipeline.task.outcomes import complete_batches
from evenhand.work import projects


async def create_batch(tx: Tx, new: projects.NewBatch, *, now: datetime) -> projects.Batch:
    """Make a batch; one of a project that wants it so begins in staging."""
    batch = await projects.create_batch(tx, new, batch_id=uuid4(), now=now)
    await ledger.append(tx, events.BatchCreated(batch_id=batch.batch_id), at=now)
    return batch


async def finalize_batch(tx: Tx, name: str, *, is_test: bool, now: datetime) -> projects.Batch:
    """Let work on a staged batch begin and take no more tasks; with nothing to do it is complete.

    Any other batch stays as it is.
    """
    batch, opened = await projects.finalize_batch(tx, name, is_test=is_test, now=now)
    if opened is not None:
        finalized = events.BatchFinalized(batch_id=batch.batch_id, opened=opened)
        await ledger.append(tx, finalized, at=now)
        await complete_batches(tx, {batch.batch_id}, now=now)
    return batch


async def set_batch_metadata(
    tx: Tx, name: str, metadata: Mapping[str, object], *, is_test: bool, now: datetime
) -> projects.Batch:
    """Replace the metadata of a batch."""
    batch = await projects.set_batch_metadata(tx, name, metadata, is_test=is_test)
    entered = events.BatchMetadataSet(batch_id=batch.batch_id, sha256=events.digest_of(metadata))
    await ledger.append(tx, entered, at=now)
    return batch


async def prioritize_batch(
    tx: Tx, name: str, *, priority: int, is_test: bool, now: datetime
) -> int:
    """Give all pending tasks of a batch a priority, and later ones too; say how many changed."""
    batch_id, changed = await projects.prioritize_batch(
        tx, name, priority=priority, is_test=is_test, now=now
    )
    entered = events.BatchPrioritized(batch_id=batch_id, priority=priority, tasks=changed)
    await ledger.append(tx, entered, at=now)
    return changed
