"""A running installation: database, secret and storage opened together and closed together."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from psycopg import OperationalError

from evenhand import tenants
from evenhand.app.context import Context
from evenhand.datasets import Storage
from evenhand.foundation import migrate
from evenhand.foundation.database import pool_of
from evenhand.foundation.embedded import embedded_server
from evenhand.foundation.errors import Unavailable
from evenhand.foundation.secret import load_secret
from evenhand.foundation.settings import Settings


class DatabaseUnreachable(Unavailable):
    """The database of EVENHAND_DATABASE_URL does not answer."""


@dataclass(frozen=True, slots=True)
class Login:
    """How to reach the database as the server does."""

    conninfo: str


@asynccontextmanager
async def database(settings: Settings) -> AsyncGenerator[Login]:
    """Have a migrated database at hand: the one given, or the embedded one."""
    if settings.database_url is not None:
        given = settings.database_url.get_secret_value()
        yield Login(await asyncio.to_thread(_prepared, given))
        return
    server = embedded_server(settings.data_dir)
    # Starting waits for other processes, and this one may have a loop to keep turning.
    admin = await asyncio.to_thread(server.__enter__)
    try:
        yield Login(await asyncio.to_thread(_prepared, admin))
    finally:
        await asyncio.to_thread(server.__exit__, None, None, None)


@asynccontextmanager
async def context_of(settings: Settings, login: Login) -> AsyncGenerator[Context]:
    """Open what requests and jobs use; refuses a database whose firewall has a hole."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    given = settings.secret_key.get_secret_value() if settings.secret_key else None
    secret = load_secret(settings.data_dir, given)
    storage = Storage(settings.storage_url or settings.data_dir / "files", secret)
    async with pool_of(login.conninfo, size=settings.pool_size) as pool:
        await tenants.firewall.require(pool)
        yield Context(settings=settings, pool=pool, secret=secret, storage=storage)


@asynccontextmanager
async def running(settings: Settings) -> AsyncGenerator[Context]:
    """Open an installation, as every command does."""
    async with database(settings) as login, context_of(settings, login) as context:
        yield context


def _prepared(conninfo: str) -> str:
    try:
        if migrate.can_administer(conninfo):
            migrate.migrate(conninfo)
            return migrate.app_conninfo(conninfo)
    except OperationalError as error:
        raise DatabaseUnreachable(
            f"The database of EVENHAND_DATABASE_URL does not answer: {error}"
        ) from error
    migrate.require_current(conninfo)
    return conninfo
