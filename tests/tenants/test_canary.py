"""A server proves its secret before anything is done with it, and makes none where tenants are."""

from pathlib import Path
from typing import NoReturn

import psycopg
import pytest

from evenhand import tenants
from evenhand.foundation.secret import Secret, make_secret
from evenhand.tenants import canary

WRONG = Secret(b"the secret of another installation")


def _none() -> NoReturn:
    raise AssertionError("no secret is made here")


def test_a_new_database_takes_a_new_secret_and_holds_to_it(database, tmp_path: Path) -> None:
    made = canary.prove(database.app, None, lambda: make_secret(tmp_path))
    assert canary.prove(database.app, made, _none) is made
    for other in (WRONG, None):
        with pytest.raises((canary.WrongSecret, canary.MissingSecret)):
            canary.prove(database.app, other, _none)


@pytest.mark.parametrize("login", ["app", "admin"])
async def test_a_database_with_tenants_opens_with_their_secret_alone(
    database, secret, tenant, login
) -> None:
    conninfo = getattr(database, login)
    with pytest.raises(canary.MissingSecret):
        canary.prove(conninfo, None, _none)
    # No server of an earlier version has sealed a canary: the tenants' own keys decide.
    with pytest.raises(canary.WrongSecret):
        canary.prove(conninfo, WRONG, _none)
    canary.prove(conninfo, secret, _none)
    with pytest.raises(canary.WrongSecret):
        canary.prove(conninfo, WRONG, _none)


async def test_the_canary_cannot_be_changed_by_the_server(database, pool, secret) -> None:
    assert isinstance(tenants.canary.prove(database.app, secret, _none), Secret)
    with psycopg.connect(database.app) as connection:
        for statement in ("DELETE FROM tenants.canary", "UPDATE tenants.canary SET sealed = ''"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                connection.execute(statement.encode())
