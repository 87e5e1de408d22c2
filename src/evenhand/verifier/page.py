"""The verifier's report as a page for people."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from evenhand.quality.report import document, table
from evenhand.quality.report.drawing import Bar, bars
from evenhand.quality.report.markup import Markup, element
from evenhand.tlog.verification import Outcome
from evenhand.verifier.checking import Report
from evenhand.verifier.fairness_page import own_sections, sections_of

_WORDS = {
    Outcome.HELD: "held",
    Outcome.FAILED: "FAILED",
    Outcome.UNREAD: "could not be read",
}
_VERDICTS = {
    Outcome.HELD: "Everything that was checked holds.",
    Outcome.FAILED: "Something does not hold: see below.",
    Outcome.UNREAD: "Something could not be read, so not everything was checked.",
}
PERIODS_MAX = 24


def page_of(report: Report, *, place: str) -> str:
    """Write the report of a log that lies at a place, as a page of HTML."""
    sections: list[Markup] = [element("p", None, f"{_VERDICTS[report.outcome]} Log: {place}.")]
    if report.trusted is not None:
        checkpoint = report.trusted.checkpoint
        names = ", ".join(report.trusted.witnesses) or "no witness"
        sections.append(
            element(
                "p",
                None,
                f"{checkpoint.origin}: {checkpoint.size:,} epochs, root {checkpoint.root.hex()}, "
                f"cosigned by {names}.",
            )
        )
    rows = [(one.name, _WORDS[one.outcome], one.problem or "") for one in report.checks]
    sections += [
        element("h2", None, "What was checked"),
        element("div", {"class": "wide"}, table(("check", "outcome", "what is wrong"), rows)),
    ]
    if report.unchecked:
        left = [element("li", None, one) for one in report.unchecked]
        sections += [
            element("h2", None, "What could not be checked"),
            element("ul", {"class": "findings"}, *left),
        ]
    sections += own_sections(report.own)
    if report.transcribed is not None:
        sections += sections_of(report.transcribed)
    if report.epochs:
        sections += [element("h2", None, "Epochs"), *_of_epochs(report.epochs)]
    if report.kinds:
        counted = [(kind, f"{count:,}") for kind, count in report.kinds.items()]
        sections += [
            element("h2", None, "Receipts by what they are of"),
            table(("kind", "receipts"), counted, numbers=(1,)),
        ]
    return document("A public log, checked", *sections)


def _of_epochs(epochs: Sequence[datetime]) -> list[Markup]:
    begun, ended = epochs[0], epochs[-1]
    length = max((ended - begun) / PERIODS_MAX, timedelta(seconds=1))
    counted = Counter(min(int((at - begun) / length), PERIODS_MAX - 1) for at in epochs)
    rows = [
        Bar(
            name=f"{begun + number * length:%m-%d %H:%M:%S}",
            value=counted[number],
            words=f"{counted[number]:,}",
        )
        for number in range(max(counted) + 1)
    ]
    words = (
        f"{len(epochs):,} epochs from {begun:%Y-%m-%d %H:%M:%S} to {ended:%Y-%m-%d %H:%M:%S} UTC. "
        "They come at one pace, whatever is done; where there are fewer, the server was down."
    )
    picture = bars("Epochs by time", words, rows, from_zero=True)
    return [element("p", None, words), element("div", {"class": "wide"}, picture)]
