"""Scores: right answers of those whose truth is known."""

from typing import cast

from evenhand.demo import score
from evenhand.demo.annotating import Labour
from evenhand.demo.annotators import Annotator
from evenhand.demo.questions import answer_of
from evenhand.demo.score import Hits

NOBODY = cast("Annotator", None)


def labours(*given: dict[str, str]) -> list[Labour]:
    return [Labour(annotator=NOBODY, given=answers) for answers in given]


def test_only_answers_whose_truth_is_known_count():
    assert score.hits({"a": "1", "b": "2", "c": "3"}, {"a": "1", "b": "9"}) == Hits(1, 2)


def test_an_answer_left_open_is_not_right():
    assert score.hits({"a": None}, {"a": "1"}) == Hits(0, 1)


def test_without_anything_to_judge_there_is_no_share():
    assert Hits(0, 0).share is None
    assert (Hits(1, 2) + Hits(2, 2)).share == 0.75


def test_annotators_who_always_agree_agree_perfectly():
    both = labours({"a": "1", "b": "2"}, {"a": "1", "b": "2"})
    assert score.agreement(both, ["a", "b"]) == 1


def test_annotators_who_never_agree_agree_less_than_by_chance():
    both = labours({"a": "1", "b": "2"}, {"a": "2", "b": "1"})
    agreement = score.agreement(both, ["a", "b"])
    assert agreement is not None
    assert agreement < 0


def test_answers_to_other_tenants_attachments_are_left_out():
    both = labours({"a": "1", "rival's": "2"}, {"a": "1", "rival's": "3"})
    assert score.annotations_on(both, ["a"]) == 2
    assert score.agreement(both, ["rival's"]) is not None
    assert score.agreement(both, ["nothing"]) is None


def test_the_answer_of_a_response_is_its_category_or_choice():
    assert answer_of({"category": "7"}) == "7"
    assert answer_of({"choice": "the first"}) == "the first"
    assert answer_of({"annotations": []}) is None
    assert answer_of(None) is None
