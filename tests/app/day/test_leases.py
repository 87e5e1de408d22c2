"""Tasks that were answered stay answered, and a lease that ran out costs nobody their work."""

import json
import time
from collections.abc import Callable

from app.day.conftest import NewPerson
from app.day.person import Customer, Person
from playwright.sync_api import Route, expect

SLOW_SECONDS = 0.7
# So many that the page asks for no more, and so is not lent anew what it lost.
MANY = ("A line", "two", "three", "four", "five", "six")


def _stale_list(person: Person) -> None:
    """Have the list of held tasks arrive late, as it was when it was asked for."""

    def answered(route: Route) -> None:
        reply = route.fetch()
        time.sleep(SLOW_SECONDS)
        route.fulfill(response=reply)

    person.page.route("**/api/assignments", answered)


def test_an_answered_task_does_not_come_back_after_a_reload(customer: Customer, person: Person):
    texts = ["one", "two", "three", "four"]
    tasks = [customer.ask(text, "cat", "dog") for text in texts]
    person.sign_in()
    _stale_list(person)
    for done in (1, 2):
        person.press("1")
        person.submit(done=done)
    person.page.reload()
    person.wait_for_task()
    for _ in range(15):
        shown = person.page.locator("main p[dir=auto]").inner_text()
        assert shown not in ("one", "two")
        assert "ran out" not in person.page.get_by_role("contentinfo").inner_text()
        person.page.wait_for_timeout(200)
    assert [customer.response(task) for task in tasks[:2]] == [{"category": "cat"}] * 2


def test_an_answer_and_a_reload_within_the_same_moment_show_the_task_no_more(
    customer: Customer, person: Person
):
    tasks = customer.lines("one", "two")
    person.sign_in()
    _stale_list(person)
    person.field.fill("the answer")
    person.look()
    person.press("Control+Enter")
    person.page.reload()
    person.wait_for_task()
    person.sees("two")
    assert customer.response(tasks[0])["fields"] == {"line": "the answer"}
    person.sees("two")
    assert "ran out" not in person.page.get_by_role("contentinfo").inner_text()


def test_answers_that_wait_offline_are_not_shown_again_after_a_reload(
    customer: Customer, person: Person
):
    tasks = customer.lines("one", "two", "three")
    person.sign_in()
    sent = "**/api/assignments/*/submit*"
    person.page.route(sent, lambda route: route.abort())
    for done in (1, 2):
        person.field.fill(f"answer {done}")
        person.submit(done=done)
    person.page.reload()
    person.wait_for_task()
    person.sees("three")
    person.tells("2 answers kept on this device")
    person.page.unroute(sent)
    assert customer.response(tasks[0])["fields"] == {"line": "answer 1"}
    assert customer.response(tasks[1])["fields"] == {"line": "answer 2"}
    person.sees("three")
    assert "ran out" not in person.page.get_by_role("contentinfo").inner_text()


def test_a_lease_that_ran_out_is_told_at_once_and_the_work_counts(
    customer: Customer, person: Person, run_out: Callable[..., None]
):
    task, *_ = customer.lines(*MANY)
    person.sign_in()
    person.field.fill("an hour of work")
    person.page.wait_for_timeout(3_000)
    run_out()
    _forget_lease(person)
    warned = person.page.get_by_role("alert").filter(has_text="The time for this task ran out")
    expect(warned).to_be_visible(timeout=15_000)
    expect(person.field).to_have_value("an hour of work")
    person.submit(done=1)
    assert customer.response(task)["fields"] == {"line": "an hour of work"}


def _forget_lease(person: Person) -> None:
    """Have the next change of the draft find out that nothing is held any more."""
    person.field.press("End")
    person.field.type(" ")
    person.field.press("Backspace")


def test_work_whose_task_somebody_else_has_is_kept_and_told(
    customer: Customer, person: Person, new_person: NewPerson, run_out: Callable[..., None]
):
    task, *_ = customer.lines(*MANY)
    person.sign_in()
    person.field.fill("an hour of work")
    person.page.wait_for_timeout(3_000)
    run_out()
    other = new_person().at_api("POST", "/assignments/next")
    assert other.status_code == 200, other.text
    _forget_lease(person)
    person.submit(done=1)
    person.tells("is kept (Shift+r)")
    kept = person.page.get_by_role("button", name="Answers (1 kept)")
    expect(kept).to_be_visible()
    person.reload_empty()
    kept.click()
    dialog = person.page.get_by_role("dialog")
    expect(dialog).to_contain_text("an hour of work")
    with person.page.expect_download() as saved:
        dialog.get_by_role("button", name="Download").click()
    content = json.loads(saved.value.path().read_text())
    assert content["response"]["fields"] == {"line": "an hour of work"}
    assert task
    dialog.get_by_role("button", name="Throw away").click()
    expect(person.page.get_by_role("button", name="Answers")).not_to_contain_text("kept")


def test_work_that_was_kept_is_filled_in_when_its_task_comes_again(
    customer: Customer, person: Person, new_person: NewPerson, run_out: Callable[..., None]
):
    task, *_ = customer.lines(*MANY)
    person.sign_in()
    person.field.fill("an hour of work")
    person.page.wait_for_timeout(3_000)
    run_out()
    assert new_person().at_api("POST", "/assignments/next").status_code == 200
    _forget_lease(person)
    person.submit(done=1)
    person.tells("is kept")
    # Whoever had it lets go of it as well, and it is lent to the first one anew.
    run_out()
    person.page.reload()
    person.wait_for_task()
    while person.page.locator("main p[dir=auto]").inner_text() != "A line":
        person.page.get_by_role("button", name="Skip").click()
        person.press("4")
        person.look()
    expect(person.field).to_have_value("an hour of work")
    person.submit(done=2)
    assert customer.response(task)["fields"] == {"line": "an hour of work"}


def test_a_late_answer_takes_another_place_of_its_task(
    customer: Customer, person: Person, new_person: NewPerson, run_out: Callable[..., None]
):
    customer.project("pairs", "transcription", annotations=2, annotations_max=2)
    task, *_ = customer.lines(*MANY, project="pairs")
    person.sign_in()
    person.field.fill("the same")
    person.page.wait_for_timeout(3_000)
    run_out()
    second = new_person()
    lent = second.at_api("POST", "/assignments/next").json()["assignment_id"]
    _forget_lease(person)
    person.submit(done=1)
    body = {
        "annotation_id": "6f1c0a52-7a0c-4a36-8a40-6b6c5d7f9a11",
        "response": {"fields": {"line": "the same"}},
    }
    assert second.at_api("POST", f"/assignments/{lent}/submit", json=body).status_code == 200
    assert customer.response(task)["fields"] == {"line": "the same"}
