"""The database's clock, followed without asking the database each time.

All servers and workers of an installation share one database, and so one clock; those of their
machines may be hours apart, or be set while a process runs. So the wall clock is never read: the
database is asked once, and from there on the machine's steady clock counts, which nobody sets.
Asked again now and then, the two cannot drift apart.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

import psycopg

from evenhand.foundation.database import Connection, Pool, moment

# Steady clocks err by some 50 in a million: half a millisecond within so long.
ASK_SECONDS = 10.0


class Clock:
    """Tells the time of the database that it was last set by."""

    def __init__(
        self, shown: datetime, *, asked: float, heard: float, steady: Callable[[], float]
    ) -> None:
        """Begin with what the database showed between two readings of the steady clock."""
        self._steady = steady
        # When, by the database, the steady clock stood at nought.
        self._nought = shown - timedelta(seconds=(asked + heard) / 2)

    def now(self) -> datetime:
        """The present, in UTC."""
        return (self._nought + timedelta(seconds=self._steady())).astimezone(UTC)

    async def ask(self, connection: Connection) -> None:
        """Compare with the database, and follow it where the two are surely apart."""
        asked = self._steady()
        shown = await moment(connection)
        self.follow(shown, asked=asked, heard=self._steady())

    def follow(self, shown: datetime, *, asked: float, heard: float) -> None:
        """Move no further than what the database showed between two readings proves.

        An answer that took long proves little, so the time never jumps by what the way took.
        """
        earliest = shown - timedelta(seconds=heard)
        latest = shown - timedelta(seconds=asked)
        self._nought = min(max(self._nought, earliest), latest)


@asynccontextmanager
async def clock_of(
    pool: Pool,
    *,
    every: float = ASK_SECONDS,
    steady: Callable[[], float] = time.monotonic,
) -> AsyncGenerator[Clock]:
    """Make a clock that shows the time of a database, and asks it again while the block runs."""
    async with pool.connection() as connection:
        asked = steady()
        shown = await moment(connection)
        clock = Clock(shown, asked=asked, heard=steady(), steady=steady)
    asking = asyncio.create_task(_ask_again(clock, pool, every), name="clock")
    try:
        yield clock
    finally:
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)


async def _ask_again(clock: Clock, pool: Pool, every: float) -> None:
    while True:
        await asyncio.sleep(every)
        # While the database is away, the clock goes on alone.
        with suppress(psycopg.Error):
            async with pool.connection() as connection:
                await clock.ask(connection)
