"""Whoever has the record can recompute whose turn it was, decision by decision."""

import hashlib
import json
import os
import random
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from given import NOW
from work.golden import gold
from work.opened import annotators, answer, new_tasks, project

from evenhand import pipeline, tenants, workforce
from evenhand.foundation.database import Pool, as_tenant
from evenhand.foundation.errors import EvenhandError
from evenhand.foundation.secret import Secret
from evenhand.verifier.verify import Checks, Entry, Replay
from evenhand.work import assignments, projects, qualification

# Five thousand were looked at by hand; so many are looked at each time.
LEASES = int(os.environ.get("EVENHAND_TEST_LEASES", "400"))
CLASSES = ["standard", "standard", "double", "half", "fourfold", "half", "standard"]
# Often in doubt, soon skipped too often, and every fourth assignment gold.
POLICY = {
    "annotations": 2, "annotations_max": 3, "confidence": 0.95, "review_below": 0.9,
    "skips_max": 2, "gold_share": 0.25,
}  # fmt: skip
LATER = timedelta(minutes=16)
RESERVE = """
    UPDATE work.assignment SET reserved_until = %(until)s, skill_least = 0.99
     WHERE tenant_id = %(tenant_id)s AND assignment_id IN (
           SELECT assignment_id FROM work.assignment
            WHERE tenant_id = %(tenant_id)s AND state = 'open' AND NOT review LIMIT 3)
"""


class Floor:
    """Seven tenants and eight annotators, who do one thing after the other by chance."""

    def __init__(self, pool: Pool, owners: list[tenants.NewTenant], seed: int) -> None:
        self.pool, self.owners = pool, owners
        self.chance = random.Random(seed)
        self.now: datetime = NOW
        self.people: list[workforce.Annotator] = []
        self.held: list[tuple[workforce.Annotator, UUID, UUID]] = []
        self.leases = 0

    async def submit(self) -> None:
        for _ in range(self.chance.randrange(1, 5)):
            self.now += timedelta(milliseconds=1)
            await new_tasks(self.pool, self.chance.choice(self.owners), 1, now=self.now)

    async def dispatch(self) -> None:
        who = self.chance.choice(self.people)
        lent = await pipeline.dispatch(self.pool, who, now=self.now)
        if lent is not None:
            self.leases += 1
            self.held.append((who, lent[0], lent[1].assignment_id))

    async def annotate(self) -> None:
        if self.held:
            who, tenant_id, mine = self.held.pop(self.chance.randrange(len(self.held)))
            given = answer(who, self.chance.choice(["cat", "cat", "dog"]))
            async with as_tenant(self.pool, tenant_id) as tx:
                await pipeline.annotate(tx, mine, given, now=self.now)

    async def skip(self) -> None:
        if self.held:
            who, tenant_id, mine = self.held.pop(self.chance.randrange(len(self.held)))
            async with as_tenant(self.pool, tenant_id) as tx:
                await pipeline.skip(
                    tx, mine, annotator_id=who.annotator_id, reason="other", now=self.now
                )

    async def expire(self) -> None:
        self.now += LATER
        for owner in self.owners:
            async with as_tenant(self.pool, owner.tenant_id) as tx:
                await pipeline.expire(tx, now=self.now)

    async def assess(self) -> None:
        for owner in self.owners:
            async with as_tenant(self.pool, owner.tenant_id) as tx:
                await pipeline.assess(tx, now=self.now)

    async def reserve(self) -> None:
        owner = self.chance.choice(self.owners)
        until = self.now + timedelta(minutes=5)
        async with as_tenant(self.pool, owner.tenant_id) as tx:
            asked = {"tenant_id": owner.tenant_id, "until": until}
            await tx.connection.execute(RESERVE, asked)

    async def pause_or_resume(self) -> None:
        owner, who = self.chance.choice(self.owners[:3]), self.chance.choice(self.people[1:])
        async with as_tenant(self.pool, owner.tenant_id) as tx:
            found = await projects.project_of(tx, "animals", is_test=False)
            where = await qualification.lock_standing(tx, found.project_id, who.annotator_id)
            if where.paused_at is None:
                await pipeline.annotator.pause(tx, where, "manual", "Rest.", now=self.now)
            else:
                await pipeline.annotator.resume(tx, where, afresh=False, now=self.now)

    async def step(self) -> None:
        """Do one of these things; one that is refused leaves no trace."""
        frequent = [self.dispatch] * 10 + [self.annotate] * 8 + [self.submit] * 3
        rare = [self.skip, self.assess, self.reserve, self.pause_or_resume]
        often = self.chance.random() < 0.85
        with suppress(EvenhandError):
            await self.chance.choice(frequent if often else rare)()
        if self.chance.random() < 0.004:
            await self.expire()


async def floor_of(pool: Pool, secret: Secret, seed: int, leases: int) -> Floor:
    """A run of so many leases with gold, lessons, pauses, reservations and reviews in it."""
    owners = [
        await tenants.create(pool, secret, f"tenant {number}", now=NOW)
        for number in range(len(CLASSES))
    ]
    for owner, weight_class in zip(owners, CLASSES, strict=True):
        async with as_tenant(pool, owner.tenant_id) as tx:
            await tenants.weigh(tx, weight_class, now=NOW)
    floor = Floor(pool, owners, seed)
    for owner in owners:
        await project(pool, owner, **POLICY)
    await gold(pool, owners[1], 40)
    await gold(pool, owners[4], 40)
    await gold(pool, owners[2], 3, purpose="training")
    floor.people = await annotators(pool, 6) + await annotators(pool, 2, reviewer=True)
    while floor.leases < leases:
        await floor.step()
    return floor


async def record_of(floor: Floor) -> list[Entry]:
    """All tenants' entries in the order in which they were entered."""
    found: list[Entry] = []
    for owner in floor.owners:
        async with as_tenant(floor.pool, owner.tenant_id) as tx:
            cursor = await tx.connection.execute("SELECT entry_id, event FROM ledger.entry")
            found += [
                Entry(entry_id.hex, str(tx.tenant_id), 0, json.loads(event), b"")
                for entry_id, event in await cursor.fetchall()
            ]
    return sorted(found, key=lambda entry: entry.entry_id)


def replayed(entries: list[Entry], *, whole: bool = True) -> Checks:
    """What the verifier finds, where no two steps are at the same moment."""
    checks = Checks()
    before_all_epochs = hashlib.sha256().hexdigest()
    replay = Replay(assignments.TERMS, [before_all_epochs], checks, whole=whole)
    replay.race = 0.0
    replay.run(entries)
    return checks


def faults(entries: list[Entry], *, whole: bool = True) -> dict[str, str]:
    """The first thing that is wrong, by the check that found it."""
    checks = replayed(entries, whole=whole)
    return {name: found[2][0] for name, found in checks.items() if found[2]}


@pytest.mark.timeout(120 + LEASES)
async def test_every_decision_follows_from_the_entries_alone_and_no_cheat_goes_unseen(
    pool: Pool, secret: Secret
) -> None:
    floor = await floor_of(pool, secret, 11, LEASES)
    entries = await record_of(floor)
    assert faults(entries) == {}
    lent = [one.event for one in entries if one.event["kind"] == "assignment.leased"]
    assert len(lent) == floor.leases
    assert sum(event["has_competition"] for event in lent) > LEASES / 2
    assert {event["purpose"] for event in lent} == {"live", "evaluation", "training"}
    assert any(event["review"] for event in lent)
    passed = [one.event["reason"] for one in entries if one.event["kind"] == "queue.passed"]
    assert set(", ".join(passed).split(", ")) >= {"had", "paused", "in course"}

    assert "tags" in faults(altered(entries, "tag", 1))
    assert "rule and weights" in faults(altered(entries, "weight", 50))
    assert "virtual time" in faults(altered(entries, "virtual_time", 1))
    assert "tags" in faults(altered(entries, "tag_after", 1))
    assert "no envy" in faults(without_a_pass(entries))
    assert "work in the queue" in faults(put_in_late(entries, "task.submitted"))
    assert "work in the queue" in faults(put_in_late(entries, "queue.noted"))


def altered(entries: list[Entry], name: str, by: int) -> list[Entry]:
    """The record with one number of one decision changed."""
    where = [n for n, one in enumerate(entries) if one.event["kind"] == "assignment.leased"]
    middle = where[len(where) // 2]
    event = entries[middle].event
    changed = entries[middle]._replace(event={**event, name: event[name] + by})
    return [*entries[:middle], changed, *entries[middle + 1 :]]


def without_a_pass(entries: list[Entry]) -> list[Entry]:
    """The record in which a queue that had work was passed over without a word."""
    gone = {
        (entry.log, entry.event["decision_id"])
        for entry in entries
        if entry.event["kind"] == "queue.emptied"
    }
    one = next(
        number
        for number, entry in enumerate(entries)
        if entry.event["kind"] == "queue.passed"
        and (entry.log, entry.event["decision_id"]) not in gone
    )
    return entries[:one] + entries[one + 1 :]


def put_in_late(entries: list[Entry], kind: str) -> list[Entry]:
    """The record of a server that entered the first event of a kind later than it happened."""
    one = [entry.event["kind"] for entry in entries].index(kind)
    later = one + 400
    return [*entries[:one], *entries[one + 1 : later], entries[one], *entries[later:]]


NOTED_ANEW = """
    INSERT INTO work.queue_opened (tenant_id, review)
    SELECT tenant_id, false FROM work.queue WHERE has_open
     UNION ALL
    SELECT tenant_id, true FROM work.queue WHERE has_reviews;
    UPDATE work.queue SET has_open = false, has_reviews = false;
"""


async def test_decisions_can_be_replayed_from_where_all_queues_were_noted_anew(
    database, pool: Pool, secret: Secret
) -> None:
    floor = await floor_of(pool, secret, 7, 60)
    before = len(await record_of(floor))
    with psycopg.connect(database.admin, autocommit=True) as connection:
        connection.execute(NOTED_ANEW)
    while floor.leases < 160:
        await floor.step()
    entries = (await record_of(floor))[before:]
    assert sum(one.event["kind"] == "assignment.leased" for one in entries) >= 100
    weights = [one for one in await record_of(floor) if one.event["kind"] == "tenant.weight_set"]
    assert faults([*weights, *entries], whole=False) == {}
    assert "tags" in faults([*weights, *altered(entries, "tag_after", 1)], whole=False)
