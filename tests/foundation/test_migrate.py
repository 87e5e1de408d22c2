"""Migrating makes the roles and the tables, once, whoever else tries at the same time."""

import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from given import Database
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from evenhand.foundation import migrate
from evenhand.foundation.embedded import embedded_server

MIGRATE = "import sys; from evenhand.foundation.migrate import migrate; migrate(sys.argv[1])"


def test_two_servers_that_migrate_a_new_database_at_once_both_succeed(open_folder: Path) -> None:
    with embedded_server(open_folder) as admin:
        racers = [
            subprocess.Popen([sys.executable, "-c", MIGRATE, admin], stderr=subprocess.PIPE)
            for _ in range(3)
        ]
        said = [racer.communicate(timeout=90)[1].decode() for racer in racers]
        assert [racer.returncode for racer in racers] == [0, 0, 0], said
        with psycopg.connect(admin) as connection:
            assert migrate.pending(connection) == []
            assert connection.execute("SELECT count(*) FROM tenants.tenant").fetchone() == (0,)


def test_a_migration_that_was_killed_does_not_keep_the_next_one_out(database: Database) -> None:
    with psycopg.connect(database.admin) as connection:
        # What the migrator leaves behind when it dies half way.
        connection.execute("INSERT INTO public.yoyo_lock (locked, ctime, pid) VALUES (1, now(), 1)")
    migrate.migrate(database.admin)
    with psycopg.connect(database.admin) as connection:
        assert connection.execute("SELECT count(*) FROM public.yoyo_lock").fetchone() == (0,)


def test_a_new_database_lacks_every_migration(server: str) -> None:
    name = "lacking"
    with psycopg.connect(make_conninfo(server, dbname="postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE lacking")
        try:
            there = make_conninfo(server, dbname=name)
            with psycopg.connect(there, autocommit=True) as empty:
                assert sorted(migrate.pending(empty) + migrate.unfinished(empty)) == sorted(
                    path.stem for path in migrate.MIGRATIONS.glob("*.sql")
                )
        finally:
            connection.execute("DROP DATABASE lacking WITH (FORCE)")


def test_the_application_logs_in_with_a_password_that_follows_from_the_administrators(
    shared_database: Database,
) -> None:
    app = migrate.app_conninfo(shared_database.admin)
    assert app == migrate.app_conninfo(shared_database.admin)
    parts = conninfo_to_dict(app)
    assert parts["user"] == "evenhand_app"
    assert parts["password"] != conninfo_to_dict(shared_database.admin)["password"]
    with psycopg.connect(app) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("evenhand_app",)


def test_only_an_administrator_can_migrate(shared_database: Database) -> None:
    assert migrate.can_administer(shared_database.admin)
    assert not migrate.can_administer(shared_database.app)


def test_the_application_sees_whether_migrations_are_missing(shared_database: Database) -> None:
    with psycopg.connect(shared_database.app) as connection:
        assert migrate.pending(connection) == []


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM public._yoyo_migration",
        "DROP TABLE public._yoyo_log",
        "CREATE TABLE public.mine (n int)",
    ],
)
def test_the_application_cannot_touch_the_record_of_migrations(
    shared_database: Database, statement: str
) -> None:
    with (
        psycopg.connect(shared_database.app) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement.encode())
