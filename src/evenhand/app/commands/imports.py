"""`evenhand import`: tasks from a file."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import msgspec
from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

from evenhand import pipeline
from evenhand.app.commands.output import AsJson, err, print_facts
from evenhand.app.commands.tenants import tenant_named
from evenhand.app.context import Context
from evenhand.app.installation import open_installation
from evenhand.foundation.database import as_tenant
from evenhand.foundation.errors import EvenhandError, Invalid
from evenhand.foundation.settings import Settings
from evenhand.task_types import Invalid as InvalidTask
from evenhand.work import intake, projects

TASKS_A_STEP = 2_000
ERRORS_SHOWN_MAX = 20
ENDINGS = (".jsonl", ".ndjson", ".csv", ".txt")


class UnreadableFile(Invalid):
    """The file cannot be read: give JSON lines (.jsonl), .csv with a header, or .txt."""


@dataclass(slots=True)
class ImportResult:
    """What became of the lines."""

    created: int = 0
    existing: int = 0
    failed: int = 0
    errors: list[str] = field(default_factory=list[str])

    def refuse(self, number: int, error: Exception) -> None:
        """Count a line that could not become a task."""
        self.failed += 1
        if len(self.errors) < ERRORS_SHOWN_MAX:
            told = error.message if isinstance(error, EvenhandError) else str(error)
            self.errors.append(f"line {number}: {told}")


async def import_tasks(file: Path, *, tenant: str, project: str, json: AsJson = False) -> None:
    """Make tasks of a file's lines; lines that cannot be are told, the others are made.

    Parameters
    ----------
    file
        JSON lines (.jsonl) with a task's fields each, a .csv whose header names the fields, or
        a .txt whose lines are each the attachment of a task. A unique_id makes it safe to
        import a file again.
    tenant
        The tenant's id or name.
    project
        The project that the tasks belong to; they inherit its params.
    """
    size = _size(file)
    tally = ImportResult()
    async with open_installation(Settings.read()) as context:
        tenant_id = await tenant_named(context, tenant)
        async with as_tenant(context.pool, tenant_id) as tx:
            type_name = (await projects.project_of(tx, project, is_test=False)).type
        columns = (BarColumn(), DownloadColumn(), TimeRemainingColumn())
        with Progress(*columns, console=err, transient=True) as progress:
            shown = progress.add_task("Importing", total=size)
            orders: list[tuple[int, intake.Order]] = []
            for number, read, body in _bodies(file):
                try:
                    fields = {"project": project, **_decoded(body)}
                    orders.append((number, intake.order_of(type_name, fields, is_test=False)))
                except (EvenhandError, InvalidTask) as error:
                    tally.refuse(number, error)
                if len(orders) == TASKS_A_STEP:
                    await _enter(context, tenant_id, orders, tally)
                    orders.clear()
                    progress.update(shown, completed=read)
            await _enter(context, tenant_id, orders, tally)
    for told in tally.errors:
        err.print(told)
    facts = {"created": tally.created, "existing": tally.existing, "failed": tally.failed}
    print_facts(facts | ({"errors": tally.errors} if json else {}), as_json=json)
    if tally.failed:
        raise SystemExit(1)


def _size(file: Path) -> int:
    if file.suffix not in ENDINGS or not file.is_file():
        raise UnreadableFile(file=str(file))
    return file.stat().st_size


async def _enter(
    context: Context, tenant_id: UUID, orders: list[tuple[int, intake.Order]], tally: ImportResult
) -> None:
    async with as_tenant(context.pool, tenant_id) as tx:
        entries = await pipeline.submit_many(
            tx, [order for _, order in orders], now=context.clock.now()
        )
    for (number, _), entry in zip(orders, entries, strict=True):
        match entry:
            case intake.Opened():
                tally.created += 1
            case intake.Existing():
                tally.existing += 1
            case intake.Refused():
                tally.refuse(number, entry.error)


def _bodies(file: Path) -> Iterator[tuple[int, int, str | Mapping[str, str]]]:
    """Give each line's number, how many bytes were read up to it, and what it says."""
    read = 0

    def counted(lines: Iterator[str]) -> Iterator[str]:
        nonlocal read
        for line in lines:
            read += len(line.encode())
            yield line

    with file.open(encoding="utf-8-sig", newline="") as opened:
        lines = counted(iter(opened))
        if file.suffix == ".csv":
            for number, row in enumerate(csv.DictReader(lines), start=2):
                yield number, read, {k: v for k, v in row.items() if k and v}
            return
        for number, line in enumerate(lines, start=1):
            if line.strip():
                text = line.rstrip("\r\n")
                yield number, read, {"attachment": text} if file.suffix == ".txt" else text


def _decoded(body: str | Mapping[str, str]) -> Mapping[str, object]:
    if not isinstance(body, str):
        return body
    try:
        return msgspec.json.decode(body, type=dict[str, object])
    except msgspec.DecodeError as error:
        raise Invalid(f"The line is not a JSON object: {error}") from error
