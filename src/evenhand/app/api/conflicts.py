"""A tenant's own conflicts: rivals that it names, and takes back."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import delete, get, post

from evenhand import tenants, walls
from evenhand.app.context import Context
from evenhand.foundation.database import as_tenant


class NewConflict(msgspec.Struct):
    """A rival by name, and how long whoever saw one is kept from the other."""

    other: str
    cooling_off_days: Annotated[int, msgspec.Meta(ge=0, le=walls.COOLING_OFF_DAYS_MAX)] = (
        walls.COOLING_OFF_DAYS
    )


class ConflictView(msgspec.Struct):
    """A conflict as the tenant declared it; whether the rival is a customer, nothing tells."""

    conflict_id: UUID
    other: str
    cooling_off_days: int
    declared_by: walls.By
    declared_at: datetime


class Conflicts(msgspec.Struct):
    """The conflicts that stand, the oldest first."""

    conflicts: list[ConflictView]


@post("/conflicts", status_code=200)
async def declare_conflict(
    data: NewConflict, caller: tenants.Caller, context: Context
) -> ConflictView:
    """Name a rival: whoever is shown something of one is shown nothing of the other for a while."""
    rival = walls.Rival(other=data.other, cooling_off_days=data.cooling_off_days, by="tenant")
    async with as_tenant(context.pool, caller.tenant_id) as tx:
        declared = await walls.declare(tx, context.secret, rival, now=context.clock.now())
    return _view(declared)


@get("/conflicts")
async def find_conflicts(caller: tenants.Caller, context: Context) -> Conflicts:
    """List the rivals that the tenant has named."""
    async with as_tenant(context.pool, caller.tenant_id) as tx:
        found = await walls.declarations(tx)
    return Conflicts(conflicts=[_view(one) for one in found])


@delete("/conflicts/{conflict_id:uuid}", status_code=204)
async def withdraw_conflict(conflict_id: UUID, caller: tenants.Caller, context: Context) -> None:
    """Take a rival back, from now on."""
    async with as_tenant(context.pool, caller.tenant_id) as tx:
        await walls.withdraw(tx, conflict_id, now=context.clock.now())


def _view(one: walls.Declaration) -> ConflictView:
    return ConflictView(
        conflict_id=one.declaration_id,
        other=one.other,
        cooling_off_days=one.cooling_off_days,
        declared_by=one.declared_by,
        declared_at=one.declared_at,
    )
