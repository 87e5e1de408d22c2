"""Generated crowds whose truth and skills are known, and small ones for Hypothesis."""

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from evenhand.quality.codes import Floats, Ints
from evenhand.quality.votes import Votes, grouped


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """Votes, the label that is true of each task, and how often each annotator is right."""

    votes: Votes
    truth: Ints
    skill: Floats


def crowd_of(*, tasks: int, annotators: int, each: int, labels: int, seed: int) -> Crowd:
    """Draw skills between a guess and near certainty; all wrong labels are equally likely."""
    chance = np.random.default_rng(seed)
    truth = chance.integers(0, labels, tasks)
    skill = chance.uniform(1 / labels, 0.97, annotators)
    who = np.array([chance.permutation(annotators)[:each] for _ in range(tasks)]).ravel()
    task = np.repeat(np.arange(tasks), each)
    right = chance.random(task.size) < skill[who]
    wrong = (truth[task] + chance.integers(1, labels, task.size)) % labels
    votes = coded(task, who, np.where(right, truth[task], wrong), (tasks, annotators, labels))
    return Crowd(votes=votes, truth=truth, skill=skill)


def coded(
    tasks: NDArray[np.integer],
    annotators: NDArray[np.integer],
    labels: NDArray[np.integer],
    counts: tuple[int, int, int],
) -> Votes:
    """Group rows of codes."""
    task_count, annotator_count, label_count = counts
    return grouped(
        np.asarray(tasks, dtype=np.int32),
        np.asarray(annotators, dtype=np.int32),
        np.asarray(labels, dtype=np.int32),
        task_count=task_count,
        annotator_count=annotator_count,
        label_count=label_count,
    )


@st.composite
def small_votes(draw: st.DrawFn, labels_max: int = 3) -> Votes:
    """Draw a few votes, at most one by an annotator on a task, all labels given."""
    labels = draw(st.integers(2, labels_max))
    tasks, annotators = draw(st.integers(2, 8)), draw(st.integers(2, 5))
    cells = draw(
        st.lists(
            st.integers(0, tasks * annotators - 1), min_size=labels + 2, max_size=30, unique=True
        )
        if tasks * annotators >= labels + 2
        else st.just(list(range(tasks * annotators)))
    )
    given = draw(st.lists(st.integers(0, labels - 1), min_size=len(cells), max_size=len(cells)))
    # The first votes give each label once, so that there are as many as drawn.
    given = [*range(labels), *given][: len(cells)]
    task, who = np.divmod(np.array(cells), annotators)
    # Tasks and annotators without a vote would have no row elsewhere.
    task, who = (np.unique(codes, return_inverse=True)[1] for codes in (task, who))
    label = np.array(given)
    counts = int(task.max()) + 1, int(who.max()) + 1, int(label.max()) + 1
    return coded(task, who, label, counts)
