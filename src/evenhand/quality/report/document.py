"""A page of one file: no scripts, nothing fetched, in light and in dark."""

import base64
import hashlib
from collections.abc import Sequence

from evenhand.quality.report.markup import Markup, Value, element
from evenhand.quality.report.style import STYLE

# What a browser lets the page do: it has one style, which is told by its hash, and nothing else.
PAGE_POLICY = (
    "default-src 'none'; style-src 'sha256-"
    + base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    + "'; base-uri 'none'; form-action 'none'"
)


def document(title: str, *sections: str) -> str:
    """Write a page of HTML; whatever is no markup in it is text."""
    head = element(
        "head",
        None,
        element("meta", {"charset": "utf-8"}),
        element("meta", {"http-equiv": "Content-Security-Policy", "content": PAGE_POLICY}),
        element("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}),
        element("title", None, title),
        element("style", None, Markup(STYLE)),
    )
    main = element("main", None, element("h1", None, title), *sections)
    return (
        f"<!doctype html>\n{element('html', {'lang': 'en'}, head, element('body', None, main))}\n"
    )


def table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: Sequence[int] = ()
) -> Markup:
    """Lay rows out under the names of their columns, of which some hold numbers."""

    def cell(tag: str, place: int, words: str) -> Markup:
        kind: dict[str, Value] = {"class": "number"} if place in numbers else {}
        return element(tag, kind, words if place in numbers else element("bdi", None, words))

    head = element("tr", None, *(cell("th", place, name) for place, name in enumerate(columns)))
    lines = [
        element("tr", None, *(cell("td", place, words) for place, words in enumerate(row)))
        for row in rows
    ]
    return element("table", None, element("thead", None, head), element("tbody", None, *lines))
