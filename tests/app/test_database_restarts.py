"""What a running server does when its database restarts under it."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pytest
import requests
from app.served import Served

from evenhand.foundation.embedded import _Server

RETURN_SECONDS_MAX = 5  # the promise
WATCHED_SECONDS = 2  # after that, as many requests as there is time for
BUSY_MACHINE_SECONDS = 10  # other tests take their share
CALLERS = 8
LOG_BYTES_MAX = 200_000


@pytest.fixture
def served(open_folder: Path) -> Iterator[Served]:
    server = Served(open_folder)
    server.start()
    yield server
    server.stop()


def _restart(server: Served, mode: str) -> None:
    """Restart the PostgreSQL that this test's server started."""
    database = _Server(server.data)
    done = database._run("pg_ctl", "restart", "-w", "-m", mode, "-D", database.cluster)
    assert done.returncode == 0, done.stderr


class _Load:
    """Callers who read without rest, and note what they are told."""

    def __init__(self, server: Served, key: str) -> None:
        self.url = f"{server.origin}/v1/projects"
        self.key = key
        self.told: list[tuple[float, int, bool]] = []
        self.stop = threading.Event()
        self.threads = [threading.Thread(target=self._run) for _ in range(CALLERS)]

    def __enter__(self) -> Self:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        for thread in self.threads:
            thread.join()

    def _run(self) -> None:
        with requests.Session() as session:
            session.auth = (self.key, "")
            while not self.stop.is_set():
                reply = session.get(self.url, timeout=60)
                again = "Retry-After" in reply.headers
                self.told.append((time.monotonic(), reply.status_code, again))


def test_a_server_outlives_restarts_of_its_database_and_asks_callers_to_come_again(served):
    key = served.command("tenant", "create", "Acorn")["live_key"]
    with _Load(served, key) as load:
        for mode in ("fast", "immediate", "fast", "immediate"):
            time.sleep(1)
            _restart(served, mode)
            returned = time.monotonic()
            time.sleep(RETURN_SECONDS_MAX + WATCHED_SECONDS)
            assert served.process is not None
            assert served.process.poll() is None, served.log.read_text()[-4000:]
            late = [s for at, s, _ in load.told if at > returned + RETURN_SECONDS_MAX]
            assert set(late) == {200}, (mode, set(late))
    statuses = {(status, again) for _, status, again in load.told}
    assert statuses <= {(200, False), (503, True)}
    log = served.log.read_text()
    assert "Traceback" not in log, log[:4000]
    assert len(log) < LOG_BYTES_MAX


def _kill(postmaster: int) -> None:
    """End PostgreSQL as the kernel does that runs out of memory."""
    os.kill(postmaster, signal.SIGKILL)


def test_an_embedded_database_that_is_killed_is_started_again(served):
    key = served.command("tenant", "create", "Acorn")["live_key"]
    for _ in range(2):
        postmaster = int((served.data / "postgres" / "postmaster.pid").read_text().split()[0])
        with _Load(served, key) as load:
            _kill(postmaster)
            killed = time.monotonic()
            deadline = killed + RETURN_SECONDS_MAX + BUSY_MACHINE_SECONDS
            while not any(at > killed + 1 and status == 200 for at, status, _ in load.told):
                assert time.monotonic() < deadline, served.log.read_text()[-4000:]
                time.sleep(0.1)
    assert served.process is not None
    assert served.process.poll() is None
    assert "database.started_again" in served.log.read_text()
