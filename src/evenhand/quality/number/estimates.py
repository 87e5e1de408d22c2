"""Numbers out of votes: the mean, the median, and means that weigh annotators.

The model of the weighted means: a vote is the true value, plus the annotator's bias, plus noise
whose variance is the annotator's times the task's, for some tasks are hard for everyone. What
annotators have in common is learnt from all of them (empirical Bayes): an annotator's variance
has an inverse gamma prior, so that whoever gave few votes counts as the usual annotator does.
Related: Zhao and Han (2012), a Gaussian truth model; Raykar et al. (2010), section 5.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from evenhand.quality.codes import Bools, Floats
from evenhand.quality.number.gamma import log_gamma
from evenhand.quality.number.measured import Numbers
from evenhand.quality.number.tails import tails_of_the_others
from evenhand.quality.request import Limits

# The prior of an annotator's variance weighs as many votes, at least: with less, somebody who
# happened to agree with the others a few times would outweigh them all.
PRIOR_VOTES_MIN = 5.0
PRIOR_VOTES_MAX = 1000.0
# The same for how hard a task is, of which a handful of votes says little.
TASK_PRIOR_VOTES = 5.0
# Rounds before tasks may be hard: scatter is first the annotators', who meet more than one task.
HARDNESS_AFTER = 5
# Degrees of freedom of the robust mean's noise: heavy tails, yet a finite variance.
TAIL_DEGREES = 4.0
# Variances below this share of the mean one are as good as none.
LEAST_SHARE = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchors:
    """What is known beforehand.

    `known` marks the tasks whose values stand in `values`; `votes`, `bias` and `variance` (by
    annotator) are of earlier work and count as if those votes were here.
    """

    known: Bools
    values: Floats
    votes: Floats
    bias: Floats
    variance: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What an estimator found.

    `values` and `variance` by task, `bias` and `noise` (a variance) by annotator. `hidden` has
    for every vote what the other votes on its task say it should be, with the weights that the
    annotators earn on other tasks; NaN where there are no other votes.
    """

    values: Floats
    variance: Floats
    bias: Floats
    noise: Floats
    hidden: Floats
    log_likelihood: float
    iterations: int
    converged: bool


def mean(votes: Numbers, anchors: Anchors, limits: Limits) -> Estimate:
    """Give every vote the same weight."""
    del limits
    count = votes.votes_of_tasks()
    values = _anchored(votes.by_task(votes.values) / np.maximum(count, 1), anchors)
    hidden = _by_the_others(votes, np.ones(votes.size), votes.values)
    return _unweighted(votes, anchors, values, hidden, widen=1.0)


def median(votes: Numbers, anchors: Anchors, limits: Limits) -> Estimate:
    """Take the middle vote, or the middle between the two middle votes."""
    del limits
    order = np.lexsort((votes.values, votes.tasks))
    sorted_values = votes.values[order]
    count = votes.votes_of_tasks().astype(np.int64)
    start = np.concatenate(([0], np.cumsum(count)))[:-1]
    values = np.zeros(votes.task_count)
    some = count > 0
    low, high = (count - 1) // 2, count // 2
    values[some] = (sorted_values[(start + low)[some]] + sorted_values[(start + high)[some]]) / 2
    hidden = np.full(votes.size, np.nan)
    hidden[order] = _median_of_the_others(votes, sorted_values, start, count)
    # The median of normal noise has pi / 2 times the variance of the mean.
    return _unweighted(votes, anchors, _anchored(values, anchors), hidden, widen=np.pi / 2)


def weighted(votes: Numbers, anchors: Anchors, limits: Limits) -> Estimate:
    """Weigh annotators by how little they scatter around the others."""
    return _expectation_maximisation(votes, anchors, limits, biased=False, tails=None)


def calibrated(votes: Numbers, anchors: Anchors, limits: Limits) -> Estimate:
    """Take each annotator's bias off before weighing; biases cancel out over all of them."""
    return _expectation_maximisation(votes, anchors, limits, biased=True, tails=None)


def robust(votes: Numbers, anchors: Anchors, limits: Limits) -> Estimate:
    """Weigh annotators, and let single votes far from the others count little."""
    return _expectation_maximisation(votes, anchors, limits, biased=False, tails=TAIL_DEGREES)


METHODS: Mapping[str, Callable[[Numbers, Anchors, Limits], Estimate]] = {
    "mean": mean,
    "median": median,
    "weighted": weighted,
    "calibrated": calibrated,
    "robust": robust,
}


@dataclass(slots=True, kw_only=True)
class _State:
    """Where the iteration stands; `trust` is by vote, what remains of it in the tails."""

    values: Floats
    spread: Floats
    noise: Floats
    hardness: Floats
    bias: Floats
    bias_spread: Floats
    trust: Floats
    usual_noise: float
    usual_bias: float
    prior_votes: float = PRIOR_VOTES_MIN


def _expectation_maximisation(
    votes: Numbers, anchors: Anchors, limits: Limits, *, biased: bool, tails: float | None
) -> Estimate:
    if not votes.size:
        return mean(votes, anchors, limits)
    state = _start(votes, anchors)
    likelihood, converged, iteration = -np.inf, False, 0
    for iteration in range(1, limits.max_iterations + 1):
        _locate(votes, anchors, state)
        if biased:
            _learn_bias(votes, anchors, state)
        if tails is not None:
            _learn_trust(votes, state, tails)
        _learn_noise(votes, state, anchors, hard=iteration > HARDNESS_AFTER)
        before, likelihood = likelihood, _log_likelihood(votes, state, tails)
        # The first rounds start from equal weights, and with tasks that are equally hard.
        settled = abs(likelihood - before) <= limits.tolerance * votes.size
        converged = settled and iteration > HARDNESS_AFTER + 1
        if converged:
            break
    return Estimate(
        values=state.values,
        variance=state.spread,
        bias=state.bias,
        noise=state.noise,
        hidden=_hidden(votes, anchors, state, biased=biased, tails=tails),
        log_likelihood=likelihood,
        iterations=iteration,
        converged=converged,
    )


def _start(votes: Numbers, anchors: Anchors) -> _State:
    count = votes.votes_of_tasks()
    values = _anchored(votes.by_task(votes.values) / np.maximum(count, 1), anchors)
    usual = _usual_noise(votes, anchors, values)
    return _State(
        values=values,
        spread=np.zeros(votes.task_count),
        noise=np.full(votes.annotator_count, usual),
        hardness=np.ones(votes.task_count),
        bias=np.zeros(votes.annotator_count),
        bias_spread=np.zeros(votes.annotator_count),
        trust=np.ones(votes.size),
        usual_noise=usual,
        usual_bias=0.1 * usual,
    )


def _locate(votes: Numbers, anchors: Anchors, state: _State) -> None:
    weight = state.trust / state.noise[votes.annotators]
    total = np.maximum(votes.by_task(weight), 1e-300)
    there = votes.values - state.bias[votes.annotators]
    state.values = _anchored(votes.by_task(weight * there) / total, anchors)
    state.spread = np.where(anchors.known, 0.0, state.hardness / total)


def _learn_bias(votes: Numbers, anchors: Anchors, state: _State) -> None:
    """Draw each annotator's bias towards none, as far as biases differ little."""
    weight = state.trust / state.hardness[votes.tasks]
    off = votes.by_annotator(weight * (votes.values - state.values[votes.tasks]))
    seen = votes.by_annotator(weight) + anchors.votes
    typical = state.usual_bias
    precision = seen / state.noise + 1 / typical
    state.bias = (off + anchors.votes * anchors.bias) / state.noise / precision
    state.bias_spread = 1 / precision
    # By this, rather than by plain EM, biases that are none at all vanish in a few rounds.
    told = float(np.sum(1 - state.bias_spread / typical))
    least = 1e-6 * state.usual_noise
    state.usual_bias = max(float(np.sum(state.bias**2)) / max(told, 1e-12), least)


def _learn_trust(votes: Numbers, state: _State, tails: float) -> None:
    who, what = votes.annotators, votes.tasks
    off = votes.values - state.values[what] - state.bias[who]
    ratio = (off**2 + state.spread[what]) / (state.noise[who] * state.hardness[what])
    state.trust = (tails + 1) / (tails + ratio)


def _scatter(votes: Numbers, state: _State) -> tuple[Floats, Floats]:
    """Return each vote's squared distance, and how free it was to be there.

    A vote draws the value and the bias towards itself, so that its distance is too small by the
    share that it had in them: it counts as less than one vote (restricted likelihood).
    """
    who, what = votes.annotators, votes.tasks
    off = votes.values - state.values[what] - state.bias[who]
    variance = state.noise[who] * state.hardness[what] / state.trust
    drawn = state.spread[what] + state.bias_spread[who]
    return state.trust * off**2, np.clip(1 - drawn / variance, 0.0, 1.0)


def _learn_noise(votes: Numbers, state: _State, anchors: Anchors, *, hard: bool) -> None:
    who, what = votes.annotators, votes.tasks
    squares, free = _scatter(votes, state)
    total = votes.by_annotator(squares / state.hardness[what]) + anchors.votes * anchors.variance
    seen = votes.by_annotator(free) + anchors.votes
    usual = seen.size / float(np.sum(1 / state.noise))
    if hard:
        state.prior_votes = _prior_votes(seen, total, usual)
    least = LEAST_SHARE * state.usual_noise
    state.noise = np.maximum(
        (total + state.prior_votes * usual) / (seen + state.prior_votes), least
    )
    if not hard:
        return
    of_task, met = votes.by_task(squares / state.noise[who]), votes.by_task(free)
    hardness = (of_task + TASK_PRIOR_VOTES) / (met + TASK_PRIOR_VOTES)
    # Hardness is relative, and its mean is 1: noise cannot move from annotators to tasks for ever.
    state.hardness = hardness / float(np.mean(hardness))


def _prior_votes(seen: Floats, total: Floats, usual: float) -> float:
    """How many votes the common prior is worth, by the likelihood of everyone's scatter."""
    some = seen > 0
    seen, total = seen[some], total[some]

    def likelihood(log_votes: float) -> float:
        prior = float(np.exp(log_votes))
        return float(
            np.sum(
                log_gamma((prior + seen) / 2) - (prior + seen) / 2 * np.log(prior * usual + total)
            )
            + seen.size * (prior / 2 * np.log(prior * usual) - log_gamma(np.array(prior / 2)))
        )

    return float(np.exp(_highest(likelihood, np.log(PRIOR_VOTES_MIN), np.log(PRIOR_VOTES_MAX))))


def _highest(score: Callable[[float], float], low: float, high: float) -> float:
    """Find where a function with one peak is highest, by golden sections, to about one percent."""
    golden = (np.sqrt(5) - 1) / 2
    left, right = high - golden * (high - low), low + golden * (high - low)
    at_left, at_right = score(left), score(right)
    while high - low > 0.01:
        if at_left >= at_right:
            high, right, at_right = right, left, at_left
            left = high - golden * (high - low)
            at_left = score(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + golden * (high - low)
            at_right = score(right)
    return (low + high) / 2


def _hidden(
    votes: Numbers,
    anchors: Anchors,
    state: _State,
    *,
    biased: bool,
    tails: float | None,
) -> Floats:
    """Say what the others' votes make of each, with what annotators show on other tasks."""
    who, what = votes.annotators, votes.tasks
    squares, free = _scatter(votes, state)
    each = squares / state.hardness[what]
    total = votes.by_annotator(each) + anchors.votes * anchors.variance
    seen = votes.by_annotator(free) + anchors.votes
    usual = seen.size / float(np.sum(1 / state.noise))
    noise = (total[who] - each + state.prior_votes * usual) / (seen[who] - free + state.prior_votes)
    noise = np.maximum(noise, LEAST_SHARE * state.usual_noise)
    there = votes.values - (_bias_elsewhere(votes, state) if biased else 0.0)
    if tails is None:
        return _by_the_others(votes, 1 / noise, there)
    starts = np.concatenate(([0], np.cumsum(votes.votes_of_tasks()))).astype(np.int64)
    return tails_of_the_others(starts, there, noise, state.hardness, tails)


def _bias_elsewhere(votes: Numbers, state: _State) -> Floats:
    """Return for each vote its annotator's bias as it was on all other tasks."""
    who, what = votes.annotators, votes.tasks
    weight = state.trust / state.hardness[what]
    precision = 1 / state.bias_spread[who]
    own = weight * (votes.values - state.values[what])
    noise = state.noise[who]
    return (state.bias[who] * precision - own / noise) / (precision - weight / noise)


def _by_the_others(votes: Numbers, weight: Floats, there: Floats) -> Floats:
    total = votes.by_task(weight)[votes.tasks] - weight
    others = votes.by_task(weight * there)[votes.tasks] - weight * there
    alone = votes.votes_of_tasks()[votes.tasks] < 2
    return np.where(alone, np.nan, others / np.where(alone, 1.0, np.maximum(total, 1e-300)))


def _median_of_the_others(
    votes: Numbers, sorted_values: Floats, start: np.ndarray, count: np.ndarray
) -> Floats:
    """Leave out one vote at a time; the middle moves by at most one place."""
    task = np.sort(votes.tasks)
    place = np.arange(votes.size) - start[task]
    left = count[task] - 1
    low, high = (left - 1) // 2, left // 2
    low, high = low + (place <= low), high + (place <= high)
    alone = left < 1
    at = np.where(alone, 0, start[task] + low), np.where(alone, 0, start[task] + high)
    return np.where(alone, np.nan, (sorted_values[at[0]] + sorted_values[at[1]]) / 2)


def _anchored(values: Floats, anchors: Anchors) -> Floats:
    return np.where(anchors.known, anchors.values, values)


def _usual_noise(votes: Numbers, anchors: Anchors, values: Floats) -> float:
    """Estimate one variance for all votes; a value taken from its own votes costs one of them."""
    if not votes.size:
        return 1.0
    left = votes.size - int(((votes.votes_of_tasks() > 0) & ~anchors.known).sum())
    off = votes.values - values[votes.tasks]
    usual = float(np.sum(off**2)) / max(left, 1)
    return usual if usual > 0 else 1e-12 * max(float(np.mean(votes.values**2)), 1e-12)


def _unweighted(
    votes: Numbers, anchors: Anchors, values: Floats, hidden: Floats, *, widen: float
) -> Estimate:
    usual = _usual_noise(votes, anchors, values)
    count = votes.votes_of_tasks()
    off = votes.values - values[votes.tasks]
    seen = votes.votes_of_annotators()
    scatter = votes.by_annotator(off**2)
    prior = PRIOR_VOTES_MIN
    variance = np.where(anchors.known, 0.0, widen * usual / np.maximum(count, 1))
    return Estimate(
        values=values,
        variance=variance,
        bias=votes.by_annotator(off) / (seen + prior),
        noise=(scatter + prior * usual) / (seen + prior),
        hidden=hidden,
        log_likelihood=float(
            -0.5 * np.sum(np.log(2 * np.pi * usual) + off**2 / usual) if votes.size else 0.0
        ),
        iterations=1,
        converged=True,
    )


def _log_likelihood(votes: Numbers, state: _State, tails: float | None) -> float:
    """The likelihood of the votes around the values found."""
    variance = state.noise[votes.annotators] * state.hardness[votes.tasks]
    off = votes.values - state.values[votes.tasks] - state.bias[votes.annotators]
    ratio = off**2 / variance
    if tails is None:
        return float(-0.5 * np.sum(np.log(2 * np.pi * variance) + ratio))
    constant = log_gamma(np.array([(tails + 1) / 2, tails / 2]))
    return float(
        np.sum(
            constant[0]
            - constant[1]
            - 0.5 * np.log(tails * np.pi * variance)
            - (tails + 1) / 2 * np.log1p(ratio / tails)
        )
    )
