"""The report as one page: no scripts, nothing fetched, in light and in dark."""

from collections.abc import Sequence

from evenhand.quality.checks.finding import Finding
from evenhand.quality.report.contents import (
    AnnotatorRow,
    ClassRow,
    Confused,
    Curve,
    Figure,
    Report,
)
from evenhand.quality.report.document import document, table
from evenhand.quality.report.drawing import Bar, Dot, bars, dots, heat_map, line
from evenhand.quality.report.markup import Markup, element

WORKERS_DRAWN_MAX = 50  # a picture a screen or two high
CLASSES_DRAWN_MAX = 40
ROWS_MAX = 500  # the JSON has them all
FINDINGS_MAX = 25  # of one check


def render(report: Report, *, title: str = "Label quality") -> str:
    """Write the report as a page of HTML; labels and names in it are text and never markup."""
    return document(title, *_sections(report))


def _sections(report: Report) -> list[Markup]:
    size = (
        f"{report.votes:,} labels of {report.tasks:,} tasks by {report.annotators:,} annotators; "
        f"kind: {report.kind}."
    )
    sections = [_paragraph(size), *(_paragraph(note) for note in report.notes)]
    sections.append(element("dl", {"class": "figures"}, *map(_figure, report.figures)))
    if report.curve is not None and report.curve.points:
        sections += _of_curve(report.curve)
    if report.classes:
        sections += _of_classes(report.classes)
    if report.confused is not None and report.confused.labels:
        sections += _of_confusions(report.confused)
    if report.workers:
        sections += _of_workers(report.workers)
    sections += _of_method(report)
    sections += _of_findings(report.findings, checked=report.kind == "choice")
    return sections


def _figure(figure: Figure) -> Markup:
    shown = "undefined" if figure.value is None else _amount(figure.value, share=figure.share)
    between = ""
    if figure.lower is not None and figure.upper is not None:
        ends = [_amount(end, share=figure.share) for end in (figure.lower, figure.upper)]
        between = f"{ends[0]} to {ends[1]}"
    return element(
        "div",
        {"class": "figure"},
        element("dt", None, figure.name),
        element("dd", {"class": "value"}, shown),
        element("dd", {"class": "range"}, between) if between else Markup(""),
        element("dd", {"class": "note"}, figure.note),
    )


def _of_curve(curve: Curve) -> list[Markup]:
    first, last = curve.points[0], curve.points[-1]
    told = (
        f"Accuracy is {first.accuracy:.1%} with {first.labels_per_task} label a task and "
        f"{last.accuracy:.1%} with {last.labels_per_task}."
    )
    drawn = [
        (
            float(point.labels_per_task),
            Dot(
                name=str(point.labels_per_task),
                value=point.accuracy,
                lower=point.lower,
                upper=point.upper,
                words="",
            ),
        )
        for point in curve.points
    ]
    priced = any(point.cost is not None for point in curve.points)
    rows: list[list[str]] = []
    before = None
    for point in curve.points:
        gain = "" if before is None else f"{100 * (point.accuracy - before.accuracy):+.2f}"
        row = [str(point.labels_per_task), f"{point.labels:,}", f"{point.accuracy:.1%}", gain]
        rows.append([*row, f"{point.cost:,.2f}" if point.cost is not None else ""][: 4 + priced])
        before = point
    columns = ["Labels a task", "Labels", "Accuracy", "Gain in points", "Cost"][: 4 + priced]
    return [
        element("h2", None, "What each extra label is worth"),
        _paragraph(
            f"{told} Right is measured by {curve.basis}; each task's labels are chosen by chance "
            f"and aggregated by {curve.method}. {curve.note}"
        ),
        _picture(line("Accuracy against labels a task", told, "labels a task", drawn)),
        _table(columns, rows, numbers=range(len(columns))),
    ]


def _of_classes(classes: Sequence[ClassRow]) -> list[Markup]:
    rows: list[list[str]] = []
    for row in classes[:ROWS_MAX]:
        agreed = row.agreement
        alpha = "undefined" if agreed.value is None else f"{agreed.value:.2f}"
        between = ""
        if agreed.lower is not None and agreed.upper is not None:
            between = f"{agreed.lower:.2f} to {agreed.upper:.2f}"
        sure = "" if row.confidence is None else f"{row.confidence:.1%}"
        rows.append([str(row.label), f"{row.tasks:,}", f"{row.votes:,}", sure, alpha, between])
    drawn = [
        Dot(
            name=str(row.label),
            value=row.agreement.value,
            lower=row.agreement.value if row.agreement.lower is None else row.agreement.lower,
            upper=row.agreement.value if row.agreement.upper is None else row.agreement.upper,
            words=_counted(row.tasks, "task"),
        )
        for row in classes[:CLASSES_DRAWN_MAX]
        if row.agreement.value is not None
    ]
    told = "; ".join(f"{dot.name}: {dot.value:.2f}" for dot in drawn[:10])
    return [
        element("h2", None, "Agreement by label"),
        _paragraph(
            "Krippendorff's alpha of this label against all others, with a 95 % interval: 1 is "
            "perfect, 0 as by chance. A label with a low alpha needs a clearer instruction."
        ),
        _picture(dots("Agreement by label", told, drawn, share=False)) if drawn else Markup(""),
        _table(
            ["Label", "Tasks", "Votes", "Confidence", "Alpha", "Interval"],
            rows,
            numbers=range(1, 6),
        ),
    ]


def _of_confusions(confused: Confused) -> list[Markup]:
    names = [str(label) for label in confused.labels]
    worst = max(
        (
            (share, names[row], names[column])
            for row, shares in enumerate(confused.shares)
            for column, share in enumerate(shares)
            if row != column
        ),
        default=None,
    )
    told = "" if worst is None else f"Where {worst[1]} is true, {worst[0]:.0%} say {worst[2]}."
    more = f" {confused.left_out:,} rarer labels are not shown." if confused.left_out else ""
    rows = [
        [name, *(f"{share:.1%}" for share in shares)]
        for name, shares in zip(names, confused.shares, strict=True)
    ]
    return [
        element("h2", None, "What is taken for what"),
        _paragraph(f"Of the votes on tasks where a label is true, so many say each.{more} {told}"),
        _picture(heat_map("Confusion between labels", told, names, confused.shares)),
        _table(["True", *names], rows, numbers=range(1, len(names) + 1)),
    ]


def _of_workers(workers: Sequence[AnnotatorRow]) -> list[Markup]:
    # A record of one vote says least, and would take the place of one that says more.
    busiest = sorted(workers, key=lambda row: -row.votes)[:WORKERS_DRAWN_MAX]
    shown = sorted(busiest, key=lambda row: -row.skill)
    left = len(workers) - len(shown)
    told = f"From {shown[0].skill:.0%} down to {shown[-1].skill:.0%} right." + (
        f" Drawn are the {len(shown)} with the most votes of {len(workers):,}." if left else ""
    )
    rows = [
        [
            str(row.annotator),
            f"{row.votes:,}",
            f"{row.skill:.1%}",
            f"{row.lower:.1%} to {row.upper:.1%}",
            "" if row.leans_to is None else f"{row.leans_to} ({100 * row.bias:+.0f} points)",
        ]
        for row in workers[:ROWS_MAX]
    ]
    drawn = [
        Dot(
            name=str(row.annotator),
            value=row.skill,
            lower=row.lower,
            upper=row.upper,
            words=_counted(row.votes, "vote"),
        )
        for row in shown
    ]
    return [
        element("h2", None, "Annotators"),
        _paragraph(
            f"How likely a vote of theirs is right, with a 95 % interval. {told} A short record "
            "has a wide interval, and is no reason for or against anyone."
        ),
        _picture(dots("Annotators' skill", told, drawn)),
        _table(["Annotator", "Votes", "Skill", "Interval", "Leans to"], rows, numbers=(1, 2, 3)),
    ]


def _of_method(report: Report) -> list[Markup]:
    chosen = report.method
    parts = [
        element("h2", None, "The method"),
        _paragraph(f"{chosen.name}: {chosen.reason.rstrip('.')}."),
    ]
    if len(chosen.evidence) > 1:
        ranked = sorted(chosen.evidence.items(), key=lambda pair: (-pair[1], pair[0]))
        rows = [
            Bar(name=name, value=value, words=f"{value:.4f}", chosen=name == chosen.name)
            for name, value in ranked
        ]
        told = f"{ranked[0][0]} has the most, {ranked[0][1]:.4f}."
        parts += [
            _paragraph("The evidence for each method, from the votes alone; longer is better."),
            _picture(bars("Evidence for each method", told, rows)),
        ]
    if chosen.weights:
        weights = [[name, f"{share:.1%}"] for name, share in chosen.weights.items()]
        parts.append(_table(["Method", "Share in the blend"], weights, numbers=(1,)))
    return parts


def _of_findings(findings: Sequence[Finding], *, checked: bool) -> list[Markup]:
    parts = [element("h2", None, "What deserves a look")]
    if not checked:
        return [*parts, _paragraph("Labels of this kind are not checked for suspicions.")]
    if not findings:
        return [*parts, _paragraph("Nothing was found.")]
    parts.append(
        _paragraph(
            "Suspicions, not verdicts: of those accused by one check, one in twenty may be honest. "
            "Read the reason, look at the work, and ask."
        )
    )
    for check in dict.fromkeys(finding.check for finding in findings):
        own = [finding for finding in findings if finding.check == check]
        heading = f"{check[:1].upper()}{check[1:]} ({len(own):,})"
        items = [
            element(
                "li",
                None,
                finding.sentence,
                " ",
                element("span", {"class": "chance"}, _chance(finding)),
            )
            for finding in own[:FINDINGS_MAX]
        ]
        parts += [element("h3", None, heading), element("ul", {"class": "findings"}, *items)]
        if len(own) > FINDINGS_MAX:
            parts.append(_paragraph(f"And {len(own) - FINDINGS_MAX:,} more."))
    return parts


def _chance(finding: Finding) -> str:
    if "label error" in finding.check:
        return f"(probability that it is right: {finding.p_value:.2g})"
    return f"(by chance: {finding.p_value:.2g})"


def _table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: Sequence[int]
) -> Markup:
    return element(
        "details",
        None,
        element("summary", None, "As numbers"),
        element("div", {"class": "wide"}, table(columns, rows, numbers=numbers)),
    )


def _picture(drawn: Markup) -> Markup:
    """Let a narrow screen move over a picture, whose words would else be too small to read."""
    return element("div", {"class": "wide"}, drawn)


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def _paragraph(words: str) -> Markup:
    return element("p", None, words.strip())


def _amount(value: float, *, share: bool) -> str:
    if share:
        return f"{value:.1%}"
    return f"{value:,.2f}" if abs(value) < 1000 else f"{value:,.0f}"
