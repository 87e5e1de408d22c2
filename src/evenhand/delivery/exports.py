"""Exports: all tasks of a tenant with their responses, as JSON lines or as Parquet.

One statement reads them, so an export shows one moment; a cursor on the server hands them
over piece by piece, so that a million tasks take no more memory than a few thousand.
"""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Literal, LiteralString
from uuid import UUID

from psycopg.rows import TupleRow

from evenhand.foundation import sql
from evenhand.foundation.database import Pool, Tx, as_tenant
from evenhand.foundation.rows import run, with_tenant
from evenhand.foundation.spool import Spool

if TYPE_CHECKING:
    from evenhand.delivery.parquet import ParquetFile

QUERIES = sql.beside(__file__)

Form = Literal["jsonl", "parquet"]
FORMS: tuple[Form, ...] = ("jsonl", "parquet")

# A fetch takes as many rows as make about this many bytes, since a task may be a word or a book.
FETCH_BYTES = 1024 * 1024
FETCH_ROWS_FIRST = 8  # a row holds some 6 MB at most, and how long these are is not yet known
LONG_COLUMNS = 4  # the last ones; what stands in the others is short
# What goes out at once: a reply is compressed between other requests, 1.5 ms for so much.
PIECE_BYTES = 64 * 1024
ID_BYTES = 12  # of a task
IDS_A_STEP = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which tasks to export, and how much of each."""

    is_test: bool
    project: str | None = None
    batch: str | None = None
    status: str | None = None
    with_params: bool = False
    with_annotations: bool = False


def annotator_name(tenant_id: UUID, annotator_id: UUID) -> str:
    """How an annotator is called towards one tenant, as in its exports, and towards no other."""
    return hashlib.sha256(f"{tenant_id}{annotator_id}".encode()).hexdigest()[:32]


async def export(
    pool: Pool, tenant_id: UUID, selection: Selection, *, form: Form, ids: Spool | None = None
) -> AsyncIterator[bytes]:
    """Export in pieces; the transaction ends before the first, however slowly they are taken.

    `ids` takes which tasks these are, as of the same moment.
    """
    with Spool() as file:
        async with as_tenant(pool, tenant_id, one_moment=ids is not None) as tx:
            if ids is not None:
                await write_ids(tx, selection, ids)
            if form == "parquet":
                await write_parquet(tx, selection, file)
            else:
                async with aclosing(lines(tx, selection)) as pieces:
                    async for piece in pieces:
                        await asyncio.to_thread(file.write, piece)
        async for segment in file.pieces():
            for begin in range(0, len(segment), PIECE_BYTES):
                yield segment[begin : begin + PIECE_BYTES]


async def lines(tx: Tx, selection: Selection) -> AsyncGenerator[bytes]:
    """Export as JSON lines, many in a piece, while the transaction is open."""
    async with aclosing(_fetched(tx, QUERIES["export_lines"], selection)) as fetched:
        async for rows in fetched:
            yield await asyncio.to_thread(_joined, rows)


async def write_ids(tx: Tx, selection: Selection, file: Spool) -> None:
    """Write which tasks an export is of into a file, for `ids_in` to read."""
    async with aclosing(_fetched(tx, QUERIES["export_ids"], selection)) as fetched:
        async for rows in fetched:
            packed = b"".join([bytes.fromhex(task_id) for (task_id,) in rows])
            await asyncio.to_thread(file.write, packed)


async def ids_in(file: Spool) -> AsyncGenerator[list[str]]:
    """Give the tasks that were written into a file, some at a time."""
    left = b""
    async for segment in file.pieces():
        held = left + segment
        end = len(held) - len(held) % ID_BYTES
        each = [held[at : at + ID_BYTES].hex() for at in range(0, end, ID_BYTES)]
        left = held[end:]
        for begin in range(0, len(each), IDS_A_STEP):
            yield each[begin : begin + IDS_A_STEP]


def _joined(rows: Sequence[TupleRow]) -> bytes:
    return "".join([f"{line}\n" for (line,) in rows]).encode()


async def write_parquet(tx: Tx, selection: Selection, file: IO[bytes] | Spool) -> None:
    """Export as Parquet into a file."""
    with await asyncio.to_thread(_parquet_file, file, selection) as parquet:
        rows_found = _fetched(tx, QUERIES["export_rows"], selection, binary=True)
        async with aclosing(rows_found) as fetched:
            async for rows in fetched:
                await asyncio.to_thread(parquet.add, rows)


def _parquet_file(file: IO[bytes] | Spool, selection: Selection) -> "ParquetFile":
    # Loading Arrow takes as long as half of the server; few exports need it.
    from evenhand.delivery.parquet import ParquetFile  # noqa: PLC0415

    return ParquetFile(
        file, with_params=selection.with_params, with_annotations=selection.with_annotations
    )


async def _fetched(
    tx: Tx, statement: LiteralString, selection: Selection, *, binary: bool = False
) -> AsyncGenerator[list[TupleRow]]:
    await run(tx, QUERIES["plan_for_all_rows"])
    wanted = {name: getattr(selection, name) for name in Selection.__slots__}
    async with tx.connection.cursor("export") as cursor:
        await cursor.execute(statement, with_tenant(tx, wanted), binary=binary)
        count = FETCH_ROWS_FIRST
        rows = await cursor.fetchmany(count)
        while rows:
            count = _count_after(rows, count)
            # PostgreSQL finds the next rows while these are written.
            ahead = asyncio.ensure_future(cursor.fetchmany(count))
            try:
                yield rows
            finally:
                # Whoever takes no more finds the connection at rest, too.
                rows = await ahead


def _count_after(rows: Sequence[TupleRow], count: int) -> int:
    length = sum([len(text) for row in rows for text in row[-LONG_COLUMNS:] if text])
    # Never more than double, since the rows that follow may be longer.
    return max(1, min(count * 2, count * FETCH_BYTES // (length + 1)))
