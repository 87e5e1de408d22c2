"""A visitor's own folder becomes tasks, whatever it holds of pictures and texts."""

import json
from pathlib import Path

import pytest
from PIL import Image

from evenhand.demo import own_folder


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
