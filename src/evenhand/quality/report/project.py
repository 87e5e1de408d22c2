"""A report on a project's labels, out of the table of its annotations."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from evenhand.quality.aggregate import aggregate, kind_of
from evenhand.quality.aggregation import Aggregation, Chosen
from evenhand.quality.agreement.measure import agreement, agreement_by_class
from evenhand.quality.agreement.result import Agreement
from evenhand.quality.agreement.tally import tally
from evenhand.quality.arrow import Table, pa
from evenhand.quality.checks.judged import Judged
from evenhand.quality.choice.fit import NOTHING_KNOWN, Fit, Known
from evenhand.quality.choice.labels import gathered, interval, named
from evenhand.quality.choice.methods import CHOOSERS, METHODS
from evenhand.quality.codes import Floats, Ints, leaders
from evenhand.quality.frame import COLUMNS, Frame, as_arrow, read
from evenhand.quality.report.contents import ClassRow, Confused, Figure, Report
from evenhand.quality.report.curve import Standard, curve
from evenhand.quality.report.suspects import Clues, suspects
from evenhand.quality.report.workers import worker_rows
from evenhand.quality.request import Request, UnknownMethod
from evenhand.quality.votes import Votes

CLASSES_SHOWN_MAX = 20  # of more labels, a heat map is too small to read
CLASSES_MEASURED_MAX = 200  # each has its own bootstrap
TIME_COLUMNS = ("at", "seconds")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Project:
    """A project of choices: its votes, and what they came to with gold and without."""

    judged: Judged
    known: Known
    blind: Fit
    aggregation: Aggregation


def project_report(
    table: object,
    *,
    method: str = "auto",
    gold: object = None,
    delivered: object = None,
    cost: float | None = None,
    seed: int = 0,
) -> Report:
    """Report how good a project's labels are, and who and what deserves a look.

    `table` has a row for each annotation: `task, annotator, label`, and if known `at` (when, as a
    time or a number) and `seconds` (how long it took), by which drift, patterns and haste are
    seen. `gold` and `delivered`, tables `task, label` or mappings, have labels that are known
    and labels that were handed out; both are held against the votes. `cost` is that of one
    label.
    """
    arrow = as_arrow(table, COLUMNS, TIME_COLUMNS)
    kind = kind_of(arrow.column("label"))
    agreed = agreement(arrow, seed=seed)
    if kind != "choice":
        return _of_another_kind(arrow, kind, agreed, method, seed)
    frame = read(arrow)
    request = Request(method=method, gold=by_task(gold), seed=seed)
    project = _project(frame, request)
    known = project.known.gold
    standard = Standard(
        gold=None if known is None else known.astype(np.int64), posterior=project.blind.posterior
    )
    clues = _clues(arrow, frame, project, by_task(gold), by_task(delivered))
    votes = project.judged.votes
    return Report(
        kind=kind,
        tasks=votes.task_count,
        annotators=votes.annotator_count,
        votes=int(project.judged.vote_counts().sum()),
        figures=_figures(project, standard, agreed, cost),
        agreement=agreed,
        classes=_classes(project, seed),
        confused=_confused(project.judged),
        workers=worker_rows(project.aggregation.annotators, project.judged),
        curve=curve(votes, standard, project.aggregation.method.name, cost=cost, seed=seed),
        method=project.aggregation.method,
        findings=suspects(project.judged, clues),
        notes=_notes(project),
    )


def by_task(labels: object) -> dict[Hashable, object]:
    """Take labels as a mapping from task, whether they come so or as a table `task, label`."""
    if labels is None:
        return {}
    if isinstance(labels, Mapping):
        mapping = cast("Mapping[Hashable, object]", labels)
        if set(mapping) != {"task", "label"}:
            return dict(mapping)
    table = as_arrow(cast("object", labels), ("task", "label"))
    tasks: list[Hashable] = table.column("task").to_pylist()
    return dict(zip(tasks, table.column("label").to_pylist(), strict=True))


def _project(frame: Frame, request: Request) -> _Project:
    votes, known, labels = gathered(frame, request)
    fit, chosen = _fitted(votes, known, request)
    # What is held against gold must not have learnt from it.
    blind = fit if known.gold is None else _fitted(votes, NOTHING_KNOWN, request)[0]
    judged = Judged(
        votes=votes,
        posterior=blind.posterior,
        tasks=frame.tasks.names.to_pylist(),
        annotators=frame.annotators.names.to_pylist(),
        classes=labels.to_pylist(),
    )
    names = frame.tasks.names, frame.annotators.names, labels
    return _Project(
        judged=judged,
        known=known,
        blind=blind,
        aggregation=named(fit, votes.by_annotator(), names, chosen),
    )


def _fitted(votes: Votes, known: Known, request: Request) -> tuple[Fit, Chosen]:
    if request.method in CHOOSERS:
        return CHOOSERS[request.method](votes, known, request.limits, request.seed)
    if request.method not in METHODS:
        raise UnknownMethod(request.method, "choice", [*CHOOSERS, *METHODS])
    fit = METHODS[request.method](votes, known, request.limits)
    return fit, Chosen(name=request.method, reason="it was asked for")


def _notes(project: _Project) -> list[str]:
    notes = list(project.aggregation.notes)
    if project.known.gold is None:
        notes.append(
            "There is no gold, so accuracy is what the method expects of its own labels, and "
            "methods are too sure of themselves where people err alike. Some dozens of tasks with "
            "a known label tell more."
        )
    return notes


def _figures(
    project: _Project, standard: Standard, agreed: Agreement, cost: float | None
) -> list[Figure]:
    confidence = np.asarray(project.aggregation.table.column("confidence"), dtype=np.float64)
    labelled = project.aggregation.table.num_rows - project.aggregation.table["label"].null_count
    right = standard.right(leaders(project.blind.posterior))
    lower, upper = interval(np.array([right.mean()]), np.array([float(right.size)]))
    skills = np.asarray(project.aggregation.annotators.column("skill"), dtype=np.float64)
    spread = np.quantile(skills, [0.1, 0.5, 0.9]).tolist() if skills.size else [None] * 3
    votes = int(project.judged.vote_counts().sum())
    figures = [
        Figure(
            name="Accuracy" if standard.gold is not None else "Expected accuracy",
            value=float(right.mean()) if right.size else None,
            lower=float(lower[0]) if right.size else None,
            upper=float(upper[0]) if right.size else None,
            note=f"by {standard.basis}",
        ),
        agreed_figure(agreed),
        Figure(
            name="Tasks with a label",
            value=labelled / max(confidence.size, 1),
            note=f"{labelled:,} of {confidence.size:,}; the others tie",
        ),
        Figure(
            name="An annotator's skill",
            value=spread[1],
            lower=spread[0],
            upper=spread[2],
            note="the median, and where eight of ten lie",
        ),
        Figure(
            name="Labels a task",
            value=votes / max(project.judged.votes.task_count, 1),
            share=False,
            note="in the mean",
        ),
    ]
    if cost is not None:
        figures.append(Figure(name="Cost", value=cost * votes, share=False, note="of all labels"))
    return figures


def agreed_figure(agreed: Agreement) -> Figure:
    """Show agreement as a headline figure."""
    return Figure(
        name="Agreement (alpha)",
        value=agreed.value,
        lower=agreed.lower,
        upper=agreed.upper,
        share=False,
        note=agreed.undefined or "1 is perfect, 0 as by chance",
    )


def _classes(project: _Project, seed: int) -> list[ClassRow]:
    judged = project.judged
    votes, classes = judged.votes, judged.votes.label_count
    if classes > CLASSES_MEASURED_MAX:
        return []
    winners = leaders(project.blind.posterior)
    won = winners >= 0
    tasks = np.bincount(winners[won], minlength=classes)
    best = project.blind.posterior.max(axis=1, initial=0.0)
    sure = tally(winners[won], best[won], classes)
    given = tally(votes.labels, votes.weight(), classes)
    agreed = agreement_by_class(votes, seed=seed)
    return [
        ClassRow(
            label=judged.classes[label],
            tasks=int(tasks[label]),
            votes=round(float(given[label])),
            confidence=float(sure[label] / tasks[label]) if tasks[label] else None,
            agreement=agreed[label],
        )
        for label in range(classes)
    ]


def _confused(judged: Judged) -> Confused:
    votes, classes = judged.votes, judged.votes.label_count
    tasks, weight = votes.tasks(), votes.weight()
    common = np.argsort(-tally(votes.labels, weight, classes), kind="stable")
    shown: Sequence[int] = np.sort(common[:CLASSES_SHOWN_MAX]).tolist()
    table = np.zeros((classes, classes))
    for truth in shown:
        table[truth] = tally(votes.labels, judged.posterior[tasks, truth] * weight, classes)
    totals = np.maximum(table.sum(axis=1, keepdims=True), 1e-9)
    shares: list[list[float]] = (table / totals)[np.ix_(shown, shown)].tolist()
    return Confused(
        labels=[judged.classes[label] for label in shown],
        shares=shares,
        left_out=classes - len(shown),
    )


def _clues(
    arrow: Table,
    frame: Frame,
    project: _Project,
    gold: Mapping[Hashable, object],
    delivered: Mapping[Hashable, object],
) -> Clues:
    there = [name for name in TIME_COLUMNS if name in arrow.column_names]
    times = dict.fromkeys(TIME_COLUMNS, None) | _times(arrow, there, frame, project.judged)
    return Clues(
        delivered=dict(delivered), gold=dict(gold), at=times["at"], seconds=times["seconds"]
    )


def _times(
    arrow: Table, names: Sequence[str], frame: Frame, judged: Judged
) -> dict[str, Floats | None]:
    """Bring columns of the table into the order of the votes; a repeated vote is its first."""
    if not names:
        return {}
    votes = judged.votes
    classes = {label: code for code, label in enumerate(judged.classes)}
    labels = np.array([classes[label] for label in arrow["label"].to_pylist()], dtype=np.int64)
    key = frame.tasks.codes.astype(np.int64) * votes.annotator_count + frame.annotators.codes
    key = key * votes.label_count + labels
    columns = {name: _numbers(arrow[name]) for name in names}
    order = np.lexsort((columns[names[0]], key))
    first = np.ones(key.size, dtype=np.bool_)
    first[1:] = key[order][1:] != key[order][:-1]
    rows = order[first]
    assert rows.size == votes.size, "each vote has its row"
    return {name: column[rows] for name, column in columns.items()}


def _numbers(column: Table) -> Floats:
    if pa.types.is_temporal(column.type):
        column = column.cast(pa.timestamp("us")).cast(pa.int64())
    return np.asarray(column.cast(pa.float64()), dtype=np.float64)


def _of_another_kind(arrow: Table, kind: str, agreed: Agreement, method: str, seed: int) -> Report:
    """Report on labels that are not choices: agreement, skill, and how sure the labels are."""
    found = aggregate(arrow, method, seed=seed)
    confidence = np.asarray(found.table.column("confidence"), dtype=np.float64)
    votes: Ints = np.asarray(found.annotators.column("votes"), dtype=np.int64)
    return Report(
        kind=kind,
        tasks=found.table.num_rows,
        annotators=found.annotators.num_rows,
        votes=int(votes.sum()),
        figures=[
            agreed_figure(agreed),
            Figure(
                name="Confidence",
                value=float(confidence.mean()) if confidence.size else None,
                note="of a label, in the mean",
            ),
        ],
        agreement=agreed,
        classes=[],
        confused=None,
        workers=worker_rows(found.annotators, None),
        curve=None,
        method=found.method,
        findings=[],
        notes=found.notes,
    )
