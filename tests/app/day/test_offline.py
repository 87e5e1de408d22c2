"""A reload without a connection: the workbench is there, with what is in hand and nothing else."""

import io

from app.day.person import Customer, Person
from PIL import Image
from playwright.sync_api import expect

KEPT_MS = 1_500


def _ready(person: Person) -> None:
    """Wait until the page is kept, with the tasks in hand."""
    person.page.wait_for_function("navigator.serviceWorker.controller !== null")
    person.page.wait_for_timeout(KEPT_MS)


def _picture(customer: Customer) -> str:
    content = io.BytesIO()
    Image.new("RGB", (320, 200), (90, 120, 160)).save(content, "PNG")
    files = {"file": ("picture.png", content.getvalue(), "image/png")}
    return customer.call("POST", "/v1/files/upload", files=files)["attachment_url"]


def test_a_reload_without_a_connection_shows_the_work_and_takes_answers(
    customer: Customer, person: Person
):
    tasks = customer.lines("one", "two")
    person.sign_in()
    _ready(person)
    person.context.set_offline(True)
    person.field.fill("half of")
    person.page.wait_for_timeout(500)
    person.reload()
    person.sees("one")
    expect(person.field).to_have_value("half of")
    person.field.fill("half of it")
    person.submit(done=1)
    person.sees("two")
    person.tells("1 answer kept on this device")
    person.reload()
    person.sees("two")
    person.context.set_offline(False)
    assert customer.response(tasks[0])["fields"] == {"line": "half of it"}
    person.sees("two")


def test_pictures_in_hand_are_there_without_a_connection(customer: Customer, person: Person):
    for _ in range(2):
        customer.ask(_picture(customer), "cat", "dog", attachment_type="image")
    person.sign_in()
    _ready(person)
    # Those that came before anybody kept them are fetched once more.
    person.reload()
    _ready(person)
    person.context.set_offline(True)
    person.reload()
    expect(person.page.locator("main img")).to_be_visible()


def test_nothing_of_a_customers_stays_after_signing_out(customer: Customer, person: Person):
    customer.ask(_picture(customer), "cat", "dog", attachment_type="image")
    person.sign_in()
    _ready(person)
    person.reload()
    _ready(person)
    person.page.get_by_role("button", name="Sign out").click()
    person.page.get_by_role("heading", name="Sign in to the workbench").wait_for()
    assert person.page.evaluate(KEPT) == []
    assert person.page.evaluate("Object.keys(localStorage)") == []
    person.context.set_offline(True)
    person.page.reload()
    expect(person.page.get_by_role("heading", name="No connection")).to_be_visible()


KEPT = """async () => {
  const paths = [];
  for (const name of await caches.keys()) {
    for (const { url } of await (await caches.open(name)).keys()) paths.push(new URL(url).pathname);
  }
  return paths.filter((path) => path.startsWith("/api/"));
}"""


def test_with_a_connection_the_newest_page_is_shown(customer: Customer, person: Person):
    customer.ask("Which?", "cat", "dog")
    person.sign_in()
    _ready(person)
    reply = person.page.reload()
    assert reply is not None
    assert reply.from_service_worker
    assert "frame-ancestors 'none'" in reply.headers["content-security-policy"]
    person.wait_for_task()
    assert person.complaints == []
