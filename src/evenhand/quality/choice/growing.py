"""A table of choices that grows, and its labels kept up to date: `Incremental` under its names."""

from collections.abc import Hashable, Mapping
from typing import cast

import numpy as np

from evenhand.quality.aggregation import Aggregation, Chosen
from evenhand.quality.arrow import Column, Names, pa, pc
from evenhand.quality.choice import incremental
from evenhand.quality.choice.counted import Estimate, by_coin, likeliest, most_probable
from evenhand.quality.choice.fit import Fit, Limits
from evenhand.quality.choice.labels import named
from evenhand.quality.codes import Codes, Ints
from evenhand.quality.frame import COLUMNS, BadTable, as_arrow, encoded
from evenhand.quality.request import UnknownMethod

ESTIMATES: Mapping[str, Estimate] = {
    "dawid-skene": likeliest,
    "one-coin": by_coin,
    "map": most_probable,
}


class Incremental:
    """Votes that arrive little by little, and what they say of each task.

    Tasks, annotators and labels may have ids of any type, and new ones may come at any time. In
    what order votes came matters to a `refit` alone, and no more once it is settled.
    """

    def __init__(self, method: str = "dawid-skene") -> None:
        if method not in ESTIMATES:
            raise UnknownMethod(method, "Incremental choice", ESTIMATES)
        self._method = method
        self._live = incremental.Incremental(ESTIMATES[method])
        self._tasks, self._annotators, self._labels = (_Ids(name) for name in COLUMNS)
        self._waiting: dict[Hashable, Hashable] = {}
        self._fit: Fit | None = None

    def add(self, table: object) -> None:
        """Take in a table `task, annotator, label`, which counts from the next refit on.

        It may be any frame that `aggregate` takes. Raises BadTable, also for a column whose ids are
        of another type than before.
        """
        arrow = as_arrow(table, COLUMNS)
        ids = self._tasks, self._annotators, self._labels
        # All are read before any is kept, so that a table that is refused leaves nothing behind.
        read = [one.read(arrow.column(one.column)) for one in ids]
        codes = [one.codes(*part) for one, part in zip(ids, read, strict=True)]
        self._live.add(*codes)
        self._tell({task: self._waiting[task] for task in self._waiting if task in self._tasks})

    def add_gold(self, gold: Mapping[Hashable, Hashable]) -> None:
        """Take in known labels by task, which count from the next refit on; None takes one back.

        A task that nobody met yet keeps its label until somebody does.
        """
        self._tell({task: label for task, label in gold.items() if task in self._tasks})
        self._waiting |= {task: label for task, label in gold.items() if task not in self._tasks}

    def refit(self) -> None:
        """Bring labels up to date: on what is new and in doubt, or the first time on everything."""
        if self._fit is None:
            self.converge()
        else:
            self._fit = self._live.refit()

    def converge(self, limits: Limits = Limits()) -> None:  # noqa: B008
        """Go on until the fit has converged, as `aggregate` would from the start."""
        self._fit = self._live.converge(limits)

    def result(self) -> Aggregation:
        """Return what the last refit found, as `aggregate` gives it."""
        if self._fit is None:
            self.converge()
        fit = self._fit
        assert fit is not None, "settling makes a fit"
        tasks, annotators, labels = (
            one.ascending(count)
            for one, count in zip(
                (self._tasks, self._annotators, self._labels),
                (fit.posterior.shape[0], fit.skill.size, fit.prior.size),
                strict=True,
            )
        )
        assert fit.confusion is not None, "these methods know confusions"
        given = self._live.given()[: fit.skill.size]
        in_order = Fit(
            posterior=np.ascontiguousarray(fit.posterior[tasks[1]][:, labels[1]]),
            prior=fit.prior[labels[1]],
            confusion=np.ascontiguousarray(
                fit.confusion[np.ix_(annotators[1], labels[1], labels[1])]
            ),
            skill=fit.skill[annotators[1]],
            log_likelihood=fit.log_likelihood,
            iterations=fit.iterations,
            converged=fit.converged,
            degenerate=fit.degenerate,
        )
        names = tasks[0], annotators[0], labels[0]
        chosen = Chosen(name=self._method, reason="it was asked for")
        return named(in_order, given[annotators[1]], names, chosen)

    def _tell(self, gold: Mapping[Hashable, Hashable]) -> None:
        if not gold:
            return
        self._waiting = {task: self._waiting[task] for task in self._waiting if task not in gold}
        tasks = np.array([self._tasks.code_of(task) for task in gold], dtype=np.int32)
        known = [label for label in gold.values() if label is not None]
        codes = iter(self._labels.codes(*self._labels.read_list(known)).tolist())
        labels = [-1 if label is None else next(codes) for label in gold.values()]
        self._live.add_gold(tasks, np.array(labels, dtype=np.int32))


class _Ids:
    """Ids of one column, numbered as they come."""

    def __init__(self, column: str) -> None:
        self.column = column
        self._code: dict[Hashable, int] = {}
        self._type: object = None

    def __contains__(self, name: Hashable) -> bool:
        return name in self._code

    def code_of(self, name: Hashable) -> int:
        """Return the number of an id that was met."""
        return self._code[name]

    def read(self, column: Column) -> tuple[Codes, Names]:
        """Read a column, whose ids must be of the type that they were of before."""
        found = encoded(column)
        return found.codes, self._like_before(found.names)

    def read_list(self, names: list[Hashable]) -> tuple[Codes, Names]:
        """Read ids from a list."""
        try:
            column = pa.array(names, type=self._type)
        except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
            raise BadTable(f"A {self.column} is not {self._type} as before: {error}") from error
        return np.arange(len(names), dtype=np.int32), column

    def codes(self, codes: Codes, names: Names) -> Codes:
        """Number what was read, new ids after those known."""
        if len(names):
            self._type = names.type
        known = self._code
        listed = cast("list[Hashable]", names.to_pylist())
        number = [known.setdefault(name, len(known)) for name in listed]
        return np.array(number, dtype=np.int32)[codes] if number else codes

    def ascending(self, count: int) -> tuple[Names, Ints]:
        """Return the first so many ids in ascending order, and the number of each."""
        names = pa.array(list(self._code)[:count], type=self._type)
        order = np.asarray(pc.sort_indices(names)).astype(np.int64)
        return names.take(pa.array(order)), order

    def _like_before(self, names: Names) -> Names:
        before, kinds = self._type, (pa.types.is_integer, _is_text)
        if before is None or names.type == before or len(names) == 0:
            return names
        if any(kind(before) and kind(names.type) for kind in kinds):
            return names.cast(before)
        raise BadTable(f"Column {self.column} was {before} before, and is now {names.type}.")


def _is_text(kind: object) -> bool:
    tests = pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view
    return any(test(kind) for test in tests)
