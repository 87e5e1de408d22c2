"""`evenhand quality`: how good labels are, of a project or of any table of annotations."""

from pathlib import Path
from typing import Any

import cyclopts
import pyarrow
import pyarrow.csv as arrow_csv
import pyarrow.parquet as arrow_parquet

from evenhand import pipeline
from evenhand.app.commands.output import (
    AsJson,
    err,
    print_facts,
    print_json,
    print_rows,
    working,
)
from evenhand.app.commands.tenants import acting_for, tenant_named
from evenhand.app.installation import open_installation
from evenhand.foundation.errors import Invalid
from evenhand.foundation.settings import Settings
from evenhand.quality import BadTable, UnknownKind, UnknownMethod, aggregate
from evenhand.quality.agreement import BadMeasure, agreement
from evenhand.quality.arrow import Table
from evenhand.quality.report import plain, render
from evenhand.work import projects, verdicts

ROWS_SHOWN_MAX = 20
# Arrow has no types of its own.
csv: Any = arrow_csv
parquet: Any = arrow_parquet
arrow: Any = pyarrow

quality_app = cyclopts.App(name="quality", help="How good labels are, and what deserves a look.")


class UnreadableTable(Invalid):
    """The file cannot be read as a table of annotations: task, annotator, label."""


@quality_app.command(name="aggregate")
def aggregate_table(
    file: Path,
    *,
    output: Path | None = None,
    method: str = "auto",
    kind: str | None = None,
    json: AsJson = False,
) -> None:
    """Find the label of each task in a CSV or Parquet file; needs no server and no database.

    Parameters
    ----------
    file
        A table with the columns task, annotator, label: a row for each annotation.
    output
        Where to write task, label and confidence, as CSV or, by its ending, Parquet.
    method
        How to weigh annotators against each other; auto chooses by the votes.
    kind
        What the labels are, such as choice or number; without it, their type tells.
    """
    is_parquet = output is not None and _is_parquet(output)
    try:
        with working(f"Weighing the annotations of {file.name}"):
            found = aggregate(_table(file), method, kind=kind)
    except (BadTable, UnknownKind, UnknownMethod) as error:
        raise UnreadableTable(str(error)) from error
    if output is not None:
        if is_parquet:
            parquet.write_table(found.table, output)
        else:
            csv.write_csv(found.table, output)
    if json:
        print_json(
            {
                "method": found.method.name,
                "reason": found.method.reason,
                "converged": found.converged,
                "notes": list(found.notes),
                "tasks": plain(found.table.to_pylist()) if output is None else len(found.table),
                "annotators": plain(found.annotators.to_pylist()),
            }
        )
        return
    shown: list[dict[str, object]] = found.table.slice(0, ROWS_SHOWN_MAX).to_pylist()
    print_rows(shown, as_json=False, empty="The file has no annotations.")
    err.print(f"{len(found.table):,} tasks by {found.method.name}: {found.method.reason}")


@quality_app.command(name="agreement")
def agreement_of(file: Path, *, json: AsJson = False) -> None:
    """Measure how well annotators agree in a CSV or Parquet file (Krippendorff's alpha).

    Parameters
    ----------
    file
        A table with the columns task, annotator, label: a row for each annotation.
    """
    try:
        with working(f"Comparing the annotations of {file.name}"):
            found = agreement(_table(file))
    except (BadTable, BadMeasure) as error:
        raise UnreadableTable(str(error)) from error
    facts: Any = plain(found)
    print_facts(facts, as_json=json)


@quality_app.command
async def report(
    *, tenant: str, project: str, html: Path | None = None, json: AsJson = False
) -> None:
    """Report how good a project's labels are: agreement, confusions, skill, what to look at.

    Parameters
    ----------
    tenant
        The tenant's id or name.
    project
        The project's name.
    html
        Where to write the report as one page with pictures.
    """
    async with open_installation(Settings.read()) as context:
        tenant_id = await tenant_named(context, tenant)
        with working("Reading the newest annotations and looking them over"):
            told = await pipeline.project.report(context.pool, tenant_id, project, is_test=False)
    if html is not None:
        _write(html, render(told, title=f"Label quality: {project}"))
    if json:
        print_json(plain(told))
        return
    facts: dict[str, object] = {
        "tasks": told.tasks,
        "annotators": told.annotators,
        "votes": told.votes,
        "alpha": told.agreement.value,
        "method": told.method.name,
        "to look at": len(told.findings),
    }
    if html is not None:
        facts["written to"] = str(html)
    print_facts(facts, as_json=False)


@quality_app.command
async def alerts(*, tenant: str, project: str | None = None, json: AsJson = False) -> None:
    """Show what checks found worth a look: copying, haste, drift, labels that votes contradict.

    Parameters
    ----------
    tenant
        The tenant's id or name.
    project
        Only alerts of this project.
    """
    async with acting_for(tenant) as tx:
        await projects.require_names(tx, project=project, is_test=False)
        found = await verdicts.alerts_of(
            tx, is_test=False, project=project, limit=verdicts.ALERTS_A_PAGE_MAX
        )
    rows = [
        {
            "project": one.project,
            "kind": one.kind,
            "subject": one.subject,
            "reason": one.reason,
            "last_seen_at": one.last_seen_at,
        }
        for one in found
    ]
    print_rows(rows, as_json=json, empty="Nothing was found that is worth a look.")


def _write(file: Path, page: str) -> None:
    file.write_text(page, encoding="utf-8")


def _table(file: Path) -> Table:
    is_parquet = _is_parquet(file)
    try:
        # Opened here, for Arrow would take a folder, too, and tells of none of it in our words.
        with file.open("rb") as opened:
            return parquet.read_table(opened) if is_parquet else csv.read_csv(opened)
    except arrow.ArrowException as error:
        raise UnreadableTable(f"{file} cannot be read as a table: {error}") from error


def _is_parquet(file: Path) -> bool:
    ending = file.suffix.lower()
    if ending not in (".parquet", ".csv"):
        raise UnreadableTable(f"{file} must end in .csv or .parquet: its ending tells its form.")
    return ending == ".parquet"
