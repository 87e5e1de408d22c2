"""What holds of every file: no row is lost, none is entered twice, none otherwise than it was sent.

Hypothesis makes files of rows that are sound, of rows that cannot be, and of what goes wrong with
files as people have them. Of each it is known beforehand what must become of it.
"""

import asyncio
import csv
import io
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from app.importing import counted, customer_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evenhand.app.commands.imports import Tally
from evenhand.app.context import Context
from evenhand.demo import own_folder

# 5,000 files passed once; each run of the suite tries others, as many as it has time for.
FILES = int(os.environ.get("EVENHAND_TEST_FILES", "60"))
UNIQUE_IDS = 3

# Whatever a person types or a machine writes, but for what JSON and UTF-8 cannot hold.
TEXT = st.text(
    st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=30
).filter(lambda text: text.strip() != "")
LINE = TEXT.filter(lambda text: not set(text) & set("\r\n") and not text.startswith("\ufeff"))
VALUE = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(
        st.characters(codec="utf-8", exclude_characters="\0"), max_size=8
    ) | st.floats(-1e6, 1e6),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=5),
                      inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
METADATA = st.dictionaries(
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=8),
    VALUE,
    max_size=3,
)
CODECS = ("utf-8", "utf-8-sig", "utf-16", "utf-32")
ENDS = ("\n", "\r\n", "\r")


@dataclass(frozen=True)
class Sound:
    """A row that must come in, unless one with its unique_id did."""

    text: str
    unique_id: str | None
    metadata: dict[str, Any]

    @property
    def fields(self) -> dict[str, Any]:
        """What it says, as JSON."""
        said: dict[str, Any] = {"attachment": self.text}
        if self.unique_id is not None:
            said["unique_id"] = self.unique_id
        return said | ({"metadata": self.metadata} if self.metadata else {})


@dataclass(frozen=True)
class Broken:
    """A row that must fail, as it stands in the file."""

    written: bytes


@dataclass(frozen=True)
class File:
    """A file, and what must become of it: rows by their lines, and lines that must fail."""

    name: str
    content: bytes
    rows: list[tuple[int, Sound]]
    broken: list[int]


UNIQUE_ID = st.none() | st.integers(0, UNIQUE_IDS).map(str)
SOUND = st.builds(Sound, TEXT, UNIQUE_ID, METADATA)
BROKEN_JSON = st.sampled_from(
    [b"{", b"[]", b"7", b"null", b'"x"', b'{"attachment": ""}', b'{"attachment": 7}',
     b'{"attachment": "a\\u0000"}', b'{"attachment": "x", "project": "none"}', b"[" * 3_000,
     b'{"attachment": "x", "priority": 9}', b'{"attachment": "\\ud800"}', b"{}", b"nonsense"]
).map(Broken)  # fmt: skip
BROKEN_CELLS = st.sampled_from(
    [b"a,b,c,d", b"a,b", b'5" pipe,,', b'"x"y,,', b",7,", b"a,,{", b'a,,"[1]"']
).map(Broken)  # fmt: skip


@st.composite
def json_lines(draw: st.DrawFn) -> File:
    """JSON lines, some of them blank, some of them broken, in any encoding that tells itself."""
    codec, end = draw(st.sampled_from(CODECS)), draw(st.sampled_from(ENDS))
    drawn = draw(st.lists(SOUND | BROKEN_JSON | st.just(None), max_size=8))
    written, rows, broken = [], [], []
    for number, row in enumerate(drawn, 1):
        match row:
            case Sound():
                escaped = draw(st.booleans())
                written.append(json.dumps(row.fields, ensure_ascii=escaped))
                rows.append((number, row))
            case Broken():
                written.append(row.written.decode())
                broken.append(number)
            case None:
                written.append(draw(st.sampled_from(["", " ", "\t"])))
    if next((line for line in written if line.strip()), "").startswith("["):
        # What begins with a bracket is one array.
        written.insert(0, "{}")
        rows = [(number + 1, row) for number, row in rows]
        broken = [1, *(number + 1 for number in broken)]
    content = end.join(written).encode(codec)
    if codec.startswith("utf-8") and written and draw(st.booleans()):
        content += end.encode() + b'{"attachment": "\xff"}'
        broken.append(len(written) + 1)
    name = draw(st.sampled_from(["a.jsonl", "a.NDJSON", "a.json"]))
    return File(name, content, rows, broken)


@st.composite
def arrays(draw: st.DrawFn) -> File:
    """One JSON array over several lines, whose members are sound."""
    codec = draw(st.sampled_from(CODECS))
    indent = draw(st.sampled_from([None, 1]))
    drawn = draw(st.lists(SOUND, max_size=6))
    written = json.dumps([row.fields for row in drawn], indent=indent, ensure_ascii=False)
    return File("a.json", written.encode(codec), [(n, row) for n, row in enumerate(drawn, 1)], [])


@st.composite
def tables(draw: st.DrawFn) -> File:
    """A table as programs write it, with rows between that nobody could mean."""
    codec, end = draw(st.sampled_from(CODECS)), draw(st.sampled_from(ENDS))
    delimiter = draw(st.sampled_from(",;\t|"))
    written = delimiter.join(["attachment", "unique_id", " metadata "]) + end
    rows, broken, line = [], [], 2
    for row in draw(st.lists(SOUND | BROKEN_CELLS, max_size=8)):
        if isinstance(row, Broken):
            written += row.written.decode().replace(",", delimiter) + end
            broken.append(line)
            line += 1
            continue
        cells = [row.text, row.unique_id or "", json.dumps(row.metadata) if row.metadata else ""]
        out = io.StringIO()
        quoting = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
        csv.writer(out, delimiter=delimiter, lineterminator="\r\n", quoting=quoting).writerow(cells)
        text = out.getvalue().removesuffix("\r\n")
        rows.append((line, row))
        written += text + end
        line += len((text + "x").replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    if draw(st.booleans()):
        written += '"never closed' + end + end
        broken.append(line)
    return File(draw(st.sampled_from(["a.csv", "a.CSV"])), written.encode(codec), rows, broken)


@st.composite
def plain_lines(draw: st.DrawFn) -> File:
    """Lines that are each the text of a task, some blank, some no UTF-8."""
    end = draw(st.sampled_from(ENDS))
    drawn = draw(st.lists(LINE.map(lambda text: Sound(text, None, {})) | st.just(None), max_size=8))
    rows = [(number, row) for number, row in enumerate(drawn, 1) if row is not None]
    content = end.join("" if row is None else row.text for row in drawn).encode()
    broken = []
    if draw(st.booleans()):
        content += end.encode() + b"bad \xe9 byte"
        broken = [len(drawn) + 1] if drawn else [2]
    return File("a.txt", content, rows, broken)


FILES_OF_ANY_KIND = st.one_of(json_lines(), arrays(), tables(), plain_lines())


async def imported(context: Context, file: Path) -> tuple[Tally, list[dict[str, Any]]]:
    """Import a file as a customer who has nothing yet, and export what came of it."""
    customer = await customer_of(context)
    tally = await customer.imports(file)
    return tally, await customer.exported()


def as_sent(value: object) -> object:
    """What is compared of JSON: objects with their members in their order."""
    return json.dumps(value)


def expected(rows: list[tuple[int, Sound]]) -> tuple[list[Sound], int, list[int]]:
    """What must be created in this order, how many exist, and which lines are conflicts."""
    known: dict[str, Sound] = {}
    created, existing, conflicts = [], 0, []
    for line, row in rows:
        held = None if row.unique_id is None else known.get(row.unique_id)
        if held is None:
            created.append(row)
            if row.unique_id is not None:
                known[row.unique_id] = row
        elif held.fields == row.fields:
            existing += 1
        else:
            conflicts.append(line)
    return created, existing, conflicts


def check(sent: File, file: Path, tally: Tally, exported: list[dict[str, Any]]) -> None:
    """Hold what became of a file against what must."""
    created, existing, conflicts = expected(sent.rows)
    assert all(told["file"] == str(file) for told in tally.errors)
    told = [int(str(one.get("member", one["line"]))) for one in tally.errors]
    assert told == sorted([*sent.broken, *conflicts]), (sent, tally.errors)
    assert counted(tally) == (len(created), existing, len(sent.broken) + len(conflicts))
    out = [(task["params"]["attachment"], task["unique_id"], task["metadata"]) for task in exported]
    assert as_sent(out) == as_sent([(row.text, row.unique_id, row.metadata) for row in created])


@pytest.mark.timeout(3_600)
async def test_every_row_of_every_file_is_created_or_existing_or_failed(
    context: Context, tmp_path: Path
):
    loop = asyncio.get_running_loop()

    @settings(
        max_examples=FILES, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    @given(st.one_of(json_lines(), arrays(), tables(), plain_lines()))
    def holds(sent: File) -> None:
        file = tmp_path / sent.name
        file.write_bytes(sent.content)
        importing = asyncio.run_coroutine_threadsafe(imported(context, file), loop)
        check(sent, file, *importing.result())

    await asyncio.to_thread(holds)


@st.composite
def folders(draw: st.DrawFn) -> tuple[list[File], list[str]]:
    """Files of a folder, and what must be asked of them."""
    files = draw(st.lists(st.one_of(json_lines(), arrays(), tables()), max_size=4))
    return files, [row.text for file in files for _, row in file.rows]


@pytest.mark.timeout(3_600)
@settings(max_examples=FILES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(folders())
def test_every_text_of_a_folder_is_asked_about_or_told(given: tuple[list[File], list[str]]) -> None:
    files, wanted = given
    told: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        for number, file in enumerate(files):
            (Path(name) / f"{number}{file.name}").write_bytes(file.content)
        (Path(name) / "z.txt").write_text("sound")
        (project,) = own_folder.projects(Path(name), told.append)
    asked = [question.params["text"] for question in project.questions]
    # Of the broken rows some hold a text that can be asked about though no task could be made.
    remaining = iter(asked)
    assert all(text in remaining for text in wanted)
    assert len(asked) + len(told) >= len(wanted) + 1
    assert all(one.partition(" ")[0].rstrip(",").startswith(tuple("0123")) for one in told)
