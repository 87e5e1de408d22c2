"""What a named entity recognition may ask and answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from task_types.samples import SAMPLES

from evenhand.task_types import InvalidParams, InvalidResponse, task_type

KIND = task_type("namedentityrecognition")
PARAMS = KIND.parse_params(SAMPLES["namedentityrecognition"]["people"])
READING = KIND.reading(PARAMS)
TEXT = str(PARAMS["text"])
ANN = {"id": "a", "start": 0, "end": 3, "text": "Ann", "label": "PERSON"}
PARIS = {"id": "p", "start": 17, "end": 22, "text": "Paris", "label": "PLACE"}

spans = st.tuples(
    st.integers(0, len(TEXT)), st.integers(0, len(TEXT)), st.sampled_from(["PERSON", "PLACE"])
).filter(lambda span: span[0] < span[1])


@given(st.sets(spans, max_size=8))
def test_any_consensus_survives_the_way_to_a_response_and_back(marked: set[tuple[int, int, str]]):
    answer = sorted(marked)
    assert READING.answer(READING.response(answer)) == answer


def test_positions_count_characters_also_beyond_the_basic_plane():
    assert KIND.check_response(PARAMS, {"annotations": [PARIS]})["annotations"] == [PARIS]
    in_utf16_units = {**PARIS, "start": 18, "end": 23}
    with pytest.raises(InvalidResponse, match="not UTF-16 units"):
        KIND.check_response(PARAMS, {"annotations": [in_utf16_units]})


def test_spans_come_out_by_position_with_the_text_they_cover():
    bare = [{"start": 17, "end": 22, "label": "PLACE"}, {"start": 0, "end": 3, "label": "PERSON"}]
    annotations = KIND.check_response(PARAMS, {"annotations": bare})["annotations"]
    assert [one["text"] for one in annotations] == ["Ann", "Paris"]  # pyright: ignore[reportGeneralTypeIssues]


def test_relationships_join_spans_of_the_response():
    was_in = {"id": "r", "source_ref": "a", "target_ref": "p", "name": "was in"}
    whole = {"annotations": [ANN, PARIS], "relationships": [was_in]}
    assert KIND.check_response(PARAMS, whole) == whole
    with pytest.raises(InvalidResponse, match="not in the response"):
        KIND.check_response(PARAMS, {"annotations": [ANN], "relationships": [was_in]})


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"end": 0}, "spans 0 to 0"),
        ({"start": -1}, "spans -1 to 3"),
        ({"end": 999}, "spans 0 to 999"),
        ({"label": "THING"}, "'THING'"),
        ({"start": 0.5}, "expected `int`"),
    ],
)
def test_a_span_outside_the_text_or_the_labels_is_refused(change: dict[str, object], why: str):
    with pytest.raises(InvalidResponse, match=why):
        KIND.check_response(PARAMS, {"annotations": [{**ANN, **change}]})


def test_the_same_span_twice_is_refused():
    with pytest.raises(InvalidResponse, match="twice"):
        KIND.check_response(PARAMS, {"annotations": [ANN, {**ANN, "id": "b"}]})


@pytest.mark.parametrize("change", [{"text": " \n"}, {"labels": []}, {"labels": ["A", "A"]}])
def test_params_without_text_or_with_unfit_labels_are_refused(change: dict[str, object]):
    with pytest.raises(InvalidParams):
        KIND.parse_params({**PARAMS, **change})


def test_spans_that_quote_more_text_than_is_kept_are_refused():
    params = KIND.parse_params({**PARAMS, "text": "x" * 500_000})
    whole = [{"start": step, "end": 500_000, "label": "PERSON"} for step in range(4)]
    assert KIND.check_response(params, {"annotations": whole})
    more = [*whole, {"start": 4, "end": 500_000, "label": "PERSON"}]
    with pytest.raises(InvalidResponse, match="covers more than 2,000,000 characters"):
        KIND.check_response(params, {"annotations": more})
