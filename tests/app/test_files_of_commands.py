"""Files that commands read and write: whatever is in them ends in a sentence and a status."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet
import pytest
from app import commands
from app.served import Served, serving

SECONDS_MAX = 60
AT = ("--tenant", "T")


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving("files") as server:
        server.command("tenant", "create", "T")
        server.command(
            "project", "create", "Birds", *AT, "--type", "categorization",
            "--params", '{"categories": ["a", "b"], "attachment_type": "text"}',
        )  # fmt: skip
        yield server


def run(served: Served, *words: str | bytes) -> subprocess.CompletedProcess[str]:
    done = commands.run(served.environment, *words, timeout=SECONDS_MAX)
    assert "Traceback" not in done.stderr, done.stderr
    return done


def sentence(served: Served, *words: str | bytes) -> str:
    """The one sentence in which a command gave up."""
    done = run(served, *words, "--json")
    assert done.returncode == 1, done.stdout + done.stderr
    return json.loads(done.stderr.splitlines()[-1])["error"]


def test_an_import_tells_its_tally_and_every_row_that_failed(served: Served, tmp_path: Path):
    rows = [json.dumps({"attachment": f"a {n}", "unique_id": f"t{n}"}) for n in range(60)]
    rows[7:47] = [b"\xff".decode(errors="surrogateescape")] * 40
    file, failures = tmp_path / "in.jsonl", tmp_path / "failed.jsonl"
    file.write_bytes("\n".join(rows).encode(errors="surrogateescape"))
    words = ("import", str(file), *AT, "--project", "Birds", "--failures", str(failures))
    done = run(served, *words, "--json")
    told = json.loads(done.stdout)
    assert done.returncode == 1
    assert (told["created"], told["existing"], told["failed"]) == (20, 0, 40)
    assert [one["line"] for one in told["errors"]] == list(range(8, 48))
    written = [json.loads(line) for line in failures.read_text().splitlines()]
    assert written == told["errors"]
    assert all(one["file"] == str(file) for one in written)

    people = run(served, *words)
    assert people.returncode == 1
    assert "existing  20" in people.stdout
    assert f"{file}, line 8: Byte " in people.stderr
    assert "and 20 more" in people.stderr


def test_an_import_of_what_is_there_says_which_rows_are(served: Served, tmp_path: Path):
    file = tmp_path / "in.CSV"
    file.write_text("attachment;unique_id\nhello, world;c1\nagain;c2\n")
    words = ("import", str(file), *AT, "--project", "Birds")
    assert served.command(*words)["created"] == 2
    again = served.command(*words)
    assert (again["created"], again["existing"]) == (0, 2)
    assert again["existing_rows"] == [[2, 3]]


@pytest.mark.parametrize(
    ("name", "content", "words", "about"),
    [
        ("a.jsonl", b"{}", ("--project", "Brids"), 'Did you mean "Birds"?'),
        ("a.jsonl", b"{}", ("--project", "birds "), 'Did you mean "Birds"?'),
        ("a.csv", b"a,b\n1,2", ("--project", "Birds"), "say nothing of a task"),
        ("a.csv", b"", ("--project", "Birds"), "empty"),
        ("a.txt", b"x", ("--project", "Birds", "--encoding", "klingon"), "no encoding"),
        ("a.xlsx", b"PK", ("--project", "Birds"), "ending"),
        ("a.csv", "x".encode("utf-16-le") * 90, ("--project", "Birds"), "UTF-16"),
    ],
)
def test_what_cannot_be_imported_is_told_in_one_sentence(
    served: Served, tmp_path: Path, name: str, content: bytes, words: tuple[str, ...], about: str
):
    file = tmp_path / name
    file.write_bytes(content)
    assert about in sentence(served, "import", str(file), *AT, *words)


def test_failures_are_never_written_over_the_file_itself(served: Served, tmp_path: Path):
    file = tmp_path / "in.jsonl"
    file.write_text('{"attachment": "a"}')
    words = ("--project", "Birds", "--failures", str(tmp_path / "." / "in.jsonl"))
    assert "written over" in sentence(served, "import", str(file), *AT, *words)
    assert file.read_text() == '{"attachment": "a"}'


@pytest.mark.parametrize("name", ["A.PARQUET", "a.Parquet", "a.JSONL", "a.ndjson"])
def test_an_export_is_what_its_name_ends_in_whatever_the_case(
    served: Served, tmp_path: Path, name: str
):
    file = tmp_path / name
    served.command("export", str(file), *AT)
    if name.lower().endswith("parquet"):
        assert "task_id" in pyarrow.parquet.read_schema(file).names
    else:
        ids = [json.loads(line)["task_id"] for line in file.read_text().splitlines()]
        assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    ("words", "about"),
    [
        (("x.csv",), "ending"),
        (("x",), "ending"),
        (("x.parquet.bak",), "ending"),
        (("x.parquet", "--format", "jsonl"), "another form"),
        (("x.jsonl", "--format", "parquet"), "another form"),
        (("x.jsonl", "--receipts", "y.parquet"), "JSON lines"),
        (("x.jsonl", "--receipts", "./x.jsonl"), "over each other"),
        (("x.jsonl", "--project", "Bird"), 'Did you mean "Birds"?'),
        (("x.jsonl", "--project", "Nothing alike"), "not found"),
        (("x.jsonl", "--batch", "none"), "not found"),
        (("--project", "Bird"), 'Did you mean "Birds"?'),
    ],
)
def test_an_export_that_cannot_be_writes_nothing(
    served: Served, tmp_path: Path, words: tuple[str, ...], about: str
):
    placed = [str(tmp_path / w) if w.startswith(("x", "y", "./")) else w for w in words]
    assert about in sentence(served, "export", *placed, *AT)
    assert list(tmp_path.iterdir()) == []


def test_a_format_may_be_named_for_a_file_that_ends_otherwise(served: Served, tmp_path: Path):
    file = tmp_path / "out.data"
    served.command("export", str(file), *AT, "--format", "parquet")
    assert "task_id" in pyarrow.parquet.read_schema(file).names


@pytest.mark.parametrize(
    "words",
    [
        ("quality", "alerts", "--project", "Bird"),
        ("quality", "report", "--project", "Bird"),
        ("gold", "list", "--project", "Bird"),
        ("standing", "list", "--project", "Bird"),
        ("project", "policy", "Bird"),
    ],
)
def test_a_misspelt_project_is_an_error_everywhere(served: Served, words: tuple[str, ...]):
    assert 'Did you mean "Birds"?' in sentence(served, *words, *AT)


@pytest.mark.parametrize(
    ("content", "about"),
    [
        (b"\xef\xbb\xbf{}", None),
        ("{}".encode("utf-16"), None),
        (b'{"categories": ["\xff"]}', "is not UTF-8: byte 17, in line 1"),
        (b"[" * 3_000 + b"]" * 3_000, "nested too deeply"),
        (b"[]", "not a JSON object"),
        (b"", "not a JSON object"),
        (b"\0", "not a JSON object"),
        (bytes(90), "no text at all"),
    ],
)
def test_params_in_a_file_are_read_or_told(
    served: Served, tmp_path: Path, content: bytes, about: str | None
):
    file = tmp_path / "params.json"
    file.write_bytes(content)
    words = ("project", "create", f"P {len(content)} {about}", *AT, "--type", "categorization",
             "--params", f"@{file}")  # fmt: skip
    if about is None:
        served.command(*words)
    else:
        assert about in sentence(served, *words)


@pytest.mark.parametrize("option", ["[" * 3_000 + "]" * 3_000, '{"a":' * 3_000 + "1" + "}" * 3_000])
def test_json_in_an_option_may_be_as_deep_as_it_likes(served: Served, option: str):
    copy = ("gold", "copy", "0" * 24, *AT, "--expected", option)
    assert "expected response is not a JSON object" in sentence(served, *copy)
    policy = ("project", "policy", "Birds", *AT, "--set", option)
    assert "nested too deeply" in sentence(served, *policy)


@pytest.mark.parametrize("name", ["t.PARQUET", "t.CSV", "t.Parquet"])
def test_a_table_of_labels_is_what_its_name_ends_in(served: Served, tmp_path: Path, name: str):
    table = tmp_path / "in.CSV"
    table.write_text("task,annotator,label\n" + "".join(f"t{n},a{n % 3},x\n" for n in range(9)))
    output = tmp_path / name
    served.command("quality", "aggregate", str(table), "--output", str(output), "--method",
                   "majority")  # fmt: skip
    assert output.read_bytes().startswith(b"PAR1") == name.lower().endswith("parquet")
    again = ("quality", "agreement", str(output.rename(tmp_path / "x.txt")))
    assert ".csv or .parquet" in sentence(served, *again)
