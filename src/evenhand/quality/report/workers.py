"""How good each annotator is, and which label they give too often."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from evenhand.quality.agreement.tally import tally
from evenhand.quality.arrow import Table
from evenhand.quality.checks.judged import Judged
from evenhand.quality.codes import Floats, Ints
from evenhand.quality.report.contents import AnnotatorRow

# Under this much of the votes, a leaning is chance or taste.
LEANING_LEAST = 0.02


def worker_rows(annotators: Table, judged: Judged | None) -> list[AnnotatorRow]:
    """List the annotators of an aggregation, the best first."""
    rows: list[dict[str, Any]] = annotators.to_pylist()
    leans, bias = (None, None) if judged is None else _leanings(judged)
    names: Sequence[object] = () if judged is None else judged.classes
    listed = [
        AnnotatorRow(
            annotator=row["annotator"],
            votes=int(row["votes"]),
            skill=float(row["skill"]),
            lower=float(row["lower"]),
            upper=float(row["upper"]),
            leans_to=_leaning(number, leans, bias, names),
            bias=0.0 if bias is None else float(bias[number]),
        )
        for number, row in enumerate(rows)
    ]
    return sorted(listed, key=lambda row: (-row.skill, -row.votes))


def _leaning(
    number: int, leans: Ints | None, bias: Floats | None, names: Sequence[object]
) -> object | None:
    if leans is None or bias is None or bias[number] < LEANING_LEAST:
        return None
    return names[int(leans[number])]


def _leanings(judged: Judged) -> tuple[Ints, Floats]:
    """Return the label that each annotator gives most above what their tasks are, and by how much.

    A leaning that is within two standard errors of none is none.
    """
    votes, classes = judged.votes, judged.votes.label_count
    whose, tasks, weight = votes.annotators.astype(np.int64), votes.tasks(), votes.weight()
    cells = votes.annotator_count * classes
    said = tally(whose * classes + votes.labels, weight, cells).reshape(-1, classes)
    true = np.stack(
        [
            tally(whose, judged.posterior[tasks, label] * weight, votes.annotator_count)
            for label in range(classes)
        ],
        axis=1,
    )
    totals = np.maximum(said.sum(axis=1), 1e-9)
    excess = (said - true) / totals[:, None]
    label = excess.argmax(axis=1)
    bias = excess.max(axis=1)
    return label, np.where(bias > 1 / np.sqrt(totals), bias, 0.0)
