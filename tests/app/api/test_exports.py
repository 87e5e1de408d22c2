"""What a tenant takes away with its key, and that no other key takes anything of it."""

import io
import json
import time

import pyarrow.parquet
import pytest
import requests
from app.api.workbench import SECONDS_MAX, Workbench, is_problem

SETTLE_SECONDS_MAX = 30


def _settled(workbench: Workbench, category: str = "cat", **params: object) -> str:
    task_id = workbench.send(**params)
    assert workbench.submit(workbench.take()["assignment_id"], category).status_code == 200
    deadline = time.monotonic() + SETTLE_SECONDS_MAX
    while time.monotonic() < deadline:
        if workbench.as_tenant("GET", f"/v1/task/{task_id}").json()["status"] == "completed":
            return task_id
        time.sleep(0.1)
    raise AssertionError("the task was not settled")


def _lines(reply: requests.Response) -> list[dict]:
    assert reply.status_code == 200, reply.text
    return [json.loads(line) for line in reply.text.splitlines()]


def test_lines_and_parquet_hold_the_same_tasks_with_their_responses(workbench):
    settled = _settled(workbench, "dog")
    waiting = workbench.send()

    reply = workbench.as_tenant("GET", "/api/export", params={"annotations": "true"})
    assert reply.headers["content-type"] == "application/x-ndjson"
    tasks = {task["task_id"]: task for task in _lines(reply)}
    assert tasks.keys() == {settled, waiting}
    assert tasks[settled]["response"] == {"category": "dog"}
    assert workbench.person.email not in reply.text

    binary = workbench.as_tenant("GET", "/api/export", params={"format": "parquet"})
    assert binary.headers["content-type"] == "application/vnd.apache.parquet"
    table = pyarrow.parquet.read_table(io.BytesIO(binary.content))
    assert set(table.column("task_id").to_pylist()) == {settled, waiting}


def test_an_export_is_filtered_by_status(workbench):
    settled = _settled(workbench)
    workbench.send()
    completed = workbench.as_tenant("GET", "/api/export", params={"status": "completed"})
    assert [task["task_id"] for task in _lines(completed)] == [settled]


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_a_rivals_key_takes_nothing_of_it(workbench, other_workbench, form):
    workbench.send(unique_id="mine")
    reply = other_workbench.as_tenant("GET", "/api/export", params={"format": form})
    assert reply.status_code == 200
    if form == "jsonl":
        assert _lines(reply) == []
    else:
        assert pyarrow.parquet.read_table(io.BytesIO(reply.content)).num_rows == 0


def test_a_test_key_takes_no_live_task(workbench):
    workbench.send()
    reply = workbench.as_tenant("GET", "/api/export", key=workbench.owner.test_key)
    assert _lines(reply) == []


def test_an_annotators_token_is_no_key(workbench):
    assert is_problem(workbench.call("GET", "/export"), 401, "unknown-key")
    nobody = requests.get(f"{workbench.origin}/api/export", timeout=SECONDS_MAX)
    assert is_problem(nobody, 401, "no-key")


@pytest.mark.parametrize(
    "query",
    ["format=xml", "status=done", "annotations=maybe", "project=%00", "batch=a%00b&format=parquet"],
)
def test_a_query_that_makes_no_sense_is_a_problem_and_not_half_a_file(workbench, query):
    reply = workbench.as_tenant("GET", f"/api/export?{query}")
    assert reply.status_code == 400
    assert reply.headers["content-type"] == "application/problem+json"


def test_the_record_of_a_callback_is_shown_to_its_tenant_alone(workbench, other_workbench):
    task_id = _settled(workbench)
    deadline = time.monotonic() + SETTLE_SECONDS_MAX
    callback = {"tries": []}
    while not callback["tries"] and time.monotonic() < deadline:
        found = workbench.as_tenant("GET", "/api/callbacks", params={"task_id": task_id}).json()
        (callback,) = found["callbacks"]
        time.sleep(0.1)
    # Loopback is closed to callbacks unless the operator opens it.
    assert callback["url"] == "http://127.0.0.1:9/none"
    assert callback["tries"]

    rivals = other_workbench.as_tenant("GET", "/api/callbacks", params={"task_id": task_id})
    assert is_problem(rivals, 404, "no-such-task")
    unnamed = workbench.as_tenant("GET", "/api/callbacks")
    assert is_problem(unnamed, 400, "bad-request")
    nul = workbench.as_tenant("GET", "/api/callbacks?task_id=%00")
    assert is_problem(nul, 400, "nul-in-query")
