"""A project's policy is changed by the rules for a new one, and from when on it holds."""

import json
from typing import Any

import pytest
from app.scale.customer import Customer, error_of


@pytest.fixture
def with_project(customer: Customer) -> Customer:
    """A customer whose project p wants one annotation a task."""
    customer.send("POST", "/projects", json={"name": "p", "type": "categorization"})
    return customer


def _set(customer: Customer, **members: object) -> dict[str, object]:
    sent = customer.send("POST", "/projects/p/setPolicy", json=members)
    assert sent.status_code == 200, sent.text
    assert customer.send("GET", "/projects/p").json() == sent.json()
    return sent.json().get("policy", {})


def _slots(customer: Customer, task_id: str) -> int:
    return len(
        customer.rows("SELECT FROM work.assignment WHERE tenant_id = %s AND task_id = %s", task_id)
    )


def test_a_policy_is_replaced_and_a_patch_keeps_what_it_does_not_name(with_project: Customer):
    asked: dict[str, Any] = {"annotations": 2, "annotations_max": 5, "target_accuracy": 0.95}
    assert _set(with_project, **asked) == asked
    assert _set(with_project, patch=True, gold_share=0.1) == {**asked, "gold_share": 0.1}
    assert _set(with_project, annotations=3) == {"annotations": 3, "annotations_max": 3}
    assert _set(with_project) == {}


def test_more_annotations_raise_the_most_that_there_may_be(with_project: Customer):
    _set(with_project, annotations=2)
    assert _set(with_project, patch=True, annotations=4) == {
        "annotations": 4,
        "annotations_max": 4,
    }
    assert _set(with_project, patch=True, annotations=1)["annotations_max"] == 4


def test_new_tasks_want_as_many_annotations_as_the_policy_says_by_then(with_project: Customer):
    before = with_project.create(project="p")["task_id"]
    _set(with_project, annotations=3)
    after = with_project.create(project="p")["task_id"]
    assert (_slots(with_project, before), _slots(with_project, after)) == (1, 3)


@pytest.mark.parametrize(
    "members",
    [
        {"annotations": 0}, {"annotations": 101}, {"annotations": 5, "annotations_max": 2},
        {"annotations_max": 1}, {"confidence": 2}, {"review_below": -1}, {"gold_share": 0.6},
        {"gold_tasks_least": 0}, {"skips_max": 0}, {"gold_chare": 0.1}, {"target_accuracy": "x"},
    ],
)  # fmt: skip
def test_what_a_new_project_could_not_ask_for_is_refused_and_changes_nothing(
    with_project: Customer, members: dict[str, object]
):
    kept = _set(with_project, annotations=2)
    sent = with_project.send("POST", "/projects/p/setPolicy", json={**members, "patch": True})
    assert sent.status_code == 400
    assert error_of(sent)
    assert with_project.send("GET", "/projects/p").json()["policy"] == kept


def test_a_form_changes_a_policy_too(with_project: Customer):
    sent = with_project.send(
        "POST", "/projects/p/setPolicy", data={"annotations": "2", "confidence": "0.5"}
    )
    assert sent.json()["policy"] == {"annotations": 2, "annotations_max": 2, "confidence": 0.5}


def test_the_ledger_tells_what_was_asked_and_when(with_project: Customer):
    _set(with_project, annotations=2, gold_accuracy_least=0.75)
    (event,) = with_project.rows(
        "SELECT event FROM ledger.entry WHERE tenant_id = %s AND event LIKE '%%policy_set%%'"
    )
    told = json.loads(event[0])
    assert told["kind"] == "project.policy_set"
    assert (told["annotations"], told["annotations_max"]) == (2, 2)
    assert told["gold_accuracy_least"] == 0.75


def test_another_tenant_and_the_other_world_have_no_such_project(
    with_project: Customer, other_customer: Customer
):
    at = ("POST", "/projects/p/setPolicy")
    assert other_customer.send(*at, json={}).status_code == 404
    assert with_project.send(*at, key=with_project.test_key, json={}).status_code == 404
