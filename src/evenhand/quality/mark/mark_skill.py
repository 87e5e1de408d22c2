"""How well each annotator's marks agree with what was found."""

import numpy as np

from evenhand.quality.arrow import Table, pa
from evenhand.quality.codes import Bools, Floats, Ints
from evenhand.quality.frame import Frame
from evenhand.quality.mark.columns import Answers
from evenhand.quality.mark.grouping import sums
from evenhand.quality.share import wilson


def skill_table(
    frame: Frame, answers: Answers, whose: Ints, right: Bools, found_tasks: Ints
) -> Table:
    """Say of each annotator: the F1 of the marks with what was found, precision and recall.

    `right` says which marks are among those found, `found_tasks` in which task each of these is.
    The interval takes the marks for independent, and what was found for the truth. Where an
    annotator had nothing to mark and marked nothing, the skill is 1 and the interval all there is.
    """
    count = len(frame.annotators.names)
    annotator = answers.annotators[whose]
    ours = annotator < count
    given = np.bincount(annotator[ours], minlength=count).astype(np.float64)
    hits = sums(annotator[ours], right[ours], count)
    there = np.bincount(found_tasks, minlength=answers.task_count)
    rows = answers.annotators < count
    wanted = sums(answers.annotators[rows], there[answers.tasks[rows]].astype(np.float64), count)
    skill = part_of(2 * hits, given + wanted)
    lower, upper = wilson(skill, (given + wanted) / 2)
    return pa.table(
        {
            "annotator": frame.annotators.names,
            "skill": skill,
            "lower": lower,
            "upper": upper,
            "votes": np.bincount(answers.annotators[rows], minlength=count),
            "precision": part_of(hits, given),
            "recall": part_of(hits, wanted),
        }
    )


def part_of(part: Floats, whole: Floats) -> Floats:
    """Divide; of nothing, everything is right."""
    return np.clip(np.divide(part, whole, out=np.ones_like(whole), where=whole > 0), 0.0, 1.0)
