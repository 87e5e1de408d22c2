"""The order in which a customer names things is the order in which they come back, everywhere."""

import io
import json
import random
import time
from typing import Any

import pyarrow.parquet
import pytest
import requests
from app.scale.customer import CATEGORIZATION, Customer
from app.served import Served

# jsonb would sort these by length, JavaScript would put the numbers first.
NAMES = ["invoice_no", "date", "total", "2", "1", "Übertrag", "a"]
FIELDS = {name: f"the {name}" for name in NAMES}
METADATA = {"zeta": 1, "b": {"longest name": 1, "y": 2, "x": [{"q": 1, "ab": 2, "a": 3}]}, "a": 0}
TRANSCRIPTION: dict[str, Any] = {
    "repeatable_fields": {"price": "Price", "no": "Number", "10": "Tenth"},
    "fields": FIELDS,
    "their_own": {"zz": 1, "y": {"bb": 1, "a": 2}},
    "attachment_type": "text",
    "attachment": "Invoice 7",
}
COMMON: dict[str, Any] = {"metadata": METADATA, "tags": ["zebra", "b", "aardvark"]}


def text_of(value: object) -> str:
    """JSON text, in which the order of members shows."""
    return json.dumps(value)


def same(one: object, other: object) -> bool:
    return text_of(one) == text_of(other)


def _echoes(told: dict[str, Any]) -> None:
    assert same(told["params"], TRANSCRIPTION)
    assert same(told["metadata"], METADATA)
    assert told["tags"] == COMMON["tags"]


def _told(reply: requests.Response) -> Any:
    assert reply.status_code == 200, reply.text
    return reply.json()


def _created(customer: Customer, **more: Any) -> dict[str, Any]:
    body = {**TRANSCRIPTION, **COMMON, **more}
    return _told(customer.send("POST", "/task/transcription", json=body))


def test_a_created_task_is_echoed_in_order_at_once_and_later(customer: Customer):
    made = _created(customer)
    _echoes(made)
    _echoes(_told(customer.send("GET", f"/task/{made['task_id']}")))
    (listed,) = _told(customer.send("GET", "/tasks"))["docs"]
    _echoes(listed)
    client = customer.live.get_task(made["task_id"]).as_dict()
    assert same(client["params"], TRANSCRIPTION)


def test_bulk_and_the_command_line_keep_it(customer: Customer, served: Served, tmp_path):
    project = {"name": "invoices", "type": "transcription"}
    _told(customer.send("POST", "/projects", json=project))
    line = json.dumps({**TRANSCRIPTION, **COMMON})
    summary = _told(customer.send("POST", "/tasks/bulk?type=transcription", data=line.encode()))
    assert summary["created"] == 1
    path = tmp_path / "tasks.jsonl"
    path.write_text(line + "\n" + line)
    made = served.command(
        "import", str(path), "--tenant", str(customer.tenant_id), "--project", "invoices"
    )
    assert made["created"] == 2
    docs = _told(customer.send("GET", "/tasks"))["docs"]
    assert len(docs) == 3
    for one in docs:
        _echoes(one)


def test_a_form_keeps_the_order_of_its_fields(customer: Customer):
    pairs = [("attachment", "x"), ("attachment_type", "text")]
    pairs += [(f"fields[{name}]", text) for name, text in FIELDS.items()]
    made = _told(customer.send("POST", "/task/transcription", data=pairs))
    again = _told(customer.send("GET", f"/task/{made['task_id']}"))
    assert list(made["params"]["fields"]) == list(again["params"]["fields"]) == NAMES


def test_exports_hold_params_metadata_and_responses_in_order(customer: Customer):
    for key in (customer.live_key, customer.test_key):
        made = _told(
            customer.send("POST", "/task/transcription", key=key, json={**TRANSCRIPTION, **COMMON})
        )
        exported = requests.get(
            f"{customer.origin}/api/export", params={"params": "true"}, auth=(key, ""), timeout=60
        )
        line = json.loads(exported.text)
        assert same(line["params"], TRANSCRIPTION)
        assert same(line["metadata"], METADATA)
        if key == customer.test_key:
            assert list(line["response"]["fields"]) == NAMES
            assert list(made["response"]["fields"]) == NAMES
            assert list(line["response"]["repeatable_fields"][0]) == ["price", "no", "10"]
        binary = requests.get(
            f"{customer.origin}/api/export",
            params={"params": "true", "format": "parquet"},
            auth=(key, ""),
            timeout=60,
        )
        (row,) = pyarrow.parquet.read_table(io.BytesIO(binary.content)).to_pylist()
        assert same(json.loads(row["params"]), TRANSCRIPTION)
        assert same(json.loads(row["metadata"]), METADATA)


def test_changed_metadata_is_kept_in_its_order(customer: Customer):
    made = _created(customer)
    at = f"/task/{made['task_id']}"
    for changed in ({"zz": 1, "a": 2}, {"a": 2, "zz": 1}, {"b": 1}, {}):
        _told(customer.send("POST", f"{at}/setMetadata", json=changed))
        assert same(_told(customer.send("GET", at))["metadata"], changed)


def test_projects_keep_the_order_of_params_and_policy(customer: Customer):
    policy = {"review_below": 0.5, "annotations": 2, "annotations_max": 3}
    params = {"repeatable_fields": {"price": "", "no": ""}, "fields": FIELDS}
    body = {"type": "transcription", "policy": policy, "params": params, "name": "p"}
    _told(customer.send("POST", "/projects", json=body))
    told = _told(customer.send("GET", "/projects/p"))
    first = told["param_history"][0]
    assert list(first)[:2] == ["repeatable_fields", "fields"]
    assert list(first["fields"]) == NAMES
    assert list(told["policy"]) == list(policy)
    patch = {"instruction": "Write.", "attachment_type": "text", "patch": True}
    told = _told(customer.send("POST", "/projects/p/setParams", json=patch))
    last = told["param_history"][-1]
    assert list(last)[:4] == ["repeatable_fields", "fields", "instruction", "attachment_type"]
    assert list(last["fields"]) == NAMES
    turned = {"annotations_max": 5, "annotations": 1}
    told = _told(customer.send("POST", "/projects/p/setPolicy", json=turned))
    assert list(told["policy"]) == list(turned)
    made = _told(
        customer.send("POST", "/task/transcription", json={"project": "p", "attachment": "x"})
    )
    again = _told(customer.send("GET", f"/task/{made['task_id']}"))
    assert same(made["params"], again["params"])
    assert list(made["params"]) == ["attachment", "repeatable_fields", "fields", "attachment_type"]


def test_batches_and_files_keep_the_order_of_metadata(customer: Customer):
    _told(customer.send("POST", "/projects", json={"name": "p", "type": "categorization"}))
    batch = {"name": "b", "project": "p", "metadata": METADATA}
    _told(customer.send("POST", "/batches", json=batch))
    assert same(_told(customer.send("GET", "/batches/b"))["metadata"], METADATA)
    _told(customer.send("POST", "/batches/b/setMetadata", json={"zz": 1, "a": 2}))
    (listed,) = _told(customer.send("GET", "/batches"))["docs"]
    assert same(listed["metadata"], {"zz": 1, "a": 2})
    sent = {"metadata": json.dumps(METADATA)}
    _told(customer.send("POST", "/files/upload", files={"file": ("a.txt", b"a")}, data=sent))
    (stored,) = _told(customer.send("GET", "/files"))["docs"]
    assert same(stored["metadata"], METADATA)
    wanted = json.dumps({"a": 0, "zeta": 1})
    found = _told(customer.send("GET", "/files", params={"metadata": wanted}))["docs"]
    assert len(found) == 1, "what is searched for is found in whichever order"


def test_gold_keeps_the_order_of_what_is_expected(customer: Customer):
    _told(customer.send("POST", "/projects", json={"name": "p", "type": "transcription"}))
    expected = {"fields": {name: name for name in reversed(NAMES)}, "repeatable_fields": []}
    body = {**TRANSCRIPTION, "project": "p", "metadata": METADATA, "expected_response": expected}
    made = _told(customer.send("POST", "/evaluation_tasks/transcription", json=body))
    (told,) = _told(customer.send("GET", "/evaluation_tasks"))["docs"]
    assert same(told["params"], TRANSCRIPTION)
    assert same(told["metadata"], METADATA)
    assert same(told["expected_response"], made["expected_response"])
    assert list(told["expected_response"]["fields"]) == NAMES, "in the order of the params"


@pytest.mark.parametrize(
    "number",
    ["1.0", "0", "-0.0", "0.1", "1e3", "123456789.123456789", "9007199254740993", "-1", "1e-320"],
)
def test_numbers_keep_their_value_and_whether_they_are_whole(customer: Customer, number: str):
    body = json.dumps({**CATEGORIZATION, "metadata": "M"}).replace('"M"', f'{{"n": {number}}}')
    made = _told(customer.send("POST", "/task/categorization", data=body.encode()))
    exported = requests.get(
        f"{customer.origin}/api/export", auth=(customer.live_key, ""), timeout=60
    )
    sent = json.loads(number)
    for kept in (made["metadata"]["n"], json.loads(exported.text)["metadata"]["n"]):
        assert (type(kept), repr(kept)) == (type(sent), repr(sent))


@pytest.mark.parametrize("number", ["1e400", "18446744073709551616", "-1e999", "1" * 30])
def test_a_number_that_no_reader_would_read_is_refused(customer: Customer, number: str):
    body = json.dumps({**CATEGORIZATION, "metadata": "M"}).replace('"M"', f'{{"n": {number}}}')
    refused = customer.send("POST", "/task/categorization", data=body.encode())
    assert refused.status_code == 400, refused.text


def test_a_callback_tells_it_in_order(customer: Customer, callbacks):
    made = _told(
        customer.send(
            "POST",
            "/task/transcription",
            json={**TRANSCRIPTION, **COMMON, "callback_url": callbacks.url, "priority": 30},
        )
    )
    customer.rows(
        "UPDATE work.task SET status = 'error', stage = 'closed', error = 'x'"
        " WHERE tenant_id = %s RETURNING task_id"
    )
    _told(customer.send("POST", f"/task/{made['task_id']}/send_callback"))
    deadline = time.monotonic() + 30
    while not callbacks.bodies and time.monotonic() < deadline:
        time.sleep(0.1)
    _echoes(json.loads(callbacks.bodies[0])["task"])


PARTS = ["", "a", "B", "10", "2", "é", "ß", "日本", "🙂", " ", '"', "\\", "\n", "__proto__", "not"]


def _made(chance: random.Random, depth: int) -> Any:
    """Any JSON, with names that sort in every other way than they stand."""
    kind = chance.randrange(8 if depth < 4 else 6)
    if kind == 6:
        return [_made(chance, depth + 1) for _ in range(chance.randrange(4))]
    if kind == 7:
        return _object(chance, depth + 1)
    scalars = [chance.choice(PARTS), chance.randrange(-(2**62), 2**62), chance.random(), 1.0]
    return [*scalars, None, True][kind]


def _object(chance: random.Random, depth: int = 0) -> dict[str, Any]:
    names = ("".join(chance.choices(PARTS, k=chance.randrange(1, 4))) for _ in range(6))
    return {name: _made(chance, depth) for name in names}


def test_whatever_objects_are_sent_come_out_as_they_went_in(customer: Customer):
    chance = random.Random(30)
    sent = [
        {**CATEGORIZATION, "metadata": _object(chance), "of_their_own": _object(chance)}
        for _ in range(500)
    ]
    body = "\n".join(map(json.dumps, sent)).encode()
    summary = _told(customer.send("POST", "/tasks/bulk?type=categorization", data=body))
    assert (summary["created"], summary["failed"]) == (500, 0), summary["errors"][:3]
    reply = requests.get(
        f"{customer.origin}/api/export?params=true", auth=(customer.live_key, ""), timeout=60
    )
    exported = {task["task_id"]: task for task in map(json.loads, reply.text.splitlines())}
    for task_id, one in zip(summary["task_ids"], sent, strict=True):
        kept = exported[task_id]
        assert same(kept["metadata"], one["metadata"])
        assert same(kept["params"]["of_their_own"], one["of_their_own"])
    listed = _told(customer.send("GET", "/tasks?limit=100"))["docs"]
    for task, one in zip(listed, sent[::-1], strict=False):
        assert same(task["metadata"], one["metadata"])
