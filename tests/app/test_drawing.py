"""Shapes on a picture, drawn by pointer and by keys: each press does what the tool says."""

from collections.abc import Iterator

import pytest
from app.annotating import Desk, Seat, at_desk, seating
from playwright.sync_api import expect

from evenhand.task_types.imageannotation import SHAPES_MAX


@pytest.fixture(scope="module")
def seat() -> Iterator[Seat]:
    with seating("drawing") as shared:
        yield shared


@pytest.fixture
def desk(seat: Seat) -> Iterator[Desk]:
    with at_desk(seat) as window:
        yield window


def _boxes(response: dict) -> list[tuple[float, ...]]:
    sides = ("left", "top", "width", "height")
    return [tuple(one[side] for side in sides) for one in response["annotations"]]


def _points(response: dict) -> list[tuple[float, float]]:
    return [(one["x"], one["y"]) for one in response["annotations"]]


def _vertices(response: dict) -> list[list[tuple[float, float]]]:
    return [
        [(one["x"], one["y"]) for one in shape["vertices"]] for shape in response["annotations"]
    ]


def test_a_box_begun_beside_a_corner_of_the_last_one_is_a_box_of_its_own(desk: Desk):
    desk.draw_on()
    desk.sign_in()
    desk.drag((100, 100), (200, 180))
    desk.drag((202, 182), (300, 260))
    assert _boxes(desk.submit()) == [(100, 100, 100, 80), (202, 182, 98, 78)]


def test_of_three_points_beside_each_other_none_is_lost(desk: Desk):
    desk.draw_on(point={"objects_to_annotate": ["lamp"]})
    desk.sign_in()
    for x in (300, 303, 306):
        desk.click(x, 200)
    assert _points(desk.submit()) == [(300, 200), (303, 200), (306, 200)]


def test_a_polygon_begun_on_a_corner_of_another_keeps_that_corner(desk: Desk):
    desk.draw_on(polygon={"objects_to_annotate": ["lake"]})
    desk.sign_in()
    # The first click of the second is on the corner that the first one was closed at.
    first = [(200, 100), (200, 200), (100, 100)]
    second = [(200, 100), (300, 100), (300, 200)]
    for corners in (first, second):
        for corner in [*corners, corners[0]]:
            desk.click(*corner)
    assert _vertices(desk.submit()) == [first, second]


def test_with_ctrl_or_the_select_tool_a_corner_is_taken_hold_of(desk: Desk):
    desk.draw_on()
    desk.sign_in()
    desk.drag((100, 100), (200, 180))
    desk.page.keyboard.down("Control")
    desk.drag((201, 181), (220, 200))
    desk.page.keyboard.up("Control")
    desk.press("v")
    desk.drag((100, 100), (90, 80))
    assert _boxes(desk.submit()) == [(90, 80, 130, 120)]


def test_of_points_side_by_side_the_select_tool_takes_the_one_under_it(desk: Desk):
    desk.draw_on(point={"objects_to_annotate": ["lamp"]})
    desk.sign_in()
    for x in (300, 304, 308):
        desk.click(x, 200)
    desk.press("v")
    # The last one is chosen, and within reach of it lie the others.
    desk.click(304, 200)
    desk.press("Delete")
    assert _points(desk.submit()) == [(300, 200), (308, 200)]


def test_next_shape_changes_neither_the_tool_nor_the_zoom(desk: Desk):
    desk.draw_on()
    desk.sign_in()
    desk.drag((100, 100), (130, 120))
    desk.drag((400, 300), (430, 320))
    desk.press("n", "2")
    expect(desk.page.get_by_role("button", name="Box", exact=False).first).to_have_attribute(
        "aria-pressed", "true"
    )
    desk.drag((200, 200), (260, 250))
    response = desk.submit()
    # The number key named the shape that was stepped to, and did not arm a label.
    assert [one["label"] for one in response["annotations"]] == ["tree", "car", "car"]
    assert _boxes(response)[2] == (200, 200, 60, 50)


def test_next_shape_comes_into_sight_at_the_zoom_that_was_chosen(desk: Desk):
    desk.draw_on()
    desk.sign_in()
    desk.drag((10, 10), (30, 30))
    desk.drag((600, 370), (630, 390))
    desk.page.mouse.move(*desk.at(20, 20))
    desk.press(*["+"] * 5)
    desk.press("n")
    assert _handle_seen(desk)
    desk.press("n")
    assert _handle_seen(desk)


def _handle_seen(desk: Desk) -> bool:
    """Whether the middle of the screen shows the size tag of a chosen box somewhere near."""
    script = """() => {
      const canvas = document.querySelectorAll("[role=img] > canvas")[2];
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      for (let at = 3; at < data.length; at += 4) if (data[at] > 250) return true;
      return false;
    }"""
    desk.page.wait_for_timeout(60)
    return desk.page.evaluate(script)


def test_zoom_is_kept_from_task_to_task_of_one_kind(desk: Desk):
    for _ in range(3):
        desk.draw_on()
    desk.draw_on(point={"objects_to_annotate": ["lamp"]})
    desk.sign_in()
    # Four times as near, around the middle: a quarter of a drag on the screen is drawn.
    desk.page.mouse.move(*desk.at(320, 200))
    desk.press(*["+"] * 4)
    factor = 1.4**4
    desk.drag((320, 200), (320 + 40 * factor, 200 + 40 * factor))
    first = _boxes(desk.submit())
    desk.drag((320, 200), (320 + 40 * factor, 200 + 40 * factor))
    assert _boxes(desk.submit()) == first == [(320, 200, 40, 40)]
    # The whole picture is kept as well.
    desk.press("f")
    desk.drag((320, 200), (360, 240))
    assert _boxes(desk.submit()) == [(320, 200, 40, 40)]
    # Another project's tasks are looked at anew.
    desk.click(100, 100)
    assert _points(desk.submit()) == [(100, 100)]


def test_boxes_and_points_are_drawn_by_keys_alone(desk: Desk):
    desk.draw_on(
        box={"objects_to_annotate": ["car", "tree"]}, point={"objects_to_annotate": ["lamp"]}
    )
    desk.sign_in()
    spoken = desk.page.locator("main p[role=status]")
    desk.press("c")
    expect(spoken).to_contain_text("Crosshair at 320, 200, box")
    desk.press("2", "Enter", *["Shift+ArrowRight"] * 3, "ArrowDown", "ArrowDown")
    expect(spoken).to_contain_text("Crosshair at 350, 202, box, box begun at 320, 200")
    desk.press("Enter")
    expect(spoken).to_contain_text("Shape 1 of 1: box tree, 30 by 2 at 320, 200")
    desk.press("o", "ArrowUp", "Enter", "Escape")
    expect(spoken).not_to_contain_text("Crosshair")
    drawn = desk.submit()["annotations"]
    assert [(one["type"], one["label"]) for one in drawn] == [("box", "tree"), ("point", "lamp")]
    assert (drawn[0]["left"], drawn[0]["width"], drawn[0]["height"]) == (320, 30, 2)
    assert (drawn[1]["x"], drawn[1]["y"]) == (350, 201)


def test_polygons_and_lines_are_drawn_by_keys_alone(desk: Desk):
    desk.draw_on(polygon={"objects_to_annotate": ["lake"]}, line={"objects_to_annotate": ["road"]})
    desk.sign_in()
    desk.press("c", "Enter", "Shift+ArrowRight", "Enter", "Shift+ArrowDown", "Enter")
    # Back on the first corner, the outline is closed.
    desk.press("Shift+ArrowLeft", "Shift+ArrowUp", "Enter")
    desk.expect_shapes(1)
    # A line ends where its last corner is set twice.
    desk.press("l", "Enter", "Shift+ArrowLeft", "Enter", "Enter")
    desk.expect_shapes(2)
    assert _vertices(desk.submit()) == [
        [(320, 200), (330, 200), (330, 210)],
        [(320, 200), (310, 200)],
    ]


def test_shapes_are_resized_by_keys_alone(desk: Desk):
    desk.draw_on()
    desk.sign_in()
    desk.press("c", "Enter", *["Shift+ArrowRight"] * 3, *["Shift+ArrowDown"] * 3, "Enter", "c")
    # The upper left corner, then the middle of the right side, which goes one way only.
    desk.press("e", "Shift+ArrowLeft", "ArrowUp")
    desk.press("e", "e", "e", "Shift+ArrowRight", "ArrowUp")
    assert _boxes(desk.submit()) == [(310, 199, 50, 31)]


def test_corners_are_added_and_removed_by_keys_alone(desk: Desk):
    desk.draw_on(polygon={"objects_to_annotate": ["lake"]})
    desk.sign_in()
    desk.press("c", "Enter", "Shift+ArrowRight", "Enter", "Shift+ArrowDown", "Enter", "Enter", "c")
    desk.expect_shapes(1)
    desk.press("e", "a", "Shift+ArrowUp")
    first = [(320, 200), (325, 190), (330, 200), (330, 210)]
    desk.press("e", "Delete")
    assert _vertices(desk.submit()) == [[first[0], first[1], first[3]]]


def test_enter_submits_again_when_the_crosshair_is_left(desk: Desk):
    desk.draw_on()
    desk.sign_in()
    desk.press("c", "Enter", "Shift+ArrowRight", "Shift+ArrowDown", "Enter", "c")
    with desk.page.expect_response("**/submit*") as reply:
        desk.press("Enter")
    assert reply.value.ok


COUNT_RECTANGLES = """
window.rectangles = 0;
const stroke = CanvasRenderingContext2D.prototype.strokeRect;
CanvasRenderingContext2D.prototype.strokeRect = function (...sides) {
  window.rectangles += 1;
  stroke.apply(this, sides);
};
"""


def test_a_thousand_boxes_are_painted_once_when_they_open(desk: Desk):
    desk.draw_on()
    desk.page.add_init_script(COUNT_RECTANGLES)
    boxes = [
        {"type": "box", "label": "car", "left": n % 40 * 15, "top": n // 40 * 15}
        for n in range(SHAPES_MAX)
    ]
    desk.restore([{**box, "width": 12, "height": 11} for box in boxes])
    desk.expect_shapes(SHAPES_MAX)
    desk.page.wait_for_timeout(200)
    # A line and its halo each. Of their rows only those in sight are made.
    assert desk.page.evaluate("window.rectangles") == 2 * SHAPES_MAX
    assert desk.page.locator("[aria-label=Shapes] li").count() < 30


def test_the_last_shape_that_fits_is_told_and_the_next_is_refused_at_once(desk: Desk):
    desk.draw_on(point={"objects_to_annotate": ["lamp"]})
    desk.restore([_point(n % 600, n // 600 + 1) for n in range(SHAPES_MAX - 1)])
    desk.expect_shapes(SHAPES_MAX - 1)
    desk.click(300, 300)
    expect(desk.notice()).to_contain_text("That was the last: an answer may have 1,000 shapes")
    desk.click(310, 310)
    expect(desk.notice()).to_contain_text("An answer may have 1,000 shapes, and this one has them")
    desk.expect_shapes(SHAPES_MAX)
    assert len(desk.submit()["annotations"]) == SHAPES_MAX


def test_a_polygon_is_refused_at_its_first_corner_when_there_is_no_room_for_it(desk: Desk):
    desk.draw_on(point={"objects_to_annotate": ["lamp"]}, polygon={"objects_to_annotate": ["lake"]})
    desk.restore([_point(n % 600, n // 600 + 1) for n in range(SHAPES_MAX)])
    desk.press("p")
    desk.click(300, 300)
    expect(desk.notice()).to_contain_text("and this one has them")


def test_a_corner_too_many_and_a_box_made_too_small_are_refused_at_once(desk: Desk):
    desk.draw_on(
        line={"objects_to_annotate": ["road"], "max_vertices": 3},
        box={"objects_to_annotate": ["car"], "min_width": 20, "min_height": 10},
    )
    desk.sign_in()
    desk.press("l")
    for x in (100, 150, 200, 250):
        desk.click(x, 100)
    expect(desk.notice()).to_contain_text("A line may have at most 3 corners; Enter finishes it.")
    desk.press("Enter", "b")
    desk.drag((300, 100), (350, 150))
    desk.press("v")
    desk.drag((350, 150), (310, 150))
    expect(desk.notice()).to_contain_text("A box must be at least 20 by 10 pixels")
    line, box = desk.submit()["annotations"]
    assert [corner["x"] for corner in line["vertices"]] == [100, 150, 200]
    assert (box["width"], box["height"]) == (50, 50)


def _point(x: float, y: float) -> dict:
    return {"type": "point", "label": "lamp", "x": x, "y": y}


@pytest.fixture
def tablet(seat: Seat) -> Iterator[Desk]:
    with at_desk(seat, has_touch=True) as window:
        yield window


def test_two_fingers_zoom_and_leave_no_point_behind(tablet: Desk):
    tablet.draw_on(point={"objects_to_annotate": ["lamp"]})
    tablet.sign_in()
    fingers = tablet.page.context.new_cdp_session(tablet.page)
    (x, y) = tablet.at(320, 200)

    def touch(kind: str, *places: tuple[float, float]) -> None:
        points = [{"x": a, "y": b, "id": number} for number, (a, b) in enumerate(places)]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", (x - 20, y))
    touch("touchStart", (x - 20, y), (x + 20, y))
    for apart in (30, 40):
        touch("touchMove", (x - apart, y), (x + apart, y))
    touch("touchEnd")
    tablet.expect_shapes(0)
    # Twice as near now, around the same place: a finger sets a point where it is lifted.
    touch("touchStart", (x, y))
    touch("touchMove", (x + 64, y))
    touch("touchEnd")
    tablet.expect_shapes(1)
    scale = (tablet.at(1, 0)[0] - tablet.at(0, 0)[0]) * 2
    (only,) = _points(tablet.submit())
    assert only == pytest.approx((320 + 64 / scale, 200), abs=1.5)


def test_beside_a_pen_fingers_draw_nothing(tablet: Desk):
    tablet.draw_on(point={"objects_to_annotate": ["lamp"]})
    tablet.sign_in()
    tablet.page.touchscreen.tap(*tablet.at(100, 100))
    tablet.expect_shapes(1)
    pen = tablet.page.context.new_cdp_session(tablet.page)
    x, y = tablet.at(200, 100)
    for kind in ("mousePressed", "mouseReleased"):
        stroke = {"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1}
        pen.send("Input.dispatchMouseEvent", {**stroke, "pointerType": "pen"})
    tablet.expect_shapes(2)
    # The hand that holds the pen lies on the screen too.
    tablet.page.touchscreen.tap(*tablet.at(300, 100))
    tablet.expect_shapes(2)
    first, second = _points(tablet.submit())
    assert first == pytest.approx((100, 100), abs=1)
    assert second == pytest.approx((200, 100), abs=1)


def test_a_box_begun_beside_another_is_its_own_at_any_zoom(desk: Desk):
    desk.draw_on()
    desk.sign_in()
    desk.page.mouse.move(*desk.at(320, 200))
    desk.press(*["+"] * 4)
    desk.drag((320, 200), (400, 280))
    # Two pixels of the screen beside the corner of the first.
    mouse, (x, y) = desk.page.mouse, desk.at(400, 280)
    mouse.move(x + 2, y + 2)
    mouse.down()
    mouse.move(x + 60, y + 60)
    mouse.up()
    desk.expect_shapes(2)


@pytest.mark.parametrize("size", [(8, 6), (4_000, 12), (12, 4_000)], ids=["tiny", "wide", "tall"])
def test_pictures_of_odd_sizes_are_drawn_on_by_pointer_and_keys(desk: Desk, size: tuple[int, int]):
    desk.draw_on(size)
    desk.sign_in()
    width, height = size
    desk.drag((width / 4, 0), (width / 2, height))
    desk.press("c", "Enter", "ArrowLeft", "ArrowUp", "Enter")
    by_pointer, by_keys = _boxes(desk.submit())
    # As exact as a pixel of the screen is.
    exact = max(1, 640 / 1_000, max(size) / 600)
    assert by_pointer == pytest.approx((width / 4, 0, width / 4, height), abs=exact)
    assert by_keys[2:] == (1, 1)
