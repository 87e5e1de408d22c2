"""The two writings of the wall: what the database enforces is what the Cedar policies say."""

import os
import random
from datetime import date, timedelta
from uuid import UUID

import psycopg
import pytest
from given import NOW, Database
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from work.opened import annotators, new_tasks, project

from evenhand import pipeline, tenants, walls
from evenhand.foundation.database import Pool, as_tenant
from evenhand.foundation.secret import Secret

# A hundred thousand were compared once; so many are each time.
DECISIONS = int(os.environ.get("EVENHAND_TEST_WALL_DECISIONS", "20000"))
TENANTS, PEOPLE = 12, 12
TODAY = date(2026, 3, 4)

FACTS = """
SELECT person.id AS person, tenant.id AS tenant, walls.stands(person.id, tenant.id, %(today)s),
       work.walled(person.id, tenant.id, %(today)s)
  FROM unnest(%(people)s::uuid[]) AS person (id), unnest(%(tenants)s::uuid[]) AS tenant (id)
"""


class World:
    """Tenants, some of whom are rivals; people who were shown something or hold something ahead."""

    def __init__(self, chance: random.Random) -> None:
        self.tenants = [UUID(int=n + 1) for n in range(TENANTS)]
        self.people = [UUID(int=n + 1001) for n in range(PEOPLE)]
        self.declared = [
            (self.tenants[a], self.tenants[b], chance.choice([0, 1, 7, 30]))
            for a in range(TENANTS)
            for b in range(TENANTS)
            if a != b and chance.random() < 0.12
        ]
        self.shown = {
            (person, tenant): TODAY - timedelta(days=chance.randrange(-1, 40))
            for person in self.people
            for tenant in self.tenants
            if chance.random() < 0.1
        }
        self.ahead = {
            (person, tenant)
            for person in self.people
            for tenant in self.tenants
            if chance.random() < 0.05
        }

    def build(self, connection: psycopg.Connection) -> None:
        """Put it into the database, past all that would keep one from inventing it."""
        connection.execute("SET LOCAL session_replication_role = replica")
        for tenant in self.tenants:
            connection.execute(
                "INSERT INTO tenants.party VALUES (%s, %s, 'x', now())", [tenant, key(tenant)]
            )
        for a, b, days in self.declared:
            connection.execute(
                "INSERT INTO walls.declaration VALUES"
                " (%s, gen_random_uuid(), 'x', %s, %s, 'tenant', now())",
                [a, key(b), days],
            )
        for (person, tenant), day in self.shown.items():
            connection.execute(
                "INSERT INTO walls.exposure VALUES (%s, %s, %s, %s)", [tenant, person, day, day]
            )
        for person, tenant in self.ahead:
            connection.execute(
                "INSERT INTO work.assignment (tenant_id, assignment_id, task_id, rank, position,"
                "  state, annotator_id, leased_at, expires_at, ahead)"
                " VALUES (%s, gen_random_uuid(), 't', 0, 0, 'leased', %s, now(), now(), true)",
                [tenant, person],
            )

    def rivals(self, tenant: UUID) -> dict[UUID, int]:
        """The rivals of a tenant, with the longer of the days."""
        found: dict[UUID, int] = {}
        for a, b, days in self.declared:
            if tenant in (a, b):
                other = b if tenant == a else a
                found[other] = max(days, found.get(other, 0))
        return found

    def asked(self, action: str, person: UUID, tenant: UUID) -> walls.Asked:
        """The question to Cedar, with what it is to be told."""
        return walls.Asked(
            person_id=person,
            tenant_id=tenant,
            action=action,
            today=TODAY,
            rivals=[
                walls.RivalSeen(
                    rival_id=rival,
                    cooling_off_days=days,
                    last_shown=self.shown.get((person, rival)),
                    is_held=(person, rival) in self.ahead and not self.behind(person, rival),
                )
                for rival, days in self.rivals(tenant).items()
            ],
        )

    def behind(self, person: UUID, tenant: UUID) -> bool:
        """Whether what they hold of a tenant they will never be shown, in Cedar's own words."""
        shown = [
            walls.RivalSeen(
                rival_id=rival,
                cooling_off_days=days,
                last_shown=self.shown.get((person, rival)),
                is_held=False,
            )
            for rival, days in self.rivals(tenant).items()
        ]
        asked = walls.Asked(
            person_id=person, tenant_id=tenant, action="show", today=TODAY, rivals=shown
        )
        return bool(walls.explained([asked])[0])


def key(tenant: UUID) -> bytes:
    return tenant.bytes * 2


def disagreements(admin: str, seed: int) -> tuple[int, int, list[str]]:
    """How many decisions of a random world were compared and refused, and where the two differ."""
    world = World(random.Random(seed))
    with psycopg.connect(admin) as connection:
        world.build(connection)
        told = {"today": TODAY, "people": world.people, "tenants": world.tenants}
        rows = connection.execute(FACTS, told).fetchall()
        connection.rollback()
    questions = [
        (world.asked(action, person, tenant), enforced)
        for person, tenant, shown, lent in rows
        for action, enforced in (("show", shown), ("lend", lent))
    ]
    answers = walls.explained([asked for asked, _ in questions])
    differ = [
        f"{asked}: the database says {enforced}, Cedar {barred}"
        for (asked, enforced), barred in zip(questions, answers, strict=True)
        if bool(barred) != enforced
    ]
    return len(questions), sum(enforced for _, enforced in questions), differ


@pytest.mark.timeout(300)
def test_the_database_and_cedar_agree(database: Database) -> None:
    compared = refused = seed = 0
    while compared < DECISIONS:
        asked, walled, differ = disagreements(database.admin, seed)
        assert differ == []
        compared, refused, seed = compared + asked, refused + walled, seed + 1
    print(f"{compared} decisions, {refused} refused")
    assert 0.02 < refused / compared < 0.9


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(min_value=1_000_000))
def test_they_agree_on_any_world(database: Database, seed: int) -> None:
    assert disagreements(database.admin, seed)[2] == []


async def test_why_somebody_gets_nothing_is_said_with_the_rival_and_the_policy(
    pool: Pool, secret: Secret, tenant: tenants.NewTenant, rival: tenants.NewTenant
) -> None:
    for owner in (tenant, rival):
        await project(pool, owner)
        await new_tasks(pool, owner, 1)
    named = walls.Rival(other="Bramble AI", cooling_off_days=30, by="tenant")
    async with as_tenant(pool, tenant.tenant_id) as tx:
        await walls.declare(tx, secret, named, now=NOW)
    (who,) = await annotators(pool, 1)
    lent = await pipeline.dispatch(pool, who, now=NOW)
    assert lent is not None
    (other,) = {tenant.tenant_id, rival.tenant_id} - {lent[0]}
    (barred,) = await pipeline.annotator.barred_by(pool, who.annotator_id, other, now=NOW)
    assert barred.rival.rival_id == lent[0]
    assert barred.policies == ["cooling-off"]
    assert not await pipeline.annotator.barred_by(pool, who.annotator_id, lent[0], now=NOW)
