"""What every reply carries, and the document that describes them all."""

import pytest
import requests
from app.api.workbench import SECONDS_MAX

from evenhand.app.server import SECURITY_HEADERS


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/healthz"),
        ("GET", "/sign-in"),
        ("GET", "/offline.js"),
        ("GET", "/api/schema/openapi.json"),
        ("GET", "/api/me"),
        ("GET", "/api/none"),
        ("POST", "/api/me"),
        ("PUT", "/api/assignments/x/draft"),
        ("GET", "/nowhere"),
        ("GET", "/assets/none.js"),
        ("GET", "/assets/../server.py"),
        ("OPTIONS", "/api/me"),
        ("GET", "/v1/tasks"),
        ("GET", "/v1/nowhere"),
        ("GET", "/api/export?project=%00"),
    ],
)
def test_every_reply_carries_the_security_headers_once(served, method, path):
    reply = requests.request(
        method, served.origin + path, timeout=SECONDS_MAX, allow_redirects=False
    )
    assert reply.status_code < 500
    for name, value in SECURITY_HEADERS.items():
        assert reply.raw.headers.getlist(name) == [value], (name, path)


def test_the_page_may_run_nothing_from_elsewhere_and_be_framed_by_nobody(served):
    policy = requests.get(served.origin, timeout=SECONDS_MAX).headers["content-security-policy"]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == rules["frame-ancestors"] == rules["base-uri"] == "'none'"
    assert rules["script-src"] == rules["connect-src"] == "'self'"
    assert "unsafe" not in policy


def test_the_openapi_document_describes_every_call_of_the_workbench(served):
    document = requests.get(f"{served.origin}/api/schema/openapi.json", timeout=SECONDS_MAX).json()
    assert document["openapi"].startswith("3.")
    calls = {
        f"{method.upper()} {path}"
        for path, item in document["paths"].items()
        for method in item
        if path.startswith("/api/")
    }
    assert calls == {
        "POST /api/session",
        "DELETE /api/session",
        "GET /api/me",
        "GET /api/assignments",
        "POST /api/assignments/next",
        "POST /api/assignments/take",
        "GET /api/assignments/{handle}/files/{number}",
        "PUT /api/assignments/{handle}/draft",
        "POST /api/assignments/{handle}/renew",
        "POST /api/assignments/{handle}/submit",
        "POST /api/assignments/{handle}/skip",
        "GET /api/assignments/{handle}/answer",
        "GET /api/assignments/{handle}/answer/files/{number}",
        "PUT /api/assignments/{handle}/answer",
        "POST /api/assignments/{handle}/unskip",
        "GET /api/assignments/{handle}/feedback",
        "GET /api/assignments/{handle}/feedback/files/{number}",
        "GET /api/me/scores",
        "POST /api/me/contests",
        "GET /api/standings",
        "POST /api/standings/pause",
        "POST /api/standings/resume",
        "GET /api/contests",
        "POST /api/contests/{contest_id}/decide",
        "GET /api/export",
        "GET /api/export/receipts",
        "GET /api/callbacks",
        "GET /api/quality/alerts",
        "POST /api/assignments/{handle}/shown",
        "POST /api/conflicts",
        "GET /api/conflicts",
        "DELETE /api/conflicts/{conflict_id}",
        "GET /api/quality/report",
        "GET /api/log",
        "GET /api/receipts",
        "GET /api/receipts/file",
        "GET /api/disclosures",
    }
