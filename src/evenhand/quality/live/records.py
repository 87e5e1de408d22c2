"""Annotators' records in a project: sums to which later votes are added."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from evenhand.quality.codes import Floats
from evenhand.quality.live.confusion import (
    ACCURACY_UNKNOWN,
    VOTES_BEFORE,
    Confusions,
    expected_rates,
    expected_shares,
)
from evenhand.quality.live.overlap import DEPENDENCE_UNKNOWN

# Half-width of the interval in standard errors: 95 of 100 intervals hold the truth.
_STANDARD_ERRORS = 1.96
_VOTES_KNOWN_MIN = 0.01  # so that nothing is divided by zero; the interval is then 0 to 1

Said = Mapping[str, Mapping[str, float]]


class Skill(NamedTuple):
    """An annotator's accuracy, an interval that holds it 95 times in 100, and its evidence."""

    accuracy: float
    lower: float
    upper: float
    votes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What an annotator's votes on tasks that others met too come to.

    `right` sums how probably right each vote was, or how like the others' consensus where
    answers are more or less alike; `right_squared` sums the squares, which tell how sure that
    is. `said[truth][label]` is how often a label was said where another was true, and empty
    for other kinds than choices.
    """

    votes: float = 0.0
    right: float = 0.0
    right_squared: float = 0.0
    said: Said = field(default_factory=dict[str, Mapping[str, float]])

    def plus(self, other: "Record") -> "Record":
        """Add what came later."""
        said = {truth: dict(row) for truth, row in self.said.items()}
        for truth, row in other.said.items():
            mine = said.setdefault(truth, {})
            for label, times in row.items():
                mine[label] = mine.get(label, 0.0) + times
        return Record(
            votes=self.votes + other.votes,
            right=self.right + other.right,
            right_squared=self.right_squared + other.right_squared,
            said=said,
        )


NO_RECORD = Record()


@dataclass(frozen=True, slots=True, kw_only=True)
class Experience:
    """What a project has taught so far.

    `usual` is the record of all annotators together, `truths` says how many tasks had each
    label, `dependence` how much votes on one task depend on each other. `records` may leave out
    whoever is not asked about: a stranger is as the usual one.
    """

    usual: Record = NO_RECORD
    truths: Mapping[str, float] = field(default_factory=dict[str, float])
    records: Mapping[str, Record] = field(default_factory=dict[str, Record])
    dependence: float = DEPENDENCE_UNKNOWN

    def plus(self, other: "Experience") -> "Experience":
        """Add what was learned later; how votes depend on each other stays as it was."""
        records = dict(self.records)
        for name, record in other.records.items():
            records[name] = records.get(name, NO_RECORD).plus(record)
        truths = dict(self.truths)
        for label, tasks in other.truths.items():
            truths[label] = truths.get(label, 0.0) + tasks
        return replace(self, usual=self.usual.plus(other.usual), truths=truths, records=records)

    def accuracy(self, annotator: str) -> float:
        """Expect how likely this annotator's next vote is right."""
        record = self.records.get(annotator, NO_RECORD)
        return (record.right + VOTES_BEFORE * usual_accuracy(self.usual)) / (
            record.votes + VOTES_BEFORE
        )


@dataclass(frozen=True, slots=True)
class Expected:
    """What is expected of some annotators on a task with certain labels, by position."""

    annotators: Mapping[str, int]
    labels: Mapping[str, int]
    rates: Floats
    shares: Floats

    def likelihoods(self, votes: Sequence[tuple[str, str]]) -> Floats:
        """Say of each vote (annotator, label) how likely it is, by true label."""
        who = [self.annotators.get(annotator, len(self.annotators)) for annotator, _ in votes]
        said = [self.labels[label] for _, label in votes]
        return self.rates[who, :, said]


def expected(known: Experience, labels: Sequence[str], annotators: Sequence[str]) -> Expected:
    """Expect what annotators say of tasks with these labels; strangers come last."""
    place = {label: number for number, label in enumerate(labels)}
    records = [known.records.get(one, NO_RECORD) for one in annotators]
    confusions = Confusions(
        said=np.stack([_table(one.said, place) for one in (*records, NO_RECORD)]),
        usual=_table(known.usual.said, place),
        truths=np.array([known.truths.get(label, 0.0) for label in labels]),
    )
    return Expected(
        annotators={name: number for number, name in enumerate(annotators)},
        labels=place,
        rates=expected_rates(confusions),
        shares=expected_shares(confusions.truths),
    )


def _table(said: Said, place: Mapping[str, int]) -> Floats:
    table = np.zeros((len(place), len(place)))
    for truth, row in said.items():
        for label, times in row.items():
            if truth in place and label in place:
                table[place[truth], place[label]] = times
    return table


def usual_accuracy(usual: Record) -> float:
    """Expect how likely a stranger's vote is right."""
    return (usual.right + VOTES_BEFORE * ACCURACY_UNKNOWN) / (usual.votes + VOTES_BEFORE)


def skill(record: Record, usual: Record, *, alike: bool = False) -> Skill:
    """Estimate an annotator's accuracy; the interval knows that the truth is estimated too.

    What stays unknown of each vote, its probability times its complement, is subtracted from
    what a vote is worth: Louis, "Finding the Observed Information Matrix when Using the EM
    Algorithm" (1982), doi:10.1111/j.2517-6161.1982.tb01203.x. With `alike`, what was summed are
    likenesses, which are seen as they are; their own spread makes the interval.
    """
    votes = record.votes
    if votes <= 0:
        accuracy = usual_accuracy(usual)
        return Skill(accuracy=accuracy, lower=0.0, upper=1.0, votes=0)
    accuracy = (record.right + VOTES_BEFORE * usual_accuracy(usual)) / (votes + VOTES_BEFORE)
    # Drawn a little inwards: at 0 and 1 nothing could be told of the spread.
    mean = (record.right + 1) / (votes + 2)
    reach, centre = _reach_alike(record, mean) if alike else _reach(record, mean)
    return Skill(
        accuracy=accuracy,
        lower=max(0.0, min(accuracy, centre - reach)),
        upper=min(1.0, max(accuracy, centre + reach)),
        votes=round(votes),
    )


def _reach(record: Record, mean: float) -> tuple[float, float]:
    """Put Wilson's interval around a share; it stays inside 0 to 1 even for one vote."""
    unknown = max(record.right - record.right_squared, 0.0) / (mean * (1 - mean))
    known = max(record.votes - unknown, _VOTES_KNOWN_MIN)
    square = _STANDARD_ERRORS**2
    share = record.right / record.votes
    spread = share * (1 - share) / known + square / (4 * known**2)
    centre = (share + square / (2 * known)) / (1 + square / known)
    return _STANDARD_ERRORS * math.sqrt(max(spread, 0.0)) / (1 + square / known), centre


def _reach_alike(record: Record, mean: float) -> tuple[float, float]:
    spread = record.right_squared - 2 * mean * record.right + record.votes * mean**2
    # Of few answers the spread is seen too small: as if two more lay at the end of the scale.
    spread = (max(spread, 0.0) + 2 * max(mean, 1 - mean) ** 2) / (record.votes + 2)
    return _STANDARD_ERRORS * math.sqrt(spread / record.votes), record.right / record.votes
