"""Whatever of a server one tenant holds as much of as it may, another finds a place at once."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress

import pytest

from evenhand.app.context import Context
from evenhand.foundation.places import Places, TooManyAtOnce

BUSY, OTHER = "busy", "other"
SECONDS_MAX = 0.2
KINDS: dict[str, Callable[[Context], Places]] = {
    "bulk calls": lambda context: context.bulk_calls,
    "uploads": lambda context: context.uploads,
    "downloads": lambda context: context.downloads,
    "reads of the log": lambda context: context.log_reads,
    "exports": lambda context: context.exports,
    "database connections": lambda context: context.pool.places,
    "child processes": lambda context: context.processes._places,
}


@pytest.mark.parametrize("kind", KINDS)
async def test_a_tenant_that_holds_all_it_may_costs_another_no_wait(context: Context, kind: str):
    places = KINDS[kind](context)
    async with AsyncExitStack() as held:
        with suppress(TimeoutError, TooManyAtOnce):
            while True:
                async with asyncio.timeout(SECONDS_MAX):
                    await held.enter_async_context(places.taken(BUSY))
        assert places.held(BUSY) > 0
        async with asyncio.timeout(SECONDS_MAX), places.taken(OTHER):
            pass
