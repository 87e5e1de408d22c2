"""What one process does at each tick: make an epoch, publish it, and place what came meanwhile.

In this order, and not first to give entries their places: so epochs come at the same pace however
much there is to do, and tell nobody how much it is. An entry is in the second epoch after it at the
latest, unless there are more than one process can place.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

import structlog

from evenhand import pipeline
from evenhand.app.context import Context
from evenhand.app.rounds import for_each
from evenhand.foundation.database import Tx

# Ticks that a busy process missed are made up for, so that their number tells nothing; those of a
# server that was down are not.
TICKS_MADE_UP_MAX = 30
EPOCHS_A_LEASE = 3
# What is not placed by then waits for the next epoch, which comes in time.
PLACING_SECONDS_MAX = 0.8
_START = datetime(1970, 1, 1, tzinfo=UTC)

log: structlog.stdlib.BoundLogger = structlog.get_logger()


@dataclass(slots=True)
class Recorder:
    """Keeps the record of an installation going, as long as no other process does."""

    context: Context
    entered: asyncio.Event  # set where a look has told that entries wait for a place
    maker: pipeline.record.EpochMaker = field(init=False)
    _made_at: datetime | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        """Be ready to take over."""
        lease = max(pipeline.record.LEASE, EPOCHS_A_LEASE * self._epoch)
        self.maker = pipeline.record.EpochMaker(lease=lease)

    async def tick(self) -> int:
        """Make the epoch that has ended, publish it, and place what came meanwhile.

        Where the published log is not this database's, nothing is made, and that is raised.
        """
        if not await self._is_maker():
            return 0
        try:
            await self._make()
            await self._publish()
            await self._place_pending()
        except pipeline.record.NotTheMaker:
            log.info("record.handed_over")
            self._made_at = None
        except BaseException:
            # Whether the epoch was made is not known: that is looked up before the next.
            self._made_at = None
            self.maker.forget()
            raise
        return 0

    async def stand_down(self) -> None:
        """Let another process go on at once."""
        if self._made_at is not None:
            self._made_at = None
            async with self.context.pool.connection() as connection:
                await self.maker.stand_down(connection)

    def seconds_to_tick(self) -> float:
        """How long until the epoch that is under way ends."""
        now = self.context.clock.now()
        return (self._tick_at(now) + self._epoch - now).total_seconds()

    @property
    def _epoch(self) -> timedelta:
        return timedelta(seconds=self.context.settings.epoch_seconds)

    def _tick_at(self, now: datetime) -> datetime:
        """When the last epoch ended: all servers agree on it."""
        return now - (now - _START) % self._epoch

    async def _is_maker(self) -> bool:
        if self._made_at is not None:
            return True
        now = self.context.clock.now()
        async with self.context.pool.connection() as connection:
            if not await self.maker.take_over(connection, now=now):
                return False
            try:
                # Before anything is made: what is published must be what this database made.
                await self.context.publication.publish(connection, now=now)
            except BaseException:
                await self.maker.stand_down(connection)
                raise
            left = await self.maker.tenants_to_anchor(connection)
        log.info("record.taken_over", epoch=self.maker.next)
        self._made_at = self._tick_at(now) - self._epoch
        await self._each(left, partial(pipeline.record.anchor, maker=self.maker))
        return True

    async def _make(self) -> None:
        assert self._made_at is not None, "it has taken over"
        tick = self._tick_at(self.context.clock.now())
        if tick - self._made_at > TICKS_MADE_UP_MAX * self._epoch:
            self._made_at = tick - self._epoch
        while self._made_at < tick:
            at = self._made_at + self._epoch
            async with self.context.pool.connection() as connection:
                await pipeline.record.make_epoch(
                    connection, self.maker, at=at, now=self.context.clock.now()
                )
            self._made_at = at

    async def _publish(self) -> None:
        async with self.context.pool.connection() as connection:
            await self.context.publication.publish(connection, now=self.context.clock.now())

    async def _place_pending(self) -> None:
        if not self.entered.is_set():
            return
        self.entered.clear()
        async with self.context.pool.connection() as connection:
            look = partial(pipeline.record.tenants_to_sequence, connection)
            since = {
                one.tenant_id: one.since for one in await self.context.fronts.sequence.look(look)
            }

        async def place(tx: Tx) -> int:
            placed = await pipeline.record.place(
                tx, self.maker, since=since[tx.tenant_id], now=self.context.clock.now()
            )
            if placed >= pipeline.record.ENTRIES_A_STEP_MAX:
                waiting.append(tx.tenant_id)
            return placed

        waiting = deque(since)
        until = time.monotonic() + PLACING_SECONDS_MAX
        while waiting and time.monotonic() < until:
            await self._each([waiting.popleft()], place)
        if waiting:
            self.entered.set()

    async def _each(self, tenant_ids: Sequence[UUID], step: Callable[[Tx], Awaitable[int]]) -> None:
        await for_each(
            self.context.pool,
            tenant_ids,
            step,
            by_key=True,
            unless=pipeline.record.NotTheMaker,
        )
