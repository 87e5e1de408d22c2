"""The kinds of background job: callbacks that are sent, and attachments that are fetched."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from evenhand import delivery, pipeline
from evenhand.app.context import Context
from evenhand.foundation.database import Connection, Tx
from evenhand.foundation.jobs import Jobs
from evenhand.foundation.outgoing import Outgoing
from evenhand.work import intake


@dataclass(frozen=True, slots=True)
class Callbacks(Jobs[delivery.Claimed]):
    """What customers are to be told."""

    context: Context
    way_out: Outgoing

    # Both kinds mostly wait for somebody else's server.
    name: ClassVar[str] = "callbacks"
    at_once: ClassVar[int] = 128
    at_once_a_tenant: ClassVar[int] = delivery.CALLBACKS_AT_ONCE_MAX

    async def tenants_due(self, connection: Connection, *, now: datetime) -> Sequence[UUID]:
        """Find the tenants of which a callback is due."""
        return await delivery.tenants_due(connection, now=now)

    async def claim(
        self, tx: Tx, limit: int, *, busy_until: datetime, now: datetime
    ) -> Sequence[delivery.Claimed]:
        """Take callbacks that are due."""
        return await delivery.claim_callbacks(tx, limit, busy_until=busy_until, now=now)

    async def do(self, tenant_id: UUID, job: delivery.Claimed) -> None:
        """Send one."""
        await pipeline.deliver(
            self.context.pool,
            self.context.secret,
            self.way_out,
            tenant_id,
            job,
            now=self.context.clock.now(),
        )

    async def renew(
        self, tx: Tx, jobs: Sequence[delivery.Claimed], *, busy_until: datetime, now: datetime
    ) -> None:
        """Hold on to callbacks whose receivers have not answered yet."""
        await delivery.renew_callbacks(tx, jobs, busy_until=busy_until, now=now)

    async def give_back(self, tx: Tx, job: delivery.Claimed, *, now: datetime) -> None:
        """Have a callback sent by somebody else; its receiver may have had it already."""
        await delivery.give_back_callback(tx, job, now=now)


@dataclass(frozen=True, slots=True)
class Fetches(Jobs[intake.Fetch]):
    """What tasks are to show."""

    context: Context
    way_out: Outgoing

    name: ClassVar[str] = "fetches"
    at_once: ClassVar[int] = 128
    at_once_a_tenant: ClassVar[int] = intake.FETCHES_AT_ONCE_MAX

    async def tenants_due(self, connection: Connection, *, now: datetime) -> Sequence[UUID]:
        """Find the tenants of which an attachment is due."""
        return await intake.tenants_to_fetch(connection, now=now)

    async def claim(
        self, tx: Tx, limit: int, *, busy_until: datetime, now: datetime
    ) -> Sequence[intake.Fetch]:
        """Take attachments that are due."""
        return await intake.claim_fetches(tx, limit, busy_until=busy_until, now=now)

    async def do(self, tenant_id: UUID, job: intake.Fetch) -> None:
        """Fetch one."""
        await pipeline.fetch(
            self.context.pool,
            self.context.storage,
            self.way_out,
            tenant_id,
            job,
            now=self.context.clock.now(),
        )

    async def renew(
        self, tx: Tx, jobs: Sequence[intake.Fetch], *, busy_until: datetime, now: datetime
    ) -> None:
        """Hold on to attachments that are still coming in."""
        await intake.renew_fetches(tx, jobs, busy_until=busy_until, now=now)

    async def give_back(self, tx: Tx, job: intake.Fetch, *, now: datetime) -> None:
        """Have an attachment fetched by somebody else, as if it had not been tried."""
        await intake.fetch_again(tx, job, due_at=now, counts=False)
