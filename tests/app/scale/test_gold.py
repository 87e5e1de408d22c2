"""Evaluation and training tasks, through the official client and by hand."""

import time
from typing import Any

import pytest
from app.scale.customer import CATEGORIZATION, Customer, error_of, params_for
from scaleapi.exceptions import ScaleDuplicateResource, ScaleInvalidRequest
from scaleapi.tasks import TaskType

EXPECTED = {"category": "cat"}


@pytest.fixture
def with_project(customer: Customer) -> Customer:
    customer.live.create_project("animals", TaskType.Categorization, params={})
    return customer


def test_the_official_client_creates_both_kinds(with_project: Customer):
    asked = {**CATEGORIZATION, "project": "animals", "expected_response": EXPECTED}
    evaluation = with_project.live.create_evaluation_task(TaskType.Categorization, **asked)
    review = with_project.live.create_evaluation_task(
        TaskType.Categorization, **asked, initial_response={"category": "dog"}
    )
    training = with_project.live.create_training_task(TaskType.Categorization, **asked)
    assert evaluation.expected_response == training.expected_response == EXPECTED
    assert "initial_response" not in evaluation.as_dict()
    assert review.as_dict()["initial_response"] == {"category": "dog"}
    assert len({evaluation.id, review.id, training.id}) == 3


def test_what_tasks_show_is_fetched_and_counted_nowhere(customer: Customer, pictures: str):
    customer.live.create_project("cars", TaskType.ImageAnnotation, params={})
    asked = params_for(TaskType.ImageAnnotation, f"{pictures}/dot.png")
    box = {"type": "box", "label": "car", "left": 0, "top": 0, "width": 1, "height": 1}
    made = customer.live.create_evaluation_task(
        TaskType.ImageAnnotation,
        **asked,
        project="cars",
        expected_response={"annotations": [box]},
        callback_url="http://127.0.0.1:9/none",
    )
    looked = _until(customer, f"/evaluation_tasks/{made.id}", "in_use")
    assert looked["expected_response"]["annotations"][0]["label"] == "car"
    broken = customer.live.create_evaluation_task(
        TaskType.ImageAnnotation,
        **params_for(TaskType.ImageAnnotation, f"{pictures}/absent.png"),
        project="cars",
        expected_response={"annotations": []},
    )
    assert "absent.png" in _until(customer, f"/evaluation_tasks/{broken.id}", "error")["error"]
    assert customer.live.tasks().total == 0
    assert customer.send("GET", f"/task/{made.id}").status_code == 404
    assert customer.send("POST", f"/task/{made.id}/cancel").status_code == 404
    assert customer.rows("SELECT count(*) FROM delivery.callback WHERE tenant_id = %s") == [(0,)]


def _until(customer: Customer, path: str, status: str) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for _ in range(100):
        told = customer.send("GET", path).json()
        if told["status"] == status:
            return told
        time.sleep(0.1)
    raise AssertionError(told)


def test_they_are_listed_looked_at_and_retired(with_project: Customer):
    made = [_create(with_project, unique_id=f"u{number}") for number in range(3)]
    page = with_project.send("GET", "/evaluation_tasks?limit=2").json()
    assert [one["id"] for one in page["docs"]] == [one["id"] for one in made[:0:-1]]
    assert (page["total"], page["has_more"]) == (3, True)
    at = f"/evaluation_tasks/{made[0]['id']}"
    assert with_project.send("GET", at).json()["status"] == "in_use"
    for _ in range(2):
        assert with_project.send("DELETE", at).json()["status"] == "retired"
    elsewhere = f"/training_tasks/{made[0]['id']}"
    assert with_project.send("GET", elsewhere).status_code == 404
    assert with_project.send("DELETE", elsewhere).status_code == 404
    assert with_project.send("GET", "/training_tasks").json()["total"] == 0
    assert with_project.send("GET", "/evaluation_tasks?project=absent").json()["total"] == 0


def _create(customer: Customer, kind: str = "evaluation_tasks", **more: object) -> dict[str, Any]:
    body = {**CATEGORIZATION, "project": "animals", "expected_response": EXPECTED, **more}
    reply = customer.send("POST", f"/{kind}/categorization", json=body)
    assert reply.status_code == 200, reply.text
    return reply.json()


def test_a_batch_stands_for_its_project_and_is_not_waited_for(with_project: Customer):
    with_project.live.create_batch("animals", "first")
    made = _create(with_project, project=None, batch="first")
    assert made["project"] == "animals"
    assert with_project.live.batch_status("first") == {"status": "in_progress"}


def test_faults_are_told_where_they_are(with_project: Customer):
    client = with_project.live
    asked = {**CATEGORIZATION, "project": "animals"}
    for said, wrong in [
        ("expected_response. is missing", asked),
        ("expected_response.category", {**asked, "expected_response": {"category": "fish"}}),
        ("initial_response.category",
         {**asked, "expected_response": EXPECTED, "initial_response": {"category": "fish"}}),
        ("expected_response. is not an object", {**asked, "expected_response": "cat"}),
        ("project. is missing", {**CATEGORIZATION, "expected_response": EXPECTED}),
        ("absent", {**asked, "project": "absent", "expected_response": EXPECTED}),
    ]:  # fmt: skip
        with pytest.raises(ScaleInvalidRequest, match=said):
            client.create_evaluation_task(TaskType.Categorization, **wrong)
    with pytest.raises(ScaleInvalidRequest, match="lidarlinking"):
        client.create_training_task(TaskType.LidarLinking, expected_response={})


def test_sent_twice_is_made_once(with_project: Customer):
    body = {**CATEGORIZATION, "project": "animals", "expected_response": EXPECTED}
    sent = [
        with_project.send(
            "POST", f"/{kind}/categorization", json=body, headers={"Idempotency-Key": "k"}
        )
        for kind in ("evaluation_tasks", "evaluation_tasks", "training_tasks")
    ]
    assert sent[0].json() == sent[1].json()
    assert sent[2].status_code == 409
    made = _create(with_project, unique_id="once")
    with pytest.raises(ScaleDuplicateResource, match=made["id"]):
        with_project.live.create_evaluation_task(TaskType.Categorization, **body, unique_id="once")


def test_a_completed_task_is_copied_and_an_open_one_is_not(with_project: Customer):
    task = with_project.live.create_task(
        TaskType.Categorization, **CATEGORIZATION, project="animals"
    )
    refused = with_project.send("POST", f"/task/{task.id}/evaluation_task")
    assert refused.status_code == 400
    assert "completed" in error_of(refused)
    with_project.test.create_project("animals", TaskType.Categorization, params={})
    done = with_project.test.create_task(
        TaskType.Categorization, **CATEGORIZATION, project="animals"
    )
    key = with_project.test_key
    copied = with_project.send("POST", f"/task/{done.id}/training_task", key=key).json()
    assert (copied["purpose"], copied["source_task_id"]) == ("training", done.id)
    assert copied["expected_response"] == done.response
    other = with_project.send(
        "POST", f"/task/{done.id}/evaluation_task", key=key,
        json={"expected_response": {"category": "dog"}},
    ).json()  # fmt: skip
    assert other["expected_response"] == {"category": "dog"}


def test_another_tenant_finds_none_of_it(with_project: Customer, other_customer: Customer):
    made = _create(with_project)
    at = f"/evaluation_tasks/{made['id']}"
    assert other_customer.send("GET", at).status_code == 404
    assert other_customer.send("DELETE", at).status_code == 404
    assert other_customer.send("GET", "/evaluation_tasks").json()["total"] == 0
    assert with_project.send("GET", at, key=with_project.test_key).status_code == 404


def test_a_policy_that_asks_too_much_is_refused(customer: Customer):
    policy = {
        "gold_share": 0.2, "gold_accuracy_least": 0.8, "gold_tasks_least": 4,
        "training_score_least": 0.6, "training_attempts_max": 3,
    }  # fmt: skip
    body = {"name": "p", "type": "categorization", "policy": policy}
    assert customer.send("POST", "/projects", json=body).json()["policy"].items() >= policy.items()
    for name, wrong in [
        ("gold_share", 0.6), ("gold_share", -1), ("gold_accuracy_least", 2),
        ("gold_tasks_least", 0), ("training_attempts_max", 0), ("gold_chare", 0.1),
    ]:  # fmt: skip
        sent = customer.send(
            "POST", "/projects", json={**body, "name": "q", "policy": {name: wrong}}
        )
        assert sent.status_code == 400, (name, wrong)
        assert name in error_of(sent)
