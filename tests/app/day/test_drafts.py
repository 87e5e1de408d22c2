"""Drafts: what was done last goes on, wherever it was done, and a real conflict asks."""

import requests
from app.day.person import Customer, Person
from playwright.sync_api import expect

SAVED_MS = 2_600


def _saved(person: Person) -> None:
    person.page.wait_for_timeout(300)
    expect(person.page.get_by_text("Saved", exact=True)).to_be_visible()


def test_a_newer_draft_of_another_browser_beats_a_fuller_one_that_was_saved_before(
    customer: Customer, person: Person
):
    customer.lines("A line")
    person.sign_in()
    person.field.fill("all four of the words that were wrong")
    _saved(person)
    first = (person.context, person.page)
    person.another_browser()
    person.sign_in()
    person.field.fill("one")
    _saved(person)
    person.context, person.page = first
    person.reload()
    expect(person.field).to_have_value("one")
    person.page.get_by_role("button", name="Undo").click()
    expect(person.field).to_have_value("all four of the words that were wrong")


def test_a_choice_that_was_corrected_elsewhere_stays_corrected(customer: Customer, person: Person):
    customer.ask("Which?", "alpha", "beta", "gamma")
    person.sign_in()
    person.press("1")
    _saved(person)
    first = (person.context, person.page)
    person.another_browser()
    person.sign_in()
    person.press("3")
    _saved(person)
    person.context, person.page = first
    person.reload()
    expect(person.chosen).to_contain_text("gamma")


def test_undo_has_its_steps_after_a_reload(customer: Customer, person: Person):
    customer.ask("Which?", "alpha", "beta", "gamma")
    person.sign_in()
    person.press("1", "2", "3")
    person.page.wait_for_timeout(400)
    person.reload()
    expect(person.chosen).to_contain_text("gamma")
    person.press("z")
    expect(person.chosen).to_contain_text("beta")
    person.press("z", "z")
    expect(person.chosen).to_have_count(0)


def test_two_places_that_both_went_on_ask_which_one_stays(customer: Customer, person: Person):
    (task,) = customer.lines("A line")
    person.sign_in()
    first = (person.context, person.page)
    person.context.set_offline(True)
    person.field.fill("written here")
    person.page.wait_for_timeout(SAVED_MS)
    person.another_browser()
    person.sign_in()
    person.field.fill("written elsewhere")
    _saved(person)
    person.context, person.page = first
    person.context.set_offline(False)
    asked = person.page.get_by_role("alertdialog")
    expect(asked).to_contain_text("written elsewhere")
    expect(person.field).to_have_value("written here")
    asked.get_by_role("button", name="Take the other one").click()
    expect(person.field).to_have_value("written elsewhere")
    person.page.get_by_role("button", name="Undo").click()
    expect(person.field).to_have_value("written here")
    person.submit(done=1)
    assert customer.response(task)["fields"] == {"line": "written here"}


def test_a_draft_that_was_made_offline_is_sent_when_the_line_is_back(
    customer: Customer, person: Person
):
    customer.lines("A line")
    person.sign_in()
    person.context.set_offline(True)
    person.field.fill("written in a tunnel")
    person.page.wait_for_timeout(SAVED_MS)
    person.context.set_offline(False)
    _saved(person)
    (held,) = person.at_api("GET", "/assignments").json()["assignments"]
    assert held["draft"]["response"]["fields"] == {"line": "written in a tunnel"}


def test_a_draft_that_the_server_refuses_is_told_and_kept(customer: Customer, person: Person):
    customer.lines("A line")
    person.sign_in()
    person.field.fill("a NUL: \0")
    person.page.wait_for_timeout(SAVED_MS)
    person.tells("The server does not take this draft")
    person.reload()
    expect(person.field).to_have_value("a NUL: \0")


def test_the_draft_that_went_on_is_what_the_server_has(customer: Customer, person: Person):
    customer.lines("A line")
    person.sign_in()
    person.field.fill("one")
    _saved(person)
    person.reload()
    person.field.fill("one two")
    _saved(person)
    reply: requests.Response = person.at_api("GET", "/assignments")
    assert reply.json()["assignments"][0]["draft"]["version"] == 2
