"""Exposures: who was shown something of a tenant, kept by day, and the wall that follows."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from evenhand.foundation import sql
from evenhand.foundation.database import Connection, Tx, day_of
from evenhand.foundation.rows import many, one, one_or_none

QUERIES = sql.beside(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """From and up to which day something of a tenant was shown to somebody."""

    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingRival:
    """A rival among the customers, and how long the cooling-off between the two is."""

    rival_id: UUID
    cooling_off_days: int


async def expose(tx: Tx, person_id: UUID, *, now: datetime) -> bool:
    """Note that something of the tenant is shown to somebody; True if today for the first time."""
    return await one(tx, QUERIES["expose"], bool, person_id=person_id, today=day_of(now))


async def exposure_to(tx: Tx, person_id: UUID) -> Exposure | None:
    """When something of the tenant was shown to somebody, if ever."""
    return await one_or_none(tx, QUERIES["exposure_of"], Exposure, person_id=person_id)


async def stands(tx: Tx, person_id: UUID, *, now: datetime) -> bool:
    """Tell whether a wall stands between somebody and the tenant."""
    return await one(tx, QUERIES["stands"], bool, person_id=person_id, today=day_of(now))


async def tenants_seen_by(connection: Connection, person_id: UUID) -> list[UUID]:
    """Of which tenants something was ever shown to somebody."""
    return await many(connection, QUERIES["tenants_seen_by"], UUID, person_id=person_id)


async def rivals_of(connection: Connection, tenant_id: UUID) -> list[StandingRival]:
    """Between a tenant and which other customers a conflict stands: for the operator alone."""
    return await many(connection, QUERIES["rivals_of"], StandingRival, tenant_id=tenant_id)


async def exposed_to_both(
    connection: Connection, tenant_id: UUID, rival: StandingRival, *, now: datetime
) -> int:
    """How many people were shown something of both before the wall stood: for the operator."""
    return await one(
        connection,
        QUERIES["exposed_to_both"],
        int,
        tenant_id=tenant_id,
        rival_id=rival.rival_id,
        days=rival.cooling_off_days,
        today=day_of(now),
    )
