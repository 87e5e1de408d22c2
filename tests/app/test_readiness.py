"""What a server says of itself while something that it needs is away, and what callers hear."""

import json
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator

import psycopg
import pytest
import requests
from app.scale.customer import CATEGORIZATION
from app.served import Served, serving, small_disk

from evenhand.foundation.embedded import _Server, embedded_server

ASKED_SECONDS_MAX = 10  # 2 s are promised, on a machine that does nothing else
BACK_SECONDS_MAX = 30
SMALL_BYTES = 3 * 1024 * 1024
TEXT_BYTES = 900_000


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving("ready") as server:
        yield server


@pytest.fixture(scope="module")
def key(served: Served) -> str:
    return served.command("tenant", "create", "Acorn")["live_key"]


def asked(served: Served, path: str) -> tuple[requests.Response, float]:
    began = time.monotonic()
    reply = requests.get(f"{served.origin}{path}", timeout=60)
    return reply, time.monotonic() - began


def away(served: Served) -> list[str]:
    """What is away by the server's own word, in its words for trouble."""
    # What was found a moment ago is not looked at again.
    time.sleep(1.1)
    reply, seconds = asked(served, "/readyz")
    assert seconds < ASKED_SECONDS_MAX
    if reply.status_code == 200:
        return []
    assert (reply.status_code, reply.json()["type"]) == (503, "/problems/not-ready")
    assert "retry-after" in reply.headers
    return reply.json()["away"]


def until_ready(served: Served) -> None:
    deadline = time.monotonic() + BACK_SECONDS_MAX
    while away(served):
        assert time.monotonic() < deadline
        time.sleep(0.2)


def upload(served: Served, key: str, size: int = 1000) -> requests.Response:
    return requests.post(
        f"{served.origin}/v1/files/upload",
        files={"file": ("note.txt", b"x" * size)},
        auth=(key, ""),
        timeout=60,
    )


def lines(served: Served, event: str) -> list[dict]:
    told = [line for line in served.log.read_text().splitlines() if line.startswith("{")]
    return [line for line in map(json.loads, told) if line["event"] == event]


def test_a_sound_server_is_ready(served):
    assert away(served) == []


def test_while_the_database_is_away_the_process_is_well_and_not_ready(served):
    # The server starts an embedded database again, so it is given one that cannot start.
    database = _Server(served.data)
    settings = database.cluster / "postgresql.conf"
    aside = settings.rename(settings.with_name("aside.conf"))
    stopped = database._run("pg_ctl", "stop", "-w", "-m", "fast", "-D", database.cluster)
    try:
        assert stopped.returncode == 0, stopped.stderr
        assert away(served) == ["database"]
        reply, seconds = asked(served, "/healthz")
        assert (reply.status_code, reply.json()["status"]) == (200, "ok")
        assert seconds < ASKED_SECONDS_MAX
    finally:
        aside.rename(settings)
    until_ready(served)


def test_a_secret_that_is_not_the_databases_is_named(served):
    with embedded_server(served.data) as admin, psycopg.connect(admin, autocommit=True) as other:
        ((sealed,),) = other.execute("SELECT sealed FROM tenants.canary").fetchall()
        other.execute("UPDATE tenants.canary SET sealed = %s", [b"\0" * len(sealed)])
        try:
            assert away(served) == ["secret"]
            named = {check["name"]: check["ok"] for check in _doctor(served)}
            assert (named["database"], named["secret"]) == (True, False)
        finally:
            other.execute("UPDATE tenants.canary SET sealed = %s", [sealed])
    assert away(served) == []


def _doctor(served: Served) -> list[dict]:
    words = [sys.executable, "-m", "evenhand.app.cli", "doctor", "--json"]
    done = subprocess.run(words, env=served.environment, capture_output=True, check=False)
    return json.loads(done.stdout)


def test_a_storage_that_is_away_is_503_in_every_route_and_one_line_of_the_log(served, key):
    kept = upload(served, key)
    assert kept.status_code == 200, kept.text
    folder = served.data / "files"
    aside = folder.rename(folder.with_name("aside"))
    folder.write_bytes(b"")
    try:
        assert away(served) == ["storage"]
        assert [check["name"] for check in _doctor(served) if not check["ok"]] == ["storage"]
        for _ in range(5):
            refused = upload(served, key)
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
            assert set(refused.json()) == {"status_code", "error"}
    finally:
        folder.unlink()
        aside.rename(folder)
    told = [line for line in lines(served, "request.busy") if "Storage" in line["error"]]
    assert len(told) == 1, told
    assert "Traceback" not in served.log.read_text()
    assert upload(served, key).status_code == 200


def test_a_full_disk_is_507_in_every_route_and_one_line_of_the_log():
    with small_disk(SMALL_BYTES) as disk, serving("full", TMPDIR=str(disk)) as served:
        key = served.command("tenant", "create", "Acorn")["live_key"]
        assert away(served) == ["disk"]
        for _ in range(3):
            refused = upload(served, key, 2 * SMALL_BYTES)
            assert (refused.status_code, refused.headers["retry-after"]) == (507, "60")
        assert upload(served, key).status_code == 200, "what fits is taken"
        for number in range(4 * SMALL_BYTES // TEXT_BYTES):
            text = secrets.token_hex(TEXT_BYTES // 2)
            task = {**CATEGORIZATION, "attachment": text, "unique_id": str(number)}
            made = requests.post(
                f"{served.origin}/v1/task/categorization", json=task, auth=(key, ""), timeout=60
            )
            assert made.status_code == 200, made.text
        for form in ("jsonl", "parquet"):
            asking = f"{served.origin}/api/export?params=true&format={form}"
            exported = requests.get(asking, auth=(key, ""), timeout=60)
            assert exported.status_code == 507, (form, exported.text[:200])
            assert exported.json()["type"] == "/problems/disk-full"
        assert len(lines(served, "disk.full")) <= 2
        assert "Traceback" not in served.log.read_text()
