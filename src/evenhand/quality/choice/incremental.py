"""A fit of choices that is kept up as votes arrive, without going through all of them again.

R. M. Neal and G. E. Hinton, "A View of the EM Algorithm that Justifies Incremental, Sparse, and
Other Variants", in "Learning in Graphical Models", Springer 1998, 355-368,
https://doi.org/10.1007/978-94-011-5014-9_12. What each task adds to the counts is taken out and
put back anew, for the tasks that new votes touch alone; the others wait for the next full pass.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenhand.quality.choice.counted import (
    LEAST,
    Counted,
    Estimate,
    Parameters,
    likeliest,
    most_probable,
    prior_of,
    skills,
)
from evenhand.quality.choice.degenerate import degenerate
from evenhand.quality.choice.em import NOT_WRITTEN, Passes
from evenhand.quality.choice.fit import Fit, Known, Limits
from evenhand.quality.choice.kernels import lead_of
from evenhand.quality.choice.majority import vote_shares
from evenhand.quality.codes import Codes, Floats, Ints
from evenhand.quality.votes import Votes, gather, grouped

# Turns between what touched tasks are and how annotators err; more change the fourth digit.
TURNS = 3
# A label that is so little ahead may lose its lead to what was learnt on other tasks.
IN_DOUBT = 0.1
# Once so large a share of all votes has come since the last full pass, another is due.
FULL_PASS_AFTER = 0.1

State = Mapping[str, NDArray[Any]]


class Incremental:
    """Votes, what they say of each task, and how annotators err, kept up to date.

    Tasks, annotators and labels are codes from 0; ones not met before may come at any time.
    """

    def __init__(self, estimate: Estimate = likeliest) -> None:
        self._estimate = estimate
        nothing = np.zeros(0, dtype=np.int32)
        self._votes = _grouped(np.zeros((3, 0), dtype=np.int32), (0, 0, 0))
        self._passes: Passes | None = None
        # What came since votes were last grouped, in three rows, and how much of it is counted.
        self._late = np.zeros((3, 0), dtype=np.int32)
        self._late_counted = 0
        self._gold = nothing
        self._gold_came = np.zeros(0, dtype=np.int64)
        self._posterior = np.zeros((0, 0))
        self._ahead = np.zeros(0)
        self._counted = Counted(np.zeros(0), np.zeros((0, 0, 0)))
        self._likelihood: float | None = None
        self._since_full_pass = 0
        self._degenerate: str | None = None

    @property
    def sizes(self) -> tuple[int, int, int]:
        """How many tasks, annotators and labels there are."""
        tasks, labels = self._posterior.shape
        return tasks, self._counted.said.shape[0], labels

    def add(self, tasks: Codes, annotators: Codes, labels: Codes) -> None:
        """Take in votes, which count from the next refit on."""
        columns = np.array([tasks, annotators, labels], dtype=np.int32)
        if columns.min(initial=0) < 0:
            raise ValueError("Codes count from 0.")
        self._grow(columns.max(axis=1, initial=-1) + 1)
        self._late = np.concatenate([self._late, columns], axis=1)

    def add_gold(self, tasks: Codes, labels: Codes) -> None:
        """Take in known labels, which count from the next refit on; -1 takes one back."""
        at, known = np.asarray(tasks, dtype=np.int64), np.asarray(labels, dtype=np.int32)
        self._grow(np.array([at.max(initial=-1) + 1, 0, known.max(initial=-1) + 1]))
        self._gold[at] = known
        self._gold_came = np.union1d(self._gold_came, at)

    def refit(self) -> Fit:
        """Bring the fit up to date with the votes that came, on the tasks they touch and in doubt.

        When a tenth of all votes has come since the last pass through all, passes go through all.
        """
        fresh = self._late[0, self._late_counted :]
        self._since_full_pass += fresh.size
        if self._since_full_pass > FULL_PASS_AFTER * (self._votes.size + self._late.shape[1]):
            return self.converge(Limits(max_iterations=TURNS))
        touched = self._touched()
        if touched.size:
            self._refit(touched)
        return self._fit(iterations=TURNS, converged=False)

    def converge(self, limits: Limits = Limits()) -> Fit:  # noqa: B008
        """Pass through all votes until the fit has converged, going on from where it is."""
        started = self._votes.size > 0
        self._regroup()
        passes = Passes(self._votes, Known(gold=self._known(slice(None))))
        parameters = self._parameters(self._counted)
        if not started:
            told = passes.told()
            self._posterior = vote_shares(self._votes)
            parameters = (
                self._estimate(passes.count(self._posterior))
                if told is None
                else most_probable(told)
            )
        enough = limits.tolerance * max(self._votes.size, 1)
        before, converged, iterations = -np.inf, False, 0
        while iterations < limits.max_iterations:
            iterations += 1
            last = converged or iterations == limits.max_iterations
            written = self._posterior if last else NOT_WRITTEN
            self._counted, now = passes.run(parameters, written)
            parameters = self._estimate(self._counted)
            converged = converged or now - before <= enough
            before = self._likelihood = now
            if last:
                break
        self._since_full_pass = 0
        lead_of(self._posterior, self._ahead)
        known = Known(gold=self._known(slice(None)))
        self._degenerate = degenerate(self._votes, known, self._posterior)
        return self._fit(iterations=iterations, converged=converged)

    def given(self) -> Floats:
        """Count each annotator's votes, as of the last refit."""
        return self._counted.said.sum(axis=(1, 2))

    def state(self) -> dict[str, NDArray[Any]]:
        """Return everything as plain arrays, to be stored."""
        votes = self._votes
        return {
            "starts": votes.starts,
            "annotators": votes.annotators,
            "labels": votes.labels,
            "weights": votes.weight() if votes.weights is not None else np.empty(0),
            "late": self._late,
            "gold": self._gold,
            "gold_came": self._gold_came,
            "posterior": self._posterior,
            "truth": self._counted.truth,
            "said": self._counted.said,
            "counters": np.array([self._late_counted, self._since_full_pass]),
        }

    @classmethod
    def restored(cls, state: State, estimate: Estimate = likeliest) -> "Incremental":
        """Go on from what `state` returned."""
        one = cls(estimate)
        one._counted = Counted(state["truth"], state["said"])
        one._votes = Votes(
            starts=state["starts"],
            annotators=state["annotators"],
            labels=state["labels"],
            weights=state["weights"] if state["weights"].size else None,
            annotator_count=state["said"].shape[0],
            label_count=state["said"].shape[1],
        )
        one._late, one._gold = state["late"], state["gold"].copy()
        one._gold_came, one._posterior = state["gold_came"], state["posterior"].copy()
        one._ahead = np.empty(one._posterior.shape[0])
        lead_of(one._posterior, one._ahead)
        one._late_counted, one._since_full_pass = (int(number) for number in state["counters"])
        return one

    def _touched(self) -> Ints:
        """List the tasks that what came bears on, and those in doubt."""
        came = np.zeros(self._posterior.shape[0], dtype=np.bool_)
        came[self._late[0, self._late_counted :]] = True
        came[self._gold_came] = True
        if not came.any():
            return np.zeros(0, dtype=np.int64)
        return np.flatnonzero(came | (self._ahead < IN_DOUBT))

    def _refit(self, touched: Ints) -> None:
        rest = _less(self._counted, self._counted_of(touched))
        new = Passes(self._votes_on(touched, self._late.shape[1]), Known(gold=self._known(touched)))
        written = np.zeros((touched.size, self._posterior.shape[1]))
        for turn in range(TURNS):
            posterior = written if turn == TURNS - 1 else NOT_WRITTEN
            counted, _ = new.run(self._parameters(self._counted), posterior)
            self._counted = Counted(rest.truth + counted.truth, rest.said + counted.said)
        self._posterior[touched] = written
        ahead = np.empty(touched.size)
        lead_of(written, ahead)
        self._ahead[touched] = ahead
        self._late_counted = self._late.shape[1]
        self._gold_came = self._gold_came[:0]

    def _counted_of(self, touched: Ints) -> Counted:
        """Say what these tasks have added to the counts: mostly from the votes as grouped last."""
        late = np.zeros(self._posterior.shape[0], dtype=np.bool_)
        late[self._late[0, : self._late_counted]] = True
        late[self._votes.task_count :] = True
        on_time, later = touched[~late[touched]], touched[late[touched]]
        one = self._grouped_passes().count(self._posterior, on_time)
        votes = self._votes_on(later, self._late_counted)
        other = Passes(votes, Known()).count(self._posterior[later])
        return Counted(one.truth + other.truth, one.said + other.said)

    def _grouped_passes(self) -> Passes:
        votes = self._votes
        _, annotators, labels = self.sizes
        if self._passes is None or votes.label_count < labels or votes.annotator_count < annotators:
            self._votes = replace(votes, annotator_count=annotators, label_count=labels)
            self._passes = Passes(self._votes, Known())
        return self._passes

    def _votes_on(self, touched: Ints, late: int) -> Votes:
        """Group all votes on these tasks, numbered anew, and so many of those that came late."""
        number = np.full(self._posterior.shape[0], -1, dtype=np.int32)
        number[touched] = np.arange(touched.size, dtype=np.int32)
        here = self._late[:, :late]
        here = here[:, number[here[0]] >= 0]
        earlier = touched[touched < self._votes.task_count]
        starts = self._votes.starts
        size = int((starts[earlier + 1] - starts[earlier]).sum())
        columns = np.empty((3, size + here.shape[1]), dtype=np.int32)
        gather(touched, starts, (self._votes.annotators, self._votes.labels), columns)
        columns[:, size:] = here
        columns[0, size:] = number[here[0]]
        return _grouped(columns, (touched.size, *self.sizes[1:]))

    def _regroup(self) -> None:
        tasks, _, _ = self.sizes
        if self._late.shape[1] or self._votes.task_count < tasks:
            self._votes = self._votes_on(np.arange(tasks), self._late.shape[1])
            self._passes = None
        self._late, self._late_counted = self._late[:, :0], 0
        self._gold_came = self._gold_came[:0]

    def _parameters(self, counted: Counted) -> Parameters:
        # Whoever says a label for the first time must not make every truth impossible.
        estimated = self._estimate(counted)
        return Parameters(estimated.prior, np.where(estimated.said > 0, estimated.said, LEAST))

    def _known(self, tasks: Ints | slice) -> Codes | None:
        gold = self._gold[tasks]
        return gold if (gold >= 0).any() else None

    def _grow(self, sizes: Ints) -> None:
        tasks, annotators, labels = np.maximum(sizes, self.sizes).tolist()
        if (tasks, annotators, labels) == self.sizes:
            return
        self._posterior = _padded(self._posterior, (tasks, labels), 0.0)
        self._ahead = _padded(self._ahead, (tasks,), 0.0)
        self._gold = _padded(self._gold, (tasks,), -1)
        self._counted = Counted(
            _padded(self._counted.truth, (labels,), 0.0),
            _padded(self._counted.said, (annotators, labels, labels), 0.0),
        )

    def _fit(self, *, iterations: int, converged: bool) -> Fit:
        said = self._estimate(self._counted).said
        return Fit(
            posterior=self._posterior,
            prior=prior_of(self._counted),
            confusion=np.ascontiguousarray(said.transpose(0, 2, 1)),
            skill=skills(self._counted),
            log_likelihood=self._likelihood,
            iterations=iterations,
            converged=converged,
            degenerate=self._degenerate,
        )


def _grouped(columns: NDArray[np.int32], sizes: tuple[int, int, int]) -> Votes:
    tasks, annotators, labels = sizes
    return grouped(*columns, task_count=tasks, annotator_count=annotators, label_count=labels)


def _less(whole: Counted, part: Counted) -> Counted:
    # The last digits do not cancel; nothing was said less than never.
    return Counted(
        np.maximum(whole.truth - part.truth, 0.0), np.maximum(whole.said - part.said, 0.0)
    )


def _padded(array: NDArray[Any], shape: tuple[int, ...], value: float) -> NDArray[Any]:
    wide = np.full(shape, value, dtype=array.dtype)
    wide[tuple(slice(size) for size in array.shape)] = array
    return wide
