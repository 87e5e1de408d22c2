"""`evenhand export`: a tenant's tasks and responses into a file."""

import sys
from pathlib import Path
from typing import Literal

from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from evenhand import delivery
from evenhand.app.commands.output import AsJson, err, print_facts
from evenhand.app.commands.tenants import tenant_named
from evenhand.app.running import running
from evenhand.foundation.settings import Settings


async def export(
    output: Path | None = None,
    *,
    tenant: str,
    project: str | None = None,
    batch: str | None = None,
    status: Literal["pending", "completed", "canceled", "error"] | None = None,
    format: delivery.Form | None = None,  # noqa: A002 - the word that users expect
    params: bool = False,
    annotations: bool = False,
    json: AsJson = False,
) -> None:
    """Write a tenant's tasks and responses as JSON lines or Parquet; to the screen without a file.

    Parameters
    ----------
    output
        The file to write; its ending chooses the format.
    tenant
        The tenant's id or name.
    project
        Only tasks of this project.
    batch
        Only tasks of this batch.
    status
        Only tasks that stand like this.
    format
        jsonl or parquet; without it the file's ending decides.
    params
        Include what each task asked.
    annotations
        Include every annotator's response.
    """
    ending = "parquet" if output is not None and output.suffix == ".parquet" else "jsonl"
    selection = delivery.Selection(
        is_test=False,
        project=project,
        batch=batch,
        status=status,
        with_params=params,
        with_annotations=annotations,
    )
    async with running(Settings()) as context:
        tenant_id = await tenant_named(context, tenant)
        content = delivery.export(context.pool, tenant_id, selection, form=format or ending)
        if output is None:
            async for piece in content:
                sys.stdout.buffer.write(piece)
            return
        written = 0
        draft = output.with_name(f"{output.name}.part")
        columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        with Progress(*columns, console=err, transient=True) as progress, draft.open("wb") as file:
            shown = progress.add_task("Exporting")
            async for piece in content:
                written += file.write(piece)
                progress.update(shown, description=f"Exporting {written / 1e6:.1f} MB")
        # Named when whole: whoever finds the file finds all of it.
        draft.replace(output)
    print_facts({"file": str(output), "bytes": written}, as_json=json)
