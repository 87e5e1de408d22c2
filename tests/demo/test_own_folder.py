"""A visitor's own folder becomes tasks, whatever it holds of pictures and texts."""

import json
import os
from pathlib import Path

import pytest
from PIL import Image

from evenhand.demo import own_files, own_folder
from evenhand.work.intake import check_unique_id


def texts(folder: Path) -> list[object]:
    return [question.params["text"] for question in own_folder.projects(folder)[-1].questions]


def test_pictures_become_boxes_to_draw(tmp_path: Path):
    (tmp_path / "deep").mkdir()
    Image.new("RGB", (4, 4)).save(tmp_path / "deep" / "one.png")
    Image.new("RGB", (4, 4)).save(tmp_path / "two.JPG", format="JPEG")
    (project,) = own_folder.projects(tmp_path)
    assert project.type == "imageannotation"
    assert [question.picture.name for question in project.questions if question.picture] == [
        "one.png",
        "two.JPG",
    ]


def test_texts_are_read_whole_and_tables_line_by_line(tmp_path: Path):
    (tmp_path / "a.txt").write_text("Ada wrote to Charles.")
    (tmp_path / "b.jsonl").write_text(json.dumps({"id": "7", "text": "Mary"}) + '\n\n"Bob"\n')
    (tmp_path / "c.csv").write_text("id,remark\n1,the longest cell is taken\n")
    assert texts(tmp_path) == ["Ada wrote to Charles.", "Mary", "Bob", "the longest cell is taken"]


def test_labels_can_be_given(tmp_path: Path):
    (tmp_path / "a.txt").write_text("A robin sang.")
    (tmp_path / "labels.txt").write_text("bird\n\ntree\nbird\n")
    (project,) = own_folder.projects(tmp_path)
    assert project.params["labels"] == [{"name": "bird"}, {"name": "tree"}]


def test_hidden_files_and_blank_texts_are_left_alone(tmp_path: Path):
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "message.txt").write_text("hidden")
    (tmp_path / "blank.txt").write_text("  \n")
    (tmp_path / "seen.txt").write_text("seen")
    assert texts(tmp_path) == ["seen"]


@pytest.mark.parametrize("name", ["nothing.pdf", "blank.txt"])
def test_a_folder_with_nothing_to_label_is_told(tmp_path: Path, name: str):
    (tmp_path / name).write_text(" ")
    with pytest.raises(own_folder.NothingToLabel):
        own_folder.projects(tmp_path)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path):
    with pytest.raises(own_folder.NothingToLabel, match="is not a folder"):
        own_folder.projects(tmp_path / "missing")


def test_a_broken_line_is_told_with_its_file(tmp_path: Path):
    (tmp_path / "b.jsonl").write_text("{broken\n")
    with pytest.raises(own_folder.NothingToLabel, match=r"b\.jsonl has a line that is not JSON"):
        own_folder.projects(tmp_path)


def looked_at(folder: Path) -> tuple[list[object], list[str]]:
    """What is asked of a folder's texts, and what is told of the rest."""
    told: list[str] = []
    (project,) = own_folder.projects(folder, told.append)
    return [question.params["text"] for question in project.questions], told


@pytest.mark.parametrize(
    ("name", "content", "wanted", "about"),
    [
        ("b.jsonl", b'\xef\xbb\xbf{"text": "marked"}', ["marked"], None),
        ("b.jsonl", '{"text": "wide"}\n'.encode("utf-16"), ["wide"], None),
        ("b.csv", "text;n\nGrüße, ihr;1\n".encode("utf-16"), ["Grüße, ihr"], None),
        ("b.CSV", b"text\tn\na, b\t1\n", ["a, b"], None),
        ("B.TXT", b"\xef\xbb\xbfwhole\r\ntext", ["whole\r\ntext"], None),
        ("b.json", b'[{"text": "one"}, "two", 3]', ["one", "two"], "b.json, line 1 has no text"),
        ("b.jsonl", '{"text": "a\u2028b\x85c"}'.encode(), ["a\u2028b\x85c"], None),
        ("b.jsonl", b'"a"\n"b\xff"\n"c"', ["a", "c"], "b.jsonl, line 2 is left out: Byte 6"),
        ("b.jsonl", b'"a"\n"b\\u0000"\n"c"', ["a", "c"], "b.jsonl, line 2 cannot be asked about"),
        ("b.jsonl", b'"a"\n' + b"[" * 3_000, ["a"], "line 2. The JSON is nested too deeply"),
        ("b.csv", b"text,n\na,b,1\nc,2\n", ["c"], "b.csv, line 2 is left out: The row has 3"),
        ("b.csv", b'text,n\n"a,1\nc,2\n', ["c"], "line 2 is left out: A quote is opened"),
        ("b.csv", b"text,n\n" + b"x" * 200_000 + b",1\nc,2\n", ["c"], "longer than 20,000"),
        ("b.csv", b"text,text\na,b\n", [], "b.csv cannot be read: The header names a column twice"),
        ("b.txt", "Grüße\nÄ".encode("latin-1"), [], "byte 2, in line 1"),
        ("b.txt", b"a\0b", [], "cannot be asked about"),
        ("b.txt", b"x" * 20_001, [], "b.txt is longer than 20,000 characters"),
        ("b.txt", "é".encode() * 20_000, ["é" * 20_000], None),
        ("b.txt", "猫".encode() * 60_001, [], "longer than 20,000"),
        (b"caf\xe9.txt", b"named oddly", ["named oddly"], None),
    ],
    ids=str,
)
def test_a_file_is_read_whole_or_told_before_anything_is_played(
    tmp_path: Path, name: str | bytes, content: bytes, wanted: list[object], about: str | None
):
    (tmp_path / "a.txt").write_text("sound")
    (tmp_path / os.fsdecode(name)).write_bytes(content)
    asked, told = looked_at(tmp_path)
    assert sorted(map(str, asked)) == sorted(["sound", *map(str, wanted)])
    assert [about in one for one in told] == [True] if about else told == []


def test_no_name_of_a_file_is_more_than_a_task_can_bear(tmp_path: Path):
    deep = tmp_path.joinpath(*["d" * 200] * 8)
    deep.mkdir(parents=True)
    (deep / os.fsdecode(b"caf\xe9\n.txt")).write_text("deep")
    Image.new("RGB", (4, 4)).save(deep / os.fsdecode(b"caf\xe9.png"))
    for project in own_folder.projects(tmp_path):
        (question,) = project.questions
        check_unique_id(question.unique_id)
        assert question.unique_id.encode()
        if question.picture:
            assert question.picture.name == "caf\\xe9.png"


@pytest.mark.parametrize(
    "content", [b"", b"no picture", b"<html>log in</html>", b"GIF89a" + bytes(40)]
)
def test_what_is_no_picture_is_told_and_not_uploaded(tmp_path: Path, content: bytes):
    Image.new("RGB", (4, 4)).save(tmp_path / "a.png")
    (tmp_path / "b.jpg").write_bytes(content)
    told: list[str] = []
    (project,) = own_folder.projects(tmp_path, told.append)
    assert [question.unique_id for question in project.questions] == ["picture-a.png"]
    assert ["b.jpg is no picture" in one for one in told] == [True]


def test_more_than_are_asked_about_is_told(tmp_path: Path):
    (tmp_path / "a.csv").write_text("text\n" + "".join(f"row {n}\n" for n in range(600)))
    asked, told = looked_at(tmp_path)
    assert len(asked) == 500
    assert len(told) == 21
    assert told[0] == "a.csv, line 502 is one more than 500 texts."
    assert told[-1] == "and 80 more"


def test_a_file_that_may_not_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "a.txt").write_text("sound")
    (tmp_path / "b.txt").symlink_to("/proc/self/mem")
    _, told = looked_at(tmp_path)
    assert ["b.txt cannot be read" in one for one in told] == [True]


@pytest.mark.parametrize(
    ("labels", "error"),
    [
        (b"bird\n\xff\n", own_files.UnreadableLabels),
        (b"x" * 2_000_000, own_folder.UnfitLabels),
        (b"a\0b", own_folder.UnfitLabels),
    ],
)
def test_labels_that_cannot_be_are_told_before_anything_is_played(
    tmp_path: Path, labels: bytes, error: type[Exception]
):
    (tmp_path / "a.txt").write_text("sound")
    (tmp_path / "labels.txt").write_bytes(labels)
    with pytest.raises(error, match=r"labels\.txt"):
        own_folder.projects(tmp_path)


def test_labels_in_another_encoding_tell_themselves(tmp_path: Path):
    (tmp_path / "a.txt").write_text("sound")
    (tmp_path / "labels.txt").write_bytes("Vögel\r\nBäume\r\n".encode("utf-16"))
    (project,) = own_folder.projects(tmp_path)
    assert project.params["labels"] == [{"name": "Vögel"}, {"name": "Bäume"}]
