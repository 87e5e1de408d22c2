"""Agreement of a table of annotations: the one call."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from evenhand.quality.agreement import coefficients, distances
from evenhand.quality.agreement.answers import Answers, BadMeasure, read_answers
from evenhand.quality.agreement.coefficients import Measured
from evenhand.quality.agreement.distances import Apart, Distance
from evenhand.quality.agreement.profiles import Profiles, profiles_of
from evenhand.quality.agreement.resampling import interval
from evenhand.quality.agreement.result import Agreement
from evenhand.quality.codes import Floats, Ints
from evenhand.quality.frame import read
from evenhand.quality.votes import Votes, grouped

Measure: TypeAlias = Literal["alpha", "percent", "fleiss", "cohen"]
DistanceName: TypeAlias = Literal[
    "nominal", "ordinal", "interval", "ratio", "linear", "quadratic",
    "jaccard", "masi", "spans", "shapes", "overlap",
]  # fmt: skip

REPLICATES = 1_000

_OF_PROFILES: dict[str, Callable[[Profiles, Distance], Measured]] = {
    "alpha": coefficients.alpha,
    "percent": coefficients.percent,
    "fleiss": coefficients.fleiss,
}
_OF_ANSWERS: dict[str, Apart] = {
    "jaccard": distances.jaccard,
    "masi": distances.masi,
    "spans": distances.spans,
    "shapes": distances.shapes,
    "overlap": distances.overlap,
}
_RANKED = ("ordinal", "linear", "quadratic")
_NUMBERED = ("interval", "ratio")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    measure: str
    distance: str
    intervals: int
    seed: int


def agreement(
    table: object,
    measure: Measure = "alpha",
    distance: DistanceName | Apart | None = None,
    *,
    order: Sequence[Hashable] | None = None,
    intervals: int = REPLICATES,
    seed: int = 0,
) -> Agreement:
    """Measure how well the annotators of a table `task, annotator, label` agree.

    `distance` says how far apart two labels are, and may be a function of two labels; without
    it, names are the same or not, floating numbers differ by their squares, and sets, spans and
    shapes by what they share. `order` has the labels from least to most, for ordinal texts.
    `intervals` is how many bootstrap replicates the 95 % interval has; 0 leaves it out.
    """
    frame = read(table)
    answers = read_answers(frame.labels, order)
    asked = answers.natural if distance is None else distance
    question = _Question(
        measure=measure,
        distance=asked if isinstance(asked, str) else getattr(asked, "__name__", "function"),
        intervals=intervals,
        seed=seed,
    )
    _refuse(answers, question)
    votes = grouped(
        frame.tasks.codes,
        frame.annotators.codes,
        answers.codes,
        task_count=len(frame.tasks.names),
        annotator_count=len(frame.annotators.names),
        label_count=answers.count,
    )
    if measure == "cohen":
        return _of_two(votes, answers, asked, question)
    profiles = profiles_of(votes)
    apart = _distance(answers, asked, profiles.by_value(), seed)
    return _told(_OF_PROFILES[measure](profiles, apart), question)


def agreement_by_class(
    votes: Votes, *, intervals: int = REPLICATES, seed: int = 0
) -> list[Agreement]:
    """Measure alpha for each label against all others: on which of them annotators agree."""
    profiles = profiles_of(votes)
    question = _Question(measure="alpha", distance="nominal", intervals=intervals, seed=seed)
    return [
        _told(coefficients.alpha(profiles, distances.OneAgainstRest(label)), question)
        for label in range(votes.label_count)
    ]


def _refuse(answers: Answers, question: _Question) -> None:
    measure, distance = question.measure, question.distance
    if measure not in (*_OF_PROFILES, "cohen"):
        raise BadMeasure(
            f"There is no measure {measure}; there are {', '.join(_OF_PROFILES)}, cohen."
        )
    if distance in _RANKED and not answers.ranked:
        raise BadMeasure(f"The distance {distance} needs the labels from least to most: `order`.")
    if distance in _NUMBERED and answers.numbers is None:
        raise BadMeasure(f"The distance {distance} needs numbers for labels.")
    if measure == "percent" and distance in (*_RANKED, *_NUMBERED):
        raise BadMeasure(
            f"Percent agreement has no meaning for the distance {distance}, which has no "
            "greatest value; take nominal, or another measure."
        )


def _distance(answers: Answers, asked: str | Apart, by_value: Floats, seed: int) -> Distance:
    if not isinstance(asked, str):
        return distances.Called(answers.things, asked, seed)
    if asked in _OF_ANSWERS:
        return distances.Called(answers.things, _OF_ANSWERS[asked], seed)
    places = np.arange(answers.count, dtype=np.float64)
    numbers = places if answers.numbers is None else answers.numbers
    made: dict[str, Callable[[], Distance]] = {
        "nominal": distances.Nominal,
        "ordinal": lambda: distances.ordinal(by_value),
        "interval": lambda: distances.Squared(numbers),
        "ratio": lambda: distances.Ratio(numbers, seed),
        "linear": distances.Linear,
        "quadratic": lambda: distances.Squared(places),
    }
    if asked not in made:
        raise BadMeasure(
            f"There is no distance {asked}; there are {', '.join((*made, *_OF_ANSWERS))}, or "
            "hand in a function of two labels."
        )
    return made[asked]()


def _of_two(votes: Votes, answers: Answers, asked: str | Apart, question: _Question) -> Agreement:
    """Compare the two annotators of a table on the tasks that both met."""
    if votes.annotator_count != 2:
        return _told(
            coefficients.cohen(_NONE, _NONE, answers.count, distances.Nominal()),
            question,
            undefined=f"Cohen's kappa compares two annotators, and here are "
            f"{votes.annotator_count:,}; take fleiss or alpha, or keep the rows of two.",
        )
    single = votes.weight() >= 1
    tasks, who = votes.tasks(), votes.annotators
    said = np.full((2, votes.task_count), -1, dtype=np.int64)
    said[who[single], tasks[single]] = votes.labels[single]
    both = (said >= 0).all(axis=0)
    one, other = said[:, both]
    by_value = np.bincount(said[:, both].ravel(), minlength=answers.count).astype(np.float64)
    apart = _distance(answers, asked, by_value, question.seed)
    left_out = np.unique(tasks[~single]).size
    notes = (
        (f"{left_out:,} tasks are left out, to which an annotator gave several labels.",)
        if left_out
        else ()
    )
    return _told(coefficients.cohen(one, other, answers.count, apart), question, notes=notes)


_NONE: Ints = np.zeros(0, dtype=np.int64)


def _told(
    measured: Measured,
    question: _Question,
    *,
    undefined: str | None = None,
    notes: tuple[str, ...] = (),
) -> Agreement:
    why = undefined or measured.undefined
    bounds = None
    if why is None:
        bounds = interval(
            measured.sums,
            measured.times,
            measured.statistic,
            replicates=question.intervals,
            seed=question.seed,
        )
        if bounds is None and question.intervals:
            notes = (*notes, "Too few tasks differ to bound an interval.")
    return Agreement(
        measure=question.measure,
        distance=question.distance,
        value=None if why else measured.value,
        lower=bounds[0] if bounds else None,
        upper=bounds[1] if bounds else None,
        undefined=why,
        tasks=int(measured.times.sum()),
        votes=measured.votes,
        notes=notes,
    )
