"""Numbers out of annotations, by the estimator that the votes speak for."""

from collections.abc import Mapping
from typing import cast

import numpy as np

from evenhand.quality.aggregation import Aggregation, Chosen
from evenhand.quality.arrow import Table, pa
from evenhand.quality.codes import Floats
from evenhand.quality.frame import BadTable, Frame, as_arrow
from evenhand.quality.number.estimates import METHODS, PRIOR_VOTES_MIN, Anchors, Estimate
from evenhand.quality.number.evidence import Evidence, compared
from evenhand.quality.number.measured import Numbers, numbers
from evenhand.quality.request import Request, UnknownMethod

# A difference of correlations below this changes no value that anybody would notice.
DIFFERENCE_LEAST = 0.005
# Every other method must be surer of being better than the simplest one: by a standard error.
SIMPLEST = "mean"
NORMAL_95 = 1.959964


def aggregate_number(frame: Frame, request: Request) -> Aggregation:
    """Find the number of each task, with a 95 % interval.

    `table` has `task, label, lower, upper, confidence`; the confidence is the share of the
    variance of the values that is the tasks' own and no error. `annotators` has
    `annotator, skill, lower, upper, votes, bias, variance`; the skill is the same share for a
    single vote. Where everyone agrees wholly, shares are 1; where values do not differ, 0.
    """
    if request.method != "auto" and request.method not in METHODS:
        raise UnknownMethod(request.method, "number", ("auto", *METHODS))
    votes = numbers(frame)
    anchors, notes = _anchors(frame, request)
    if request.method == "auto" and votes.size:
        estimate, chosen = _chosen(votes, anchors, request)
    else:
        name = request.method if request.method in METHODS else SIMPLEST
        estimate = METHODS[name](votes, anchors, request.limits)
        chosen = Chosen(name=name, reason="It was asked for." if votes.size else "No votes.")
    if not estimate.converged:
        moving = f"The estimate still moved after {estimate.iterations} iterations; allow more."
        notes = (*notes, moving)
    return Aggregation(
        table=_tasks(frame, estimate),
        annotators=_annotators(frame, votes, estimate, anchors),
        classes=None,
        method=chosen,
        converged=estimate.converged,
        iterations=estimate.iterations,
        log_likelihood=estimate.log_likelihood,
        notes=notes,
    )


def _chosen(votes: Numbers, anchors: Anchors, request: Request) -> tuple[Estimate, Chosen]:
    names = ("weighted", "mean", "median", "calibrated", "robust")
    found = {name: METHODS[name](votes, anchors, request.limits) for name in names}
    evidence = compared(votes, {name: estimate.hidden for name, estimate in found.items()})
    name, reason = _preferred(evidence)
    return found[name], Chosen(name=name, reason=reason, evidence=evidence.scores)


def _preferred(evidence: Evidence) -> tuple[str, str]:
    """Keep to the weighted mean unless another predicts hidden votes clearly better."""
    scores = evidence.scores
    if not scores:
        return "mean", "Too few votes can be predicted from others to tell the methods apart."
    better = {
        name: score
        for name, score in scores.items()
        if score - scores["weighted"]
        > (DIFFERENCE_LEAST if name == SIMPLEST else max(DIFFERENCE_LEAST, evidence.errors[name]))
    }
    if not better:
        return "weighted", (
            "No other method predicts hidden votes clearly better from the other votes; the "
            f"correlation is {scores['weighted']:.3f}."
        )
    name = max(better, key=lambda one: better[one])
    return name, (
        f"It predicts hidden votes from the other votes with a correlation of {better[name]:.3f}, "
        f"the weighted mean with {scores['weighted']:.3f}; the difference has a standard error of "
        f"{evidence.errors[name]:.3f}."
    )


def _anchors(frame: Frame, request: Request) -> tuple[Anchors, tuple[str, ...]]:
    tasks, annotators = len(frame.tasks.names), len(frame.annotators.names)
    known, values = np.zeros(tasks, dtype=np.bool_), np.zeros(tasks)
    if request.gold:
        for code, task in enumerate(frame.tasks.names.to_pylist()):
            if task in request.gold:
                known[code], values[code] = True, _gold_number(task, request.gold[task])
    seen, bias, variance = np.zeros(annotators), np.zeros(annotators), np.zeros(annotators)
    notes: tuple[str, ...] = ()
    if request.history is not None:
        earlier = _earlier(request.history)
        if not earlier:
            notes = ("The history has no column variance, so it was not used.",)
        for code, name in enumerate(frame.annotators.names.to_pylist()):
            if name in earlier:
                seen[code], bias[code], variance[code] = earlier[name]
    return (
        Anchors(known=known, values=values, votes=seen, bias=bias, variance=variance),
        notes,
    )


def _gold_number(task: object, label: object) -> float:
    if isinstance(label, bool) or not isinstance(label, int | float) or not np.isfinite(label):
        raise BadTable(f"The gold label {label!r} of task {task!r} is no finite number.")
    return float(label)


def _earlier(history: object) -> Mapping[object, tuple[float, float, float]]:
    rows = as_arrow(history, ("annotator", "votes"), ("bias", "variance"))
    if "variance" not in rows.column_names:
        return {}
    found: dict[object, tuple[float, float, float]] = {}
    for row in cast("list[dict[str, object]]", rows.to_pylist()):
        votes, bias, variance = (
            float(cast("float", row.get(name, 0.0))) for name in ("votes", "bias", "variance")
        )
        if votes > 0:
            found[row["annotator"]] = votes, bias, variance
    return found


def _signal(estimate: Estimate) -> float:
    """How much the true values vary: as the estimates do, less what is their error."""
    if estimate.values.size < 2:
        return 0.0
    return max(float(np.var(estimate.values, ddof=1) - np.mean(estimate.variance)), 0.0)


def _share(signal: float, noise: Floats) -> Floats:
    whole = signal + noise
    return np.where(whole > 0, signal / np.where(whole > 0, whole, 1.0), 1.0)


def _tasks(frame: Frame, estimate: Estimate) -> Table:
    half = NORMAL_95 * np.sqrt(estimate.variance)
    return pa.table(
        {
            "task": frame.tasks.names,
            "label": pa.array(estimate.values),
            "lower": pa.array(estimate.values - half),
            "upper": pa.array(estimate.values + half),
            "confidence": pa.array(_share(_signal(estimate), estimate.variance)),
        }
    )


def _annotators(frame: Frame, votes: Numbers, estimate: Estimate, anchors: Anchors) -> Table:
    seen = votes.votes_of_annotators()
    signal = _signal(estimate)
    # The logarithm of a variance from n votes has about the variance 2 / n.
    factor = np.exp(NORMAL_95 * np.sqrt(2 / (seen + anchors.votes + PRIOR_VOTES_MIN)))
    return pa.table(
        {
            "annotator": frame.annotators.names,
            "skill": pa.array(_share(signal, estimate.noise)),
            "lower": pa.array(_share(signal, estimate.noise * factor)),
            "upper": pa.array(_share(signal, estimate.noise / factor)),
            "votes": pa.array(seen.astype(np.int64)),
            "bias": pa.array(estimate.bias),
            "variance": pa.array(estimate.noise),
        }
    )
