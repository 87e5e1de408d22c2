"""The sequencer: gives pending entries their places and grows the tree."""

from datetime import datetime
from uuid import UUID

from evenhand.foundation import sql
from evenhand.foundation.database import Connection, Tx
from evenhand.ledger import tree

QUERIES = sql.beside(__file__)

# Enough to keep ahead of the writers, few enough that one transaction lasts well under a second.
ENTRIES_MAX = 5000


async def sequence(tx: Tx, *, now: datetime) -> int:
    """Give up to 5,000 pending entries of the tenant their places, and say how many there were."""
    size, frontier = await _lock_head(tx, now)
    cursor = await tx.connection.execute(
        QUERIES["pending_entries"], {"tenant_id": tx.tenant_id, "limit": ENTRIES_MAX}
    )
    pending = await cursor.fetchall()
    if not pending:
        return 0
    numbered = await tx.connection.execute(
        QUERIES["number_entries"],
        {"tenant_id": tx.tenant_id, "size": size, "entry_ids": [row[0] for row in pending]},
    )
    assert numbered.rowcount == len(pending), "whoever holds the head numbers alone"
    frontier = tree.extend(frontier, size, (tree.leaf_hash(row[1]) for row in pending))
    await tx.connection.execute(
        QUERIES["move_head"],
        {
            "tenant_id": tx.tenant_id,
            "size": size + len(pending),
            "root": tree.root_of(frontier),
            "frontier": frontier,
            "now": now,
        },
    )
    return len(pending)


async def tenants_pending(connection: Connection) -> list[UUID]:
    """The tenants who have entries without a place yet."""
    cursor = await connection.execute(QUERIES["tenants_pending"])
    return [row[0] for row in await cursor.fetchall()]


async def _lock_head(tx: Tx, now: datetime) -> tuple[int, list[bytes]]:
    arguments = {"tenant_id": tx.tenant_id}
    row = await (await tx.connection.execute(QUERIES["lock_head"], arguments)).fetchone()
    if row is None:
        await tx.connection.execute(
            QUERIES["insert_head"], arguments | {"root": tree.EMPTY_ROOT, "now": now}
        )
        row = await (await tx.connection.execute(QUERIES["lock_head"], arguments)).fetchone()
    assert row is not None, "just inserted, by us or by another"
    return row[0], row[1]
