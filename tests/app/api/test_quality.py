"""What a tenant reads of the quality of its labels, and that no rival reads it."""

import base64
import hashlib
import re
import time

from app.api.workbench import SECONDS_MAX, is_problem

PROJECT = "animals in words"


def _settled(workbench) -> None:
    params = {"categories": ["cat", "dog"], "attachment_type": "text"}
    made = {"name": PROJECT, "type": "categorization", "params": params}
    assert workbench.as_tenant("POST", "/v1/projects", json=made).status_code == 200
    task_id = workbench.send(project=PROJECT)
    assert workbench.submit(workbench.take()["assignment_id"], "dog").status_code == 200
    deadline = time.monotonic() + SECONDS_MAX
    while workbench.as_tenant("GET", f"/v1/task/{task_id}").json()["status"] != "completed":
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_project_is_reported_on_as_json_and_as_a_page(workbench, other_workbench):
    _settled(workbench)
    reply = workbench.as_tenant("GET", "/api/quality/report", params={"project": PROJECT})
    assert reply.status_code == 200, reply.text
    assert (reply.json()["kind"], reply.json()["votes"]) == ("choice", 1)
    assert workbench.person.email not in reply.text
    page = workbench.as_tenant(
        "GET", "/api/quality/report", params={"project": PROJECT, "format": "html"}
    )
    assert page.headers["content-type"].startswith("text/html")
    assert page.text.startswith("<!doctype html>")
    foreign = other_workbench.as_tenant("GET", "/api/quality/report", params={"project": PROJECT})
    assert is_problem(foreign, 404, "no-such-project")


def test_the_page_comes_with_a_policy_that_admits_its_own_style_and_nothing_else(workbench):
    _settled(workbench)
    page = workbench.as_tenant(
        "GET", "/api/quality/report", params={"project": PROJECT, "format": "html"}
    )
    (style,) = re.findall(r"<style>(.*?)</style>", page.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert page.headers["content-security-policy"] == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )


def test_there_are_no_alerts_where_nothing_was_found(workbench):
    reply = workbench.as_tenant("GET", "/api/quality/alerts")
    assert reply.json() == {"alerts": []}
