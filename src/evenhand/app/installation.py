"""A running installation: database, secret and storage opened together and closed together."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from obstore.exceptions import BaseError

from evenhand import pipeline, tenants
from evenhand.app.context import Context
from evenhand.app.database import Login, database, given_secret
from evenhand.app.witnesses import witnesses_of
from evenhand.datasets import Storage
from evenhand.foundation.clock import clock_of
from evenhand.foundation.database import Pool, moment, pool_of
from evenhand.foundation.errors import Invalid
from evenhand.foundation.proofs import Proofs
from evenhand.foundation.secret import Secret, load_secret
from evenhand.foundation.settings import Settings


class UnusableStorage(Invalid):
    """EVENHAND_STORAGE_URL names no storage that can be used."""


@asynccontextmanager
async def context_of(settings: Settings, way_in: Login) -> AsyncGenerator[Context]:
    """Open what requests and jobs use; refuses a database whose firewall has a hole."""
    # It is there: whoever gave this login has proved it.
    secret = load_secret(settings.data_dir, given_secret(settings))
    proofs = Proofs(secret)
    async with pool_of(way_in.conninfo, size=settings.pool_size, proofs=proofs) as pool:
        await tenants.firewall.require(pool)
        async with pool.connection() as connection:
            now = await moment(connection)
        await tenants.blind_names(pool, secret, now=now)
        async with context_over(settings, pool, secret) as context:
            yield context


@asynccontextmanager
async def context_over(settings: Settings, pool: Pool, secret: Secret) -> AsyncGenerator[Context]:
    """Put together what requests and jobs use over a database that is proved."""
    storage = _storage(settings, secret)
    publication = await _publication(settings, pool, secret)
    async with clock_of(pool) as clock:
        try:
            yield Context(
                settings=settings,
                pool=pool,
                secret=secret,
                storage=storage,
                clock=clock,
                publication=publication,
            )
        finally:
            pipeline.child_processes.close()


@asynccontextmanager
async def open_installation(settings: Settings) -> AsyncGenerator[Context]:
    """Open an installation, as every command does."""
    async with database(settings) as way_in, context_of(settings, way_in) as context:
        yield context


async def _publication(
    settings: Settings, pool: Pool, secret: Secret
) -> pipeline.record.Publication:
    witnesses = witnesses_of(settings)
    async with pool.connection() as connection:
        return await pipeline.record.opened_publication(
            connection,
            secret,
            place=settings.log_url or settings.data_dir / "log",
            origin=settings.log_origin,
            witnesses=witnesses,
        )


def _storage(settings: Settings, secret: Secret) -> Storage:
    try:
        return Storage(settings.storage_url or settings.data_dir / "files", secret)
    except (BaseError, OSError, ValueError) as error:
        raise UnusableStorage from error
