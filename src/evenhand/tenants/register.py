"""The register of tenants: a new one, its own row, and the ids of all."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from evenhand import ledger
from evenhand.foundation import sql
from evenhand.foundation.database import Connection, Pool, Tx, as_tenant
from evenhand.foundation.errors import Invalid, NotFound
from evenhand.foundation.rows import many, one_or_none, run
from evenhand.foundation.secret import Secret
from evenhand.tenants.keys import issue_key
from evenhand.tenants.parties import add_party

QUERIES = sql.beside(__file__)

CALLBACK_KEY_BYTES = 32
NAME_CHARACTERS_MAX = 200
# What a tenant's share of the work weighs against another's, by its contract, in thousandths. The
# terms of the fair rule publish this table, and no other weight is given.
WEIGHTS = {"half": 500, "standard": 1_000, "double": 2_000, "fourfold": 4_000}


class BadName(Invalid):
    """A tenant's name has 1 to 200 characters."""


class UnknownWeight(Invalid):
    """A tenant weighs as one of the published classes does: half, standard, double or fourfold."""


class UnknownTenant(NotFound):
    """There is no such tenant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTenant:
    """A tenant just made, with the only copy of its keys."""

    tenant_id: UUID
    live_key: str
    test_key: str
    callback_auth_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """A tenant as it sees itself."""

    tenant_id: UUID
    name: str
    weight: float
    callback_url: str | None
    created_at: datetime


async def create(pool: Pool, secret: Secret, name: str, *, now: datetime) -> NewTenant:
    """Enter a tenant with a live and a test key; the keys are told this once and never again."""
    if not 1 <= len(name) <= NAME_CHARACTERS_MAX or "\0" in name:
        raise BadName(name=name)
    tenant_id = uuid4()
    callback_key = secrets.token_urlsafe(CALLBACK_KEY_BYTES)
    sealed = secret.seal(callback_key.encode(), bound_to=callback_binding(tenant_id))
    async with as_tenant(pool, tenant_id) as tx:
        await run(tx, QUERIES["insert_tenant"], name=name, callback_auth_key=sealed, now=now)
        await ledger.append(tx, ledger.events.TenantCreated(), at=now)
        await add_party(tx, secret, name, now=now)
        return NewTenant(
            tenant_id=tenant_id,
            live_key=await issue_key(tx, is_test=False, now=now),
            test_key=await issue_key(tx, is_test=True, now=now),
            callback_auth_key=callback_key,
        )


async def tenant_of(tx: Tx) -> Tenant:
    """The tenant whose transaction this is."""
    tenant = await one_or_none(tx, QUERIES["find_tenant"], Tenant)
    if tenant is None:
        raise UnknownTenant
    return tenant


async def weigh(tx: Tx, weight_class: str, *, now: datetime) -> None:
    """Give the tenant the share of work of a published class, from its next assignment on."""
    if weight_class not in WEIGHTS:
        raise UnknownWeight(weight_class=weight_class)
    weight = WEIGHTS[weight_class]
    await run(tx, QUERIES["set_weight"], weight=weight / 1_000)
    weighed = ledger.events.TenantWeightSet(weight_class=weight_class, weight=weight)
    await ledger.append(tx, weighed, at=now)


async def callback_auth_key(tx: Tx, secret: Secret) -> str:
    """The key that this tenant's callbacks carry, so that the receiver knows who sends them."""
    sealed = await one_or_none(tx, QUERIES["find_callback_auth_key"], bytes)
    if sealed is None:
        raise UnknownTenant
    return secret.unseal(sealed, bound_to=callback_binding(tx.tenant_id)).decode()


async def tenant_ids(connection: Connection) -> list[UUID]:
    """The ids of all tenants and nothing else about them, in no order that means anything."""
    return await many(connection, QUERIES["tenant_ids"], UUID)


def callback_binding(tenant_id: UUID) -> bytes:
    """What a tenant's sealed callback key is bound to."""
    return b"callback_auth_key" + tenant_id.bytes
