"""A file's physical lines, whatever their encoding and their endings; one of them in memory."""

import re
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from evenhand.foundation.row_files.encodings import Encoding

LINE_BYTES_MAX = 16 * 1024 * 1024  # as much as one call of the API takes
BLOCK_BYTES = 256 * 1024


# A struct and not a dataclass, as a file has hundreds of thousands of them.
class Line(msgspec.Struct, frozen=True, gc=False):
    """A line with its number and how it ends, and why it cannot be read, if it cannot.

    `after` is how many bytes of the file end with it.
    """

    number: int
    text: str
    end: str
    after: int
    fault: str | None = None


def lines_of(file: BinaryIO, encoding: Encoding) -> Iterator[Line]:
    """Give the lines of a file that stands behind its byte-order mark."""
    at = len(encoding.mark)
    for number, (content, end, skipped) in enumerate(_cut(file, encoding), 1):
        begin, at = at, at + len(content) + skipped + len(end)
        ending = end.decode(encoding.name)
        if skipped:
            why = f"The line is longer than {LINE_BYTES_MAX:,} bytes. Upload large content."
            yield Line(number, "", ending, at, why)
            continue
        try:
            yield Line(number, content.decode(encoding.name), ending, at)
        except UnicodeDecodeError as error:
            place = begin + error.start
            yield Line(
                number,
                content.decode(encoding.name, errors="replace"),
                ending,
                at,
                f"Byte {place:,} of the file, 0x{content[error.start]:02x}, is not "
                f"{encoding.shown}. Correct it, or give the encoding that the file has.",
            )


def _cut(file: BinaryIO, encoding: Encoding) -> Iterator[tuple[bytes, bytes, int]]:
    """Cut a file into lines, their endings, and how much was left out of those too long."""
    width = encoding.width
    pattern = re.compile(b"|".join(end.encode(encoding.name) for end in ("\r\n", "\n", "\r")))
    held, looked_at, skipped, is_last = b"", 0, 0, False
    while not is_last:
        block = file.read(BLOCK_BYTES)
        is_last = not block
        held += block
        # An ending may be cut in two, and is not taken before the whole of it can be seen.
        edge = len(held) if is_last else len(held) - 2 * width + 1
        begin = 0
        while (found := pattern.search(held, looked_at)) and found.start() < edge:
            # What lies across two units is no ending: so is U+0A0D in UTF-16.
            if (found.start() - begin) % width:
                looked_at = found.start() + 1
                continue
            yield held[begin : found.start()], found.group(), skipped
            begin = looked_at = found.end()
            skipped = 0
        looked_at = max(looked_at, edge, begin) - begin if found is None else looked_at - begin
        held = held[begin:]
        if len(held) > LINE_BYTES_MAX:
            # Its rest is read and forgotten: a line may be long, memory may not.
            left_out = (len(held) - 2 * width) // width * width
            held, looked_at, skipped = held[left_out:], 0, skipped + left_out
    if held or skipped:
        yield held, b"", skipped
