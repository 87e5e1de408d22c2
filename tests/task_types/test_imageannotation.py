"""What an image annotation may ask and answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from task_types.samples import PICTURE, SAMPLES

from evenhand.task_types import InvalidParams, InvalidResponse, task_type

KIND = task_type("imageannotation")
PARAMS = KIND.parse_params(SAMPLES["imageannotation"]["all"])
BOX = {"type": "box", "label": "car", "left": 1, "top": 2.5, "width": 30, "height": 40}
TRIANGLE = [{"x": 0, "y": 0}, {"x": 9, "y": 0}, {"x": 0, "y": 9}]

pixels = st.floats(0, 1_000_000)
sizes = st.floats(5, 1_000_000)
shapes = st.one_of(
    st.tuples(
        st.just("box"), st.sampled_from(["bus", "car"]), st.tuples(*[pixels] * 2, *[sizes] * 2)
    ),
    st.tuples(st.just("point"), st.just("tree"), st.tuples(pixels, pixels)),
    st.tuples(st.just("polygon"), st.just("lake"), st.tuples(*[pixels] * 8)),
    st.tuples(st.just("line"), st.just("road"), st.tuples(*[pixels] * 4)),
)


def checked(*annotations: dict[str, object]) -> list[dict[str, object]]:
    response = KIND.check_response(PARAMS, {"annotations": list(annotations)})
    return response["annotations"]  # pyright: ignore[reportReturnType]


@given(st.lists(shapes, max_size=6))
def test_any_consensus_survives_the_way_to_a_response_and_back(answer: list[object]):
    answer.sort()  # pyright: ignore[reportCallIssue]
    reading = KIND.reading(PARAMS)
    assert reading.answer(reading.response(answer)) == answer


def test_defaults_are_filled_in_where_the_contract_fills_them_in():
    raw = {"box": {"objects_to_annotate": ["car"]}, "line": {"objects_to_annotate": ["road"]}}
    echo = KIND.parse_params({"attachment": PICTURE, "geometries": raw})
    assert echo["geometries"] == {
        "box": {"objects_to_annotate": ["car"], "min_width": 0, "min_height": 0},
        "line": {"objects_to_annotate": ["road"], "splines": False},
    }


def test_pictures_beside_the_picture_are_fetched_too():
    context = {"context_attachments": [{"attachment": "https://example.com/before.jpg"}]}
    assert list(KIND.attachments(KIND.parse_params({**PARAMS, **context}))) == [
        PICTURE,
        "https://example.com/before.jpg",
    ]


def test_shapes_without_an_id_get_one_that_follows_from_their_content():
    first, second = checked(BOX, BOX)
    assert first["uuid"] != second["uuid"]
    assert checked(BOX)[0]["uuid"] == first["uuid"]
    assert checked({**BOX, "uuid": "mine"})[0]["uuid"] == "mine"


def test_the_order_of_drawing_is_no_part_of_the_answer():
    first, second = checked(BOX, {**BOX, "label": "bus"})
    reading = KIND.reading(PARAMS)
    assert reading.answer({"annotations": [first, second]}) == reading.answer(
        {"annotations": [second, first]}
    )


def test_attributes_are_kept_when_they_are_asked_for():
    assert checked({**BOX, "attributes": {"colour": "red"}})[0]["attributes"] == {"colour": "red"}
    for attributes in ({"colour": "green"}, {"size": "big"}):
        with pytest.raises(InvalidResponse):
            checked({**BOX, "attributes": attributes})


@pytest.mark.parametrize(
    ("annotation", "why"),
    [
        ({**BOX, "label": "lake"}, "does not ask for"),
        ({**BOX, "type": "cuboid"}, "cuboid"),
        ({**BOX, "width": 0}, "without area"),
        ({**BOX, "width": 4}, "smaller than 5 by 0"),
        ({**BOX, "left": -1}, "outside 0"),
        ({**BOX, "width": -9}, "outside 0"),
        ({**BOX, "left": 1e7}, "outside"),
        ({**BOX, "left": "1"}, "expected"),
        ({"type": "polygon", "label": "lake", "vertices": TRIANGLE[:2]}, "2 vertices"),
        ({"type": "polygon", "label": "lake", "vertices": TRIANGLE * 5}, "15 vertices"),
        ({"type": "line", "label": "road", "vertices": TRIANGLE[:1]}, "1 vertices"),
        ({"type": "point", "label": "tree", "x": 1}, "`annotations\\[0\\].y` is missing"),
    ],
)
def test_a_shape_that_the_task_does_not_ask_for_is_refused(annotation: dict[str, object], why: str):
    with pytest.raises(InvalidResponse, match=why):
        checked(annotation)


def test_padding_gives_room_outside_the_picture():
    padded = KIND.parse_params({**PARAMS, "padding": 20})
    outside = {"annotations": [{**BOX, "left": -20}]}
    assert KIND.check_response(padded, outside)
    with pytest.raises(InvalidResponse, match="outside -20"):
        KIND.check_response(padded, {"annotations": [{**BOX, "left": -21}]})


def test_one_uuid_for_two_shapes_is_refused():
    with pytest.raises(InvalidResponse, match="twice"):
        checked({**BOX, "uuid": "a"}, {**BOX, "left": 2, "uuid": "a"})


@pytest.mark.parametrize(
    ("geometries", "why"),
    [
        ({}, "`geometries` is empty"),
        ({"cuboid": {"objects_to_annotate": ["car"]}}, "cuboid"),
        ({"box": {"objects_to_annotate": []}}, "box.objects_to_annotate` is empty"),
        ({"box": {"objects_to_annotate": ["car"], "min_width": -1}}, "box.min_width"),
        ({"polygon": {"objects_to_annotate": ["a"], "min_vertices": 2}}, "nothing to draw"),
        ({"line": {"objects_to_annotate": ["a"], "max_vertices": 1}}, "nothing to draw"),
    ],
)
def test_geometries_that_cannot_be_drawn_are_refused(geometries: dict[str, object], why: str):
    with pytest.raises(InvalidParams, match=why):
        KIND.parse_params({"attachment": PICTURE, "geometries": geometries})
