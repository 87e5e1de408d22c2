"""Labels that were given or delivered, and that the votes contradict."""

from collections.abc import Mapping

import numpy as np

from evenhand.quality.agreement.tally import tally
from evenhand.quality.checks.finding import Finding
from evenhand.quality.checks.judged import Judged
from evenhand.quality.codes import Floats, Ints

VOTES_ON_A_TASK_MIN = 2


def label_errors(judged: Judged, labels: Mapping[object, object]) -> list[Finding]:
    """Find tasks that bear a label which their votes contradict, the least probable first.

    `labels` are those delivered, or gold, or anyone's, by task; `judged` must not have learnt
    from them. Confident learning: a task counts as contradicted when another label is at least
    as probable there as it is in the mean where it was given. C. G. Northcutt, L. Jiang and
    I. L. Chuang, Journal of Artificial Intelligence Research 70 (2021), 1373-1411,
    doi:10.1613/jair.1.12125.
    """
    rows, given = _given(judged, labels)
    if not rows.size:
        return []
    posterior = judged.posterior[rows]
    best = _confident(posterior, given)
    suspect = np.flatnonzero((best >= 0) & (best != given))
    right = posterior[suspect, given[suspect]]
    findings = [_told(judged, int(rows[row]), int(given[row]), int(best[row])) for row in suspect]
    order = np.lexsort((suspect, right))
    return [findings[place] for place in order]


def _given(judged: Judged, labels: Mapping[object, object]) -> tuple[Ints, Ints]:
    """Return the tasks with a label that somebody voted for and votes enough, and the labels."""
    code = {label: number for number, label in enumerate(judged.classes)}
    # A label that nobody gave cannot be weighed against votes.
    codes = [code.get(labels.get(task), -1) for task in judged.tasks]
    known = np.array(codes, dtype=np.int64)
    rows = np.flatnonzero((known >= 0) & (judged.voters() >= VOTES_ON_A_TASK_MIN))
    return rows, known[rows]


def _confident(posterior: Floats, given: Ints) -> Ints:
    """Return the most probable of the labels that are as probable as where given, -1 if none."""
    classes: int = posterior.shape[1]
    times = np.bincount(given, minlength=classes)
    own = posterior[np.arange(given.size), given]
    bar = np.divide(tally(given, own, classes), times, out=np.ones(classes), where=times > 0)
    reached = np.where(posterior >= bar - 1e-12, posterior, -1.0)
    best = reached.argmax(axis=1)
    return np.where(reached.max(axis=1) < 0, -1, best)


def _told(judged: Judged, task: int, given: int, best: int) -> Finding:
    start, end = judged.votes.starts[task], judged.votes.starts[task + 1]
    said, weight = judged.votes.labels[start:end], judged.votes.weight()[start:end]
    voters = round(float(weight.sum()))
    for_best = float(weight[said == best].sum())
    for_given = float(weight[said == given].sum())
    right = float(judged.posterior[task, given])
    sure = float(judged.posterior[task, best])
    return Finding(
        check="label error",
        task=judged.tasks[task],
        score=sure - right,
        p_value=right,
        votes=voters,
        sentence=(
            f"Task {judged.tasks[task]} bears the label {judged.classes[given]}, but its votes "
            f"make {judged.classes[best]} {sure:.0%} probable: of {voters}, {for_best:g} said "
            f"{judged.classes[best]} and {for_given:g} said {judged.classes[given]}."
        ),
        evidence={"for the label": for_given, "for the other": for_best},
    )
