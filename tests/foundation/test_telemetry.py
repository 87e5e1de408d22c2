"""What a log may say: what happened, and nothing that belongs to a tenant."""

import asyncio
import io
import json
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import structlog

from evenhand.foundation import telemetry

CONTENT = "the patient said"


@pytest.fixture
def logged(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    telemetry.set_up(level="info", json=True)
    yield lambda: json.loads(stream.getvalue().splitlines()[-1])
    structlog.reset_defaults()


def test_secrets_are_blotted_out(logged):
    structlog.get_logger().info("seen", token="ann_secret", tenant_id="t")

    told = logged()
    assert (told["token"], told["tenant_id"]) == ("[secret]", "t")


@pytest.mark.parametrize("wrapped", [False, True])
def test_an_error_of_the_database_is_told_without_the_row_it_quotes(logged, server, wrapped):
    try:
        try:
            with psycopg.connect(server) as connection:
                connection.execute("CREATE TEMP TABLE note (text text PRIMARY KEY)")
                for _ in range(2):
                    connection.execute("INSERT INTO note VALUES (%s)", [CONTENT])
        except psycopg.Error as error:
            if wrapped:
                raise RuntimeError("a step failed") from error
            raise
    except (psycopg.Error, RuntimeError):
        structlog.get_logger().exception("step.failed")

    told = logged()["exception"]
    assert CONTENT not in told
    assert "UniqueViolation 23505" in told
    assert "note_pkey" in told
    assert ("a step failed" in told) == wrapped


async def test_a_flood_of_one_kind_is_a_line_at_once_and_one_with_a_count(monkeypatch):
    said: list[tuple[str, object]] = []
    monkeypatch.setattr(
        telemetry.log, "warning", lambda event, **told: said.append((event, told.get("more")))
    )
    seldom = telemetry.Seldom(seconds=0.2)
    for number in range(50):
        seldom.tell("disk.full", error="DiskFull", path=f"/{number}")
    seldom.tell("request.busy", error="PoolTimeout", path="/other")
    await asyncio.sleep(0.5)
    assert said == [("disk.full", None), ("request.busy", None), ("disk.full", 49)]


LOGS_AND_ENDS = """
import structlog
from evenhand.foundation import telemetry
telemetry.set_up(level="info", json=True)
structlog.get_logger().warning("disk.full")
print("at work")
"""


def test_a_disk_that_is_full_costs_lines_of_the_log_and_not_whoever_writes_them():
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", LOGS_AND_ENDS], stderr=full, stdout=subprocess.PIPE, check=False
        )
    assert done.stdout == b"at work\n"
