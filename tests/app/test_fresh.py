"""What all are told alike is made by one at a time, and at most every few seconds."""

import asyncio

import pytest

from evenhand.app.fresh import FRESH_SECONDS, Fresh
from evenhand.foundation.errors import Unavailable

ASKING = 50


class Down(Unavailable):
    """Nothing answers."""


async def test_of_many_who_ask_at_once_one_makes_the_answer_for_all() -> None:
    kept, made = Fresh[int](), list[int]()

    async def make() -> int:
        made.append(len(made))
        await asyncio.sleep(0.01)
        return made[-1]

    found = await asyncio.gather(*(kept.made(make) for _ in range(ASKING)))
    assert (set(found), made) == ({0}, [0])


async def test_it_is_made_anew_once_it_is_no_longer_fresh() -> None:
    hour = [0.0]
    kept, made = Fresh[int](clock=lambda: hour[0]), list[int]()

    async def make() -> int:
        made.append(len(made))
        return made[-1]

    for moment, expected in ((0.0, 0), (FRESH_SECONDS - 0.1, 0), (FRESH_SECONDS, 1)):
        hour[0] = moment
        assert (kept.kept() is None) == (len(made) <= expected)
        assert await kept.made(make) == expected


async def test_an_error_is_nobodys_answer_but_that_of_whoever_met_it() -> None:
    kept = Fresh[int]()

    async def fail() -> int:
        raise Down

    async def make() -> int:
        return 7

    with pytest.raises(Down):
        await kept.made(fail)
    assert await kept.made(make) == 7


async def test_whoever_goes_away_while_it_is_made_leaves_the_others_waiting_for_another() -> None:
    kept, made = Fresh[int](), list[int]()

    async def make() -> int:
        made.append(1)
        await asyncio.sleep(0.02)
        return 7

    gone, stays = (asyncio.create_task(kept.made(make)) for _ in range(2))
    await asyncio.sleep(0.01)
    gone.cancel()
    assert await stays == 7
    assert made == [1, 1]
