"""A server on a machine whose clock is more than a day off keeps the database's time.

PostgreSQL has the right time here, and Python alone is told a wrong one from its start on.
"""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from app.api.workbench import Workbench, new_annotator, new_tenant
from app.served import Served, serving
from delivery.receiver import Receiver, receiving

from evenhand.delivery import signatures
from evenhand.foundation.embedded import embedded_server
from evenhand.work import assignments, qualification

WRONG_CLOCK = Path(__file__).with_name("wrong_clock")
DAY_AND_MORE = 26 * 3600
# What a busy machine may take between two looks at one clock.
APART = timedelta(seconds=30)


@pytest.fixture(scope="module", params=[-DAY_AND_MORE, DAY_AND_MORE], ids=["behind", "ahead"])
def served(request) -> Iterator[Served]:
    off = {"PYTHONPATH": str(WRONG_CLOCK), "CLOCK_OFF_SECONDS": str(request.param)}
    with serving("clock", EVENHAND_ALLOW_PRIVATE_NETWORKS="true", **off) as server:
        yield server


@pytest.fixture(scope="module")
def admin(served: Served) -> Iterator[str]:
    with embedded_server(served.data) as conninfo:
        yield conninfo


@pytest.fixture
def workbench(served: Served, admin: str) -> Workbench:
    return Workbench(served.origin, new_annotator(served, admin), new_tenant(served, admin))


def test_a_lease_ends_when_its_time_is_over_by_the_right_clock(workbench, admin):
    workbench.send()
    workbench.take()
    with psycopg.connect(admin) as connection:
        found = connection.execute(
            "SELECT expires_at - clock_timestamp() FROM work.assignment"
            " WHERE tenant_id = %s AND state = 'leased'",
            [workbench.owner.tenant_id],
        )
        ((left,),) = found.fetchall()
    assert assignments.LEASE - APART < left <= assignments.LEASE


def test_counts_of_gold_are_of_the_days_before_today(workbench):
    told = workbench.call("GET", "/me/scores").json()["counted_before"]
    now = datetime.now(UTC)
    # At midnight itself either of two days is today.
    midnights = {qualification.told_up_to(now - APART), qualification.told_up_to(now)}
    assert datetime.fromisoformat(told) in midnights


async def test_a_callback_leaves_at_once_and_its_signature_holds_at_the_receiver(workbench):
    async with receiving() as receiver:
        task = workbench.as_tenant(
            "POST",
            "/v1/task/categorization",
            key=workbench.owner.test_key,
            json={
                "attachment": "The kitten sleeps.",
                "attachment_type": "text",
                "categories": ["cat", "dog"],
                "callback_url": receiver.url,
            },
        ).json()
        await _until_called(receiver)
    assert abs(datetime.fromisoformat(task["created_at"]) - datetime.now(UTC)) < APART
    secret = signatures.webhook_secret(workbench.owner.callback_auth_key)
    signatures.verify(receiver.bodies[0], receiver.headers[0], secret, now=datetime.now(UTC))


async def _until_called(receiver: Receiver) -> None:
    async with asyncio.timeout(APART.total_seconds()):
        while not receiver.bodies:
            await asyncio.sleep(0.05)


def test_what_a_command_enters_has_the_right_time(served, admin):
    made = served.command("tenant", "create", "Acorn")
    with psycopg.connect(admin) as connection:
        found = connection.execute(
            "SELECT max(clock_timestamp() - at) FROM ledger.entry WHERE tenant_id = %s",
            [made["tenant_id"]],
        )
        ((ago,),) = found.fetchall()
    assert timedelta(0) <= ago < APART
