"""A customer's hypothesis stands there when the task is shown, and the record says what became."""

import json
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from app.api.workbench import Workbench

FIELDS = {"no": "Number", "sum": "Total"}
HYPOTHESIS = {"fields": {"sum": "9", "no": "7"}}
ASKED = {"attachment": "Invoice", "attachment_type": "text", "fields": FIELDS}


def accepted(admin: str, task_id: str) -> dict[str, Any]:
    with psycopg.connect(admin) as connection:
        events = connection.execute(
            "SELECT event FROM ledger.entry WHERE event LIKE %s AND event LIKE %s",
            ["%annotation.accepted%", f"%{task_id}%"],
        ).fetchall()
    ((event,),) = events
    return json.loads(event)


@pytest.mark.parametrize(
    ("answer", "use"), [({"no": "7", "sum": "9"}, "kept"), ({"no": "7", "sum": "10"}, "changed")]
)
def test_it_is_prefilled_and_its_use_is_on_record(
    workbench: Workbench, admin: str, answer: dict[str, str], use: str
):
    task_id = workbench.send("transcription", **ASKED, hypothesis=HYPOTHESIS)
    shown = workbench.take()
    assert shown["proposal"] == {"fields": {"no": "7", "sum": "9"}}
    assert not shown["review"]
    body = {"annotation_id": str(uuid4()), "response": {"fields": answer}}
    sent = workbench.call("POST", f"/assignments/{shown['assignment_id']}/submit", json=body)
    assert sent.status_code == 200, sent.text
    task = workbench.settled(task_id)
    assert task["response"] == {"fields": answer, "hypothesis": use}
    assert json.dumps(task["params"]["hypothesis"]) == json.dumps(HYPOTHESIS), "as it was sent"
    assert accepted(admin, task_id)["hypothesis"] == use


def test_without_one_nothing_is_prefilled_or_told(workbench: Workbench, admin: str):
    task_id = workbench.send()
    shown = workbench.take()
    assert shown["proposal"] is None
    assert workbench.submit(shown["assignment_id"]).status_code == 200
    assert workbench.settled(task_id)["response"] == {"category": "cat"}
    assert "hypothesis" not in accepted(admin, task_id)


def test_a_draft_comes_before_it(workbench: Workbench):
    workbench.send(hypothesis={"category": "dog"})
    shown = workbench.take()
    at = f"/assignments/{shown['assignment_id']}/draft"
    draft = {"response": {"category": "cat"}, "version": 0}
    assert workbench.call("PUT", at, json=draft).status_code == 200
    (held,) = workbench.call("GET", "/assignments").json()["assignments"]
    assert held["draft"]["response"] == {"category": "cat"}
    assert held["proposal"] == {"category": "dog"}


@pytest.mark.parametrize("given", ["dog", {"category": "bird"}, {"category": []}, {}])
def test_one_that_cannot_be_an_answer_is_refused_in_words(workbench: Workbench, given: object):
    body = {"attachment": "x", "attachment_type": "text", "categories": ["cat", "dog"]}
    reply = workbench.as_tenant(
        "POST", "/v1/task/categorization", json={**body, "hypothesis": given}
    )
    assert reply.status_code == 400
    assert reply.json()["error"].startswith("`hypothesis"), reply.text
