"""`evenhand export`: a tenant's tasks and responses into a file."""

import sys
from collections.abc import AsyncIterator, Mapping
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
from evenhand.foundation.errors import Invalid, NotFound
from evenhand.foundation.settings import Settings
from evenhand.foundation.spool import Spool
from evenhand.work import projects

ENDINGS: Mapping[str, delivery.Form] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
}

Status: TypeAlias = Literal["pending", "completed", "canceled", "error"]


class NoSuchFolder(NotFound):
    """The folder for the file is not there; make it first."""


class UnknownForm(Invalid):
    """The file's ending names no form of an export: use .jsonl or .parquet, or give --format."""


class OtherForm(Invalid):
    """The file's ending names another form than --format; change one of them."""


class OneFileForTwo(Invalid):
    """The export and its receipts would be written over each other; name two files."""


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
        The file to write; its ending, .jsonl or .parquet, chooses the format.
    format
        jsonl or parquet, for a file that ends otherwise.
    receipts
        Where to write the receipts of these tasks, for `evenhand verify --receipts`.
    """
    form = _form(output, format)
    if receipts is not None and _form(receipts, None) != "jsonl":
        raise OtherForm("Receipts are JSON lines: name a file that ends in .jsonl for them.")
    _require_apart(output, receipts)
    selection = delivery.Selection(
        is_test=False,
        project=wanted.project,
        batch=wanted.batch,
        status=wanted.status,
        with_params=wanted.params,
        with_annotations=wanted.annotations,
    )
    facts: dict[str, object] = {}
    async with open_installation(Settings.read()) as context:
        tenant_id = await tenant_named(context, wanted.tenant)
        async with as_tenant(context.pool, tenant_id) as tx:
            await projects.require_names(
                tx, project=wanted.project, batch=wanted.batch, is_test=False
            )
        with Spool() as ids:
            content = delivery.export(
                context.pool,
                tenant_id,
                selection,
                form=form,
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


def _form(output: Path | None, asked: delivery.Form | None) -> delivery.Form:
    """Tell by a file's ending what it is to hold; whatever is asked for must not contradict it."""
    named = None if output is None else ENDINGS.get(output.suffix.lower())
    if named is not None and asked is not None and named != asked:
        raise OtherForm(file=str(output), format=asked)
    if output is not None and named is None and asked is None:
        raise UnknownForm(file=str(output))
    return asked or named or "jsonl"


def _require_apart(output: Path | None, receipts: Path | None) -> None:
    for file in (output, receipts):
        if file is not None:
            _require_folder(file)
    if output is not None and receipts is not None and output.resolve() == receipts.resolve():
        raise OneFileForTwo(file=str(output))


def _require_folder(output: Path) -> None:
    folder = output.absolute().parent
    if not folder.is_dir():
        raise NoSuchFolder(folder=str(folder))
