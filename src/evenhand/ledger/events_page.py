"""`docs/events.md`, written from the types of events.

For those who add an event: run `uv run python -m evenhand.ledger.events_page` and review the page
in the diff. A server never needs this module.
"""

import inspect
from collections.abc import Sequence
from pathlib import Path

import msgspec

from evenhand.ledger import events, wall_events

PAGE = Path("docs/events.md")  # beside the sources, where those who change events are at work
_HEADER = """\
# Events: all that the ledger can hold

Generated from [`ledger/events.py`](../src/evenhand/ledger/events.py) and
[`wall_events.py`](../src/evenhand/ledger/wall_events.py), never edited by hand:
`uv run python -m evenhand.ledger.events_page` writes it anew. How an entry comes in and what is
hashed is in [ledger](ledger.md); what a new event takes, in [adding an event](adding-an-event.md).

Every entry has `kind` and `at` beside its fields. A field in brackets is left out where it is a
count of nothing, or does not apply.

| event | entered when | fields |
|---|---|---|
"""


def kinds() -> Sequence[type[events.Event]]:
    """Every type of event, in the order of the files."""
    return [
        kind
        for name, kind in [*vars(events).items(), *vars(wall_events).items()]
        if inspect.isclass(kind)
        and issubclass(kind, events.Event)
        and kind is not events.Event
        and not name.startswith("_")
    ]


def page() -> str:
    """Word the page as it is to be."""
    return _HEADER + "".join(_row(kind) for kind in kinds())


def _row(kind: type[events.Event]) -> str:
    told = " ".join((kind.__doc__ or "").split())
    fields = ", ".join(
        f"`{one.name}`" if one.required else f"[`{one.name}`]"
        for one in msgspec.structs.fields(kind)
    )
    return f"| `{kind.__struct_config__.tag}` | {told} | {fields} |\n"


def main() -> None:
    """Write the page anew."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
