"""Random histories of rivals: nothing is shown behind a wall, and nobody idles beside open work."""

import json
import os
import random
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from given import NOW
from walls.wall_model import Entry, Model
from work.opened import annotators, answer, new_tasks, project

from evenhand import pipeline, tenants, walls, workforce
from evenhand.foundation.database import Pool, as_tenant
from evenhand.foundation.errors import EvenhandError
from evenhand.foundation.secret import Secret

# A thousand were looked at once; so many are looked at each time.
HISTORIES = int(os.environ.get("EVENHAND_TEST_HISTORIES", "30"))
STEPS = 60
PUT_AWAY = "UPDATE work.queue SET has_open = false; DELETE FROM work.queue_opened"


class History:
    """Some tenants, some of whom are rivals or become so, and people who work for all of them."""

    def __init__(self, pool: Pool, secret: Secret, number: int) -> None:
        self.pool, self.secret = pool, secret
        self.chance = random.Random(number)
        self.number = number
        self.now: datetime = NOW + timedelta(hours=number)
        self.owners: list[tenants.NewTenant] = []
        self.people: list[workforce.Annotator] = []
        self.held: list[tuple[workforce.Annotator, UUID, UUID]] = []
        self.idle: list[tuple[datetime, str]] = []
        self.lent = 0

    def name(self) -> str:
        """The name of a customer, or of one who may become so."""
        return f"Party {self.number}.{self.chance.randrange(6)}, Inc."

    async def join(self) -> None:
        """One more tenant, who may have been named as a rival before."""
        if len(self.owners) < 6:
            name = f"party {self.number} {len(self.owners)}  INC"
            made = await tenants.create(self.pool, self.secret, name, now=self.now)
            self.owners.append(made)
            await project(self.pool, made, annotations=2)

    async def submit(self) -> None:
        await new_tasks(self.pool, self.chance.choice(self.owners), 1, now=self.now)

    async def dispatch(self) -> None:
        who = self.chance.choice(self.people)
        ahead = self.chance.random() < 0.4
        lent = await pipeline.dispatch(self.pool, who, now=self.now, ahead=ahead)
        if lent is None:
            self.idle.append((self.now, str(who.annotator_id)))
        else:
            self.lent += 1
            self.held.append((who, lent[0], lent[1].assignment_id))

    async def show(self) -> None:
        if self.held:
            who, tenant_id, mine = self.chance.choice(self.held)
            async with as_tenant(self.pool, tenant_id) as tx:
                await pipeline.show(tx, mine, who.annotator_id, now=self.now)

    async def renew(self) -> None:
        if self.held:
            who, tenant_id, mine = self.chance.choice(self.held)
            async with as_tenant(self.pool, tenant_id) as tx:
                await pipeline.renew(tx, mine, who.annotator_id, now=self.now)

    async def annotate(self) -> None:
        if self.held:
            who, tenant_id, mine = self.held.pop(self.chance.randrange(len(self.held)))
            async with as_tenant(self.pool, tenant_id) as tx:
                await pipeline.annotate(tx, mine, answer(who, "cat"), now=self.now)

    async def skip(self) -> None:
        if self.held:
            who, tenant_id, mine = self.held.pop(self.chance.randrange(len(self.held)))
            async with as_tenant(self.pool, tenant_id) as tx:
                await pipeline.skip(
                    tx, mine, annotator_id=who.annotator_id, reason="other", now=self.now
                )

    async def declare(self) -> None:
        days = self.chance.choice([0, 1, 5, 30])
        rival = walls.Rival(other=self.name(), cooling_off_days=days, by="operator")
        async with as_tenant(self.pool, self.chance.choice(self.owners).tenant_id) as tx:
            await walls.declare(tx, self.secret, rival, now=self.now)

    async def withdraw(self) -> None:
        async with as_tenant(self.pool, self.chance.choice(self.owners).tenant_id) as tx:
            found = await walls.declarations(tx)
            if found:
                one = self.chance.choice(found)
                await walls.withdraw(tx, one.declaration_id, now=self.now)

    async def rename(self) -> None:
        """One more name by which rivals may mean a tenant, or one less."""
        change = self.chance.choice([tenants.add_party, tenants.remove_party])
        async with as_tenant(self.pool, self.chance.choice(self.owners).tenant_id) as tx:
            await change(tx, self.secret, self.name(), now=self.now)

    async def wait(self) -> None:
        """Leases run out; days pass, at times."""
        self.now += timedelta(days=self.chance.choice([0, 0, 1, 3, 20]), minutes=16)
        for owner in self.owners:
            async with as_tenant(self.pool, owner.tenant_id) as tx:
                await pipeline.expire(tx, now=self.now)

    async def run(self) -> None:
        self.people = await annotators(self.pool, 3)
        for _ in range(3):
            await self.join()
        often = [self.dispatch] * 9 + [self.annotate] * 4 + [self.submit] * 4
        rare = [self.show] * 3 + [
            self.renew, self.skip, self.declare, self.declare, self.withdraw, self.rename,
            self.wait, self.join,
        ]  # fmt: skip
        for _ in range(STEPS):
            self.now += timedelta(milliseconds=1)
            with suppress(EvenhandError):
                await self.chance.choice(often if self.chance.random() < 0.7 else rare)()

    async def entries(self) -> list[Entry]:
        """The entries of all tenants in the order in which they were entered."""
        found: list[tuple[UUID, str, str]] = []
        for owner in self.owners:
            async with as_tenant(self.pool, owner.tenant_id) as tx:
                cursor = await tx.connection.execute(
                    "SELECT entry_id, tenant_id::text, event FROM ledger.entry"
                )
                found += await cursor.fetchall()
        return [(tenant, json.loads(event)) for _, tenant, event in sorted(found)]


def followed(history: History, entries: list[Entry]) -> tuple[Model, list[str]]:
    """What the record says of a history, and who idled although something was open to them."""
    model, idle, missed = Model(), list(history.idle), []

    def until(moment: str | None) -> None:
        while idle and (moment is None or stamp(idle[0][0]) < moment):
            at, who = idle.pop(0)
            if free := model.eligible(who, at.date()):
                missed.append(f"{who} could have been lent something of {free} at {at}")

    for tenant, event in entries:
        until(event["at"])
        model.follow(tenant, event)
    until(None)
    return model, missed


def stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


@pytest.mark.timeout(120 + HISTORIES)
async def test_nothing_is_shown_behind_a_wall_and_nobody_idles_beside_open_work(
    database, pool: Pool, secret: Secret
) -> None:
    violations: list[str] = []
    missed: list[str] = []
    lent = idle = walled_off = 0
    for number in range(HISTORIES):
        history = History(pool, secret, number)
        await history.run()
        model, idled = followed(history, await history.entries())
        violations += model.violations
        missed += idled
        lent, idle = lent + history.lent, idle + len(history.idle)
        walled_off += model.walled_off
        # What is left over of one history would be lent in the next.
        with psycopg.connect(database.admin, autocommit=True) as superuser:
            superuser.execute(PUT_AWAY)
    print(f"{HISTORIES} histories: {lent} lent, {idle} found nothing, {walled_off} walled off")
    assert violations == []
    assert missed == []
    assert lent > HISTORIES * 5
    assert walled_off > HISTORIES
