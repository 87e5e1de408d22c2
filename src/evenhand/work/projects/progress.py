"""How far a tenant's work has come."""

from dataclasses import dataclass

from psycopg.rows import class_row

from evenhand.foundation import sql
from evenhand.foundation.database import Tx

QUERIES = sql.beside(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Counts of a tenant's live tasks and annotations."""

    tasks: int
    pending: int
    completed: int
    review: int
    error: int
    canceled: int
    open: int
    leased: int
    annotations: int


async def progress(tx: Tx) -> Progress:
    """Count what the tenant has sent, what is done and what waits."""
    async with tx.connection.cursor(row_factory=class_row(Progress)) as cursor:
        await cursor.execute(QUERIES["progress"], {"tenant_id": tx.tenant_id})
        found = await cursor.fetchone()
    assert found is not None, "counts are always there"
    return found
