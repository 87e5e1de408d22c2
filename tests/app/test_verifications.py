"""Somebody checks the log, signs what they found, and the operator shows it to anyone."""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from app.commands import run
from app.served import Served, serving

from evenhand.pipeline.record import TERMS_DIGEST
from evenhand.receipts.statement import Replayed, Statement, Waits, opened
from evenhand.tlog.key_file import read_keys
from evenhand.tlog.note import Note
from evenhand.tlog.signatures import VerifierKey

SECONDS_MAX = 60
NAME = "example.com/auditor"
BODY = {"attachment": "The kitten sleeps.", "attachment_type": "text", "categories": ["cat", "dog"]}


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving("verifications") as server:
        key = server.command("tenant", "create", "acme")["live_key"]
        sent = requests.post(
            f"{server.origin}/v1/task/categorization", json=BODY, auth=(key, ""), timeout=9
        )
        sent.raise_for_status()
        yield server


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("auditor")


@pytest.fixture(scope="module")
def key(served: Served, folder: Path) -> str:
    """The auditor's key, made where no installation is."""
    made = _ran("verification", "key", str(folder / "me.key"), NAME, "--json")
    return json.loads(made.stdout)["key"]


@pytest.fixture(scope="module")
def statement(served: Served, folder: Path, key: str) -> Path:
    """What the auditor signed of the log and of every decision, by the public address alone."""
    transcript = folder / "transcript.gz"
    deadline = time.monotonic() + SECONDS_MAX
    while served.command("log", "transcript", str(transcript))["epochs"] < 3:
        assert time.monotonic() < deadline
    stated = _verify(served, folder, "found", "--transcript", str(transcript))
    assert stated.returncode == 0, stated.stderr
    assert key in stated.stdout
    return folder / "found"


def _ran(*words: str) -> subprocess.CompletedProcess[str]:
    """Run a command as somebody who has no installation."""
    nowhere = {**os.environ, "EVENHAND_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}
    return run(nowhere, *words, timeout=SECONDS_MAX)


def _verify(
    served: Served, folder: Path, name: str, *more: str
) -> subprocess.CompletedProcess[str]:
    words = ["--statement", str(folder / name), "--sign-as", str(folder / "me.key")]
    return _ran("verify", f"{served.origin}/log", *words, *more)


def _refused(served: Served, *words: str) -> str:
    done = run(served.environment, "verification", *words, timeout=SECONDS_MAX)
    assert done.returncode == 1, done.stdout
    return " ".join(done.stderr.split())


def _shown(served: Served, expected: int) -> tuple[str, dict[str, Any], list[dict[str, Any]]]:
    """The page, the same for programs, and the list, once they tell of so many statements."""
    deadline = time.monotonic() + SECONDS_MAX
    while True:
        page = requests.get(f"{served.origin}/neutrality", timeout=9).text
        told = requests.get(f"{served.origin}/neutrality?format=json", timeout=9).json()
        listed = requests.get(f"{served.origin}/log/verifications", timeout=9).json()
        if len(told["verifications"]) == len(listed) == expected:
            return page, told, listed
        assert time.monotonic() < deadline
        time.sleep(0.5)


def test_before_anybody_has_checked_it_the_page_teaches_how(served: Served) -> None:
    page, told, listed = _shown(served, 0)
    for words in ("verification key", "--statement", "verification add", "no prices yet"):
        assert words in page
    assert (told["envy_by_law"], listed) == (0, [])
    assert "verify" in run(served.environment, "verification", "list", timeout=9).stdout


def test_what_an_auditor_signed_is_shown_to_anyone(
    served: Served, key: str, statement: Path
) -> None:
    added = served.command("verification", "add", str(statement), "--key", key)
    page, told, (listed,) = _shown(served, 1)
    (found,) = told["verifications"]
    assert (found["verifier"], found["outcome"], found["envy"]) == (NAME, "held", 0)
    assert found["terms"] == told["terms_digest"] == TERMS_DIGEST
    assert f"{NAME} found 0" in page
    assert listed["statement_id"] == added["statement_id"]
    # Anybody checks the signature for themselves, on the bytes that were signed.
    assert listed["note"].encode() == statement.read_bytes()
    said = opened(listed["note"].encode(), VerifierKey.parse(listed["key"]))
    assert (said.checkpoint.size, said.failed) == (added["epochs"], 0)
    (row,) = served.command("verification", "list")
    assert row == added


def test_one_tenant_alone_is_told_by_nothing_that_is_signed(statement: Path) -> None:
    text = Note.parse(statement.read_bytes()).text
    assert [line for line in text.splitlines() if line.startswith(("decisions", "waits"))] == []
    assert "acme" not in text


def test_a_statement_that_was_withdrawn_is_gone(served: Served, key: str, statement: Path) -> None:
    added = served.command("verification", "add", str(statement), "--key", key)
    served.command("verification", "withdraw", added["statement_id"])
    _shown(served, 0)
    assert "verification list" in _refused(served, "withdraw", added["statement_id"])
    assert "verification list" in _refused(served, "withdraw", "one")


def test_a_forged_statement_is_refused_in_words(
    served: Served, key: str, folder: Path, statement: Path
) -> None:
    (other,) = _keys(folder, "other.key")
    refused = _refused(served, "add", str(statement), "--key", str(other.verifier_key))
    assert "not this key that signed" in refused
    altered = folder / "altered"
    altered.write_bytes(statement.read_bytes().replace(b"envy 0", b"envy 1"))
    assert "not by that key" in _refused(served, "add", str(altered), "--key", key)
    (mine,) = read_keys(folder / "me.key")
    said = opened(statement.read_bytes(), mine.verifier_key)
    beyond = _changed(said, size=10**9)
    altered.write_bytes(bytes(beyond.signed(mine)))
    assert "more epochs than are published" in _refused(served, "add", str(altered), "--key", key)
    another = _changed(said, root=b"f" * 32)
    altered.write_bytes(bytes(another.signed(mine)))
    assert "never had the root" in _refused(served, "add", str(altered), "--key", key)
    assert "name+id+base64" in _refused(served, "add", str(altered), "--key", "nonsense")
    assert "No such file" in _refused(served, "add", str(folder / "none"), "--key", key)
    _shown(served, 0)


def _keys(folder: Path, name: str):
    assert _ran("verification", "key", str(folder / name), NAME).returncode == 0
    return read_keys(folder / name)


def _changed(said: Statement, *, size: int | None = None, root: bytes | None = None) -> Statement:
    checkpoint = type(said.checkpoint)(
        said.checkpoint.origin, size or said.checkpoint.size, root or said.checkpoint.root
    )
    return Statement(
        checkpoint=checkpoint,
        checked_at=said.checked_at,
        held=said.held,
        failed=said.failed,
        not_checked=said.not_checked,
        replayed=said.replayed,
    )


def test_waits_by_class_and_what_failed_are_shown_as_they_were_signed(
    served: Served, key: str, folder: Path, statement: Path
) -> None:
    (mine,) = read_keys(folder / "me.key")
    said = opened(statement.read_bytes(), mine.verifier_key)
    waits = (
        Waits(weight=1000, p50=0.4, p90=1.5, p99=1234.5),
        Waits(weight=2000, p50=0.2, p90=0.5, p99=9.0),
        Waits(weight=3000, p50=0.1, p90=0.1, p99=0.1),
    )
    replayed = Replayed(
        terms=TERMS_DIGEST, envy=3, decisions=19_998, at_same_moment=14_000, waits=waits
    )
    failed = Statement(
        checkpoint=said.checkpoint,
        checked_at=said.checked_at + 1,
        held=18,
        failed=1,
        not_checked=0,
        replayed=replayed,
    )
    file = folder / "failed"
    file.write_bytes(bytes(failed.signed(mine)))
    added = served.command("verification", "add", str(file), "--key", key)
    page, told, _ = _shown(served, 1)
    for words in ("FAILED", "3 in 19,998 decisions", "14,000", "1,234.5 s", "double", "weight 3"):
        assert words in page
    assert [one["weight"] for one in told["verifications"][0]["waits"]] == [1000, 2000, 3000]
    served.command("verification", "withdraw", added["statement_id"])


def test_a_verifier_without_a_key_or_a_file_is_told_what_is_missing(
    served: Served, folder: Path, key: str
) -> None:
    half = _ran("verify", f"{served.origin}/log", "--statement", str(folder / "half"))
    assert (half.returncode, "--sign-as" in half.stderr) == (2, True)
    other = _ran("verify", f"{served.origin}/log", "--sign-as", str(folder / "me.key"))
    assert (other.returncode, "--statement" in other.stderr) == (2, True)
    witness = folder / "witness"
    assert _ran("witness", "init", str(witness), "example.com/w").returncode == 0
    words = ["--statement", str(folder / "half"), "--sign-as", str(witness / "keys")]
    wrong = _ran("verify", f"{served.origin}/log", *words)
    assert (wrong.returncode, "verification key" in wrong.stderr) == (2, True)
    assert not (folder / "half").exists()


def test_a_key_is_not_written_over(folder: Path, key: str) -> None:
    again = _ran("verification", "key", str(folder / "me.key"), NAME)
    assert again.returncode == 1
    assert "already" in again.stderr


def test_a_log_that_does_not_hold_can_be_stated_to_fail(
    served: Served, folder: Path, key: str
) -> None:
    """By whoever kept a checkpoint that it does not continue."""
    kept = folder / "checkpoint"
    lines = requests.get(f"{served.origin}/log/checkpoint", timeout=9).text.split("\n")
    kept.write_text("\n".join([lines[0], "2", "A" * 43 + "=", *lines[3:]]), encoding="utf-8")
    done = _verify(served, folder, "failing", "--checkpoint", str(kept))
    assert done.returncode == 1
    (mine,) = read_keys(folder / "me.key")
    said = opened((folder / "failing").read_bytes(), mine.verifier_key)
    assert (said.outcome, said.failed, said.replayed) == ("failed", 1, None)
    added = served.command("verification", "add", str(folder / "failing"), "--key", key)
    page, *_ = _shown(served, 1)
    assert "FAILED" in page
    served.command("verification", "withdraw", added["statement_id"])
