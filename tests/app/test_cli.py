"""The command line: one JSON value or one sentence, beside a server that is running."""

import json
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pyarrow.parquet
import pytest
import requests
from app import commands
from app.served import Served

from evenhand.app.cli import app
from evenhand.foundation.embedded import embedded_server

SECONDS_MAX = 60
COMMANDS = [
    ["tenant", "create"], ["tenant", "list"], ["tenant", "key"], ["tenant", "revoke"],
    ["tenant", "weigh"],
    ["annotator", "create"], ["annotator", "list"], ["annotator", "disable"],
    ["project", "create"], ["project", "list"], ["project", "policy"], ["export"], ["import"],
    ["status"], ["verify"], ["log", "policy"], ["log", "status"], ["log", "receipts"],
    ["log", "transcript"], ["log", "begin-anew"],
    ["doctor"], ["migrate"], ["gold", "copy"], ["gold", "list"], ["gold", "retire"],
    ["standing", "list"], ["standing", "pause"], ["standing", "resume"], ["contest", "list"],
    ["contest", "uphold"], ["contest", "reject"], ["quality", "aggregate"],
    ["quality", "agreement"], ["quality", "report"], ["quality", "alerts"],
    ["witness", "init"], ["witness", "add-log"], ["witness", "status"], ["witness", "serve"],
    ["witness", "follow"], ["witness", "compare"], ["annotator", "off-board"], ["exposure"],
    ["conflict", "declare"], ["conflict", "withdraw"], ["conflict", "list"], ["conflict", "alias"],
    ["conflict", "class"],
    ["wall", "explain"], ["stake", "declare"], ["stake", "list"], ["staff", "add"],
    ["staff", "list"], ["staff", "remove"], ["break-glass", "request"],
    ["break-glass", "approve"], ["break-glass", "end"], ["break-glass", "list"],
    ["break-glass", "show"], ["verification", "key"], ["verification", "add"],
    ["verification", "list"], ["verification", "withdraw"],
]  # fmt: skip


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    folder = Path(tempfile.mkdtemp(prefix="evenhand-cli-"))
    folder.chmod(0o711)
    server = Served(folder, EVENHAND_LOG_LEVEL="debug")
    server.start()
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def admin(served: Served) -> Iterator[str]:
    with embedded_server(served.data) as conninfo:
        yield conninfo


@pytest.fixture(scope="module")
def tenant_t(served: Served) -> None:
    served.command("tenant", "create", "T")


@pytest.fixture
def name() -> str:
    return f"Acorn {uuid4().hex[:8]}"


def _run(environment: dict[str, str], *words: str | bytes) -> subprocess.CompletedProcess[str]:
    return commands.run(environment, *words, timeout=SECONDS_MAX)


def _sentence(done: subprocess.CompletedProcess[str]) -> str:
    """The one sentence in which a command gave up."""
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    return json.loads(done.stderr)["error"]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_has_help_and_json(words, capsys):
    app.help_print(words)
    told = capsys.readouterr().out
    usage, _, described = told.strip().partition("\n\n")
    assert usage.startswith("Usage:")
    assert described.strip()
    assert "--json" in told


def test_a_tenant_is_made_with_its_keys_and_they_work_at_once(served, name):
    made = served.command("tenant", "create", name)
    assert list(made) == [
        "tenant_id", "live_key", "test_key", "callback_auth_key", "webhook_secret",
    ]  # fmt: skip
    assert str(UUID(made["tenant_id"])) == made["tenant_id"]
    reply = requests.get(
        f"{served.origin}/v1/tasks", auth=(made["live_key"], ""), timeout=SECONDS_MAX
    )
    assert reply.status_code == 200
    assert name in [tenant["name"] for tenant in served.command("tenant", "list")]


def test_a_key_is_issued_and_another_revoked(served, name):
    made = served.command("tenant", "create", name)
    issued = served.command("tenant", "key", name)["key"]
    served.command("tenant", "revoke", name, made["live_key"][-4:])

    def status(key: str) -> int:
        url = f"{served.origin}/v1/tasks"
        return requests.get(url, auth=(key, ""), timeout=SECONDS_MAX).status_code

    assert (status(issued), status(made["live_key"])) == (200, 401)


def test_a_key_that_ends_as_an_option_begins_is_revoked_by_its_ending(served, name):
    served.command("tenant", "create", name)
    told = commands.run(
        served.environment, "tenant", "revoke", name, "-ixQ", timeout=SECONDS_MAX
    ).stderr
    assert "option" not in told.lower()
    assert "key" in told


def test_an_annotator_is_made_with_a_link_that_signs_them_in(served):
    email = f"{uuid4().hex}@example.org"
    made = served.command("annotator", "create", email)
    assert list(made) == ["annotator_id", "token", "sign_in_url"]
    assert made["sign_in_url"] == f"{served.origin}/sign-in#token={made['token']}"
    reply = requests.post(
        f"{served.origin}/api/session", json={"token": made["token"]}, timeout=SECONDS_MAX
    )
    assert reply.json()["annotator"]["email"] == email
    assert email in [one["email"] for one in served.command("annotator", "list")]
    served.command("annotator", "disable", email)
    assert email not in [one["email"] for one in served.command("annotator", "list")]


def test_projects_are_made_and_listed_for_their_tenant(served, name, tmp_path):
    served.command("tenant", "create", name)
    params = tmp_path / "params.json"
    params.write_text('{"categories": ["ja", "ñ"], "attachment_type": "text"}', encoding="utf-8")
    made = served.command(
        "project", "create", "Birds", "--tenant", name, "--type", "categorization",
        "--params", f"@{params}", "--annotations", "2",
    )  # fmt: skip
    assert (made["name"], made["type"]) == ("Birds", "categorization")
    assert [one["name"] for one in served.command("project", "list", "--tenant", name)] == ["Birds"]


def test_a_projects_policy_is_shown_and_changed(served, name, tmp_path):
    served.command("tenant", "create", name)
    at = ("--tenant", name)
    served.command("project", "create", "Birds", *at, "--type", "categorization")
    shown = {"name": "Birds", "annotations": 1, "annotations_max": 1}
    assert served.command("project", "policy", "Birds", *at) == shown
    asked = tmp_path / "policy.json"
    asked.write_text('{"annotations": 2, "annotations_max": 4}')
    served.command("project", "policy", "Birds", *at, "--set", f"@{asked}")
    served.command("project", "policy", "Birds", *at, "--set", '{"gold_share": 0.2}')
    changed = {"name": "Birds", "annotations": 2, "annotations_max": 4, "gold_share": 0.2}
    assert served.command("project", "policy", "Birds", *at) == changed
    only = served.command("project", "policy", "Birds", *at, "--set", "{}", "--replace")
    assert only == {"name": "Birds"}


def test_an_export_is_a_whole_file_and_the_status_counts_what_is_in_it(served, name, tmp_path):
    key = served.command("tenant", "create", name)["live_key"]
    sent = _submit(served, key)
    lines, table = tmp_path / "out.jsonl", tmp_path / "out.parquet"
    told = served.command("export", str(lines), "--tenant", name)
    assert told == {"file": str(lines), "bytes": lines.stat().st_size}
    assert [json.loads(line)["task_id"] for line in lines.read_text().splitlines()] == [sent]
    served.command("export", str(table), "--tenant", name)
    assert pyarrow.parquet.read_table(table).column("task_id").to_pylist() == [sent]
    assert sorted(tmp_path.iterdir()) == [lines, table]

    (line,) = served.command("status", name)
    assert (line["tenant"], line["tasks"], line["open"]) == (name, 1, 1)


def _submit(served: Served, key: str) -> str:
    reply = requests.post(
        f"{served.origin}/v1/task/categorization",
        json={
            "attachment": "x", "attachment_type": "text", "categories": ["a", "b"],
            "callback_url": "http://127.0.0.1:9/none",
        },
        auth=(key, ""),
        timeout=SECONDS_MAX,
    )  # fmt: skip
    assert reply.status_code == 200, reply.text
    return reply.json()["task_id"]


def test_doctor_names_the_tenant_whose_ledger_was_tampered_with(served, admin, name):
    made = served.command("tenant", "create", name)
    _submit(served, made["live_key"])
    with psycopg.connect(admin, autocommit=True) as connection:
        _wait_until_numbered(connection, made["tenant_id"])
        assert [line["ok"] for line in served.command("doctor", "--tenant", name)] == [True]
        tampered = connection.execute(
            "UPDATE ledger.entry SET event = replace(event, 'task.', 'tusk.') "
            "WHERE tenant_id = %s RETURNING entry_id",
            [made["tenant_id"]],
        ).fetchall()
        assert tampered
        try:
            done = _run(served.environment, "doctor", "--ledger", "--json")
            doctor = _run(served.environment, "doctor", "--json")
        finally:
            connection.execute(
                "UPDATE ledger.entry SET event = replace(event, 'tusk.', 'task.') "
                "WHERE tenant_id = %s",
                [made["tenant_id"]],
            )
    assert done.returncode == doctor.returncode == 1
    broken = [line for line in json.loads(done.stdout) if not line["ok"]]
    assert [line["tenant"] for line in broken] == [name]
    assert broken[0]["problem"]
    assert (
        name in {check["name"]: check["detail"] for check in json.loads(doctor.stdout)}["ledgers"]
    )
    assert [line["ok"] for line in served.command("doctor", "--tenant", name)] == [True]


def _wait_until_numbered(connection: psycopg.Connection, tenant_id: str) -> None:
    waiting = "SELECT count(*) FROM ledger.entry WHERE tenant_id = %s AND position IS NULL"
    for _ in range(200):
        if connection.execute(waiting, [tenant_id]).fetchone() == (0,):
            return
        connection.execute("SELECT pg_sleep(0.1)")
    raise AssertionError("the entries were not numbered")


def test_doctor_finds_a_sound_installation_sound(served):
    checks = {check["name"]: check["ok"] for check in served.command("doctor")}
    assert checks.keys() >= {"python", "disk", "workbench", "database", "firewall", "ledgers"}
    assert all(checks.values())


@pytest.mark.parametrize(
    ("words", "about"),
    [
        (["status", "no such tenant"], "no tenant of this name"),
        (["annotator", "create", "nobody"], "not an email address"),
        (["annotator", "disable", "nobody@example.org"], "no annotator"),
        (["tenant", "create", ""], "1 to 200 characters"),
        (["tenant", "create", b"a\xff"], "not UTF-8"),
        (["tenant", "create", "[/bold]" * 40], "1 to 200 characters"),
        (["project", "create", "P", "--tenant", "T", "--type", "categorization",
          "--params", "{"], "not a JSON object"),
        (["project", "create", "P", "--tenant", "T", "--type", "categorization",
          "--params", "@/no/such/file"], "cannot be read"),
        (["project", "create", "P", "--tenant", "T", "--type", "telepathy"],
         "no task type 'telepathy'"),
        (["project", "create", "P", "--tenant", "T", "--type", "categorization",
          "--annotations", "0"], "annotations"),
        (["project", "policy", "none", "--tenant", "T", "--set", "{}"], "not found"),
        (["project", "policy", "none", "--tenant", "T", "--set", "[1]"], "not a JSON object"),
        (["project", "policy", "none", "--tenant", "T", "--set", '{"gold_shore": 1}'],
         "gold_shore"),
        (["export", "/no/such/folder/out.jsonl", "--tenant", "T"], "make it first"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_told_in_one_sentence(served, tenant_t, words, about):
    assert about in _sentence(_run(served.environment, *words, "--json"))


def test_people_are_told_the_same_sentence_without_json(served):
    done = _run(served.environment, "status", "[/bold] nobody")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("error: There is no tenant of this name or id")
    assert "[/bold] nobody" in done.stderr
    assert "Traceback" not in done.stderr


def test_no_secret_reaches_the_servers_log(served, name):
    made = served.command("tenant", "create", name)
    token = served.command("annotator", "create", f"{uuid4().hex}@example.org")["token"]
    _submit(served, made["live_key"])
    headers = {"Authorization": f"Bearer {token}"}
    at = f"{served.origin}/api/assignments"
    requests.post(f"{at}/next", headers=headers, timeout=SECONDS_MAX)
    requests.put(f"{at}/x/draft", headers=headers, data=b"{", timeout=SECONDS_MAX)
    requests.get(f"{served.origin}/v1/tasks?x=\0", auth=(made["live_key"], ""), timeout=SECONDS_MAX)
    log = served.log.read_text()
    assert "serve.ready" in log
    secrets = [
        made["live_key"], made["test_key"], made["callback_auth_key"], token,
        (served.data / "postgres.password").read_text().strip(),
        (served.data / "secret.key").read_text().strip(),
    ]  # fmt: skip
    assert not [secret for secret in secrets if secret in log]
    assert not re.search(r"\b(live|test|ann)_[\w-]{40}", log)


def test_gold_is_copied_listed_and_retired_and_somebody_is_paused(served, admin, name):
    with psycopg.connect(admin) as connection:
        # What other tests left open would be lent first.
        connection.execute("DELETE FROM work.assignment WHERE state = 'open'")
    owner = served.command("tenant", "create", name)
    served.command(
        "project", "create", "animals", "--tenant", name, "--type", "categorization",
        "--params", '{"categories": ["cat", "dog"], "attachment_type": "text"}',
    )  # fmt: skip
    email = f"{uuid4().hex}@example.org"
    made = served.command("annotator", "create", email)

    def call(method: str, path: str, **sent: object) -> requests.Response:
        return requests.request(
            method, served.origin + path, timeout=SECONDS_MAX,
            headers={"Authorization": f"Bearer {made['token']}"}, **sent,
        )  # fmt: skip

    def send(attachment: str) -> str:
        body = {"project": "animals", "attachment": attachment}
        sent = requests.post(
            f"{served.origin}/v1/task/categorization", json=body, timeout=SECONDS_MAX,
            auth=(owner["live_key"], ""),
        )  # fmt: skip
        return sent.json()["task_id"]

    task_id = send("a kitten")
    assert "completed" in _sentence(
        _run(served.environment, "gold", "copy", task_id, "--tenant", name, "--json")
    )
    lent = call("POST", "/api/assignments/next").json()
    call(
        "POST", f"/api/assignments/{lent['assignment_id']}/submit",
        json={"annotation_id": str(uuid4()), "response": {"category": "cat"}},
    )  # fmt: skip
    _completed(served, owner, task_id)

    copied = served.command(
        "gold", "copy", task_id, "--tenant", name, "--expected", '{"category": "dog"}'
    )
    assert json.loads(copied["expected_response"]) == {"category": "dog"}
    (listed,) = served.command("gold", "list", "--tenant", name, "--project", "animals")
    assert (listed["task_id"], listed["retired_at"]) == (copied["task_id"], None)
    assert served.command("gold", "list", "--tenant", name, "--training") == []
    assert served.command("gold", "retire", copied["task_id"], "--tenant", name)["retired_at"]

    send("another kitten")
    at = ("--tenant", name, "--project", "animals")
    served.command("standing", "pause", email, *at, "--reason", "Rest.")
    assert call("POST", "/api/assignments/next").status_code == 204
    (standing,) = served.command("standing", "list", *at)
    assert (standing["annotator"], standing["reason"]) == (email, "Rest.")
    served.command("standing", "resume", email, *at)
    assert call("POST", "/api/assignments/next").status_code == 200
    assert served.command("contest", "list", "--tenant", name, "--status", "open") == []
    for words in (["contest", "uphold", str(uuid4())], ["contest", "reject", "nonsense"]):
        assert _sentence(_run(served.environment, *words, "--tenant", name, "--json"))


def _completed(served: Served, owner: dict[str, str], task_id: str) -> None:
    for _ in range(100):
        looked = requests.get(
            f"{served.origin}/v1/task/{task_id}", timeout=SECONDS_MAX, auth=(owner["live_key"], "")
        )
        if looked.json()["status"] == "completed":
            return
        time.sleep(0.1)
    raise AssertionError(looked.text)
