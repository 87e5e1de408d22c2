"""The demo's intrusion test: whether one tenant can see anything of its rival's.

It is asked twice, for real. With a tenant's own key, the API is asked for every id of the
rival; and in the database, as the role that the server uses, rows of others are counted
inside the tenant's transaction, and all rows outside of any.
"""

import asyncio
from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote
from uuid import UUID

from psycopg import sql

from evenhand.demo.customer import Customer
from evenhand.foundation import sql as queries
from evenhand.foundation.database import Connection, Pool, as_nobody, as_tenant
from evenhand.foundation.rows import many, one

QUERIES = queries.beside(__file__)

ASKED_AT_ONCE = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """All that a tenant can name of its own."""

    project: str
    tasks: Sequence[str]
    files: Sequence[str]


@dataclass(slots=True, kw_only=True)
class Intrusion:
    """What was tried, and what was seen that should not have been."""

    requests: int = 0
    tables: int = 0
    foreign_seen: int = 0

    def __add__(self, other: "Intrusion") -> "Intrusion":
        return Intrusion(
            requests=self.requests + other.requests,
            tables=self.tables + other.tables,
            foreign_seen=self.foreign_seen + other.foreign_seen,
        )


async def through_the_api(intruder: Customer, own: Holdings, rival: Holdings) -> Intrusion:
    """Ask for every id of the rival with the intruder's key; anything but 404 counts."""
    found = Intrusion()
    paths = [
        *(f"/v1/task/{task_id}" for task_id in rival.tasks),
        f"/v1/projects/{quote(rival.project, safe='')}",
    ]
    statuses = await _limited(intruder.status_of(path) for path in paths)
    found.requests += len(statuses)
    found.foreign_seen += sum(status != 404 for status in statuses)
    listed = {task["task_id"] async for task in intruder.tasks()}
    assert listed >= set(own.tasks), "a tenant lists what is its own"
    found.foreign_seen += len(listed & set(rival.tasks))
    files = {file["attachment_url"] for file in await intruder.files()}
    found.foreign_seen += len(files & set(rival.files))
    found.requests += 2
    return found


async def _limited(calls: Iterable[Awaitable[int]]) -> list[int]:
    room = asyncio.Semaphore(ASKED_AT_ONCE)

    async def within(call: Awaitable[int]) -> int:
        async with room:
            return await call

    return await asyncio.gather(*map(within, calls))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    table_schema: str
    table_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counts:
    own: int
    others: int


async def through_the_database(pool: Pool, tenant_id: UUID) -> Intrusion:
    """Count what the tenant's transaction sees of others in every table."""
    found = Intrusion()
    own_rows = 0
    async with as_tenant(pool, tenant_id) as tx:
        for table in await _tenant_tables(tx.connection):
            counts = await _counted(tx.connection, table, tenant_id)
            own_rows += counts.own
            found.tables += 1
            found.foreign_seen += counts.others
    assert own_rows > 0, "a check that cannot see its own rows proves nothing"
    return found


async def without_a_tenant(pool: Pool, anyone: UUID) -> Intrusion:
    """Count what a transaction sees that was opened for no tenant: all of it is foreign."""
    found = Intrusion()
    async with as_nobody(pool) as connection:
        for table in await _tenant_tables(connection):
            found.tables += 1
            counts = await _counted(connection, table, anyone)
            found.foreign_seen += counts.own + counts.others
    return found


async def _tenant_tables(connection: Connection) -> list[_Table]:
    return await many(connection, QUERIES["tenant_tables"], _Table)


async def _counted(connection: Connection, table: _Table, tenant_id: UUID) -> _Counts:
    # The names come from the catalogue, so no statement can be written down beforehand.
    statement = sql.SQL(
        "SELECT count(*) FILTER (WHERE tenant_id = %(tenant_id)s) AS own,"
        " count(*) FILTER (WHERE tenant_id <> %(tenant_id)s) AS others"
        " FROM {}"
    ).format(sql.Identifier(table.table_schema, table.table_name))
    return await one(connection, statement, _Counts, tenant_id=tenant_id)
