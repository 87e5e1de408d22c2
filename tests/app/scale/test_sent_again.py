"""What is sent again is known as such, and nothing else is: by unique_id, by Idempotency-Key."""

import json
from typing import Any

import pytest
import requests
from app.scale.customer import CATEGORIZATION, Customer, error_of

BULK = "/tasks/bulk?type=categorization"
OTHER_TYPE = {
    "type": "namedentityrecognition",
    "text": "Anna lives in Rome.",
    "labels": [{"name": "person"}],
}


def lines(*bodies: dict[str, Any]) -> bytes:
    return b"\n".join(json.dumps(body).encode() for body in bodies)


def told(reply: requests.Response) -> dict[str, Any]:
    assert reply.status_code == 200, reply.text
    return reply.json()


def counts(summary: dict[str, Any]) -> tuple[int, int, int]:
    return summary["created"], summary["existing"], summary["failed"]


def project(customer: Customer, name: str, **more: Any) -> None:
    body = {"name": name, "type": "categorization", **more}
    assert customer.send("POST", "/projects", json=body).status_code == 200


ONE = {**CATEGORIZATION, "unique_id": "1"}


@pytest.mark.parametrize("atomic", ["", "&atomic=true"])
@pytest.mark.parametrize(
    ("other", "differs"),
    [
        ({**ONE, "attachment": "The dog barks."}, "attachment"),
        ({**ONE, "categories": ["cat", "dog", "cow"]}, "categories"),
        ({**ONE, "categories": ["dog", "cat"]}, "categories"),
        ({**OTHER_TYPE, "unique_id": "1"}, "type"),
        ({**ONE, "project": "second"}, "project"),
        ({**ONE, "batch": "third"}, "batch"),
        ({**ONE, "instruction": "Look twice."}, "instruction"),
        ({**ONE, "metadata": {"row": 2}}, "metadata"),
        ({**ONE, "tags": ["night"]}, "tags"),
        ({**ONE, "priority": 30}, "priority"),
        ({**ONE, "callback_url": "https://example.com/other"}, "callback_url"),
        ({**ONE, "clear_unique_id_on_error": True}, "clear_unique_id_on_error"),
        ({**ONE, "of_our_own": 1}, "of_our_own"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_id_that_another_row_has_is_a_conflict(
    customer: Customer, other: dict[str, Any], differs: str, atomic: str
):
    project(customer, "second")
    customer.send("POST", "/batches", json={"name": "third", "project": "second"})
    (first,) = told(customer.send("POST", BULK, data=lines(ONE)))["task_ids"]
    reply = customer.send("POST", BULK + atomic, data=lines(ONE, other))
    summary = reply.json()
    assert reply.status_code == (400 if atomic else 200)
    assert counts(summary) == (0, 0 if atomic else 1, 1)
    (refused,) = summary["errors"]
    assert refused["line"] == 2
    assert f"already used for a different task ({first})" in refused["error"]
    assert f"`{differs}`" in refused["error"]
    assert summary["failed_lines"] == [[2, 2]]


def test_two_projects_may_not_number_their_rows_alike_unseen(customer: Customer):
    project(customer, "first")
    project(customer, "second")
    rows = [{**CATEGORIZATION, "unique_id": str(n), "project": "first"} for n in range(1, 51)]
    assert counts(told(customer.send("POST", BULK, data=lines(*rows)))) == (50, 0, 0)
    others = [{**row, "project": "second"} for row in rows]
    assert counts(told(customer.send("POST", BULK, data=lines(*others)))) == (0, 0, 50)


@pytest.mark.parametrize(
    "again",
    [
        ONE,
        dict(reversed(ONE.items())),
        {**ONE, "project": None, "metadata": None},
        {**ONE, "allow_multiple": False},
        {**ONE, "metadata": {}},
    ],
)
def test_the_same_row_is_the_same_however_it_is_written(customer: Customer, again: dict[str, Any]):
    (first,) = told(customer.send("POST", BULK, data=lines(ONE)))["task_ids"]
    summary = told(customer.send("POST", BULK, data=lines(again)))
    assert counts(summary) == (0, 1, 0)
    assert summary["task_ids"] == [first]


def test_a_row_stays_the_same_when_its_task_or_its_project_has_changed(customer: Customer):
    project(customer, "p", params={"categories": ["a", "b"], "attachment_type": "text"})
    row = {"attachment": "x", "project": "p", "unique_id": "1", "metadata": {"n": 1}}
    (first,) = told(customer.send("POST", BULK, data=lines(row)))["task_ids"]
    customer.send("POST", f"/task/{first}/setMetadata", json={"n": 2})
    customer.send("POST", f"/task/{first}/tags", json=["seen"])
    customer.send("POST", "/projects/p/setParams", json={"categories": ["a"], "patch": True})
    assert counts(told(customer.send("POST", BULK, data=lines(row)))) == (0, 1, 0)


FORGOTTEN = {
    "the digest": "asked = NULL",
    "the order as well": "asked = NULL, params = params_ordered::jsonb, params_ordered = NULL, "
    "metadata = coalesce(metadata_ordered::jsonb, '{}'), metadata_ordered = NULL",
}


@pytest.mark.parametrize("forgotten", FORGOTTEN.values(), ids=FORGOTTEN.keys())
def test_a_row_of_before_the_digest_is_known_by_what_it_says(customer: Customer, forgotten: str):
    rich = {**ONE, "category_ids": {"2": "dog", "1": "cat"}, "metadata": {"b": 1, "a": [None]}}
    told(customer.send("POST", BULK, data=lines(rich)))
    customer.rows(f"UPDATE work.task SET {forgotten} WHERE tenant_id = %s RETURNING 1")
    others = [{**rich, "attachment": "other"}, {**rich, "metadata": {"b": 1}}]
    assert counts(told(customer.send("POST", BULK, data=lines(rich, *others)))) == (0, 1, 2)


def test_what_is_in_a_param_has_an_order(customer: Customer):
    fields = {"invoice_no": "Number", "date": "Date", "2": "Second", "1": "First"}
    row = {"type": "transcription", "attachment": "x", "attachment_type": "text", "unique_id": "1"}
    told(customer.send("POST", BULK, data=lines({**row, "fields": fields})))
    again = {"fields": fields, **row}
    other = {**row, "fields": dict(sorted(fields.items()))}
    summary = told(customer.send("POST", BULK, data=lines(again, other)))
    assert counts(summary) == (0, 1, 1)
    assert "`fields` differ" in summary["errors"][0]["error"]


def test_a_task_created_by_itself_is_known_in_a_bulk_call(customer: Customer):
    task = customer.create(unique_id="1", metadata={"b": 1, "a": [1, {"x": None}]})
    row = {**ONE, "metadata": {"b": 1, "a": [1, {"x": None}]}}
    assert told(customer.send("POST", BULK, data=lines(row)))["task_ids"] == [task["task_id"]]
    refused = customer.send("POST", "/task/categorization", json=row)
    assert refused.status_code == 409
    assert task["task_id"] in error_of(refused)


def test_of_two_rows_with_one_id_in_a_call_the_first_is_made(customer: Customer):
    rows = [ONE, {**ONE, "attachment": "another"}, ONE, {**OTHER_TYPE, "unique_id": "1"}]
    summary = told(customer.send("POST", BULK, data=lines(*rows)))
    assert counts(summary) == (1, 1, 2)
    assert summary["existing_lines"] == [[3, 3]]
    assert summary["failed_lines"] == [[2, 2], [4, 4]]


def test_rows_of_several_types_and_projects_keep_their_order(customer: Customer):
    project(customer, "second")
    kinds = [CATEGORIZATION, {**OTHER_TYPE}, {**CATEGORIZATION, "project": "second"}]
    rows = [{**kinds[n % 3], "metadata": {"n": n}} for n in range(12)]
    told(customer.send("POST", BULK, data=lines(*rows)))
    listed = customer.send("GET", "/tasks").json()["docs"]
    assert [task["metadata"]["n"] for task in listed] == list(range(11, -1, -1))


def test_which_rows_existed_and_failed_is_told_at_any_size(customer: Customer):
    rows = [{**CATEGORIZATION, "unique_id": f"row {n}"} for n in range(1, 5_001)]
    there = [row for n, row in enumerate(rows, 1) if n <= 2_100 or n == 4_500]
    told(customer.send("POST", BULK, data=lines(*there)))
    rows[2_499] = {"unique_id": "x"}
    rows[2_500] = {"unique_id": "y"}
    summary = told(customer.send("POST", BULK, data=lines(*rows)))
    assert counts(summary) == (2_897, 2_101, 2)
    assert summary["existing_lines"] == [[1, 2_100], [4_500, 4_500]]
    assert summary["failed_lines"] == [[2_500, 2_501]]
    assert "task_ids" not in summary


@pytest.mark.parametrize("atomic", ["", "&atomic=true"])
def test_a_key_makes_a_bulk_call_safe_to_send_again(customer: Customer, atomic: str):
    key = {"Idempotency-Key": "one"}
    body = lines(CATEGORIZATION, CATEGORIZATION)
    first = customer.send("POST", BULK + atomic, data=body, headers=key)
    assert counts(told(first)) == (2, 0, 0)
    again = customer.send("POST", BULK + atomic, data=body, headers=key)
    assert again.content == first.content
    assert customer.send("GET", "/tasks?limit=1").json()["total"] == 2


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (BULK, lines(CATEGORIZATION)),
        (BULK + "&atomic=true", lines(CATEGORIZATION, CATEGORIZATION)),
        ("/tasks/bulk", lines({**CATEGORIZATION, "type": "categorization"})),
        ("/task/categorization", lines(CATEGORIZATION)),
    ],
)
def test_a_key_is_for_one_request_alone(customer: Customer, path: str, body: bytes):
    key = {"Idempotency-Key": "one"}
    told(customer.send("POST", BULK, data=lines(CATEGORIZATION, CATEGORIZATION), headers=key))
    assert customer.send("POST", path, data=body, headers=key).status_code == 409
    assert customer.send("GET", "/tasks?limit=1").json()["total"] == 2


def test_a_refused_bulk_call_does_not_use_up_its_key(customer: Customer):
    key = {"Idempotency-Key": "one"}
    path = BULK + "&atomic=true"
    assert customer.send("POST", path, data=lines({}), headers=key).status_code == 400
    assert counts(told(customer.send("POST", path, data=lines(ONE), headers=key))) == (1, 0, 0)


def test_a_bulk_call_with_a_key_that_is_too_large_is_refused_whole(customer: Customer):
    long = {**CATEGORIZATION, "attachment": "x" * 900_000}
    reply = customer.send(
        "POST", BULK, data=lines(*[long] * 20), headers={"Idempotency-Key": "one"}
    )
    assert reply.status_code == 413
    assert "Idempotency-Key" in error_of(reply)
    assert customer.send("GET", "/tasks?limit=1").json()["total"] == 0
    assert customer.send("POST", BULK, headers={"Idempotency-Key": "k" * 256}).status_code == 400
