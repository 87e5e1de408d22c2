"""Support: staff see a tenant's task by a grant alone, of two people, with a reason and an end."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from evenhand import ledger
from evenhand.foundation import sql
from evenhand.foundation.database import Connection, Tx
from evenhand.foundation.errors import Forbidden, Invalid, NotFound
from evenhand.foundation.rows import many, one_or_none, row_count, run
from evenhand.ledger import wall_events
from evenhand.walls.exposures import expose, stands

QUERIES = sql.beside(__file__)

HOURS_MAX = 24  # a shift: who needs more asks again, and says why
NAME_CHARACTERS_MAX = 200
REASON_CHARACTERS_MAX = 500


class BadStaffName(Invalid):
    """A member of the staff has a name of 1 to 200 characters that nobody else there has."""


class NoSuchStaff(NotFound):
    """Nobody of this name is on the staff."""


class BadRequest(Invalid):
    """Access for support has a reason of 1 to 500 characters, and ends after 1 to 24 hours."""


class NoSuchGrant(NotFound):
    """There is no such grant, or it was decided already."""


class SamePerson(Forbidden):
    """Whoever asks for access cannot approve it: a second person must."""


class NoAccess(Forbidden):
    """Nobody approved this access, it has ended, or it is somebody else's."""


class BehindAWall(Forbidden):
    """A wall stands between this person and the tenant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """A person of the operator."""

    staff_id: UUID
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Access of one person to one tenant's tasks: asked for, approved, over."""

    grant_id: UUID
    requested_by: UUID
    reason: str
    hours: int
    requested_at: datetime
    approved_by: UUID | None
    ends_at: datetime | None


async def add_staff(connection: Connection, name: str, *, now: datetime) -> Staff:
    """Enter a person of the operator."""
    staff = Staff(staff_id=uuid4(), name=name)
    if not 1 <= len(name) <= NAME_CHARACTERS_MAX or not await row_count(
        connection, QUERIES["insert_staff"], staff_id=staff.staff_id, name=name, now=now
    ):
        raise BadStaffName(name=name)
    return staff


async def remove_staff(connection: Connection, name: str, *, now: datetime) -> None:
    """End somebody's time on the staff; what was shown to them stays on record."""
    if not await row_count(connection, QUERIES["remove_staff"], name=name, now=now):
        raise NoSuchStaff(name=name)


async def staff_named(connection: Connection, name: str) -> Staff:
    """Find a person of the staff by name."""
    found = [one for one in await everyone_on_staff(connection) if one.name == name]
    if not found:
        raise NoSuchStaff(name=name)
    return found[0]


async def everyone_on_staff(connection: Connection) -> list[Staff]:
    """The people of the operator, by name."""
    return await many(connection, QUERIES["staff"], Staff)


async def request_access(tx: Tx, staff: Staff, *, reason: str, hours: int, now: datetime) -> Grant:
    """Ask for access to a tenant's tasks, and tell the tenant so."""
    if not 1 <= len(reason.strip()) <= REASON_CHARACTERS_MAX or not 1 <= hours <= HOURS_MAX:
        raise BadRequest
    grant = Grant(
        grant_id=uuid4(),
        requested_by=staff.staff_id,
        reason=reason,
        hours=hours,
        requested_at=now,
        approved_by=None,
        ends_at=None,
    )
    await run(
        tx,
        QUERIES["insert_grant"],
        grant_id=grant.grant_id,
        requested_by=staff.staff_id,
        reason=reason,
        hours=hours,
        now=now,
    )
    asked = wall_events.SupportRequested(
        grant_id=grant.grant_id, staff_id=staff.staff_id, reason=reason, hours=hours
    )
    await ledger.append(tx, asked, at=now)
    return grant


async def approve_access(tx: Tx, grant_id: UUID, staff: Staff, *, now: datetime) -> Grant:
    """Approve somebody else's access: it begins now, and ends by itself."""
    grant = await _grant(tx, grant_id)
    if grant.requested_by == staff.staff_id:
        raise SamePerson
    ends_at = now + timedelta(hours=grant.hours)
    if not await row_count(
        tx, QUERIES["approve_grant"], grant_id=grant_id, by=staff.staff_id, ends_at=ends_at
    ):
        raise NoSuchGrant
    approved = wall_events.SupportApproved(
        grant_id=grant_id, staff_id=staff.staff_id, hours=grant.hours
    )
    await ledger.append(tx, approved, at=now)
    return await _grant(tx, grant_id)


async def end_access(tx: Tx, grant_id: UUID, *, now: datetime) -> None:
    """End access before its time."""
    if not await row_count(tx, QUERIES["end_grant"], grant_id=grant_id, now=now):
        raise NoSuchGrant
    await ledger.append(tx, wall_events.SupportEnded(grant_id=grant_id), at=now)


async def open_access(tx: Tx, grant_id: UUID, staff: Staff, task_id: str, *, now: datetime) -> None:
    """Note that a task is shown to whom a grant admits, or say why it is not."""
    # Of two rivals nothing is shown to the same person at the same moment.
    await run(tx, QUERIES["lock_staff"], staff_id=staff.staff_id)
    grant = await _grant(tx, grant_id)
    if grant.requested_by != staff.staff_id or grant.ends_at is None or grant.ends_at <= now:
        raise NoAccess
    if await stands(tx, staff.staff_id, now=now):
        raise BehindAWall
    await expose(tx, staff.staff_id, now=now)
    shown = wall_events.SupportShown(grant_id=grant_id, staff_id=staff.staff_id, task_id=task_id)
    await ledger.append(tx, shown, at=now)


async def grants(tx: Tx) -> list[Grant]:
    """All access to the tenant's tasks that was ever asked for, the newest first."""
    return await many(tx, QUERIES["grants"], Grant)


async def _grant(tx: Tx, grant_id: UUID) -> Grant:
    found = await one_or_none(tx, QUERIES["grant"], Grant, grant_id=grant_id)
    if found is None:
        raise NoSuchGrant
    return found
