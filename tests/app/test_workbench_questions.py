"""In a real browser: fields in the customer's order, attributes, conditions, a hypothesis."""

from app.test_workbench import (
    Workbench,
    _chosen,
    _drag,
    _press,
    _submit,
    _upload,
    served,
    workbench,
)
from playwright.sync_api import expect

__all__ = ["served", "workbench"]

NAMES = ["invoice_no", "date", "total", "2", "1"]


def _fields(workbench: Workbench, within: str) -> list[str]:
    """The names of what is asked, from top to bottom."""
    section = workbench.page.get_by_role("region", name=within)
    return [text.strip() for text in section.locator("label, legend").all_inner_texts()]


def test_fields_stand_in_the_order_in_which_the_customer_named_them(workbench: Workbench):
    fields = {name: f"the {name}" for name in NAMES}
    task = workbench.send(
        "transcription",
        attachment="Invoice",
        attachment_type="text",
        fields=fields,
        repeatable_fields=["price", "7"],
    )
    workbench.sign_in()
    assert _fields(workbench, "Fields") == [
        *(f"the {name}" for name in NAMES),
        "Row 1",
        "price",
        "7",
    ]
    # What is typed at once goes into the first field, and Tab leads to the next.
    for name in NAMES:
        workbench.page.keyboard.type(name)
        _press(workbench, "Tab")
    _submit(workbench, done=1)
    response = workbench.response(task)
    assert list(response["fields"].items()) == [(name, name) for name in NAMES]
    assert workbench.complaints == []


def test_fields_of_a_comparison_keep_their_order_too(workbench: Workbench):
    task = workbench.send(
        "comparison",
        attachments=["one", "two"],
        attachment_type="text",
        fields={"why": "Why?", "2": "Second?", "1": "First?"},
    )
    workbench.sign_in()
    labels = workbench.page.locator("label").all_inner_texts()
    assert [text.strip() for text in labels] == ["Why?", "Second?", "First?"]
    workbench.page.get_by_label("Why?").fill("So.")
    _submit(workbench, done=1)
    assert list(workbench.response(task)["fields"]) == ["why", "2", "1"]


def test_attributes_are_asked_of_the_chosen_shape(workbench: Workbench):
    task = workbench.send(
        "imageannotation",
        attachment=_upload(workbench),
        geometries={"box": {"objects_to_annotate": ["car", "tree"]}},
        annotation_attributes={
            "parked": {
                "description": "Is it parked?",
                "choices": ["yes", "no"],
                "conditions": {"label_condition": {"label": "car"}},
            },
            "heading": {
                "type": "angle",
                "conditions": {"attribute_conditions": [{"parked": "no"}]},
            },
            "remark": {"type": "text", "required": False},
        },
    )
    workbench.sign_in()
    page = workbench.page
    asked = page.get_by_role("region", name="Attributes")
    _drag(workbench, (100, 100), (200, 180))
    expect(asked.get_by_text("About this car")).to_be_visible()
    assert _fields(workbench, "Attributes")[1:] == ["Is it parked?", "remark optional"]
    _press(workbench, "Control+Enter")
    expect(page.get_by_text("Shape 1, car: “Is it parked?” is empty.")).to_be_visible()
    asked.get_by_role("button", name="no", exact=True).click()
    asked.get_by_label("heading").fill("90")
    asked.get_by_label("remark").fill("Red.")
    page.get_by_role("heading", level=1).click()
    _press(workbench, "2")
    _drag(workbench, (300, 200), (380, 300))
    _submit(workbench, done=1)
    told = {one["label"]: one.get("attributes") for one in workbench.response(task)["annotations"]}
    assert told == {"car": {"parked": "no", "heading": 90, "remark": "Red."}, "tree": None}
    assert workbench.complaints == []


def test_attributes_are_asked_of_spans_and_labels_say_what_they_mean(workbench: Workbench):
    task = workbench.send(
        "namedentityrecognition",
        text="Anna met Ben.",
        labels=[{"name": "person", "description": "Somebody with a name"}],
        annotation_attributes={"alive": {"type": "boolean"}},
    )
    workbench.sign_in()
    page = workbench.page
    _press(workbench, "ArrowRight", "1")
    asked = page.get_by_role("region", name="Attributes")
    _press(workbench, "Control+Enter")
    expect(page.get_by_text("“Anna”: “alive” is empty.")).to_be_visible()
    asked.get_by_role("button", name="Yes").click()
    page.get_by_text("What the labels mean").click()
    expect(page.get_by_text("Somebody with a name")).to_be_visible()
    page.get_by_role("heading", level=1).click()
    _submit(workbench, done=1)
    (span,) = workbench.response(task)["annotations"]
    assert (span["text"], span["attributes"]) == ("Anna", {"alive": True})


def test_a_field_is_there_while_its_condition_holds(workbench: Workbench):
    task = workbench.send(
        "textcollection",
        title="The animal",
        description="Say what you see.",
        attachments=[{"type": "text", "content": "A picture"}],
        fields=[
            {"field_id": "animal", "type": "category", "choices": ["dog", "none"]},
            {
                "field_id": "breed",
                "type": "TextField",
                "title": "Breed",
                "description": "As well as you can",
                "hint": "Look at the ears",
                "conditions": [{"animal": ["dog"]}],
            },
        ],
    )
    workbench.sign_in()
    page = workbench.page
    for told in ("The animal", "Say what you see."):
        expect(page.get_by_text(told)).to_be_visible()
    breed = page.get_by_label("Breed")
    expect(breed).to_have_count(0)
    _press(workbench, "1")
    expect(page.get_by_text("As well as you can — Look at the ears")).to_be_visible()
    _press(workbench, "Control+Enter")
    expect(page.get_by_text("“Breed” is empty.")).to_be_visible()
    breed.fill("Poodle")
    page.get_by_role("button", name="none").click()
    expect(breed).to_have_count(0)
    _submit(workbench, done=1)
    assert workbench.response(task) == {"annotations": {"animal": "none"}}
    assert workbench.complaints == []


def test_work_begins_with_the_customers_hypothesis_and_undo_takes_it_away(workbench: Workbench):
    kinds = {"attachment_type": "text", "categories": ["cat", "dog"]}
    kept = workbench.send("categorization", attachment="x", hypothesis={"category": "dog"}, **kinds)
    workbench.sign_in()
    expect(_chosen(workbench.page)).to_contain_text("dog")
    expect(workbench.page.get_by_text("A proposed answer is filled in")).to_be_visible()
    workbench.page.wait_for_timeout(1500)
    _submit(workbench, done=1)
    assert workbench.response(kept) == {"category": "dog", "hypothesis": "kept"}
    changed = workbench.send(
        "categorization", attachment="y", hypothesis={"category": "dog"}, **kinds
    )
    workbench.page.reload()
    expect(_chosen(workbench.page)).to_contain_text("dog")
    # Keys that come before somebody can have looked do not count.
    workbench.page.wait_for_timeout(1500)
    _press(workbench, "z")
    expect(_chosen(workbench.page)).to_have_count(0)
    _press(workbench, "1")
    workbench.page.wait_for_timeout(500)
    _press(workbench, "Control+Enter")
    assert workbench.response(changed) == {"category": "cat", "hypothesis": "changed"}
