"""Skills from votes: planted ones are found, and short records are read with caution."""

import numpy as np
import pytest

from evenhand.quality import skills_from_votes


def planted(skills: list[float], tasks: int, classes: int, seed: int):
    """Let every annotator label every task, right as often as their skill says."""
    chance = np.random.default_rng(seed)
    truth = chance.integers(0, classes, tasks)
    task = np.tile(np.arange(tasks), len(skills))
    annotator = np.repeat(np.arange(len(skills)), tasks)
    right = chance.random(task.size) < np.array(skills)[annotator]
    wrong = (truth[task] + chance.integers(1, classes, task.size)) % classes
    return task, annotator, np.where(right, truth[task], wrong), truth


def test_planted_skills_are_found_and_lie_in_their_intervals():
    inside = 0
    true = [0.95, 0.9, 0.8, 0.7, 0.6, 0.85, 0.75, 0.9]
    for seed in range(10):
        task, annotator, label, _ = planted(true, tasks=300, classes=4, seed=seed)
        columns = [[str(code) for code in codes] for codes in (task, annotator, label)]
        skills = skills_from_votes(*columns)
        for code, accuracy in enumerate(true):
            skill = skills[str(code)]
            assert skill.accuracy == pytest.approx(accuracy, abs=0.09)
            assert skill.votes == 300
            inside += skill.lower <= accuracy <= skill.upper
    assert inside >= 0.9 * 80


def test_whoever_shares_no_task_has_no_known_skill():
    skills = skills_from_votes(["a", "a", "b"], ["ann", "ben", "carl"], ["x", "x", "x"])
    assert set(skills) == {"ann", "ben"}
    assert skills["ann"].lower < 0.5 < skills["ann"].accuracy


def test_a_short_record_is_drawn_towards_the_mean_of_all():
    task, annotator, label, truth = planted([0.8] * 5, tasks=300, classes=2, seed=5)
    columns = [[str(code) for code in codes] for codes in (task, annotator, label)]
    new = [["0"], ["new"], [str(truth[0])]]
    skills = skills_from_votes(*(old + more for old, more in zip(columns, new, strict=True)))
    assert 0.75 < skills["new"].accuracy < 0.9
    assert skills["new"].upper - skills["new"].lower > 0.5


def test_skills_do_without_error_rates_where_there_are_too_many_labels():
    # Two annotators and 6,000 labels would need 72 million error rates.
    many = [str(number) for number in range(6_000)]
    skills = skills_from_votes(many * 2, ["ann"] * 6_000 + ["ben"] * 6_000, many * 2)
    assert skills["ann"].accuracy == pytest.approx(1, abs=1e-3)


def test_no_votes_tell_no_skills():
    assert skills_from_votes([], [], []) == {}
