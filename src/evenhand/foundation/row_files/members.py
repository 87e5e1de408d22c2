"""The members of one JSON array, as the file is read: each with the line at which it begins."""

import re
from collections.abc import Iterator
from itertools import chain, repeat
from typing import BinaryIO

import msgspec

from evenhand.foundation.row_files.encodings import Encoding, UnreadableFile
from evenhand.foundation.row_files.physical import BLOCK_BYTES, LINE_BYTES_MAX

# What is not UTF-8 is held whole, to be put into UTF-8.
OTHER_ENCODING_BYTES_MAX = 64 * 1024 * 1024

_SPACE = b" \t\r\n"
# A quote that stands alone opens what is not all at hand yet.
_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|["\[\]{},]', re.DOTALL)


class Member(msgspec.Struct, frozen=True, gc=False):
    """A member of the array by the line at which it begins, or why it cannot be read."""

    number: int
    content: bytes
    after: int
    fault: str | None = None


def is_array(head: bytes, encoding: Encoding) -> bool:
    """Say whether a file that begins so is one JSON array, and not a value a line."""
    begun = head[len(encoding.mark) :]
    if encoding.width > 1:
        begun = begun[: len(begun) // 4 * 4].decode(encoding.name, errors="replace").encode()
    return begun.lstrip(_SPACE).startswith(b"[")


def members_of(file: BinaryIO, encoding: Encoding) -> Iterator[Member]:
    """Give the members of the array in a file that stands behind its byte-order mark."""
    blocks = iter(lambda: file.read(BLOCK_BYTES), b"")
    if encoding.name != "utf-8":
        blocks = iter([_in_utf8(file, encoding)])
    return _Scanner(len(encoding.mark)).members(chain(blocks, repeat(b"", 1)))


def _in_utf8(file: BinaryIO, encoding: Encoding) -> bytes:
    content = file.read(OTHER_ENCODING_BYTES_MAX + 1)
    if len(content) > OTHER_ENCODING_BYTES_MAX:
        raise UnreadableFile(
            f"A JSON array of more than {OTHER_ENCODING_BYTES_MAX:,} bytes is read in UTF-8 only, "
            f"and this is {encoding.shown}. Convert it, or write one JSON object a line."
        )
    try:
        return content.decode(encoding.name).encode()
    except UnicodeError as error:
        begin = error.start if isinstance(error, UnicodeDecodeError) else 0
        line = content[:begin].decode(encoding.name, errors="replace").count("\n") + 1
        raise UnreadableFile(
            f"Byte {begin + len(encoding.mark):,} of the file, in line {line:,}, is not "
            f"{encoding.shown}."
        ) from error


class _Scanner:
    """Finds where members end by brackets and commas; what they say is read by others."""

    def __init__(self, at: int) -> None:
        self._held = b""
        self._begin = 0
        self._looked_at = 0
        self._depth = 0
        self._line = 1
        self._at = at
        self._ended = False

    def members(self, blocks: Iterator[bytes]) -> Iterator[Member]:
        for block in blocks:
            self._held = self._held[self._begin :] + block
            self._looked_at -= self._begin
            self._begin = 0
            yield from self._whole()
            if self._ended:
                yield from self._behind(blocks)
                return
            if len(self._held) - self._begin > LINE_BYTES_MAX:
                yield self._member(
                    len(self._held),
                    f"This member is longer than {LINE_BYTES_MAX:,} bytes, so nothing behind it "
                    "was read. Write one JSON object a line instead.",
                )
                return
        yield self._member(len(self._held), "The array breaks off here: it is not closed.")

    def _whole(self) -> Iterator[Member]:
        """Give the members that are all there, and keep what comes behind them."""
        while found := _TOKEN.search(self._held, self._looked_at):
            token = found.group()
            if token == b'"':
                self._looked_at = found.start()
                return
            self._looked_at = found.end()
            match token:
                case b"[" | b"{":
                    self._depth += 1
                    if self._depth == 1:
                        self._go_to(found.end())
                case b"]" if self._depth == 1:
                    self._ended = True
                    if self._held[self._begin : found.start()].strip(_SPACE):
                        yield self._member(found.start())
                    self._go_to(found.end())
                    return
                case b"]" | b"}" if self._depth > 1:
                    self._depth -= 1
                case b"," if self._depth == 1:
                    yield self._member(found.start())
                    self._go_to(found.end())
                case _:
                    pass
        self._looked_at = len(self._held)

    def _member(self, end: int, fault: str | None = None) -> Member:
        content = self._held[self._begin : end]
        space = len(content) - len(content.lstrip(_SPACE))
        number = self._line + content.count(b"\n", 0, space)
        return Member(number, content[space:], self._at + len(content), fault)

    def _go_to(self, place: int) -> None:
        self._line += self._held.count(b"\n", self._begin, place)
        self._at += place - self._begin
        self._begin = place

    def _behind(self, blocks: Iterator[bytes]) -> Iterator[Member]:
        self._held = self._held[self._begin :]
        self._begin = 0
        while not self._held.strip(_SPACE):
            self._go_to(len(self._held))
            self._held, self._begin = next(blocks, b""), 0
            if not self._held:
                return
        yield self._member(
            len(self._held), "Something follows the closing bracket of the array. Take it out."
        )
