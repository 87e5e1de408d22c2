"""`evenhand staff` and `evenhand break-glass`: the operator's people, and what they may see."""

from uuid import UUID

import cyclopts
import msgspec

from evenhand import walls
from evenhand.app.commands.output import AsJson, print_facts, print_json, print_rows
from evenhand.app.commands.tenants import acting_for, every_tenant, tenant_named
from evenhand.app.context import Context
from evenhand.app.installation import open_installation
from evenhand.foundation.database import Person, acting_as, as_tenant, day_of, moment
from evenhand.foundation.errors import Invalid
from evenhand.foundation.settings import Settings
from evenhand.work import tasks

staff_app = cyclopts.App(name="staff", help="The operator's people.")
glass_app = cyclopts.App(name="break-glass", help="Access of staff to a tenant's tasks.")


class NotAGrant(Invalid):
    """A grant's id is a UUID, as `evenhand break-glass list` shows it."""


@staff_app.command
async def add(name: str, *, json: AsJson = False) -> None:
    """Enter somebody of the staff, who sees nothing of a tenant but by `break-glass`.

    Parameters
    ----------
    name
        What they are called, each by another name.
    """
    async with (
        open_installation(Settings.read()) as context,
        context.pool.connection() as connection,
    ):
        made = await walls.add_staff(connection, name, now=context.clock.now())
    print_facts({"staff_id": str(made.staff_id), "name": name}, as_json=json)


@staff_app.command(name="list")
async def list_staff(*, json: AsJson = False) -> None:
    """Show who is on the staff."""
    async with (
        open_installation(Settings.read()) as context,
        context.pool.connection() as connection,
    ):
        found = await walls.everyone_on_staff(connection)
    rows = [{"staff_id": str(one.staff_id), "name": one.name} for one in found]
    print_rows(rows, as_json=json, empty="Nobody is on the staff: evenhand staff add NAME")


@staff_app.command
async def remove(name: str, *, json: AsJson = False) -> None:
    """End somebody's time on the staff; what was shown to them stays on record.

    Parameters
    ----------
    name
        What they are called.
    """
    async with (
        open_installation(Settings.read()) as context,
        context.pool.connection() as connection,
    ):
        await walls.remove_staff(connection, name, now=context.clock.now())
    print_facts({"name": name, "removed": True}, as_json=json)


@glass_app.command
async def request(
    tenant: str, *, by: str, reason: str, hours: int = 1, json: AsJson = False
) -> None:
    """Ask for access to a tenant's tasks; the tenant is told so in its log.

    Parameters
    ----------
    tenant
        The tenant's id or name.
    by
        Who of the staff asks, and will look.
    reason
        Why, as the tenant is told.
    hours
        For so long, from when it is approved on; 24 at most.
    """
    async with open_installation(Settings.read()) as context:
        tenant_id = await tenant_named(context, tenant)
        staff = await _staff(context, by)
        async with as_tenant(context.pool, tenant_id) as tx:
            made = await walls.request_access(
                tx, staff, reason=reason, hours=hours, now=context.clock.now()
            )
    print_facts(_facts(made, {staff.staff_id: by}), as_json=json)


@glass_app.command
async def approve(tenant: str, grant: str, *, by: str, json: AsJson = False) -> None:
    """Approve what somebody else of the staff asked for.

    Parameters
    ----------
    tenant
        The tenant's id or name.
    grant
        The id of what was asked for.
    by
        Who of the staff approves.
    """
    async with open_installation(Settings.read()) as context:
        tenant_id = await tenant_named(context, tenant)
        staff = await _staff(context, by)
        async with as_tenant(context.pool, tenant_id) as tx:
            made = await walls.approve_access(tx, _id(grant), staff, now=context.clock.now())
        names = await _names(context)
    print_facts(_facts(made, names), as_json=json)


@glass_app.command
async def end(tenant: str, grant: str, *, json: AsJson = False) -> None:
    """End access before its time.

    Parameters
    ----------
    tenant
        The tenant's id or name.
    grant
        The id of what was asked for.
    """
    async with acting_for(tenant) as tx:
        await walls.end_access(tx, _id(grant), now=await moment(tx.connection))
    print_facts({"grant_id": grant, "ended": True}, as_json=json)


@glass_app.command(name="list")
async def list_grants(tenant: str | None = None, *, json: AsJson = False) -> None:
    """Show what access was asked for, and what became of it.

    Parameters
    ----------
    tenant
        Only to this tenant, by id or name.
    """
    async with open_installation(Settings.read()) as context:
        only = None if tenant is None else await tenant_named(context, tenant)
        names = await _names(context)
        rows: list[dict[str, object]] = []
        for one in await every_tenant(context):
            if only in (None, one.tenant_id):
                async with as_tenant(context.pool, one.tenant_id) as tx:
                    found = await walls.grants(tx)
                rows += [{"tenant": one.name, **_facts(grant, names)} for grant in found]
    print_rows(rows, as_json=json, empty="Nobody ever asked for access.")


@glass_app.command
async def show(tenant: str, grant: str, task: str, *, by: str, json: AsJson = False) -> None:
    """Show a task to whoever asked for access, on record and under the walls.

    Parameters
    ----------
    tenant
        The tenant's id or name.
    grant
        The id of what was asked for.
    task
        The task's id.
    by
        Who of the staff looks: the one who asked.
    """
    async with open_installation(Settings.read()) as context:
        tenant_id = await tenant_named(context, tenant)
        staff = await _staff(context, by)
        now = context.clock.now()
        with acting_as(Person(staff.staff_id, day_of(now))):
            async with as_tenant(context.pool, tenant_id) as tx:
                await walls.open_access(tx, _id(grant), staff, task, now=now)
                found = await tasks.task_of(tx, task, is_test=False)
    if json:
        print_json(found)
    else:
        print_facts(msgspec.json.decode(msgspec.json.encode(found)), as_json=False)


async def _staff(context: Context, name: str) -> walls.Staff:
    async with context.pool.connection() as connection:
        return await walls.staff_named(connection, name)


async def _names(context: Context) -> dict[UUID, str]:
    async with context.pool.connection() as connection:
        return {one.staff_id: one.name for one in await walls.everyone_on_staff(connection)}


def _id(grant: str) -> UUID:
    try:
        return UUID(grant)
    except ValueError as error:
        raise NotAGrant from error


def _facts(grant: walls.Grant, names: dict[UUID, str]) -> dict[str, object]:
    approved_by = grant.approved_by
    return {
        "grant_id": str(grant.grant_id),
        "requested_by": names.get(grant.requested_by, str(grant.requested_by)),
        "reason": grant.reason,
        "hours": grant.hours,
        "requested_at": grant.requested_at,
        "approved_by": None if approved_by is None else names.get(approved_by, str(approved_by)),
        "ends_at": grant.ends_at,
    }
