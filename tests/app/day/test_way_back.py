"""The last answers, opened again and corrected; skips taken back."""

from uuid import uuid4

from app.day.conftest import NewPerson
from app.day.person import PAINTED_MS, Customer, Person
from playwright.sync_api import expect

HELD_BACK_MS = 3_500


def test_the_answer_just_given_is_taken_back_and_corrected(customer: Customer, person: Person):
    tasks = [customer.ask(text, "cat", "dog") for text in ("one", "two")]
    person.sign_in()
    person.press("1")
    person.submit(done=1)
    person.press("Shift+R")
    person.sees("one")
    person.has_done(0)
    expect(person.chosen).to_contain_text("cat")
    person.press("2")
    person.submit(done=1)
    person.press("1")
    person.submit(done=2)
    assert [customer.response(task) for task in tasks] == [
        {"category": "dog"},
        {"category": "cat"},
    ]


def test_an_answer_at_the_server_is_corrected_until_the_others_are_in(
    customer: Customer, person: Person, new_person: NewPerson
):
    customer.project("pairs", "categorization", annotations=2, annotations_max=2)
    task = customer.ask("Which?", "cat", "dog", project="pairs", instruction="Look **closely**.")
    person.sign_in()
    person.press("1")
    person.submit(done=1)
    person.page.wait_for_timeout(HELD_BACK_MS)
    person.page.reload()
    person.page.get_by_text("All done for now").wait_for()
    person.press("Shift+R")
    dialog = person.page.get_by_role("dialog")
    expect(dialog).to_contain_text("Categorise · cat")
    person.press("1")
    expect(person.page.get_by_text("You are correcting an answer")).to_be_visible()
    person.sees("Which?")
    expect(person.page.get_by_text("Look closely.")).to_be_visible()
    expect(person.chosen).to_contain_text("cat")
    person.press("2")
    person.look()
    person.press("Enter")
    person.tells("The correction was handed in")
    person.page.wait_for_timeout(500)
    _answers(new_person(), "dog")
    assert customer.response(task) == {"category": "dog"}
    person.press("Shift+R", "1")
    expect(dialog.get_by_role("alert")).to_contain_text("have been weighed")


def _answers(other: Person, category: str) -> None:
    lent = other.at_api("POST", "/assignments/next").json()["assignment_id"]
    body = {"annotation_id": str(uuid4()), "response": {"category": category}}
    reply = other.at_api("POST", f"/assignments/{lent}/submit", json=body)
    assert reply.status_code == 200, reply.text


def test_a_correction_can_be_left(customer: Customer, person: Person):
    customer.project("pairs", "categorization", annotations=2, annotations_max=2)
    customer.ask("one", "cat", "dog", project="pairs")
    customer.ask("two", "cat", "dog", project="pairs")
    person.sign_in()
    person.press("1")
    person.submit(done=1)
    person.page.wait_for_timeout(HELD_BACK_MS)
    person.press("Shift+R", "1")
    person.sees("one")
    person.press("2", "Shift+R")
    person.sees("two")
    person.press("Shift+R", "1")
    expect(person.chosen).to_contain_text("cat")


def test_a_skip_at_the_server_is_taken_back(customer: Customer, person: Person):
    task = customer.ask("one", "cat", "dog")
    customer.ask("two", "cat", "dog")
    person.sign_in()
    person.press("s", "4")
    person.sees("two")
    person.page.wait_for_timeout(HELD_BACK_MS)
    person.press("Shift+R")
    expect(person.page.get_by_role("dialog")).to_contain_text("skipped")
    person.press("1")
    person.sees("one")
    person.press("2")
    person.submit(done=1)
    assert customer.response(task) == {"category": "dog"}


def test_the_last_ten_answers_are_listed_and_gone_after_signing_out(
    customer: Customer, person: Person
):
    for number in range(12):
        customer.ask(f"Which? {number}", "cat", "dog")
    person.sign_in()
    for done in range(1, 13):
        person.page.wait_for_timeout(PAINTED_MS)
        person.press("1", "Enter")
        person.has_done(done)
    person.page.wait_for_timeout(HELD_BACK_MS)
    person.press("Shift+R")
    dialog = person.page.get_by_role("dialog")
    expect(dialog.get_by_text("Categorise · cat")).to_have_count(10)
    person.press("Escape")
    person.page.get_by_role("button", name="Sign out").click()
    person.page.get_by_role("heading", name="Sign in to the workbench").wait_for()
    person.page.goto(person.link)
    person.page.get_by_role("button", name="Answers").click()
    expect(dialog).to_contain_text("Nothing was handed in here yet")


def test_an_answer_leaves_with_the_page(customer: Customer, person: Person):
    task = customer.ask("one", "cat", "dog")
    person.sign_in()
    person.press("1")
    person.submit(done=1)
    person.page.goto("about:blank")
    assert customer.response(task) == {"category": "cat"}
