"""Progress of the demo: a tick for each step that is done, bars while annotators work."""

import time
from collections.abc import Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn


@contextmanager
def step(console: Console, name: str) -> Generator[None]:
    """Show that something is going on, and how long it took once it is done."""
    began = time.monotonic()
    with console.status(f"{name} …"):
        yield
    console.print(f"[green]✓[/green] {name} [dim]{time.monotonic() - began:.1f} s[/dim]")


def bars(console: Console) -> Progress:
    """Make bars that stay on the screen when they are full."""
    return Progress(
        TextColumn("  {task.description}"),
        BarColumn(bar_width=32),
        MofNCompleteColumn(),
        console=console,
        refresh_per_second=8,
    )
