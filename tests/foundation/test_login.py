"""The application's role has a password from the secret, and an operator's own is left alone."""

import hashlib
import hmac
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from evenhand.foundation import login, migrate
from evenhand.foundation.embedded import embedded_server
from evenhand.foundation.secret import Secret

SECRET = Secret(b"the secret of one installation, all of it")
CONSTANT = hmac.new(b"", b"evenhand_app", hashlib.sha256).hexdigest()


@pytest.fixture(scope="module")
def admin() -> Iterator[str]:
    """An own cluster, since its role is shared by all its databases."""
    with tempfile.TemporaryDirectory(prefix="evenhand-test-") as name:
        Path(name).chmod(0o711)
        with embedded_server(Path(name)) as conninfo:
            migrate.migrate(conninfo)
            yield conninfo


def _set(admin: str, password: str | None) -> None:
    with psycopg.connect(admin, autocommit=True) as connection:
        written = "NULL" if password is None else f"'{password}'"
        connection.execute(f"ALTER ROLE evenhand_app PASSWORD {written}".encode())


def _passwordless(admin: str) -> str:
    """The same address without a password in it, as peer, trust or .pgpass have it."""
    return make_conninfo(admin, password="")


def test_migrating_gives_no_password_that_anybody_could_guess(admin: str) -> None:
    _set(admin, None)
    migrate.migrate(admin)
    assert not any(login.enters(admin, guess) for guess in login.guesses(admin))


def test_nothing_is_derived_from_nothing(admin: str) -> None:
    with pytest.raises(login.NoPassword):
        migrate.app_conninfo(_passwordless(admin))
    derived = migrate.app_conninfo(_passwordless(admin), SECRET)
    assert CONSTANT not in derived
    assert derived == migrate.app_conninfo(_passwordless(admin), SECRET)


def test_a_role_without_password_gets_the_secrets_own(admin: str) -> None:
    _set(admin, None)
    with psycopg.connect(migrate.let_app_in(admin, SECRET)) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("evenhand_app",)
    migrate.let_app_in(admin, SECRET)
    psycopg.connect(migrate.app_conninfo(admin, SECRET)).close()


@pytest.mark.parametrize("by_role", ["superuser", "creator"])
def test_an_operators_password_survives(admin: str, by_role: str) -> None:
    _set(admin, "of the operators own")
    way = admin if by_role == "superuser" else _creator(admin)
    assert not migrate.migrate(way)
    migrate.let_app_in(way, SECRET)
    assert login.enters(admin, "of the operators own")


@pytest.mark.parametrize("by_role", ["superuser", "creator"])
def test_a_constant_password_of_an_earlier_version_is_replaced(admin: str, by_role: str) -> None:
    _set(admin, CONSTANT)
    assert login.enters(admin, CONSTANT)
    migrate.let_app_in(admin if by_role == "superuser" else _creator(admin), SECRET)
    assert not login.enters(admin, CONSTANT)
    psycopg.connect(migrate.app_conninfo(admin, SECRET)).close()


def _creator(admin: str) -> str:
    """A login that may create roles and is no superuser, as managed databases give it."""
    with psycopg.connect(admin, autocommit=True) as connection:
        if connection.execute("SELECT FROM pg_roles WHERE rolname = 'creator'").fetchone() is None:
            connection.execute("CREATE ROLE creator LOGIN CREATEROLE CREATEDB PASSWORD 'creator'")
            for role in (
                "evenhand_app",
                "evenhand_owner",
                "evenhand_dispatcher",
                "evenhand_doorkeeper",
            ):
                connection.execute(f"GRANT {role} TO creator WITH ADMIN OPTION".encode())
            connection.execute("ALTER DATABASE evenhand OWNER TO creator")
    return make_conninfo(admin, user="creator", password="creator")


@pytest.mark.parametrize("method", ["scram-sha-256", "md5"])
def test_a_kept_verifier_tells_its_password(admin: str, method: str) -> None:
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f"SET password_encryption = '{method}'".encode())
        connection.execute("ALTER ROLE evenhand_app PASSWORD 'kept'")
        verifier = login.verifier_of(connection)
    assert verifier is not None
    assert login.fits(verifier, "kept")
    assert not login.fits(verifier, "other")


@pytest.mark.parametrize("guess", [CONSTANT, "evenhand_app", "postgres"])
def test_a_password_that_anybody_would_try_is_found(admin: str, guess: str) -> None:
    _set(admin, guess)
    assert login.open_to_guesses(admin)
    # Also by the role itself, which may not read what PostgreSQL keeps.
    assert login.open_to_guesses(make_conninfo(admin, user="evenhand_app", password=guess))


def test_the_secrets_own_password_is_no_guess(admin: str) -> None:
    _set(admin, None)
    app = migrate.let_app_in(admin, SECRET)
    assert not login.open_to_guesses(admin)
    assert not login.open_to_guesses(app)
