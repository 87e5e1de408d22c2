"""Asking the database: rows come as a type that the caller names, and the tenant goes along.

Whoever is in a tenant's transaction never writes `tenant_id`: it is the transaction's to say. What
a row is, is one of three: a dataclass whose fields are named as the columns; a struct whose fields
stand in the order of the columns too, made ten times faster, for rows that come by the hundred; or
the type of the only column, which is then never null: what may be null belongs into a class.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

import msgspec
from psycopg import AsyncCursor
from psycopg.abc import QueryNoTemplate
from psycopg.pq import PipelineStatus
from psycopg.rows import BaseRowFactory, RowMaker, class_row, no_result
from psycopg.types.json import set_json_loads

from evenhand.foundation.database import Connection, Tx

Row = TypeVar("Row")
Asker: TypeAlias = Tx | Connection

ROWS_A_TURN = 200  # to make so many rows takes some milliseconds


@dataclass(frozen=True, slots=True)
class PlannedAnew:
    """A statement that is not prepared, for which plan is best depends on its arguments."""

    statement: QueryNoTemplate


@dataclass(frozen=True, slots=True)
class JsonUnread:
    """A statement whose JSON comes as bytes, for to read it here takes long."""

    statement: QueryNoTemplate


@dataclass(frozen=True, slots=True)
class JsonPassedOn:
    """A statement whose JSON comes unread as `msgspec.Raw`, which a reply takes as it is."""

    statement: QueryNoTemplate


Statement: TypeAlias = QueryNoTemplate | PlannedAnew | JsonUnread | JsonPassedOn


async def one(tx: Asker, statement: Statement, row: type[Row], /, **arguments: object) -> Row:
    """Run a statement whose answer is always one row, and return it."""
    found = await one_or_none(tx, statement, row, **arguments)
    assert found is not None, "the statement has a row, whatever there is"
    return found


async def one_or_none(
    tx: Asker, statement: Statement, row: type[Row], /, **arguments: object
) -> Row | None:
    """Run a statement whose answer is at most one row, and return that, or None."""
    cursor = await _asked(tx, statement, row, arguments)
    found = await cursor.fetchone()
    assert cursor.rowcount <= 1, "who asks for one row is not told the first of many"
    return found


async def many(
    tx: Asker, statement: Statement, row: type[Row], /, **arguments: object
) -> list[Row]:
    """Run a statement and return all its rows."""
    cursor = await _asked(tx, statement, row, arguments)
    return await cursor.fetchall()


async def many_in_turns(
    tx: Asker, statement: Statement, row: type[Row], /, **arguments: object
) -> list[Row]:
    """Return rows that are so many that others have their turn while they are made."""
    cursor = await _asked(tx, statement, row, arguments)
    found: list[Row] = []
    while some := await cursor.fetchmany(ROWS_A_TURN):
        found += some
        await asyncio.sleep(0)
    return found


async def many_later(
    tx: Asker, statement: Statement, row: type[Row], /, **arguments: object
) -> Callable[[], Awaitable[list[Row]]]:
    """Run a statement in a pipeline, and return what fetches its rows when that has ended."""
    cursor = await _asked(tx, statement, row, arguments)
    return cursor.fetchall


async def run(tx: Asker, statement: QueryNoTemplate, /, **arguments: object) -> None:
    """Run a statement whose answer nobody wants; in a pipeline nothing waits for it."""
    connection, given = _given(tx, arguments)
    await connection.execute(statement, given)


async def row_count(tx: Asker, statement: QueryNoTemplate, /, **arguments: object) -> int:
    """Run a statement and say how many rows it found or changed; never in a pipeline."""
    connection, given = _given(tx, arguments)
    assert connection.pgconn.pipeline_status == PipelineStatus.OFF, "there, nothing is counted yet"
    cursor = await connection.execute(statement, given)
    return cursor.rowcount


def with_tenant(tx: Tx, arguments: Mapping[str, object]) -> dict[str, object]:
    """Add the tenant to arguments, for what is run by a cursor of one's own: a stream."""
    return {"tenant_id": tx.tenant_id, **arguments}


async def _asked(
    tx: Asker, statement: Statement, row: type[Row], arguments: dict[str, object]
) -> AsyncCursor[Row]:
    connection, given = _given(tx, arguments)
    cursor = connection.cursor(row_factory=_made_as(row))
    match statement:
        case PlannedAnew(plain):
            await cursor.execute(plain, given, prepare=False)
        case JsonUnread(plain):
            set_json_loads(_unread, cursor)
            await cursor.execute(plain, given)
        case JsonPassedOn(plain):
            set_json_loads(msgspec.Raw, cursor)
            await cursor.execute(plain, given)
        case plain:
            await cursor.execute(plain, given)
    return cursor


def _given(tx: Asker, arguments: dict[str, object]) -> tuple[Connection, dict[str, object]]:
    if isinstance(tx, Tx):
        assert "tenant_id" not in arguments, "whose rows they are is the transaction's to say"
        arguments["tenant_id"] = tx.tenant_id
        if tx.is_step:
            arguments["proof"] = tx.connection.proof(tx.tenant_id)
        return tx.connection, arguments
    return tx, arguments


def _made_as(row: type[Row]) -> BaseRowFactory[Row]:
    if hasattr(row, "__dataclass_fields__"):
        return class_row(row)
    return _struct(row) if hasattr(row, "__struct_fields__") else _only_column


def _struct(row: Any) -> BaseRowFactory[Any]:
    expected = [name.encode() for name in row.__struct_fields__]

    def made(cursor: Any) -> RowMaker[Any]:
        if not _has_columns(cursor):
            return no_result
        # Not the cursor's own description, to make which takes longer than to ask many a question.
        result = cursor.pgresult
        columns = [result.fname(number) for number in range(result.nfields)]
        assert columns == expected, f"{columns} are not the fields of {row.__name__}"
        return lambda values: row(*values)

    return made


def _unread(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


def _only_column(cursor: Any) -> RowMaker[Any]:
    if not _has_columns(cursor):
        return no_result
    assert cursor.pgresult.nfields == 1, "of several columns each has a name, so the row is a class"
    return _never_null


def _has_columns(cursor: Any) -> bool:
    return cursor.pgresult is not None and cursor.pgresult.nfields > 0


def _never_null(values: Sequence[Any]) -> Any:
    (value,) = values
    assert value is not None, "what may be null belongs into a class"
    return value
