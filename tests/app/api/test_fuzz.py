"""Whatever is sent to /api, the answer is a problem document or a success, never a 5xx.

`EVENHAND_FUZZ` says how many requests each test makes.
"""

import json
import os
from typing import Any

import pytest
import requests
import schemathesis
from app.api.workbench import SECONDS_MAX, Workbench, annotation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error

TOO_LARGE = 20_000_000
ROUGH = settings(
    max_examples=int(os.environ.get("EVENHAND_FUZZ", "200")),
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)

# What databases, parsers and column types trip over, beside what is merely of the wrong type.
AWKWARD = st.sampled_from(
    ["\0", "a\0b", "\ufffe", "\x1b", "a" * 5000, 2**31, 2**63, 2**64, 10**400, -(2**63) - 1,
     1e308, -0.0, True, None, [], {}, "nan", "Infinity", "1970-01-01", "{{7*7}}", "' OR 1=1 --"]
)  # fmt: skip
JSON = st.recursive(
    AWKWARD
    | st.text(max_size=20)
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
NEARLY = st.fixed_dictionaries(
    {},
    optional={
        "response": JSON | st.just({"category": "cat"}),
        "version": JSON | st.integers(0, 3),
        "annotation_id": JSON | st.uuids().map(str),
        "active_ms": JSON | st.integers(),
        "reason": JSON | st.just("other"),
        "comment": JSON | st.text(max_size=50),
        "token": JSON | st.text(max_size=50),
    },
)
RAW = st.sampled_from(
    [b"", b"{", b'{"a":', b"\xff\xfe", b'"\\ud800"', b'{"response":{"a":"\\udfff"},"version":0}',
     b'{"response":{"a":NaN},"version":0}', b'{"response":{"a":1e999},"version":0}',
     b'{"version":0,"response":' + b'{"a":' * 900 + b"1" + b"}" * 901,
     b'{"version":0,"response":{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}}",
     b'{"response":{},"version":0,"version":-1}', b"\x00", "é".encode("utf-16")]
)  # fmt: skip
BODY = NEARLY.map(lambda v: json.dumps(v).encode()) | JSON.map(
    lambda v: json.dumps(v).encode()
) | RAW | st.binary(max_size=60)  # fmt: skip
KIND = st.sampled_from(
    ["application/json"] * 6
    + ["text/plain", "multipart/form-data", "multipart/form-data; boundary=x", "application/xml",
       "application/x-www-form-urlencoded", "", "/", "application/json; charset=utf-16",
       "application/msgpack"]
)  # fmt: skip
PIECE = st.sampled_from(
    ["%00", "%ff", "%ED%A0%80", "%", "%zz", "%2f", "%2e%2e", "..", "a" * 3000, "é", "~", "-1",
     "9" * 40, "next", "HANDLE", "HANDLE", "HANDLE", "HANDLE"]
)  # fmt: skip
PATH = st.sampled_from(
    ["/session", "/me", "/assignments", "/assignments/next", "/assignments/take?count={}",
     "/export", "/callbacks",
     "/schema/openapi.json", "/nowhere", "/assignments/{}/draft", "/assignments/{}/submit",
     "/assignments/{}/skip", "/assignments/{}/renew", "/assignments/{}/files/0",
     "/assignments/{}/answer", "/assignments/{}/unskip", "/assignments/HANDLE/answer/files/{}",
     "/assignments/{}/draft", "/assignments/{}/submit", "/assignments/{}/skip",
     "/assignments/HANDLE/files/{}", "/assignments/{}", "/{}", "/callbacks?task_id={}",
     "/export?project={}", "/export?batch={}&format=parquet", "/export?status={}",
     "/export?{}=1", "/export?params={}"]
)  # fmt: skip
METHOD = st.sampled_from(
    ["GET", "POST", "POST", "PUT", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "FOO"]
)


def _is_answered(reply: requests.Response) -> None:
    sent = f"{reply.request.method} {reply.request.url}"
    assert reply.status_code < 500, f"{sent} with {reply.request.body!r}: {reply.text}"
    if reply.status_code >= 400 and reply.request.method != "HEAD":
        assert reply.headers["content-type"] == "application/problem+json", sent
        assert reply.json()["status"] == reply.status_code
        assert reply.json()["detail"], sent
        assert "psycopg" not in reply.text
        assert "Traceback" not in reply.text


def _in_hand(workbench: Workbench) -> str:
    """A task that the annotator holds; what was sent may itself have taken as many as one may."""
    for held in workbench.call("GET", "/assignments").json()["assignments"]:
        return held["assignment_id"]
    workbench.send()
    return workbench.take()["assignment_id"]


def _exactly(workbench: Workbench, method: str, path: str, **sent: Any) -> requests.Response:
    """Send a path as it stands, which `requests` would have put right."""
    request = requests.Request(method, workbench.origin, **sent).prepare()
    request.url = f"{workbench.origin}/api{path}".encode().decode("latin-1")
    with requests.Session() as session:
        return session.send(request, timeout=SECONDS_MAX, allow_redirects=False)


def test_whatever_is_sent_the_answer_is_a_problem_or_a_success(workbench):
    for _ in range(8):
        workbench.send()
    handles = [workbench.take()["assignment_id"]]

    @ROUGH
    @given(METHOD, PATH, PIECE, KIND, BODY, st.booleans())
    def send(method: str, path: str, piece: str, kind: str, body: bytes, with_key: bool) -> None:
        full = path.format(piece).replace("HANDLE", handles[-1])
        as_tenant = path.startswith(("/export", "/callbacks")) == with_key
        token = workbench.owner.live_key if as_tenant else workbench.person.token
        headers = {"Authorization": f"Bearer {token}", "Content-Type": kind}
        reply = _exactly(workbench, method, full, headers=headers, data=body)
        _is_answered(reply)
        # A task done or given back lets nothing more through, so another takes its place.
        if full.endswith(("/submit", "/skip")) and reply.status_code < 300:
            handles.append(_in_hand(workbench))

    send()


@pytest.mark.parametrize("what", ["draft", "submit", "skip"])
def test_bodies_that_are_nearly_right_never_break_the_server(workbench, what):
    workbench.send()
    handles = [workbench.take()["assignment_id"]]

    @ROUGH
    @given(NEARLY)
    def send(body: dict[str, object]) -> None:
        method = "PUT" if what == "draft" else "POST"
        reply = workbench.call(method, f"/assignments/{handles[-1]}/{what}", json=body)
        _is_answered(reply)
        if what != "draft" and reply.status_code < 300:
            handles.append(_in_hand(workbench))

    send()


@pytest.mark.parametrize("announced", [True, False])
@pytest.mark.parametrize("what", ["/session", "/assignments/x/draft", "/assignments/x/submit"])
def test_a_body_of_twenty_megabytes_is_too_large(workbench, what, announced):
    content = b'{"token": "' + b"x" * TOO_LARGE + b'"}'
    pieces = (content[at : at + 1_000_000] for at in range(0, len(content), 1_000_000))
    method = "PUT" if what.endswith("draft") else "POST"
    headers = {"Content-Type": "application/json"}
    reply = workbench.call(method, what, data=content if announced else pieces, headers=headers)
    _is_answered(reply)
    assert reply.status_code == 413
    assert workbench.call("GET", "/me").status_code == 200


def test_headers_that_no_client_sends_never_break_the_server(workbench):
    for headers in [
        {"Authorization": b"Bearer \xff\xfe"},
        {"Authorization": "Bearer"},
        {"Authorization": "Basic !!"},
        {"Authorization": "Digest x"},
        {"Authorization": "Bearer " + "a" * 6000},
        {"Cookie": "evenhand_session"},
        {"Cookie": "evenhand_session=\xff"},
        {"Range": "bytes=" + "9" * 3000},
        {"Content-Length": "-1"},
        {"Accept": "\xff"},
    ]:
        for path in ("/me", "/export", "/assignments"):
            request = requests.Request("GET", f"{workbench.origin}/api{path}", headers=headers)
            with requests.Session() as session:
                reply = session.send(request.prepare(), timeout=SECONDS_MAX)
            assert reply.status_code < 500, headers


def test_what_the_openapi_document_allows_and_what_it_does_not_is_always_answered(workbench):
    document = requests.get(
        f"{workbench.origin}/api/schema/openapi.json", timeout=SECONDS_MAX
    ).json()
    document["paths"] = {
        path: item for path, item in document["paths"].items() if path.startswith("/api/")
    }
    schema = schemathesis.openapi.from_dict(document)
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) == 37
    cases = st.one_of(
        [
            operation.as_strategy(generation_mode=mode)
            for operation in operations
            for mode in schemathesis.GenerationMode
        ]
    )

    @ROUGH
    @given(cases)
    def send(case: schemathesis.Case) -> None:
        reply = case.call(
            base_url=workbench.origin,
            headers={"Authorization": f"Bearer {workbench.person.token}"},
            timeout=SECONDS_MAX,
        )
        case.validate_response(reply, checks=[not_a_server_error])
        if reply.status_code >= 400 and case.method != "HEAD":
            assert reply.headers["content-type"] == ["application/problem+json"]

    send()


def test_after_all_that_an_annotator_still_works(workbench):
    workbench.send()
    handle = workbench.take()["assignment_id"]
    assert (
        workbench.call("POST", f"/assignments/{handle}/submit", json=annotation()).status_code
        == 200
    )
