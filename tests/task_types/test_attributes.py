"""Attributes are asked of each mark, proven, and decided by most of those who saw the mark."""

from typing import Any

import pytest
from task_types.samples import PICTURE

from evenhand.task_types import InvalidParams, InvalidResponse, task_type

CAR = {"type": "box", "label": "car", "left": 0, "top": 0, "width": 100, "height": 100}
ASKED = {
    "parked": {"choices": ["yes", "no"], "description": "Is it parked?"},
    "heading": {
        "type": "angle",
        "conditions": {
            "label_condition": {"label": ["car", "bus"]},
            "attribute_conditions": [{"parked": "no"}],
        },
    },
    "colours": {"type": "category", "choices": ["red", "blue", "white"], "allow_multiple": True},
    "doors": {"type": "number", "min": 0, "max": 9},
    "remark": {"type": "text", "required": False},
    "is_old": {"type": "boolean"},
}
WHOLE = {"parked": "yes", "colours": ["blue"], "doors": 4, "is_old": False}


def pictures(asked: dict[str, Any] = ASKED) -> tuple[Any, dict[str, object]]:
    kind = task_type("imageannotation")
    raw = {
        "attachment": PICTURE,
        "geometries": {"box": {"objects_to_annotate": ["car", "bus", "tree"]}},
        "annotation_attributes": asked,
    }
    return kind, kind.parse_params(raw)


def texts(asked: dict[str, Any] = ASKED) -> tuple[Any, dict[str, object]]:
    kind = task_type("namedentityrecognition")
    raw = {"text": "Anna met Ben.", "labels": ["car", "bus"], "annotation_attributes": asked}
    return kind, kind.parse_params(raw)


def proven(kind: Any, params: Any, mark: dict[str, object], said: object) -> dict[str, Any]:
    response = kind.check_response(params, {"annotations": [{**mark, "attributes": said}]})
    return response["annotations"][0]


@pytest.mark.parametrize(
    ("made", "mark"), [(pictures, CAR), (texts, {"start": 0, "end": 4, "label": "car"})]
)
def test_attributes_of_a_mark_come_out_in_the_order_in_which_they_are_asked(made: Any, mark: Any):
    kind, params = made()
    said = {"is_old": False, "doors": 4.0, "colours": ["white", "red", "red"], "parked": "yes"}
    out = proven(kind, params, mark, said)["attributes"]
    assert list(out.items()) == [
        ("parked", "yes"),
        ("colours", ["red", "white"]),
        ("doors", 4),
        ("is_old", False),
    ]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({**WHOLE, "parked": "maybe"}, "parked` is not one of the choices"),
        ({**WHOLE, "parked": ["yes"]}, "parked` is not one of the choices"),
        ({**WHOLE, "colours": ["green"]}, "colours` is not one of the choices"),
        ({**WHOLE, "doors": 10}, "doors` lies outside 0 to 9"),
        ({**WHOLE, "doors": True}, "doors` is not a number"),
        ({**WHOLE, "is_old": "yes"}, "is_old` is not true or false"),
        ({**WHOLE, "remark": "x" * 10_001}, "remark` is not a text"),
        ({**WHOLE, "size": 1}, "does not ask for"),
        ({**WHOLE, "heading": 90}, "heading` is answered, and is not asked"),
        ({**WHOLE, "parked": "no"}, "heading` is missing"),
        ({**WHOLE, "parked": "no", "heading": 361}, "heading` lies outside 0 to 360"),
        ({**WHOLE, "doors": None}, "doors` is missing"),
        ({}, "parked` is missing"),
    ],
)
def test_attributes_that_do_not_answer_what_is_asked_are_refused(said: object, why: str):
    with pytest.raises(InvalidResponse, match=why):
        proven(*pictures(), CAR, said)


def test_a_condition_on_the_label_asks_of_those_marks_alone():
    kind, params = pictures()
    moving = {**WHOLE, "parked": "no"}
    assert proven(kind, params, {**CAR, "label": "tree"}, moving)["attributes"] == moving
    with_heading = {**moving, "heading": 90}
    assert proven(kind, params, {**CAR, "label": "bus"}, with_heading)["attributes"][
        "heading"
    ] == pytest.approx(90)


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"a": {"type": "cuboid"}}, "Invalid enum value|invalid enum value"),
        ({"a": {"choices": []}}, "offers no choices"),
        ({"a": {"type": "text", "choices": ["x"]}}, "has no choices"),
        ({"a": {"type": "text", "allow_multiple": True}}, "has no choices"),
        ({"a": {"type": "number", "min": 2, "max": 1}}, "min above its max"),
        ({"a": {"choices": ["x"], "min": 1}}, "min or max"),
        ({"a": {"choices": ["x"], "colour": 1}}, "colour` is not known here"),
        ({" ": {"choices": ["x"]}}, "blank"),
        ({str(n): {"choices": ["x"]} for n in range(51)}, "51 attributes"),
        ({"a": {"choices": ["x"], "conditions": {}}}, "is no condition"),
        ({"a": {"choices": ["x"], "conditions": {"label": "car"}}}, "is no condition"),
        ({"a": {"choices": ["x"], "conditions": {"label_condition": {"x": 1}}}}, "no condition"),
        (
            {"a": {"choices": ["x"], "conditions": {"label_condition": {"label": "plane"}}}},
            "waits for 'plane'",
        ),
        (
            {"a": {"choices": ["x"], "conditions": {"attribute_conditions": [{"b": "x"}]}}},
            "looks at 'b'",
        ),
        (
            {
                "b": {"choices": ["y"]},
                "a": {"choices": ["x"], "conditions": {"attribute_conditions": [{"b": "x"}]}},
            },
            "waits for 'x'",
        ),
        (
            {
                "b": {"choices": ["y"], "conditions": {"attribute_conditions": {"a": "x"}}},
                "a": {"choices": ["x"], "conditions": {"attribute_conditions": {"b": "y"}}},
            },
            "wait for each other",
        ),
    ],
)
def test_attributes_that_nobody_could_answer_are_refused(asked: dict[str, Any], why: str):
    for made in (pictures, texts):
        with pytest.raises(InvalidParams, match=why) as refused:
            made(asked)
        assert "annotation_attributes" in str(refused.value)


@pytest.mark.parametrize("made", [pictures, texts])
def test_a_test_task_answers_what_is_asked(made: Any):
    kind, params = made()
    canned = kind.canned_response(params)
    assert kind.check_response(params, canned) == canned
    assert canned["annotations"][0]["attributes"]["parked"] == "yes"


def box(left: float, **attributes: object) -> dict[str, object]:
    return {"annotations": [{**CAR, "left": left, "attributes": {**WHOLE, **attributes}}]}


def test_what_most_said_of_a_mark_is_delivered_with_it():
    kind, params = pictures()
    given = [
        box(0, doors=2, colours=["red"]),
        box(4, doors=4, colours=["blue"], is_old=True),
        box(8, doors=5, colours=["blue"], is_old=True),
    ]
    responses = [kind.check_response(params, one) for one in given]
    reading = kind.reading(params)
    answer = reading.kind.consensus([reading.answer(one) for one in responses], [1, 1, 1]).answer
    for several in (responses, responses[::-1]):
        (mark,) = reading.deliverable(answer, several)["annotations"]
        assert mark["left"] == pytest.approx(4)
        assert mark["attributes"] == {
            "parked": "yes",
            "colours": ["blue"],
            "doors": 4,
            "is_old": True,
        }


def test_marks_keep_their_own_attributes_when_several_are_drawn():
    kind, params = pictures({"n": {"type": "number"}})
    drawn = [
        {
            "annotations": [
                {**CAR, "left": place * 90 + shift, "attributes": {"n": place}} for place in order
            ]
        }
        for shift, order in ((0, (0, 1, 2, 3)), (3, (3, 1, 0, 2)), (-0.0, (2, 3, 0, 1)))
    ]
    responses = [kind.check_response(params, one) for one in drawn]
    reading = kind.reading(params)
    answer = reading.kind.consensus([reading.answer(one) for one in responses], [1, 1, 1]).answer
    delivered = reading.deliverable(answer, responses)["annotations"]
    assert sorted((round(one["left"] / 90), one["attributes"]["n"]) for one in delivered) == [
        (place, place) for place in range(4)
    ]


def test_what_a_condition_rules_out_by_the_votes_is_not_delivered():
    kind, params = pictures()
    moving = {"parked": "no", "heading": 10}
    given = [box(0, **moving), box(0), box(0)]
    responses = [kind.check_response(params, one) for one in given]
    reading = kind.reading(params)
    answer = reading.answer(responses[0])
    (mark,) = reading.deliverable(answer, responses)["annotations"]
    assert mark["attributes"] == WHOLE


def test_spans_that_overlap_by_half_vote_together():
    kind, params = texts({"kind": {"choices": ["he", "she"]}})
    given = [
        {"annotations": [{"start": 0, "end": end, "label": "car", "attributes": {"kind": said}}]}
        for end, said in ((4, "she"), (5, "he"), (6, "she"))
    ]
    responses = [kind.check_response(params, one) for one in given]
    reading = kind.reading(params)
    answer = reading.kind.consensus([reading.answer(one) for one in responses], [1, 1, 1]).answer
    (mark,) = reading.deliverable(answer, responses)["annotations"]
    assert mark["attributes"] == {"kind": "she"}


def test_a_tie_falls_by_the_text_and_not_by_the_order():
    kind, params = pictures({"c": {"choices": ["b", "a"]}})
    responses = [
        kind.check_response(params, {"annotations": [{**CAR, "attributes": {"c": said}}]})
        for said in ("b", "a")
    ]
    reading = kind.reading(params)
    answer = reading.answer(responses[0])
    told = [
        reading.deliverable(answer, several)["annotations"][0]["attributes"]
        for several in (responses, responses[::-1])
    ]
    assert told == [{"c": "a"}, {"c": "a"}]
