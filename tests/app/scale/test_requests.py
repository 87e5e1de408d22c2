"""What the contract says of requests: keys, forms, repeats, inheritance, bad input."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from app.scale.customer import CATEGORIZATION, Customer, error_of

CREATE = "/task/categorization"


def test_a_key_is_taken_as_basic_and_as_bearer(customer: Customer):
    bearer = {"Authorization": f"Bearer {customer.live_key}"}
    assert customer.send("GET", "/tasks", auth=None, headers=bearer).status_code == 200
    assert customer.send("GET", "/tasks").status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Basic",
        "Basic !!!",
        "Basic " + base64.b64encode(b"\xff:").decode(),
        "Bearer",
        "Digest x",
    ],
)
def test_without_a_valid_key_nothing_is_answered(customer: Customer, header: str):
    sent = customer.send("GET", "/tasks", auth=None, headers={"Authorization": header})
    assert sent.status_code == 401
    assert error_of(sent)


def test_forms_are_read_as_the_older_documentation_sends_them(customer: Customer):
    form = (
        "attachment=The+kitten&attachment_type=text&categories=cat&categories=dog"
        "&metadata[source]=camera&allow_multiple=true&callback_url=&priority=20"
    )
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    task = customer.send("POST", CREATE, data=form, headers=headers).json()
    assert task["params"]["categories"] == ["cat", "dog"]
    assert task["params"]["allow_multiple"] is True
    assert task["metadata"] == {"source": "camera"}
    assert task["priority"] == 20
    indexed = "text=Anna&labels[0][name]=person&labels[1][name]=place"
    task = customer.send("POST", "/task/namedentityrecognition", data=indexed, headers=headers)
    assert task.json()["params"]["labels"] == [{"name": "person"}, {"name": "place"}]
    asked = "attachment=x&attachment_type=text&fields[title]=The+title"
    task = customer.send("POST", "/task/transcription", data=asked, headers=headers)
    assert task.json()["params"]["fields"] == {"title": "The title"}


def test_json_is_read_whatever_curl_calls_it(customer: Customer):
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    sent = customer.send("POST", CREATE, data=json.dumps(CATEGORIZATION), headers=headers)
    assert sent.status_code == 200


def test_nulls_and_blanks_count_as_not_sent(customer: Customer):
    task = customer.create(callback_url=None, unique_id="", project=None, metadata=None)
    assert "unique_id" not in task
    canceled = customer.send(
        "POST", f"/task/{task['task_id']}/cancel?callback_url", json={"callback_url": None}
    )
    assert canceled.json()["status"] == "canceled"
    blank = customer.send("GET", "/tasks?status=&type=&start_time=&limit=")
    assert blank.json()["total"] == 1


def test_unknown_params_are_kept_and_defaults_filled_in(customer: Customer):
    task = customer.create(colour_blind_safe=True)
    assert task["params"]["colour_blind_safe"] is True
    assert task["params"]["allow_multiple"] is False


def test_tasks_inherit_what_their_project_said_when_they_were_created(customer: Customer):
    params = {"categories": ["a", "b"], "instruction": "Project.", "priority": 30, "tags": ["t"]}
    project = {"name": "p", "type": "categorization", "params": params}
    assert customer.send("POST", "/projects", json=project).status_code == 200
    bare = {"attachment": "x", "attachment_type": "text", "project": "p"}
    first = customer.send("POST", CREATE, json={**bare, "instruction": "Task."}).json()
    assert first["instruction"] == "Task.\n\nProject."
    assert (first["params"]["categories"], first["priority"]) == (["a", "b"], 30)
    assert (first["tags"], first["project_param_version"]) == (["t"], 0)
    customer.send("POST", "/projects/p/setParams", json={"categories": ["c"]})
    newer = customer.send("POST", CREATE, json=bare).json()
    assert (newer["params"]["categories"], newer["project_param_version"]) == (["c"], 1)
    older = customer.send("POST", CREATE, json={**bare, "project_version": 0}).json()
    assert older["params"]["categories"] == ["a", "b"]
    own = customer.send("POST", CREATE, json={**bare, "categories": ["z"]}).json()
    assert own["params"]["categories"] == ["z"]
    nothing = customer.send("POST", CREATE, json={**bare, "project_version": -1})
    assert "categories" in error_of(nothing)
    assert "project_version" in error_of(
        customer.send("POST", CREATE, json={**bare, "project_version": 7})
    )
    frozen = customer.send("GET", f"/task/{first['task_id']}").json()
    assert frozen["params"]["categories"] == ["a", "b"]


def test_a_repeated_idempotency_key_replays_the_answer(customer: Customer):
    headers = {"Idempotency-Key": "0b9cf3b6"}
    first = customer.send("POST", CREATE, json=CATEGORIZATION, headers=headers)
    customer.send("POST", f"/task/{first.json()['task_id']}/setMetadata", json={"later": 1})
    again = customer.send("POST", CREATE, json=CATEGORIZATION, headers=headers)
    assert (again.status_code, again.content) == (200, first.content)
    other = customer.send("POST", CREATE, json={**CATEGORIZATION, "x": 1}, headers=headers)
    assert other.status_code == 409
    assert "Idempotency-Key" in error_of(other)
    assert customer.live.tasks().total == 1


def test_a_refused_request_does_not_use_up_its_idempotency_key(customer: Customer):
    headers = {"Idempotency-Key": "k"}
    assert customer.send("POST", CREATE, json={}, headers=headers).status_code == 400
    assert customer.send("POST", CREATE, json=CATEGORIZATION, headers=headers).status_code == 200


@pytest.mark.parametrize("by", ["unique_id", "idempotency key"])
def test_of_many_who_create_the_same_at_once_one_does(customer: Customer, by: str):
    headers = {"Idempotency-Key": "one"} if by == "idempotency key" else {}
    body = {**CATEGORIZATION, **({} if headers else {"unique_id": "one"})}

    def create(_: int) -> requests.Response:
        return customer.send("POST", CREATE, json=body, headers=headers)

    with ThreadPoolExecutor(8) as threads:
        replies = list(threads.map(create, range(16)))
    made = {reply.json()["task_id"] for reply in replies if reply.status_code == 200}
    assert len(made) == 1
    expected = 16 if headers else 1
    assert [reply.status_code for reply in replies].count(200) == expected
    for reply in replies:
        if reply.status_code != 200:
            assert reply.status_code == 409
            assert made.pop() in error_of(reply) if made else error_of(reply)
    assert customer.live.tasks().total == 1


def test_tasks_created_at_once_are_answered_entered_and_recorded_each_by_itself(
    customer: Customer,
):
    def create(n: int) -> requests.Response:
        said = {"metadata": {"n": n}} if n % 10 else {"categories": []}
        return customer.send("POST", CREATE, json={**CATEGORIZATION, **said})

    with ThreadPoolExecutor(8) as threads:
        replies = list(threads.map(create, range(40)))
    assert [reply.status_code for reply in replies] == [200 if n % 10 else 400 for n in range(40)]
    made = {n: replies[n].json() for n in range(40) if n % 10}
    assert all(task["metadata"] == {"n": n} for n, task in made.items())
    for task in made.values():
        assert customer.send("GET", f"/task/{task['task_id']}").json() == task
    entered = customer.rows(
        "SELECT event::jsonb ->> 'task_id' FROM ledger.entry"
        " WHERE tenant_id = %s AND event::jsonb ->> 'kind' = 'task.submitted'"
    )
    assert sorted(task_id for (task_id,) in entered) == sorted(
        task["task_id"] for task in made.values()
    )


def test_a_walk_of_one_a_page_misses_and_repeats_none_while_others_are_created(customer: Customer):
    for n in range(25):
        customer.create(metadata={"n": n})
    walked: list[int] = []
    token = ""
    while True:
        page = customer.send("GET", f"/tasks?limit=1&next_token={token}").json()
        assert page["total"] == 25
        walked += [task["metadata"]["n"] for task in page["docs"]]
        if len(walked) % 5 == 0:
            customer.create(metadata={"n": -1})
        if not page["has_more"]:
            break
        token = page["next_token"]
    assert walked == list(range(24, -1, -1))


def test_a_list_words_each_task_as_it_is_worded_alone(customer: Customer):
    for key in (customer.live_key, customer.test_key):
        customer.create(key=key, tags=["a"], unique_id="u1", metadata={"n": [1.50, None, "Zoë \\"]})
        customer.create(key=key)
        docs = customer.send("GET", "/tasks", key=key).json()["docs"]
        alone = [customer.send("GET", f"/task/{task['task_id']}", key=key).json() for task in docs]
        assert docs == alone
        assert len(docs) == 2


def test_filters_narrow_and_combine(customer: Customer):
    kept = customer.create(tags=["a"], unique_id="u1")
    test = customer.create(key=customer.test_key)
    canceled = customer.create(tags=["b"], unique_id="u2")
    customer.send("POST", f"/task/{canceled['task_id']}/cancel")

    def found(query: str) -> list[str]:
        reply = customer.send("GET", f"/tasks?{query}")
        assert reply.status_code == 200, reply.text
        page = reply.json()
        assert page["total"] == len(page["docs"])
        return [task["task_id"] for task in page["docs"]]

    both = [canceled["task_id"], kept["task_id"]]
    assert found("") == both
    assert test["task_id"] not in both
    assert found("status=canceled") == [canceled["task_id"]]
    assert found("tags=a") == [kept["task_id"]]
    assert found("tags=a&tags=b") == both
    assert found("unique_id=u1&unique_id=u2") == both
    assert found("type=comparison") == []
    created = kept["created_at"]
    assert found(f"start_time={created}&end_time={created}")[-1] == kept["task_id"]
    assert found("start_time=2999-01-01") == []
    assert found("end_time=2000-01-01T00:00:00%2B02:00") == []
    assert found("completed_after=2000-01-01") == []
    assert found("updated_after=2000-01-01 00:00:00.000000") == both
    [limited] = customer.send("GET", "/tasks?limited_response=True&tags=a").json()["docs"]
    assert set(limited) == {"task_id", "status", "metadata", "project", "otherVersion"}


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=101", "limit=x", "limit=1.5", "offset=-1", "next_token=x", "status=done",
        "next_token=WzEsMiwzXQ", "start_time=yesterday", "start_time=0001-01-01T00:00:00%2B14:00",
        "customer_review_status=accepted", "project=%00", "limited_response=perhaps",
    ],
)  # fmt: skip
def test_a_query_that_makes_no_sense_is_refused(customer: Customer, query: str):
    reply = customer.send("GET", f"/tasks?{query}")
    assert reply.status_code == 400
    assert error_of(reply)


@pytest.mark.parametrize(
    "said",
    [
        {"unique_id": "x" * 1001}, {"unique_id": "\U0001f600" * 700}, {"unique_id": 7},
        {"metadata": {"x": "y" * 11_000}}, {"metadata": []}, {"priority": 5}, {"priority": "high"},
        {"tags": ["a", "b", "c", "d", "e", "f"]}, {"tags": "a,b"}, {"tags": [""]},
        {"callback_url": "ftp://example.com"}, {"callback_url": "http://"}, {"project": "absent"},
        {"batch": "absent"}, {"project_version": "x"}, {"instruction": 5}, {"attachment": "\0"},
        {"instruction": "a\0b"}, {"metadata": {"\0": 1}}, {"x": 1e300}, {"x": 10**30},
        {"categories": []}, {"attachment_type": "smell"}, {"project": "x" * 501},
    ],
    ids=str,
)  # fmt: skip
def test_params_that_are_not_as_they_should_be_are_refused_with_a_reason(
    customer: Customer, said: dict[str, object]
):
    reply = customer.send("POST", CREATE, json={**CATEGORIZATION, **said})
    assert reply.status_code == 400, reply.text
    assert error_of(reply).endswith(".")
    assert customer.rows("SELECT 1 FROM work.task WHERE tenant_id = %s") == []


@pytest.mark.parametrize(
    "body",
    [
        b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b'{"a":' + b"[" * 50_000, b'{"a": NaN}',
        b'{"attachment": "\\ud800"}', b'{"a": 1e999}', b"{" + b'"a":1,' * 10 + b"}", b"\0",
    ],
    ids=lambda body: body[:20].decode("latin-1"),
)  # fmt: skip
def test_a_body_that_is_no_json_object_is_refused(customer: Customer, body: bytes):
    headers = {"Content-Type": "application/json"}
    reply = customer.send("POST", CREATE, data=body, headers=headers)
    assert reply.status_code == 400
    assert error_of(reply)


def test_a_body_of_another_kind_is_refused(customer: Customer):
    reply = customer.send("POST", CREATE, data=b"<xml/>", headers={"Content-Type": "text/xml"})
    assert reply.status_code == 415
    assert "application/json" in error_of(reply)


def test_a_body_that_is_too_large_is_refused(customer: Customer):
    def endless():
        for _ in range(40):
            yield b" " * 1_000_000

    announced = customer.send("POST", CREATE, data=b" " * 20_000_000)
    assert (announced.status_code, bool(error_of(announced))) == (413, True)
    try:
        streamed = customer.send("POST", CREATE, data=endless())
    except requests.ConnectionError:
        return  # told no and hung up on before it had sent everything
    assert (streamed.status_code, bool(error_of(streamed))) == (413, True)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404), ("GET", "/nothing", 404), ("POST", "/tasks", 405),
        ("PUT", "/task/x", 405),
        ("GET", "/teams", 404), ("GET", "/task/x/y/z", 404), ("GET", "/task/%00", 404),
        ("GET", "/task/" + "A" * 24, 404), ("GET", "/task/..%2F..%2Fetc", 404),
        ("GET", "/projects/%ff", 404), ("GET", "/batches/%00", 404), ("DELETE", "/projects/x", 405),
        ("POST", "/task/nonsense", 400), ("POST", "/task/x/cancel", 404),
    ],
)  # fmt: skip
def test_what_there_is_not_is_told_in_the_contracts_shape(
    customer: Customer, method: str, path: str, status: int
):
    reply = customer.send(method, path)
    assert reply.status_code == status
    assert error_of(reply)


def test_a_project_may_want_several_annotations(customer: Customer):
    body = {"name": "p", "type": "categorization", "consensus_attempts": 3}
    project = customer.send("POST", "/projects", json=body).json()
    assert project["policy"] == {"annotations": 3, "annotations_max": 3}
    task = customer.create(project="p")
    slots = customer.rows(
        "SELECT state, rank FROM work.assignment WHERE tenant_id = %s AND task_id = %s",
        task["task_id"],
    )
    assert slots == [("open", -10)] * 3
    for policy in ({"annotations": 0}, {"annotations": 5, "annotations_max": 2}, {"confidence": 2}):
        asked = {"name": "q", "type": "categorization", "policy": policy}
        assert "policy" in error_of(customer.send("POST", "/projects", json=asked))


def test_a_batch_puts_its_pending_tasks_elsewhere_in_the_queue(customer: Customer):
    customer.send("POST", "/projects", json={"name": "p", "type": "categorization"})
    customer.send("POST", "/batches", json={"name": "b", "project": "p"})
    before = customer.create(batch="b")
    reply = customer.send("POST", "/batches/b/prioritize", json={"priority": 30})
    assert reply.json() == {"result": "success", "tasks": 1}
    after = customer.create(batch="b")
    assert after["priority"] == 30
    assert customer.send("GET", f"/task/{before['task_id']}").json()["priority"] == 30
    ranks = customer.rows("SELECT rank FROM work.assignment WHERE tenant_id = %s")
    assert ranks == [(-30,), (-30,)]
    assert customer.send("POST", "/batches/b/prioritize", json={"priority": 31}).status_code == 400
