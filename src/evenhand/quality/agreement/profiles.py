"""How many votes each value got, by task: all that agreement needs to know of the votes.

Tasks with the same counts share one profile, so that two million tasks of five votes and five
labels come to a hundred and twenty-six rows; there is never an array of annotators by tasks.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from evenhand.quality.agreement.tally import tally
from evenhand.quality.codes import Bools, Floats, Ints
from evenhand.quality.votes import Votes

Between: TypeAlias = Callable[[Ints, Ints], Floats]

# Counts up to this many kinds are told apart by counting, beyond it by sorting.
_COUNTED_KEYS_MAX = 2**20
_KEYS_MAX = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class Ballots:
    """Votes that one annotator gave to one task, with their shares and the task's profile.

    Ballot `b` stands at `starts[b]:starts[b + 1]`. Where someone gave several answers to a task,
    pairs of these are nobody's disagreement.
    """

    starts: Ints
    values: Ints
    shares: Floats
    profiles: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Profiles:
    """Kinds of tasks: how many votes each value got there, and how many tasks are of that kind.

    The values of profile `p` stand at `starts[p]:starts[p + 1]`, ascending, each once. Only
    tasks with two annotators or more are here. `ballots` is None where everyone gave one answer
    to each task.
    """

    starts: Ints
    values: Ints
    counts: Floats
    times: Ints
    value_count: int
    ballots: Ballots | None = None

    @property
    def size(self) -> int:
        """How many kinds of tasks there are."""
        return self.times.size

    def owners(self) -> Ints:
        """Name the profile of every row."""
        return np.repeat(np.arange(self.size, dtype=np.int64), np.diff(self.starts))

    def summed(self, rows: Floats) -> Floats:
        """Add up a number for each row, by profile."""
        return tally(self.owners(), rows, self.size)

    def votes(self) -> Floats:
        """Count the votes of each profile."""
        return self.summed(self.counts)

    def by_value(self) -> Floats:
        """Count the votes on each value, over all tasks."""
        weights = self.counts * self.times[self.owners()]
        return tally(self.values, weights, self.value_count)

    def dense(self) -> Floats:
        """Lay the counts out as profiles by values; for few values only."""
        cells = self.owners() * self.value_count + self.values
        wide = tally(cells, self.counts, self.size * self.value_count)
        return wide.reshape(self.size, self.value_count)

    def differing(self, between: Between) -> Floats:
        """Add up how far the votes of each profile lie apart, over pairs in either order."""
        apart = np.zeros(self.size)
        for first, second in _pairs(self.starts):
            distances = between(self.values[first], self.values[second])
            distances *= self.counts[first] * self.counts[second]
            owners = np.searchsorted(self.starts, first, side="right") - 1
            apart += tally(owners, distances, self.size)
        if self.ballots is not None:
            for first, second in _pairs(self.ballots.starts):
                distances = between(self.ballots.values[first], self.ballots.values[second])
                distances *= self.ballots.shares[first] * self.ballots.shares[second]
                ballot = np.searchsorted(self.ballots.starts, first, side="right") - 1
                owners = self.ballots.profiles[ballot]
                apart -= tally(owners, distances, self.size)
        return 2 * apart


def _pairs(starts: Ints) -> Iterator[tuple[Ints, Ints]]:
    """Yield the pairs of rows that stand in one group, those a step apart together."""
    ends = np.repeat(starts[1:], np.diff(starts))
    first = np.arange(ends.size, dtype=np.int64)
    step = 1
    while True:
        first = first[first + step < ends[first]]
        if not first.size:
            return
        yield first, first + step
        step += 1


def profiles_of(votes: Votes) -> Profiles:
    """Collect the votes on tasks that two annotators or more met."""
    sizes = np.diff(votes.starts)
    if votes.weights is None:
        return _whole(votes, sizes, sizes > 1)
    divided = np.zeros(sizes.size, dtype=np.bool_)
    divided[votes.tasks()[votes.weights < 1]] = True
    return _joined(_whole(votes, sizes, (sizes > 1) & ~divided), _divided(votes, divided))


def profiles_of_codes(tasks: Ints, labels: Ints, label_count: int) -> Profiles:
    """Collect votes given as codes, each row another annotator's."""
    order = np.argsort(tasks, kind="stable")
    task_count = int(tasks.max()) + 1 if tasks.size else 0
    starts = np.zeros(task_count + 1, dtype=np.int64)
    np.cumsum(np.bincount(tasks, minlength=task_count), out=starts[1:])
    whose = np.arange(tasks.size, dtype=np.int32)
    votes = Votes(
        starts=starts,
        annotators=whose,
        labels=labels[order].astype(np.int32),
        weights=None,
        annotator_count=tasks.size,
        label_count=label_count,
    )
    return profiles_of(votes)


def _whole(votes: Votes, sizes: Ints, kept: Bools) -> Profiles:
    """Collect tasks to which nobody gave several labels."""
    if not kept.any():
        return _empty(votes.label_count)
    base = int(sizes.max()) + 1
    keys_max = base**votes.label_count
    if keys_max > _KEYS_MAX:
        return _by_task(votes, kept)
    # A task's counts are the digits of one number.
    digits = base ** np.arange(votes.label_count, dtype=np.int64)
    keys = np.zeros(sizes.size, dtype=np.int64)
    voted = sizes > 0
    keys[voted] = np.add.reduceat(digits[votes.labels], votes.starts[:-1][voted])
    keys = keys[kept]
    if keys_max <= _COUNTED_KEYS_MAX:
        times = np.bincount(keys)
        found = np.flatnonzero(times)
        times = times[found]
    else:
        found, times = np.unique(keys, return_counts=True)
        if 2 * found.size > keys.size:
            return _by_task(votes, kept)
    return _decoded(found, times, base, votes.label_count)


def _decoded(keys: Ints, times: Ints, base: int, label_count: int) -> Profiles:
    digits = base ** np.arange(label_count, dtype=np.int64)
    wide = keys[:, None] // digits % base
    owners, values = np.nonzero(wide)
    return _rows(
        owners.astype(np.int64),
        values.astype(np.int64),
        wide[owners, values].astype(np.float64),
        times.astype(np.int64),
        label_count,
    )


def _by_task(votes: Votes, paired: Bools) -> Profiles:
    """Give every task a profile of its own."""
    tasks = votes.tasks()
    kept = paired[tasks]
    number = np.cumsum(paired) - 1
    key = number[tasks[kept]] * np.int64(votes.label_count) + votes.labels[kept]
    found, inverse = np.unique(key, return_inverse=True)
    counts = tally(inverse, votes.weight()[kept], found.size)
    return _rows(
        found // votes.label_count,
        found % votes.label_count,
        counts,
        np.ones(int(np.sum(paired)), dtype=np.int64),
        votes.label_count,
    )


def _divided(votes: Votes, divided: Bools) -> Profiles:
    """Collect tasks to which someone gave several labels."""
    tasks = votes.tasks()
    fresh = np.ones(votes.size, dtype=np.bool_)
    fresh[1:] = (tasks[1:] != tasks[:-1]) | (votes.annotators[1:] != votes.annotators[:-1])
    paired = divided & (np.bincount(tasks[fresh], minlength=votes.task_count) > 1)
    kept = paired[tasks]
    ballots = Ballots(
        starts=np.append(np.flatnonzero(fresh[kept]), int(kept.sum())).astype(np.int64),
        values=votes.labels[kept].astype(np.int64),
        shares=votes.weight()[kept],
        profiles=(np.cumsum(paired) - 1)[tasks[kept & fresh]],
    )
    return replace(_by_task(votes, paired), ballots=ballots)


def _joined(whole: Profiles, divided: Profiles) -> Profiles:
    ballots = divided.ballots
    assert ballots is not None, "tasks with several labels of one annotator have ballots"
    return Profiles(
        starts=np.concatenate([whole.starts[:-1], divided.starts + whole.starts[-1]]),
        values=np.concatenate([whole.values, divided.values]),
        counts=np.concatenate([whole.counts, divided.counts]),
        times=np.concatenate([whole.times, divided.times]),
        value_count=whole.value_count,
        ballots=replace(ballots, profiles=ballots.profiles + whole.size),
    )


def _rows(owners: Ints, values: Ints, counts: Floats, times: Ints, value_count: int) -> Profiles:
    starts = np.zeros(times.size + 1, dtype=np.int64)
    np.cumsum(np.bincount(owners, minlength=times.size), out=starts[1:])
    return Profiles(
        starts=starts, values=values, counts=counts, times=times, value_count=value_count
    )


def _empty(value_count: int) -> Profiles:
    nothing = np.zeros(0, dtype=np.int64)
    return _rows(nothing, nothing, np.zeros(0), nothing, value_count)
