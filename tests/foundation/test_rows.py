"""Rows come as the type that was named, and the tenant of a transaction goes along by itself."""

import asyncio
from dataclasses import dataclass
from uuid import UUID

import msgspec
import pytest

from evenhand.foundation.database import Pool, Tx, as_nobody
from evenhand.foundation.rows import (
    ROWS_A_TURN,
    JsonPassedOn,
    JsonUnread,
    PlannedAnew,
    many,
    many_in_turns,
    many_later,
    one,
    one_or_none,
    row_count,
    run,
)

PAIRS = "SELECT n AS number, n::text AS word FROM generate_series(1, %(last)s) AS n ORDER BY n"
NUMBERS = "SELECT n FROM generate_series(1, %(last)s::int) AS n ORDER BY n"
PREPARED = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%%probe%%'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    number: int
    word: str


class PairStruct(msgspec.Struct, frozen=True):
    number: int
    word: str


async def test_columns_become_the_fields_of_the_same_name(tx: Tx) -> None:
    assert await many(tx, PAIRS, Pair, last=2) == [
        Pair(number=1, word="1"),
        Pair(number=2, word="2"),
    ]
    assert await one(tx, PAIRS, PairStruct, last=1) == PairStruct(number=1, word="1")


async def test_the_columns_of_a_struct_stand_in_its_order(tx: Tx) -> None:
    swapped = "SELECT 'a' AS word, 1 AS number"
    assert await one(tx, swapped, Pair) == Pair(number=1, word="a")
    with pytest.raises(AssertionError, match="are not the fields of PairStruct"):
        await one(tx, swapped, PairStruct)


async def test_an_only_column_comes_as_it_is(tx: Tx) -> None:
    assert await many(tx, NUMBERS, int, last=3) == [1, 2, 3]
    assert await many(tx, NUMBERS, int, last=0) == []
    assert await one(tx, "SELECT '{\"a\": 1}'::jsonb", dict[str, int]) == {"a": 1}


async def test_the_tenant_goes_along_with_a_transaction(tx: Tx) -> None:
    assert await one(tx, "SELECT %(tenant_id)s::uuid", UUID) == tx.tenant_id


async def test_the_tenant_of_a_transaction_cannot_be_written_by_hand(tx: Tx) -> None:
    with pytest.raises(AssertionError):
        await one(tx, "SELECT %(tenant_id)s::uuid", UUID, tenant_id=UUID(int=0))


async def test_no_tenant_goes_along_outside_of_its_transaction(pool: Pool) -> None:
    async with as_nobody(pool) as connection:
        found = await one(connection, "SELECT %(tenant_id)s::uuid", UUID, tenant_id=UUID(int=7))
    assert found == UUID(int=7)


async def test_at_most_one_row_is_one_or_none(tx: Tx) -> None:
    assert await one_or_none(tx, NUMBERS, int, last=1) == 1
    assert await one_or_none(tx, NUMBERS, int, last=0) is None
    with pytest.raises(AssertionError, match="not told the first of many"):
        await one_or_none(tx, NUMBERS, int, last=2)


async def test_exactly_one_row_is_asserted(tx: Tx) -> None:
    for last in (0, 2):
        with pytest.raises(AssertionError):
            await one(tx, NUMBERS, int, last=last)


@pytest.mark.parametrize("statement", ["SELECT NULL::int", "SELECT 1, 2"])
async def test_a_single_value_is_neither_null_nor_one_of_several(tx: Tx, statement: str) -> None:
    with pytest.raises(AssertionError):
        await one(tx, statement, int)


async def test_rows_found_and_changed_are_counted(tx: Tx) -> None:
    await run(tx, "CREATE TEMPORARY TABLE probe AS SELECT n FROM generate_series(1, 3) AS n")
    assert await row_count(tx, "SELECT FROM probe WHERE n > %(n)s", n=1) == 2
    assert await row_count(tx, "UPDATE probe SET n = 0 WHERE n > %(n)s", n=2) == 1
    assert await row_count(tx, "DELETE FROM probe WHERE n = %(n)s", n=7) == 0


async def test_in_a_pipeline_nothing_is_counted_and_rows_come_at_its_end(tx: Tx) -> None:
    async with tx.connection.pipeline():
        await run(tx, "CREATE TEMPORARY TABLE probe AS SELECT 5 AS n")
        numbers = await many_later(tx, "SELECT n FROM probe", int)
        pairs = await many_later(tx, PAIRS, Pair, last=1)
        with pytest.raises(AssertionError, match="nothing is counted yet"):
            await row_count(tx, "SELECT FROM probe")
    assert await numbers() == [5]
    assert await pairs() == [Pair(number=1, word="1")]


@pytest.mark.parametrize(("ask", "turns_taken"), [(many, 1), (many_in_turns, 4)])
async def test_rows_that_are_many_are_made_while_others_have_their_turn(
    tx: Tx, ask, turns_taken: int
) -> None:
    turn = 0
    made_at: set[int] = set()

    @dataclass
    class Made:
        n: int

        def __post_init__(self) -> None:
            made_at.add(turn)

    async def others() -> None:
        nonlocal turn
        while True:
            turn += 1
            await asyncio.sleep(0)

    waiting = asyncio.create_task(others())
    found = await ask(tx, NUMBERS, Made, last=4 * ROWS_A_TURN)
    waiting.cancel()
    assert len(found) == 4 * ROWS_A_TURN
    assert len(made_at) == turns_taken


async def test_what_is_planned_anew_is_never_prepared(tx: Tx) -> None:
    for _ in range(8):
        await one(tx, PlannedAnew("SELECT %(n)s::int AS probe_anew"), int, n=1)
    assert await one(tx, PREPARED, int) == 0
    for _ in range(8):
        await one(tx, "SELECT %(n)s::int AS probe_kept", int, n=1)
    assert await one(tx, PREPARED, int) == 1


async def test_json_that_is_passed_on_stands_in_a_reply_as_it_lay_in_the_database(tx: Tx) -> None:
    passed_on = JsonPassedOn("SELECT '{\"a\": [1, 2]}'::jsonb")
    found = await one(tx, passed_on, msgspec.Raw)
    assert msgspec.json.encode({"docs": [found]}) == b'{"docs":[{"a": [1, 2]}]}'


async def test_json_that_is_not_read_comes_as_its_bytes(tx: Tx) -> None:
    unread = JsonUnread("SELECT '{\"a\": [1, 2]}'::json")
    assert await one(tx, unread, bytes) == b'{"a": [1, 2]}'
