"""How far a tenant's work has come."""

from dataclasses import dataclass

from evenhand.foundation import sql
from evenhand.foundation.database import Tx
from evenhand.foundation.rows import one

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


async def progress_of(tx: Tx) -> Progress:
    """Count what the tenant has sent, what is done and what waits."""
    return await one(tx, QUERIES["progress"], Progress)
