"""What others found of the public log, as `/neutrality` tells it.

It is their word and not the operator's. Whoever doubts it takes the signed statement from
`/log/verifications`, or checks the log.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from evenhand.pipeline.record import statements
from evenhand.quality.report import table
from evenhand.quality.report.markup import Markup, element, shortened
from evenhand.receipts.statement import Waits

ENVY_BY_LAW = 0
VERIFICATIONS_SHOWN = 10
NAME_CHARACTERS = 60
_NONE_YET = (
    "Nobody has had a verification of theirs published here. Whoever checks this log can sign what "
    "they found, and once the operator adds it, it stands here under their name:"
)
_HOW = (
    "evenhand verification key me.key example.com/me",
    "evenhand verify https://THIS-SERVER/log --transcript FILE --statement found --sign-as me.key",
    "evenhand verification add found --key KEY",
)
_LAW = (
    "Justified envy is to stand in front of somebody who is served, and not to be told a true "
    "reason why. By law there is none."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What one verifier found, of which epochs and when; of decisions, if they were replayed."""

    verifier: str
    checked_at: datetime
    epochs: int
    outcome: str
    held: int
    failed: int
    not_checked: int
    terms: str | None
    envy: int | None
    decisions: int | None
    at_same_moment: int | None
    waits: Sequence[Waits]


def verification_of(published: statements.Published) -> Verification:
    """Read a published statement."""
    said = published.statement
    replayed = said.replayed
    return Verification(
        verifier=published.key.name,
        checked_at=datetime.fromtimestamp(said.checked_at, UTC),
        epochs=said.checkpoint.size,
        outcome=said.outcome,
        held=said.held,
        failed=said.failed,
        not_checked=said.not_checked,
        terms=None if replayed is None else replayed.terms,
        envy=None if replayed is None else replayed.envy,
        decisions=None if replayed is None else replayed.decisions,
        at_same_moment=None if replayed is None else replayed.at_same_moment,
        waits=() if replayed is None else replayed.waits,
    )


def sections_of(found: Sequence[Verification], weights: Mapping[str, int]) -> list[Markup]:
    """Tell envy against its law, waiting times by class, and who checked what."""
    return [
        element("h2", None, "Envy against its law"),
        element("p", None, f"{_LAW} {_envy(found)}"),
        element("h2", None, "How long work waits"),
        *_waits(found, weights),
        element("h2", None, "What others found"),
        *_verifications(found),
    ]


def _envy(found: Sequence[Verification]) -> str:
    latest = next((one for one in found if one.envy is not None), None)
    if latest is None:
        return "No published verification has replayed the decisions yet."
    of = "the decisions" if latest.decisions is None else f"{latest.decisions:,} decisions"
    raced = (
        f" {latest.at_same_moment:,} of them were made at the same moment as others, so that one "
        "may not have seen the other."
        if latest.at_same_moment
        else ""
    )
    return f"{_name(latest)} found {latest.envy:,} in {of} of {_when(latest)}.{raced}"


def _waits(found: Sequence[Verification], weights: Mapping[str, int]) -> list[Markup]:
    latest = next((one for one in found if one.waits), None)
    if latest is None:
        words = (
            "Waiting times stand here for each class in which three tenants or more had enough "
            "work, by a published verification with a transcript. Of fewer, a tenant could tell "
            "the others' from its own."
        )
        return [element("p", None, words)]
    names = {weight: name for name, weight in weights.items()}
    rows = [
        (
            names.get(one.weight, f"weight {one.weight / 1000:g}"),
            *(f"{seconds:,.1f} s" for seconds in (one.p50, one.p90, one.p99)),
        )
        for one in latest.waits
    ]
    words = (
        "From when a task was opened until it was lent: half of a class waited no longer than p50. "
        "Each tenant of a class counts alike, whatever it sent. Found by "
        f"{_name(latest)} in {_when(latest)}."
    )
    columns = ("class", "p50", "p90", "p99")
    return [element("p", None, words), table(columns, rows, numbers=(1, 2, 3))]


def _verifications(found: Sequence[Verification]) -> list[Markup]:
    if not found:
        commands = [element("li", None, element("code", None, one)) for one in _HOW]
        return [element("p", None, _NONE_YET), element("ol", None, *commands)]
    rows = [
        (
            shortened(one.verifier, NAME_CHARACTERS),
            f"{one.checked_at:%Y-%m-%d %H:%M} UTC",
            f"{one.epochs:,}",
            _outcome(one),
            "–" if one.envy is None else f"{one.envy:,}",
        )
        for one in found[:VERIFICATIONS_SHOWN]
    ]
    columns = ("verifier", "checked", "epochs", "outcome", "envy")
    words = (
        "The operator chooses which statements stand here, and cannot write or change one: "
        "/log/verifications has each as it was signed, and the key of who signed it."
    )
    drawn = table(columns, rows, numbers=(2, 4))
    return [element("p", None, words), element("div", {"class": "wide"}, drawn)]


def _outcome(one: Verification) -> str:
    failed = f"FAILED: {one.failed:,} of {one.held + one.failed:,} checks"
    told = failed if one.failed else f"{one.held:,} checks held"
    return f"{told}, {one.not_checked:,} not made" if one.not_checked else told


def _name(one: Verification) -> str:
    return shortened(one.verifier, NAME_CHARACTERS)


def _when(one: Verification) -> str:
    return f"the first {one.epochs:,} epochs, on {one.checked_at:%Y-%m-%d %H:%M} UTC"
