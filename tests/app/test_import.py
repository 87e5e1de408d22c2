"""`evenhand import`: what is in a file comes in whole, or its row is refused aloud."""

import json
from pathlib import Path
from typing import Any

import pytest
from app.importing import Customer, counted, customer_of, failed_lines

from evenhand.app.commands import imports
from evenhand.app.commands.columns import UnknownColumns
from evenhand.app.commands.import_rows import NotAFile, UnknownEnding, require_readable
from evenhand.app.context import Context
from evenhand.foundation import row_files
from evenhand.foundation.database import as_tenant
from evenhand.foundation.row_files import UnreadableFile, physical
from evenhand.work import projects, tasks

MARK = b"\xef\xbb\xbf"
UMLAUTS = "Grüße aus Köln, 猫 🐈"


@pytest.fixture
async def customer(context: Context) -> Customer:
    """A tenant with the project `p`, whose tasks need nothing but a text."""
    return await customer_of(context)


def row(text: str, **more: Any) -> str:
    return json.dumps({"attachment": text, **more}, ensure_ascii=False)


def written(folder: Path, name: str, content: str | bytes, encoding: str = "utf-8") -> Path:
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return file


async def texts(customer: Customer, project: str | None = "p") -> list[str]:
    return [task["params"]["attachment"] for task in await customer.exported(project)]


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-32"], ids=lambda name: name)
@pytest.mark.parametrize("ending", ["jsonl", "ndjson", "json", "csv", "tsv", "txt", "JSONL", "CSV"])
async def test_every_unicode_encoding_tells_itself(
    customer: Customer, tmp_path: Path, ending: str, codec: str
):
    # The second holds the bytes of line ends across its letters in UTF-16 and UTF-32.
    wanted = [UMLAUTS, "ਅĀਅ čĀĊ", "\u2028drei\u0085\x0b\x1c"]
    content = {
        "json": f"[{','.join(map(row, wanted))}]",
        "csv": "attachment\n" + "".join(f'"{text}"\r\n' for text in wanted),
        "tsv": "attachment\tpriority\n" + "".join(f"{text}\t20\n" for text in wanted),
        "txt": "\n".join(wanted),
    }.get(ending.lower(), "\n".join(map(row, wanted)))
    tally = await customer.imports(written(tmp_path, f"a.{ending}", content, codec))
    assert counted(tally) == (3, 0, 0), tally.errors
    assert await texts(customer) == wanted


@pytest.mark.parametrize("ending", ["jsonl", "csv", "txt"])
@pytest.mark.parametrize(
    ("codec", "said"),
    [("latin-1", "latin-1"), ("cp1252", "windows-1252"), ("utf-16-le", "utf-16"),
     ("utf-16-be", "utf-16"), ("utf-16-le", "UTF-16LE"), ("shift_jis", "sjis")],
)  # fmt: skip
async def test_other_encodings_are_read_when_they_are_said(
    customer: Customer, tmp_path: Path, ending: str, codec: str, said: str
):
    text = "ソ表能" if codec == "shift_jis" else "Grüße aus Köln"
    content = {"csv": f"attachment\n{text}\n", "txt": f"{text}\n"}.get(ending, row(text))
    file = written(tmp_path, f"a.{ending}", content, codec)
    assert counted(await customer.imports(file, encoding=said)) == (1, 0, 0)
    assert await texts(customer) == [text]


@pytest.mark.parametrize("ending", ["jsonl", "csv", "txt"])
async def test_what_is_no_utf8_fails_by_line_and_byte(
    customer: Customer, tmp_path: Path, ending: str
):
    first, last = ("eins", "drei") if ending != "jsonl" else (row("eins"), row("drei"))
    begin = "attachment\n" if ending == "csv" else ""
    content = f"{begin}{first}\nGrüße\n{last}\n"
    tally = await customer.imports(written(tmp_path, f"a.{ending}", content, "latin-1"))
    assert counted(tally) == (2, 0, 1)
    assert failed_lines(tally) == [3 if ending == "csv" else 2]
    place = content.index("ü")
    assert f"Byte {place:,} of the file, 0xfc, is not UTF-8" in str(tally.errors[0]["error"])
    assert await texts(customer) == ["eins", "drei"]


async def test_one_bad_byte_costs_one_row_of_thousands(customer: Customer, tmp_path: Path):
    rows = [row(f"text {n}", unique_id=str(n)).encode() for n in range(1, 4_212)]
    rows[4_200] = b'{"attachment": "\xff"}'
    tally = await customer.imports(written(tmp_path, "a.jsonl", b"\n".join(rows)))
    assert counted(tally) == (4_210, 0, 1)
    assert failed_lines(tally) == [4_201]
    mended = written(tmp_path, "a.jsonl", b"\n".join([*rows[:4_200], row("x").encode()]))
    again = await customer.imports(mended)
    assert counted(again) == (1, 4_200, 0)
    assert again.existing.ranges == [[1, 4_200]]


@pytest.mark.parametrize(
    "content",
    [
        "[" * 3_000 + "]" * 3_000,
        '{"attachment":' * 3_000 + "1" + "}" * 3_000,
        '{"attachment": "x", "metadata": ' + '{"a":' * 40 + "1" + "}" * 41,
        '{"attachment": "a\\u0000b"}',
        '{"attachment": "\\ud800"}',
        '{"attachment": "x", "metadata": {"n": 1e999}}',
        '{"attachment": "x", "metadata": {"n": 99999999999999999999}}',
        '{"attachment": "x", "priority": 7}',
        '{"attachment": "x", "type": 7}',
        '{"attachment": "x", "type": "telepathy"}',
        '{"attachment": "x", "project": "none"}',
        '{"attachment": "x", "project": ["p"]}',
        '{"attachment": "   "}',
        '{"attachment": "x", "metadata": {"l": [' + "1," * 200_000 + "1]}}",
        "{broken",
        "null",
        "7",
        '"[/bold] [red]"',
        "[1]x",
        "\0",
    ],
    ids=lambda content: content[:30].encode("unicode_escape").decode(),
)
@pytest.mark.parametrize("begin", [row("before") + "\n"], ids=[""])
async def test_a_row_that_cannot_be_fails_alone(
    customer: Customer, tmp_path: Path, content: str, begin: str
):
    file = written(tmp_path, "a.jsonl", begin + content + "\n" + row("after"))
    tally = await customer.imports(file)
    assert counted(tally) == (2, 0, 1)
    assert failed_lines(tally) == [2]
    assert await texts(customer) == ["before", "after"]
    tally.show(as_json=False)


async def test_blank_names_and_the_type_of_the_project_may_be_said(
    customer: Customer, tmp_path: Path
):
    rows = [
        row("a", type="categorization"),
        row("b", type=None, project=None, batch="", unique_id=None),
        row("c", type="", project=""),
        "\ufeff" + row("d"),
        "",
        " \t ",
        "\ufeff",
    ]
    tally = await customer.imports(written(tmp_path, "a.jsonl", "\n".join(rows)))
    assert counted(tally) == (4, 0, 0), tally.errors
    assert await texts(customer) == ["a", "b", "c", "d"]


async def test_a_json_array_is_read_member_by_member(customer: Customer, tmp_path: Path):
    content = f"""[
  {row("one")}, {row('a "quoted] one", {')},
  {{"attachment": 7}},
  {{
    "attachment": "several\\nlines",
    "metadata": {{"a": [1, {{}}]}}
  }},
  {{broken}},
  [{row("nested")}],
  {row("last")}
]
"""
    for ending in ("json", "jsonl", "ndjson"):
        project = f"from {ending}"
        await customer.project(project)
        tally = await customer.imports(written(tmp_path, f"a.{ending}", content), project)
        assert counted(tally) == (4, 0, 3), tally.errors
        assert failed_lines(tally) == [3, 8, 9]
        assert [told["member"] for told in tally.errors] == [3, 5, 6]
        wanted = ["one", 'a "quoted] one", {', "several\nlines", "last"]
        assert await texts(customer, project) == wanted


@pytest.mark.parametrize(
    ("content", "tally", "line"),
    [
        ("[]", (0, 0, 0), None),
        (f"[{row('a')}", (0, 0, 1), 1),
        (f"[{row('a')},\n", (1, 0, 1), 2),
        (f"[{row('a')}] x", (1, 0, 1), 1),
        (f"[{row('a')},]", (1, 0, 0), None),
        (f"[{row('a')},,{row('b')}]", (2, 0, 1), 1),
        (f'[{row("a")}, "unclosed]\n', (1, 0, 1), 1),
        (f"[{row('a')}}}, {row('b')}]", (1, 0, 1), 1),
    ],
)
async def test_an_array_that_is_none_is_told(
    customer: Customer, tmp_path: Path, content: str, tally: tuple[int, int, int], line: int | None
):
    found = await customer.imports(written(tmp_path, "a.json", content))
    assert counted(found) == tally, found.errors
    assert failed_lines(found) == ([] if line is None else [line])


async def test_a_cell_may_be_as_long_as_the_api_takes(customer: Customer, tmp_path: Path):
    long = "x" * 999_999 + "é"
    content = f'attachment,unique_id\n{long},1\n"{long}",2\n{long}y,3\nshort,4\n'
    tally = await customer.imports(written(tmp_path, "a.csv", content))
    assert counted(tally) == (3, 0, 1)
    assert failed_lines(tally) == [4]
    assert await texts(customer) == [long, long, "short"]


@pytest.mark.parametrize("ending", ["jsonl", "csv", "txt"])
async def test_a_line_longer_than_memory_allows_fails_alone(
    customer: Customer, tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(physical, "LINE_BYTES_MAX", 1_000)
    monkeypatch.setattr(physical, "BLOCK_BYTES", 100)
    rows = [row("a"), "x" * 5_000, row("b")] if ending == "jsonl" else ["a", "x" * 5_000, "b"]
    begin = "attachment\n" if ending == "csv" else ""
    for codec in ("utf-8", "utf-16"):
        project = f"in {codec}"
        await customer.project(project)
        file = written(tmp_path, f"a.{ending}", begin + "\n".join(rows), codec)
        tally = await customer.imports(file, project)
        assert counted(tally) == (2, 0, 1), tally.errors
        assert failed_lines(tally) == [3 if ending == "csv" else 2]
        assert await texts(customer, project) == ["a", "b"]


HEADER = "attachment,unique_id"


@pytest.mark.parametrize(
    ("body", "wanted", "failed"),
    [
        ("Hello, world,1\nb,2", [("b", "2")], [2]),
        ("a\nb,2", [("b", "2")], [2]),
        ("a,1,\nb,2", [("a", "1"), ("b", "2")], []),
        ('"never closed,1\nb,2\nc,3', [("b", "2"), ("c", "3")], [2]),
        ('"never closed,1\nb,2\n"c, c",3\n"d",4', [("b", "2"), ("c, c", "3"), ("d", "4")], [2]),
        ('a,1\n"x\nb,2\n"y\nc,3', [("a", "1"), ("b", "2"), ("c", "3")], [3, 5]),
        ('5" pipe,1\nb,2', [("b", "2")], [2]),
        ('"5" pipe",1\nb,2', [("b", "2")], [2]),
        ('"a""b",1\n"""",2\n"",3', [('a"b', "1"), ('"', "2")], [4]),
        ('"one\r\ntwo",1\nb,2\nx\ny', [("one\r\ntwo", "1"), ("b", "2")], [5, 6]),
        ('"a\n\nb",1\n\nc,2,3', [("a\n\nb", "1")], [6]),
        ("a,1\r\n\r\n,,\r\n , \r\nb,2\r", [("a", "1"), ("b", "2")], [5]),
        ("a,1\rb,2\r", [("a", "1"), ("b", "2")], []),
        (" a ,\t1", [(" a ", "\t1")], []),
        ('a, "1"', [], [2]),
    ],
)  # fmt: skip
async def test_a_table_is_read_as_it_is_meant_or_refused(
    customer: Customer, tmp_path: Path, body: str, wanted: list[tuple[str, str]], failed: list[int]
):
    tally = await customer.imports(written(tmp_path, "a.csv", f"{HEADER}\n{body}"))
    exported = await customer.exported()
    found = [(task["params"]["attachment"], task["unique_id"]) for task in exported]
    assert found == wanted
    assert failed_lines(tally) == failed
    assert counted(tally) == (len(wanted), 0, len(failed))


@pytest.mark.parametrize(
    "content",
    [
        " attachment , unique_id \nHello, 7",
        "attachment;unique_id\nHello, world;7",
        "attachment\tunique_id\nHello, world\t7",
        "attachment|unique_id\nHello, world|7",
        "sep=;\nattachment;unique_id\nHello, world;7",
        '\n\n"attachment","unique_id"\n"Hello, world","7"\n',
        "attachment,unique_id,,\nHello,7,,\n",
        "unique_id,attachment\n7,Hello\n",
        "\ufeffattachment;unique_id\r\nHello;7\r\n",
    ],
)
async def test_a_header_is_understood_as_people_write_it(
    customer: Customer, tmp_path: Path, content: str
):
    tally = await customer.imports(written(tmp_path, "a.csv", content))
    assert counted(tally) == (1, 0, 0), tally.errors
    (task,) = await customer.exported()
    assert task["unique_id"].strip() == "7"
    assert task["params"]["attachment"].startswith("Hello")


@pytest.mark.parametrize(
    ("content", "error", "about"),
    [
        ("", UnreadableFile, "empty"),
        ("\n\n", UnreadableFile, "empty"),
        ("attachment,attachment\na,b", UnreadableFile, "twice: 'attachment'"),
        (",attachment\n0,a", UnreadableFile, "no column 1"),
        ('attachment,"uni\na,b', UnreadableFile, "never closed"),
        (b"attachm\xe9nt\na", UnreadableFile, "Byte 7"),
        ("text,unique_id\na,1", UnknownColumns, "'text'"),
        ("Attachment,unique_id\na,1", UnknownColumns, "did you mean attachment?"),
        ("attachment,uniqe_id\na,1", UnknownColumns, "did you mean unique_id?"),
        ("a,1\nb,2", UnknownColumns, "'a', '1'"),
        (b"PK\x03\x04" + b"\0\x01\0\0" * 30, UnreadableFile, "no text at all"),
    ],
)
async def test_a_table_that_makes_no_sense_is_refused_before_anything_is_entered(
    customer: Customer, tmp_path: Path, content: str | bytes, error: type[Exception], about: str
):
    with pytest.raises(error, match=about.replace("?", r"\?")):
        await customer.imports(written(tmp_path, "a.csv", content))
    assert await customer.exported() == []


async def test_unknown_columns_are_kept_as_metadata_where_that_is_asked(
    customer: Customer, tmp_path: Path
):
    file = written(tmp_path, "a.csv", "attachment,colour,metadata.size\na,red,7\nb,,\n")
    tally = await customer.imports(file, other_columns="metadata")
    assert counted(tally) == (2, 0, 0)
    exported = await customer.exported()
    assert [task["metadata"] for task in exported] == [{"colour": "red", "size": "7"}, {}]


async def test_everything_a_task_takes_can_stand_in_a_table(customer: Customer, tmp_path: Path):
    content = (
        "attachment,tags,categories,metadata,metadata.row,priority,allow_multiple,category_ids,"
        "instruction,type\n"
        '[1],"[""a"", ""b, c""]","[""x"", ""y""]","{""z"": [1, 2], ""a"": null}",7,20,true,'
        '"{""1"": ""x""}","Look, please.",categorization\n'
        "b,one,,,,,FALSE,,,\n"
    )
    tally = await customer.imports(written(tmp_path, "a.csv", content))
    assert counted(tally) == (2, 0, 0), tally.errors
    first, second = await customer.exported()
    async with as_tenant(customer.context.pool, customer.tenant_id) as tx:
        tags = [
            (await tasks.task_of(tx, task["task_id"], is_test=False)).tags
            for task in (first, second)
        ]
    assert tags == [["a", "b, c"], ["one"]]
    assert first["metadata"] == {"z": [1, 2], "a": None, "row": "7"}
    assert first["params"]["attachment"] == "[1]"
    assert first["params"]["categories"] == ["x", "y"]
    assert first["params"]["allow_multiple"] is True
    assert second["params"]["allow_multiple"] is False
    assert first["params"]["category_ids"] == {"1": "x"}


@pytest.mark.parametrize(
    ("header", "cells", "about"),
    [
        ("tags", '"night, rain"', "not written as JSON"),
        ("tags", "night|rain", "not written as JSON"),
        ("tags", "[night]", "`tags` is not JSON"),
        ("metadata", "x", "`metadata` is not JSON"),
        ("metadata", '"' + "[" * 3_000 + '"', "nested too deeply"),
        ("metadata", "[1]", "`metadata`"),
        ("metadata,metadata.a", '"{""a"": 1}",2', "'a' in two columns"),
        ("priority", "high", "`priority`"),
        ("allow_multiple", "maybe", "`allow_multiple`"),
        ("type", "telepathy", "no task type"),
    ],
)
async def test_a_cell_that_cannot_be_fails_its_row(
    customer: Customer, tmp_path: Path, header: str, cells: str, about: str
):
    file = written(tmp_path, "a.csv", f"attachment,{header}\nx,{cells}\n")
    tally = await customer.imports(file)
    assert counted(tally) == (0, 0, 1)
    assert failed_lines(tally) == [2]
    assert about in str(tally.errors[0]["error"])


@pytest.mark.parametrize(
    ("encoding", "content", "about"),
    [
        ("utf-9", b"x", "no encoding"),
        ("rot13", b"x", "no encoding"),
        ("utf-7", b"x", "no encoding"),
        ("cp037", b"x", "no encoding"),
        ("\0", b"x", "no encoding"),
        ("latin-1", MARK + b"x", "byte-order mark of UTF-8"),
        ("utf-8", "x".encode("utf-16"), "byte-order mark of UTF-16-LE"),
        (None, "Hello".encode("utf-16-le"), "UTF-16 without a byte-order mark"),
        (None, bytes(1_000), "no text at all"),
    ],
)
async def test_an_encoding_that_cannot_be_is_told_before_anything_is_entered(
    customer: Customer, tmp_path: Path, encoding: str | None, content: bytes, about: str
):
    with pytest.raises(UnreadableFile, match=about):
        await customer.imports(written(tmp_path, "a.txt", content), encoding=encoding)


@pytest.mark.parametrize("name", ["a.parquet", "a", "a.jsonl.bak", "a.xlsx", "a.json.gz"])
def test_an_unknown_ending_is_refused(tmp_path: Path, name: str):
    with pytest.raises(UnknownEnding):
        require_readable(written(tmp_path, name, ""))


def test_what_is_no_file_is_refused(tmp_path: Path):
    (tmp_path / "folder.csv").mkdir()
    for name in ("folder.csv", "absent.csv"):
        with pytest.raises(NotAFile):
            require_readable(tmp_path / name)


async def test_the_second_project_that_numbers_its_rows_is_told_so(
    customer: Customer, tmp_path: Path
):
    await customer.project("second")
    file = written(tmp_path, "a.csv", HEADER + "".join(f"\ntext {n},{n}" for n in range(1, 6)))
    assert counted(await customer.imports(file)) == (5, 0, 0)
    assert counted(await customer.imports(file)) == (0, 5, 0)
    second = await customer.imports(file, "second")
    assert counted(second) == (0, 0, 5)
    assert "`project` differ" in str(second.errors[0]["error"])


async def test_a_row_is_the_same_in_whichever_form_it_is_sent(customer: Customer, tmp_path: Path):
    table = 'attachment,unique_id,tags,priority,allow_multiple\na,1,"[""x""]",20,true\n'
    assert counted(await customer.imports(written(tmp_path, "a.csv", table))) == (1, 0, 0)
    as_json = row("a", unique_id="1", tags=["x"], priority=20, allow_multiple=True)
    assert counted(await customer.imports(written(tmp_path, "a.jsonl", as_json))) == (0, 1, 0)


async def test_a_file_with_blocks_cut_anywhere_is_read_the_same(
    customer: Customer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    body = 'attachment,unique_id\r\n"é\r\nü",1\r\nb,2\r\r\n"c",3\n'
    for size in (1, 2, 3, 5):
        monkeypatch.setattr(physical, "BLOCK_BYTES", size)
        for codec in ("utf-8", "utf-8-sig", "utf-16", "utf-32"):
            project = f"{size} {codec}"
            await customer.project(project)
            content = body.replace(",", f",{project} ").replace(f"{project} unique", "unique")
            file = written(tmp_path, "a.csv", content, codec)
            assert counted(await customer.imports(file, project)) == (3, 0, 0)
            assert await texts(customer, project) == ["é\r\nü", "b", "c"]


async def test_an_import_that_ends_early_still_tells_what_it_did(
    customer: Customer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(imports, "ROWS_A_STEP", 2)
    rows = [row(str(n)) for n in range(5)]
    file = written(tmp_path, "a.jsonl", "\n".join(rows))
    tally = imports.Tally(file)
    reading = imports.Reading()
    with pytest.raises(OSError, match="the disk is gone"):
        async for _ in imports.import_file(
            customer.context, customer.tenant_id, tally, "p", reading
        ):
            if tally.created == 4:
                raise OSError("the disk is gone")
    assert counted(tally) == (4, 0, 0)


async def test_a_misspelt_project_is_told_with_the_nearest(customer: Customer, tmp_path: Path):
    await customer.project("Vogelbilder")
    with pytest.raises(projects.NoSuchProject, match="Vogelbilder"):
        await customer.imports(written(tmp_path, "a.txt", "x"), "Vogelbidler")


def test_nothing_of_the_reader_is_hidden_behind_another_name():
    assert row_files.LINE_BYTES_MAX == physical.LINE_BYTES_MAX
