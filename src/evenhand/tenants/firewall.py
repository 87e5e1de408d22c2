"""The firewall between tenants, read from the catalogue: where it has a hole.

The rules stand in `firewall.sql` and `firewall_open.sql`. They ask only the system catalogue,
which every role may read, so the application's own role can check what binds it each time it
starts.
"""

from collections.abc import Mapping
from typing import LiteralString

from evenhand.foundation import sql
from evenhand.foundation.database import Connection, Pool, as_nobody
from evenhand.foundation.errors import Unavailable
from evenhand.foundation.rows import many

RULES = sql.beside(__file__, "firewall.sql")
LISTS = RULES.pop("lists")
# What a server runs with all the same: only a superuser can close it, and not everybody has one.
OPEN = sql.beside(__file__, "firewall_open.sql")


class FirewallBroken(Unavailable):
    """The firewall between tenants has a hole, so this server does not run."""


async def check(connection: Connection) -> list[str]:
    """Say of every hole in the firewall what it is and how to mend it; none, when it is sound."""
    return await _found(connection, RULES)


async def still_open(connection: Connection) -> list[str]:
    """Say what stands open beside the firewall that only a superuser can close."""
    return await _found(connection, OPEN)


async def _found(connection: Connection, rules: Mapping[str, LiteralString]) -> list[str]:
    found: list[str] = []
    for rule in rules.values():
        # What stands in them to be filled in is for PostgreSQL to fill in.
        found += sorted(await many(connection, (LISTS + rule).replace("%", "%%"), str))
    return found


async def require(pool: Pool) -> None:
    """Refuse to go on unless the firewall is sound for whoever this pool logs in as."""
    async with as_nobody(pool) as connection:
        holes = await check(connection)
    if holes:
        raise FirewallBroken("\n".join([FirewallBroken.__doc__ or "", *holes]), holes=holes)
