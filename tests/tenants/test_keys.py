"""A key speaks for its tenant and for nobody else."""

import hashlib
from datetime import timedelta

import pytest
from given import NOW
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand import tenants
from evenhand.foundation.database import Pool, Tx, as_nobody, as_tenant
from evenhand.foundation.secret import Secret
from evenhand.tenants.keys import NoSuchKey, UnknownKey, _tenant_named_in


async def test_a_live_key_speaks_for_its_tenant(pool: Pool, tenant: tenants.NewTenant) -> None:
    caller = await tenants.authenticate(pool, tenant.live_key)
    assert caller == tenants.Caller(tenant_id=tenant.tenant_id, is_test=False)
    assert tenant.live_key.startswith("live_")


async def test_a_test_key_speaks_for_its_tenants_tests(
    pool: Pool, tenant: tenants.NewTenant
) -> None:
    caller = await tenants.authenticate(pool, tenant.test_key)
    assert caller == tenants.Caller(tenant_id=tenant.tenant_id, is_test=True)
    assert tenant.test_key.startswith("test_")


async def test_a_key_of_one_tenant_with_the_name_of_another_is_refused(
    pool: Pool, tenant: tenants.NewTenant, rival: tenants.NewTenant
) -> None:
    # 21 characters hold the whole bytes of a tenant's id but its last two bits.
    mixed = rival.live_key[: 5 + 21] + tenant.live_key[5 + 21 :]
    with pytest.raises(tenants.UnknownKey):
        await tenants.authenticate(pool, mixed)


async def test_a_live_key_does_not_become_a_test_key_by_another_prefix(
    pool: Pool, tenant: tenants.NewTenant
) -> None:
    with pytest.raises(tenants.UnknownKey):
        await tenants.authenticate(pool, "test_" + tenant.live_key[5:])


@pytest.mark.parametrize("position", [5, 20, 30, 57])
async def test_one_changed_character_makes_a_key_worthless(
    pool: Pool, tenant: tenants.NewTenant, position: int
) -> None:
    old = tenant.live_key
    changed = old[:position] + ("A" if old[position] != "A" else "B") + old[position + 1 :]
    with pytest.raises(tenants.UnknownKey):
        await tenants.authenticate(pool, changed)


@given(
    text=st.text(max_size=70) | st.text("ABab09-_=", min_size=54, max_size=54).map("live_{}".format)
)
@settings(max_examples=300)
def test_whatever_is_sent_as_a_key_is_read_or_refused_and_nothing_else(text: str) -> None:
    try:
        _tenant_named_in(text)
    except UnknownKey:
        return
    assert len(text) == 59


async def test_a_revoked_key_is_refused_and_the_other_still_works(
    pool: Pool, tenant: tenants.NewTenant
) -> None:
    async with as_tenant(pool, tenant.tenant_id) as tx:
        await tenants.revoke_key(tx, tenant.live_key[-4:], now=NOW)
    with pytest.raises(tenants.UnknownKey):
        await tenants.authenticate(pool, tenant.live_key)
    assert (await tenants.authenticate(pool, tenant.test_key)).is_test


async def test_revoking_a_key_that_is_not_there_says_so(tx: Tx) -> None:
    with pytest.raises(NoSuchKey):
        await tenants.revoke_key(tx, "none", now=NOW)


async def test_a_second_key_works_beside_the_first(pool: Pool, tenant: tenants.NewTenant) -> None:
    async with as_tenant(pool, tenant.tenant_id) as tx:
        second = await tenants.issue_key(tx, is_test=False, now=NOW + timedelta(days=1))
    for key in (tenant.live_key, second):
        assert (await tenants.authenticate(pool, key)).tenant_id == tenant.tenant_id


async def test_the_database_holds_no_key(pool: Pool, tenant: tenants.NewTenant) -> None:
    async with as_tenant(pool, tenant.tenant_id) as tx:
        cursor = await tx.connection.execute("SELECT row_to_json(k)::text FROM tenants.api_key k")
        rows = [row[0] for row in await cursor.fetchall()]
    assert len(rows) == 2
    assert not [row for row in rows if tenant.live_key[5:] in row or tenant.test_key[5:] in row]
    assert any(hashlib.sha256(tenant.live_key.encode()).hexdigest() in row for row in rows)


async def test_the_callback_key_is_sealed_and_opens_for_its_tenant_alone(
    pool: Pool, secret: Secret, tenant: tenants.NewTenant, rival: tenants.NewTenant
) -> None:
    async with as_tenant(pool, tenant.tenant_id) as tx:
        assert await tenants.callback_auth_key(tx, secret) == tenant.callback_auth_key
        cursor = await tx.connection.execute("SELECT callback_auth_key FROM tenants.tenant")
        stored = await cursor.fetchone()
    assert stored is not None
    assert tenant.callback_auth_key.encode() not in stored[0]
    async with as_tenant(pool, rival.tenant_id) as tx:
        assert await tenants.callback_auth_key(tx, secret) == rival.callback_auth_key


async def test_a_tenant_sees_its_own_row_and_all_ids_are_known_without_names(
    pool: Pool, tenant: tenants.NewTenant, rival: tenants.NewTenant
) -> None:
    async with as_tenant(pool, tenant.tenant_id) as tx:
        own = await tenants.tenant_of(tx)
    async with as_nobody(pool) as connection:
        everyone = await tenants.tenant_ids(connection)
    assert (own.name, own.weight, own.created_at) == ("Acorn Labs", 1.0, NOW)
    assert set(everyone) == {tenant.tenant_id, rival.tenant_id}


@pytest.mark.parametrize("name", ["", "x" * 201, "a\0b"])
async def test_a_tenant_has_a_name_of_sensible_length(
    pool: Pool, secret: Secret, name: str
) -> None:
    with pytest.raises(tenants.BadName):
        await tenants.create(pool, secret, name, now=NOW)
