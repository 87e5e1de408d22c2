"""`evenhand tenant`: the customers and their keys."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated, TypeAlias
from uuid import UUID

import cyclopts

from evenhand import delivery, tenants
from evenhand.app.commands.output import AsJson, err, print_facts, print_rows
from evenhand.app.context import Context
from evenhand.app.installation import open_installation
from evenhand.foundation.database import Tx, as_nobody, as_tenant, moment
from evenhand.foundation.errors import NotFound
from evenhand.foundation.settings import Settings

# A key may end with a hyphen and three letters, as an option begins.
Ending: TypeAlias = Annotated[str, cyclopts.Parameter(allow_leading_hyphen=True)]
tenant_app = cyclopts.App(name="tenant", help="The customers and their keys.")


class NoSuchTenant(NotFound):
    """There is no tenant of this name or id; `evenhand tenant list` shows all."""


class AmbiguousTenant(NotFound):
    """Several tenants bear this name; say which by its id (`evenhand tenant list`)."""


@tenant_app.command
async def create(name: str, *, json: AsJson = False) -> None:
    """Make a tenant and print its keys, which are shown this once and never again.

    Parameters
    ----------
    name
        How the operator calls the tenant; annotators and other tenants never see it.
    """
    async with open_installation(Settings.read()) as context:
        made = await tenants.create(context.pool, context.secret, name, now=context.clock.now())
    facts = {
        "tenant_id": str(made.tenant_id),
        "live_key": made.live_key,
        "test_key": made.test_key,
        "callback_auth_key": made.callback_auth_key,
        "webhook_secret": delivery.webhook_secret(made.callback_auth_key),
    }
    print_facts(facts, as_json=json)
    if not json:
        err.print("Keep the keys now: the database holds only their hashes.", style="dim")


@tenant_app.command(name="list")
async def list_tenants(*, json: AsJson = False) -> None:
    """Show all tenants."""
    async with open_installation(Settings.read()) as context:
        found = [
            {
                "tenant_id": str(tenant.tenant_id),
                "name": tenant.name,
                "weight": tenant.weight,
                "created_at": tenant.created_at,
            }
            for tenant in await every_tenant(context)
        ]
    print_rows(found, as_json=json, empty="No tenants yet: evenhand tenant create NAME")


@tenant_app.command
async def key(tenant: str, *, test: bool = False, json: AsJson = False) -> None:
    """Issue another key to a tenant, so that an old one can be retired without a pause.

    Parameters
    ----------
    tenant
        The tenant's id or name.
    test
        Issue a test key: its tasks complete at once with made-up answers.
    """
    async with acting_for(tenant) as tx:
        issued = await tenants.issue_key(tx, is_test=test, now=await moment(tx.connection))
    print_facts({"tenant_id": str(tx.tenant_id), "key": issued}, as_json=json)


@tenant_app.command
async def weigh(tenant: str, weight_class: str, *, json: AsJson = False) -> None:
    """Give a tenant the share of annotators' work that a published class has.

    Parameters
    ----------
    tenant
        The tenant's id or name.
    weight_class
        half, standard, double or fourfold: how much it gets beside a standard one, where both have
        work waiting.
    """
    async with acting_for(tenant) as tx:
        await tenants.weigh(tx, weight_class, now=await moment(tx.connection))
    facts = {"tenant_id": str(tx.tenant_id), "weight": tenants.WEIGHTS[weight_class] / 1_000}
    print_facts(facts, as_json=json)


@tenant_app.command
async def revoke(tenant: str, ending: Ending, *, json: AsJson = False) -> None:
    """Revoke a tenant's key, everywhere within five seconds.

    Parameters
    ----------
    tenant
        The tenant's id or name.
    ending
        The key's last four characters.
    """
    async with acting_for(tenant) as tx:
        await tenants.revoke_key(tx, ending, now=await moment(tx.connection))
    print_facts({"tenant_id": str(tx.tenant_id), "revoked": f"…{ending}"}, as_json=json)


async def every_tenant(context: Context) -> list[tenants.Tenant]:
    """Read the tenants one by one, each behind its own door, by name."""
    async with as_nobody(context.pool) as connection:
        ids = await tenants.tenant_ids(connection)
    found: list[tenants.Tenant] = []
    for tenant_id in ids:
        async with as_tenant(context.pool, tenant_id) as tx:
            found.append(await tenants.tenant_of(tx))
    return sorted(found, key=lambda tenant: (tenant.name, tenant.created_at))


@asynccontextmanager
async def acting_for(tenant: str) -> AsyncGenerator[Tx]:
    """Open the installation, and a transaction as the tenant of this id or name."""
    async with open_installation(Settings.read()) as context:
        tenant_id = await tenant_named(context, tenant)
        async with as_tenant(context.pool, tenant_id) as tx:
            yield tx


async def tenant_named(context: Context, name: str) -> UUID:
    """Find a tenant by id or by name."""
    fitting = [
        tenant.tenant_id
        for tenant in await every_tenant(context)
        if name in (tenant.name, str(tenant.tenant_id))
    ]
    if not fitting:
        raise NoSuchTenant(tenant=name)
    if len(fitting) > 1:
        raise AmbiguousTenant(tenant=name)
    return fitting[0]
