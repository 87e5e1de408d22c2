"""`evenhand conflict` and `evenhand exposure`: who is whose rival, and who saw what."""

from itertools import combinations
from uuid import UUID

import cyclopts

from evenhand import pipeline, tenants, walls, workforce
from evenhand.app.commands.output import AsJson, out, print_facts, print_json, print_rows
from evenhand.app.commands.tenants import every_tenant, tenant_named
from evenhand.app.context import Context
from evenhand.app.installation import open_installation
from evenhand.foundation.database import as_tenant
from evenhand.foundation.settings import Settings

conflict_app = cyclopts.App(name="conflict", help="Which tenants are rivals.")
wall_app = cyclopts.App(name="wall", help="What stands between an annotator and a tenant.")


@conflict_app.command
async def declare(
    tenant: str,
    other: str,
    *,
    cooling_off: int = walls.COOLING_OFF_DAYS,
    json: AsJson = False,
) -> None:
    """Raise a wall between a tenant and a rival, whether that is a customer or not.

    Parameters
    ----------
    tenant
        The tenant's id or name.
    other
        The rival: any name, or the id of a tenant.
    cooling_off
        For so many days whoever was shown something of one is shown nothing of the other.
    """
    async with open_installation(Settings.read()) as context:
        tenant_id = await tenant_named(context, tenant)
        rival = walls.Rival(
            other=await _called(context, other), cooling_off_days=cooling_off, by="operator"
        )
        async with as_tenant(context.pool, tenant_id) as tx:
            declared = await walls.declare(tx, context.secret, rival, now=context.clock.now())
    print_facts(_facts(declared), as_json=json)


@conflict_app.command(name="class")
async def declare_class(
    *tenants_of_it: str, cooling_off: int = walls.COOLING_OFF_DAYS, json: AsJson = False
) -> None:
    """Raise walls between each two tenants of a class, such as all frontier labs.

    A class is no more than its pairs, which are listed and withdrawn one by one.

    Parameters
    ----------
    tenants_of_it
        The tenants' ids or names.
    cooling_off
        As for `declare`.
    """
    declared: list[dict[str, object]] = []
    async with open_installation(Settings.read()) as context:
        names = {one.tenant_id: one.name for one in await every_tenant(context)}
        members = [await tenant_named(context, one) for one in tenants_of_it]
        for one, other in combinations(members, 2):
            rival = walls.Rival(other=names[other], cooling_off_days=cooling_off, by="operator")
            async with as_tenant(context.pool, one) as tx:
                made = await walls.declare(tx, context.secret, rival, now=context.clock.now())
            declared.append({"tenant": names[one], **_facts(made)})
    print_rows(declared, as_json=json, empty="A class has two tenants or more.")


@conflict_app.command
async def withdraw(tenant: str, other: str, *, json: AsJson = False) -> None:
    """Take a wall down again, from now on.

    Parameters
    ----------
    tenant
        The tenant's id or name.
    other
        The rival as it was declared, or the id of a tenant.
    """
    async with open_installation(Settings.read()) as context:
        tenant_id = await tenant_named(context, tenant)
        called = await _called(context, other)
        async with as_tenant(context.pool, tenant_id) as tx:
            await walls.withdraw_named(tx, context.secret, called, now=context.clock.now())
    print_facts({"other": called, "withdrawn": True}, as_json=json)


@conflict_app.command(name="list")
async def list_conflicts(tenant: str | None = None, *, json: AsJson = False) -> None:
    """Show what is declared, and between which customers walls stand by it.

    How many people were shown something of both is for the operator alone: told to a tenant, it
    would say that the rival is a customer.

    Parameters
    ----------
    tenant
        Only what concerns this tenant, by id or name.
    """
    async with open_installation(Settings.read()) as context:
        only = None if tenant is None else await tenant_named(context, tenant)
        names = {one.tenant_id: one.name for one in await every_tenant(context)}
        declared: list[dict[str, object]] = []
        standing: list[dict[str, object]] = []
        for tenant_id, name in names.items():
            if only is not None and tenant_id != only:
                continue
            async with as_tenant(context.pool, tenant_id) as tx:
                declared += [
                    {"tenant": name, **_facts(one)} for one in await walls.declarations(tx)
                ]
            standing += await _walls_of(context, names, tenant_id)
    if json:
        print_json({"declared": declared, "walls": standing})
        return
    print_rows(declared, as_json=False, empty="No conflict is declared.")
    if standing:
        out.print("\nBetween customers:")
        print_rows(standing, as_json=False, empty="")


async def _walls_of(
    context: Context, names: dict[UUID, str], tenant_id: UUID
) -> list[dict[str, object]]:
    async with context.pool.connection() as connection:
        return [
            {
                "tenant": names[tenant_id],
                "rival": names[rival.rival_id],
                "cooling_off_days": rival.cooling_off_days,
                "exposed_to_both": await walls.exposed_to_both(
                    connection, tenant_id, rival, now=context.clock.now()
                ),
            }
            for rival in await walls.rivals_of(connection, tenant_id)
            if rival.rival_id in names
        ]


@conflict_app.command
async def alias(tenant: str, name: str, *, remove: bool = False, json: AsJson = False) -> None:
    """Let a tenant be known by one more name, under which rivals may declare it.

    Parameters
    ----------
    tenant
        The tenant's id or name.
    name
        What it is called too: a daughter, a brand, another spelling.
    remove
        Take the name away again.
    """
    async with open_installation(Settings.read()) as context:
        tenant_id = await tenant_named(context, tenant)
        async with as_tenant(context.pool, tenant_id) as tx:
            change = tenants.remove_party if remove else tenants.add_party
            await change(tx, context.secret, name, now=context.clock.now())
            known = await tenants.party_names(tx)
    print_facts({"tenant_id": str(tenant_id), "known_as": ", ".join(known)}, as_json=json)


@wall_app.command
async def explain(annotator: str, tenant: str, *, json: AsJson = False) -> None:
    """Say which rivals keep an annotator from a tenant's work, and by which policy.

    Parameters
    ----------
    annotator
        The annotator's address or id.
    tenant
        The tenant's id or name.
    """
    async with open_installation(Settings.read()) as context:
        tenant_id = await tenant_named(context, tenant)
        names = {one.tenant_id: one.name for one in await every_tenant(context)}
        async with context.pool.connection() as connection:
            who = await workforce.named(connection, annotator)
        barred = await pipeline.annotator.barred_by(
            context.pool, who.annotator_id, tenant_id, now=context.clock.now()
        )
    rows = [
        {
            "rival": names[one.rival.rival_id],
            "policy": ", ".join(one.policies),
            "last_shown": str(one.rival.last_shown) if one.rival.last_shown else None,
            "cooling_off_days": one.rival.cooling_off_days,
            "held_ahead": one.rival.is_held,
        }
        for one in barred
    ]
    print_rows(rows, as_json=json, empty="No wall stands between them.")


async def exposure(annotator: str, *, json: AsJson = False) -> None:
    """Show of which tenants something was shown to an annotator, and when.

    Parameters
    ----------
    annotator
        The annotator's address or id.
    """
    async with open_installation(Settings.read()) as context:
        async with context.pool.connection() as connection:
            who = await workforce.named(connection, annotator)
        rows = await exposures_of(context, who.annotator_id)
    print_rows(rows, as_json=json, empty="Nothing was ever shown to them.")


async def exposures_of(context: Context, person_id: UUID) -> list[dict[str, object]]:
    """Of which tenants something was shown to a person, the latest first."""
    async with context.pool.connection() as connection:
        seen = await walls.tenants_seen_by(connection, person_id)
    rows: list[dict[str, object]] = []
    for tenant_id in seen:
        async with as_tenant(context.pool, tenant_id) as tx:
            found = await walls.exposure_to(tx, person_id)
            name = (await tenants.tenant_of(tx)).name
        if found is not None:
            rows.append(
                {
                    "tenant": name,
                    "tenant_id": str(tenant_id),
                    "first_day": found.first_day.isoformat(),
                    "last_day": found.last_day.isoformat(),
                }
            )
    return sorted(rows, key=lambda row: str(row["last_day"]), reverse=True)


async def _called(context: Context, other: str) -> str:
    """The name of a rival that was given by name or by a tenant's id."""
    named = {str(one.tenant_id): one.name for one in await every_tenant(context)}
    return named.get(other, other)


def _facts(one: walls.Declaration) -> dict[str, object]:
    return {
        "declaration_id": str(one.declaration_id),
        "other": one.other,
        "cooling_off_days": one.cooling_off_days,
        "declared_by": one.declared_by,
        "declared_at": one.declared_at,
    }
