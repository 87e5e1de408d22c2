"""The lines of a bulk call: read as orders, and counted by what became of each."""

import asyncio
import codecs
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

import msgspec

from evenhand.app.line_ranges import LineRanges
from evenhand.app.scale.lines import LINE_BYTES_MAX, LINE_NODES_MAX, Line
from evenhand.foundation.errors import EvenhandError, Invalid
from evenhand.task_types import Invalid as InvalidTask
from evenhand.task_types import InvalidParams, UnknownTaskType
from evenhand.work import intake

ERRORS_TOLD_MAX = 1_000
IDS_TOLD_MAX = 1_000
# Some 3 ms, so that other requests are served meanwhile.
LINES_BETWEEN_BREATHS = 250
BYTES_BETWEEN_BREATHS = 64 * 1024


class BadLine(Invalid):
    """The line is not one JSON object of at most 1 MB and 20,000 values."""


@dataclass(slots=True)
class BulkResult:
    """What became of lines: of those of one chunk, or of all so far."""

    created: int = 0
    existing: int = 0
    failed: int = 0
    errors: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    task_ids: list[tuple[int, str | None]] = field(default_factory=list[tuple[int, str | None]])
    existing_lines: LineRanges = field(default_factory=LineRanges)
    failed_lines: LineRanges = field(default_factory=LineRanges)

    def add(self, other: "BulkResult") -> None:
        """Add what the next chunk came to."""
        self.created += other.created
        self.existing += other.existing
        self.failed += other.failed
        self.errors += other.errors[: ERRORS_TOLD_MAX - len(self.errors)]
        if len(self.task_ids) <= IDS_TOLD_MAX:
            self.task_ids += other.task_ids
        self.existing_lines.take(other.existing_lines)
        self.failed_lines.take(other.failed_lines)

    def told(self) -> dict[str, object]:
        """The summary that the customer gets."""
        summary: dict[str, object] = {
            "created": self.created,
            "existing": self.existing,
            "failed": self.failed,
            "errors": [{"line": number, "error": why} for number, why in self.errors],
            **self.existing_lines.told("existing_lines"),
            **self.failed_lines.told("failed_lines"),
        }
        if len(self.task_ids) <= IDS_TOLD_MAX:
            summary["task_ids"] = [task_id for _, task_id in self.task_ids]
        return summary


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some lines, read: orders with their line numbers, and what could not be read."""

    numbers: list[int] = field(default_factory=list[int])
    orders: list[intake.Order] = field(default_factory=list[intake.Order])
    unread: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])

    def result(self, entries: Sequence[intake.Entry]) -> BulkResult:
        """Count its lines by what became of each order."""
        errors = [*self.unread]
        task_ids: list[tuple[int, str | None]] = [(number, None) for number, _ in self.unread]
        there: list[int] = []
        for number, entry in zip(self.numbers, entries, strict=True):
            match entry:
                case intake.Opened():
                    task_ids.append((number, entry.opening.task_id))
                case intake.Existing():
                    there.append(number)
                    task_ids.append((number, entry.task_id))
                case intake.Refused():
                    errors.append((number, told_of(entry.error)))
                    task_ids.append((number, None))
        errors.sort()
        task_ids.sort(key=lambda told: told[0])
        result = BulkResult(
            created=len(task_ids) - len(there) - len(errors),
            existing=len(there),
            failed=len(errors),
            errors=errors,
            task_ids=task_ids,
        )
        result.existing_lines.add(there)
        result.failed_lines.add([number for number, _ in errors])
        return result


@dataclass(frozen=True, slots=True)
class Reading:
    """Makes orders of lines, all for one world and, where they name none, of one type."""

    is_test: bool
    default_type: str | None

    async def read(self, lines: Sequence[Line]) -> Chunk:
        """Read a chunk, with a breath between some lines and the next."""
        chunk = Chunk()
        since_lines = since_bytes = 0
        for line in lines:
            since_lines += 1
            since_bytes += 0 if line.content is None else len(line.content)
            if since_lines >= LINES_BETWEEN_BREATHS or since_bytes >= BYTES_BETWEEN_BREATHS:
                since_lines = since_bytes = 0
                await asyncio.sleep(0)
            try:
                chunk.orders.append(self._order(line))
                chunk.numbers.append(line.number)
            except (EvenhandError, InvalidTask, UnknownTaskType) as error:
                chunk.unread.append((line.number, told_of(error)))
        return chunk

    def _order(self, line: Line) -> intake.Order:
        if line.content is None:
            raise BadLine(
                f"The line is longer than {LINE_BYTES_MAX:,} bytes or holds more than "
                f"{LINE_NODES_MAX:,} values. Upload large content with "
                "POST /v1/files/upload and send its attachment_url."
            )
        try:
            body = msgspec.json.decode(line.content)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            # Files that each began with a byte-order mark were put one behind the other.
            if line.content.startswith(codecs.BOM_UTF8):
                return self._order(Line(line.number, line.content[len(codecs.BOM_UTF8) :]))
            raise BadLine(f"The line is not JSON: {error}. Correct it there.") from error
        if type(body) is not dict:
            raise BadLine("The line is not an object. Send one JSON object a line.")
        sent = cast("dict[str, object]", body)
        type_name = sent.pop("type", None) or self.default_type
        if not isinstance(type_name, str):
            raise InvalidParams(
                "is missing", at="type", hint="Send it with the line, or as ?type= with the call."
            )
        return intake.order_of(type_name, sent, is_test=self.is_test)


def told_of(error: Exception) -> str:
    """What the sender of a line is told of its error."""
    return error.message if isinstance(error, EvenhandError) else str(error)
