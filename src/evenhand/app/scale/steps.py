"""One step of the pipeline in one transaction, once more when it met another in a circle."""

from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

import psycopg

from evenhand import tenants
from evenhand.app.context import Context
from evenhand.foundation.database import Tx, as_tenant
from evenhand.foundation.errors import Unavailable

# PostgreSQL ends one of two that wait for each other; it then finds the way free.
ATTEMPTS_MAX = 5

_Result = TypeVar("_Result")


class TooBusy(Unavailable):
    """Too many requests change the same thing at once; try again in a moment."""


async def step(
    context: Context,
    caller: tenants.Caller,
    action: Callable[[Tx], Awaitable[_Result]],
    *,
    by_key: bool = True,
) -> _Result:
    """Run an action in a transaction of the caller's tenant; `by_key` as for `as_tenant`."""
    return await step_of(context, caller.tenant_id, action, by_key=by_key)


async def step_of(
    context: Context,
    tenant_id: UUID,
    action: Callable[[Tx], Awaitable[_Result]],
    *,
    by_key: bool = True,
) -> _Result:
    """Run an action in a transaction of a tenant, where no request came from it."""
    for _ in range(ATTEMPTS_MAX):
        try:
            async with as_tenant(context.pool, tenant_id, by_key=by_key) as tx:
                return await action(tx)
        except (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure):
            continue
    raise TooBusy
