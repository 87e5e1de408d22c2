"""Annotators who do not look: too fast, always the same, in a pattern, or at random."""

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from evenhand.quality.agreement.tally import tally
from evenhand.quality.checks.finding import (
    FALSE_DISCOVERY_RATE,
    VOTES_MIN,
    Finding,
    tail,
    told,
)
from evenhand.quality.checks.judged import Judged
from evenhand.quality.codes import Codes, Floats, Ints

FAST_SHARE = 1 / 3  # of the usual time; people differ by a factor of two, seldom by three
SAME_LEAST = 0.9  # of the votes, below which one label is a habit and no button held down
# Who says anything else less than an eighth as often as others do is not just cautious.
EXCEPTIONS = 0.125
PERIOD_MAX = 12  # votes; longer patterns take more care than the work
PATTERN_LEAST = 0.8  # of the votes repeat those a period before
# Who follows the task by less than a third of what others do hardly looks at it.
LOOKING = 1 / 3
_ANNOTATORS_MIN = 5  # with fewer there is no usual time
_OTHERS_VOTES = 1.0  # what the project's labels weigh against what others said of a task


def too_fast(
    judged: Judged, seconds: ArrayLike, *, rate: float = FALSE_DISCOVERY_RATE
) -> list[Finding]:
    """Find annotators who take less than a third of the usual time, beyond how people differ.

    `seconds` has how long each row of `judged.votes` took. Times are compared in logarithms,
    by the median; how much honest annotators differ is learnt from all of them, robustly.
    """
    votes = judged.votes
    logs = np.log(np.maximum(np.asarray(seconds, dtype=np.float64), 1e-3))
    counts = judged.vote_counts()
    middle = np.full(votes.annotator_count, np.nan)
    for annotator, rows in _rows_by_annotator(judged, np.arange(votes.size)):
        if rows.size >= VOTES_MIN:
            middle[annotator] = np.median(logs[rows])
    tested = ~np.isnan(middle)
    if tested.sum() < _ANNOTATORS_MIN:
        return []
    usual = float(np.median(middle[tested]))
    # 1.4826 makes the median departure the standard deviation of a bell curve.
    spread = max(1.4826 * float(np.median(np.abs(middle[tested] - usual))), 0.1)
    z = (middle - usual) / spread
    p_values = np.array([0.5 * math.erfc(-one / math.sqrt(2)) for one in np.nan_to_num(z).tolist()])
    fast = tested & (middle < usual + math.log(FAST_SHARE))

    def tell(annotator: int) -> Finding:
        name, took = judged.annotators[annotator], math.exp(middle[annotator])
        return Finding(
            check="too fast",
            annotators=(name,),
            score=took / math.exp(usual),
            p_value=float(p_values[annotator]),
            votes=int(counts[annotator]),
            sentence=(
                f"{name} took {took:.3g} s in the median of {counts[annotator]:,} votes, where "
                f"the usual annotator took {math.exp(usual):.3g} s."
            ),
            evidence={"seconds": took, "usual seconds": math.exp(usual)},
        )

    findings = told(p_values, tested, rate, tell)
    names = {judged.annotators[row] for row in np.flatnonzero(fast).tolist()}
    return [one for one in findings if one.annotators[0] in names]


def always_the_same(judged: Judged, *, rate: float = FALSE_DISCOVERY_RATE) -> list[Finding]:
    """Find annotators who give one label nearly always, where others on the same tasks do not.

    Suspected is who surely says anything else less than an eighth as often as the others.
    """
    votes, classes = judged.votes, judged.votes.label_count
    whose = votes.annotators.astype(np.int64)
    given = tally(whose * classes + votes.labels, votes.weight(), votes.annotator_count * classes)
    given = given.reshape(votes.annotator_count, classes)
    totals = np.maximum(given.sum(axis=1), 1e-9)
    label = given.argmax(axis=1)
    share = given.max(axis=1) / totals
    chance = _heard(judged, label[whose])
    expected = tally(whose, chance * votes.weight(), votes.annotator_count) / totals
    bar = 1 - EXCEPTIONS * (1 - expected)
    p_values = np.where(share > bar, tail(share, bar, totals), 1.0)
    counts = judged.vote_counts()

    def tell(annotator: int) -> Finding:
        name, its = judged.annotators[annotator], judged.classes[int(label[annotator])]
        return Finding(
            check="always the same",
            annotators=(name,),
            score=float(share[annotator]),
            p_value=float(p_values[annotator]),
            votes=int(counts[annotator]),
            sentence=(
                f"{name} said {its} in {share[annotator]:.0%} of {counts[annotator]:,} votes; on "
                f"the same tasks others said it in {expected[annotator]:.0%}."
            ),
            evidence={"share": float(share[annotator]), "others": float(expected[annotator])},
        )

    tested = (counts >= VOTES_MIN) & (share >= SAME_LEAST)
    return told(p_values, tested, rate, tell)


def periodic(
    judged: Judged, when: ArrayLike, *, rate: float = FALSE_DISCOVERY_RATE
) -> list[Finding]:
    """Find annotators whose labels repeat in a short cycle, which those of their tasks do not.

    `when` has the time, or the place in the order, of each row of `judged.votes`.
    """
    count = judged.votes.annotator_count
    best = np.ones(count)
    period, seen, usual = np.zeros(count, dtype=np.int64), np.zeros(count), np.ones(count)
    truth = judged.posterior.argmax(axis=1)[judged.votes.tasks()]
    order = np.lexsort((np.asarray(when), judged.votes.annotators))
    for annotator, rows in _rows_by_annotator(judged, order):
        if rows.size < VOTES_MIN:
            continue
        found = _cycle(judged.votes.labels[rows].astype(np.int64), truth[rows])
        best[annotator], period[annotator], seen[annotator], usual[annotator] = found
    counts = judged.vote_counts()

    def tell(annotator: int) -> Finding:
        name = judged.annotators[annotator]
        return Finding(
            check="periodic",
            annotators=(name,),
            score=float(seen[annotator]),
            p_value=float(best[annotator]),
            votes=int(counts[annotator]),
            sentence=(
                f"{name}'s labels repeat every {period[annotator]} votes in {seen[annotator]:.0%} "
                f"of {counts[annotator]:,}; by the tasks they met, {usual[annotator]:.0%} would."
            ),
            evidence={
                "period": float(period[annotator]),
                "repeated": float(seen[annotator]),
                "expected": float(usual[annotator]),
            },
        )

    return told(best, (counts >= VOTES_MIN) & (seen >= PATTERN_LEAST), rate, tell)


def random_clicks(judged: Judged, *, rate: float = FALSE_DISCOVERY_RATE) -> list[Finding]:
    """Find annotators whose labels have as good as nothing to do with what the tasks are.

    Suspected is whose labels are surely less than a third of the usual more probable than
    labels as frequent as theirs on any tasks. What a task is follows the posterior and not the
    others' votes, so that who sees what most overlook is not suspected.
    """
    votes, count = judged.votes, judged.votes.annotator_count
    tasks, whose = votes.tasks(), votes.annotators
    weight = votes.weight() * (judged.voters()[tasks] > 1)
    totals = np.maximum(tally(whose, weight, count), 1e-9)
    common = judged.posterior[judged.voters() > 0].sum(axis=0)
    common = (common / max(common.sum(), 1e-9))[votes.labels]
    support = judged.support()
    right = tally(whose, support * weight, count) / totals
    chance = tally(whose, common * weight, count) / totals
    counts = judged.vote_counts()
    tested = (counts >= VOTES_MIN) & (totals >= VOTES_MIN)
    usual = float(np.median((right - chance)[tested])) if tested.any() else 0.0
    bar = np.full(count, LOOKING * usual)
    p_values = _below(support - common, weight, whose, bar)

    def tell(annotator: int) -> Finding:
        name = judged.annotators[annotator]
        return Finding(
            check="random clicks",
            annotators=(name,),
            score=float(right[annotator] - chance[annotator]),
            p_value=float(p_values[annotator]),
            votes=int(counts[annotator]),
            sentence=(
                f"{name}'s {counts[annotator]:,} labels are right in {right[annotator]:.0%} by "
                f"the consensus; without looking, {chance[annotator]:.0%} would be, and the usual "
                f"annotator lies {usual:.0%} above that."
            ),
            evidence={
                "right": float(right[annotator]),
                "by chance": float(chance[annotator]),
                "usual gain": usual,
            },
        )

    return told(p_values, tested & (usual > 0), rate, tell)


def _below(gains: Floats, weight: Floats, whose: Codes, bar: Floats) -> Floats:
    """Return how probable so low a mean gain is of each annotator whose true one is at the bar.

    By the central limit, for which the least number of votes is enough.
    """
    totals = np.maximum(tally(whose, weight, bar.size), 1e-9)
    mean = tally(whose, gains * weight, bar.size) / totals
    square = tally(whose, (gains - mean[whose]) ** 2 * weight, bar.size) / totals
    # Shares that never vary are not known better than to one vote in all.
    error = np.sqrt(np.maximum(square, 1 / totals) / totals)
    z = (bar - mean) / error
    return np.array([0.5 * math.erfc(one / math.sqrt(2)) for one in z.tolist()])


def _heard(judged: Judged, label: Ints) -> Floats:
    """Return how often the others of each row's task say a label, a little by the project's."""
    votes, classes = judged.votes, judged.votes.label_count
    tasks = votes.tasks()
    said = tally(tasks * classes + votes.labels, votes.weight(), votes.task_count * classes)
    same = said[tasks * classes + label] - votes.weight() * (votes.labels == label)
    others = judged.voters()[tasks] - votes.weight()
    common = tally(votes.labels, votes.weight(), classes) / max(votes.size, 1)
    return np.asarray((same + _OTHERS_VOTES * common[label]) / (others + _OTHERS_VOTES))


def _cycle(labels: Ints, truth: Ints) -> tuple[float, int, float, float]:
    """Return the p-value of the clearest period, the period, and how much repeats and should."""
    shares = np.bincount(labels) / labels.size
    by_chance = float((shares**2).sum())
    best = (1.0, 0, 0.0, 1.0)
    for lag in range(1, PERIOD_MAX + 1):
        repeated = float((labels[lag:] == labels[:-lag]).mean())
        # Tasks that come sorted repeat too, and their honest labels with them.
        usual = max(by_chance, float((truth[lag:] == truth[:-lag]).mean()))
        if repeated > usual:
            # Each label is compared twice, so the comparisons count for half.
            votes = np.array((labels.size - lag) / 2)
            chance = float(tail(np.array(repeated), np.array(usual), votes))
            # Twelve periods are tried, so each is one twelfth as surprising.
            best = min(best, (min(chance * PERIOD_MAX, 1.0), lag, repeated, usual))
    return best


def _rows_by_annotator(judged: Judged, order: Ints) -> Iterator[tuple[int, Ints]]:
    """Yield each annotator's rows, in the order given."""
    whose = judged.votes.annotators[order]
    rows = order[np.argsort(whose, kind="stable")]
    ends = np.cumsum(np.bincount(whose, minlength=judged.votes.annotator_count))
    start = 0
    for annotator, end in enumerate(ends.tolist()):
        yield annotator, rows[start:end]
        start = end
