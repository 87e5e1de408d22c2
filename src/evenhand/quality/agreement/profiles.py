"""How many votes each value got, by task: all that agreement needs to know of the votes.

Tasks with the same counts share one profile, so that two million tasks of five votes and five
labels come to a hundred and twenty-six rows; there is never an array of annotators by tasks.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from evenhand.quality.agreement.pairs import pairs_within
from evenhand.quality.agreement.tally import tally
from evenhand.quality.codes import Bools, Codes, Floats, Ints
from evenhand.quality.compiled import compiled
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
        for first, second in pairs_within(self.starts):
            distances = between(self.values[first], self.values[second])
            distances *= self.counts[first] * self.counts[second]
            owners = np.searchsorted(self.starts, first, side="right") - 1
            apart += tally(owners, distances, self.size)
        if self.ballots is not None:
            for first, second in pairs_within(self.ballots.starts):
                distances = between(self.ballots.values[first], self.ballots.values[second])
                distances *= self.ballots.shares[first] * self.ballots.shares[second]
                ballot = np.searchsorted(self.ballots.starts, first, side="right") - 1
                owners = self.ballots.profiles[ballot]
                apart -= tally(owners, distances, self.size)
        return 2 * apart


def profiles_of(votes: Votes) -> Profiles:
    """Collect the votes on tasks that two annotators or more met."""
    sizes = np.diff(votes.starts)
    if votes.weights is None:
        return _whole(votes, sizes, sizes > 1)
    divided = np.zeros(sizes.size, dtype=np.bool_)
    shared = np.flatnonzero(votes.weights < 1)
    divided[np.searchsorted(votes.starts, shared, side="right") - 1] = True
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
    keys = summed_digits(votes.starts, votes.labels, digits)[kept]
    if keys_max <= _COUNTED_KEYS_MAX:
        times = np.bincount(keys)
        found = np.flatnonzero(times)
        times = times[found]
    else:
        found, times = np.unique(keys, return_counts=True)
        if 2 * found.size > keys.size:
            return _by_task(votes, kept)
    return _decoded(found, times, base, votes.label_count)


@compiled
def summed_digits(starts: Ints, labels: Codes, digits: Ints) -> Ints:
    """Add up what each label is worth, by task."""
    keys = np.zeros(starts.size - 1, dtype=np.int64)
    for task in range(keys.size):
        for row in range(starts[task], starts[task + 1]):
            keys[task] += digits[labels[row]]
    return keys


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


def _by_task(votes: Votes, kept: Bools) -> Profiles:
    """Give every task that is kept a profile of its own."""
    rows, owners = _rows_of(votes, kept)
    key = owners * np.int64(votes.label_count) + votes.labels[rows]
    found, inverse = np.unique(key, return_inverse=True)
    return _rows(
        found // votes.label_count,
        found % votes.label_count,
        tally(inverse, _shares(votes, rows), found.size),
        np.ones(int(kept.sum()), dtype=np.int64),
        votes.label_count,
    )


def _divided(votes: Votes, divided: Bools) -> Profiles:
    """Collect tasks to which someone gave several labels."""
    rows, owners = _rows_of(votes, divided)
    first = _begins(owners, votes.annotators[rows])
    voters = tally(owners, first, int(divided.sum()))
    paired = divided.copy()
    paired[divided] = voters > 1
    rows, owners = _rows_of(votes, paired)
    first = _begins(owners, votes.annotators[rows])
    ballots = Ballots(
        starts=np.append(np.flatnonzero(first), rows.size).astype(np.int64),
        values=votes.labels[rows].astype(np.int64),
        shares=_shares(votes, rows),
        profiles=owners[first],
    )
    return replace(_by_task(votes, paired), ballots=ballots)


def _rows_of(votes: Votes, kept: Bools) -> tuple[Ints, Ints]:
    """Return the rows of the tasks that are kept, and these tasks numbered anew."""
    sizes = np.diff(votes.starts)[kept]
    owners = np.repeat(np.arange(sizes.size, dtype=np.int64), sizes)
    shift = votes.starts[:-1][kept] - (np.cumsum(sizes) - sizes)
    return np.arange(owners.size, dtype=np.int64) + shift[owners], owners


def _begins(owners: Ints, annotators: Codes) -> Bools:
    """Mark the first row of each annotator in each task."""
    first = np.ones(owners.size, dtype=np.bool_)
    first[1:] = (owners[1:] != owners[:-1]) | (annotators[1:] != annotators[:-1])
    return first


def _shares(votes: Votes, rows: Ints) -> Floats:
    return np.ones(rows.size) if votes.weights is None else votes.weights[rows]


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
