"""Background jobs: asked for inside the transaction that needs them, run after it committed.

The job tables stand outside the firewall, so arguments are ids and never content: a worker
opens the tenant's transaction before it reads anything.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import procrastinate
from procrastinate.types import JSONDict

from evenhand.foundation.database import Tx

# Only used to write jobs on connections that are handed to it; it never opens a pool.
_WRITER = procrastinate.App(connector=procrastinate.PsycopgConnector())


def job_app(conninfo: str, *, size: int) -> procrastinate.App:
    """Make the application that a worker opens and runs."""
    return procrastinate.App(
        connector=procrastinate.PsycopgConnector(
            conninfo=conninfo, min_size=1, max_size=size, kwargs={"application_name": "evenhand"}
        )
    )


async def enqueue(
    tx: Tx, name: str, *, at: datetime | None = None, **ids: UUID | str | int
) -> None:
    """Ask for a job once this transaction commits; its first argument is the tenant."""
    await enqueue_many(tx, name, [ids], at=at)


async def enqueue_many(
    tx: Tx,
    name: str,
    many: Sequence[Mapping[str, UUID | str | int]],
    *,
    at: datetime | None = None,
) -> None:
    """Ask for one job for each set of ids, in one go."""
    task = _WRITER.configure_task(
        name, connection=tx.connection, schedule_at=at, allow_unknown=True
    )
    await task.batch_defer_async(*(_arguments(tx.tenant_id, ids) for ids in many))


def _arguments(tenant_id: UUID, ids: Mapping[str, UUID | str | int]) -> JSONDict:
    plain = {key: v if isinstance(v, int) else str(v) for key, v in ids.items()}
    return {"tenant_id": str(tenant_id), **plain}
