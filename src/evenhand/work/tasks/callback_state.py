"""Whether the customer has been told of a task, as the task itself shows it."""

from evenhand.foundation import sql
from evenhand.foundation.database import Tx
from evenhand.foundation.rows import run

QUERIES = sql.beside(__file__)


async def record_callback(tx: Tx, task_id: str, *, succeeded: bool) -> None:
    """Note on the task how its callback ended; of several, the latest counts."""
    await run(tx, QUERIES["record_callback"], task_id=task_id, succeeded=succeeded)
