"""Shapes on a picture, drawn by pointer and by keys: each press does what the tool says."""

from collections.abc import Iterator

import pytest
from app.annotating import Desk, at_desk, browsing
from app.served import Served, serving
from playwright.sync_api import Browser, expect


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving("drawing") as server:
        yield server


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing() as chromium:
        yield chromium


@pytest.fixture
def desk(served: Served, browser: Browser) -> Iterator[Desk]:
    with at_desk(served, browser) as seated:
        yield seated


def _boxes(response: dict) -> list[tuple[float, ...]]:
    sides = ("left", "top", "width", "height")
    return [tuple(one[side] for side in sides) for one in response["annotations"]]


def _points(response: dict) -> list[tuple[float, float]]:
    return [(one["x"], one["y"]) for one in response["annotations"]]


def _vertices(response: dict) -> list[list[tuple[float, float]]]:
    return [[(one["x"], one["y"]) for one in shape["vertices"]] for shape in response["annotations"]]


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
