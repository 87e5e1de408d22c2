"""The visitor's own folder: its pictures and texts become tasks for a person.

Pictures (png, jpg, webp) are for boxes and outlines, texts (txt whole; jsonl, json and csv by
row) for spans. A file `labels.txt`, one label a line, says what to look for. What cannot be asked
about is told before anything is played, and the rest is asked.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from evenhand.demo import own_files
from evenhand.demo.own_files import LeftOut
from evenhand.demo.participants import ONE_PERSON
from evenhand.demo.questions import Project, Question
from evenhand.foundation.errors import Invalid
from evenhand.foundation.row_files import UnreadableFile
from evenhand.task_types import Invalid as InvalidTask
from evenhand.task_types import task_type

PICTURES_MAX = 500  # enough for a look; the API takes the rest
PICTURES_BYTES_MAX = 512 * 1024 * 1024  # all are held in memory until they are uploaded
TEXTS_MAX = 500
PICTURE_ENDINGS = frozenset({".png", ".jpg", ".jpeg", ".webp"})
TEXT_ENDINGS = frozenset({".txt", ".jsonl", ".ndjson", ".json", ".csv", ".tsv"})
LABELS_FILE = "labels.txt"
LEFT_OUT_TOLD_MAX = 20
PICTURE_LABELS = ["thing"]
TEXT_LABELS = ["PERSON", "ORGANISATION", "PLACE", "DATE", "OTHER"]


class NothingToLabel(Invalid):
    """The folder holds no picture (png, jpg, webp) and no text (txt, jsonl, csv)."""


class UnfitLabels(Invalid):
    """What `labels.txt` says cannot be the labels of a task."""


def projects(folder: Path, on_left_out: Callable[[str], None] = lambda _: None) -> list[Project]:
    """Make a project of the folder's pictures and one of its texts, where there are any.

    What is left out of them is told, the first of it by its file and line.
    """
    if not folder.is_dir():
        raise NothingToLabel(f"{folder} is not a folder.")
    labels = _labels(folder)
    left_out = _LeftOut()
    found = [
        project
        for project in (_pictures(folder, labels, left_out), _texts(folder, labels, left_out))
        if project.questions
    ]
    if not found:
        told = f"{folder} holds nothing to label. {left_out.first[0]}" if left_out.count else None
        raise NothingToLabel(told, folder=str(folder))
    for one in left_out.told():
        on_left_out(one)
    return found


@dataclass(slots=True)
class _LeftOut:
    """What is left out: the first of it, and how much there is, which may be millions of rows."""

    first: list[LeftOut] = field(default_factory=list[LeftOut])
    count: int = 0

    def append(self, one: LeftOut) -> None:
        self.count += 1
        if len(self.first) < LEFT_OUT_TOLD_MAX:
            self.first.append(one)

    def told(self) -> list[str]:
        more = self.count - len(self.first)
        return [*map(str, self.first), *([f"and {more:,} more"] if more else [])]


def _pictures(folder: Path, labels: list[str], left_out: _LeftOut) -> Project:
    wanted = {"objects_to_annotate": labels or PICTURE_LABELS}
    params: dict[str, object] = {
        "instruction": "Mark each of these things that you can see.",
        "geometries": {"box": wanted, "polygon": wanted},
    }
    _require_fit("imageannotation", {**params, "attachment": "https://example.com/a.png"})
    questions: list[Question] = []
    size = 0
    for file in _files(folder):
        if file.suffix.lower() not in PICTURE_ENDINGS:
            continue
        place = own_files.shown(file, folder)
        if len(questions) == PICTURES_MAX or size > PICTURES_BYTES_MAX:
            left_out.append(LeftOut(place, f"is one more than {len(questions):,} pictures."))
            continue
        picture = own_files.picture_in(file, place)
        if isinstance(picture, LeftOut):
            left_out.append(picture)
            continue
        size += len(picture.content)
        name = own_files.name_of(f"picture-{place}")
        questions.append(Question(unique_id=name, params={}, picture=picture))
    return Project(
        name="Pictures of the folder",
        type="imageannotation",
        params=params,
        questions=questions,
        policy=ONE_PERSON,
    )


def _texts(folder: Path, labels: list[str], left_out: _LeftOut) -> Project:
    type_name = "namedentityrecognition"
    params: dict[str, object] = {
        "instruction": "Mark each of these that you find.",
        "labels": [{"name": label} for label in labels or TEXT_LABELS],
    }
    _require_fit(type_name, {**params, "text": "x"})
    questions: list[Question] = []
    for file in _files(folder):
        if file.suffix.lower() not in TEXT_ENDINGS or file.name == LABELS_FILE:
            continue
        for number, found in enumerate(own_files.texts_in(file, own_files.shown(file, folder)), 1):
            if isinstance(found, LeftOut):
                left_out.append(found)
                continue
            why = _unfit(type_name, {**params, "text": found.text})
            if why is None and len(questions) == TEXTS_MAX:
                why = f"is one more than {TEXTS_MAX:,} texts."
            if why is not None:
                left_out.append(LeftOut(found.place, why))
                continue
            name = own_files.name_of(f"text-{own_files.shown(file, folder)}-{number}")
            questions.append(Question(unique_id=name, params={"text": found.text}))
    return Project(
        name="Texts of the folder",
        type=type_name,
        params=params,
        questions=questions,
        policy=ONE_PERSON,
    )


def _unfit(type_name: str, params: Mapping[str, object]) -> str | None:
    """Say why a task could not be created, as the server would after all was played."""
    try:
        task_type(type_name).parse_params(params)
    except InvalidTask as error:
        return f"cannot be asked about: {error}"
    return None


def _require_fit(type_name: str, params: Mapping[str, object]) -> None:
    why = _unfit(type_name, params)
    if why is not None:
        raise UnfitLabels(f"{LABELS_FILE} {why}")


def _labels(folder: Path) -> list[str]:
    file = folder / LABELS_FILE
    try:
        return own_files.labels_in(file) if file.is_file() else []
    except UnreadableFile as error:
        raise own_files.UnreadableLabels(f"{file} cannot be read: {error.message}") from error


def _files(folder: Path) -> list[Path]:
    return sorted(
        file
        for file in folder.rglob("*")
        if file.is_file() and not any(p.startswith(".") for p in file.relative_to(folder).parts)
    )
