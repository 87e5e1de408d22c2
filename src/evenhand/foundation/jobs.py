"""Background jobs as rows that fall due: there is no separate queue that could lose them.

To claim a row moves its due time ahead, so a job whose worker dies falls due again by itself.
Whoever works on it renews the claim, and gives it back when told to stop. Of each tenant a worker
does a few jobs at once: however slow the hosts of one are, the others have places.
"""

import asyncio
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import ClassVar, Generic, TypeVar
from uuid import UUID

import structlog

from evenhand.foundation.database import Connection, Pool, Tx, as_tenant, is_away

# A claim ends by itself: this long after its worker died, another begins anew.
CLAIM = timedelta(seconds=30)
RENEW_SECONDS = 10.0
FINISH_SECONDS = 5.0  # what is under way at the end has this long; then it is given back

log: structlog.stdlib.BoundLogger = structlog.get_logger()

J = TypeVar("J")


class Jobs(ABC, Generic[J]):
    """One kind of job: how it is found, claimed, done, and given back undone."""

    name: ClassVar[str]
    at_once: ClassVar[int]  # in one worker
    at_once_a_tenant: ClassVar[int]  # in one worker; what claims may bound all of them

    @abstractmethod
    async def tenants_due(self, connection: Connection, *, now: datetime) -> Sequence[UUID]:
        """Find the tenants of which something is due."""

    @abstractmethod
    async def claim(
        self, tx: Tx, limit: int, *, busy_until: datetime, now: datetime
    ) -> Sequence[J]:
        """Take so many of a tenant's jobs that are due, for as long as the claim lasts."""

    @abstractmethod
    async def do(self, tenant_id: UUID, job: J) -> None:
        """Do one, and say in its row that it is done, or when it is due again."""

    @abstractmethod
    async def renew(
        self, tx: Tx, jobs: Sequence[J], *, busy_until: datetime, now: datetime
    ) -> None:
        """Hold on to claims that have not ended."""

    @abstractmethod
    async def give_back(self, tx: Tx, job: J, *, now: datetime) -> None:
        """Let a job that was not done be due at once."""


class Worker(Generic[J]):
    """Does the jobs of one kind, so many at once and so many of each tenant."""

    def __init__(self, pool: Pool, jobs: Jobs[J], now: Callable[[], datetime]) -> None:
        self._pool = pool
        self._jobs = jobs
        self._now = now
        self.name = jobs.name
        self._under_way: dict[UUID, dict[asyncio.Task[None], J]] = defaultdict(dict)
        self.ended = asyncio.Event()  # set when a place has come free

    def held(self, tenant_id: UUID) -> int:
        """Say how many jobs of a tenant are under way."""
        return len(self._under_way.get(tenant_id, ()))

    async def begin(self) -> int:
        """Claim what is due and has a place, and begin it; say how many jobs that was."""
        free = self._jobs.at_once - sum(len(jobs) for jobs in self._under_way.values())
        if free <= 0:
            return 0
        async with self._pool.connection() as connection:
            due = await self._jobs.tenants_due(connection, now=self._now())
        # Whoever holds the fewest places comes first, and nobody takes more than an equal share.
        waiting = sorted(
            (one for one in due if self.held(one) < self._jobs.at_once_a_tenant), key=self.held
        )
        begun = 0
        for number, tenant_id in enumerate(waiting):
            share = -(-(free - begun) // (len(waiting) - number))
            begun += await self._begin_of(tenant_id, share)
        return begun

    async def renew(self) -> int:
        """Hold on to what is under way; rests between runs."""
        # Beside each other: who waits for one tenant's rows still holds the others' claims.
        renewed = await asyncio.gather(
            *(self._renew_of(tenant_id) for tenant_id in list(self._under_way)),
            return_exceptions=True,
        )
        for failed in renewed:
            if isinstance(failed, BaseException):
                raise failed
        return 0

    async def _renew_of(self, tenant_id: UUID) -> None:
        async with as_tenant(self._pool, tenant_id) as tx:
            now = self._now()
            held = list(self._under_way.get(tenant_id, {}).values())
            await self._jobs.renew(tx, held, busy_until=now + CLAIM, now=now)

    async def stop(self) -> None:
        """Let what is under way end, and give back what takes longer."""
        tasks = [task for jobs in self._under_way.values() for task in jobs]
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=FINISH_SECONDS)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _begin_of(self, tenant_id: UUID, share: int) -> int:
        most = min(share, self._jobs.at_once_a_tenant - self.held(tenant_id))
        if most <= 0:
            return 0
        try:
            async with as_tenant(self._pool, tenant_id) as tx:
                now = self._now()
                claimed = await self._jobs.claim(tx, most, busy_until=now + CLAIM, now=now)
        except Exception as error:
            if is_away(error):
                raise
            # One tenant's trouble is not the others'.
            log.exception("job.not_claimed", job=self._jobs.name, tenant_id=str(tenant_id))
            return 0
        for job in claimed:
            task = asyncio.create_task(self._do(tenant_id, job))
            self._under_way[tenant_id][task] = job
            task.add_done_callback(lambda done: self._end(tenant_id, done))
        return len(claimed)

    async def _do(self, tenant_id: UUID, job: J) -> None:
        try:
            await self._jobs.do(tenant_id, job)
        except asyncio.CancelledError:
            with suppress(Exception):
                async with as_tenant(self._pool, tenant_id) as tx:
                    await self._jobs.give_back(tx, job, now=self._now())
            raise
        except Exception as error:
            # It is due again when its claim ends.
            if is_away(error):
                log.warning("job.interrupted", job=self._jobs.name, error=type(error).__name__)
            else:
                log.exception("job.failed", job=self._jobs.name, tenant_id=str(tenant_id))

    def _end(self, tenant_id: UUID, task: asyncio.Task[None]) -> None:
        del self._under_way[tenant_id][task]
        if not self._under_way[tenant_id]:
            del self._under_way[tenant_id]
        self.ended.set()
