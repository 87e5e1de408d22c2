"""How much every tenant's queue holds can be counted from its record alone, at any moment."""

import random
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from given import NOW
from work.golden import gold
from work.opened import annotators, answer, project

from evenhand import pipeline, tenants, workforce
from evenhand.datasets import Storage
from evenhand.foundation.database import Pool, as_tenant
from evenhand.foundation.errors import EvenhandError
from evenhand.foundation.jobs import CLAIM
from evenhand.foundation.outgoing import Outgoing, outgoing
from evenhand.foundation.secret import Secret
from evenhand.work import assignments, intake, projects

STEPS = 150
LATER = assignments.LEASE + timedelta(minutes=1)
# Often in doubt, soon skipped too often, and every fourth assignment gold.
POLICY = {
    "annotations": 2, "annotations_max": 3, "confidence": 0.95, "review_below": 0.9,
    "skips_max": 2, "gold_share": 0.25,
}  # fmt: skip

COUNTED = """
    SELECT coalesce(sum((event ->> 'opened')::int), 0)
           - coalesce(sum((event ->> 'withdrawn')::int), 0)
           - count(*) FILTER (WHERE lent_live AND NOT (event ->> 'review')::bool),
           coalesce(sum((event ->> 'reviews_opened')::int), 0)
           - coalesce(sum((event ->> 'reviews_withdrawn')::int), 0)
           - count(*) FILTER (WHERE lent_live AND (event ->> 'review')::bool)
      FROM (SELECT entry.event::jsonb, entry.event::jsonb ->> 'kind' = 'assignment.leased'
                   AND entry.event::jsonb ->> 'purpose' = 'live' AS lent_live
              FROM ledger.entry AS entry
             WHERE entry.tenant_id = %(tenant_id)s) AS entered
"""
OPEN = """
    SELECT count(*) FILTER (WHERE NOT review), count(*) FILTER (WHERE review)
      FROM work.assignment
     WHERE tenant_id = %(tenant_id)s
       AND state = 'open'
"""
KINDS = "SELECT DISTINCT event::jsonb ->> 'kind' FROM ledger.entry WHERE tenant_id = %(tenant_id)s"
# What moves the queue, all of which a long walk comes to.
MOVING = {
    "task.submitted", "tasks.submitted", "task.prepared", "batch.finalized", "task.canceled",
    "assignment.leased", "assignment.skipped", "assignment.expired", "annotation.accepted",
    "task.more_wanted", "task.sent_to_review", "task.settled",
}  # fmt: skip


class _Pictures(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"text")

    def log_message(self, *_said: object) -> None:
        """Say nothing: the test says what it saw."""


@pytest.fixture
def pictures() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Pictures) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


class Walk:
    """Customers and annotators who do one thing after the other, chosen by chance."""

    def __init__(self, pool: Pool, owners: list[UUID], storage: Storage, pictures: str) -> None:
        self.pool, self.owners = pool, owners
        self.storage, self.pictures = storage, pictures
        self.chance = random.Random()
        self.now: datetime = NOW
        self.people: list[workforce.Annotator] = []
        self.held: list[tuple[workforce.Annotator, UUID, UUID]] = []
        self.tasks: list[tuple[UUID, str]] = []
        self.batches: list[tuple[UUID, str]] = []

    async def submit(self) -> None:
        tenant_id = self.chance.choice(self.owners)
        await self._submitted(tenant_id, {"project": "animals"}, self.chance.choice([1, 1, 3]))

    async def submit_to_a_staged_batch(self) -> None:
        tenant_id, name = self.chance.choice(self.owners), uuid4().hex
        new = projects.NewBatch(
            name=name, project="staged", is_test=False, callback=None, metadata={}, options={}
        )
        async with as_tenant(self.pool, tenant_id) as tx:
            await pipeline.project.create_batch(tx, new, now=self.now)
        self.batches.append((tenant_id, name))
        await self._submitted(tenant_id, {"batch": name}, 2)

    async def submit_a_test(self) -> None:
        body = {"attachment": "x", "attachment_type": "text", "categories": ["cat", "dog"]}
        order = intake.order_of("categorization", body, is_test=True)
        async with as_tenant(self.pool, self.chance.choice(self.owners)) as tx:
            await pipeline.submit(tx, order, now=self.now)

    async def submit_what_is_to_be_fetched(self) -> None:
        body = {
            "attachments": [{"type": "website", "content": f"{self.pictures}/{uuid4().hex}"}],
            "fields": [{"type": "text", "field_id": "seen", "title": "What is it?"}],
        }
        order = intake.order_of("textcollection", body, is_test=False)
        async with as_tenant(self.pool, self.chance.choice(self.owners)) as tx:
            await pipeline.submit(tx, order, now=self.now)

    async def _submitted(self, tenant_id: UUID, body: dict[str, object], count: int) -> None:
        orders = [
            intake.order_of("categorization", {**body, "attachment": uuid4().hex}, is_test=False)
            for _ in range(count)
        ]
        async with as_tenant(self.pool, tenant_id) as tx:
            entries = await pipeline.submit_many(tx, orders, now=self.now)
        for entry in entries:
            assert isinstance(entry, intake.Opened)
            self.tasks.append((tenant_id, entry.opening.task_id))

    async def fetch(self) -> None:
        async with outgoing(allow_private_networks=True) as way_out:
            for tenant_id in self.owners:
                await self._fetched(tenant_id, way_out)

    async def _fetched(self, tenant_id: UUID, way_out: Outgoing) -> None:
        async with as_tenant(self.pool, tenant_id) as tx:
            claimed = await intake.claim_fetches(tx, 9, busy_until=self.now + CLAIM, now=self.now)
        for asked in claimed:
            await pipeline.fetch(self.pool, self.storage, way_out, tenant_id, asked, now=self.now)

    async def dispatch(self) -> None:
        who = self.chance.choice(self.people)
        lent = await pipeline.dispatch(self.pool, who, now=self.now)
        if lent is not None and lent[1].type == "categorization":
            self.held.append((who, lent[0], lent[1].assignment_id))

    async def annotate(self) -> None:
        # Now and then long after it has run out, or has gone to somebody else.
        if self.held:
            who, tenant_id, mine = self.held.pop(self.chance.randrange(len(self.held)))
            given = answer(who, self.chance.choice(["cat", "dog"]))
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
        for tenant_id in self.owners:
            async with as_tenant(self.pool, tenant_id) as tx:
                await pipeline.expire(tx, now=self.now)

    async def assess(self) -> None:
        for tenant_id in self.owners:
            async with as_tenant(self.pool, tenant_id) as tx:
                await pipeline.assess(tx, now=self.now)

    async def cancel(self) -> None:
        if self.tasks:
            tenant_id, task_id = self.chance.choice(self.tasks)
            async with as_tenant(self.pool, tenant_id) as tx:
                await pipeline.cancel(
                    tx, task_id, is_test=False, clear_unique_id=False, now=self.now
                )

    async def finalize(self) -> None:
        if self.batches:
            tenant_id, name = self.batches.pop()
            async with as_tenant(self.pool, tenant_id) as tx:
                await pipeline.project.finalize_batch(tx, name, is_test=False, now=self.now)

    async def cancel_one(self) -> None:
        await self._submitted(self.owners[0], {"project": "animals"}, 1)
        async with as_tenant(self.pool, self.owners[0]) as tx:
            await pipeline.cancel(
                tx, self.tasks[-1][1], is_test=False, clear_unique_id=False, now=self.now
            )

    async def agree(self) -> None:
        await self._voted("cat", "cat")

    async def disagree(self) -> None:
        await self._voted("cat", "dog")

    async def _voted(self, *categories: str) -> None:
        await self._submitted(self.owners[0], {"project": "animals"}, 1)
        for who, category in zip(self.people, categories, strict=False):
            lent = await pipeline.dispatch(self.pool, who, now=self.now)
            assert lent is not None
            async with as_tenant(self.pool, lent[0]) as tx:
                given = answer(who, category)
                await pipeline.annotate(tx, lent[1].assignment_id, given, now=self.now)
        await self.assess()

    async def skip_one_too_often(self) -> None:
        await self._submitted(self.owners[0], {"project": "animals"}, 1)
        for who in self.people[: POLICY["skips_max"]]:
            lent = await pipeline.dispatch(self.pool, who, now=self.now)
            assert lent is not None
            async with as_tenant(self.pool, lent[0]) as tx:
                await pipeline.skip(
                    tx,
                    lent[1].assignment_id,
                    annotator_id=who.annotator_id,
                    reason="other",
                    now=self.now,
                )

    async def step(self) -> None:
        """Do one of these things; one that is refused leaves no trace, and no entry."""
        frequent = [self.dispatch] * 5 + [self.annotate] * 4 + [self.submit] * 2
        rare = [
            self.submit_to_a_staged_batch, self.submit_a_test, self.submit_what_is_to_be_fetched,
            self.fetch, self.expire, self.assess, self.assess, self.cancel, self.finalize,
            self.skip, self.skip,
        ]  # fmt: skip
        with suppress(EvenhandError):
            await self.chance.choice([*frequent, *rare])()


async def _staged(pool: Pool, owner: tenants.NewTenant) -> None:
    new = projects.NewProject(
        name="staged",
        type="categorization",
        is_test=False,
        staged=True,
        policy={"annotations": 2},
        params={"categories": ["cat", "dog"], "attachment_type": "text"},
    )
    async with as_tenant(pool, owner.tenant_id) as tx:
        await pipeline.project.create_project(tx, new, now=NOW)


@pytest.mark.parametrize("seed", [1, 2])
async def test_entries_add_up_to_what_is_open_after_every_step(
    pool: Pool,
    tenant: tenants.NewTenant,
    rival: tenants.NewTenant,
    secret: Secret,
    tmp_path: Path,
    pictures: str,
    seed: int,
) -> None:
    owners = [tenant.tenant_id, rival.tenant_id]
    for owner in (tenant, rival):
        await project(pool, owner, **POLICY)
        await _staged(pool, owner)
    await gold(pool, rival, 5)
    walk = Walk(pool, owners, Storage(tmp_path, secret), pictures)
    walk.chance.seed(seed)
    walk.people = await annotators(pool, 3) + await annotators(pool, 2, reviewer=True)
    # What chance may not come to; after it, the queue is all the walk's own.
    certain = [
        walk.agree, walk.skip_one_too_often, walk.cancel_one, walk.disagree,
        walk.submit_to_a_staged_batch, walk.finalize,
        walk.submit_what_is_to_be_fetched, walk.fetch,
    ]  # fmt: skip
    seen: set[str] = set()
    for number, step in enumerate([*certain, *[walk.step] * STEPS]):
        await step()
        for tenant_id in owners:
            async with as_tenant(pool, tenant_id) as tx:
                of_tenant = {"tenant_id": tenant_id}
                counted = await (await tx.connection.execute(COUNTED, of_tenant)).fetchone()
                open_now = await (await tx.connection.execute(OPEN, of_tenant)).fetchone()
                kinds = await (await tx.connection.execute(KINDS, of_tenant)).fetchall()
            seen |= {kind for (kind,) in kinds}
            assert counted == open_now, f"after step {number}"
    assert seen >= MOVING
