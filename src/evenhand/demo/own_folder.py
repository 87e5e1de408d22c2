"""The visitor's own folder: its pictures and texts become tasks for a person.

Pictures (png, jpg, webp) are for boxes and outlines, texts (txt whole, jsonl and csv by
line) for spans. A file `labels.txt`, one label a line, says what to look for.
"""

import csv
import json
import mimetypes
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from evenhand.demo.participants import ONE_PERSON
from evenhand.demo.questions import Picture, Project, Question
from evenhand.foundation.errors import Invalid

PICTURES_MAX = 500  # enough for a look; the API takes the rest
TEXTS_MAX = 500
TEXT_CHARACTERS_MAX = 20_000
PICTURE_TYPES = frozenset({".png", ".jpg", ".jpeg", ".webp"})
LABELS_FILE = "labels.txt"
PICTURE_LABELS = ["thing"]
TEXT_LABELS = ["PERSON", "ORGANISATION", "PLACE", "DATE", "OTHER"]
# Columns and keys under which a text is looked for, before the longest value is taken.
TEXT_KEYS = ("text", "content", "body", "sentence", "message")


class NothingToLabel(Invalid):
    """The folder holds no picture (png, jpg, webp) and no text (txt, jsonl, csv)."""


def projects(folder: Path) -> list[Project]:
    """Make a project of the folder's pictures and one of its texts, where there are any."""
    if not folder.is_dir():
        raise NothingToLabel(f"{folder} is not a folder.")
    labels = _labels(folder)
    found = [
        project
        for project in (_pictures(folder, labels), _texts(folder, labels))
        if project.questions
    ]
    if not found:
        raise NothingToLabel(folder=str(folder))
    return found


def _pictures(folder: Path, labels: list[str]) -> Project:
    wanted = {"objects_to_annotate": labels or PICTURE_LABELS}
    files = [file for file in _files(folder) if file.suffix.lower() in PICTURE_TYPES]
    return Project(
        name="Pictures of the folder",
        type="imageannotation",
        params={
            "instruction": "Mark each of these things that you can see.",
            "geometries": {"box": wanted, "polygon": wanted},
        },
        questions=[
            Question(
                unique_id=f"picture-{file.relative_to(folder)}",
                params={},
                picture=Picture(
                    name=file.name,
                    content=file.read_bytes(),
                    mime_type=mimetypes.guess_type(file.name)[0] or "application/octet-stream",
                ),
            )
            for file in files[:PICTURES_MAX]
        ],
        policy=ONE_PERSON,
    )


def _texts(folder: Path, labels: list[str]) -> Project:
    texts = [
        (f"{file.relative_to(folder)}-{number}", text[:TEXT_CHARACTERS_MAX])
        for file in _files(folder)
        if file.name != LABELS_FILE
        for number, text in enumerate(_texts_in(file), 1)
        if text.strip()
    ]
    return Project(
        name="Texts of the folder",
        type="namedentityrecognition",
        params={
            "instruction": "Mark each of these that you find.",
            "labels": [{"name": label} for label in labels or TEXT_LABELS],
        },
        questions=[
            Question(unique_id=f"text-{name}", params={"text": text})
            for name, text in texts[:TEXTS_MAX]
        ],
        policy=ONE_PERSON,
    )


def _labels(folder: Path) -> list[str]:
    file = folder / LABELS_FILE
    if not file.is_file():
        return []
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    return list(dict.fromkeys(line.strip() for line in lines if line.strip()))


def _files(folder: Path) -> list[Path]:
    return sorted(
        file
        for file in folder.rglob("*")
        if file.is_file() and not any(p.startswith(".") for p in file.relative_to(folder).parts)
    )


def _texts_in(file: Path) -> Iterator[str]:
    match file.suffix.lower():
        case ".txt":
            yield file.read_text(encoding="utf-8", errors="replace")
        case ".jsonl":
            for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
                if line.strip():
                    yield _text_in(_parsed(file, line))
        case ".csv":
            with file.open(encoding="utf-8", errors="replace", newline="") as lines:
                for row in csv.DictReader(lines):
                    yield _text_in(row)
        case _:
            return


def _parsed(file: Path, line: str) -> Any:
    try:
        return json.loads(line)
    except json.JSONDecodeError as error:
        raise NothingToLabel(f"{file} has a line that is not JSON: {error}.") from error


def _text_in(row: Any) -> str:
    """The text of a row: under a usual name, or else the longest there is."""
    if isinstance(row, str):
        return row
    if not isinstance(row, dict):
        return ""
    given = cast("dict[Any, Any]", row)
    cells = {str(key).lower(): value for key, value in given.items() if isinstance(value, str)}
    named = [cells[key] for key in TEXT_KEYS if key in cells]
    return named[0] if named else max(cells.values(), key=len, default="")
