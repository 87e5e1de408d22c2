"""Public crowd labels with truth, read from a folder that need not be there."""

import csv
import os
from pathlib import Path

import pytest

FOLDER = (
    Path(os.environ.get("EVENHAND_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))
    / "crowd"
)

Votes = tuple[list[str], list[str], list[str]]


def crowd(name: str, file: str) -> tuple[Votes, dict[str, str]]:
    """Return tasks, annotators and labels, each pair's first vote only, and the truth."""
    votes_file = FOLDER / name / file
    if not votes_file.exists():
        pytest.skip(f"needs the crowd data set {name}; set EVENHAND_TEST_DATA to their folder")
    first: dict[tuple[str, str], str] = {}
    for task, annotator, label in _rows(votes_file):
        first.setdefault((task, annotator), label)
    votes = [task for task, _ in first], [who for _, who in first], list(first.values())
    return votes, dict(_rows(FOLDER / name / "truth.csv"))


def _rows(path: Path) -> list[tuple[str, ...]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [tuple(row) for row in csv.reader(file)][1:]
