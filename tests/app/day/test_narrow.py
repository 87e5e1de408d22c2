"""A narrow screen: the page fits, and what a task is can be read."""

import io

import pytest
from app.day.person import Customer, Person
from PIL import Image
from playwright.sync_api import expect

WIDTHS = (420, 360)


def _fits(person: Person) -> None:
    wide = person.page.evaluate(
        "[document.documentElement.scrollWidth, innerWidth, "
        "[...document.querySelectorAll('body *')].filter((e) => e.offsetParent !== null && "
        "e.getBoundingClientRect().right > innerWidth + 1).map((e) => e.outerHTML.slice(0, 90))]"
    )
    assert wide[0] <= wide[1], wide
    assert wide[2] == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("kind", ["text", "picture", "pair", "names", "form", "lesson"])
def test_the_page_is_no_wider_than_the_window(
    customer: Customer, person: Person, kind: str, width: int
):
    _send(customer, kind)
    person.page.set_viewport_size({"width": width, "height": 800})
    person.sign_in()
    _fits(person)
    heading = person.page.get_by_role("heading", level=1)
    expect(heading).to_be_visible()
    if kind == "lesson":
        expect(heading.get_by_text("Lesson")).to_be_in_viewport()
    expect(person.submit_button).to_be_visible()


def _send(customer: Customer, kind: str) -> None:
    words = "A long line of words. " * 30
    match kind:
        case "text":
            customer.ask(words, "a category with quite a long name " * 3, "dog")
        case "picture":
            content = io.BytesIO()
            Image.new("RGB", (1600, 400), (90, 120, 160)).save(content, "PNG")
            files = {"file": ("picture.png", content.getvalue(), "image/png")}
            url = customer.call("POST", "/v1/files/upload", files=files)["attachment_url"]
            boxes = {"box": {"objects_to_annotate": ["car", "tree"]}}
            customer.send("imageannotation", attachment=url, geometries=boxes)
        case "pair":
            customer.send(
                "comparison", attachments=[words, words], choices=["left", "right"],
                attachment_type="text", instruction="Which is better? " * 20,
            )  # fmt: skip
        case "names":
            customer.send("namedentityrecognition", text=words, labels=[{"name": "PERSON"}])
        case "form":
            customer.send(
                "textcollection", attachments=[{"type": "text", "content": words}],
                fields=[{"field_id": "tone", "type": "category", "choices": ["calm", "angry"]}],
            )  # fmt: skip
        case _:
            customer.project("animals", "categorization", training_score_least=0.5)
            customer.ask("live", "cat", "dog", project="animals")
            lesson = {
                "attachment": "Lesson one", "attachment_type": "text", "project": "animals",
                "categories": ["cat", "dog"], "expected_response": {"category": "cat"},
            }  # fmt: skip
            customer.call("POST", "/v1/training_tasks/categorization", json=lesson)
