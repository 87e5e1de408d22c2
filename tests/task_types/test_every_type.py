"""Laws that hold for every task type."""

import json
import re
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from task_types.samples import EVERY, IDS, SAMPLES

import evenhand.task_types
from evenhand.task_types import (
    REGISTRY,
    InvalidParams,
    InvalidResponse,
    UnknownTaskType,
    task_type,
)

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["image", "text", "box", "TextField", "https://example.com/a", "\ud800"]),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
every_sample = pytest.mark.parametrize(("name", "raw"), EVERY, ids=IDS)


def test_every_type_has_samples_and_its_own_name():
    assert set(REGISTRY) == set(SAMPLES)
    assert all(REGISTRY[name].name == name for name in REGISTRY)


def test_an_unknown_type_is_refused_and_the_known_ones_are_named():
    with pytest.raises(UnknownTaskType, match="categorization, comparison"):
        task_type("lidarannotation")


@every_sample
def test_the_echo_keeps_what_was_sent_unknown_params_too(name: str, raw: dict[str, object]):
    echo = task_type(name).parse_params({**raw, "made_up": {"kept": [1]}, "blank": None})
    assert echo["made_up"] == {"kept": [1]}
    assert "blank" not in echo
    assert set(raw) <= set(echo)
    assert task_type(name).parse_params(echo) == echo


@every_sample
def test_the_canned_response_is_valid_and_always_the_same(name: str, raw: dict[str, object]):
    kind = task_type(name)
    params = kind.parse_params(raw)
    canned = kind.canned_response(params)
    assert kind.check_response(params, canned) == canned
    assert json.dumps(kind.canned_response(params)) == json.dumps(canned)


@every_sample
def test_an_answer_survives_the_way_to_a_response_and_back(name: str, raw: dict[str, object]):
    kind = task_type(name)
    params = kind.parse_params(raw)
    reading = kind.reading(params)
    answer = reading.answer(kind.canned_response(params))
    response = reading.response(answer)
    assert reading.answer(response) == answer
    assert kind.check_response(params, response) == response
    assert json.loads(json.dumps(response)) == response


@every_sample
def test_a_param_that_is_missing_is_named(name: str, raw: dict[str, object]):
    kind = task_type(name)
    optional = {"allow_multiple", "category_ids", "annotation_attributes", "repeatable_fields"}
    if name in ("comparison", "transcription"):
        optional |= {"fields", "choices"}
    for missing in set(raw) - optional:
        rest = {key: value for key, value in raw.items() if key != missing}
        with pytest.raises(InvalidParams, match="is missing") as refusal:
            kind.parse_params(rest)
        assert refusal.value.hint


@pytest.mark.parametrize("name", SAMPLES)
@given(raw=JSON)
@settings(max_examples=150, deadline=None)
def test_params_of_any_json_are_taken_or_refused_and_nothing_else(name: str, raw: object):
    with suppress(InvalidParams):
        task_type(name).parse_params(raw)  # pyright: ignore[reportArgumentType]


@every_sample
@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_params_with_any_one_part_replaced_are_taken_or_refused(
    name: str, raw: dict[str, object], data: st.DataObject
):
    kind = task_type(name)
    spoilt = json.loads(json.dumps(raw))
    _spoil(spoilt, data)
    try:
        params = kind.parse_params(spoilt)
    except InvalidParams:
        return
    canned = kind.canned_response(params)
    assert kind.check_response(params, canned) == canned
    reading = kind.reading(params)
    assert reading.answer(reading.response(reading.answer(canned)))
    assert all(isinstance(url, str) for url in kind.attachments(params))


@every_sample
@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_responses_with_any_one_part_replaced_are_taken_or_refused(
    name: str, raw: dict[str, object], data: st.DataObject
):
    kind = task_type(name)
    params = kind.parse_params(raw)
    spoilt = json.loads(json.dumps(kind.canned_response(params)))
    _spoil(spoilt, data)
    try:
        checked = kind.check_response(params, spoilt)
    except InvalidResponse:
        return
    assert kind.check_response(params, checked) == checked
    reading = kind.reading(params)
    answer = reading.answer(checked)
    assert reading.answer(reading.response(answer)) == answer


def _spoil(value: object, data: st.DataObject) -> None:
    """Replace, remove or add one part somewhere inside."""
    while True:
        if isinstance(value, dict):
            key = data.draw(st.sampled_from([*value, "new"]))
            deeper = value.get(key)
        elif isinstance(value, list) and value:
            key = data.draw(st.integers(0, len(value) - 1))
            deeper = value[key]
        else:
            return
        if isinstance(deeper, dict | list) and deeper and data.draw(st.booleans()):
            value = deeper
            continue
        if data.draw(st.booleans()) or key == "new":
            value[key] = data.draw(JSON)
        else:
            del value[key]
        return


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (float("nan"), "not a finite number"),
        (float("inf"), "not a finite number"),
        (10**400, "not a finite number"),
        ("a\0b", "NUL"),
        ("\ud800", "surrogate"),
        ({"a": "x" * 1_000_001}, "longer than"),
        ({"\0": 1}, "a name that"),
        ({1: 1}, "not a string"),
        ((1, 2), "tuple"),
    ],
    ids=["nan", "inf", "huge", "nul", "surrogate", "long", "name", "key", "tuple"],
)
@every_sample
def test_what_cannot_be_stored_as_json_is_refused_even_in_unknown_params(
    name: str, raw: dict[str, object], value: object, why: str
):
    kind = task_type(name)
    with pytest.raises(InvalidParams, match=why):
        kind.parse_params({**raw, "made_up": [value]})
    params = kind.parse_params(raw)
    with pytest.raises(InvalidResponse, match=why):
        kind.check_response(params, {**kind.canned_response(params), "made_up": [value]})


@every_sample
def test_nesting_without_end_is_refused(name: str, raw: dict[str, object]):
    deep: list[object] = []
    for _ in range(10_000):
        deep = [deep]
    with pytest.raises(InvalidParams, match="nested deeper"):
        task_type(name).parse_params({**raw, "made_up": deep})


def test_a_response_that_says_the_answer_is_preferred_for_what_else_it_says():
    kind = task_type("imageannotation")
    params = kind.parse_params(SAMPLES["imageannotation"]["all"])
    box = {"type": "box", "label": "car", "left": 0, "top": 0, "width": 9, "height": 9}
    red = kind.check_response(params, {"annotations": [{**box, "attributes": {"colour": "red"}}]})
    blue = kind.check_response(params, {"annotations": [{**box, "attributes": {"colour": "blue"}}]})
    reading = kind.reading(params)
    answer = reading.answer(red)
    assert reading.deliverable(answer, [red]) == red
    for responses in ([red, blue, red], [blue, red, red]):
        assert reading.deliverable(answer, responses) == red
    assert reading.deliverable(answer, []) == reading.response(answer)


def test_every_type_has_its_section_in_the_documentation():
    page = Path(evenhand.task_types.__file__).parents[3] / "docs" / "task_types.md"
    headings = re.findall(r"^### `(\w+)`", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(headings) == sorted(REGISTRY)
