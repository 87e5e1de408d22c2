"""Choices aggregated: from a frame of votes through an estimator to labels with their names."""

import numpy as np

from evenhand.quality.aggregation import Aggregation, Chosen
from evenhand.quality.arrow import Column, Names, Table, pa
from evenhand.quality.choice.fit import Fit, Known
from evenhand.quality.choice.known import earlier_counts, gold_among, known_labels
from evenhand.quality.codes import Floats, led
from evenhand.quality.frame import Frame, encoded
from evenhand.quality.request import Request
from evenhand.quality.votes import Votes, grouped

# Half-width of the interval in standard errors: 95 of 100 intervals hold the truth.
STANDARD_ERRORS = 1.96


def gathered(frame: Frame, request: Request) -> tuple[Votes, Known, Names]:
    """Return the votes, what is known beforehand, and the names of the labels."""
    gold = gold_among(request.gold, frame.tasks.names, _plain_type(frame.labels))
    labels = encoded(_followed_by(frame.labels, gold.labels))
    count = frame.tasks.codes.size
    votes = grouped(
        frame.tasks.codes,
        frame.annotators.codes,
        labels.codes[:count],
        task_count=len(frame.tasks.names),
        annotator_count=len(frame.annotators.names),
        label_count=len(labels.names),
    )
    earlier = None
    if request.history is not None:
        tally = np.bincount(votes.labels, votes.weights, votes.label_count)
        common = tally / max(tally.sum(), 1.0)
        earlier = earlier_counts(request.history, frame.annotators.names, labels.names, common)
    known = Known(
        gold=known_labels(gold, labels.codes[count:], len(frame.tasks.names)), counts=earlier
    )
    return votes, known, labels.names


def named(
    fit: Fit, given: Floats, names: tuple[Names, Names, Names], method: Chosen
) -> Aggregation:
    """Give the tasks, annotators and labels of a fit their names; `given` counts votes of each."""
    tasks, annotators, labels = names
    winners, best = led(fit.posterior)
    codes = pa.array(winners, mask=winners < 0)
    table = pa.table({"task": tasks, "label": labels.take(codes), "confidence": best})
    return Aggregation(
        table=table,
        annotators=_annotators(fit, given, annotators, labels),
        classes=labels,
        method=method,
        converged=fit.converged,
        iterations=fit.iterations,
        log_likelihood=fit.log_likelihood,
        notes=() if fit.degenerate is None else (fit.degenerate,),
    )


def _annotators(fit: Fit, given: Floats, names: Names, labels: Names) -> Table:
    lower, upper = interval(fit.skill, given)
    columns: dict[str, Column] = {
        "annotator": names,
        "skill": fit.skill,
        "lower": lower,
        "upper": upper,
        "votes": np.rint(given).astype(np.int64),
    }
    if fit.confusion is not None and len(labels):
        width = len(labels)
        by_truth = pa.FixedSizeListArray.from_arrays(pa.array(fit.confusion.reshape(-1)), width)
        columns["confusion"] = pa.FixedSizeListArray.from_arrays(by_truth, width)
        columns["classes"] = pa.FixedSizeListArray.from_arrays(
            labels.take(pa.array(np.tile(np.arange(width), len(names)))), width
        )
    return pa.table(columns)


def interval(share: Floats, votes: Floats) -> tuple[Floats, Floats]:
    """Put Wilson's interval around shares of so many votes; of none it is everything.

    E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", Journal
    of the American Statistical Association 22 (1927), 209-212.
    """
    square = STANDARD_ERRORS**2
    count = np.maximum(votes, 1e-9)
    centre = (share + square / (2 * count)) / (1 + square / count)
    spread = np.maximum(share * (1 - share), 0.0) / count + square / (4 * count**2)
    reach = STANDARD_ERRORS * np.sqrt(spread) / (1 + square / count)
    lower = np.minimum(np.maximum(centre - reach, 0.0), share)
    return lower, np.maximum(np.minimum(centre + reach, 1.0), share)


def _plain_type(column: Column) -> object:
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    return pa.large_string() if pa.types.is_string_view(kind) else kind


def _followed_by(column: Column, more: Column) -> Column:
    """Append to a column, which may be of categories."""
    if len(more) == 0:
        return column
    chunks = column.cast(more.type).chunks
    return pa.chunked_array([*chunks, more])
