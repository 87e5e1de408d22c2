"""Sets of labels out of sets: every label of the classes is a yes or a no.

An annotator has a sensitivity (gives a label that is true) and a specificity (leaves one that is
not) for each label, after Dawid and Skene (1979). One label is seldom seen from one annotator, so
theirs is drawn towards what they do with all labels, and what all annotators do with that one.
"""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise
from typing import cast

import numpy as np

from evenhand.quality.aggregation import Aggregation, Chosen
from evenhand.quality.arrow import Names, Table, pa, pc
from evenhand.quality.codes import Bools, Floats, Ints
from evenhand.quality.frame import BadTable, Frame, encoded
from evenhand.quality.request import Limits, Request, UnknownMethod, UnusedHistory

METHODS = ("auto", "dawid-skene", "majority")
# What is known of others counts as so many votes for or against one annotator's rate.
PRIOR_VOTES = 5.0
# Posteriors this close to one half are a tie.
EQUAL = 1e-9
NORMAL_95 = 1.959964


def aggregate_choices(frame: Frame, request: Request) -> Aggregation:
    """Find the set of labels of each task; a set may be empty.

    A label is in the set where its probability (with "majority", its share of the votes) is above
    one half. Where it is just one half, the set is null. The confidence is that of the least sure
    label. `annotators` has `annotator, skill, lower, upper, votes, sensitivity, specificity`; the
    skill is the F1 score of their labels.
    """
    if request.method not in METHODS:
        raise UnknownMethod(request.method, "choices", METHODS)
    if request.history is not None:
        raise UnusedHistory("Choices")
    votes = label_sets(frame)
    gold = _gold(frame, votes, request)
    majority, model = _majority(votes, gold), _dawid_skene(votes, gold, request.limits)
    chosen = Chosen(name=request.method, reason="It was asked for.")
    if request.method == "auto":
        chosen = _chosen(votes, majority, model)
    rates = model if chosen.name == "dawid-skene" else majority
    moving = f"The estimate still moved after {rates.iterations} iterations; allow more."
    return Aggregation(
        table=_tasks(frame, votes, rates.posterior),
        annotators=_annotators(frame, votes, rates),
        classes=votes.classes,
        method=chosen,
        converged=rates.converged,
        iterations=rates.iterations,
        log_likelihood=rates.log_likelihood,
        notes=() if rates.converged else (moving,),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelSets:
    """One answer of each annotator on a task, sorted by task and then annotator.

    `given[place]` are the answers with label `place`, and how much of it: an annotator who gave
    several sets to a task has given a label as far as it is in those.
    """

    tasks: Ints
    annotators: Ints
    given: list[tuple[Ints, Floats]]
    classes: Names
    task_count: int
    annotator_count: int

    def said(self, label: int) -> Floats:
        """Return by answer how much of a label is in it."""
        amount = np.zeros(self.tasks.size)
        answers, share = self.given[label]
        amount[answers] = share
        return amount


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rates:
    """Posteriors (tasks by labels) and rates (annotators by labels)."""

    posterior: Floats
    prior: Floats
    sensitivity: Floats
    specificity: Floats
    log_likelihood: float | None
    iterations: int
    converged: bool


@dataclass(frozen=True, slots=True)
class _Counts:
    """How often, by annotator and label, a label was true, and then given; not true, not given."""

    true: Floats
    hit: Floats
    untrue: Floats
    left: Floats


def label_sets(frame: Frame) -> LabelSets:
    """Read lists of labels; raises BadTable where the labels are no lists or hold nothing."""
    lists = frame.labels.combine_chunks()
    if isinstance(lists, pa.ChunkedArray):
        lists = pa.concat_arrays(lists.chunks) if lists.num_chunks else pa.array([], lists.type)
    if not (pa.types.is_list(lists.type) or pa.types.is_large_list(lists.type)):
        raise BadTable(f"Labels of the type {lists.type} are no sets; give each row a list.")
    found = encoded(pa.chunked_array([pc.list_flatten(lists)]))
    if found.names.null_count:
        raise BadTable("A set holds an empty label; drop it from the list.")
    parent = np.asarray(pc.list_parent_indices(lists)).astype(np.int64)
    people, width = len(frame.annotators.names), max(len(found.names), 1)
    answer = frame.tasks.codes.astype(np.int64) * people + frame.annotators.codes
    answers, place, sets = np.unique(answer, return_inverse=True, return_counts=True)
    once = np.unique(parent * width + found.codes)
    member = place[once // width] * width + once % width
    member, times = np.unique(member, return_counts=True)
    share = times / sets[member // width]
    by_label = np.argsort(member % width, kind="stable")
    edges = np.searchsorted((member % width)[by_label], np.arange(len(found.names) + 1))
    return LabelSets(
        tasks=answers // max(people, 1),
        annotators=answers % max(people, 1),
        given=[
            (member[by_label[low:high]] // width, share[by_label[low:high]])
            for low, high in pairwise(edges)
        ],
        classes=found.names,
        task_count=len(frame.tasks.names),
        annotator_count=people,
    )


def _gold(frame: Frame, votes: LabelSets, request: Request) -> tuple[Bools, Floats]:
    known = np.zeros(votes.task_count, dtype=np.bool_)
    truth = np.zeros((votes.task_count, len(votes.classes)))
    if request.gold:
        code = {name: place for place, name in enumerate(votes.classes.to_pylist())}
        for task, name in enumerate(frame.tasks.names.to_pylist()):
            label = request.gold.get(name)
            if isinstance(label, list | tuple | set | frozenset):
                known[task] = True
                # A true label that nobody ever gave cannot be weighed, nor be in any set.
                true = cast("Collection[object]", label)
                truth[task, [code[one] for one in true if one in code]] = 1.0
            elif label is not None:
                raise BadTable(f"The gold label {label!r} of task {name!r} is no list of labels.")
    return known, truth


def _majority(votes: LabelSets, gold: tuple[Bools, Floats]) -> _Rates:
    posterior = np.zeros((votes.task_count, len(votes.classes)))
    answers = np.maximum(np.bincount(votes.tasks, minlength=votes.task_count), 1)
    for label in range(len(votes.classes)):
        total = np.bincount(votes.tasks, votes.said(label), votes.task_count)
        posterior[:, label] = total / answers
    posterior[gold[0]] = gold[1][gold[0]]
    return _maximised(votes, posterior, None, 1, converged=True)


def _dawid_skene(votes: LabelSets, gold: tuple[Bools, Floats], limits: Limits) -> _Rates:
    rates = _majority(votes, gold)
    likelihood, iteration, converged = -np.inf, 0, votes.tasks.size == 0
    decisions = max(votes.tasks.size * len(votes.classes), 1)
    while iteration < limits.max_iterations and not converged:
        iteration += 1
        before = likelihood
        posterior, likelihood = _expected(votes, rates, gold)
        converged = abs(likelihood - before) <= limits.tolerance * decisions
        rates = _maximised(votes, posterior, likelihood, iteration, converged=converged)
    return rates


def _expected(votes: LabelSets, rates: _Rates, gold: tuple[Bools, Floats]) -> tuple[Floats, float]:
    posterior = np.zeros_like(rates.posterior)
    likelihood = 0.0
    for label in range(len(votes.classes)):
        yes, no = _evidence(votes, rates, label)
        up = np.bincount(votes.tasks, yes, votes.task_count) + np.log(rates.prior[label])
        down = np.bincount(votes.tasks, no, votes.task_count) + np.log1p(-rates.prior[label])
        whole: Floats = np.logaddexp(up, down)
        posterior[:, label] = np.exp(up - whole)
        true = gold[0] * gold[1][:, label]
        likelihood += float(np.sum(true * up + (gold[0] - true) * down + (1 - gold[0]) * whole))
    posterior[gold[0]] = gold[1][gold[0]]
    return posterior, likelihood


def _evidence(votes: LabelSets, rates: _Rates, label: int) -> tuple[Floats, Floats]:
    """Return by answer the log-likelihood of what it says, were the label true, and were it not."""
    said, who = votes.said(label), votes.annotators
    hit, left = rates.sensitivity[who, label], rates.specificity[who, label]
    yes = said * np.log(hit) + (1 - said) * np.log1p(-hit)
    no = said * np.log1p(-left) + (1 - said) * np.log(left)
    return yes, no


def _maximised(
    votes: LabelSets,
    posterior: Floats,
    likelihood: float | None,
    iterations: int,
    *,
    converged: bool,
) -> _Rates:
    counts = _counted(votes, posterior)
    return _Rates(
        posterior=posterior,
        prior=(posterior.sum(axis=0) + 0.5) / (votes.task_count + 1),
        sensitivity=_pooled(counts.hit, counts.true),
        specificity=_pooled(counts.left, counts.untrue),
        log_likelihood=likelihood,
        iterations=iterations,
        converged=converged,
    )


def _counted(votes: LabelSets, posterior: Floats) -> _Counts:
    shape = votes.annotator_count, len(votes.classes)
    true, hit, untrue, left = (np.zeros(shape) for _ in range(4))
    for label in range(shape[1]):
        here, said = posterior[votes.tasks, label], votes.said(label)
        for counts, amount in (
            (true, here),
            (hit, here * said),
            (untrue, 1 - here),
            (left, (1 - here) * (1 - said)),
        ):
            counts[:, label] = np.bincount(votes.annotators, amount, shape[0])
    return _Counts(true, hit, untrue, left)


def _pooled(right: Floats, of: Floats) -> Floats:
    """Estimate rates by annotator and label, each drawn to where both, alone, would have it."""
    whole = (right.sum() + 0.9 * PRIOR_VOTES) / (of.sum() + PRIOR_VOTES)
    person = (right.sum(axis=1) + PRIOR_VOTES * whole) / (of.sum(axis=1) + PRIOR_VOTES)
    label = (right.sum(axis=0) + PRIOR_VOTES * whole) / (of.sum(axis=0) + PRIOR_VOTES)
    usual = 1 / (1 + np.exp(_odds(whole) - _odds(person)[:, None] - _odds(label)))
    rate = (right + PRIOR_VOTES * usual) / (of + PRIOR_VOTES)
    return np.clip(rate, 1e-9, 1 - 1e-9)


def _odds(share: Floats) -> Floats:
    inside = np.clip(share, 1e-9, 1 - 1e-9)
    return np.log(inside) - np.log1p(-inside)


def _chosen(votes: LabelSets, majority: _Rates, model: _Rates) -> Chosen:
    """Compare by how likely each vote is, given the others on its task."""
    if not votes.tasks.size or not len(votes.classes):
        return Chosen(name="majority", reason="There are no labels to weigh.")
    evidence = {
        "dawid-skene": _predicted(votes, model, skilled=True),
        "majority": _predicted(votes, majority, skilled=False),
    }
    name = max(evidence, key=lambda one: evidence[one])
    reason = "It predicts hidden votes best from the others (mean log-likelihood)."
    return Chosen(name=name, reason=reason, evidence=evidence)


def _predicted(votes: LabelSets, rates: _Rates, *, skilled: bool) -> float:
    counts = _counted(votes, rates.posterior)
    total = 0.0
    for label in range(len(votes.classes)):
        said, who, what = votes.said(label), votes.annotators, votes.tasks
        if skilled:
            yes, no = _evidence(votes, rates, label)
            odds = np.bincount(what, yes - no, votes.task_count)[what] - (yes - no)
            others = 1 / (1 + np.exp(-np.clip(odds + _odds(rates.prior)[label], -30, 30)))
            # The vote that is hidden must not have taught its annotator's rates either.
            here = rates.posterior[what, label]
            hit, left = (
                _without(rate[who, label], of[who, label], own, was)
                for rate, of, own, was in (
                    (rates.sensitivity, counts.true, here * said, here),
                    (rates.specificity, counts.untrue, (1 - here) * (1 - said), 1 - here),
                )
            )
        else:
            number = np.bincount(what, minlength=votes.task_count)[what]
            share = np.bincount(what, said, votes.task_count)[what] - said
            others = (share + rates.prior[label]) / number
            hit, left = (
                (part[:, label].sum() + 0.9) / (of[:, label].sum() + 1)
                for part, of in ((counts.hit, counts.true), (counts.left, counts.untrue))
            )
        chance = np.clip(others * hit + (1 - others) * (1 - left), 1e-9, 1 - 1e-9)
        total += float(np.sum(said * np.log(chance) + (1 - said) * np.log1p(-chance)))
    return total / (votes.tasks.size * len(votes.classes))


def _without(rate: Floats, of: Floats, own: Floats, was: Floats) -> Floats:
    """Take one vote out of its annotator's rate."""
    return np.maximum(rate * (of + PRIOR_VOTES) - own, 1e-9) / (of + PRIOR_VOTES - was)


def _tasks(frame: Frame, votes: LabelSets, posterior: Floats) -> Table:
    tied: Bools = np.any(np.abs(posterior - 0.5) <= EQUAL, axis=1)
    kept: Bools = (posterior > 0.5 + EQUAL) & ~np.reshape(tied, (-1, 1))
    offsets = np.concatenate(([0], np.cumsum(np.sum(kept, axis=1)))).astype(np.int64)
    values = votes.classes.take(pa.array(np.nonzero(kept)[1]))
    lists = (
        pa.LargeListArray.from_arrays(pa.array(offsets), values, mask=pa.array(tied))
        if tied.size
        else pa.array([], pa.large_list(votes.classes.type))
    )
    sure = np.maximum(posterior, 1 - posterior)
    confidence = sure.min(axis=1) if posterior.shape[1] else np.ones(votes.task_count)
    return pa.table({"task": frame.tasks.names, "label": lists, "confidence": pa.array(confidence)})


def _annotators(frame: Frame, votes: LabelSets, rates: _Rates) -> Table:
    counts = _counted(votes, rates.posterior)
    hit, true = counts.hit.sum(axis=1), counts.true.sum(axis=1)
    left, untrue = counts.left.sum(axis=1), counts.untrue.sum(axis=1)
    # F1 is the share of hits among hits and half of what was missed or given in error.
    at_issue = hit + (true - hit + untrue - left) / 2
    skill = np.where(at_issue > 0, hit / np.where(at_issue > 0, at_issue, 1.0), 1.0)
    square = NORMAL_95**2
    middle = (skill * at_issue + square / 2) / (at_issue + square)
    half = np.sqrt(np.maximum(skill * (1 - skill), 0) * at_issue + square / 4)
    half = half * NORMAL_95 / (at_issue + square)
    seen = np.bincount(votes.annotators, minlength=votes.annotator_count)
    return pa.table(
        {
            "annotator": frame.annotators.names,
            "skill": pa.array(skill),
            "lower": pa.array(np.maximum(middle - half, 0.0)),
            "upper": pa.array(np.minimum(middle + half, 1.0)),
            "votes": pa.array(seen.astype(np.int64)),
            "sensitivity": pa.array(np.where(true > 0, hit / np.maximum(true, 1e-12), 1.0)),
            "specificity": pa.array(np.where(untrue > 0, left / np.maximum(untrue, 1e-12), 1.0)),
        }
    )
