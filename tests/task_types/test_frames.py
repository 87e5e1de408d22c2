"""Shapes are measured in the picture as it is seen, and lie on it."""

from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from task_types.samples import PICTURE

from evenhand.task_types import Frame, InvalidResponse, task_type

KIND = task_type("imageannotation")
FRAME = Frame(120, 80)
FRAMES = {PICTURE: FRAME}
ASKED = {"objects_to_annotate": ["a"]}
PARAMS = KIND.parse_params(
    {
        "attachment": PICTURE,
        "geometries": {"box": ASKED, "polygon": ASKED, "line": ASKED, "point": ASKED},
    }
)
PADDED = {**PARAMS, "padding": 10, "padding_y": 20}
STATED = {"width": 120, "height": 80, "orientation": "upright"}
number = st.floats(-1, 121, allow_nan=False) | st.integers(-1, 121)


def box(left: float, top: float, width: float, height: float) -> dict[str, Any]:
    return {
        "type": "box", "label": "a", "left": left, "top": top, "width": width, "height": height,
    }  # fmt: skip


def corners(kind: str, *places: tuple[float, float]) -> dict[str, Any]:
    return {"type": kind, "label": "a", "vertices": [{"x": x, "y": y} for x, y in places]}


def point(x: float, y: float) -> dict[str, Any]:
    return {"type": "point", "label": "a", "x": x, "y": y}


def checked(*shapes: dict[str, Any], params: Any = PARAMS, **said: object) -> dict[str, Any]:
    return KIND.check(params, {"annotations": list(shapes), **said}, FRAMES)


def drawn(shape: dict[str, Any], params: Any = PARAMS) -> dict[str, Any]:
    (one,) = cast("list[dict[str, Any]]", checked(shape, params=params)["annotations"])
    return {name: value for name, value in one.items() if name != "uuid"}


OUTSIDE = [
    box(5000, 5000, 9000, 10),
    box(0, 0, 9000, 10),
    box(0, 0, 10, 9000),
    box(119, 10, 5, 5),
    box(10, 79, 5, 5),
    box(200, 10, 5, 5),
    box(10, 1e6, 1, 1),
    point(122, 10),
    point(10, 82),
    point(1e6, 1e6),
    corners("polygon", (0, 0), (10, 0), (130, 10)),
    corners("polygon", (0, 0), (10, 90), (10, 10)),
    corners("line", (0, 0), (121.5, 0)),
    corners("line", (0, 0), (0, 81.01)),
]


@pytest.mark.parametrize("shape", OUTSIDE)
def test_a_shape_outside_of_the_picture_is_refused_with_the_size_of_both(shape: dict[str, Any]):
    with pytest.raises(InvalidResponse, match="120 by 80 pixels") as caught:
        checked(box(1, 1, 5, 5), shape)
    assert caught.value.at == "annotations[1]"
    assert "upright" in caught.value.hint


@pytest.mark.parametrize("shape", OUTSIDE)
def test_where_the_picture_is_not_known_a_shape_stays_as_it_was_drawn(shape: dict[str, Any]):
    found = KIND.check(PARAMS, {"annotations": [shape]}, {})
    assert found == KIND.check_response(PARAMS, {"annotations": [shape]})
    assert "image" not in found


@pytest.mark.parametrize(
    ("shape", "moved"),
    [
        (box(0, 0, 120, 80), box(0, 0, 120, 80)),
        (box(100, 70, 20.5, 10.5), box(100, 70, 20, 10)),
        (box(100, 70, 21, 11), box(100, 70, 20, 10)),
        (point(120.5, 80.5), point(120, 80)),
        (point(120, 80), point(120, 80)),
        (
            corners("polygon", (0, 0), (121, 0), (120, 81)),
            corners("polygon", (0, 0), (120, 0), (120, 80)),
        ),
        (corners("line", (0.25, 0), (120.25, 79.75)), corners("line", (0.25, 0), (120, 79.75))),
    ],
)
def test_what_sticks_out_by_a_pixel_is_moved_to_the_edge(
    shape: dict[str, Any], moved: dict[str, Any]
):
    assert drawn(shape) == moved


def test_a_box_that_lies_on_the_edge_alone_has_no_area():
    with pytest.raises(InvalidResponse, match="without area"):
        checked(box(120, 10, 1, 5))


def test_a_box_that_is_too_small_once_it_is_moved_is_refused():
    least = {"box": {**ASKED, "min_width": 5}}
    params = KIND.parse_params({"attachment": PICTURE, "geometries": least})
    with pytest.raises(InvalidResponse, match="smaller than 5"):
        checked(box(115.5, 10, 5, 5), params=params)


def test_padding_widens_what_may_be_drawn_on_every_side():
    assert drawn(box(-10, -20, 140, 120), PADDED) == box(-10, -20, 140, 120)
    with pytest.raises(InvalidResponse, match="outside"):
        checked(box(0, 0, 132, 10), params=PADDED)
    with pytest.raises(InvalidResponse, match="outside"):
        checked(box(0, 0, 10, 102), params=PADDED)


@given(number, number, st.floats(0.01, 121), st.floats(0.01, 121))
def test_whatever_is_taken_lies_on_the_picture_and_is_taken_again(
    left: float, top: float, width: float, height: float
):
    try:
        first = checked(box(left, top, width, height))
    except InvalidResponse:
        return
    (one,) = first["annotations"]
    assert 0 <= one["left"] <= one["left"] + one["width"] <= 120 + 1e-9
    assert 0 <= one["top"] <= one["top"] + one["height"] <= 80 + 1e-9
    assert KIND.check(PARAMS, first, FRAMES) == first


def test_a_response_states_the_frame_in_which_it_was_measured():
    assert checked(box(1, 1, 5, 5))["image"] == STATED
    assert checked()["image"] == STATED
    assert checked(image=STATED)["image"] == STATED
    assert checked(image={"width": 120, "height": 80})["image"] == STATED


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"width": 80, "height": 120}, "80 by 120 pixels, and the picture has 120 by 80"),
        ({"width": 240, "height": 160}, "240 by 160"),
        ({**STATED, "orientation": "as stored"}, "orientation"),
        ({"width": 120}, "height"),
    ],
)
def test_a_response_of_another_frame_is_refused(said: dict[str, object], why: str):
    with pytest.raises(InvalidResponse, match=why):
        checked(box(1, 1, 5, 5), image=said)


def test_what_several_came_to_states_the_frame_of_all():
    reading = KIND.reading(PARAMS)
    votes = [checked(box(10, 10, 20, 20)), checked(box(12, 10, 20, 20))]
    middle = [("box", "a", (11.0, 10.0, 20.0, 20.0))]
    assert reading.deliverable(middle, votes)["image"] == STATED
    assert reading.deliverable(reading.answer(votes[0]), votes)["image"] == STATED
    before = [{"annotations": vote["annotations"]} for vote in votes]
    assert "image" not in reading.deliverable(middle, before)


def test_pictures_beside_the_picture_have_no_say():
    other = "https://example.com/other.jpg"
    params = {**PARAMS, "context_attachments": [{"attachment": other}]}
    found = KIND.check(params, {"annotations": [box(500, 1, 5, 5)]}, {other: Frame(10, 10)})
    assert "image" not in found
