"""What the demo tells at its end: two tables for people, one object for programs."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import msgspec
from rich import box
from rich.console import Console
from rich.table import Table

from evenhand.demo.score import Hits


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantResult:
    """What became of one tenant's tasks."""

    name: str
    tasks: int
    completed: int
    annotations: int
    agreement: float | None
    consensus: Hits
    delivered: int
    exported: int
    foreign_rows_seen: int
    ledger_entries: int
    ledger_verified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotatorResult:
    """How right one annotator was, by kind of material."""

    pictures_by: str
    pictures: Hits
    words_by: str
    words: Hits


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The whole demo in figures."""

    tenants: int
    tasks: int
    completed: int
    annotations: int
    accuracy: float | None
    best_single_annotator: float | None
    delivered: int
    exported: int
    requests_for_rivals: int
    tables_looked_through: int
    foreign_rows_seen: int
    ledger_entries: int
    ledger_verified: bool
    decisions: int
    decisions_held: bool
    seconds: float
    results: Sequence[TenantResult]
    annotators: Sequence[AnnotatorResult]

    def as_json(self) -> str:
        """One line of JSON with the figures that a program wants."""
        figures = {
            **asdict(self),
            "results": [
                {**asdict(result), "consensus": result.consensus.share} for result in self.results
            ],
            "annotators": [
                {
                    **asdict(annotator),
                    "pictures": annotator.pictures.share,
                    "words": annotator.words.share,
                }
                for annotator in self.annotators
            ],
        }
        return msgspec.json.encode(figures).decode()


def show(console: Console, summary: Summary) -> None:
    """Print what happened to each tenant, then how right each annotator was."""
    console.print(_tenants(summary))
    console.print(_annotators(summary))
    console.print(_findings(summary))


def _tenants(summary: Summary) -> Table:
    table = Table(title="What the tenants received", title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("", no_wrap=True)
    for result in summary.results:
        table.add_column(result.name, justify="right")
    rows: list[tuple[str, list[str]]] = [
        ("tasks submitted", [f"{r.tasks:,}" for r in summary.results]),
        ("annotations", [f"{r.annotations:,}" for r in summary.results]),
        ("annotations a task", [f"{r.annotations / r.tasks:.1f}" for r in summary.results]),
        ("agreement (Krippendorff)", [_decimal(r.agreement) for r in summary.results]),
        ("settled by consensus", [f"{r.completed:,}" for r in summary.results]),
        ("left to a reviewer", [f"{r.tasks - r.completed:,}" for r in summary.results]),
        ("consensus is right in", [_percent(r.consensus) for r in summary.results]),
        ("delivered by callback", [f"{r.delivered:,}" for r in summary.results]),
        ("exported", [f"{r.exported:,}" for r in summary.results]),
        ("rival's rows seen", [_none_is_good(r.foreign_rows_seen) for r in summary.results]),
        ("ledger", [_ledger(r) for r in summary.results]),
    ]
    for name, cells in rows:
        table.add_row(name, *cells)
    return table


def _annotators(summary: Summary) -> Table:
    table = Table(
        title="How right each annotator was alone, and all of them together",
        title_justify="left",
        box=box.SIMPLE_HEAD,
    )
    table.add_column("")
    table.add_column("on pictures")
    table.add_column("right", justify="right")
    table.add_column("on words")
    table.add_column("right", justify="right")
    for number, annotator in enumerate(summary.annotators, 1):
        table.add_row(
            str(number),
            annotator.pictures_by,
            _percent(annotator.pictures),
            annotator.words_by,
            _percent(annotator.words),
        )
    table.add_section()
    pictures, words = (result.consensus for result in summary.results[:2])
    table.add_row("", "consensus", _percent(pictures), "consensus", _percent(words), style="bold")
    return table


def _findings(summary: Summary) -> str:
    ledger = "verified" if summary.ledger_verified else "[bold red]broken[/bold red]"
    held = (
        "and all follow from the rule"
        if summary.decisions_held
        else "[bold red]and not all follow from the rule[/bold red]"
    )
    return (
        f"Consensus is right in [bold]{_share(summary.accuracy)}[/bold] of all tasks, the best "
        f"single annotator in {_share(summary.best_single_annotator)}.\n"
        f"Foreign rows seen: {_none_is_good(summary.foreign_rows_seen)}, in "
        f"{summary.requests_for_rivals:,} requests with one tenant's key for what is the other's "
        f"and in all {summary.tables_looked_through} tables that say whose a row is.\n"
        f"Ledger: {summary.ledger_entries:,} entries, {ledger}.\n"
        f"Whose turn it was: {summary.decisions:,} decisions replayed from the public log and a "
        f"transcript alone, {held}. An auditor of either rival can check as much with one file of "
        "Python: see `evenhand log transcript`.\n"
        f"All of it took {summary.seconds:.0f} seconds.\n"
    )


def _percent(hits: Hits) -> str:
    return _share(hits.share)


def _share(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"


def _decimal(number: float | None) -> str:
    return "–" if number is None else f"{number:.2f}"


def _none_is_good(count: int) -> str:
    return "[green]0[/green]" if count == 0 else f"[bold red]{count:,}[/bold red]"


def _ledger(result: TenantResult) -> str:
    told = "[green]verified[/green]" if result.ledger_verified else "[bold red]broken[/bold red]"
    return f"{told}, {result.ledger_entries:,} entries"
