"""A hypothesis is an answer of its task's own form, and what became of it is told."""

from typing import Any

import pytest
from task_types.samples import EVERY, IDS

from evenhand.task_types import (
    REGISTRY,
    InvalidParams,
    prefilled,
    prove_hypothesis,
    task_type,
    told,
    use_of,
)

every_sample = pytest.mark.parametrize(("name", "raw"), EVERY, ids=IDS)


@every_sample
def test_every_type_takes_an_answer_to_begin_from(name: str, raw: dict[str, object]):
    kind = task_type(name)
    params = kind.parse_params(raw)
    answer = kind.canned_response(params)
    begun = {**params, "hypothesis": answer}
    prove_hypothesis(kind, begun)
    assert prefilled(kind, begun) == answer
    assert use_of(kind, begun, answer) == "kept"
    assert told(kind, begun, answer) == {**answer, "hypothesis": "kept"}
    assert kind.check_response(begun, answer) == answer, "params go on being params"
    assert told(kind, params, answer) == answer, "without one, nothing is told"


@every_sample
def test_what_could_be_no_answer_is_refused_and_says_where(name: str, raw: dict[str, object]):
    kind = task_type(name)
    params = kind.parse_params(raw)
    wrong: list[Any] = [
        "cat",
        [],
        True,
        {"annotations": 7},
        {"category": "no such"},
        {"fields": {"no such": "x"}},
        {"choice": "no such"},
    ]
    for given in wrong:
        with pytest.raises(InvalidParams, match=r"^`hypothesis") as refused:
            prove_hypothesis(kind, {**params, "hypothesis": given})
        assert refused.value.hint


def test_a_hypothesis_may_leave_open_what_must_be_answered():
    kind = task_type("textcollection")
    fields = [{"field_id": "a", "type": "text"}, {"field_id": "b", "type": "text"}]
    params = kind.parse_params(
        {"attachments": [{"type": "text", "content": "x"}], "fields": fields}
    )
    begun = {**params, "hypothesis": {"annotations": {"b": "B"}}}
    prove_hypothesis(kind, begun)
    assert prefilled(kind, begun) == {"annotations": {"b": "B"}}
    image = task_type("imageannotation")
    asked = image.parse_params(
        {
            "attachment": "https://example.com/1.png",
            "geometries": {"point": {"objects_to_annotate": ["x"]}},
            "annotation_attributes": {"c": {"choices": ["y", "n"]}},
        }
    )
    point = {"type": "point", "label": "x", "x": 1, "y": 2}
    begun = {**asked, "hypothesis": {"annotations": [point]}}
    prove_hypothesis(image, begun)
    kept = image.check_response(begun, {"annotations": [{**point, "attributes": {"c": "y"}}]})
    assert use_of(image, begun, kept) == "changed", "an attribute was added"


def test_one_that_is_too_long_is_refused():
    kind = task_type("transcription")
    params = kind.parse_params(
        {"attachment": "x", "attachment_type": "text", "fields": {str(n): "" for n in range(4)}}
    )
    given = {"fields": {str(n): "x" * 70_000 for n in range(4)}}
    with pytest.raises(InvalidParams, match="longer than 262,144 bytes"):
        prove_hypothesis(kind, {**params, "hypothesis": given})


@pytest.mark.parametrize("old", ["cat", 7, {"what": "ever"}, {"annotations": None}, {}])
def test_what_tasks_from_before_have_there_harms_nothing(old: object):
    for kind in REGISTRY.values():
        raw = next(raw for name, raw in EVERY if name == kind.name)
        params = {**kind.parse_params(raw), "hypothesis": old}
        assert prefilled(kind, params) is None
        assert use_of(kind, params, kind.canned_response(params)) in (None, "changed")
