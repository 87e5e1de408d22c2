"""Many tasks in one body: JSON lines as they stream in, or one JSON array."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec
from litestar import Request

from evenhand.app.door.nodes import NodeCounter, nodes_at_most
from evenhand.app.scale import bodies
from evenhand.foundation.errors import Invalid, TooLarge

LINE_BYTES_MAX = 1_000_000
LINE_NODES_MAX = 20_000  # values; to read so many takes others' requests 5 ms
LINES_A_CHUNK = 2_000  # what one transaction enters: some 50 ms of work
CHUNK_BYTES = 8 * 1024 * 1024
CHUNK_NODES = 200_000  # some 20 MB once they are read
# An array cannot be told apart into its members before its end, so it is held in memory.
ARRAY_BYTES_MAX = 16 * 1024 * 1024
ARRAY_NODES_MAX = 500_000
LINES_MAX = 10_000_000  # lines a call; a client that fails midway should not begin so far back

_SPACE = b" \t\r\n"


class TooComplex(TooLarge):
    """What is read as a whole holds at most 500,000 values; send plain lines, or less at once."""


class TooManyLines(Invalid):
    """The body has more lines than one call takes; send the rest in another call."""


# A struct and not a tuple, as a bulk call makes hundreds of thousands in a few seconds.
class Line(msgspec.Struct, frozen=True, gc=False):
    """One task as it was sent, with the number of its line, or None when it is too large."""

    number: int
    content: bytes | None


async def chunks_in(
    request: Request[Any, Any, Any],
    bytes_max: int | None = None,
    *,
    why: str = "With `atomic`",
    on_piece: Callable[[bytes], object] = len,
) -> AsyncIterator[list[Line]]:
    """Read the tasks of a body, a few thousand at a time; blank lines do not count.

    `why` says for what a body is bounded, where it is; `on_piece` sees all of it as it comes.
    """
    stream = _limited(request.stream(), bytes_max, why, on_piece)
    head, blank = b"", 0
    async for piece in stream:
        if piece.strip(_SPACE):
            head = piece
            break
        blank += piece.count(b"\n")
        if blank > LINES_MAX:
            raise TooManyLines
    if head.lstrip(_SPACE).startswith(b"["):
        for chunk in _members(await _whole(head, stream)):
            yield chunk
        return
    splitter = _Splitter(blank)
    splitter.take(head)
    while chunk := splitter.full_chunk():
        yield chunk
    async for piece in stream:
        splitter.take(piece)
        while chunk := splitter.full_chunk():
            yield chunk
    splitter.end()
    while chunk := splitter.rest():
        yield chunk


async def _limited(
    stream: AsyncIterator[bytes],
    bytes_max: int | None,
    why: str,
    on_piece: Callable[[bytes], object],
) -> AsyncIterator[bytes]:
    size, counter = 0, NodeCounter()
    async for piece in stream:
        on_piece(piece)
        size += len(piece)
        if bytes_max is not None and counter.take(piece) > ARRAY_NODES_MAX:
            raise TooComplex
        if bytes_max is not None and size > bytes_max:
            raise bodies.BodyTooLarge(
                f"{why}, at most {bytes_max:,} bytes are taken, and nothing was created. "
                "Send less at once."
            )
        yield piece


async def _whole(head: bytes, stream: AsyncIterator[bytes]) -> bytes:
    pieces, size = [head], len(head)
    counter = NodeCounter()
    counter.take(head)
    async for piece in stream:
        size += len(piece)
        if counter.take(piece) > ARRAY_NODES_MAX:
            raise TooComplex
        if size > ARRAY_BYTES_MAX:
            raise bodies.BodyTooLarge(
                f"A JSON array of more than {ARRAY_BYTES_MAX:,} bytes is not taken. Send one JSON "
                "object a line instead: lines may be as many as you like."
            )
        pieces.append(piece)
    return b"".join(pieces)


def _members(body: bytes) -> list[list[Line]]:
    try:
        members = msgspec.json.decode(body, type=list[msgspec.Raw])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise bodies.MalformedBody(
            f"The body is not a JSON array: {error}. Nothing was created."
        ) from error
    contents = map(bytes, members)
    lines = [
        Line(number, content if _is_small(content) else None)
        for number, content in enumerate(contents, 1)
    ]
    return [lines[at : at + LINES_A_CHUNK] for at in range(0, len(lines), LINES_A_CHUNK)]


def _is_small(line: bytes) -> bool:
    """Say whether a line is short and simple enough to be read between two requests."""
    if len(line) > LINE_BYTES_MAX:
        return False
    return nodes_at_most(line) <= LINE_NODES_MAX or NodeCounter().take(line) <= LINE_NODES_MAX


class _Splitter:
    """Cuts a stream at its line ends and gathers lines into chunks."""

    def __init__(self, blank: int) -> None:
        self._open = b""
        self._open_too_long = False
        self._ready: list[Line] = []
        self._ready_bytes = 0
        self._ready_nodes = 0
        self._number = blank

    def take(self, piece: bytes) -> None:
        """Add what came in."""
        first, *others = piece.split(b"\n")
        self._open += first
        if others:
            self._close([self._open, *others[:-1]])
            self._open = others[-1]
        if len(self._open) > LINE_BYTES_MAX:
            # Its rest is read and forgotten: a line may be long, memory may not.
            self._open, self._open_too_long = b"", True

    def end(self) -> None:
        """Take what is left as the last line."""
        self._close([self._open])
        self._open = b""

    def full_chunk(self) -> list[Line]:
        """A chunk's worth of lines, or nothing as long as there are fewer."""
        is_full = (
            len(self._ready) >= LINES_A_CHUNK
            or self._ready_bytes >= CHUNK_BYTES
            or self._ready_nodes >= CHUNK_NODES
        )
        return self.rest() if is_full else []

    def rest(self) -> list[Line]:
        """At most a chunk's worth of whatever lines there are."""
        chunk, self._ready = self._ready[:LINES_A_CHUNK], self._ready[LINES_A_CHUNK:]
        if not self._ready:
            self._ready_bytes = self._ready_nodes = 0
        return chunk

    def _close(self, lines: list[bytes]) -> None:
        if self._number + len(lines) > LINES_MAX:
            raise TooManyLines
        together = b"".join(lines)
        nodes = nodes_at_most(together)
        # Where all of them are as small as one must be, each is.
        each_fits = len(together) <= LINE_BYTES_MAX and nodes <= LINE_NODES_MAX
        if each_fits and not self._open_too_long:
            numbered = enumerate(lines, self._number + 1)
            self._ready += [Line(n, line) for n, line in numbered if line and not line.isspace()]
            self._ready_bytes += len(together)
            self._ready_nodes += nodes
            self._number += len(lines)
            return
        for line in lines:
            self._close_one(line)

    def _close_one(self, line: bytes) -> None:
        self._number += 1
        too_large = self._open_too_long or not _is_small(line)
        self._open_too_long = False
        if too_large:
            self._ready.append(Line(self._number, None))
        elif line and not line.isspace():
            self._ready.append(Line(self._number, line))
            self._ready_bytes += len(line)
            self._ready_nodes += nodes_at_most(line)
