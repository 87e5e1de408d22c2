"""The sequencer: gives pending entries their places and grows the tree."""

import os
import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from evenhand.foundation import sql
from evenhand.foundation.database import Connection, Tx
from evenhand.foundation.due import EVER, Due
from evenhand.foundation.rows import many, one, one_or_none, row_count, run
from evenhand.ledger import subtrees
from evenhand.tlog import tree

QUERIES = sql.beside(__file__)

# Enough to keep ahead of the writers, few enough that one transaction lasts well under a second.
ENTRIES_A_STEP_MAX = 5000
KEY_BYTES = 32  # of a log: from it its tenant finds the log's place in the map of an epoch


@dataclass(frozen=True, slots=True, kw_only=True)
class _Head:
    size: int
    frontier: list[bytes]
    is_named: bool


class _Pending(msgspec.Struct, frozen=True, gc=False):
    entry_id: UUID
    commitment: bytes


async def sequence(tx: Tx, *, since: datetime = EVER, now: datetime) -> int:
    """Give up to 5,000 pending entries of the tenant their places, and say how many there were.

    Those that were entered before `since` have theirs.
    """
    head = await _lock_head(tx, now)
    pending = await many(
        tx, QUERIES["pending_entries"], _Pending, since=since, limit=ENTRIES_A_STEP_MAX
    )
    if not pending:
        return 0
    entry_ids = [entry.entry_id for entry in pending]
    numbered = await row_count(tx, QUERIES["number_entries"], size=head.size, entry_ids=entry_ids)
    assert numbered == len(pending), "whoever holds the head numbers alone"
    leaves = (tree.leaf_hash(entry.commitment) for entry in pending)
    frontier, completed = subtrees.extend(head.frontier, head.size, leaves)
    await subtrees.keep(tx, completed)
    await run(
        tx,
        QUERIES["move_head"],
        size=head.size + len(pending),
        root=tree.root_of(frontier),
        frontier=frontier,
        now=now,
    )
    return len(pending)


async def tenants_pending(connection: Connection, since: datetime = EVER) -> list[Due]:
    """The tenants who have entries without a place yet, entered from a moment on."""
    return await many(connection, QUERIES["tenants_pending"], Due, since=since)


async def _lock_head(tx: Tx, now: datetime) -> _Head:
    head = await one_or_none(tx, QUERIES["lock_head"], _Head)
    if head is None:
        await run(tx, QUERIES["insert_head"], root=tree.EMPTY_ROOT, now=now)
        # Just inserted, by us or by another.
        head = await one(tx, QUERIES["lock_head"], _Head)
    if not head.is_named:
        await run(tx, QUERIES["insert_log"], name=secrets.token_hex(16), key=os.urandom(KEY_BYTES))
        await subtrees.fill(tx, head.size)
    return head
