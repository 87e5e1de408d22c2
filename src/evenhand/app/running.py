"""A running installation: database, secret and storage opened together and closed together."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from obstore.exceptions import BaseError
from psycopg import OperationalError, ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from psycopg.errors import InsufficientPrivilege

from evenhand import tenants
from evenhand.app.context import Context
from evenhand.datasets import Storage
from evenhand.foundation import migrate
from evenhand.foundation.database import pool_of
from evenhand.foundation.embedded import embedded_server
from evenhand.foundation.errors import Invalid, Unavailable
from evenhand.foundation.secret import Secret, load_secret
from evenhand.foundation.settings import Settings


class DatabaseUnreachable(Unavailable):
    """The database of EVENHAND_DATABASE_URL does not answer."""


class BadDatabaseUrl(Invalid):
    """EVENHAND_DATABASE_URL cannot be read; write postgresql://role:password@host/database."""


class WrongLogin(Unavailable):
    """The login of EVENHAND_DATABASE_URL is neither evenhand_app nor one that may create roles."""


class UnusableStorage(Invalid):
    """EVENHAND_STORAGE_URL names no storage that can be used."""


@dataclass(frozen=True, slots=True)
class Login:
    """How to reach the database as the server does."""

    conninfo: str


@asynccontextmanager
async def database(settings: Settings) -> AsyncGenerator[Login]:
    """Have a migrated database at hand: the one given, or the embedded one."""
    if settings.database_url is not None:
        given = settings.database_url.get_secret_value()
        yield Login(await asyncio.to_thread(_prepared, given, settings))
        return
    server = embedded_server(settings.data_dir)
    # Starting waits for other processes, and this one may have a loop to keep turning.
    admin = await asyncio.to_thread(server.__enter__)
    try:
        yield Login(await asyncio.to_thread(_prepared, admin, settings))
    finally:
        await asyncio.to_thread(server.__exit__, None, None, None)


@asynccontextmanager
async def context_of(settings: Settings, login: Login) -> AsyncGenerator[Context]:
    """Open what requests and jobs use; refuses a database whose firewall has a hole."""
    secret = _secret(settings)
    storage = _storage(settings, secret)
    async with pool_of(login.conninfo, size=settings.pool_size) as pool:
        await tenants.firewall.require(pool)
        yield Context(settings=settings, pool=pool, secret=secret, storage=storage)


@asynccontextmanager
async def running(settings: Settings) -> AsyncGenerator[Context]:
    """Open an installation, as every command does."""
    async with database(settings) as login, context_of(settings, login) as context:
        yield context


def _secret(settings: Settings) -> Secret:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    given = settings.secret_key.get_secret_value() if settings.secret_key else None
    return load_secret(settings.data_dir, given)


def _storage(settings: Settings, secret: Secret) -> Storage:
    try:
        return Storage(settings.storage_url or settings.data_dir / "files", secret)
    except (BaseError, ValueError) as error:
        raise UnusableStorage from error


def _prepared(conninfo: str, settings: Settings) -> str:
    try:
        conninfo_to_dict(conninfo)
    except ProgrammingError as error:
        # What the parser says quotes the URL, and with it perhaps a password.
        raise BadDatabaseUrl from error
    try:
        if migrate.can_administer(conninfo):
            is_new = migrate.migrate(conninfo)
            secret = _secret(settings)
            # The embedded server's administrator has a random password, which is secret enough.
            derives = None if settings.database_url is None else secret
            return migrate.let_app_in(conninfo, derives, is_new=is_new)
        migrate.require_current(conninfo)
        return conninfo
    except OperationalError as error:
        raise DatabaseUnreachable(
            f"The database of EVENHAND_DATABASE_URL does not answer: {error}"
        ) from error
    except InsufficientPrivilege as error:
        raise WrongLogin from error
