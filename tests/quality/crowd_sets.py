"""Every public crowd set with choices and truth, by name, as votes grouped by task.

Their files need not be there: then made crowds of the same shape, whose truth is known, stand in
for them wherever a law is tested and not a figure.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from quality.crowd import FOLDER
from quality.crowds import coded

from evenhand.quality.codes import Ints
from evenhand.quality.votes import Votes, grouped

Row = tuple[str, str, str]

FILES = {
    "D_Product": "answer.csv",
    "D_PosSent": "label.csv",
    "S_Rel": "label.csv",
    "Bluebird": "answer.csv",
    "Dog": "answer.csv",
    "Face": "answer.csv",
    "RTE": "label.csv",
}
SNOW = {"Temporal": "temp", "Snow RTE": "rte", "Word sense": "wsd"}
NAMES = (*FILES, "LabelMe", *SNOW)
# How many tasks, annotators, votes a task and labels each has.
SHAPES = {
    "D_Product": (8_315, 176, 3, 2), "D_PosSent": (1_000, 85, 20, 2), "S_Rel": (2_275, 766, 8, 4),
    "Bluebird": (108, 39, 39, 2), "Dog": (807, 109, 10, 4), "Face": (584, 27, 9, 4),
    "RTE": (800, 164, 10, 2), "LabelMe": (1_000, 59, 3, 8), "Temporal": (462, 76, 10, 2),
    "Snow RTE": (800, 164, 10, 2), "Word sense": (177, 34, 10, 3),
}  # fmt: skip
GUESSERS = 0.25  # of the annotators of a made crowd, who do not look


@dataclass(frozen=True, slots=True, kw_only=True)
class CrowdSet:
    """Votes, the first of each annotator on a task, and the true label by task, -1 if unknown."""

    name: str
    votes: Votes
    truth: Ints

    def right(self, posterior_winners: Ints) -> float:
        """Return the percentage of tasks with truth whose winner is right; a tie (-1) is wrong."""
        known = self.truth >= 0
        return 100 * float((posterior_winners == self.truth)[known].mean())


def crowd_set(name: str) -> CrowdSet:
    """Read a set, or make one of its shape where its files are not there."""
    return public_set(name) if FOLDER.exists() else made_set(name)


def made_set(name: str) -> CrowdSet:
    """Make a crowd of a set's shape: some guess, and few annotators give most of the votes."""
    tasks, annotators, each, labels = SHAPES[name]
    chance = np.random.default_rng(NAMES.index(name))
    truth = chance.integers(0, labels, tasks)
    skill = np.where(
        np.arange(annotators) < GUESSERS * annotators,
        1 / labels,
        chance.uniform(0.62, 0.95, annotators),
    )
    busy = 1 / np.sqrt(chance.permutation(np.arange(1, annotators + 1)))
    # The highest of such keys are a draw without replacement, each as likely as it is busy.
    keys = chance.random((tasks, annotators)) ** (1 / busy)
    who = np.argsort(keys, axis=1)[:, -each:].ravel()
    task = np.repeat(np.arange(tasks), each)
    right = chance.random(task.size) < skill[who]
    wrong = (truth[task] + chance.integers(1, labels, task.size)) % labels
    given = np.where(right, truth[task], wrong)
    votes = coded(task, who, given, (tasks, annotators, labels))
    return CrowdSet(name=name, votes=votes, truth=truth)


def public_set(name: str) -> CrowdSet:
    """Read a set, or skip the test where its files are not there."""
    if name in FILES:
        rows, truth = _csv(FOLDER / name, FILES[name])
    elif name in SNOW:
        rows, truth = _snow(FOLDER / "Snow2008" / f"{SNOW[name]}.standardized.tsv")
    else:
        rows, truth = _matrix(FOLDER / "LabelMe")
    return _coded(name, rows, truth)


def _csv(folder: Path, file: str) -> tuple[list[Row], dict[str, str]]:
    rows = [(row[0], row[1], row[2]) for row in _lines(folder / file, ",")]
    return rows, {row[0]: row[1] for row in _lines(folder / "truth.csv", ",")}


def _snow(path: Path) -> tuple[list[Row], dict[str, str]]:
    lines = list(_lines(path, "\t"))
    truth = {task: gold for _, _, task, _, gold in lines}
    return [(task, annotator, label) for _, annotator, task, label, _ in lines], truth


def _matrix(folder: Path) -> tuple[list[Row], dict[str, str]]:
    path = _there(folder / "answers.txt")
    given = path.read_text().splitlines()
    rows = [
        (str(task), str(annotator), label)
        for task, line in enumerate(given)
        for annotator, label in enumerate(line.split())
        if label != "-1"
    ]
    truth = (folder / "LabelMe_Z_train.txt").read_text().split()
    return rows, {str(task): label for task, label in enumerate(truth)}


def _lines(path: Path, delimiter: str) -> Iterable[list[str]]:
    with _there(path).open(encoding="utf-8", newline="") as file:
        yield from list(csv.reader(file, delimiter=delimiter))[1:]


def _there(path: Path) -> Path:
    if not path.exists():
        pytest.skip(f"needs the crowd data sets; set EVENHAND_TEST_DATA ({path.name} is missing)")
    return path


def _coded(name: str, rows: list[Row], truth: dict[str, str]) -> CrowdSet:
    first: dict[tuple[str, str], str] = {}
    for task, annotator, label in rows:
        first.setdefault((task, annotator), label)
    tasks, task_codes = np.unique([task for task, _ in first], return_inverse=True)
    annotators, annotator_codes = np.unique([who for _, who in first], return_inverse=True)
    labels, label_codes = np.unique(list(first.values()), return_inverse=True)
    code = {str(label): number for number, label in enumerate(labels)}
    votes = grouped(
        task_codes.astype(np.int32),
        annotator_codes.astype(np.int32),
        label_codes.astype(np.int32),
        task_count=tasks.size,
        annotator_count=annotators.size,
        label_count=labels.size,
    )
    # A true label that nobody gave is right for nobody.
    found = [code.get(truth[task], labels.size) if task in truth else -1 for task in tasks]
    return CrowdSet(name=name, votes=votes, truth=np.array(found, dtype=np.int64))
