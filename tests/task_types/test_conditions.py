"""A field is asked where its conditions hold, and nowhere else."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.task_types import InvalidParams, InvalidResponse, task_type
from evenhand.task_types.conditions import Condition, Every, Has, No, Some, holds, keys, read

KIND = task_type("textcollection")
ANIMAL = {"field_id": "animal", "type": "category", "choices": ["cat", "dog", "none"]}
BREED = {"field_id": "breed", "type": "TextField", "conditions": [{"animal": ["dog", "cat"]}]}
COUNT = {"field_id": "count", "type": "NumberField"}
SURE = {"field_id": "sure", "type": "BooleanField", "required": False}


def form(*fields: dict[str, Any]) -> dict[str, object]:
    shown = [{"type": "text", "content": "A picture"}]
    return KIND.parse_params({"attachments": shown, "fields": list(fields)})


def answered(params: dict[str, object], **answers: object) -> object:
    return KIND.check_response(params, {"annotations": answers})["annotations"]


def test_a_field_whose_condition_holds_must_be_filled_in():
    params = form(ANIMAL, BREED)
    assert answered(params, animal="dog", breed="poodle") == {"animal": "dog", "breed": "poodle"}
    assert answered(params, animal="none") == {"animal": "none"}
    with pytest.raises(InvalidResponse, match="breed` is missing"):
        answered(params, animal="dog")


def test_an_answer_to_a_field_that_is_not_asked_is_refused():
    with pytest.raises(InvalidResponse, match="breed` is answered, and is not asked"):
        answered(form(ANIMAL, BREED), animal="none", breed="poodle")
    assert answered(form(ANIMAL, BREED), animal="none", breed="") == {"animal": "none"}


@pytest.mark.parametrize(
    ("condition", "asked"),
    [
        ({"animal": "dog"}, {"dog"}),
        ([{"animal": "dog"}, {"animal": "cat"}], {"dog", "cat"}),
        ({"animal": {"not": "dog"}}, {"cat", "none"}),
        ({"not": {"animal": ["dog", "cat"]}}, {"none"}),
        ({"animal": ["dog", "cat"], "not": {"animal": "cat"}}, {"dog"}),
        ([{"not": [{"animal": "dog"}, {"animal": "none"}]}], {"cat"}),
        ({"animal": {"not": {"not": "dog"}}}, {"dog"}),
    ],
)
def test_lists_are_or_objects_are_and_and_not_turns_round(condition: object, asked: set[str]):
    params = form(ANIMAL, {**BREED, "conditions": condition})
    for animal in ("dog", "cat", "none"):
        if animal in asked:
            assert answered(params, animal=animal, breed="x")
            with pytest.raises(InvalidResponse, match="is missing"):
                answered(params, animal=animal)
        else:
            assert answered(params, animal=animal) == {"animal": animal}


@pytest.mark.parametrize(
    ("field", "wanted", "value", "other"),
    [
        (COUNT, 1, 1.0, 2),
        ({**COUNT, "required": False}, [1, 2], 2, None),
        (SURE, True, True, False),
        ({**COUNT, "required": False}, 1, 1, 0),
        ({**ANIMAL, "allow_multiple": True}, "dog", ["cat", "dog"], ["cat"]),
        ({"field_id": "t", "type": "text"}, "x", "x", "y"),
    ],
)
def test_every_kind_of_field_can_be_looked_at(field: Any, wanted: Any, value: Any, other: Any):
    name = field["field_id"]
    asked = {"field_id": "why", "type": "text", "conditions": {name: wanted}}
    # Written before the field that it looks at: the order of the form is the customer's.
    params = form(asked, field)
    assert answered(params, **{name: value, "why": "so"})
    with pytest.raises(InvalidResponse, match="why` is answered"):
        answered(params, **{name: other, "why": "so"})


def test_what_looks_at_a_field_that_is_not_asked_is_not_asked_either():
    chain = {"field_id": "size", "type": "text", "conditions": {"breed": {"not": "none"}}}
    deeper = {"field_id": "deeper", "type": "text", "conditions": {"size": "big"}}
    params = form(deeper, ANIMAL, chain, BREED)
    assert answered(params, animal="none", size="?") == {"animal": "none", "size": "?"}
    whole = {"animal": "dog", "breed": "poodle", "size": "big", "deeper": "x"}
    assert answered(params, **whole) == whole


def test_conditions_in_a_set_look_at_their_own_set():
    rows = {
        "field_id": "rows",
        "type": "FieldSet",
        "max_responses_required": 3,
        "fields": [ANIMAL, BREED],
    }
    params = form(rows)
    several = [{"animal": "none"}, {"animal": "cat", "breed": "Manx"}]
    assert answered(params, rows=several) == {"rows": several}
    with pytest.raises(InvalidResponse, match=r"rows\.breed` is answered"):
        answered(params, rows=[{"animal": "none", "breed": "Manx"}])


@pytest.mark.parametrize(
    ("condition", "why"),
    [
        ("animal == dog", "is no condition"),
        ([], "empty list"),
        ({}, "is no condition"),
        ([[]], "empty list"),
        ({"animal": []}, "names no answers"),
        ({"animal": {"equals": "dog"}}, "names no answers"),
        ({"animal": [["dog"]]}, "names no answers"),
        ({"animal": "Dog"}, "waits for 'Dog'"),
        ({"animal": True}, "waits for 'True'"),
        ({"sure": "true"}, "waits for 'true'"),
        ({"count": "1"}, "waits for '1'"),
        ({"count": True}, "waits for 'True'"),
        ({"colour": "red"}, "looks at 'colour'"),
        ({"place": "x"}, "looks at 'place'"),
        ({"town": "x"}, "looks at 'town'"),
        ({"breed": "x"}, "wait for each other"),
    ],
)
def test_a_condition_that_cannot_be_honoured_is_refused(condition: object, why: str):
    place = {
        "field_id": "place",
        "type": "FieldSet",
        "fields": [{"field_id": "town", "type": "text"}],
    }
    with pytest.raises(InvalidParams, match=why) as refused:
        form(ANIMAL, SURE, COUNT, place, {**BREED, "conditions": condition})
    assert refused.value.hint


def test_conditions_in_a_circle_are_refused():
    one = {"field_id": "one", "type": "text", "conditions": {"two": "x"}}
    two = {"field_id": "two", "type": "text", "conditions": {"one": "x"}}
    with pytest.raises(InvalidParams, match="wait for each other: "):
        form(one, two)


def test_a_chain_as_long_as_a_form_is_read():
    fields = [{"field_id": "f0", "type": "text"}]
    fields += [
        {"field_id": f"f{n}", "type": "text", "conditions": {f"f{n - 1}": "x"}}
        for n in range(1, 500)
    ]
    params = form(*fields[::-1])
    assert len(answered(params, **{f"f{n}": "x" for n in range(500)})) == 500
    assert answered(params, f0="y") == {"f0": "y"}


def test_too_many_conditions_and_too_many_looks_are_refused():
    many = [{"animal": "dog"}] * 501
    with pytest.raises(InvalidParams, match="more than 500 conditions"):
        form(ANIMAL, {**BREED, "conditions": many})
    inner = [ANIMAL] + [{**BREED, "field_id": f"b{n}", "required": False} for n in range(200)]
    rows = {"field_id": "rows", "type": "FieldSet", "max_responses_required": 100, "fields": inner}
    outer = {"field_id": "all", "type": "FieldSet", "max_responses_required": 100, "fields": [rows]}
    several = {"all": [{"rows": [{"animal": "none"}] * 49}] * 49}
    with pytest.raises(InvalidResponse, match="looks at conditions"):
        answered(form(outer), **several)


def test_a_test_task_fills_in_what_is_asked():
    for animal in (ANIMAL, {**ANIMAL, "choices": ["none", "dog", "cat"]}):
        params = form(animal, BREED)
        canned = KIND.canned_response(params)
        assert KIND.check_response(params, canned) == canned


def test_what_the_votes_rule_out_is_not_delivered():
    params = form(ANIMAL, BREED)
    given = [
        {"animal": "dog", "breed": "poodle"},
        {"animal": "dog", "breed": "poodle"},
        {"animal": "none"},
        {"animal": "none"},
        {"animal": "none"},
    ]
    responses = [{"annotations": answered(params, **one)} for one in given]
    reading = KIND.reading(params)
    answers = [reading.answer(one) for one in responses]
    found = reading.kind.consensus(answers, [1] * 5).answer
    assert reading.deliverable(found, responses)["annotations"] == {"animal": "none"}
    forced = {"animal": "none", "breed": "poodle"}
    assert reading.response(forced)["annotations"] == {"animal": "none"}
    assert reading.response({"animal": "dog"})["annotations"] == {"animal": "dog"}
    deeper = {"field_id": "deeper", "type": "text", "conditions": {"breed": "poodle"}}
    chain = KIND.reading(form(deeper, ANIMAL, BREED))
    assert chain.response({**forced, "deeper": "x"})["annotations"] == {"animal": "none"}


values = st.sampled_from(["a", "b", 1, True, 0, False])
raw = st.recursive(
    st.dictionaries(st.sampled_from(["x", "y"]), values | st.lists(values, min_size=1), min_size=1),
    lambda inner: st.lists(inner, min_size=1, max_size=3) | st.fixed_dictionaries({"not": inner}),
    max_leaves=8,
)


@given(raw, st.dictionaries(st.sampled_from(["x", "y"]), values))
@settings(max_examples=300, deadline=None)
def test_a_condition_means_what_its_words_mean(condition: Any, answers: dict[str, Any]):
    def means(one: Any) -> bool:
        if isinstance(one, list):
            return any(means(part) for part in one)
        return all(
            not means(wanted)
            if name == "not"
            else any(
                name in answers
                and answers[name] == value
                and isinstance(answers[name], bool) == isinstance(value, bool)
                for value in (wanted if isinstance(wanted, list) else [wanted])
            )
            for name, wanted in one.items()
        )

    found: Condition = read(condition, "conditions")
    assert isinstance(found, Has | Every | Some | No)
    said = {name: keys([value]) for name, value in answers.items()}
    assert holds(found, said) == means(condition)
