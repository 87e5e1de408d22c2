"""Bringing the database to the present shape: roles, and numbered files."""

from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import yoyo
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from evenhand.foundation import login
from evenhand.foundation.errors import Unavailable
from evenhand.foundation.secret import Secret

MIGRATIONS = Path(str(files("evenhand.foundation"))) / "migrations"
OLDEST_SUPPORTED = 160000
# What a server of the version before could not bear: such a file waits until none runs any more.
AFTER = "_after"
# One key for the whole cluster: migrations of two servers wait for each other.
MIGRATION_LOCK = 0x45564E48


class OldDatabase(Unavailable):
    """This PostgreSQL is older than 16, the oldest that is supported."""


class NotMigrated(Unavailable):
    """The database has not the shape that this version needs; run `evenhand migrate`."""


def migrate(admin_conninfo: str, *, finish: bool = False) -> bool:
    """Make roles and tables, or bring them up to date; say whether the login's role is new.

    `finish` applies what waits for the last server of the version before to be gone. That need not
    be said of a new database, nor to a superuser, who sees who is connected.
    """
    _ensure_database(admin_conninfo)
    with psycopg.connect(admin_conninfo, autocommit=True) as connection:
        if connection.info.server_version < OLDEST_SUPPORTED:
            raise OldDatabase
        connection.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
        is_new = _make_roles(connection)
        _apply_files(admin_conninfo, finish=finish or _sees_none_before(connection))
        _grant_on_record(connection)
        _close_door(connection)
    return is_new


def let_app_in(admin_conninfo: str, secret: Secret | None = None, *, is_new: bool = False) -> str:
    """See to it that the application can log in, and say how; safe to repeat and to race."""
    with psycopg.connect(admin_conninfo, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
        login.let_in(connection, admin_conninfo, secret, is_new=is_new)
    return app_conninfo(admin_conninfo, secret)


def require_current(conninfo: str) -> None:
    """Refuse a database that this version's migrations have not all been applied to."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        missing = pending(connection)
    if missing:
        raise NotMigrated(missing=missing)


def pending(connection: psycopg.Connection) -> list[str]:
    """Which migration files this database needs and has not seen."""
    return [name for name in _unseen(connection) if not name.endswith(AFTER)]


def unfinished(connection: psycopg.Connection) -> list[str]:
    """Which files wait for the last server of the version before to be gone."""
    return [name for name in _unseen(connection) if name.endswith(AFTER)]


def _unseen(connection: psycopg.Connection) -> list[str]:
    known = {path.stem for path in MIGRATIONS.glob("*.sql")}
    try:
        seen = connection.execute("SELECT migration_id FROM public._yoyo_migration").fetchall()
    except psycopg.errors.UndefinedTable:
        return sorted(known)
    return sorted(known - {row[0] for row in seen})


def can_administer(conninfo: str) -> bool:
    """Whether this login may make roles, and so may migrate."""
    with psycopg.connect(_maintenance(conninfo), autocommit=True) as connection:
        row = connection.execute(
            "SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
    return row is not None and bool(row[0])


def app_conninfo(admin_conninfo: str, secret: Secret | None = None) -> str:
    """How the server logs in once it has migrated: as a role that row security binds."""
    return login.app_conninfo(admin_conninfo, secret)


def _maintenance(conninfo: str) -> str:
    return make_conninfo(conninfo, dbname="postgres")


def _ensure_database(admin_conninfo: str) -> None:
    name = str(conninfo_to_dict(admin_conninfo).get("dbname") or "evenhand")
    with psycopg.connect(_maintenance(admin_conninfo), autocommit=True) as connection:
        try:
            if (
                connection.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone()
                is None
            ):
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
            return


def _make_roles(connection: psycopg.Connection) -> bool:
    known = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [login.ROLE]).fetchone()
    connection.execute((MIGRATIONS.parent / "roles.sql").read_bytes())
    database = sql.Identifier(connection.info.dbname)
    connection.execute("GRANT evenhand_owner TO CURRENT_USER")
    # A function changes hands only to a role that the giver could become.
    connection.execute("GRANT evenhand_dispatcher, evenhand_doorkeeper TO evenhand_owner")
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
    connection.execute(sql.SQL("GRANT CREATE ON DATABASE {} TO evenhand_owner").format(database))
    connection.execute(
        sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO evenhand_app").format(database)
    )
    # The schema belongs to the database's owner, so this is not for a migration to do.
    connection.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
    connection.execute("GRANT CREATE, USAGE ON SCHEMA public TO evenhand_owner")
    connection.execute("GRANT USAGE ON SCHEMA public TO evenhand_app")
    return known is None


def _apply_files(admin_conninfo: str, *, finish: bool) -> None:
    parts = conninfo_to_dict(admin_conninfo)
    options = "-c role=evenhand_owner -c lock_timeout=10s -c statement_timeout=300s"
    query = "&".join(
        f"{name}={quote(str(value), safe='')}"
        for name, value in {**parts, "options": options}.items()
        if name != "dbname" and value is not None
    )
    url = f"postgresql+psycopg:///{parts.get('dbname')}?{query}"
    # yoyo tells the types of neither its arguments nor its results.
    backend: Any = yoyo.get_backend(url)  # pyright: ignore[reportUnknownMemberType]
    # Migrations wait for each other on a lock that dies with its holder; whoever still stands
    # in yoyo's own lock table was killed half way, and would keep everyone out for ever.
    backend.break_lock()
    with backend, backend.lock():
        known: Any = yoyo.read_migrations(str(MIGRATIONS))  # pyright: ignore[reportUnknownMemberType]
        wanted: Any = backend.to_apply(known)
        is_new = len(wanted) == len(known)
        if not (finish or is_new):
            wanted = wanted.filter(_may_be_applied_at_once)
        backend.apply_migrations(wanted)


def _may_be_applied_at_once(migration: Any) -> bool:
    return not str(migration.id).endswith(AFTER)


def _sees_none_before(connection: psycopg.Connection) -> bool:
    """Whether it is seen that no server of the version before is connected (see `door.sql`)."""
    # Nobody else may look at other sessions, or ask whether they might.
    if connection.execute("SELECT current_setting('is_superuser')").fetchone() != ("on",):
        return False
    row = connection.execute(
        "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()"
        " AND application_name = 'evenhand')"
    ).fetchone()
    return row is not None and bool(row[0])


def _grant_on_record(connection: psycopg.Connection) -> None:
    """Let the application see which migrations there were, and no more of the record."""
    with connection.transaction():
        connection.execute("SET LOCAL ROLE evenhand_owner")
        connection.execute(
            "REVOKE ALL ON public._yoyo_migration, public._yoyo_log FROM evenhand_app"
        )
        connection.execute("GRANT SELECT ON public._yoyo_migration TO evenhand_app")


def _close_door(connection: psycopg.Connection) -> None:
    """Let policies ask what only a proof can set; while others hold the tables, the next time."""
    try:
        with connection.transaction():
            connection.execute("SET LOCAL lock_timeout = '10s'")
            connection.execute((MIGRATIONS.parent / "door.sql").read_bytes())
    except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected):
        return
