"""Whether the customer has been told of a task, as the task itself shows it."""

from evenhand.foundation import sql
from evenhand.foundation.database import Tx

QUERIES = sql.beside(__file__)


async def record_callback(tx: Tx, task_id: str, *, succeeded: bool) -> None:
    """Note on the task how its callback ended; of several, the latest counts."""
    await tx.connection.execute(
        QUERIES["record_callback"],
        {"tenant_id": tx.tenant_id, "task_id": task_id, "succeeded": succeeded},
    )
