"""Labels of a whole project out of its votes, by name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast

from evenhand.quality.choice.dawid_skene import dawid_skene
from evenhand.quality.choice.majority import majority_vote
from evenhand.quality.codes import Floats, Ints, encoded

Method: TypeAlias = Literal["majority", "dawid-skene"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregated:
    """The label of each task and its probability; a tie has the label None."""

    labels: Mapping[str, str | None]
    confidence: Mapping[str, float]
    converged: bool


def aggregate_choices(
    tasks: Sequence[str],
    annotators: Sequence[str],
    labels: Sequence[str],
    *,
    method: Method = "dawid-skene",
) -> Aggregated:
    """Find the label of each task; row i says which annotator gave which label to what."""
    task, task_names = encoded(tasks)
    annotator, _ = encoded(annotators)
    label, label_names = encoded(labels)
    if method == "majority":
        vote = majority_vote(task, annotator, label)
        return _named(vote.winners, vote.shares, task_names, label_names, converged=True)
    fit = dawid_skene(task, annotator, label)
    return _named(fit.winners, fit.posterior, task_names, label_names, converged=fit.converged)


def _named(
    winners: Ints,
    shares: Floats,
    task_names: Sequence[str],
    label_names: Sequence[str],
    *,
    converged: bool,
) -> Aggregated:
    codes = cast("list[int]", winners.tolist())
    found = [None if code < 0 else label_names[code] for code in codes]
    best = cast("list[float]", shares.max(axis=1).tolist()) if shares.size else []
    return Aggregated(
        labels=dict(zip(task_names, found, strict=True)),
        confidence=dict(zip(task_names, best, strict=True)),
        converged=converged,
    )
