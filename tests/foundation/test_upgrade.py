"""An upgrade while servers of the version before still run: each reads what the other writes."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from evenhand.foundation import migrate

TENANT = uuid4()
LAST_BEFORE = "0039"
GIVEN = '{"zeta":1,"b":2,"10":3}'
TASK = """
INSERT INTO work.task (tenant_id, task_id, is_test, type, status, stage, annotations_wanted,
                       created_at, updated_at, {columns})
VALUES (%s, %s, false, 'transcription', 'pending', 'open', 0, now(), now(), %s, %s)
"""
AS_BEFORE = "SELECT params, metadata FROM work.task WHERE task_id = %s"
AS_NOW = """
SELECT coalesce(params_ordered, params::json)::text,
       coalesce(metadata_ordered, metadata::json)::text
  FROM work.task WHERE task_id = %s
"""


@pytest.fixture(scope="module")
def upgraded(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database of the version before with a task in it, which was then migrated."""
    name = f"upgraded_{uuid4().hex}"
    admin = make_conninfo(server, dbname=name)
    before = tmp_path_factory.mktemp("before") / "migrations"
    shutil.copytree(migrate.MIGRATIONS, before)
    for path in migrate.MIGRATIONS.parent.glob("*.sql"):
        shutil.copy(path, before.parent)
    for path in before.glob("*.sql"):
        if path.name[:4] > LAST_BEFORE:
            path.unlink()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migrate, "MIGRATIONS", Path(before))
        migrate.migrate(admin)
    # By this name servers of the version before are known.
    with psycopg.connect(admin, application_name="evenhand") as connection:
        _insert(connection, "old", "params, metadata")
        connection.commit()
        migrate.migrate(admin)
        yield admin
    with psycopg.connect(make_conninfo(server, dbname="postgres"), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def _insert(connection: psycopg.Connection, name: str, columns: str) -> None:
    connection.execute(
        TASK.format(columns=columns).encode(), [TENANT, name.rjust(24), GIVEN, GIVEN]
    )


def _before(connection: psycopg.Connection, name: str) -> object:
    return connection.execute(AS_BEFORE, [name.rjust(24)]).fetchone()


def _now(connection: psycopg.Connection, name: str) -> object:
    return connection.execute(AS_NOW, [name.rjust(24)]).fetchone()


def test_what_only_a_later_release_may_have_waits_and_is_told(upgraded: str):
    with psycopg.connect(upgraded) as connection:
        assert migrate.pending(connection) == []
        assert migrate.unfinished(connection) == ["0041_work_order_kept_after"]


def test_what_was_there_before_is_read_as_it_lies(upgraded: str):
    with psycopg.connect(upgraded) as connection:
        told = json.loads(GIVEN)
        assert _before(connection, "old") == (told, told)
        params, _ = connection.execute(AS_NOW, ["old".rjust(24)]).fetchone() or ("", "")
        assert json.loads(params) == told


def test_a_server_of_either_version_reads_what_the_other_writes(upgraded: str):
    told = json.loads(GIVEN)
    with psycopg.connect(upgraded) as connection:
        _insert(connection, "by before", "params, metadata")
        _insert(connection, "by now", "params_ordered, metadata_ordered")
        assert _before(connection, "by now") == (told, told)
        assert _now(connection, "by now") == (GIVEN, GIVEN)
        params, metadata = _now(connection, "by before")
        assert json.loads(params) == json.loads(metadata) == told


def test_the_last_who_writes_is_right_whichever_version_it_is(upgraded: str):
    changed = '{"yy": 5}'
    with psycopg.connect(upgraded) as connection:
        _insert(connection, "changed", "params_ordered, metadata_ordered")
        connection.execute(
            "UPDATE work.task SET metadata = %s WHERE task_id = %s", [changed, "changed".rjust(24)]
        )
        assert json.loads(_now(connection, "changed")[1]) == json.loads(changed)
        for again in (GIVEN, '{"b":2,"zeta":1,"10":3}', '{"b":2,"zeta":1,"10":3}', '{"c":1}'):
            connection.execute(
                "UPDATE work.task SET metadata_ordered = %s WHERE task_id = %s",
                [again, "changed".rjust(24)],
            )
            assert _now(connection, "changed") == (GIVEN, again)
            assert _before(connection, "changed") == (json.loads(GIVEN), json.loads(again))


def test_an_upgrade_that_is_finished_keeps_everything_once(upgraded: str):
    with psycopg.connect(upgraded) as connection:
        _insert(connection, "in between", "params_ordered, metadata_ordered")
    migrate.migrate(upgraded)
    with psycopg.connect(upgraded) as connection:
        assert migrate.unfinished(connection) != [], "an old server is there"
    migrate.migrate(upgraded, finish=True)
    with psycopg.connect(upgraded) as connection:
        assert migrate.unfinished(connection) == []
        assert _now(connection, "in between") == (GIVEN, GIVEN)
        _insert(connection, "after", "params_ordered, metadata_ordered")
        assert _now(connection, "after") == (GIVEN, GIVEN)
        assert _before(connection, "after") == (None, {})
        with pytest.raises(psycopg.errors.CheckViolation):
            _insert(connection, "nothing", "unique_id, callback_url")


def test_an_upgrade_is_finished_once_no_server_of_the_version_before_is_there(
    server: str, tmp_path: Path
):
    name = f"alone_{uuid4().hex}"
    admin = make_conninfo(server, dbname=name)
    shutil.copytree(migrate.MIGRATIONS, tmp_path / "migrations")
    for path in migrate.MIGRATIONS.parent.glob("*.sql"):
        shutil.copy(path, tmp_path)
    for path in (tmp_path / "migrations").glob("*.sql"):
        if path.name[:4] > LAST_BEFORE:
            path.unlink()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migrate, "MIGRATIONS", tmp_path / "migrations")
        migrate.migrate(admin)
    migrate.migrate(admin)
    with psycopg.connect(admin) as connection:
        assert migrate.unfinished(connection) == []
    with psycopg.connect(make_conninfo(server, dbname="postgres"), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def test_a_new_database_is_finished_at_once(shared_database):
    with psycopg.connect(shared_database.admin) as connection:
        assert migrate.unfinished(connection) == []
