"""Spans of a text marked by pointer, finger and keys, and long lists of labels to name them by."""

import re
from collections.abc import Iterator

import pytest
from app.annotating import Desk, Seat, at_desk, seating
from playwright.sync_api import Locator, expect

from evenhand.task_types.namedentityrecognition import SPANS_MAX

LABELS = ["PERSON", "PLACE"]
TEXT = "Marie Curie left Warsaw for Paris in 1891 and studied at the Sorbonne."
# Where a part of the text is on the screen: [left, top, right, bottom] of its first line.
PLACE = """([text, part]) => {
  for (const piece of document.querySelectorAll("[data-start]")) {
    const at = piece.textContent.indexOf(part);
    if (at < 0) continue;
    const range = document.createRange();
    range.setStart(piece.firstChild, at);
    range.setEnd(piece.firstChild, at + part.length);
    const { left, top, right, bottom } = range.getClientRects()[0];
    return [left, top, right, bottom];
  }
}"""


@pytest.fixture(scope="module")
def seat() -> Iterator[Seat]:
    with seating("marking") as shared:
        yield shared


@pytest.fixture
def desk(seat: Seat) -> Iterator[Desk]:
    with at_desk(seat) as window:
        yield window


def _open(desk: Desk, text: str = TEXT, labels: list[str] | None = None) -> None:
    desk.send("namedentityrecognition", text=text, labels=labels or LABELS)
    desk.sign_in()


def _place(desk: Desk, part: str) -> tuple[float, float, float, float]:
    return tuple(desk.page.evaluate(PLACE, ["", part]))


def _drag(desk: Desk, start: tuple[float, float], end: tuple[float, float]) -> None:
    mouse = desk.page.mouse
    mouse.move(*start)
    mouse.down()
    mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    mouse.move(*end)
    mouse.up()


def _before(desk: Desk, part: str) -> tuple[float, float]:
    left, top, _, bottom = _place(desk, part)
    return left + 1, (top + bottom) / 2


def _behind(desk: Desk, part: str) -> tuple[float, float]:
    _, top, right, bottom = _place(desk, part)
    return right - 1, (top + bottom) / 2


def _spans(response: dict) -> list[tuple[str, str]]:
    return [(one["text"], one["label"]) for one in response["annotations"]]


def _tags(desk: Desk) -> Locator:
    return desk.page.locator("[class*=_tag_]")


def test_a_drag_that_ends_beside_the_text_marks_up_to_the_end_of_the_line(desk: Desk):
    _open(desk, f"{TEXT}\n{TEXT.upper()}")
    x, y = _before(desk, "studied")
    # Over the panel of the answer, beside the same line.
    _drag(desk, (x, y), (1200, y))
    assert _spans(desk.submit()) == [("studied at the Sorbonne.", "PERSON")]


@pytest.mark.parametrize(
    "end", [(700, 880), (1390, 899), (700, 600)], ids=["foot", "corner", "under"]
)
def test_a_drag_that_ends_below_the_text_marks_up_to_its_end(desk: Desk, end: tuple[int, int]):
    _open(desk)
    _drag(desk, _before(desk, "Sorbonne"), end)
    assert _spans(desk.submit()) == [("Sorbonne.", "PERSON")]


@pytest.mark.parametrize("end", [(2, 20), (700, 5), (5, 300)], ids=["corner", "above", "left"])
def test_a_drag_that_ends_before_the_text_marks_from_its_beginning(
    desk: Desk, end: tuple[int, int]
):
    _open(desk, "Marie Curie left Warsaw.")
    x, y = _behind(desk, "Curie")
    _drag(desk, (x, y), (end[0], min(end[1], y)))
    assert _spans(desk.submit()) == [("Marie Curie", "PERSON")]


def test_a_drag_over_nothing_but_blanks_says_why_nothing_is_marked(desk: Desk):
    _open(desk, "one" + " " * 40 + "two")
    x, y = _behind(desk, "one")
    _drag(desk, (x + 20, y), (x + 80, y))
    expect(desk.notice()).to_contain_text("nothing but blanks")
    desk.press("ArrowRight", "1")
    assert _spans(desk.submit()) == [("one", "PERSON")]


def test_the_same_span_twice_is_told(desk: Desk):
    _open(desk)
    for _ in range(2):
        _drag(desk, _before(desk, "Marie"), _behind(desk, "Curie"))
    expect(desk.notice()).to_contain_text("This is marked as PERSON already")
    assert _spans(desk.submit()) == [("Marie Curie", "PERSON")]


def test_a_drag_across_paragraphs_and_blank_lines_is_one_span(desk: Desk):
    _open(desk, "Marie\n\nCurie left\nWarsaw.")
    _drag(desk, _before(desk, "Marie"), _behind(desk, "left"))
    assert _spans(desk.submit()) == [("Marie\n\nCurie left", "PERSON")]


def test_the_next_span_comes_into_sight_in_a_paragraph_of_many_screens(desk: Desk):
    words = "lorem ipsum dolor sit amet consectetur " * 400
    text = f"Alpha {words}Omega {words}"
    desk.send("namedentityrecognition", text=text, labels=LABELS)
    desk.restore([_span(text, "Alpha"), _span(text, "Omega")])
    desk.press("n", "n")
    _expect_seen(desk, "Omega")
    desk.press("Shift+n")
    _expect_seen(desk, "Alpha")


def test_the_next_span_comes_into_sight_on_a_narrow_screen(seat: Seat):
    words = "lorem ipsum dolor sit amet consectetur " * 200
    text = f"Alpha {words}Omega {words}"
    with at_desk(seat, viewport={"width": 420, "height": 800}) as phone:
        phone.send("namedentityrecognition", text=text, labels=LABELS)
        phone.restore([_span(text, "Alpha"), _span(text, "Omega")])
        phone.press("n", "n")
        phone.page.wait_for_timeout(150)
        _, top, _, bottom = _place(phone, "Omega")
        # Above the panel of the answer, which takes the lower part.
        assert 40 < top < bottom < 500


def test_the_next_span_comes_into_sight_behind_thousands_of_paragraphs(desk: Desk):
    filler = "\n".join(f"Paragraph {n} {'of some words ' * (n % 40)}" for n in range(1_500))
    text = f"Alpha\n{filler}\nOmega\n{filler}"
    desk.send("namedentityrecognition", text=text, labels=LABELS)
    desk.restore([_span(text, "Alpha"), _span(text, "Omega")])
    desk.press("n", "n")
    _expect_seen(desk, "Omega")


def _span(text: str, part: str, label: str = "PERSON") -> dict:
    start = text.index(part)
    return {"start": start, "end": start + len(part), "text": part, "label": label}


def _expect_seen(desk: Desk, part: str) -> None:
    desk.page.wait_for_timeout(150)
    _, top, _, bottom = _place(desk, part)
    assert 40 < top < bottom < 870, f"{part} is at {top}"


def test_spans_are_named_above_the_text_and_names_cover_neither_it_nor_each_other(desk: Desk):
    text = f"{TEXT}\n{TEXT}"
    labels = [
        "PERSON",
        "PLACE",
        "a_label_with_a_name_that_is_much_longer_than_its_span",
        "UNIVERSITY",
    ]
    desk.send("namedentityrecognition", text=text, labels=labels)
    desk.restore(
        [
            _span(text, "Marie Curie left Warsaw", labels[3]),
            _span(text, "Marie Curie", "PERSON"),
            _span(text, "Curie", labels[2]),
            _span(text, "Warsaw", "PLACE"),
            _span(text, "for", labels[2]),
            _span(text, "Paris", "PLACE"),
            _span(text, "in", labels[2]),
            _span(text, "Sorbonne", labels[2]),
        ]
    )
    tags = _tags(desk)
    expect(tags).to_have_count(8)
    assert {"PERSON", "PLACE"} < set(tags.all_inner_texts())
    boxes = [tag.bounding_box() for tag in tags.all()]
    lines = [_place(desk, word) for word in ("Marie", "Curie", "Warsaw", "Paris", "Sorbonne")]
    for number, one in enumerate(boxes):
        assert one is not None
        assert one["width"] >= 20
        for left, top, right, bottom in lines:
            beside = one["x"] >= right or one["x"] + one["width"] <= left
            assert beside or one["y"] + one["height"] <= top + 1 or one["y"] >= bottom - 1
        for other in boxes[:number]:
            assert other is not None
            apart = one["x"] >= other["x"] + other["width"] or other["x"] >= one["x"] + one["width"]
            assert apart or abs(one["y"] - other["y"]) >= 13, "two names cover each other"
    # What lies over another span has a line of its own.
    assert desk.page.locator("[class*=_bar_]").count() >= 2


def test_names_follow_the_text_when_it_scrolls(desk: Desk):
    text = "\n".join(f"Line {n} of many." for n in range(300))
    desk.send("namedentityrecognition", text=text, labels=LABELS)
    desk.restore([_span(text, "Line 2 "), _span(text, "Line 250")])
    expect(_tags(desk)).to_have_count(1)
    desk.press("n", "n")
    _expect_seen(desk, "Line 250")
    expect(_tags(desk)).to_have_count(1)
    box = _tags(desk).bounding_box()
    assert box is not None
    left, top, _, _ = _place(desk, "Line 250")
    assert (box["x"], box["y"] + box["height"]) == pytest.approx((left, top), abs=3)


def test_in_a_text_from_right_to_left_names_stand_at_the_right_end(desk: Desk):
    text = "שרה אמנו הלכה לירושלים עם בנה יצחק"
    desk.send("namedentityrecognition", text=text, labels=LABELS)
    desk.restore([_span(text, "שרה"), _span(text, "לירושלים", "PLACE")])
    expect(_tags(desk)).to_have_count(2)
    box = _tags(desk).nth(1).bounding_box()
    assert box is not None
    _, _, right, _ = _place(desk, "לירושלים")
    assert box["x"] + box["width"] == pytest.approx(right, abs=3)
    # Beside the text on the left is where a line ends.
    _, top, right, bottom = _place(desk, "יצחק")
    _drag(desk, (right - 1, (top + bottom) / 2), (2, (top + bottom) / 2))
    assert _spans(desk.submit())[-1] == ("יצחק", "PERSON")


def test_an_exact_selection_keeps_accents_and_emoji_whole(desk: Desk):
    text = "caf\u0065\u0301 \U0001f469\u200d\U0001f469\u200d\U0001f467 \U0001f1eb\U0001f1f7 fin"
    _open(desk, text)
    desk.page.keyboard.down("Alt")
    _drag(desk, _before(desk, "caf"), _behind(desk, "\u0065\u0301"))
    _drag(desk, _before(desk, "\U0001f469"), _behind(desk, "\U0001f1f7"))
    desk.page.keyboard.up("Alt")
    response = desk.submit()
    assert [text[one["start"] : one["end"]] for one in response["annotations"]] == [
        "caf\u0065\u0301",
        "\U0001f469\u200d\U0001f469\u200d\U0001f467 \U0001f1eb\U0001f1f7",
    ]


def test_clicks_on_nested_spans_reach_the_outer_ones_too(desk: Desk):
    desk.send("namedentityrecognition", text=TEXT, labels=LABELS)
    whole = "Marie Curie left Warsaw"
    desk.restore([_span(TEXT, whole), _span(TEXT, "Curie"), _span(TEXT, "Curie", "PLACE")])
    for _ in range(3):
        desk.page.mouse.click(*_before(desk, "Curie"))
        # Far enough apart not to be a double click, which marks a word.
        desk.page.wait_for_timeout(600)
    desk.press("Delete")
    assert ("Marie Curie left Warsaw", "PERSON") not in _spans(desk.submit())


def test_thousands_of_spans_open_and_one_too_many_is_refused_at_once(desk: Desk):
    text = "ab " * (SPANS_MAX + 2)
    desk.send("namedentityrecognition", text=text, labels=LABELS)
    desk.restore(
        [{"start": 3 * n, "end": 3 * n + 2, "label": LABELS[n % 2]} for n in range(SPANS_MAX)]
    )
    expect(desk.page.get_by_role("heading", name="Spans")).to_have_text(f"Spans {SPANS_MAX}")
    desk.press("ArrowRight", "2")
    expect(desk.notice()).to_contain_text("An answer may have 10,000 spans, and this one has them")


def test_a_finger_marks_what_it_tapped_or_selected(seat: Seat):
    with at_desk(seat, has_touch=True) as tablet:
        _open(tablet)
        tablet.page.touchscreen.tap(*_before(tablet, "Marie"))
        tablet.page.get_by_role("button", name="PLACE").tap()
        # As the handles of a finger's selection leave it.
        tablet.page.evaluate("""() => {
          const text = document.querySelector("[data-start]").firstChild;
          getSelection().setBaseAndExtent(text, 17, text, 33);
        }""")
        tablet.page.get_by_role("button", name="PERSON").tap()
        assert _spans(tablet.submit()) == [("Marie", "PLACE"), ("Warsaw for Paris", "PERSON")]


# Long lists of labels.

MANY = [f"label_number_{n}" for n in range(499)]


def _pressed(desk: Desk) -> Locator:
    return desk.page.locator("aside button[aria-pressed=true]")


def test_among_500_labels_the_one_in_hand_is_in_sight(desk: Desk):
    for _ in range(2):
        desk.send("namedentityrecognition", text=TEXT, labels=[*MANY, "card_arrival"])
    desk.sign_in()
    desk.press("/")
    desk.page.keyboard.type("card arr")
    desk.press("Enter")
    expect(_pressed(desk)).to_have_text("card_arrival")
    expect(_pressed(desk)).to_be_in_viewport()
    desk.press("ArrowRight", "Escape")
    _drag(desk, _before(desk, "Marie"), _behind(desk, "Curie"))
    assert _spans(desk.submit()) == [("Marie Curie", "card_arrival")]
    # So it is in the next task, where it is still in hand.
    expect(_pressed(desk)).to_have_text("card_arrival")
    expect(_pressed(desk)).to_be_in_viewport()


@pytest.mark.parametrize("query", ["arr card", "CARD-arr", "cärd_árrival"])
def test_a_label_is_found_by_beginnings_of_its_words(desk: Desk, query: str):
    _open(desk, labels=[*MANY, "discard_array", "card_arrival", "card_arrears"])
    desk.press("/")
    desk.page.keyboard.type(query)
    first = desk.page.locator("aside section button").first
    expect(first).to_have_text("card_arrival")


def test_words_that_no_label_has_are_told(desk: Desk):
    _open(desk, labels=MANY)
    desk.press("/")
    desk.page.keyboard.type("zebra")
    expect(desk.page.locator("aside")).to_contain_text("No label has these words.")
    desk.press("Enter")
    expect(_pressed(desk)).to_have_text(re.compile("label_number_0"))


def test_labels_of_200_signs_keep_their_ends_and_their_rows_apart(desk: Desk):
    long = [f"{'a_very_long_name_' * 11}{n:03}" for n in range(40)]
    _open(desk, labels=long)
    rows = desk.page.locator("aside section li")
    first, second = rows.nth(0).bounding_box(), rows.nth(1).bounding_box()
    assert first is not None
    assert second is not None
    assert first["y"] + first["height"] <= second["y"]
    expect(rows.nth(1)).to_contain_text("…")
    expect(rows.nth(1)).to_contain_text("001")
