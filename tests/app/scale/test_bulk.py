"""Many tasks in one call."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from app.scale.customer import CATEGORIZATION, Customer, error_of

BULK = "/tasks/bulk?type=categorization"


def lines(*bodies: dict[str, Any] | bytes) -> bytes:
    return b"\n".join(b if isinstance(b, bytes) else json.dumps(b).encode() for b in bodies)


def told(reply: requests.Response) -> dict[str, Any]:
    assert reply.status_code == 200, reply.text
    return reply.json()


def count(customer: Customer) -> int:
    return customer.send("GET", "/tasks?limit=1").json()["total"]


@pytest.mark.parametrize("form", ["lines", "array", "chunked"])
def test_lines_and_arrays_create_the_same(customer: Customer, form: str):
    bodies = [{**CATEGORIZATION, "metadata": {"n": n}} for n in range(20)]
    match form:
        case "lines":
            data: Any = lines(*bodies)
        case "array":
            data = json.dumps(bodies).encode()
        case _:
            whole = lines(*bodies) + b"\n\n"
            data = (whole[at : at + 7] for at in range(0, len(whole), 7))
    summary = told(customer.send("POST", BULK, data=data))
    assert (summary["created"], summary["existing"], summary["failed"]) == (20, 0, 0)
    listed = customer.send("GET", "/tasks").json()["docs"]
    assert [task["task_id"] for task in listed] == summary["task_ids"][::-1]
    assert [task["metadata"]["n"] for task in listed] == list(range(19, -1, -1))


def test_annotators_get_the_lines_in_their_order(customer: Customer):
    body = {"name": "p", "type": "categorization", "consensus_attempts": 2}
    customer.send("POST", "/projects", json=body)
    bodies = [{**CATEGORIZATION, "project": "p", "tags": [str(n)]} for n in range(5)]
    told(customer.send("POST", BULK, data=lines(*bodies)))
    queue = customer.rows(
        "SELECT t.tags[1] FROM work.assignment AS a JOIN work.task AS t USING (tenant_id, task_id)"
        " WHERE tenant_id = %s ORDER BY a.rank, a.position, a.task_id"
    )
    assert [tag for (tag,) in queue] == [str(n // 2) for n in range(10)]


def test_each_line_stands_for_itself(customer: Customer):
    summary = told(
        customer.send(
            "POST",
            BULK,
            data=lines(
                CATEGORIZATION,
                b"{broken",
                b"",
                {"attachment": "x"},
                b"[1]",
                {**CATEGORIZATION, "project": "absent"},
                {**CATEGORIZATION, "type": "nonsense"},
                {**CATEGORIZATION, "attachment": "a\0b"},
                b'{"attachment": "' + b"x" * 1_100_000 + b'"}',
                {"type": "namedentityrecognition", "text": "Anna", "labels": [{"name": "x"}]},
            ),
        )
    )
    assert (summary["created"], summary["failed"]) == (2, 7)
    assert [one["line"] for one in summary["errors"]] == [2, 4, 5, 6, 7, 8, 9]
    assert all(one["error"].endswith(".") for one in summary["errors"])
    assert [task_id is None for task_id in summary["task_ids"]] == [False, *[True] * 7, False]
    assert count(customer) == 2


def test_a_call_that_is_sent_again_creates_nothing_new(customer: Customer):
    bodies = [{**CATEGORIZATION, "unique_id": f"line {n}"} for n in range(10)]
    first = told(customer.send("POST", BULK, data=lines(*bodies[:6])))
    second = told(customer.send("POST", BULK, data=lines(*bodies)))
    assert (second["created"], second["existing"], second["failed"]) == (4, 6, 0)
    assert second["task_ids"][:6] == first["task_ids"]
    twice = told(
        customer.send("POST", BULK, data=lines(*[{**CATEGORIZATION, "unique_id": "t"}] * 3))
    )
    assert (twice["created"], twice["existing"]) == (1, 2)
    assert len(set(twice["task_ids"])) == 1
    assert count(customer) == 11


def test_atomic_creates_all_or_none(customer: Customer):
    good = lines(*[CATEGORIZATION] * 3)
    refused = customer.send("POST", BULK + "&atomic=true", data=good + b"\n{}\n{broken")
    summary = refused.json()
    assert (refused.status_code, summary["status_code"]) == (400, 400)
    assert "nothing was created" in summary["error"]
    assert (summary["created"], summary["failed"]) == (0, 2)
    assert [one["line"] for one in summary["errors"]] == [4, 5]
    assert count(customer) == 0
    assert told(customer.send("POST", BULK + "&atomic=true", data=good))["created"] == 3
    assert count(customer) == 3


def test_more_lines_than_one_chunk_are_all_created_and_numbered(customer: Customer):
    def sent() -> Iterator[bytes]:
        for n in range(1, 7_001):
            body: dict[str, Any] = CATEGORIZATION if n % 1_000 else {}
            yield json.dumps(body).encode() + b"\n"

    summary = told(customer.send("POST", BULK, data=sent()))
    assert (summary["created"], summary["failed"]) == (6_993, 7)
    assert [one["line"] for one in summary["errors"]] == [n * 1_000 for n in range(1, 8)]
    assert "task_ids" not in summary
    assert count(customer) == 6_993
    [(open_slots,)] = customer.rows(
        "SELECT count(*) FROM work.assignment WHERE tenant_id = %s AND state = 'open'"
    )
    assert open_slots == 6_993


def test_a_staged_batch_holds_its_lines_back_and_offers_them_in_order(customer: Customer):
    customer.send("POST", "/projects", json={"name": "p", "type": "categorization", "rapid": True})
    customer.send("POST", "/batches", json={"name": "b", "project": "p"})
    bodies = [{**CATEGORIZATION, "batch": "b", "tags": [str(n)]} for n in range(5)]
    assert told(customer.send("POST", BULK, data=lines(*bodies)))["created"] == 5
    assert customer.rows("SELECT 1 FROM work.assignment WHERE tenant_id = %s") == []
    customer.send("POST", "/batches/b/finalize")
    queue = customer.rows(
        "SELECT t.tags[1] FROM work.assignment AS a JOIN work.task AS t USING (tenant_id, task_id)"
        " WHERE tenant_id = %s ORDER BY a.rank, a.position, a.task_id"
    )
    assert [tag for (tag,) in queue] == ["0", "1", "2", "3", "4"]
    late = told(customer.send("POST", BULK, data=lines(*bodies)))
    assert (late["created"], late["failed"]) == (0, 5)
    assert "finalized" in late["errors"][0]["error"]


def test_test_tasks_are_answered_at_once_in_bulk_too(customer: Customer):
    reply = customer.send("POST", BULK, key=customer.test_key, data=lines(*[CATEGORIZATION] * 3))
    assert told(reply)["created"] == 3
    page = customer.send("GET", "/tasks", key=customer.test_key).json()
    assert {task["status"] for task in page["docs"]} == {"completed"}
    assert all(task["response"] == {"category": "cat"} for task in page["docs"])


def test_what_is_no_json_at_all_is_refused(customer: Customer):
    reply = customer.send("POST", BULK, data=b"[1, 2")
    assert reply.status_code == 400
    assert "Nothing was created" in error_of(reply)
    empty = told(customer.send("POST", BULK, data=b""))
    assert (empty["created"], empty["failed"], empty["task_ids"]) == (0, 0, [])


def test_one_entry_of_the_ledger_stands_for_a_chunk(customer: Customer):
    told(customer.send("POST", BULK, data=lines(*[CATEGORIZATION] * 50)))
    events = customer.rows(
        "SELECT event::json ->> 'kind', event::json ->> 'count' FROM ledger.entry"
        " WHERE tenant_id = %s AND event::json ->> 'kind' LIKE 'task%%'"
    )
    assert events == [("tasks.submitted", "50")]
