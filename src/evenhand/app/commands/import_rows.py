"""The rows of a file as what each says of a task, or why it says nothing, with its line."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import msgspec

from evenhand.app.commands.columns import Columns, Others, known_columns
from evenhand.app.commands.row_values import object_of
from evenhand.foundation.errors import EvenhandError, Invalid
from evenhand.foundation.row_files import (
    Encoding,
    UnreadableFile,
    encoding_of,
    header_of,
    is_array,
    lines_of,
    members_of,
)
from evenhand.foundation.row_files.encodings import HEAD_BYTES
from evenhand.task_types import Invalid as InvalidTask

JSON_ENDINGS = (".jsonl", ".ndjson", ".json")
TABLE_ENDINGS = (".csv", ".tsv")
TEXT_ENDINGS = (".txt",)


class NotAFile(Invalid):
    """There is no file of that name that could be read."""


class UnknownEnding(Invalid):
    """The file's ending says nothing of what is in it: use .jsonl, .ndjson, .json, .csv or .txt."""


class BadRow(Invalid):
    """The row cannot be read."""


class FileRow(msgspec.Struct, frozen=True, gc=False):
    """What a row says of a task, by its line, or the error that it is; `after` bytes are read."""

    line: int
    after: int
    said: Mapping[str, object] | EvenhandError | InvalidTask
    member: int | None = None  # its place in a JSON array, of which many may stand in one line

    @property
    def place(self) -> int:
        """By what one row is told from another."""
        return self.line if self.member is None else self.member


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How a file is to be read, where it does not say so itself."""

    type_name: str
    encoding: str | None = None
    others: Others = "refuse"


def require_readable(file: Path) -> int:
    """Refuse what is no file of rows, and say how many bytes it has."""
    if not file.is_file():
        raise NotAFile(file=str(file))
    if file.suffix.lower() not in (*JSON_ENDINGS, *TABLE_ENDINGS, *TEXT_ENDINGS):
        raise UnknownEnding(file=str(file))
    return file.stat().st_size


def rows_in(file: Path, form: Form) -> Iterator[FileRow]:
    """Give the rows of a file in their order; a blank line is none."""
    with file.open("rb") as opened:
        try:
            head = opened.read(HEAD_BYTES)
            encoding = encoding_of(head, form.encoding)
            opened.seek(len(encoding.mark))
            yield from _rows(file, opened, encoding, head, form)
        except UnreadableFile as error:
            raise UnreadableFile(error.message, file=str(file)) from error


def _rows(
    file: Path, opened: BinaryIO, encoding: Encoding, head: bytes, form: Form
) -> Iterator[FileRow]:
    match file.suffix.lower():
        case ending if ending in TABLE_ENDINGS:
            yield from _table_rows(opened, encoding, form)
        case ending if ending in TEXT_ENDINGS:
            yield from _text_rows(opened, encoding)
        case _ if is_array(head, encoding):
            for place, member in enumerate(members_of(opened, encoding), 1):
                said = _object(member.content, member.fault)
                yield FileRow(member.number, member.after, said, place)
        case _:
            for line in lines_of(opened, encoding):
                if line.fault or line.text.strip("\ufeff \t"):
                    yield FileRow(line.number, line.after, _object(line.text, line.fault))


def _text_rows(opened: BinaryIO, encoding: Encoding) -> Iterator[FileRow]:
    for line in lines_of(opened, encoding):
        if line.fault:
            yield FileRow(line.number, line.after, BadRow(line.fault))
        elif line.text.strip():
            yield FileRow(line.number, line.after, {"attachment": line.text})


def _table_rows(opened: BinaryIO, encoding: Encoding, form: Form) -> Iterator[FileRow]:
    table = header_of(lines_of(opened, encoding), known_columns(form.type_name))
    columns = Columns(table.names, form.type_name, form.others)
    for row in table:
        said: Mapping[str, object] | EvenhandError | InvalidTask
        if row.fault is not None:
            said = BadRow(row.fault)
        else:
            try:
                said = columns.fields(row.cells)
            except (EvenhandError, InvalidTask) as error:
                said = error
        yield FileRow(row.number, row.after, said)


def _object(content: str | bytes, fault: str | None) -> Mapping[str, object] | EvenhandError:
    if fault is not None:
        return BadRow(fault)
    try:
        return object_of(content)
    except EvenhandError as error:
        return error
