"""What an annotator is shown stands in the order in which the customer named it."""

import json

from app.api.workbench import Workbench

NAMES = ["invoice_no", "date", "total", "2", "1"]
TRANSCRIPTION = {
    "attachment": "Invoice 7",
    "attachment_type": "text",
    "fields": {name: f"the {name}" for name in NAMES},
    "repeatable_fields": {"price": "", "no": ""},
}


def test_the_params_are_shown_in_their_order_and_numbers_are_named_for_browsers(
    workbench: Workbench,
):
    workbench.send("transcription", **TRANSCRIPTION)
    taken = workbench.take()
    (held,) = workbench.call("GET", "/assignments").json()["assignments"]
    for shown in (taken, held):
        assert list(shown["params"]["fields"]) == NAMES
        assert shown["key_order"] == {"fields": NAMES}, "a browser keeps the others by itself"


def test_a_response_comes_to_the_customer_in_the_order_of_the_fields(workbench: Workbench):
    task_id = workbench.send("transcription", **TRANSCRIPTION)
    shown = workbench.take()
    answers = {name: name for name in sorted(NAMES)}
    row = {"no": "1", "price": "2"}
    body = {
        "annotation_id": "6f2c1a52-3f0b-4f6e-9a54-0c7d6d0a4e11",
        "response": {"fields": answers, "repeatable_fields": [row]},
    }
    sent = workbench.call("POST", f"/assignments/{shown['assignment_id']}/submit", json=body)
    assert sent.status_code == 200, sent.text
    task = workbench.settled(task_id)
    assert json.dumps(task["response"]["fields"]) == json.dumps({name: name for name in NAMES})
    assert list(task["response"]["repeatable_fields"][0]) == ["price", "no"]
    exported = workbench.as_tenant("GET", "/api/export", params={"annotations": "true"})
    (line,) = [json.loads(one) for one in exported.text.splitlines() if task_id in one]
    assert list(line["response"]["fields"]) == NAMES
    assert list(line["annotations"][0]["response"]["fields"]) == NAMES
