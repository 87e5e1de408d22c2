"""The readiness check: what requests need must answer, and the public log go on."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import psycopg
from litestar import get

from evenhand import tenants
from evenhand.app.context import Context
from evenhand.foundation.database import require_answer
from evenhand.foundation.disk import require_room
from evenhand.foundation.errors import EvenhandError, Unavailable

SECONDS_MAX = 2.0
SECRET_SECONDS_MAX = 1.0  # before the database is given up, or both would be named
# Anybody may ask, and whoever does within a moment learns it from the same look.
REMEMBERED_SECONDS = 1.0


class NotReady(Unavailable):
    """Something that requests need is away: `away` names it."""


async def _database(context: Context) -> None:
    # On a connection of its own: those of the pool may all be busy, which is no trouble yet.
    async with asyncio.timeout(SECONDS_MAX):
        await require_answer(str(context.pool.conninfo))


async def _secret(context: Context) -> None:
    with suppress(psycopg.Error, TimeoutError):
        # While the database is away, nothing is known against the secret.
        async with asyncio.timeout(SECRET_SECONDS_MAX), context.pool.connection() as connection:
            await tenants.canary.require(connection, context.secret)


async def _storage(context: Context) -> None:
    await context.storage.require(seconds=SECONDS_MAX)


async def _disk(context: Context) -> None:
    await require_room(context.settings.data_dir)
    await require_room(Path(await asyncio.to_thread(tempfile.gettempdir)))


async def _log(context: Context) -> None:
    with suppress(psycopg.Error, TimeoutError):
        # While the database is away, nothing is known against the log.
        async with asyncio.timeout(SECRET_SECONDS_MAX), context.pool.connection() as connection:
            await context.publication.require(connection)


LOOKS: dict[str, Callable[[Context], Awaitable[None]]] = {
    "database": _database,
    "secret": _secret,
    "storage": _storage,
    "disk": _disk,
    "log": _log,
}


class Readiness:
    """Looks after what requests need, each at most once a second and once at a time."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._looks: dict[str, asyncio.Future[None]] = {}
        self._asked = -REMEMBERED_SECONDS

    async def away(self) -> list[str]:
        """Name what is away, or does not answer in time."""
        loop = asyncio.get_running_loop()
        if loop.time() - self._asked >= REMEMBERED_SECONDS:
            self._asked = loop.time()
            self._look()
        until = self._asked + SECONDS_MAX
        await asyncio.wait(self._looks.values(), timeout=max(0.0, until - loop.time()))
        return [name for name, look in self._looks.items() if not _is_well(look)]

    def problem(self, name: str) -> str | None:
        """Tell in a sentence why something is away, where that is known."""
        look = self._looks[name]
        error = look.exception() if look.done() and not look.cancelled() else None
        return error.message if isinstance(error, EvenhandError) else None

    def _look(self) -> None:
        for name, look in LOOKS.items():
            earlier = self._looks.get(name)
            # A disk that hangs holds a thread: one for each look would soon be all of them.
            if earlier is None or earlier.done():
                self._looks[name] = asyncio.ensure_future(look(self._context))


def _is_well(look: asyncio.Future[None]) -> bool:
    return look.done() and not look.cancelled() and look.exception() is None


@get("/readyz", include_in_schema=False)
async def readyz(context: Context, readiness: Readiness) -> dict[str, str]:
    """Answer 200 when requests can be served, and else name what is away.

    Where too few witnesses cosign the public log, requests are served and `witnesses` tells it.
    """
    away = await readiness.away()
    if away:
        log = {"log": readiness.problem("log")} if "log" in away else {}
        raise NotReady(away=away, **log)
    lacking = None
    with suppress(EvenhandError):
        lacking = await context.publication.quorum_problem()
    return {"status": "ready"} | ({} if lacking is None else {"witnesses": lacking})
