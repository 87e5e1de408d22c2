"""Ordered grades out of annotations.

An annotator sees the true grade with a bias and a spread, and says the grade that lies there: the
further from the truth, the rarer. So a confusion matrix has two numbers and not K * (K - 1), as
in Dawid and Skene (1979). Which biases and spreads occur is learnt from all annotators: each is a
mixture over a grid of them, and who gave few votes is taken to be as most are.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evenhand.quality.aggregation import Aggregation, Chosen
from evenhand.quality.arrow import Names, Table, pa
from evenhand.quality.codes import Codes, Floats, Ints
from evenhand.quality.frame import BadTable, Frame, encoded
from evenhand.quality.request import Limits, Request, UnknownMethod, UnusedHistory
from evenhand.quality.votes import Votes, grouped

METHODS = ("auto", "dawid-skene", "median")
# In grades: from hardly ever off to as good as guessing, and half a grade apart in bias.
SPREADS = (0.3, 0.45, 0.65, 0.9, 1.3, 2.0, 4.0)
BIASES = (-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5)
# A slip of the hand is anywhere on the scale, so that no grade is ever excluded.
SLIPS = 0.01
EQUAL = 1e-9
NORMAL_95 = 1.959964


def aggregate_ordinal(frame: Frame, request: Request) -> Aggregation:
    """Find the grade of each task; grades are numbers, or names whose `order` is given.

    The label is the middle of what is probable ("dawid-skene") or of what was said ("median"), so
    that it is off by as few grades as possible; null where the middle lies between two grades.
    The confidence is the label's probability, or share. A distance counts grades that occur.
    `annotators` has `annotator, skill, lower, upper, votes, bias, spread`, in grades; the skill is
    how likely the true grade is said.
    """
    if request.method not in METHODS:
        raise UnknownMethod(request.method, "ordinal", METHODS)
    if request.history is not None:
        raise UnusedHistory("Ordinal")
    names, votes = _graded(frame, request.order)
    gold = _gold(frame, names, request)
    fit = _fit(votes, gold, request.limits, alike=False)
    chosen = Chosen(name=request.method, reason="It was asked for.")
    if request.method == "auto":
        chosen = _chosen(votes, fit, _fit(votes, gold, request.limits, alike=True))
    shares = fit.posterior if chosen.name == "dawid-skene" else _shares(votes, gold)
    return Aggregation(
        table=_table(frame, names, shares),
        annotators=_annotators(frame, votes, fit),
        classes=names,
        method=chosen,
        converged=fit.converged,
        iterations=fit.iterations,
        log_likelihood=fit.log_likelihood,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fit:
    """Posteriors (tasks by grades), how common each grade is, and each annotator's mixture.

    `kinds[g, truth, said]` is the confusion of one bias and spread, `mixture[a, g]` how probable
    it is that annotator `a` has that one.
    """

    posterior: Floats
    prior: Floats
    kinds: Floats
    mixture: Floats
    log_likelihood: float
    iterations: int
    converged: bool


def _graded(frame: Frame, order: Sequence[object] | None) -> tuple[Names, Votes]:
    found = encoded(frame.labels)
    names, codes = found.names, found.codes
    if order is not None:
        place = {name: number for number, name in enumerate(order)}
        said = names.to_pylist()
        missing = [name for name in said if name not in place]
        if missing or len(place) < len(order):
            raise BadTable(
                f"The order must name every grade once; {missing[0]!r} is not in it."
                if missing
                else "The order names a grade twice; name each once."
            )
        codes = np.array([place[name] for name in said], dtype=np.int32)[codes]
        names = pa.array(list(order), names.type)
    elif not (pa.types.is_integer(names.type) or pa.types.is_floating(names.type)):
        raise BadTable("Grades that are no numbers need their order, the lowest first: order=[…].")
    return names, grouped(
        frame.tasks.codes,
        frame.annotators.codes,
        codes.astype(np.int32),
        task_count=len(frame.tasks.names),
        annotator_count=len(frame.annotators.names),
        label_count=len(names),
    )


def _gold(frame: Frame, names: Names, request: Request) -> Codes:
    gold = np.full(len(frame.tasks.names), -1, dtype=np.int32)
    if request.gold:
        code = {name: number for number, name in enumerate(names.to_pylist())}
        for task, name in enumerate(frame.tasks.names.to_pylist()):
            if name in request.gold:
                label = request.gold[name]
                if label not in code:
                    raise BadTable(f"The gold label {label!r} of task {name!r} is no grade.")
                gold[task] = code[label]
    return gold


def _shares(votes: Votes, gold: Codes) -> Floats:
    key = votes.tasks() * votes.label_count + votes.labels
    cells = votes.task_count * votes.label_count
    counts = np.bincount(key, votes.weight(), cells).reshape(votes.task_count, votes.label_count)
    return _fixed(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1e-300), gold)


def _fixed(posterior: Floats, gold: Codes) -> Floats:
    known = gold >= 0
    posterior[known] = np.eye(posterior.shape[1])[gold[known]]
    return posterior


def _kinds(grades: int) -> Floats:
    """Write out the confusion of every bias and spread on the grid."""
    grade = np.arange(grades)
    bias, spread = (part.ravel() for part in np.meshgrid(BIASES, SPREADS))
    off = grade[None, None, :] - grade[None, :, None] - bias[:, None, None]
    chance = np.exp(-0.5 * (off / spread[:, None, None]) ** 2)
    chance = chance / chance.sum(axis=2, keepdims=True)
    return (1 - SLIPS) * chance + SLIPS / max(grades, 1)


def _fit(votes: Votes, gold: Codes, limits: Limits, *, alike: bool) -> _Fit:
    """Fit by variational expectation maximisation; if alike, all annotators share one mixture."""
    kinds = _kinds(votes.label_count)
    logs = np.log(kinds)
    posterior = _shares(votes, gold)
    common = np.full(kinds.shape[0], 1 / kinds.shape[0])
    mixture = np.tile(common, (votes.annotator_count, 1))
    prior = np.full(votes.label_count, 1 / max(votes.label_count, 1))
    likelihood, iteration, converged = -np.inf, 0, votes.size == 0
    while iteration < limits.max_iterations and not converged:
        iteration += 1
        prior = (posterior.sum(axis=0) + 1) / (votes.task_count + votes.label_count)
        fits = np.einsum("atk,gtk->ag", _confused(votes, posterior), logs)
        if alike:
            fits = np.tile(fits.sum(axis=0), (votes.annotator_count, 1))
        mixture = _normalised(fits + np.log(common))
        common = (mixture.sum(axis=0) + 1) / (votes.annotator_count + common.size)
        before = likelihood
        posterior, likelihood = _expected(votes, gold, np.tensordot(mixture, logs, 1), prior)
        converged = abs(likelihood - before) <= limits.tolerance * votes.size
    return _Fit(
        posterior=posterior,
        prior=prior,
        kinds=kinds,
        mixture=mixture,
        log_likelihood=likelihood if votes.size else 0.0,
        iterations=iteration,
        converged=converged,
    )


def _confused(votes: Votes, posterior: Floats) -> Floats:
    """Count by annotator how often which grade was true, and which was said."""
    grades, people = votes.label_count, votes.annotator_count
    key = votes.annotators.astype(np.int64) * grades + votes.labels
    here = posterior[votes.tasks()] * votes.weight()[:, None]
    said = [np.bincount(key, here[:, true], people * grades) for true in range(grades)]
    if not said:
        return np.zeros((people, 0, 0))
    whole = np.stack(said, axis=1).astype(np.float64)
    return whole.reshape(people, grades, grades).transpose(0, 2, 1)


def _expected(votes: Votes, gold: Codes, logs: Floats, prior: Floats) -> tuple[Floats, float]:
    task = votes.tasks()
    weighed = logs[votes.annotators, :, votes.labels] * votes.weight()[:, None]
    total = np.stack(
        [np.bincount(task, weighed[:, true], votes.task_count) for true in range(prior.size)],
        axis=1,
    )
    total = total.astype(np.float64) + np.log(prior)
    top = total.max(axis=1, keepdims=True)
    whole = top[:, 0] + np.log(np.exp(total - top).sum(axis=1))
    known = gold >= 0
    whole[known] = total[known, gold[known]]
    return _fixed(_normalised(total), gold), float(whole.sum())


def _normalised(logs: Floats) -> Floats:
    chance = np.exp(logs - logs.max(axis=1, keepdims=True))
    return chance / chance.sum(axis=1, keepdims=True)


def _chosen(votes: Votes, fit: _Fit, alike: _Fit) -> Chosen:
    """Weigh annotators where that predicts hidden votes better than taking all as alike does."""
    if not votes.size:
        return Chosen(name="median", reason="No votes.")
    evidence = {"dawid-skene": _predicted(votes, fit), "median": _predicted(votes, alike)}
    name = "dawid-skene" if evidence["dawid-skene"] > evidence["median"] else "median"
    reason = (
        "Annotators who differ predict hidden votes better than ones who are alike."
        if name == "dawid-skene"
        else "Annotators who are alike predict hidden votes as well as ones who differ."
    )
    return Chosen(name=name, reason=reason, evidence=evidence)


def _predicted(votes: Votes, fit: _Fit) -> float:
    """Return the mean log-likelihood of a vote given the others on its task."""
    task, weight = votes.tasks(), votes.weight()[:, None]
    logs = np.tensordot(fit.mixture, np.log(fit.kinds), 1)
    own = logs[votes.annotators, :, votes.labels] * weight
    total = np.stack(
        [np.bincount(task, own[:, true], votes.task_count) for true in range(fit.prior.size)],
        axis=1,
    )
    others = _normalised(total[task] - own + np.log(fit.prior))
    # The hidden vote has taught its annotator's mixture, and that is taken back.
    taught = np.einsum("vt,vtg->vg", fit.posterior[task], np.log(fit.kinds)[:, :, votes.labels].T)
    mixture = _normalised(np.log(fit.mixture[votes.annotators] + 1e-300) - taught * weight)
    said = np.einsum("vg,vtg->vt", mixture, fit.kinds[:, :, votes.labels].T)
    return float(np.average(np.log((others * said).sum(axis=1)), weights=weight[:, 0]))


def _middle(shares: Floats) -> Ints:
    """Return the middle grade, or -1 where it lies between two."""
    below = np.cumsum(shares, axis=1)
    low = (below < 0.5 - EQUAL).sum(axis=1)
    high = (below <= 0.5 + EQUAL).sum(axis=1)
    return np.where((low == high) & (shares.sum(axis=1) > 0), low, -1)


def _table(frame: Frame, names: Names, shares: Floats) -> Table:
    middle = _middle(shares)
    known = np.maximum(middle, 0)
    sure = shares[np.arange(middle.size), known] if shares.size else np.zeros(middle.size)
    sure = np.where(middle < 0, shares.max(axis=1, initial=0), sure)
    return pa.table(
        {
            "task": frame.tasks.names,
            "label": names.take(pa.array(known, mask=middle < 0)),
            "confidence": pa.array(np.clip(sure, 0.0, 1.0)),
        }
    )


def _annotators(frame: Frame, votes: Votes, fit: _Fit) -> Table:
    bias, spread = (part.ravel() for part in np.meshgrid(BIASES, SPREADS))
    right = np.einsum("gtt,t->g", fit.kinds, fit.prior)
    skill = np.clip(fit.mixture @ right, 0.0, 1.0)
    doubt = np.maximum(fit.mixture @ right**2 - skill**2, 0.0)
    seen = np.bincount(votes.annotators, votes.weight(), votes.annotator_count)
    # Beside the doubt between points of the grid, which may be one point for sure.
    half = NORMAL_95 * np.sqrt(doubt + skill * (1 - skill) / np.maximum(seen, 1))
    return pa.table(
        {
            "annotator": frame.annotators.names,
            "skill": pa.array(skill),
            "lower": pa.array(np.maximum(skill - half, 0.0)),
            "upper": pa.array(np.minimum(skill + half, 1.0)),
            "votes": pa.array(np.round(seen).astype(np.int64)),
            "bias": pa.array(fit.mixture @ bias),
            "spread": pa.array(fit.mixture @ spread),
        }
    )
