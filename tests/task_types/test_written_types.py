"""What text collections, comparisons and transcriptions may ask and answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from task_types.samples import SAMPLES

from evenhand.quality import CHOICE
from evenhand.task_types import InvalidParams, InvalidResponse, TaskType, task_type

COLLECTION = task_type("textcollection")
COMPARISON = task_type("comparison")
TRANSCRIPTION = task_type("transcription")
QUESTION = COLLECTION.parse_params(SAMPLES["textcollection"]["question"])
FORM = COLLECTION.parse_params(SAMPLES["textcollection"]["form"])
RECEIPT = TRANSCRIPTION.parse_params(SAMPLES["transcription"]["receipt"])
FILLED = {"title": "A day", "count": 3, "names": ["Ann", "Ben"], "place": {"town": "Ulm"}}

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)


@given(title=texts.filter(bool), count=st.integers(1, 9) | st.floats(1, 9), clear=st.booleans())
def test_a_form_survives_the_way_to_a_response_and_back(title: str, count: float, clear: bool):
    filled = {**FILLED, "title": title, "count": count, "clear": clear}
    reading = COLLECTION.reading(FORM)
    answer = reading.answer(COLLECTION.check_response(FORM, {"annotations": filled}))
    response = reading.response(answer)
    assert reading.answer(response) == answer
    assert response["annotations"] == filled


@given(shop=texts, total=texts, rows=st.lists(st.fixed_dictionaries({"item": texts}), max_size=3))
def test_a_transcription_survives_the_way_back(shop: str, total: str, rows: list[dict[str, str]]):
    response = {"fields": {"shop": shop, "total": total}, "repeatable_fields": rows}
    reading = TRANSCRIPTION.reading(RECEIPT)
    answer = reading.answer(TRANSCRIPTION.check_response(RECEIPT, response))
    assert reading.response(answer) == response


@pytest.mark.parametrize(
    "worded",
    [
        "no",
        ["no"],
        {"type": "category", "field_id": "so", "response": [["no"]]},
        {"type": "category", "field_id": "so", "response": "no"},
    ],
)
def test_a_category_may_be_worded_in_every_way_that_is_in_use(worded: object):
    checked = COLLECTION.check_response(QUESTION, {"annotations": {"so": worded}})
    assert checked == {"annotations": {"so": "no"}}
    assert COLLECTION.reading(QUESTION).kind == CHOICE
    assert COLLECTION.reading(QUESTION).answer(checked) == "no"


def test_a_field_that_need_not_be_filled_in_may_be_missing_and_any_other_may_not():
    checked = COLLECTION.check_response(FORM, {"annotations": {**FILLED, "clear": None}})
    assert checked == {"annotations": FILLED}
    with pytest.raises(InvalidResponse, match="title` is missing"):
        COLLECTION.check_response(FORM, {"annotations": {**FILLED, "title": ""}})


@pytest.mark.parametrize(
    "change",
    [
        {"count": 10},
        {"count": True},
        {"count": "3"},
        {"clear": "yes"},
        {"title": 7},
        {"title": "x" * 100_001},
        {"names": ["a", "b", "c", "d"]},
        {"place": "Ulm"},
        {"place": {"city": "Ulm"}},
        {"extra": "x"},
    ],
)
def test_a_form_filled_in_wrongly_is_refused(change: dict[str, object]):
    with pytest.raises(InvalidResponse):
        COLLECTION.check_response(FORM, {"annotations": {**FILLED, **change}})


@pytest.mark.parametrize(
    ("field", "why"),
    [
        ({"type": "Slider"}, "'Slider', which is not supported"),
        ({"type": "category"}, "choices` is empty"),
        ({"type": "FieldSet", "fields": []}, "has 0 fields"),
        ({"type": "text", "max_responses_required": 0}, "cannot be given"),
        ({"type": "text", "min_responses_required": 2}, "cannot be given"),
        ({"type": "number", "min": 2, "max": 1}, "min above its max"),
    ],
)
def test_a_field_that_cannot_be_shown_is_refused(field: dict[str, object], why: str):
    with pytest.raises(InvalidParams, match=why):
        COLLECTION.parse_params({**FORM, "fields": [{"field_id": "f", **field}]})


def test_two_fields_of_one_id_are_refused():
    field = {"field_id": "f", "type": "text"}
    with pytest.raises(InvalidParams, match="twice"):
        COLLECTION.parse_params({**FORM, "fields": [field, field]})


def test_a_comparison_without_fields_is_a_choice():
    params = COMPARISON.parse_params(SAMPLES["comparison"]["choice"])
    assert COMPARISON.reading(params).kind == CHOICE
    assert COMPARISON.check_response(params, {"choice": "left"}) == {"choice": "left"}
    with pytest.raises(InvalidResponse, match="not offered"):
        COMPARISON.check_response(params, {"choice": "middle"})
    with pytest.raises(InvalidResponse, match="`choice` is missing"):
        COMPARISON.check_response(params, {})


@pytest.mark.parametrize(
    "change",
    [{"attachments": ["https://example.com/a"]}, {"choices": None}, {"attachment_type": None}],
)
def test_a_comparison_needs_two_things_and_a_question(change: dict[str, object]):
    with pytest.raises(InvalidParams):
        COMPARISON.parse_params({**SAMPLES["comparison"]["choice"], **change})


@pytest.mark.parametrize(
    ("kind", "params"),
    [
        (TRANSCRIPTION, RECEIPT),
        (COMPARISON, COMPARISON.parse_params(SAMPLES["comparison"]["fields"])),
    ],
    ids=["transcription", "comparison"],
)
def test_every_field_asked_for_is_answered_and_no_other(kind: TaskType, params: dict[str, object]):
    canned = kind.canned_response(params)
    with pytest.raises(InvalidResponse, match="does not ask for"):
        kind.check_response(params, {**canned, "fields": {"made_up": "x"}})
    with pytest.raises(InvalidResponse, match="is missing"):
        kind.check_response(params, {**canned, "fields": {}})


def test_nothing_to_write_is_an_empty_string():
    given_null = {"fields": {"shop": None, "total": ""}, "repeatable_fields": []}
    checked = TRANSCRIPTION.check_response(RECEIPT, given_null)
    assert checked["fields"] == {"shop": "", "total": ""}


def test_a_form_with_more_field_sets_than_may_be_is_refused_with_the_place():
    inner = {"field_id": "m", "type": "FieldSet", "max_responses_required": 100,
             "fields": [{"field_id": "f", "type": "text", "required": False}]}  # fmt: skip
    outer = {**inner, "field_id": "o", "fields": [inner]}
    form = task_type("textcollection")
    params = form.parse_params(
        {"attachments": [{"type": "text", "content": "What?"}], "fields": [outer]}
    )
    fits = {"annotations": {"o": [{"m": [{}] * 48}] * 100}}
    assert form.check_response(params, fits)["annotations"] == fits["annotations"]
    with pytest.raises(InvalidResponse, match="more than 5,000 sets") as refused:
        form.check_response(params, {"annotations": {"o": [{"m": [{}] * 50}] * 100}})
    assert refused.value.at == "annotations"
