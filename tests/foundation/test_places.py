"""Places that tenants share."""

import asyncio
from contextlib import AsyncExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.foundation.places import Places, TooManyAtOnce


async def test_one_key_holds_no_more_than_its_share_while_others_find_room():
    places = Places(4, per_key=2, waiting_per_key=10)
    async with AsyncExitStack() as held:
        for _ in range(2):
            await held.enter_async_context(places.taken("greedy"))
        third = asyncio.create_task(_take_and_leave(places, "greedy", []))
        async with asyncio.timeout(1), places.taken("modest"):
            assert places.held("greedy") == 2
            assert not third.done()
    async with asyncio.timeout(1):
        await third


async def test_free_places_go_round_the_keys_that_wait():
    places = Places(1, per_key=1, waiting_per_key=100)
    served: list[str] = []
    async with places.taken("first"):
        crowd = [
            asyncio.create_task(_take_and_leave(places, key, served)) for key in ["a"] * 50 + ["b"]
        ]
        await asyncio.sleep(0)
    await asyncio.gather(*crowd)
    assert served.index("b") <= 1, "behind one of the fifty, not behind all"


async def test_whoever_has_too_many_waiting_is_told_so_and_others_are_not():
    places = Places(1, per_key=1, waiting_per_key=1)
    async with places.taken("holder"):
        waiting = asyncio.create_task(_take_and_leave(places, "greedy", []))
        await asyncio.sleep(0)
        with pytest.raises(TooManyAtOnce):
            async with places.taken("greedy"):
                pass
        other = asyncio.create_task(_take_and_leave(places, "modest", []))
        await asyncio.sleep(0)
    async with asyncio.timeout(1):
        await asyncio.gather(waiting, other)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=40))
def test_no_place_is_lost_whoever_gives_up_waiting(asked: list[tuple[str, bool]]):
    async def play() -> None:
        places = Places(2, per_key=1, waiting_per_key=100)
        tasks = [asyncio.create_task(_take_and_leave(places, key, [])) for key, _ in asked]
        await asyncio.sleep(0)
        for task, (_, gives_up) in zip(tasks, asked, strict=True):
            if gives_up:
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        async with asyncio.timeout(1), places.taken("a"), places.taken("b"):
            pass

    asyncio.run(play())


async def _take_and_leave(places: Places, key: str, served: list[str]) -> None:
    async with places.taken(key):
        served.append(key)
        await asyncio.sleep(0)
