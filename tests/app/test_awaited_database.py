"""A server that starts before its database waits for it, and says so."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from app.served import HOST, Served, free_port
from psycopg.conninfo import conninfo_to_dict

from evenhand.foundation.embedded import embedded_server

SAID_SECONDS_MAX = 60
ENDED_SECONDS_MAX = 15


def _url(conninfo: str) -> str:
    given = conninfo_to_dict(conninfo)
    login = f"{given['user']}:{given['password']}"
    return f"postgresql://{login}@/{given['dbname']}?host={given['host']}"


@pytest.fixture
def process(tmp_path: Path, request) -> Iterator[subprocess.Popen[bytes]]:
    """A server or worker whose database nobody has started."""
    away = f"postgresql://somebody:unseen@{HOST}:{free_port()}/evenhand"
    environment = Served(tmp_path, EVENHAND_DATABASE_URL=away).environment
    words = [sys.executable, "-m", "evenhand.app.cli", request.param]
    with (tmp_path / "log").open("wb") as log:
        started = subprocess.Popen(words, env=environment, stderr=log, stdout=log)
    yield started
    if started.poll() is None:
        started.kill()
        started.wait()


def _awaited(log: Path) -> list[dict]:
    deadline = time.monotonic() + SAID_SECONDS_MAX
    while time.monotonic() < deadline:
        said = [json.loads(line) for line in log.read_text().splitlines() if line[:1] == "{"]
        found = [line for line in said if line["event"] == "database.awaited"]
        if len(found) >= 2:
            return found
        time.sleep(0.1)
    raise AssertionError(log.read_text())


@pytest.mark.parametrize("process", ["serve", "worker"], indirect=True)
def test_it_waits_longer_and_longer_until_a_signal_ends_it(process, tmp_path):
    first, second, *_ = _awaited(tmp_path / "log")
    assert "refused" in first["because"]
    assert first["again_in_seconds"] < second["again_in_seconds"]
    process.send_signal(signal.SIGTERM)
    assert process.wait(ENDED_SECONDS_MAX) == 0
    log = (tmp_path / "log").read_text()
    assert "Traceback" not in log
    assert "unseen" not in log


def test_it_serves_as_soon_as_the_database_is_there(open_folder):
    database = open_folder / "database"
    with embedded_server(database) as conninfo:
        url = _url(conninfo)
    server = Served(open_folder, EVENHAND_DATABASE_URL=url, EVENHAND_SECRET_KEY="s" * 40)
    with server.log.open("ab") as log:
        words = [sys.executable, "-m", "evenhand.app.cli", "serve"]
        server.process = subprocess.Popen(words, env=server.environment, stdout=log, stderr=log)
    try:
        _awaited(server.log)
        with embedded_server(database):
            deadline = time.monotonic() + SAID_SECONDS_MAX
            while not server._healthy():
                assert time.monotonic() < deadline, server.log.read_text()
                assert server.process.poll() is None, server.log.read_text()
                time.sleep(0.1)
            server.stop()
    finally:
        server.stop()


def test_a_database_that_refuses_the_login_is_not_waited_for(open_folder):
    with embedded_server(open_folder / "database") as conninfo:
        wrong = _url(conninfo).replace("postgres:", "postgres:not", 1)
        server = Served(open_folder, EVENHAND_DATABASE_URL=wrong, EVENHAND_SECRET_KEY="s" * 40)
        words = [sys.executable, "-m", "evenhand.app.cli", "serve"]
        ended = subprocess.run(
            words, env=server.environment, capture_output=True, timeout=60, check=False
        )
    assert ended.returncode == 1
    assert b"password authentication failed" in ended.stderr
    assert b"Traceback" not in ended.stderr
