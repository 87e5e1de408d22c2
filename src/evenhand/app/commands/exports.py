"""`evenhand export`: a tenant's tasks and responses into a file."""

import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import cyclopts
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from evenhand import delivery, pipeline
from evenhand.app.commands.output import AsJson, err, print_facts
from evenhand.app.commands.tenants import tenant_named
from evenhand.app.installation import open_installation
from evenhand.foundation.database import as_tenant
from evenhand.foundation.errors import NotFound
from evenhand.foundation.settings import Settings
from evenhand.foundation.spool import Spool

Status: TypeAlias = Literal["pending", "completed", "canceled", "error"]


class NoSuchFolder(NotFound):
    """The folder for the file is not there; make it first."""


@cyclopts.Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which tasks, and how much of each."""

    tenant: Annotated[str, cyclopts.Parameter(help="The tenant's id or name.")]
    project: Annotated[str | None, cyclopts.Parameter(help="Only tasks of this project.")] = None
    batch: Annotated[str | None, cyclopts.Parameter(help="Only tasks of this batch.")] = None
    status: Annotated[Status | None, cyclopts.Parameter(help="Only tasks that stand so.")] = None
    params: Annotated[bool, cyclopts.Parameter(help="Include what each task asked.")] = False
    annotations: Annotated[bool, cyclopts.Parameter(help="Include every annotator's response.")] = (
        False
    )


async def export(
    output: Path | None = None,
    *,
    wanted: Wanted,
    format: delivery.Form | None = None,  # noqa: A002 - the word that users expect
    receipts: Path | None = None,
    json: AsJson = False,
) -> None:
    """Write a tenant's tasks and responses as JSON lines or Parquet; to the screen without a file.

    Parameters
    ----------
    output
        The file to write; its ending chooses the format.
    format
        jsonl or parquet; without it the file's ending decides.
    receipts
        Where to write the receipts of these tasks, for `evenhand verify --receipts`.
    """
    ending = "parquet" if output is not None and output.suffix == ".parquet" else "jsonl"
    selection = delivery.Selection(
        is_test=False,
        project=wanted.project,
        batch=wanted.batch,
        status=wanted.status,
        with_params=wanted.params,
        with_annotations=wanted.annotations,
    )
    for file in (output, receipts):
        if file is not None:
            _require_folder(file)
    facts: dict[str, object] = {}
    async with open_installation(Settings.read()) as context:
        tenant_id = await tenant_named(context, wanted.tenant)
        with Spool() as ids:
            content = delivery.export(
                context.pool,
                tenant_id,
                selection,
                form=format or ending,
                ids=None if receipts is None else ids,
            )
            if output is None:
                async for piece in content:
                    sys.stdout.buffer.write(piece)
            else:
                facts = {"file": str(output), "bytes": await _written(output, content)}
            if receipts is not None:
                lines = pipeline.record.receipt_lines(
                    context.pool, context.publication, tenant_id, of_tasks=delivery.ids_in(ids)
                )
                facts["receipts"] = str(receipts)
                facts["receipts_bytes"] = await _written(receipts, lines)
                async with as_tenant(context.pool, tenant_id) as tx:
                    left = await pipeline.record.receipts_from(
                        tx, context.publication, start=0, limit=1
                    )
                facts["waiting"] = left.waiting
    if output is not None:
        print_facts(facts, as_json=json)


async def _written(output: Path, content: AsyncIterator[bytes]) -> int:
    """Write a file, which has its name once it is whole: whoever finds it finds all of it."""
    written = 0
    draft = output.with_name(f"{output.name}.part")
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as progress, draft.open("wb") as file:
        shown = progress.add_task("Exporting")
        async for piece in content:
            written += file.write(piece)
            progress.update(shown, description=f"Exporting {written / 1e6:.1f} MB")
    draft.replace(output)
    return written


def _require_folder(output: Path) -> None:
    folder = output.absolute().parent
    if not folder.is_dir():
        raise NoSuchFolder(folder=str(folder))
