"""Requests that come at the same moment, entered in one transaction of their tenant."""

import asyncio
from collections.abc import Sequence
from uuid import UUID, uuid4

import psycopg

from evenhand.app import group_commit
from evenhand.app.group_commit import GroupCommit, TooManyCreates

TENANT = uuid4()


class Refused(Exception):
    pass


class Book:
    """Enters numbers, remembers which came together, and takes no number below zero."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.busy = 0
        self.busy_at_most = 0

    async def enter(self, numbers: Sequence[int]) -> list[str | Exception]:
        self.groups.append(list(numbers))
        self.busy += 1
        self.busy_at_most = max(self.busy, self.busy_at_most)
        await asyncio.sleep(0.002)
        self.busy -= 1
        if 13 in numbers:
            raise ArithmeticError
        if 99 in numbers:
            raise psycopg.OperationalError
        return [Refused() if number < 0 else f"no. {number}" for number in numbers]


async def _all(
    book: Book, numbers: Sequence[int], *, tenant_id: UUID = TENANT, size: int = 1
) -> list[str | BaseException]:
    together = GroupCommit[int, str]()
    return await asyncio.gather(
        *(together.entered(tenant_id, number, size, book.enter) for number in numbers),
        return_exceptions=True,
    )


async def test_those_who_come_at_once_are_entered_together_and_each_is_answered():
    book = Book()
    assert await _all(book, range(9)) == [f"no. {number}" for number in range(9)]
    assert book.groups == [list(range(9))]


async def test_whoever_comes_meanwhile_waits_for_one_transaction_and_not_for_a_line_of_them():
    book, together = Book(), GroupCommit[int, str]()
    first = asyncio.create_task(together.entered(TENANT, 0, 1, book.enter))
    await asyncio.sleep(0.001)
    await asyncio.gather(*(together.entered(TENANT, n, 1, book.enter) for n in range(1, 9)))
    assert await first == "no. 0"
    assert book.groups == [[0], list(range(1, 9))]


async def test_what_cannot_be_entered_is_told_to_its_sender_alone():
    outcomes = await _all(Book(), [1, -1, 2])
    assert outcomes[0::2] == ["no. 1", "no. 2"]
    assert isinstance(outcomes[1], Refused)


async def test_where_all_fail_together_each_is_tried_alone():
    book = Book()
    outcomes = await _all(book, [1, 13, 2])
    assert outcomes[0::2] == ["no. 1", "no. 2"]
    assert isinstance(outcomes[1], ArithmeticError)
    assert book.groups == [[1, 13, 2], [1], [13], [2]]


async def test_a_database_that_is_away_is_not_asked_once_more_for_each():
    book = Book()
    outcomes = await _all(book, [1, 99, 2])
    assert all(isinstance(outcome, psycopg.OperationalError) for outcome in outcomes)
    assert len(book.groups) == 1


async def test_one_transaction_of_a_tenant_at_a_time_and_tenants_beside_each_other():
    book, together = Book(), GroupCommit[int, str]()
    others = [uuid4() for _ in range(3)]
    await asyncio.gather(
        *(
            together.entered(tenant_id, n, group_commit.BYTES_TOGETHER_MAX, book.enter)
            for tenant_id in others
            for n in range(3)
        )
    )
    assert book.busy_at_most == len(others)
    assert [len(group) for group in book.groups] == [1] * 9, "large orders go alone"


async def test_of_many_so_many_go_together():
    book = Book()
    await _all(book, range(100, 250))
    assert [len(group) for group in book.groups] == [64, 64, 22]


async def test_more_than_may_wait_are_told_to_come_again():
    outcomes = await _all(Book(), range(100, 400))
    refused = [one for one in outcomes if isinstance(one, TooManyCreates)]
    assert len(refused) == 300 - group_commit.WAITING_A_TENANT_MAX


async def test_whoever_goes_away_keeps_nobody_waiting():
    book, together = Book(), GroupCommit[int, str]()
    asking = [asyncio.create_task(together.entered(TENANT, n, 1, book.enter)) for n in range(3)]
    await asyncio.sleep(0.001)
    asking[1].cancel()
    assert await asking[0] == "no. 0"
    assert await asking[2] == "no. 2"
    assert asking[1].cancelled()
