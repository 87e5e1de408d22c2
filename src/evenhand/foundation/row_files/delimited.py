"""Tables as text (.csv): strict, so that a row is what its sender meant or is refused by its line.

A quote that is opened and never closed spoils the row that it stands in and no other: what follows
is read again, line by line. Of each row the number of its first physical line is told.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from evenhand.foundation.row_files.encodings import UnreadableFile
from evenhand.foundation.row_files.physical import LINE_BYTES_MAX, Line

DELIMITERS = (",", ";", "\t", "|")
# A header that spans more lines is none.
HEADER_LINES_MAX = 20
NAMES_SHOWN_MAX = 5

_SEPARATOR = "sep="  # the first line that a spreadsheet writes where it is unsure


class Row(msgspec.Struct, frozen=True, gc=False):
    """The cells of a row, by its first line's number, or why it has none.

    `after` is how many bytes of the file end with it.
    """

    number: int
    cells: Sequence[str]
    after: int
    fault: str | None = None
    last: int | None = None  # the number of its last line, where it has several


class Table:
    """The rows below a header, as many cells each as the header has names."""

    def __init__(self, names: Sequence[str], delimiter: str, lines: Iterator[Line]) -> None:
        self.names = names
        self._delimiter = delimiter
        self._lines = lines

    def __iter__(self) -> Iterator[Row]:
        """Give the rows in their order; a row without anything in it is left out."""
        width = len(self.names)
        for row in _rows(self._lines, self._delimiter):
            if row.fault is None:
                if not any(row.cells):
                    continue
                if len(row.cells) != width:
                    # A spreadsheet ends each row with as many delimiters as its widest one has.
                    if len(row.cells) < width or any(row.cells[width:]):
                        yield Row(row.number, (), row.after, self._other_width(row))
                        continue
                    row = Row(row.number, row.cells[:width], row.after)  # noqa: PLW2901
            yield row

    def _other_width(self, row: Row) -> str:
        shown = {"\t": "a tab"}.get(self._delimiter, f"{self._delimiter!r}")
        return (
            f"The row has {len(row.cells):,} cells, and the header has {len(self.names):,}. Put "
            f"quotes around a cell that holds {shown}."
            + (f" It goes on to line {row.last:,}: is a quote closed too late?" if row.last else "")
        )


def header_of(lines: Iterator[Line], known: Iterable[str] = ()) -> Table:
    """Read the header, with whatever stands between its names; `known` are names that may come."""
    held: list[Line] = []
    for line in lines:
        if held or line.text.strip() or line.fault is not None:
            held.append(line)
        if len(held) == HEADER_LINES_MAX:
            break
    if not held:
        raise UnreadableFile("The file is empty: its first line must name the columns.")
    delimiters = DELIMITERS
    first = held[0].text.strip()
    if first.lower().startswith(_SEPARATOR) and len(first) == len(_SEPARATOR) + 1:
        delimiters = (first[-1],)
        held = held[1:]
    wanted = frozenset(known)
    readings = [_header(held, delimiter, wanted) for delimiter in delimiters]
    _, header, delimiter, used = max(readings, key=lambda reading: reading[0])
    if header is None:
        raise UnreadableFile("The file has no header: its first line must name the columns.")
    if header.fault is not None:
        raise UnreadableFile(f"The header cannot be read. {header.fault}")
    return Table(_names(header), delimiter, _after(held[used:], lines))


def _header(
    held: Sequence[Line], delimiter: str, known: frozenset[str]
) -> tuple[tuple[int, int], Row | None, str, int]:
    source = _Source(iter(held))
    header = next(_rows(source, delimiter), None)
    if header is None or header.fault is not None:
        return (-1, 0), header, delimiter, len(held)
    names = [cell.strip() for cell in header.cells]
    return (len(known.intersection(names)), len(names)), header, delimiter, source.taken


def _names(header: Row) -> list[str]:
    names = [cell.strip() for cell in header.cells]
    while names and not names[-1]:
        names.pop()
    nameless = [f"{at:,}" for at, name in enumerate(names, 1) if not name]
    if nameless:
        raise UnreadableFile(
            f"The header names no column {', '.join(nameless[:NAMES_SHOWN_MAX])}. Name it, or take "
            "it out of the file."
        )
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        shown = ", ".join(repr(name[:100]) for name in twice[:NAMES_SHOWN_MAX])
        raise UnreadableFile(f"The header names a column twice: {shown}. Keep one of them.")
    return names


def _after(held: Sequence[Line], lines: Iterator[Line]) -> Iterator[Line]:
    yield from held
    yield from lines


class _Source:
    """Lines that can be put back, to be read again."""

    def __init__(self, lines: Iterator[Line]) -> None:
        self._lines = lines
        self._again: deque[Line] = deque()
        self.taken = 0

    def __iter__(self) -> Iterator[Line]:
        return self

    def __next__(self) -> Line:
        line = self._again.popleft() if self._again else next(self._lines)
        self.taken += 1
        return line

    def put_back(self, lines: Sequence[Line]) -> None:
        self._again.extendleft(reversed(lines))
        self.taken -= len(lines)


def _rows(lines: Iterator[Line], delimiter: str) -> Iterator[Row]:
    source = lines if isinstance(lines, _Source) else _Source(lines)
    for line in source:
        if line.fault is None and '"' not in line.text:
            if line.text:
                yield Row(line.number, line.text.split(delimiter), line.after)
        else:
            yield _row(line, source, delimiter)


def _row(first: Line, source: _Source, delimiter: str) -> Row:
    reading = _Reading(delimiter)
    held, size, fault = [first], len(first.text), first.fault
    reading.take(first)
    while reading.is_open:
        following = next(source, None)
        if following is not None:
            held.append(following)
            size += len(following.text)
            fault = fault or following.fault
            reading.take(following)
        if following is None or reading.spoilt or size > LINE_BYTES_MAX:
            source.put_back(held[1:])
            why = first.fault or "A quote is opened in this line and never closed. Close it."
            return Row(first.number, (), first.after, why)
    last = held[-1].number if len(held) > 1 else None
    return Row(first.number, reading.cells, held[-1].after, fault or reading.fault, last)


class _Reading:
    """A row as its lines come in."""

    def __init__(self, delimiter: str) -> None:
        self.cells: list[str] = []
        self.fault: str | None = None
        # A fault in another line than the row began in: its quote was not closed, most likely.
        self.spoilt = False
        self._delimiter = delimiter
        self._quoted: list[str] | None = None
        self._lines = 0

    @property
    def is_open(self) -> bool:
        """Whether the row goes on in the next line."""
        return self._quoted is not None

    def take(self, line: Line) -> None:
        text, at = line.text, 0
        began_here = False
        self._lines += 1
        while True:
            if self._quoted is not None:
                at = self._unquoted(text, at, self._quoted)
                if at < 0:
                    self._quoted.append(line.end)
                    return
                self.cells.append("".join(self._quoted))
                self._quoted = None
                if at < len(text) and text[at] != self._delimiter:
                    self.spoilt = not began_here
                    self.fault = (
                        f"Something follows a closing quote in cell {len(self.cells)}. Write a "
                        'quote inside of a quoted cell twice: "".'
                    )
                    return
            elif text[at : at + 1] == '"':
                self._quoted, began_here = [], True
                at += 1
                continue
            else:
                end = text.find(self._delimiter, at)
                cell = text[at:] if end < 0 else text[at:end]
                self.cells.append(cell)
                if '"' in cell:
                    self.spoilt = self._lines > 1
                    self.fault = (
                        f"A quote stands inside of cell {len(self.cells)}, which is not quoted. "
                        'Put quotes around the cell, and write its own twice: "".'
                    )
                    return
                at = len(text) if end < 0 else end
            if at == len(text):
                return
            at += 1

    @staticmethod
    def _unquoted(text: str, at: int, into: list[str]) -> int:
        """Take what is quoted up to behind its closing quote; -1 where that is not in this text."""
        while (quote := text.find('"', at)) >= 0:
            into.append(text[at:quote])
            if text[quote + 1 : quote + 2] != '"':
                return quote + 1
            into.append('"')
            at = quote + 2
        into.append(text[at:])
        return -1
