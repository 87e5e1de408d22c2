"""The database of an installation: the one given or the embedded one, migrated and proved.

Apart from what requests and jobs use of it, which takes longer to load than this takes to do.
"""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass

import psycopg
import structlog
from psycopg import OperationalError, ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from psycopg.errors import InsufficientPrivilege

from evenhand import tenants
from evenhand.app.embedded_watch import embedded_kept_up
from evenhand.foundation import login, migrate
from evenhand.foundation.database import Connection, require_answer
from evenhand.foundation.embedded import embedded_server
from evenhand.foundation.errors import Invalid, Unavailable
from evenhand.foundation.secret import Secret, kept_secret, load_secret, make_secret
from evenhand.foundation.settings import Settings

ANSWER_SECONDS_MAX = 10
REASON_CHARACTERS_MAX = 300
WAIT_SECONDS_MAX = 15.0  # between two tries; doubled up to there from one second
# What a server says that will soon take connections; in any other refusal it has made up its mind.
FOR_A_MOMENT = ("starting up", "shutting down", "recovery mode", "not yet accepting", "too many")

log: structlog.stdlib.BoundLogger = structlog.get_logger()


class DatabaseUnreachable(Unavailable):
    """The database of EVENHAND_DATABASE_URL does not answer."""


class BadDatabaseUrl(Invalid):
    """EVENHAND_DATABASE_URL cannot be read; write postgresql://role:password@host/database."""


class WrongLogin(Unavailable):
    """The login of EVENHAND_DATABASE_URL is neither evenhand_app nor one that may create roles."""


class NotTheOwner(Unavailable):
    """This is for the login that migrates: put it into EVENHAND_DATABASE_URL for this command."""


class OwnPassword(Unavailable):
    """evenhand_app has a password of its own: put that login into EVENHAND_DATABASE_URL."""


class NoLongerWanted(Exception):
    """Ends the wait for a database; not an error."""


@dataclass(frozen=True, slots=True)
class Login:
    """How to reach the database as the server does."""

    conninfo: str


@asynccontextmanager
async def database(
    settings: Settings, *, until: asyncio.Event | None = None
) -> AsyncGenerator[Login]:
    """Have a migrated database at hand: the one given, or the embedded one.

    With `until`, one that is away is waited for until that is set, which raises `NoLongerWanted`.
    """
    if settings.database_url is not None:
        given = settings.database_url.text
        yield Login(await _reached(given, settings, until))
        return
    server = embedded_server(settings.data_dir)
    # Starting waits for other processes, and this one may have a loop to keep turning.
    admin = await asyncio.to_thread(server.__enter__)
    try:
        way_in = Login(await asyncio.to_thread(_prepared, admin, settings))
        async with embedded_kept_up(settings.data_dir):
            yield way_in
    finally:
        await asyncio.to_thread(server.__exit__, None, None, None)


@asynccontextmanager
async def administration(settings: Settings) -> AsyncGenerator[tuple[Connection, Secret]]:
    """Have the login at hand that migrates, on a database that is migrated, and its secret."""
    async with database(settings):
        with _owner(settings) as admin:
            async with await Connection.connect(admin, autocommit=True) as connection:
                yield connection, load_secret(settings.data_dir, given_secret(settings))


@contextmanager
def _owner(settings: Settings) -> Generator[str]:
    if settings.database_url is None:
        # It runs, so this is done at once.
        with embedded_server(settings.data_dir) as admin:
            yield admin
        return
    if not migrate.can_administer(settings.database_url.text):
        raise NotTheOwner
    yield settings.database_url.text


async def _reached(given: str, settings: Settings, until: asyncio.Event | None) -> str:
    _require_readable(given)
    while True:
        if until is not None:
            await _wait_for(given, until)
        try:
            return await asyncio.to_thread(_prepared, given, settings)
        except DatabaseUnreachable as error:
            if until is None or _has_answered(error):
                raise


async def _wait_for(conninfo: str, until: asyncio.Event) -> None:
    """Return once a server answers at all; what it answers is for others to judge."""
    waits = 0
    while not until.is_set():
        try:
            async with asyncio.timeout(ANSWER_SECONDS_MAX):
                await require_answer(conninfo)
        except (OperationalError, TimeoutError) as error:
            if _has_answered(error):
                return
            seconds = min(WAIT_SECONDS_MAX, 2.0**waits)
            waits += 1
            log.warning("database.awaited", because=_reason(error), again_in_seconds=seconds)
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await until.wait()
        else:
            return
    raise NoLongerWanted


def _has_answered(error: BaseException) -> bool:
    # Of a connection that failed, the client library keeps the words alone.
    said = str(error)
    return "FATAL" in said and not any(phrase in said for phrase in FOR_A_MOMENT)


def _reason(error: BaseException) -> str:
    return " ".join(str(error).split())[:REASON_CHARACTERS_MAX] or "it does not answer in time"


async def bring_up_to_date(settings: Settings, *, finish: bool = False) -> list[str]:
    """Migrate the database and no more: its servers' secret need not be here.

    Returns the files that wait until no server of the version before runs; `finish` applies them.
    """
    if settings.database_url is None:
        async with database(settings):
            with _owner(settings) as admin:
                return await asyncio.to_thread(_finished, admin, finish=finish)
    given = settings.database_url.text
    await asyncio.to_thread(_brought_up_to_date, given, settings)
    return await asyncio.to_thread(_finished, given, finish=finish)


def _finished(conninfo: str, *, finish: bool) -> list[str]:
    if finish and migrate.can_administer(conninfo):
        migrate.migrate(conninfo, finish=True)
    with psycopg.connect(conninfo, autocommit=True) as connection:
        return migrate.unfinished(connection)


def given_secret(settings: Settings) -> str | None:
    """The secret that the settings name, where they do."""
    return settings.secret_key.text if settings.secret_key else None


def _proved(conninfo: str, settings: Settings) -> Secret:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    kept = kept_secret(settings.data_dir, given_secret(settings))
    return tenants.canary.prove(conninfo, kept, lambda: make_secret(settings.data_dir))


def _prepared(conninfo: str, settings: Settings) -> str:
    with _told_in_a_sentence(conninfo):
        if not migrate.can_administer(conninfo):
            migrate.require_current(conninfo)
            _proved(conninfo, settings)
            return conninfo
        is_new = migrate.migrate(conninfo)
        # Proved before a password follows from it, so that a wrong secret changes nothing.
        secret = _proved(conninfo, settings)
        if settings.database_url is None:
            # The embedded server's administrator has a random password, which is secret enough.
            return migrate.let_app_in(conninfo, is_new=is_new)
        app = migrate.let_app_in(conninfo, secret, is_new=is_new)
        if not login.enters(conninfo, str(conninfo_to_dict(app)["password"])):
            raise OwnPassword
        return app


def _brought_up_to_date(conninfo: str, settings: Settings) -> None:
    with _told_in_a_sentence(conninfo):
        is_new = migrate.can_administer(conninfo) and migrate.migrate(conninfo)
        migrate.require_current(conninfo)
        if is_new and settings.secret_key is not None:
            # Only who made the role can be sure that it has no password of an operator's.
            migrate.let_app_in(conninfo, _proved(conninfo, settings), is_new=True)


def _require_readable(conninfo: str) -> None:
    try:
        conninfo_to_dict(conninfo)
    except ProgrammingError as error:
        # What the parser says quotes the URL, and with it perhaps a password.
        raise BadDatabaseUrl from error


@contextmanager
def _told_in_a_sentence(conninfo: str) -> Generator[None]:
    _require_readable(conninfo)
    try:
        yield
    except OperationalError as error:
        raise DatabaseUnreachable(
            f"The database of EVENHAND_DATABASE_URL does not answer: {error}"
        ) from error
    except InsufficientPrivilege as error:
        raise WrongLogin from error
