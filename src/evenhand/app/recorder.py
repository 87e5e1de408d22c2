"""What one process does at each tick: make an epoch, publish it, and place what came meanwhile.

In this order, and not first to give entries their places: so epochs come at the same pace however
much there is to do, and tell nobody how much it is. For the same reason files are written at fixed
moments, by which an epoch of a thousand tenants is made as surely as one of none. An entry is in
the second epoch after it at the latest, unless there are more than one process can place.
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
from evenhand.app.rounds import each
from evenhand.app.witnesses import Witnesses
from evenhand.foundation.database import Tx, as_tenant
from evenhand.foundation.errors import EvenhandError

# Ticks that a busy process missed are made up for, so that their number tells nothing; those of a
# server that was down are not.
TICKS_MADE_UP_MAX = 30
EPOCHS_A_LEASE = 3
# After an epoch: to make one of a thousand tenants takes some 50 ms, to write it a few.
WRITTEN_AT = timedelta(seconds=0.15)
SHOWN_AT = timedelta(seconds=0.2)
# What is not placed by then waits for the next epoch, which comes in time.
PLACING_SECONDS_MAX = 0.5
# After trouble with the files of the log; doubled each time.
RETRY_SECONDS = 0.5
RETRY_SECONDS_MAX = 5.0
LOG_TROUBLE = (
    pipeline.record.LogAhead,
    pipeline.record.LogDiffers,
    pipeline.record.LogUnreachable,
)
_START = datetime(1970, 1, 1, tzinfo=UTC)

log: structlog.stdlib.BoundLogger = structlog.get_logger()


@dataclass(slots=True)
class Recorder:
    """Keeps the record of an installation going, as long as no other process does."""

    context: Context
    entered: asyncio.Event  # set where a look has told that entries wait for a place
    witnesses: Witnesses | None = None
    maker: pipeline.record.EpochMaker = field(init=False)
    _made_at: datetime | None = field(default=None, init=False)
    # While the log is in trouble: how often it was tried, and when it is tried again.
    _trouble: int = field(default=0, init=False)
    _rest_until: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        """Be ready to take over."""
        lease = max(pipeline.record.LEASE, EPOCHS_A_LEASE * self._epoch)
        self.maker = pipeline.record.EpochMaker(lease=lease)

    async def tick(self) -> int:
        """Make the epoch that has ended, publish it, and place what came meanwhile.

        Where the published log is not this database's, nothing is made. Where it cannot be
        reached, epochs are made all the same, and published once it can.
        """
        try:
            if not await self._is_maker():
                return 0
            await self._make()
            await self._publish()
            await self._place_pending()
        except pipeline.record.NotTheMaker:
            log.info("record.handed_over")
            self._lose()
        except LOG_TROUBLE as error:
            self._tell(error)
            await self.stand_down()
        except BaseException:
            # Whether the last statement stands is not known, so the next tick takes over anew.
            self.maker.forget()
            raise
        return 0

    async def stand_down(self) -> None:
        """Let another process go on at once."""
        if self._made_at is not None or self.maker.makes:
            self._lose()
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

    def _lose(self) -> None:
        self._made_at = None
        self.maker.forget()

    async def _is_maker(self) -> bool:
        if self.maker.makes:
            return True
        if time.monotonic() < self._rest_until:
            return False
        now = self.context.clock.now()
        async with self.context.pool.connection() as connection:
            if not await self.maker.take_over(connection, now=now):
                self._made_at = None
                if self.context.publication.trouble is not None:
                    await self.context.publication.require_one_history(connection)
                self._well()
                return False
        # Before anything is made: what is published must be what this database made.
        await self._show()
        if self.witnesses is not None:
            await self.witnesses.require_not_ahead(self.maker.head)
        self._well()
        async with self.context.pool.connection() as connection:
            left = await self.maker.tenants_to_anchor(connection)
        if self._made_at is None:
            log.info("record.taken_over", epoch=self.maker.next)
            self._made_at = self._tick_at(now) - self._epoch
        await self._each(left, partial(pipeline.record.anchor, maker=self.maker))
        return self.maker.makes

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
        if time.monotonic() < self._rest_until:
            return
        try:
            await self._show()
        except pipeline.record.LogUnreachable as error:
            self._tell(error)
        else:
            self._well()

    async def _show(self) -> None:
        publication = self.context.publication
        async with self.context.pool.connection() as connection:
            unpublished = await publication.unpublished(connection)
        if unpublished is None:
            await self._show_what_came()
            return
        now, steady = self.context.clock.now(), time.monotonic()
        written = await publication.written(
            unpublished, now=now, at=steady + self._seconds_to(WRITTEN_AT, now)
        )
        note = written.note
        if self.witnesses is not None and unpublished.count:
            note = await self.witnesses.cosigned(written.checkpoint, note)
        await publication.show(written, note, at=steady + self._seconds_to(SHOWN_AT, now))

    def _seconds_to(self, moment: timedelta, now: datetime) -> float:
        """How long until a moment after the last epoch, of which none is made before the first."""
        if self._made_at is None:
            return 0.0
        return (self._made_at + moment - now).total_seconds()

    async def _show_what_came(self) -> None:
        """Show the last checkpoint again where witnesses have cosigned it since."""
        publication = self.context.publication
        shown = None if self.witnesses is None else await publication.note()
        if self.witnesses is not None and shown is not None:
            cosigned = self.witnesses.later(shown)
            if cosigned is not None:
                await publication.show_again(cosigned)

    def _tell(self, error: EvenhandError) -> None:
        """Tell of trouble once, and try again after a while."""
        publication = self.context.publication
        if type(publication.trouble) is not type(error):
            log.error(
                "record.log_stopped",
                error=type(error).__name__,
                problem=error.message,
                **error.details,
            )
        publication.trouble = error
        self._trouble += 1
        seconds = RETRY_SECONDS * 2.0 ** min(self._trouble - 1, 10)
        self._rest_until = time.monotonic() + min(RETRY_SECONDS_MAX, seconds)

    def _well(self) -> None:
        if self.context.publication.trouble is not None:
            log.info("record.log_resumed")
        self.context.publication.trouble = None
        self._trouble, self._rest_until = 0, 0.0

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
        async def one(tenant_id: UUID) -> int:
            with self.maker.said_once_committed(tenant_id):
                async with as_tenant(self.context.pool, tenant_id, by_key=True) as tx:
                    return await step(tx)

        await each(tenant_ids, one, unless=pipeline.record.NotTheMaker)
