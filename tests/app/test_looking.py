"""Pictures that are only looked at: zoomed and moved by wheel, pointer, fingers and keys."""

from collections.abc import Iterator

import pytest
from app.annotating import Desk, Seat, at_desk, seating
from playwright.sync_api import Locator, expect


@pytest.fixture(scope="module")
def seat() -> Iterator[Seat]:
    with seating("looking") as shared:
        yield shared


@pytest.fixture
def desk(seat: Seat) -> Iterator[Desk]:
    with at_desk(seat) as window:
        yield window


CHOICE = {"attachment_type": "image", "categories": ["cat", "dog"]}


def _picture(desk: Desk, nth: int = 0) -> Locator:
    return desk.page.locator("main figure img, main img").nth(nth)


def _box(desk: Desk, nth: int = 0) -> tuple[float, float, float]:
    """Left, top and width of the picture on the screen."""
    box = _picture(desk, nth).bounding_box()
    assert box is not None
    return box["x"], box["y"], box["width"]


def _choose(desk: Desk, count: int = 1, size: tuple[int, int] = (640, 400)) -> None:
    for _ in range(count):
        desk.send("categorization", attachment=desk.upload(size), **CHOICE)
    desk.sign_in()
    _picture(desk).wait_for()


def test_the_wheel_zooms_around_the_pointer_and_a_drag_moves(desk: Desk):
    _choose(desk)
    left, top, width = _box(desk)
    at = (left + 300, top + 200)
    desk.page.mouse.move(*at)
    for _ in range(3):
        desk.page.mouse.wheel(0, -240)
    expect(_picture(desk)).not_to_have_css("transform", "none")
    near_left, near_top, near_width = _box(desk)
    factor = near_width / width
    assert factor == pytest.approx(1.7**3, abs=0.2)
    assert (at[0] - near_left) / factor == pytest.approx(300, abs=2)
    assert (at[1] - near_top) / factor == pytest.approx(200, abs=2)
    desk.page.mouse.down()
    desk.page.mouse.move(at[0] - 30, at[1] - 10)
    desk.page.mouse.up()
    assert _box(desk)[:2] == pytest.approx((near_left - 30, near_top - 10), abs=2)
    desk.page.mouse.dblclick(*at)
    assert _box(desk) == (left, top, width)


def test_keys_zoom_move_and_fit_and_stand_in_the_list_of_keys(desk: Desk):
    _choose(desk)
    plain = _box(desk)
    desk.press("+", "+", "+")
    near = _box(desk)
    assert near[2] == pytest.approx(plain[2] * 1.4**3, rel=0.01)
    desk.press("Shift+ArrowRight")
    assert _box(desk)[0] < near[0]
    desk.press("-", "-", "-")
    assert _box(desk) == pytest.approx(plain, abs=1)
    desk.press("+", "f")
    assert _box(desk) == plain
    desk.press("?")
    listed = desk.page.get_by_role("dialog")
    expect(listed).to_contain_text("Zoom the picture")
    expect(listed).to_contain_text("Fit the picture")
    desk.press("Escape", "1")
    assert desk.submit() == {"category": "cat"}


def test_zoom_stays_for_the_next_picture_of_the_kind(desk: Desk):
    _choose(desk, count=2)
    desk.press("+", "+", "Shift+ArrowRight")
    near = _box(desk)
    desk.press("1")
    desk.submit()
    expect(_picture(desk)).not_to_have_css("transform", "none")
    assert _box(desk) == pytest.approx(near, abs=1)


def test_text_has_no_keys_for_pictures(desk: Desk):
    desk.send(
        "categorization", attachment="seven", attachment_type="text", categories=["one", "two"]
    )
    desk.sign_in()
    desk.press("?")
    expect(desk.page.get_by_role("dialog")).to_contain_text("Undo")
    expect(desk.page.get_by_role("dialog")).not_to_contain_text("Fit the picture")


def test_of_several_pictures_the_keys_mean_the_one_under_the_pointer(desk: Desk):
    pictures = [desk.upload(), desk.upload((400, 640))]
    desk.send(
        "comparison", attachments=pictures, attachment_type="image", choices=["left", "right"]
    )
    desk.sign_in()
    before = [_box(desk, 0), _box(desk, 1)]
    left, top, width = before[1]
    desk.page.mouse.move(left + width / 2, top + 50)
    desk.press("+")
    assert _box(desk, 1)[2] == pytest.approx(width * 1.4, rel=0.01)
    assert _box(desk, 0) == before[0]


@pytest.mark.parametrize("width", [1_400, 420])
def test_large_pictures_side_by_side_are_shown_whole(seat: Seat, width: int):
    with at_desk(seat, viewport={"width": width, "height": 800}) as narrow:
        pictures = [narrow.upload((600, 2_400)), narrow.upload((2_400, 600))]
        narrow.send(
            "comparison", attachments=pictures, attachment_type="image", choices=["left", "right"]
        )
        narrow.sign_in()
        for nth in range(2):
            picture, holder = _picture(narrow, nth), _picture(narrow, nth).locator("..")
            inner, outer = picture.bounding_box(), holder.bounding_box()
            assert inner is not None
            assert outer is not None
            assert inner["height"] <= outer["height"] + 1
            assert inner["width"] <= outer["width"] + 1
        narrow.page.locator("figure button").nth(1).click()
        assert narrow.submit() == {"choice": "right"}


def test_where_the_wheel_scrolls_it_zooms_with_ctrl_only(desk: Desk):
    pictures = [{"type": "image", "content": desk.upload()} for _ in range(3)]
    fields = [{"field_id": "tone", "type": "category", "choices": ["calm", "angry"]}]
    desk.send("textcollection", attachments=pictures, fields=fields)
    desk.sign_in()
    left, top, width = _box(desk)
    desk.page.mouse.move(left + 50, top + 50)
    desk.page.mouse.wheel(0, 100)
    desk.page.wait_for_timeout(200)
    assert _box(desk)[1] < top
    assert _box(desk)[2] == width
    desk.page.keyboard.down("Control")
    desk.page.mouse.wheel(0, -240)
    desk.page.keyboard.up("Control")
    desk.page.wait_for_timeout(100)
    assert _box(desk)[2] > width


@pytest.mark.parametrize("size", [(4, 3), (4_000, 10), (10, 4_000)], ids=["tiny", "wide", "tall"])
def test_pictures_of_odd_sizes_are_zoomed_and_never_lost_from_sight(
    desk: Desk, size: tuple[int, int]
):
    _choose(desk, size=size)
    plain = _box(desk)
    desk.press(*["+"] * 20, *["Shift+ArrowRight"] * 30, *["Shift+ArrowDown"] * 30)
    expect(_picture(desk)).to_be_in_viewport()
    assert _box(desk)[2] > plain[2]
    desk.press("f")
    assert _box(desk) == plain


def test_two_fingers_zoom_a_picture(seat: Seat):
    with at_desk(seat, has_touch=True) as tablet:
        _choose(tablet)
        left, top, width = _box(tablet)
        fingers = tablet.page.context.new_cdp_session(tablet.page)
        x, y = left + width / 2, top + 100
        for kind, aparts in (("touchStart", [20]), ("touchMove", [30, 40]), ("touchEnd", [])):
            for apart in aparts or [0]:
                points = [{"x": x - apart, "y": y, "id": 0}, {"x": x + apart, "y": y, "id": 1}]
                touched = {"type": kind, "touchPoints": points if aparts else []}
                fingers.send("Input.dispatchTouchEvent", touched)
        tablet.page.wait_for_timeout(100)
        assert _box(tablet)[2] == pytest.approx(width * 2, rel=0.1)
