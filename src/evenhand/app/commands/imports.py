"""`evenhand import`: tasks from a file."""

from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Annotated
from uuid import UUID

import cyclopts
import msgspec
import psycopg
from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

from evenhand import pipeline
from evenhand.app.commands.columns import Others
from evenhand.app.commands.import_rows import BadRow, FileRow, Form, require_readable, rows_in
from evenhand.app.commands.output import AsJson, err, print_facts
from evenhand.app.commands.tenants import tenant_named
from evenhand.app.context import Context
from evenhand.app.installation import open_installation
from evenhand.app.line_ranges import LineRanges
from evenhand.app.scale.bulk_lines import told_of
from evenhand.app.scale.steps import step_of
from evenhand.foundation.database import Tx, as_tenant, is_away
from evenhand.foundation.errors import EvenhandError, Invalid
from evenhand.foundation.settings import Settings
from evenhand.task_types import Invalid as InvalidTask
from evenhand.task_types import UnknownTaskType
from evenhand.work import intake, projects

ROWS_A_STEP = 2_000
BYTES_A_STEP = 8 * 1024 * 1024  # of rows that are held at once, however long each is
ERRORS_SHOWN_MAX = 20
ERRORS_TOLD_MAX = 1_000  # in JSON; --failures has them all


class SameFile(Invalid):
    """The failures would be written over the file that is imported; name another file for them."""


@cyclopts.Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Reading:
    """How a file is read, where it does not say so itself."""

    encoding: Annotated[
        str | None,
        cyclopts.Parameter(
            help="The file's encoding, such as latin-1; by default what its byte-order mark says, "
            "or UTF-8."
        ),
    ] = None
    other_columns: Annotated[
        Others,
        cyclopts.Parameter(
            help="What becomes of columns that say nothing of a task: the file is refused, or "
            "they are kept as metadata."
        ),
    ] = "refuse"
    failures: Annotated[
        Path | None,
        cyclopts.Parameter(help="Where to write every row that failed, as JSON lines."),
    ] = None


@dataclass(slots=True)
class Tally:
    """What became of the rows."""

    file: Path
    failures: IO[bytes] | None = None
    created: int = 0
    existing: LineRanges = field(default_factory=LineRanges)
    existing_count: int = 0
    failed: int = 0
    errors: list[dict[str, object]] = field(default_factory=list[dict[str, object]])
    # The first row of which nobody knows what became, where the import ended early.
    stopped_before: int | None = None

    def add(self, rows: Sequence[FileRow], outcomes: Sequence[intake.Entry | Exception]) -> None:
        """Count rows by what became of each."""
        there: list[int] = []
        for row, outcome in zip(rows, outcomes, strict=True):
            match outcome:
                case intake.Opened():
                    self.created += 1
                case intake.Existing():
                    there.append(row.place)
                case intake.Refused():
                    self._refuse(row, outcome.error)
                case Exception():
                    self._refuse(row, outcome)
        self.existing_count += len(there)
        self.existing.add(there)

    def _refuse(self, row: FileRow, error: Exception) -> None:
        self.failed += 1
        told: dict[str, object] = {"file": str(self.file), "line": row.line}
        if row.member is not None:
            told["member"] = row.member
        told["error"] = told_of(error)
        if self.failures is not None:
            self.failures.write(msgspec.json.encode(told) + b"\n")
        if len(self.errors) < ERRORS_TOLD_MAX:
            self.errors.append(told)

    def show(self, *, as_json: bool) -> None:
        """Tell the counts, and of what failed where and why."""
        for told in self.errors[:ERRORS_SHOWN_MAX]:
            # Not as markup: a file may hold brackets.
            member = f", member {told['member']:,}" if "member" in told else ""
            words = f"{told['file']}, line {told['line']:,}{member}: {told['error']}"
            err.print(words, markup=False, soft_wrap=True)
        if self.failed > ERRORS_SHOWN_MAX and not as_json:
            more = self.failed - ERRORS_SHOWN_MAX
            err.print(f"and {more:,} more, which --failures FILE writes down", soft_wrap=True)
        facts: dict[str, object] = {
            "created": self.created, "existing": self.existing_count, "failed": self.failed,
        }  # fmt: skip
        if self.stopped_before is not None:
            facts["stopped_before"] = self.stopped_before
        if as_json:
            facts |= {"errors": self.errors, **self.existing.told("existing_rows")}
        print_facts(facts, as_json=as_json)


async def import_tasks(
    file: Path,
    *,
    tenant: str,
    project: str,
    reading: Reading | None = None,
    json: AsJson = False,
) -> None:
    """Make tasks of a file's rows; rows that cannot be are told by their line, others are made.

    Parameters
    ----------
    file
        JSON lines (.jsonl, .ndjson) or a JSON array (.json) with a task's fields each, a .csv or
        .tsv whose header names the fields, or a .txt whose lines are each the attachment of a
        task. A unique_id makes it safe to import a file again.
    tenant
        The tenant's id or name.
    project
        The project that the tasks belong to; they inherit its params.
    """
    reading = reading or Reading()
    size = _size(file, reading.failures)
    tally = Tally(file)
    async with open_installation(Settings.read()) as context:
        tenant_id = await tenant_named(context, tenant)
        with ExitStack() as stack:
            if reading.failures is not None:
                tally.failures = stack.enter_context(reading.failures.open("wb"))
            columns = (BarColumn(), DownloadColumn(), TimeRemainingColumn())
            progress = stack.enter_context(Progress(*columns, console=err, transient=True))
            shown = progress.add_task("Importing", total=size)
            try:
                async for read in import_file(context, tenant_id, tally, project, reading):
                    progress.update(shown, completed=read)
            finally:
                # Whatever ends it, what was entered is told.
                progress.stop()
                tally.show(as_json=json)
    if tally.failed:
        raise SystemExit(1)


async def import_file(
    context: Context, tenant_id: UUID, tally: Tally, project: str, reading: Reading
) -> AsyncIterator[int]:
    """Enter the rows of the tally's file and count them; gives how many bytes are read so far."""
    async with as_tenant(context.pool, tenant_id) as tx:
        type_name = (await projects.project_of(tx, project, is_test=False)).type
    form = Form(type_name=type_name, encoding=reading.encoding, others=reading.other_columns)
    for step in _steps(rows_in(tally.file, form), project, type_name):
        tally.stopped_before = step.rows[0].place
        tally.add(step.rows, await _entered(context, tenant_id, step))
        tally.stopped_before = None
        yield step.rows[-1].after


def _size(file: Path, failures: Path | None) -> int:
    size = require_readable(file)
    if failures is not None and failures.resolve() == file.resolve():
        raise SameFile(file=str(file))
    return size


@dataclass(slots=True)
class _Step:
    """Rows that are entered together, and what each asks for or why it asks for nothing."""

    rows: list[FileRow] = field(default_factory=list[FileRow])
    orders: list[intake.Order | Exception] = field(default_factory=list[intake.Order | Exception])


def _steps(rows: Iterator[FileRow], project: str, type_name: str) -> Iterator[_Step]:
    step, begin = _Step(), 0
    for row in rows:
        step.rows.append(row)
        step.orders.append(_order(row, project, type_name))
        if len(step.rows) == ROWS_A_STEP or row.after - begin >= BYTES_A_STEP:
            yield step
            step, begin = _Step(), row.after
    if step.rows:
        yield step


def _order(row: FileRow, project: str, type_name: str) -> intake.Order | Exception:
    if isinstance(row.said, Exception):
        return row.said
    fields = dict(row.said)
    # What is blank was not sent, as everywhere.
    fields["project"] = fields.get("project") or project
    named = fields.pop("type", None) or type_name
    if not isinstance(named, str):
        return BadRow("`type` is not a string. Send the name of a task type, or none.")
    try:
        return intake.order_of(named, fields, is_test=False)
    except (EvenhandError, InvalidTask, UnknownTaskType) as error:
        return error


async def _entered(
    context: Context, tenant_id: UUID, step: _Step
) -> list[intake.Entry | Exception]:
    outcomes: list[intake.Entry | Exception] = []
    ahead = deque([step.orders])
    while ahead:
        orders = ahead.popleft()
        try:
            entries = iter(await _entries(context, tenant_id, orders))
        except psycopg.Error as error:
            if is_away(error):
                raise
            # Nothing was entered. Whichever it was that cannot be, the others can.
            if len(orders) == 1:
                outcomes.append(BadRow(f"The database does not take it: {error}"))
            else:
                half = len(orders) // 2
                ahead.extendleft((orders[half:], orders[:half]))
            continue
        outcomes += [order if isinstance(order, Exception) else next(entries) for order in orders]
    return outcomes


async def _entries(
    context: Context, tenant_id: UUID, orders: Sequence[intake.Order | Exception]
) -> list[intake.Entry]:
    sound = [order for order in orders if not isinstance(order, Exception)]

    async def enter(tx: Tx) -> list[intake.Entry]:
        return await pipeline.submit_many(tx, sound, now=context.clock.now())

    return await step_of(context, tenant_id, enter, by_key=False) if sound else []
