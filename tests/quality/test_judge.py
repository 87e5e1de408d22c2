"""The verdict on one task."""

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.quality import (
    CHOICE,
    CHOICES,
    NeedsReview,
    Policy,
    Settled,
    Vote,
    WantMore,
    judge,
)

TWO_OR_THREE = Policy(annotations=2, annotations_max=3, confidence=0.6)


def voted(*labels: str) -> list[Vote]:
    return [Vote(annotator=f"a{number}", answer=label) for number, label in enumerate(labels)]


def test_the_votes_wanted_at_first_are_waited_for():
    policy = Policy(annotations=3, annotations_max=5)
    assert judge(CHOICE, [], policy) == WantMore(annotations=3, reason="0 of 3 votes are in")
    assert judge(CHOICE, voted("x"), policy) == WantMore(
        annotations=2, reason="1 of 3 votes are in"
    )


def test_votes_that_agree_settle():
    assert judge(CHOICE, voted("x", "x"), TWO_OR_THREE) == Settled(
        answer="x", confidence=1.0, agreement=1.0, method="majority"
    )


def test_a_tie_asks_for_one_more_and_in_the_end_for_a_person():
    assert isinstance(judge(CHOICE, voted("x", "y"), TWO_OR_THREE), WantMore)
    verdict = judge(CHOICE, voted("x", "y", "z"), TWO_OR_THREE)
    assert isinstance(verdict, NeedsReview)
    assert verdict.answer is None


def test_doubt_asks_for_more_while_more_may_be_asked_for():
    policy = Policy(annotations=3, annotations_max=4, confidence=0.7)
    assert isinstance(judge(CHOICE, voted("x", "x", "y"), policy), WantMore)
    assert isinstance(judge(CHOICE, voted("x", "x", "y", "x"), policy), Settled)
    # All that may be asked for are in, and nobody reviews: what leads is the answer.
    assert isinstance(judge(CHOICE, voted("x", "x", "y", "z"), policy), Settled)


def test_what_stays_doubtful_goes_to_review_where_the_policy_has_one():
    policy = Policy(annotations=3, annotations_max=3, confidence=0.6, review_below=0.8)
    verdict = judge(CHOICE, voted("x", "x", "y"), policy)
    assert isinstance(verdict, NeedsReview)
    assert verdict.answer == "x"


def test_one_annotation_is_enough_if_the_policy_says_so():
    verdict = judge(CHOICE, voted("x"), Policy())
    assert verdict == Settled(answer="x", confidence=1.0, agreement=None, method="majority")


def test_skill_outweighs_number():
    votes = voted("x", "y", "y")
    verdict = judge(CHOICE, votes, TWO_OR_THREE, {"a0": 0.98, "a1": 0.6, "a2": 0.6})
    assert isinstance(verdict, Settled)
    assert verdict.answer == "x"
    # Odds of 49 against 1.5 twice over.
    assert verdict.confidence == pytest.approx(49 / (49 + 2.25))


def test_more_labels_to_choose_from_make_a_chance_agreement_less_likely():
    skills = {"a0": 0.7, "a1": 0.7}
    few = judge(CHOICE, voted("x", "x"), TWO_OR_THREE, skills, classes=2)
    many = judge(CHOICE, voted("x", "x"), TWO_OR_THREE, skills, classes=10)
    assert isinstance(few, Settled)
    assert isinstance(many, Settled)
    assert many.confidence > few.confidence


def test_nobody_is_believed_wholly_and_nobody_is_turned_round():
    certain = judge(CHOICE, voted("x", "x"), TWO_OR_THREE, {"a0": 1.0, "a1": 0.0})
    assert isinstance(certain, Settled)
    assert certain.confidence == pytest.approx(0.99)
    assert isinstance(judge(CHOICE, voted("x", "x"), TWO_OR_THREE, {"a0": 0, "a1": 0}), WantMore)


def test_whoever_has_no_record_counts_as_the_mean_of_the_others():
    known = judge(CHOICE, voted("x", "x"), TWO_OR_THREE, {"a0": 0.8, "a1": 0.8})
    assert judge(CHOICE, voted("x", "x"), TWO_OR_THREE, {"a0": 0.8}) == known


def test_skills_weigh_votes_of_every_kind():
    votes = [
        Vote(annotator="ann", answer=frozenset({"joy"})),
        Vote(annotator="ben", answer=frozenset({"fear"})),
    ]
    verdict = judge(
        CHOICES, votes, Policy(annotations=2, annotations_max=2), {"ann": 0.9, "ben": 0.6}
    )
    assert isinstance(verdict, Settled)
    assert verdict.answer == frozenset({"joy"})


def test_a_second_vote_of_one_annotator_is_refused():
    with pytest.raises(ValueError, match="one vote"):
        judge(CHOICE, [*voted("x"), *voted("y")], TWO_OR_THREE)


@pytest.mark.parametrize(
    "policy",
    [
        {"annotations": 0},
        {"annotations": 2, "annotations_max": 1},
        {"confidence": 1.1},
        {"review_below": -0.1},
        {"confidence": float("nan")},
    ],
)
def test_a_policy_that_no_task_could_satisfy_is_refused(policy: dict[str, float]):
    with pytest.raises(ValueError, match="Keep"):
        Policy(**policy)  # pyright: ignore[reportArgumentType]


@given(
    labels=st.lists(st.sampled_from("xyz"), max_size=6),
    skills=st.dictionaries(
        st.sampled_from(["a0", "a1", "a2", "a3"]), st.floats(allow_nan=True) | st.floats(0, 1)
    ),
    chance=st.randoms(use_true_random=False),
)
@settings(max_examples=200, deadline=None)
def test_a_verdict_never_depends_on_who_came_first_or_on_names_of_labels(
    labels: list[str], skills: dict[str, float], chance: object
):
    votes = voted(*labels)
    policy = Policy(annotations=1, annotations_max=4, confidence=0.8, review_below=0.6)
    verdict = judge(CHOICE, votes, policy, skills)
    shuffled = list(votes)
    chance.shuffle(shuffled)  # pyright: ignore[reportAttributeAccessIssue]
    assert judge(CHOICE, shuffled, policy, skills) == verdict
    renamed = {"x": "z", "y": "x", "z": "y"}
    other = judge(CHOICE, voted(*(renamed[label] for label in labels)), policy, skills)
    assert type(other) is type(verdict)
    if isinstance(verdict, Settled) and isinstance(other, Settled):
        assert other.answer == renamed[verdict.answer]  # pyright: ignore[reportArgumentType]


def test_the_statistics_bring_nothing_else_along():
    code = (
        "import sys, evenhand.quality;"
        "print(sorted(m for m in sys.modules if m.startswith('evenhand.')"
        " and not m.startswith('evenhand.quality')), 'msgspec' in sys.modules)"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert printed.split("\n")[0] == "[] False"
