"""What a categorization may ask and answer."""

import pytest
from task_types.samples import PICTURE, SAMPLES

from evenhand.quality import CHOICE, CHOICES
from evenhand.task_types import InvalidParams, InvalidResponse, task_type

KIND = task_type("categorization")
ONE = KIND.parse_params(SAMPLES["categorization"]["one"])
SEVERAL = KIND.parse_params(SAMPLES["categorization"]["several"])


def test_allow_multiple_is_false_unless_said_otherwise():
    assert ONE["allow_multiple"] is False


def test_a_form_encoded_true_counts_as_true():
    assert KIND.parse_params({**ONE, "allow_multiple": "True"})["allow_multiple"] is True


def test_a_text_attachment_is_shown_and_any_other_is_fetched():
    assert KIND.attachments(ONE) == {PICTURE: "image"}
    assert KIND.attachments(SEVERAL) == {}


def test_one_category_is_a_choice_and_several_are_a_set():
    assert KIND.reading(ONE).kind == CHOICE
    assert KIND.reading(ONE).answer({"category": "dog"}) == "dog"
    assert KIND.reading(SEVERAL).kind == CHOICES
    assert KIND.reading(SEVERAL).answer({"category": ["joy", "fear"]}) == {"joy", "fear"}


def test_several_categories_come_out_in_the_order_of_the_params_with_their_ids():
    checked = KIND.check_response(SEVERAL, {"category": ["fear", "joy", "joy"]})
    assert checked == {"category": ["joy", "fear"], "category_id": ["j"]}


def test_none_of_several_is_an_answer_too():
    assert KIND.reading(SEVERAL).response(frozenset()) == {"category": []}


@pytest.mark.parametrize(
    ("response", "why"),
    [
        ({"category": "cow"}, "not among"),
        ({"category": ["cat", "dog"]}, "exactly one"),
        ({"category": []}, "exactly one"),
        ({"category": 1}, "expected"),
        ({}, "`category` is missing"),
    ],
)
def test_a_response_outside_the_categories_is_refused(response: dict[str, object], why: str):
    with pytest.raises(InvalidResponse, match=why):
        KIND.check_response(ONE, response)


def test_a_parent_of_categories_cannot_be_chosen():
    with pytest.raises(InvalidResponse, match="grief"):
        KIND.check_response(SEVERAL, {"category": ["grief"]})


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"categories": []}, "`categories` is empty"),
        ({"categories": ["cat", "cat"]}, "'cat' twice"),
        ({"categories": ["cat", {"choice": "pets", "subchoices": ["cat"]}]}, "'cat' twice"),
        ({"categories": ["cat", " "]}, "blank or too long"),
        ({"categories": [f"c{n}" for n in range(2_001)]}, "more than 2,000"),
        ({"category_ids": {"1": "cow"}}, "'cow'"),
        ({"category_ids": {"1": "cat", "2": "cat"}}, "two ids"),
        ({"attachment_type": "picture"}, "one of text, image"),
        ({"attachment": "picture.jpg"}, "absolute URL"),
        ({"attachment": "https://example.com/" + "a" * 9_000}, "8,192"),
        ({"attachment": "  ", "attachment_type": "text"}, "blank"),
    ],
)
def test_params_that_cannot_be_worked_on_are_refused_with_a_remedy(
    change: dict[str, object], why: str
):
    with pytest.raises(InvalidParams, match=why):
        KIND.parse_params({**ONE, **change})


def test_one_category_is_enough():
    assert KIND.parse_params({**ONE, "categories": ["cat"]})["categories"] == ["cat"]


SHORT = {"attachment": "What is it?", "attachment_type": "text", "categories": ["cat", "dog"]}
ODD_ONES = [
    {},
    {"allow_multiple": True},
    {"allow_multiple": 1.0},
    {"allow_multiple": "true"},
    {"allow_multiple": None},
    {"attachment": ""},
    {"attachment": " \n"},
    {"attachment": "nul \0"},
    {"attachment": "half a pair \ud800"},
    {"attachment": "whole 🐈"},
    {"attachment": "x" * 1_000_001},
    {"attachment": 7},
    {"attachment_type": "image"},
    {"attachment_type": None},
    {"categories": []},
    {"categories": ["cat", "cat"]},
    {"categories": ["cat", " "]},
    {"categories": ["cat", "\0"]},
    {"categories": ["cat", 1]},
    {"categories": ["cat", None]},
    {"categories": ["cat", {"choice": "dog", "subchoices": ["pug"]}]},
    {"categories": ["x" * 501]},
    {"categories": [str(n) for n in range(2_001)]},
    {"categories": "cat"},
    {"source": "camera 7", "row": 7, "share": 0.5},
    {"source": "nul \0"},
    {"source": "half a pair \ud800"},
    {"source\0": "camera"},
    {"row": 2**64},
    {"row": float("nan")},
    {"row": None},
    {"seen": True},
    {"attachments": None},
    {"attachments": []},
    {"attachments": 7},
    {"category_ids": "c"},
    {"category_ids": {"c": "cow"}},
]


@pytest.mark.parametrize("odd", ODD_ONES, ids=lambda odd: repr(odd)[:40])
def test_a_short_task_is_proven_as_strictly_as_any_other(odd: dict[str, object]):
    def told(params: dict[str, object]) -> dict[str, object] | str:
        try:
            return KIND.parse_params(params)
        except InvalidParams as error:
            return str(error)

    KIND.parse_params(SHORT)
    # With what a short one may not have, were it only a null, it goes the long way.
    assert told({**SHORT, **odd}) == told(
        {**SHORT, "attachments": None, "category_ids": None, **odd}
    )
