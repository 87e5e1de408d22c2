"""What is in the visitor's files: texts and pictures, and of the rest where it is and why not."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from evenhand import datasets
from evenhand.app.commands.row_values import decoded
from evenhand.demo.questions import Picture
from evenhand.foundation.errors import EvenhandError, Invalid
from evenhand.foundation.row_files import (
    UnreadableFile,
    encoding_of,
    header_of,
    is_array,
    lines_of,
    members_of,
)
from evenhand.foundation.row_files.encodings import HEAD_BYTES

PICTURES = {"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp"}
TEXT_CHARACTERS_MAX = 20_000
TEXT_BYTES_MAX = 4 * (TEXT_CHARACTERS_MAX + 1)  # in the encoding that takes most
FILE_NAME_LENGTH_MAX = 200
# Columns and keys under which a text is looked for, before the longest value is taken.
TEXT_KEYS = ("text", "attachment", "content", "body", "sentence", "message")


@dataclass(frozen=True, slots=True)
class Found:
    """A text and the file and line that it stands in."""

    place: str
    text: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What nobody is asked about, and why."""

    place: str
    why: str

    def __str__(self) -> str:
        """In one line."""
        return f"{self.place} {self.why}"


def shown(file: Path, folder: Path) -> str:
    """A file's name in its folder as text, whatever its bytes are."""
    raw = os.fsencode(file.relative_to(folder))
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode()
        for sign in raw.decode(errors="backslashreplace")
    )


def name_of(place: str) -> str:
    """A name of a task that is no longer than one may be."""
    digest = hashlib.sha256(place.encode()).hexdigest()
    return place if len(place) <= FILE_NAME_LENGTH_MAX else f"{place[:100]}…{digest}"


def picture_in(file: Path, place: str) -> Picture | LeftOut:
    """Read a picture, if its bytes are one that a browser shows."""
    try:
        if file.stat().st_size > datasets.FILE_BYTES_MAX:
            return LeftOut(place, f"has more than {datasets.FILE_BYTES_MAX:,} bytes.")
        content = file.read_bytes()
    except OSError as error:
        return LeftOut(place, f"cannot be read: {error.strerror}.")
    kind = datasets.mime_type_of(content[: datasets.HEAD_BYTES])
    if kind not in PICTURES:
        return LeftOut(place, "is no picture in PNG, JPEG or WebP, whatever its name says.")
    return Picture(name=name_of(place.rpartition("/")[2]), content=content, mime_type=kind)


def texts_in(file: Path, place: str) -> Iterator[Found | LeftOut]:
    """Read the texts of a file: all of a .txt, and of the others one in each row."""
    try:
        with file.open("rb") as opened:
            yield from _texts(opened, file.suffix.lower(), place)
    except UnreadableFile as error:
        yield LeftOut(place, f"cannot be read: {error.message}")
    except OSError as error:
        yield LeftOut(place, f"cannot be read: {error.strerror}.")


def _texts(opened: BinaryIO, ending: str, place: str) -> Iterator[Found | LeftOut]:
    head = opened.read(HEAD_BYTES)
    encoding = encoding_of(head, None)
    opened.seek(len(encoding.mark))
    match ending:
        case ".txt":
            yield from _whole_text(opened, place)
        case ".csv" | ".tsv":
            table = header_of(lines_of(opened, encoding))
            for row in table:
                where = f"{place}, line {row.number:,}"
                if row.fault:
                    yield LeftOut(where, f"is left out: {row.fault}")
                else:
                    yield _found(where, dict(zip(table.names, row.cells, strict=True)))
        case _ if is_array(head, encoding):
            for member in members_of(opened, encoding):
                yield _json_row(place, member.number, member.content, member.fault)
        case _:
            for line in lines_of(opened, encoding):
                if line.fault or line.text.strip("\ufeff \t"):
                    yield _json_row(place, line.number, line.text, line.fault)


def _whole_text(opened: BinaryIO, place: str) -> Iterator[Found | LeftOut]:
    opened.seek(0)
    content = opened.read(TEXT_BYTES_MAX + 1)
    encoding = encoding_of(content, None)
    try:
        text = content[len(encoding.mark) :].decode(encoding.name)
    except UnicodeDecodeError as error:
        at = error.start + len(encoding.mark)
        line = content[:at].count(b"\n") + 1
        yield (
            LeftOut(
                place, f"is not {encoding.shown}: byte {at:,}, in line {line:,}, cannot be read."
            )
            if len(content) <= TEXT_BYTES_MAX
            else _too_long(place)
        )
        return
    yield _too_long(place) if len(content) > TEXT_BYTES_MAX else _fitting(place, text)


def _json_row(place: str, number: int, content: str | bytes, fault: str | None) -> Found | LeftOut:
    where = f"{place}, line {number:,}"
    if fault:
        return LeftOut(where, f"is left out: {fault}")
    try:
        return _found(where, decoded(content))
    except EvenhandError as error:
        return LeftOut(place, f"has a line that is not JSON: line {number:,}. {error.message}")


def _found(where: str, row: Any) -> Found | LeftOut:
    text = _text_in(row)
    if not text.strip():
        return LeftOut(where, "has no text.")
    return _fitting(where, text)


def _fitting(where: str, text: str) -> Found | LeftOut:
    return _too_long(where) if len(text) > TEXT_CHARACTERS_MAX else Found(where, text)


def _too_long(where: str) -> LeftOut:
    return LeftOut(where, f"is longer than {TEXT_CHARACTERS_MAX:,} characters. Cut it in parts.")


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


class UnreadableLabels(Invalid):
    """The file `labels.txt` cannot be read as text, one label a line."""


def labels_in(file: Path) -> list[str]:
    """Read labels, one a line."""
    with file.open("rb") as opened:
        encoding = encoding_of(opened.read(HEAD_BYTES), None)
        opened.seek(len(encoding.mark))
        labels: list[str] = []
        for line in lines_of(opened, encoding):
            if line.fault:
                raise UnreadableLabels(f"{file}, line {line.number:,}: {line.fault}")
            labels.append(line.text.strip())
    return list(dict.fromkeys(label for label in labels if label))
