"""Keys: what a press counts for, when it counts, and that it does so on every layout."""

import re
from uuid import uuid4

import pytest
import requests
from app.day.conftest import NewPerson
from app.day.person import PAINTED_MS, Customer, Person
from app.served import Served
from playwright.sync_api import expect

LONG = "\n\n".join(f"Paragraph {number}. " + "Many words stand here. " * 30 for number in range(40))


def _reviews(customer: Customer, served: Served, *texts: str) -> list[str]:
    """Tasks that three others have answered, and that a reviewer is to decide."""
    policy = {"annotations": 3, "annotations_max": 3, "review_below": 0.9}
    customer.project("animals", "categorization", **policy)
    asked = [customer.ask(text, "cat", "dog", project="animals") for text in texts]
    for category in ("dog", "dog", "cat"):
        made = served.command("annotator", "create", f"{uuid4().hex[:8]}@example.org")
        bearer = {"Authorization": f"Bearer {made['token']}"}
        at = f"{served.origin}/api/assignments"
        while (lent := requests.post(f"{at}/next", headers=bearer, timeout=30)).status_code == 200:
            body = {"annotation_id": str(uuid4()), "response": {"category": category}}
            url = f"{at}/{lent.json()['assignment_id']}/submit"
            assert requests.post(url, headers=bearer, json=body, timeout=30).status_code == 200
    return asked


@pytest.mark.parametrize("gap_ms", [0, 40, 120, 250])
def test_a_second_enter_accepts_no_review_unseen(
    customer: Customer, served: Served, new_person: NewPerson, gap_ms: int
):
    _reviews(customer, served, "one", "two")
    reviewer = new_person("--reviewer")
    reviewer.sign_in()
    reviewer.press("Enter")
    reviewer.page.wait_for_timeout(gap_ms)
    reviewer.press("Enter")
    reviewer.page.wait_for_timeout(300)
    reviewer.has_done(1)
    reviewer.look()
    reviewer.press("Enter")
    reviewer.has_done(2)


def test_a_double_click_on_submit_hands_in_one_review(
    customer: Customer, served: Served, new_person: NewPerson
):
    _reviews(customer, served, "one", "two")
    reviewer = new_person("--reviewer")
    reviewer.sign_in()
    reviewer.submit_button.dblclick()
    reviewer.page.wait_for_timeout(300)
    reviewer.has_done(1)


def test_an_empty_answer_is_not_confirmed_by_a_double_press(customer: Customer, person: Person):
    customer.lines("A line", "Another")
    person.sign_in()
    person.press("Control+Enter")
    person.page.wait_for_timeout(100)
    person.press("Control+Enter")
    person.page.wait_for_timeout(300)
    person.has_done(0)
    person.tells("There is nothing in this answer")
    person.press("Control+Enter")
    person.has_done(1)


def test_whoever_answers_fast_is_not_slowed(customer: Customer, person: Person):
    for number in range(6):
        customer.ask(f"Which? {number}", "cat", "dog")
    person.sign_in()
    for done in range(1, 7):
        person.page.wait_for_timeout(PAINTED_MS)
        person.press("1", "Enter")
        person.has_done(done)


def test_s_and_enter_skip_nothing(customer: Customer, person: Person):
    customer.ask("Which?", "cat", "dog")
    person.sign_in()
    person.press("s")
    person.page.wait_for_timeout(100)
    person.press("Enter")
    dialog = person.page.get_by_role("dialog")
    expect(dialog).to_contain_text("Choose a reason")
    person.press("Escape")
    person.sees("Which?")


def test_a_skip_wants_a_reason_and_can_be_taken_back(customer: Customer, person: Person):
    customer.ask("Which?", "cat", "dog")
    person.sign_in()
    person.press("2")
    person.press("s", "3")
    person.tells("Skipped")
    person.look()
    person.press("Shift+R")
    person.sees("Which?")
    expect(person.chosen).to_contain_text("dog")
    person.submit(done=1)


def test_after_a_click_on_the_instruction_enter_submits(customer: Customer, person: Person):
    task = customer.ask("Which?", "cat", "dog", instruction="Look closely.")
    person.sign_in()
    person.press("1")
    person.page.get_by_text("Instruction", exact=True).click()
    person.press("Enter")
    person.has_done(1)
    assert customer.response(task) == {"category": "cat"}


def test_an_instruction_that_was_folded_stays_folded_until_it_is_another(
    customer: Customer, person: Person
):
    for text in ("one", "two"):
        customer.ask(text, "cat", "dog", instruction="Look closely.")
    customer.ask("three", "cat", "dog", instruction="Look **twice**.")
    person.sign_in()
    folded = person.page.locator("details")
    person.page.get_by_text("Instruction", exact=True).click()
    expect(folded).not_to_have_attribute("open", "")
    person.press("1")
    person.submit(done=1)
    person.sees("two")
    expect(folded).not_to_have_attribute("open", "")
    person.reload()
    expect(folded).not_to_have_attribute("open", "")
    person.press("1")
    person.submit(done=2)
    expect(folded).to_have_attribute("open", "")


RUSSIAN = {"z": "я", "s": "ы", "R": "\N{CYRILLIC CAPITAL LETTER KA}", "x": "ч"}


def _press_russian(person: Person, letter: str) -> None:
    person.page.evaluate(
        "([key, code, shiftKey]) => document.body.dispatchEvent(new KeyboardEvent('keydown', "
        "{key, code, shiftKey, bubbles: true, cancelable: true}))",
        [RUSSIAN[letter], f"Key{letter.upper()}", letter.isupper()],
    )


def test_letters_work_on_a_russian_layout(customer: Customer, person: Person):
    # Of two, so that there is a way back however long the keys before it take.
    customer.project("two", "categorization", annotations=2, annotations_max=2)
    for text in ("Which?", "And this?"):
        customer.ask(text, "cat", "dog", project="two")
    person.sign_in()
    person.press("1", "2")
    _press_russian(person, "z")
    expect(person.chosen).to_contain_text("cat")
    person.submit(done=1)
    person.sees("And this?")
    person.look()
    _press_russian(person, "s")
    expect(person.page.get_by_role("dialog")).to_be_visible()
    person.press("Escape")
    expect(person.page.get_by_role("dialog")).to_have_count(0)
    _press_russian(person, "R")
    person.sees("Which?")


def _top(person: Person) -> float:
    return person.page.evaluate(
        "Math.max(...[...document.querySelectorAll('main, main *')].map((e) => e.scrollTop))"
    )


@pytest.mark.parametrize("key", ["PageDown", "Space", "ArrowDown", "End"])
def test_long_texts_scroll_by_keys(customer: Customer, person: Person, key: str):
    customer.ask(LONG, "cat", "dog")
    person.sign_in()
    person.press(key)
    person.page.wait_for_timeout(300)
    gone = _top(person)
    assert gone > 20
    back = {"PageDown": "PageUp", "Space": "Shift+Space", "ArrowDown": "ArrowUp", "End": "Home"}
    person.press(back[key])
    person.page.wait_for_timeout(300)
    assert _top(person) < gone


def test_a_space_in_a_text_field_scrolls_nothing(customer: Customer, person: Person):
    customer.lines(LONG)
    person.sign_in()
    person.field.focus()
    person.press("a", "Space", "b")
    expect(person.field).to_have_value("a b")
    assert _top(person) == 0


def test_sound_is_played_rewound_and_slowed_by_keys(customer: Customer, person: Person):
    sound = customer.call(
        "POST", "/v1/files/upload", files={"file": ("a.wav", _wave(20), "audio/wav")}
    )["attachment_url"]
    customer.lines(sound, attachment_type="audio")
    person.sign_in()
    player = person.page.locator("audio")
    state = "(e) => [e.paused, e.currentTime, e.playbackRate]"
    person.field.focus()
    player.evaluate("(e) => { e.muted = true; e.currentTime = 10; }")
    person.press("Control+Space")
    person.page.wait_for_timeout(300)
    assert player.evaluate("(e) => e.paused") is False
    person.press("Control+Space")
    paused, before, _ = player.evaluate(state)
    assert paused
    person.press("Control+,")
    assert player.evaluate("(e) => e.currentTime") == pytest.approx(before - 2, abs=0.2)
    person.press("Control+>", "Control+>")
    assert player.evaluate(state)[2] == pytest.approx(1.5)
    person.press("Control+<")
    assert player.evaluate(state)[2] == pytest.approx(1.25)
    expect(person.field).to_have_value("")
    person.page.keyboard.press("Escape")
    person.page.locator("aside").click(position={"x": 5, "y": 5})
    person.press("Space")
    person.page.wait_for_timeout(200)
    assert player.evaluate("(e) => e.paused") is False
    person.press("?")
    expect(person.page.get_by_role("dialog")).to_contain_text(re.compile("Play or pause"))


def _wave(seconds: int) -> bytes:
    """Silence, as eight thousand samples of a byte a second."""
    rate = 8_000
    size = rate * seconds
    head = b"RIFF" + (36 + size).to_bytes(4, "little") + b"WAVEfmt " + (16).to_bytes(4, "little")
    form = (1).to_bytes(2, "little") * 2 + rate.to_bytes(4, "little") * 2
    form += (1).to_bytes(2, "little") + (8).to_bytes(2, "little")
    return head + form + b"data" + size.to_bytes(4, "little") + b"\x80" * size
