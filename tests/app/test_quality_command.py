"""`evenhand quality`: on any table without a server, and on a project of one that runs."""

import contextlib
import io
import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet
import pytest
import requests
from app.served import Served, serving
from app.test_cli import SECONDS_MAX, _run, _sentence

TASKS = 12
ROWS = [
    (f"t{task}", who, ("cat", "dog")[task % 2] if who != "eve" else "dog")
    for task in range(TASKS)
    for who in ("ann", "ben", "cleo", "eve")
]


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving("quality") as server:
        yield server


@pytest.fixture
def nowhere(tmp_path) -> dict[str, str]:
    """An environment without any installation: a table needs none."""
    return {"EVENHAND_DATA_DIR": str(tmp_path / "none"), "PATH": "/usr/bin:/bin"}


@pytest.fixture(params=["csv", "parquet"])
def table(request, tmp_path) -> Path:
    file = tmp_path / f"votes.{request.param}"
    if request.param == "csv":
        lines = ["task,annotator,label", *(",".join(row) for row in ROWS)]
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    else:
        names = ("task", "annotator", "label")
        columns = dict(zip(names, zip(*ROWS, strict=True), strict=True))
        pyarrow.parquet.write_table(pa.table({k: list(v) for k, v in columns.items()}), file)
    return file


def _told(environment: dict[str, str], *words: str) -> object:
    done = _run(environment, "quality", *words, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("words", [("aggregate", "--method", "majority"), ("agreement",)])
def test_people_at_a_terminal_see_that_work_goes_on_and_programs_do_not(nowhere, table, words):
    command, *options = words
    typed = [sys.executable, "-m", "evenhand.app.cli", "quality", command, str(table), *options]
    shown, terminal = pty.openpty()
    with os.fdopen(shown, "rb", buffering=0) as screen:
        environment = {**nowhere, "COLUMNS": "200", "TERM": "xterm"}
        with subprocess.Popen(
            typed, env=environment, stdout=subprocess.DEVNULL, stderr=terminal
        ) as running:
            os.close(terminal)
            seen = _until_closed(screen)
        assert running.returncode == 0
    assert f"the annotations of {table.name}" in seen

    assert _run(nowhere, "quality", command, str(table), *options, "--json").stderr == ""


def _until_closed(screen: io.RawIOBase) -> str:
    seen = b""
    # A terminal that nobody holds any more reads as an error, not as an end.
    with contextlib.suppress(OSError):
        while piece := screen.read(4096):
            seen += piece
    return seen.decode()


@pytest.mark.parametrize("method", ["auto", "majority", "dawid-skene"])
def test_a_table_is_aggregated_without_a_server(nowhere, table, method):
    told = _told(nowhere, "aggregate", str(table), "--method", method)
    labels = {row["task"]: row["label"] for row in told["tasks"]}
    assert labels == {f"t{task}": ("cat", "dog")[task % 2] for task in range(TASKS)}
    assert told["method"]
    assert told["reason"]
    skill = {row["annotator"]: row["skill"] for row in told["annotators"]}
    assert skill["eve"] < skill["ann"]


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_labels_are_written_to_a_file(nowhere, table, tmp_path, ending):
    output = tmp_path / f"labels.{ending}"
    told = _told(nowhere, "aggregate", str(table), "--output", str(output))
    assert told["tasks"] == TASKS
    if ending == "parquet":
        written = pyarrow.parquet.read_table(output).to_pylist()
        assert {row["label"] for row in written} == {"cat", "dog"}
        assert len(written) == TASKS
    else:
        assert len(output.read_text(encoding="utf-8").splitlines()) == 1 + TASKS


def test_agreement_of_a_table_is_measured(nowhere, table):
    told = _told(nowhere, "agreement", str(table))
    assert 0 < told["value"] < 1


@pytest.mark.parametrize(
    ("content", "words", "about"),
    [
        (None, [], "votes.csv"),
        ("task,annotator\nt1,ann\n", [], "label"),
        ("task,annotator,label\nt1,ann,cat\nt1\n", [], "cannot be read as a table"),
        ("", [], "cannot be read as a table"),
        ("task,annotator,label\nt1,ann,cat\n", ["--method", "oracle"], "oracle"),
        ("task,annotator,label\nt1,ann,cat\n", ["--kind", "telepathy"], "telepathy"),
        ("task,annotator,label\nt1,ann,cat\n", ["--output", "/no/such/folder/x.csv"], "/no/such"),
    ],
)
def test_what_is_wrong_with_a_table_is_told_in_one_sentence(
    nowhere, tmp_path, content, words, about
):
    file = tmp_path / "votes.csv"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    assert about in _sentence(_run(nowhere, "quality", "aggregate", str(file), *words, "--json"))


def test_a_project_is_reported_on_and_its_alerts_listed(served, tmp_path):
    name = f"Acorn {uuid4().hex[:8]}"
    key = served.command("tenant", "create", name)["live_key"]
    served.command(
        "project", "create", "animals", "--tenant", name, "--type", "categorization",
        "--params", '{"categories": ["cat", "dog"], "attachment_type": "text"}',
        "--annotations", "2",
    )  # fmt: skip
    at = ("--tenant", name, "--project", "animals")
    environment = served.environment
    assert "no annotations" in _sentence(_run(environment, "quality", "report", *at, "--json"))
    assert _told(environment, "alerts", *at) == []

    for number in range(4):
        requests.post(
            f"{served.origin}/v1/task/categorization", auth=(key, ""), timeout=SECONDS_MAX,
            json={"project": "animals", "attachment": f"animal {number}"},
        ).raise_for_status()  # fmt: skip
    for _ in range(2):
        token = served.command("annotator", "create", f"{uuid4().hex}@example.org")["token"]
        _annotate_all(served, token)

    page = tmp_path / "report.html"
    told = _told(environment, "report", *at, "--html", str(page))
    assert (told["tasks"], told["annotators"], told["votes"]) == (4, 2, 8)
    assert "animals" in page.read_text(encoding="utf-8")
    for words, about in (
        (["report", "--tenant", name, "--project", "plants"], "plants"),
        (["report", "--tenant", "nobody", "--project", "animals"], "no tenant"),
        (["alerts", "--tenant", "nobody"], "no tenant"),
        (["report", *at, "--html", "/no/such/folder/r.html"], "/no/such/folder"),
    ):
        assert about in _sentence(_run(environment, "quality", *words, "--json")), words


def _annotate_all(served: Served, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    while True:
        lent = requests.post(
            f"{served.origin}/api/assignments/next", headers=headers, timeout=SECONDS_MAX
        )
        if lent.status_code == 204:
            return
        requests.post(
            f"{served.origin}/api/assignments/{lent.json()['assignment_id']}/submit",
            headers=headers, timeout=SECONDS_MAX,
            json={"annotation_id": str(uuid4()), "response": {"category": "cat"}},
        ).raise_for_status()  # fmt: skip
