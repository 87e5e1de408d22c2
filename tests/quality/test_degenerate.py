"""Solutions that ran away from the votes are named, and sound ones are left in peace."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from quality.crowd_sets import NAMES, crowd_set, public_set
from quality.crowds import Crowd, coded, crowd_of, small_votes

from evenhand.quality.choice.dawid_skene import dawid_skene
from evenhand.quality.choice.degenerate import compare, degenerate
from evenhand.quality.choice.fit import NOTHING_KNOWN, Known
from evenhand.quality.choice.ibcc import ibcc
from evenhand.quality.choice.majority import majority_vote
from evenhand.quality.choice.methods import METHODS
from evenhand.quality.choice.one_coin import one_coin
from evenhand.quality.codes import Floats, leaders
from evenhand.quality.votes import Votes, grouped

every_method = pytest.mark.parametrize("method", METHODS.values(), ids=METHODS.keys())


def said_of(votes: Votes, posterior: Floats) -> str:
    return degenerate(votes, NOTHING_KNOWN, posterior) or "sound"


def right(crowd: Crowd, posterior: Floats) -> float:
    return float((leaders(posterior) == crowd.truth).mean())


@pytest.fixture(scope="module")
def crowd() -> Crowd:
    return crowd_of(tasks=300, annotators=15, each=5, labels=3, seed=5)


def test_a_solution_that_gave_up_a_label_says_so(crowd: Crowd):
    posterior = ibcc(crowd.votes).posterior
    assert said_of(crowd.votes, posterior) == "sound"
    given_up = posterior[:, [0, 1, 2]] * [1, 1, 0] + posterior[:, [2]] * [1, 0, 0]
    assert "1 of 3 labels" in said_of(crowd.votes, given_up)
    assert "hardly ever likeliest" in said_of(crowd.votes, given_up)


def test_a_solution_in_which_labels_changed_places_says_so(crowd: Crowd):
    posterior = ibcc(crowd.votes).posterior
    assert "changed places" in said_of(crowd.votes, posterior[:, [1, 2, 0]])
    assert "changed places" in said_of(crowd.votes, posterior[:, [1, 0, 2]][:, [0, 2, 1]])


@pytest.mark.parametrize("seed", range(5))
def test_a_solution_that_has_nothing_to_do_with_the_votes_says_so(crowd: Crowd, seed: int):
    posterior = np.random.default_rng(seed).dirichlet([0.3] * 3, 300)
    assert "as chance would" in said_of(crowd.votes, posterior)


def test_a_solution_in_which_votes_are_right_less_often_than_chance_says_so():
    # On all tasks but ten two labels tie, and the solution has the third.
    task = np.repeat(np.arange(100), 2)
    label = np.where(task < 10, 0, np.arange(200) % 2)
    votes = coded(task, np.arange(200) % 2, label, (100, 2, 3))
    posterior = np.eye(3)[np.where(np.arange(100) < 10, 0, 2)]
    assert "less often than chance" in said_of(votes, posterior)
    posterior[10:] = [0.4, 0.2, 0.4]
    assert said_of(votes, posterior) == "sound"


def test_one_coin_swallows_labels_of_real_sets_and_dawid_skene_does_not():
    for name in ("S_Rel", "Bluebird"):
        votes = public_set(name).votes
        assert "hardly ever likeliest" in (one_coin(votes).degenerate or "")
        assert dawid_skene(votes).degenerate is None


@pytest.mark.parametrize("name", NAMES)
def test_dawid_skene_is_sound_on_public_sets(name: str):
    assert dawid_skene(crowd_set(name).votes).degenerate is None


def with_mistakes(seed: int) -> Crowd:
    """Draw votes on two labels, one in ten of which gives a third that is never right."""
    chance = np.random.default_rng(seed)
    truth = chance.choice(2, 500, p=[0.8, 0.2])
    task = np.repeat(np.arange(500), 5)
    who = np.concatenate([chance.permutation(20)[:5] for _ in range(500)])
    drawn = chance.random(task.size)
    label = np.where(drawn < 0.82, truth[task], np.where(drawn < 0.9, 1 - truth[task], 2))
    votes = coded(task, who, label, (500, 20, 3))
    return Crowd(votes=votes, truth=truth, skill=np.full(20, 0.82))


@every_method
@pytest.mark.parametrize("seed", range(3))
def test_a_label_given_by_mistake_is_no_label_given_up(method, seed: int):
    crowd = with_mistakes(seed)
    fit = method(crowd.votes, NOTHING_KNOWN)
    # Dawid-Skene takes the third label for a hard case of the others, and still is mostly right.
    assert right(crowd, fit.posterior) > 0.8
    assert fit.degenerate is None


def outvoted(seed: int, spammers: int = 12) -> Crowd:
    """Draw votes of six who are right nine times in ten, among more who do worse than guess."""
    chance = np.random.default_rng(seed)
    skill = np.array([0.9] * 6 + [0.4] * spammers)
    truth = chance.integers(0, 2, 400)
    who = np.concatenate([chance.permutation(skill.size)[:8] for _ in range(400)])
    task = np.repeat(np.arange(400), 8)
    label = np.where(chance.random(task.size) < skill[who], truth[task], 1 - truth[task])
    return Crowd(votes=coded(task, who, label, (400, skill.size, 2)), truth=truth, skill=skill)


@pytest.mark.parametrize("name", ["dawid-skene", "one-coin", "map", "hierarchical", "ibcc", "glad"])
@pytest.mark.parametrize("seed", range(3))
def test_those_who_know_may_outvote_a_crowd_that_guesses(name: str, seed: int):
    crowd = outvoted(seed)
    fit = METHODS[name](crowd.votes, NOTHING_KNOWN)
    assert right(crowd, fit.posterior) > 0.85
    given = crowd.votes.by_annotator()
    assert given[fit.skill < 0.5].sum() > 0.5 * given.sum(), "most votes are below chance"
    assert fit.degenerate is None


@every_method
def test_a_sound_solution_from_short_records_is_left_in_peace(method):
    # 150 annotators with about seven votes each on ten labels, nearly all right.
    chance = np.random.default_rng(4)
    truth = chance.integers(0, 10, 200)
    task = np.repeat(np.arange(200), 5)
    who = np.concatenate([chance.permutation(150)[:5] for _ in range(200)])
    wrong = chance.random(task.size) > 0.85
    label = (truth[task] + wrong * chance.integers(1, 10, task.size)) % 10
    crowd = Crowd(
        votes=coded(task, who, label, (200, 150, 10)), truth=truth, skill=np.full(150, 0.85)
    )
    fit = method(crowd.votes, NOTHING_KNOWN)
    assert right(crowd, fit.posterior) > 0.75
    assert fit.degenerate is None


@every_method
@settings(max_examples=15, deadline=None)
@given(votes=small_votes())
def test_every_method_is_judged_alike(method, votes: Votes):
    fit = method(votes, NOTHING_KNOWN)
    judged = degenerate(votes, NOTHING_KNOWN, fit.posterior)
    # Nothing is asked of the majority, which cannot run away from itself.
    assert fit.degenerate == judged


def test_what_is_known_may_turn_the_majorities_round():
    crowd = outvoted(1, spammers=40)
    gold = np.where(np.arange(400) < 100, crowd.truth, -1).astype(np.int32)
    turned = np.eye(2)[crowd.truth]
    assert "contradicts" in said_of(crowd.votes, 1 - ibcc(crowd.votes).posterior)
    assert degenerate(crowd.votes, Known(gold=gold), turned) is None
    # And yet a label that nothing is left of is named.
    lost = np.tile([1.0, 0.0], (400, 1))
    assert "hardly ever" in (degenerate(crowd.votes, Known(gold=gold), lost) or "")


@given(tasks=st.integers(1, 12), labels=st.integers(1, 2))
@settings(max_examples=20, deadline=None)
def test_no_soundness_is_asked_of_too_little(tasks: int, labels: int):
    # One label is nobody's to swallow, and without votes there is nothing to contradict.
    nothing = np.zeros(0, dtype=np.int32)
    votes = grouped(
        nothing, nothing, nothing, task_count=tasks, annotator_count=1, label_count=labels
    )
    assert degenerate(votes, NOTHING_KNOWN, np.zeros((tasks, labels))) is None
    one = np.zeros(tasks, dtype=np.int32)
    votes = grouped(
        np.arange(tasks, dtype=np.int32), one, one,
        task_count=tasks, annotator_count=1, label_count=1,
    )  # fmt: skip
    assert degenerate(votes, NOTHING_KNOWN, np.ones((tasks, 1))) is None


@settings(max_examples=30, deadline=None)
@given(votes=small_votes(), seed=st.integers(0, 9))
def test_what_leads_is_counted_as_elsewhere(votes: Votes, seed: int):
    # In tenths, so that there are ties.
    posterior = np.random.default_rng(seed).integers(0, 4, (votes.task_count, votes.label_count))
    majority, solution = np.zeros((2, votes.label_count), np.int64)
    weights = np.empty(0) if votes.weights is None else votes.weights
    both, right = compare((votes.starts, votes.labels), weights, posterior / 10, majority, solution)
    by_majority, by_solution = leaders(majority_vote(votes).posterior), leaders(posterior / 10)
    assert majority.tolist() == [(by_majority == label).sum() for label in range(majority.size)]
    assert solution.tolist() == [(by_solution == label).sum() for label in range(majority.size)]
    assert both == ((by_majority == by_solution) & (by_majority >= 0)).sum()
    assert right == pytest.approx(
        (votes.weight() * posterior[votes.tasks(), votes.labels] / 10).sum()
    )
