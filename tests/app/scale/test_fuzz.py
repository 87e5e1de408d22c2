"""Any request at all: never an error of ours, always the contract's shape, nothing half-written.

`EVENHAND_FUZZ=10000` sends that many; by default it is a few hundred. Requests begin as what
the API takes and are then bent: other values, other types, other bytes, other paths.
"""

import json
import os
from contextlib import closing
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote

import pytest
from app.scale.customer import CATEGORIZATION, PARAMS, Customer
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

REQUESTS = int(os.environ.get("EVENHAND_FUZZ", "300"))
NAMES = ["p", "rapid", "b", "staged", "absent", "a/b", "%", "..", "\0", "ü"]

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(2**80), 2**80)
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(
        ["", " ", "\0", "\ud800", "a\ud83d", "null", "true", "-1", "1e400", "x" * 3000]
    )
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4)
    ),
    max_leaves=10,
)
texts = st.text(max_size=30) | st.sampled_from(NAMES)
common = st.fixed_dictionaries(
    {},
    optional={
        "project": st.sampled_from(NAMES) | values,
        "batch": st.sampled_from(NAMES) | values,
        "unique_id": st.sampled_from(["one", "two", "three"]) | values,
        "metadata": values,
        "tags": st.lists(texts, max_size=7) | values,
        "priority": st.sampled_from([10, 20, 30]) | values,
        "callback_url": st.sampled_from(["http://127.0.0.1:9/x", "a@example.com"]) | values,
        "instruction": values,
        "project_version": st.integers(-2, 3) | values,
        "clear_unique_id_on_error": values,
    },
)


@st.composite
def bent(draw: st.DrawFn, body: dict[str, Any]) -> dict[str, Any]:
    """A body that the API takes, with some of its values replaced or left out."""
    changed = dict(body)
    for name in draw(st.lists(st.sampled_from(sorted(body) or ["x"]), max_size=2)):
        changed[name] = draw(values)
    for name in draw(st.lists(st.sampled_from(sorted(body) or ["x"]), max_size=1)):
        changed.pop(name, None)
    return {**changed, **draw(common), **draw(st.dictionaries(texts, values, max_size=2))}


def encoded(body: object) -> bytes:
    # Python writes NaN, Infinity and lone surrogates, which is what is wanted here.
    return json.dumps(body).encode()


task_bodies = st.sampled_from([*PARAMS.values(), CATEGORIZATION]).flatmap(bent)
bodies = (
    task_bodies.map(encoded)
    | values.map(encoded)
    | st.binary(max_size=60)
    | st.just(b"")
    | st.lists(task_bodies.map(encoded), max_size=4).map(b"\n".join)
    | bent({"name": "n", "type": "categorization", "params": {}, "policy": {}}).map(encoded)
    | bent({"name": "n", "project": "p", "callback": "", "metadata": {}}).map(encoded)
    | bent({"file_url": "http://127.0.0.1:9/x", "project_name": "p"}).map(encoded)
    | st.lists(texts, max_size=6).map(encoded)
)
segments = st.sampled_from([
    "task", "tasks", "bulk", "projects", "batches", "files", "upload", "import", "cancel", "tags",
    "unique_id", "setMetadata", "setParams", "finalize", "status", "prioritize", "send_callback",
    "retry", "teams", "studio", *(one.value for one in PARAMS), *NAMES,
])  # fmt: skip
ids = st.sampled_from(["0" * 24, "known", "A", "z" * 24]) | texts


def quoted(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


paths = st.one_of(
    st.builds("/task/{}".format, st.sampled_from([one.value for one in PARAMS])),
    st.builds(
        "/task/{}/{}".format,
        ids.map(quoted),
        st.sampled_from(["cancel", "tags", "unique_id", "setMetadata", "send_callback", "retry"]),
    ),
    st.builds("/task/{}".format, ids.map(quoted)),
    st.sampled_from(["/tasks", "/tasks/bulk", "/projects", "/batches", "/files", "/files/import"]),
    st.sampled_from(["/files/upload"]),
    st.builds("/projects/{}/setParams".format, texts.map(quoted)),
    st.builds(
        "/batches/{}/{}".format,
        texts.map(quoted),
        st.sampled_from(["", "status", "finalize", "setMetadata", "prioritize"]),
    ),
    st.lists(segments.map(quoted), max_size=4).map(lambda parts: "/" + "/".join(parts)),
    st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=20).map("/".__add__),
)
queries = st.lists(
    st.tuples(
        st.sampled_from([
            "limit", "offset", "next_token", "status", "type", "project", "batch", "tags", "atomic",
            "unique_id", "start_time", "completed_before", "customer_review_status", "archived",
            "clear_unique_id", "limited_response", "detailed", "metadata", "x",
        ]),
        st.sampled_from(
            ["", "1", "-1", "true", "pending", "2026-01-01", "WzEsIngiLDFd", "%00", "%ff", "{}"]
        )
        | texts.map(quoted),
    ),
    max_size=3,
).map(lambda pairs: "&".join(f"{name}={value}" for name, value in pairs))  # fmt: skip
headers = st.fixed_dictionaries(
    {},
    optional={
        "Content-Type": st.sampled_from(
            ["application/json", "application/x-www-form-urlencoded", "text/xml", "a/b+json",
             "multipart/form-data; boundary=x", "multipart/form-data", "x", ""]
        ),
        "Idempotency-Key": st.sampled_from(["k1", "k2", "x" * 300]),
    },
)  # fmt: skip
targets = st.sampled_from(sorted(PARAMS, key=lambda one: one.value)).flatmap(
    lambda one: st.tuples(
        st.just("POST"), st.just(f"/task/{one.value}"), bent(PARAMS[one]).map(encoded)
    )
)
to_bulk = st.tuples(
    st.just("POST"),
    st.sampled_from(["/tasks/bulk?type=categorization", "/tasks/bulk"]),
    st.lists(bent(CATEGORIZATION).map(encoded) | st.binary(max_size=9), max_size=5).map(b"\n".join),
)
to_projects = st.tuples(
    st.just("POST"),
    st.just("/projects"),
    bent({"name": "n", "type": "categorization", "params": {}, "policy": {}}).map(encoded),
)
to_batches = st.tuples(
    st.just("POST"),
    st.just("/batches"),
    bent({"name": "n", "project": "p", "metadata": {}}).map(encoded),
)
to_a_task = st.tuples(
    st.sampled_from(["POST", "PUT", "DELETE"]),
    st.sampled_from(["cancel", "tags", "unique_id", "setMetadata"]).map("/task/known/".__add__),
    st.lists(texts, max_size=6).map(encoded) | st.dictionaries(texts, values).map(encoded),
)
to_a_batch = st.tuples(
    st.just("POST"),
    st.sampled_from(["b/setMetadata", "b/prioritize", "n/finalize"]).map("/batches/".__add__),
    st.sampled_from([{"priority": 20}, {"a": 1}]).flatmap(bent).map(encoded),
)
to_params = st.tuples(
    st.just("POST"),
    st.just("/projects/n/setParams"),
    bent({"categories": ["cat"], "patch": True}).map(encoded),
)
to_lists = st.tuples(
    st.just("GET"), st.sampled_from(["/tasks", "/batches", "/projects", "/files"]), st.just(b"")
)
to_anything = st.tuples(
    st.sampled_from(["POST"] * 4 + ["GET"] * 3 + ["PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"]),
    paths,
    bodies,
)
requests_of_any_kind = st.tuples(
    st.one_of(
        targets, targets, to_bulk, to_projects, to_batches, to_a_task, to_a_batch, to_params,
        to_lists, to_anything, to_anything,
    ),
    queries,
    headers,
)  # fmt: skip


def given_ground(customer: Customer) -> str:
    for key in (customer.live_key, customer.test_key):
        for name, rapid in (("p", False), ("rapid", True)):
            sent = {"name": name, "type": "categorization", "rapid": rapid}
            assert customer.send("POST", "/projects", key=key, json=sent).status_code == 200
        for name, project in (("b", "p"), ("staged", "rapid")):
            sent = {"name": name, "project": project}
            assert customer.send("POST", "/batches", key=key, json=sent).status_code == 200
    return customer.create()["task_id"]


@pytest.mark.timeout(3600)
def test_no_request_meets_an_error_of_ours(customer: Customer):
    known = given_ground(customer)
    host = customer.origin.removeprefix("http://")
    statuses: dict[int, int] = {}

    @settings(
        max_examples=REQUESTS,
        deadline=None,
        database=None,
        derandomize="EVENHAND_FUZZ" not in os.environ,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(request=requests_of_any_kind, in_test=st.booleans())
    def send(request: tuple[tuple[str, str, bytes], str, dict[str, str]], in_test: bool) -> None:
        (method, path, body), query, said = request
        key = customer.test_key if in_test else customer.live_key
        target = f"/v1{path.replace('known', known)}"
        target += f"{'&' if '?' in target else '?'}{query}" if query else ""
        # One connection each: a server that refuses before it has read a body closes it.
        with closing(HTTPConnection(host, timeout=60)) as connection:
            connection.request(
                method,
                # What no client can put into a request line never reaches the API.
                quote(target, safe="/%?&=:;,+~-._!$'()*@[]"),
                body=body,
                headers={**said, "Authorization": f"Bearer {key}"},
            )
            reply = connection.getresponse()
            told = reply.read()
        statuses[reply.status] = statuses.get(reply.status, 0) + 1
        assert reply.status < 500, told
        if reply.status >= 400 and method != "HEAD":
            assert told, (reply.status, method, target, said, body)
            answer = json.loads(told)
            assert answer["status_code"] == reply.status
            assert answer["error"]
        elif method not in ("HEAD", "OPTIONS") and reply.status != 204:
            json.loads(told)

    send()
    print(statuses)
    assert statuses.keys() >= {200, 400, 404}
    assert half_written(customer) == []


def half_written(customer: Customer) -> list[tuple[Any, ...]]:
    """Tasks of which something is missing or too much: assignments, verdict, files, entry."""
    return customer.rows(
        """
        WITH seen AS (
            SELECT task.task_id, task.status, task.stage, task.is_test, task.annotations_wanted,
                   (SELECT count(*) FROM work.assignment AS a
                     WHERE (a.tenant_id, a.task_id) = (task.tenant_id, task.task_id)) AS slots,
                   EXISTS (SELECT FROM work.verdict AS v
                            WHERE (v.tenant_id, v.task_id) = (task.tenant_id, task.task_id))
                       AS settled,
                   EXISTS (SELECT FROM work.task_file AS f
                            WHERE (f.tenant_id, f.task_id) = (task.tenant_id, task.task_id)
                              AND f.file_id IS NULL) AS waits
              FROM work.task WHERE task.tenant_id = %s)
        SELECT * FROM seen
         WHERE settled <> (status = 'completed')
            OR slots <> CASE stage WHEN 'open' THEN annotations_wanted ELSE 0 END
            OR is_test <> (status = 'completed')
            OR waits AND stage = 'open'
        """
    )
