"""Majority vote, Dawid-Skene and skills: laws, planted truth, and public data with truth."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from quality.crowd import crowd

from evenhand.quality import (
    aggregate_choices,
    dawid_skene,
    krippendorff_alpha,
    majority_vote,
    percent_agreement,
    skills_from_votes,
)

votes = st.lists(
    st.tuples(st.integers(0, 7), st.integers(0, 4), st.integers(0, 2)), min_size=1, max_size=60
)


def planted(skills: list[float], tasks: int, classes: int, seed: int):
    """Let every annotator label every task, right as often as their skill says."""
    chance = np.random.default_rng(seed)
    truth = chance.integers(0, classes, tasks)
    task = np.tile(np.arange(tasks), len(skills))
    annotator = np.repeat(np.arange(len(skills)), tasks)
    right = chance.random(task.size) < np.array(skills)[annotator]
    wrong = (truth[task] + chance.integers(1, classes, task.size)) % classes
    return task, annotator, np.where(right, truth[task], wrong), truth


@given(rows=votes, seed=st.integers(0, 99))
@settings(max_examples=150, deadline=None)
def test_the_order_of_rows_changes_nothing_at_all(rows: list[tuple[int, int, int]], seed: int):
    shuffled = list(rows)
    np.random.default_rng(seed).shuffle(shuffled)
    one = dawid_skene(*zip(*rows, strict=True), label_count=3)
    other = dawid_skene(*zip(*shuffled, strict=True), label_count=3)
    assert (one.posterior == other.posterior).all()
    assert (one.confusion == other.confusion).all()
    assert one.log_likelihood == other.log_likelihood


@given(rows=votes, names=st.permutations([0, 1, 2]))
@settings(max_examples=150, deadline=None)
def test_labels_may_have_any_name(rows: list[tuple[int, int, int]], names: list[int]):
    tasks, annotators, labels = zip(*rows, strict=True)
    renamed = [names[label] for label in labels]
    one = dawid_skene(tasks, annotators, labels, label_count=3, max_iterations=20)
    other = dawid_skene(tasks, annotators, renamed, label_count=3, max_iterations=20)
    # EM amplifies the last digit near ties, hence few iterations and a loose comparison.
    assert np.allclose(one.posterior, other.posterior[:, names], atol=1e-4)
    assert majority_vote(tasks, annotators, renamed).winners.tolist() == [
        names[code] if code >= 0 else -1
        for code in majority_vote(tasks, annotators, labels).winners.tolist()
    ]


@given(rows=votes)
@settings(max_examples=150, deadline=None)
def test_probabilities_are_probabilities_and_the_likelihood_never_falls(
    rows: list[tuple[int, int, int]],
):
    columns = list(zip(*rows, strict=True))
    likelihoods = []
    for iterations in range(1, 8):
        fit = dawid_skene(*columns, label_count=3, tolerance=-1, max_iterations=iterations)
        voted = np.isin(np.arange(len(fit.posterior)), columns[0])
        assert np.allclose(fit.posterior[voted].sum(axis=1), 1)
        assert np.allclose(fit.confusion.sum(axis=2), 1)
        assert fit.iterations == iterations
        likelihoods.append(fit.log_likelihood)
    assert (np.diff(likelihoods) > -1e-6).all()


def test_the_fit_is_the_one_of_the_paper():
    # Written out label by label, as equations 2.3 to 2.5 of Dawid and Skene have it.
    task, annotator, label, _ = planted([0.8, 0.7, 0.6, 0.9], tasks=40, classes=3, seed=6)
    rows = list(zip(task, annotator, label, strict=True))
    truth = np.zeros((40, 3))
    for one, _, said in rows:
        truth[one, said] += 1 / 4
    for _ in range(4):
        prior = truth.mean(axis=0)
        rates = np.zeros((4, 3, 3))
        for one, who, said in rows:
            rates[who, :, said] += truth[one]
        rates /= rates.sum(axis=2, keepdims=True)
        truth = np.tile(prior, (40, 1))
        for one, who, said in rows:
            truth[one] *= rates[who, :, said]
        truth /= truth.sum(axis=1, keepdims=True)
    fit = dawid_skene(task, annotator, label, max_iterations=4, tolerance=-1)
    assert np.allclose(fit.posterior, truth, atol=1e-6)


def test_a_tie_is_called_a_tie():
    vote = majority_vote([0, 0, 1, 1, 1], [0, 1, 0, 1, 2], [0, 1, 1, 1, 0])
    assert vote.winners.tolist() == [-1, 1]
    assert majority_vote([1], [0], [0]).winners.tolist() == [-1, 0]
    fit = dawid_skene([0, 0], [0, 1], [0, 1])
    assert fit.winners.tolist() == [-1]
    named = aggregate_choices(["t", "t"], ["ann", "ben"], ["cat", "dog"])
    assert named.labels == {"t": None}
    assert named.confidence["t"] == pytest.approx(0.5)


def test_no_votes_are_no_error():
    assert aggregate_choices([], [], []).labels == {}
    assert aggregate_choices([], [], [], method="majority").labels == {}
    assert skills_from_votes([], [], []) == {}
    assert dawid_skene([], [], []).converged


@pytest.mark.parametrize("codes", [[-1], [0.5], [[0]], [2**62]])
def test_codes_that_are_no_codes_are_refused(codes: list[object]):
    with pytest.raises(ValueError, match="Codes must"):
        dawid_skene(codes, [0], [0])


def test_error_rates_beyond_memory_are_refused_and_skills_do_without_them():
    with pytest.raises(ValueError, match="at most"):
        dawid_skene([0], [0], [0], label_count=10_000)
    # Two annotators and 6,000 labels would need 72 million error rates.
    many = [str(number) for number in range(6_000)]
    skills = skills_from_votes(many * 2, ["ann"] * 6_000 + ["ben"] * 6_000, many * 2)
    assert skills["ann"].accuracy == 1


def test_a_fit_that_may_not_go_on_says_that_it_has_not_converged():
    task, annotator, label, _ = planted([0.6] * 6, tasks=200, classes=3, seed=1)
    assert not dawid_skene(task, annotator, label, max_iterations=2).converged
    assert dawid_skene(task, annotator, label, max_iterations=500).converged


def test_dawid_skene_finds_the_truth_that_the_majority_misses():
    # Three who guess together outvote two who know; the fit learns whom to believe.
    skills = [0.95, 0.95, 0.4, 0.4, 0.4, 0.4, 0.4]
    task, annotator, label, truth = planted(skills, tasks=2_000, classes=3, seed=2)
    majority = (majority_vote(task, annotator, label).winners == truth).mean()
    fitted = (dawid_skene(task, annotator, label).winners == truth).mean()
    assert fitted > majority + 0.05
    assert fitted > 0.95


def test_planted_confusions_are_found():
    task, annotator, label, _ = planted([0.9, 0.8, 0.7, 0.6, 0.9], 4_000, classes=3, seed=3)
    confusion = dawid_skene(task, annotator, label).confusion
    found = confusion[:, range(3), range(3)]
    assert np.abs(found - np.array([[0.9], [0.8], [0.7], [0.6], [0.9]])).max() < 0.05


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


def test_a_vote_given_twice_counts_twice():
    once = dawid_skene([0, 0, 1, 1], [0, 1, 0, 1], [0, 1, 0, 0], max_iterations=1, tolerance=-1)
    twice = dawid_skene(
        [0, 0, 0, 1, 1], [0, 0, 1, 0, 1], [0, 0, 1, 0, 0], max_iterations=1, tolerance=-1
    )
    assert twice.posterior[0, 0] > once.posterior[0, 0]


@pytest.mark.parametrize(
    ("name", "file", "least"),
    [
        ("Bluebird", "answer.csv", 88.8),
        ("Dog", "answer.csv", 84.0),
        ("D_PosSent", "label.csv", 95.9),
        ("RTE", "label.csv", 92.5),
    ],
)
def test_dawid_skene_is_as_right_on_public_data_as_others_are(name: str, file: str, least: float):
    (tasks, annotators, labels), truth = crowd(name, file)
    found = aggregate_choices(tasks, annotators, labels)
    known = [task for task in truth if task in found.labels]
    right = sum(found.labels[task] == truth[task] for task in known)
    assert 100 * right / len(known) >= least
    assert found.converged


def test_agreement_says_when_it_is_undefined():
    assert percent_agreement([0, 1], [0, 1]) is None
    assert krippendorff_alpha([0, 1], [0, 1]) is None
    assert percent_agreement([0, 0], [1, 1]) == 1
    assert krippendorff_alpha([0, 0], [1, 1]) is None
    assert krippendorff_alpha([], []) is None


def test_alpha_is_the_one_of_the_textbook():
    # Krippendorff's own worked example for names (reliability data of four coders, alpha 0.743).
    a, b, c, d = (
        [1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3],
        [0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0],
    )
    rows = [(task, label) for who in (a, b, c, d) for task, label in enumerate(who) if label]
    tasks, labels = zip(*rows, strict=True)
    assert krippendorff_alpha(tasks, labels) == pytest.approx(0.743, abs=5e-4)


@given(rows=votes)
@settings(deadline=None)
def test_alpha_from_counts_equals_alpha_from_pairs(rows: list[tuple[int, int, int]]):
    tasks = [task for task, _, _ in rows]
    labels = [label for _, _, label in rows]
    by_task = [[one for task, _, one in rows if task == unit] for unit in set(tasks)]
    units = [unit for unit in by_task if len(unit) > 1]
    pooled = [one for unit in units for one in unit]
    expected = sum(one != other for one in pooled for other in pooled)
    if expected == 0:
        assert krippendorff_alpha(tasks, labels) is None
        return
    observed = sum(sum(x != y for x in unit for y in unit) / (len(unit) - 1) for unit in units)
    alpha = 1 - (observed / len(pooled)) / (expected / len(pooled) / (len(pooled) - 1))
    assert krippendorff_alpha(tasks, labels) == pytest.approx(alpha)
