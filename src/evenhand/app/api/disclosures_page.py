"""Who saw what, as a page for people."""

from collections.abc import Mapping, Sequence
from typing import Any

from evenhand.quality.report import PAGE_POLICY, document, table
from evenhand.quality.report.markup import element

# The workbench's own policy knows no style within a page; this page has one, and no script.
PAGE_HEADERS = {"Content-Security-Policy": f"{PAGE_POLICY}; frame-ancestors 'none'"}
_COLUMNS = ("when", "to whom", "task", "what for", "receipt")
_PURPOSES = {
    ("live", False): "to annotate",
    ("live", True): "to review",
    ("evaluation", False): "to annotate, as a measure",
    ("evaluation", True): "to review, as a measure",
    ("training", False): "as a lesson",
    (None, None): "held, and shown now",
}


def page_of(shown: Sequence[Mapping[str, Any]], following: int | None) -> str:
    """Write a page of disclosures, the newest first; `following` is where the next one begins."""
    words = (
        "Every task that went to somebody, with whoever it went to. Names are those of your "
        "exports: the same here as there, and others towards other customers. Each line has a "
        "receipt, which holds without this server."
    )
    rows = [
        (
            f"{one['at']:%Y-%m-%d %H:%M:%S} UTC",
            str(one["annotator"]),
            str(one["task_id"]),
            "as the operator's staff"
            if one["staff"]
            else _PURPOSES.get((one["purpose"], one["review"]), str(one["purpose"])),
            str(one["receipt"]),
        )
        for one in shown
    ]
    sections = [element("p", None, words)]
    if rows:
        sections.append(element("div", {"class": "wide"}, table(_COLUMNS, rows)))
    else:
        sections.append(element("p", None, "Nothing of yours has gone to anybody yet."))
    if following is not None:
        older = f"Older ones: add before={following} to the address of this page."
        sections.append(element("p", None, older))
    return document("Who saw what", *sections)
