"""Pairs of annotators who give the same labels where others do not."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from evenhand.quality.agreement.pairs import pairs_within
from evenhand.quality.agreement.tally import tally
from evenhand.quality.checks.finding import (
    FALSE_DISCOVERY_RATE,
    VOTES_MIN,
    Finding,
    surest_first,
)
from evenhand.quality.checks.judged import Judged
from evenhand.quality.codes import Bools, Floats, Ints

COMMON_TASKS_MIN = 20  # below it, a few odd tasks in common are a coincidence
# Which part of the votes might be copied; the evidence is the mean over these.
_SHARES = (0.2, 0.4, 0.6, 0.8, 0.95)
# No label is so unlikely that one coincidence convicts.
_LIKELY_MIN, _LIKELY_MAX = 0.05, 0.999
# How many votes the model of an annotator's errors weighs against what the others on a task said.
_MODEL_VOTES = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pairs:
    """Pairs of annotators: how often they met and agreed, and what that shows."""

    ones: Ints
    others: Ints
    met: Floats
    same: Floats
    expected: Floats
    log_evidence: Floats


def copying(judged: Judged, *, rate: float = FALSE_DISCOVERY_RATE) -> list[Finding]:
    """Find pairs of annotators of whom one copies the other, or both a third.

    For each task that both met, it is asked how likely one gives the other's label by himself,
    from what the other annotators of that task said and from how he errs; whichever makes
    agreement likelier is believed. The evidence is the likelihood of copied votes over that of
    honest ones: in the mean 1 for the honest, so that 1 / evidence bounds the p-value, and at
    most `rate` of the pairs found are honest however the pairs hang together: R. Wang and
    A. Ramdas, "False Discovery Rate Control with E-values", Journal of the Royal Statistical
    Society B 84 (2022), 822-852, doi:10.1111/rssb.12489. A ring that gives most of the votes
    on its tasks looks like the truth, and is not found.
    """
    whole = replace(judged, votes=judged.votes.select(judged.votes.weight() >= 1))
    pairs = _pairs_of(whole)
    found = _discovered(pairs.log_evidence, rate)
    return surest_first([_told(judged, pairs, row) for row in np.flatnonzero(found).tolist()])


def _discovered(log_evidence: Floats, rate: float) -> Bools:
    """Mark the evidence to act on."""
    if not log_evidence.size:
        return np.zeros(0, dtype=np.bool_)
    ranked = np.sort(log_evidence)[::-1]
    needed = np.log(ranked.size / (rate * np.arange(1, ranked.size + 1)))
    passed = np.flatnonzero(ranked >= needed)
    return log_evidence >= (ranked[passed[-1]] if passed.size else np.inf)


def _pairs_of(judged: Judged) -> _Pairs:
    """Weigh the pairs that met often enough; the others are not even remembered."""
    kept = _met_often(judged)
    sums = np.zeros((3 + 2 * len(_SHARES), kept.size))
    likely = _Likelihood(judged)
    for key, left, right in _meetings(judged):
        place = np.minimum(np.searchsorted(kept, key), max(kept.size - 1, 0))
        known = kept[place] == key if kept.size else np.zeros(key.size, dtype=np.bool_)
        place, first, second = place[known], left[known], right[known]
        same = (judged.votes.labels[first] == judged.votes.labels[second]).astype(np.float64)
        there, back = likely.of(first, second), likely.of(second, first)
        columns = [np.ones_like(same), same, (there + back) / 2]
        columns += [
            _log_ratio(same, chance, share) for chance in (there, back) for share in _SHARES
        ]
        for row, column in enumerate(columns):
            sums[row] += tally(place, column, kept.size)
    half = 3 + len(_SHARES)
    return _Pairs(
        ones=kept // judged.votes.annotator_count,
        others=kept % judged.votes.annotator_count,
        met=sums[0],
        same=sums[1],
        expected=sums[2],
        # The lesser of both directions, so that neither's habits alone convict.
        log_evidence=np.minimum(_log_mean(sums[3:half]), _log_mean(sums[half:])),
    )


def _meetings(judged: Judged) -> Iterator[tuple[Ints, Ints, Ints]]:
    """Yield pairs of votes on one task, with a key for the pair of annotators."""
    whose = judged.votes.annotators.astype(np.int64)
    for first, second in pairs_within(judged.votes.starts):
        yield whose[first] * judged.votes.annotator_count + whose[second], first, second


def _met_often(judged: Judged) -> Ints:
    keys = np.zeros(0, dtype=np.int64)
    met = np.zeros(0)
    for key, _, _ in _meetings(judged):
        fresh, times = np.unique(key, return_counts=True)
        keys, inverse = np.unique(np.concatenate([keys, fresh]), return_inverse=True)
        met = tally(inverse, np.concatenate([met, times.astype(np.float64)]), keys.size)
    busy = judged.vote_counts() >= VOTES_MIN
    both = busy[keys // judged.votes.annotator_count] & busy[keys % judged.votes.annotator_count]
    return keys[(met >= COMMON_TASKS_MIN) & both]


class _Likelihood:
    """How likely one annotator gives, by himself, the label that another gave to the same task."""

    def __init__(self, judged: Judged) -> None:
        votes = judged.votes
        self._labels, self._annotators = votes.labels, votes.annotators
        self._tasks = votes.tasks()
        self._posterior = judged.posterior
        self._confusion = judged.confusion()
        self._said = tally(
            self._tasks * votes.label_count + votes.labels,
            np.ones(votes.size),
            votes.task_count * votes.label_count,
        ).reshape(votes.task_count, votes.label_count)

    def of(self, whose: Ints, by: Ints) -> Floats:
        """Return it for the labels of the rows `whose` and the annotators of the rows `by`."""
        task, label = self._tasks[whose], self._labels[whose]
        model = (self._posterior[task] * self._confusion[self._annotators[by], :, label]).sum(
            axis=1
        )
        others = self._said[task].sum(axis=1) - 2
        same = self._said[task, label] - 1 - (self._labels[by] == label)
        heard = (same + _MODEL_VOTES * model) / (others + _MODEL_VOTES)
        return np.clip(np.maximum(model, heard), _LIKELY_MIN, _LIKELY_MAX)


def _log_ratio(same: Floats, likely: Floats, share: float) -> Floats:
    """Return the log-likelihood of copying a share of the votes, over that of copying none."""
    return np.where(same > 0, np.log(1 - share + share / likely), np.log(1 - share))


def _log_mean(logs: Floats) -> Floats:
    top = logs.max(axis=0)
    return np.asarray(top + np.log(np.exp(logs - top).mean(axis=0)))


def _told(judged: Judged, pairs: _Pairs, row: int) -> Finding:
    one = judged.annotators[int(pairs.ones[row])]
    other = judged.annotators[int(pairs.others[row])]
    met, same, expected = (int(pairs.met[row]), int(pairs.same[row]), float(pairs.expected[row]))
    evidence = float(pairs.log_evidence[row])
    return Finding(
        check="copying",
        annotators=(one, other),
        score=same / met - expected / met,
        p_value=float(np.exp(-max(evidence, 0.0))),
        votes=met,
        sentence=(
            f"{one} and {other} gave the same label to {same:,} of the {met:,} tasks that both "
            f"met, where by their skill and what others said there about {expected:,.0f} or fewer "
            f"would be; copying explains that 10^{evidence / np.log(10):.0f} times better than "
            "chance does."
        ),
        evidence={"met": met, "same": same, "expected": expected, "log evidence": evidence},
    )
