"""`evenhand stake`: who owns how much of whom, declared for all to read."""

from decimal import Decimal

import cyclopts

from evenhand import walls
from evenhand.app.commands.output import AsJson, print_facts, print_rows
from evenhand.app.commands.tenants import every_tenant
from evenhand.app.installation import open_installation
from evenhand.foundation.settings import Settings

stake_app = cyclopts.App(name="stake", help="Who owns how much of whom.")


@stake_app.command
async def declare(owner: str, owned: str, percent: Decimal, *, json: AsJson = False) -> None:
    """Publish that one party owns so much of another: of a tenant, or of the operator.

    It changes nothing of what is decided: the role that decides may not read it.

    Parameters
    ----------
    owner
        Who owns: any name, or a tenant's id.
    owned
        What is owned: any name, or a tenant's id.
    percent
        How much of it; 0 where it is no more.
    """
    async with open_installation(Settings.read()) as context:
        names = {str(one.tenant_id): one.name for one in await every_tenant(context)}
        stake = walls.Stake(
            owner=names.get(owner, owner),
            owned=names.get(owned, owned),
            percent=percent,
            declared_at=context.clock.now(),
        )
        async with context.pool.connection() as connection:
            await walls.declare_stake(connection, stake)
    print_facts(_facts(stake), as_json=json)


@stake_app.command(name="list")
async def list_stakes(*, json: AsJson = False) -> None:
    """Show the stakes that are declared, the largest first."""
    async with (
        open_installation(Settings.read()) as context,
        context.pool.connection() as connection,
    ):
        found = await walls.published_stakes(connection)
    print_rows([_facts(one) for one in found], as_json=json, empty="No stake is declared.")


def _facts(one: walls.Stake) -> dict[str, object]:
    return {
        "owner": one.owner,
        "owned": one.owned,
        "percent": f"{one.percent.normalize():f}",
        "declared_at": one.declared_at,
    }
