"""How commands speak: JSON for programs, a table or a sentence for people, errors to stderr."""

import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, TypeAlias

import cyclopts
import msgspec
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

AsJson: TypeAlias = Annotated[
    bool, cyclopts.Parameter(name="--json", negative="", help="Print JSON for programs.")
]

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


@contextmanager
def working(doing: str) -> Generator[None]:
    """Show people what is being done and since when; a program's stderr stays empty."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        progress.add_task(doing, total=None)
        yield


def print_json(value: object) -> None:
    """Print one JSON value on one line."""
    sys.stdout.write(msgspec.json.encode(value).decode() + "\n")


def print_facts(facts: Mapping[str, object], *, as_json: bool) -> None:
    """Print one thing's facts, a line each."""
    if as_json:
        print_json(facts)
        return
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    for name, value in facts.items():
        table.add_row(name.replace("_", " "), _text(value))
    out.print(table)


def print_rows(rows: Sequence[Mapping[str, object]], *, as_json: bool, empty: str) -> None:
    """Print a table of things, or the sentence for none."""
    if as_json:
        print_json(rows)
    elif not rows:
        out.print(empty)
    else:
        table = Table(box=None, pad_edge=False, header_style="dim")
        for name in rows[0]:
            table.add_column(name.replace("_", " "), overflow="fold")
        for row in rows:
            table.add_row(*(_text(value) for value in row.values()))
        out.print(table)


def _text(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    return str(value)
