"""How sure a label is when skill itself is uncertain, and whose vote would help most."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.quality import CHOICE, SPANS
from evenhand.quality.codes import Floats, Ints
from evenhand.quality.live.overlap import (
    DEPENDENCE_UNKNOWN,
    belief,
    information_gain,
    steadiness,
)
from evenhand.quality.live.records import Experience, Record, expected
from evenhand.quality.live.skills import (
    PastTask,
    experience_from,
    experience_of,
    skills_from_votes,
)
from evenhand.quality.live.verdict import Policy, Settled, Vote, WantMore, judge

LABELS = ("cat", "dog", "bird")


@dataclass(frozen=True, slots=True)
class Crowd:
    """Annotators of set skill and tasks of known truth."""

    truth: Ints
    accuracy: Floats
    chance: np.random.Generator

    def says(self, annotator: int, task: int) -> str:
        right = self.chance.random() < self.accuracy[annotator]
        wrong = (self.truth[task] + self.chance.integers(1, len(LABELS))) % len(LABELS)
        return LABELS[self.truth[task] if right else wrong]


def crowd(seed: int, *, tasks: int, annotators: int, least: float = 0.5) -> Crowd:
    chance = np.random.default_rng(seed)
    return Crowd(
        truth=chance.integers(0, len(LABELS), tasks),
        accuracy=chance.uniform(least, 0.97, annotators),
        chance=chance,
    )


def voted(given: Crowd, votes: int) -> tuple[list[str], list[str], list[str]]:
    """Have each task annotated by so many, drawn anew for each."""
    rows = [
        (f"t{task}", f"a{who}", given.says(int(who), task))
        for task in range(given.truth.size)
        for who in given.chance.permutation(given.accuracy.size)[:votes]
    ]
    tasks, annotators, labels = zip(*rows, strict=True)
    return list(tasks), list(annotators), list(labels)


def test_of_tasks_settled_at_a_probability_at_least_about_that_share_is_right():
    sure: list[float] = []
    right: list[bool] = []
    for seed in range(10):
        # Given records from earlier tasks, short ones; then new tasks, vote by vote.
        given = crowd(seed, tasks=250, annotators=40)
        history = crowd(seed + 100, tasks=150, annotators=40)
        history.accuracy[:] = given.accuracy
        known = experience_of(*voted(history, 3))
        for task in range(given.truth.size):
            verdict = settled(given, task, known)
            sure.append(verdict.confidence)
            right.append(verdict.answer == LABELS[given.truth[task]])

    near = [hit for hit, share in zip(right, sure, strict=True) if share < 0.97]
    assert len(near) > 500
    assert 0.94 <= np.mean(near) <= 0.99
    assert np.mean(sure) - 0.015 <= np.mean(right) <= np.mean(sure) + 0.03


def settled(given: Crowd, task: int, known: Experience) -> Settled:
    policy = Policy(annotations=1, annotations_max=40, target_accuracy=0.95)
    votes: list[Vote] = []
    for who in given.chance.permutation(given.accuracy.size):
        votes.append(Vote(annotator=f"a{who}", answer=given.says(int(who), task)))
        verdict = judge(CHOICE, votes, policy, known, classes=LABELS)
        if isinstance(verdict, Settled):
            return verdict
    raise AssertionError("all annotators together are sure")


def test_a_short_record_is_believed_less_than_a_long_one_of_the_same_share():
    short = Record(votes=4, right=4, right_squared=4, said={"x": {"x": 2}, "y": {"y": 2}})
    long = Record(votes=400, right=400, right_squared=400, said={"x": {"x": 200}, "y": {"y": 200}})
    known = Experience(usual=long, truths={"x": 200, "y": 200}, records={"new": short, "old": long})
    policy = Policy(annotations_max=9, target_accuracy=0.97)

    old = judge(CHOICE, [Vote(annotator="old", answer="x")], policy, known, classes="xy")
    doubtful = Experience(
        usual=Record(
            votes=400, right=280, said={"x": {"x": 140, "y": 60}, "y": {"y": 140, "x": 60}}
        ),
        records={"new": short, "old": long},
    )
    new = judge(CHOICE, [Vote(annotator="new", answer="x")], policy, doubtful, classes="xy")

    assert isinstance(old, Settled)
    assert isinstance(new, WantMore)


def test_before_anything_is_known_one_vote_settles_nothing_at_a_high_target():
    policy = Policy(annotations=1, annotations_max=9, target_accuracy=0.95)
    votes = [Vote(annotator=f"a{number}", answer="x") for number in range(9)]

    wanted = [
        isinstance(judge(CHOICE, votes[:count], policy, classes="xy"), WantMore)
        for count in range(1, 9)
    ]

    # Four votes tell as much as 3.1 that do not depend on each other, five as much as 3.6; 0.7
    # against 0.3 is then 13 and 19 to 1.
    assert wanted == [True, True, True, True, False, False, False, False]


def misled(seed: int, *, votes: int) -> tuple[list[str], list[str], list[str], dict[str, str]]:
    """Have two labels given by good annotators, whom a third of the tasks leaves guessing."""
    chance = np.random.default_rng(seed)
    rows: list[tuple[str, str, str]] = []
    truth: dict[str, str] = {}
    for task in range(300):
        truth[f"t{task}"] = "cat" if chance.random() < 0.5 else "dog"
        right = 0.5 if chance.random() < 0.33 else 0.9
        for who in chance.permutation(40)[:votes]:
            hit = chance.random() < right
            said = truth[f"t{task}"] if hit else {"cat": "dog", "dog": "cat"}[truth[f"t{task}"]]
            rows.append((f"t{task}", f"a{who}", said))
    tasks, annotators, labels = zip(*rows, strict=True)
    return list(tasks), list(annotators), list(labels), truth


def test_votes_on_tasks_that_are_hard_for_all_are_believed_less():
    # Given what 15 votes a task tell of a crowd that errs together, and one whose errors are apart.
    together = experience_of(*misled(1, votes=15)[:3])
    apart = experience_of(*voted(crowd(1, tasks=300, annotators=40, least=0.6), 15))
    assert together.dependence >= 0.15
    assert apart.dependence <= DEPENDENCE_UNKNOWN

    sure: dict[float, list[float]] = {}
    right: dict[float, list[bool]] = {}
    tasks, annotators, labels, truth = misled(2, votes=15)
    for task in truth:
        votes = [
            Vote(annotator=who, answer=said)
            for other, who, said in zip(tasks, annotators, labels, strict=True)
            if other == task
        ]
        for dependence in (0.0, together.dependence):
            verdict = judge(
                CHOICE,
                votes,
                Policy(annotations=15, annotations_max=15),
                replace(together, dependence=dependence),
                classes=("cat", "dog"),
            )
            if isinstance(verdict, Settled):
                sure.setdefault(dependence, []).append(verdict.confidence)
                right.setdefault(dependence, []).append(verdict.answer == truth[task])

    # Then the plain product of all votes is too sure by far, and the other by little.
    plain, weighed = (np.mean(sure[one]) - np.mean(right[one]) for one in sure)
    assert plain > 0.07
    assert abs(weighed) < 0.6 * plain


def test_the_order_in_which_tasks_came_does_not_change_what_was_learned():
    tasks, annotators, labels, _ = misled(3, votes=6)
    rows = list(zip(tasks, annotators, labels, strict=True))
    by_task = sorted(rows, key=lambda row: row[0], reverse=True)  # keeps each task's own order
    assert experience_of(tasks, annotators, labels) == experience_of(
        *(list(column) for column in zip(*by_task, strict=True))
    )


def test_each_vote_is_foretold_from_those_that_came_before_it():
    # Given the same votes, once all of a label together, and once the labels by turns.
    rows = [
        (f"t{task}", f"a{(task * 3 + number) % 20}", "dog" if number < 3 else "cat")
        for task in range(60)
        for number in range(8)
    ]
    turns = sorted(rows, key=lambda row: (row[0], int(row[1][1:]) % 2, row[2]))
    together = experience_of(*(list(column) for column in zip(*rows, strict=True)))
    by_turns = experience_of(*(list(column) for column in zip(*turns, strict=True)))

    # Then whoever trusted the first three was surprised by the rest.
    assert together.dependence > by_turns.dependence
    assert together.records == by_turns.records


def test_a_task_that_no_further_vote_would_change_is_settled_though_unsure():
    # Given annotators who are barely better than a coin: even nine of them are not sure.
    half = Record(votes=600, right=360, said={"x": {"x": 180, "y": 120}, "y": {"y": 180, "x": 120}})
    known = Experience(usual=half, truths={"x": 300, "y": 300}, dependence=0.0)
    policy = Policy(annotations=1, annotations_max=9, target_accuracy=0.95)
    votes = [Vote(annotator=f"a{number}", answer="x") for number in range(7)]

    early = judge(CHOICE, votes[:2], policy, known, classes=("x", "y"))
    late = judge(CHOICE, votes, policy, known, classes=("x", "y"))

    assert isinstance(early, WantMore)
    assert isinstance(late, Settled)
    assert late.confidence < 0.95


@given(votes=st.lists(st.sampled_from(LABELS), min_size=1, max_size=8), left=st.integers(1, 20))
@settings(max_examples=60, deadline=None)
def test_what_is_foretold_of_further_votes_comes_true(votes: list[str], left: int):
    usual = np.full((3, 3), 0.15) + 0.55 * np.eye(3)
    shares = np.array([0.5, 0.3, 0.2])
    likelihoods = usual.T[[LABELS.index(label) for label in votes]]
    probable = belief(likelihoods, shares)
    said = steadiness(likelihoods, shares, usual, left=left)

    # Given what many draws of so many more votes do to the lead.
    chance = np.random.default_rng(7)
    kept = 0
    for _ in range(400):
        true = chance.choice(3, p=probable)
        more = usual.T[chance.choice(3, size=left, p=usual[true])]
        after = belief(np.concatenate([likelihoods, more]), shares)
        kept += int(after.argmax() == probable.argmax())

    # Then it is near that, and near enough where it decides; of few votes a normal curve says less.
    assert kept / 400 - 0.35 <= said <= kept / 400 + 0.25
    assert said < 0.95 or kept / 400 > 0.9


def test_annotators_who_mistake_one_label_for_another_are_understood():
    # Given annotators who call half of the rare label by the common one's name, never the reverse.
    chance = np.random.default_rng(5)
    rows = []
    for task in range(400):
        rare = task % 4 == 0
        for who in chance.permutation(12)[:5]:
            says = "rare" if rare and chance.random() < 0.5 else "common"
            rows.append((f"t{task}", f"a{who}", says))
    known = experience_of(*(list(column) for column in zip(*rows, strict=True)))

    votes = [
        Vote(annotator=f"a{n}", answer=one) for n, one in enumerate(["rare", "rare", "common"])
    ]
    verdict = judge(CHOICE, votes, Policy(annotations=3, annotations_max=3), known)

    assert isinstance(verdict, Settled)
    assert verdict.answer == "rare"
    assert verdict.confidence > 0.95


def test_intervals_hold_the_true_skill_though_the_truth_is_estimated_from_three_votes():
    inside: list[bool] = []
    for seed in range(12):
        given = crowd(seed, tasks=400, annotators=30, least=0.55)
        found = skills_from_votes(*voted(given, 3))
        inside += [
            found[f"a{who}"].lower <= given.accuracy[who] <= found[f"a{who}"].upper
            for who in range(given.accuracy.size)
        ]
    assert np.mean(inside) >= 0.9


def test_learning_task_by_task_comes_to_what_learning_at_once_does():
    given = crowd(7, tasks=600, annotators=20)
    columns = voted(given, 4)
    by_task: dict[str, list[tuple[str, str]]] = {}
    for task, annotator, label in zip(*columns, strict=True):
        by_task.setdefault(task, []).append((annotator, label))
    names = list(by_task)
    first = {"t" + str(number) for number in range(300)}
    known = experience_of(
        *zip(*[row for row in zip(*columns, strict=True) if row[0] in first], strict=True)
    )
    for begin in range(300, 600, 50):
        done = [
            PastTask(kind=CHOICE, votes=by_task[name], classes=LABELS)
            for name in names[begin : begin + 50]
        ]
        known = known.plus(experience_from(done, known))

    whole = experience_of(*columns)
    for who in whole.records:
        assert known.records[who].votes == pytest.approx(whole.records[who].votes)
        assert known.accuracy(who) == pytest.approx(whole.accuracy(who), abs=0.04)


def test_a_reviewers_word_teaches_more_than_agreement():
    task = PastTask(
        kind=CHOICE, votes=[("ann", "cat"), ("ben", "cat")], truth="dog", classes=LABELS
    )
    known = experience_from([task], Experience())
    assert known.records["ann"].right == 0
    assert known.truths == {"dog": 1.0}


def test_skill_is_known_for_answers_that_are_more_or_less_alike():
    chance = np.random.default_rng(3)
    tasks = []
    for _ in range(120):
        start = int(chance.integers(0, 50))
        good = [(start, start + 10, "name")]
        tasks.append(
            PastTask(
                kind=SPANS,
                votes=[("ann", good), ("ben", good), ("eve", [(start + 30, start + 35, "name")])],
            )
        )
    known = experience_from(tasks, Experience())
    assert known.accuracy("ann") > known.accuracy("eve") + 0.3
    votes = [
        Vote(annotator="ann", answer=[(0, 4, "name")]),
        Vote(annotator="eve", answer=[(20, 24, "name")]),
    ]
    verdict = judge(SPANS, votes, Policy(annotations=2, annotations_max=2), known)
    assert getattr(verdict, "answer", None) == [(0, 4, "name")]


counts = st.lists(st.lists(st.floats(0, 50), min_size=3, max_size=3), min_size=3, max_size=3)


@given(
    tables=st.lists(counts, min_size=1, max_size=4),
    shares=st.lists(st.floats(0.01, 1), min_size=3, max_size=3),
)
@settings(max_examples=60, deadline=None)
def test_no_vote_is_expected_to_make_us_less_sure_and_a_coin_adds_nothing(
    tables: list[list[list[float]]], shares: list[float]
):
    rates = np.array(tables) + 0.01
    rates /= rates.sum(axis=2, keepdims=True)
    probable = np.array(shares) / sum(shares)
    coin = np.full((1, 3, 3), 1 / 3)
    gains = information_gain(probable, np.concatenate([rates, coin]))
    assert (gains >= 0).all()
    assert gains[-1] == pytest.approx(0, abs=1e-9)
    sharp = np.eye(3)[None] * 0.97 + 0.01
    assert (information_gain(probable, sharp) >= gains[-1] - 1e-9).all()


@given(order=st.permutations(range(5)))
@settings(max_examples=30, deadline=None)
def test_a_belief_does_not_depend_on_who_came_first(order: list[int]):
    known = Experience(records={"a1": Record(votes=9, said={"cat": {"cat": 5, "dog": 4}})})
    votes = [("a1", "cat"), ("a2", "dog"), ("a3", "dog"), ("a4", "cat"), ("a5", "bird")]
    hoped = expected(known, LABELS, [name for name, _ in votes])
    plain = belief(hoped.likelihoods(votes), hoped.shares)
    mixed = belief(hoped.likelihoods([votes[place] for place in order]), hoped.shares)
    assert (plain == mixed).all()
    assert plain.sum() == pytest.approx(1)
