"""A server that is in trouble says so, and nothing of the trouble's inside."""

import gzip
import json

import psycopg
import pytest
import requests
from app.api.workbench import annotation, is_problem


def test_a_wait_for_a_lock_that_takes_too_long_asks_to_come_again(workbench, admin):
    workbench.send()
    handle = workbench.take()["assignment_id"]
    with psycopg.connect(admin) as connection:
        connection.execute("LOCK TABLE work.annotation IN ACCESS EXCLUSIVE MODE")
        reply = workbench.call("POST", f"/assignments/{handle}/submit", json=annotation())
        assert is_problem(reply, 503, "busy")
        assert reply.headers["retry-after"] == "1"
    assert workbench.submit(handle).status_code == 200


def test_a_mistake_of_ours_is_not_explained_to_the_caller(workbench, admin, served):
    workbench.send()
    handle = workbench.take()["assignment_id"]
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute("ALTER TABLE work.annotation RENAME COLUMN active_ms TO hidden_ms")
        try:
            reply = workbench.call("POST", f"/assignments/{handle}/submit", json=annotation())
        finally:
            connection.execute("ALTER TABLE work.annotation RENAME COLUMN hidden_ms TO active_ms")
    assert is_problem(reply, 500, "internal-error")
    assert "active_ms" not in reply.text
    assert "request.failed" in served.log.read_text()
    assert workbench.submit(handle).status_code == 200


def test_a_full_disk_is_told_as_such_in_both_forms(workbench, admin):
    workbench.send()
    handle = workbench.take()["assignment_id"]
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(
            "CREATE FUNCTION public.full_disk() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'no space left' USING ERRCODE = '53100'; END $$"
        )
        connection.execute(
            "CREATE TRIGGER full_disk BEFORE INSERT ON work.annotation "
            "FOR EACH ROW EXECUTE FUNCTION public.full_disk()"
        )
        connection.execute(
            "CREATE TRIGGER full_disk BEFORE INSERT ON work.project "
            "FOR EACH ROW EXECUTE FUNCTION public.full_disk()"
        )
        try:
            ours = workbench.call("POST", f"/assignments/{handle}/submit", json=annotation())
            theirs = requests.post(
                f"{workbench.origin}/v1/projects",
                json={"name": "p", "type": "categorization"},
                auth=(workbench.owner.live_key, ""),
                timeout=30,
            )
        finally:
            connection.execute("DROP FUNCTION public.full_disk() CASCADE")
    assert is_problem(ours, 507, "disk-full")
    assert theirs.status_code == 507
    assert ours.headers["retry-after"]
    assert theirs.headers["retry-after"]
    assert workbench.submit(handle).status_code == 200


def test_a_member_of_a_body_that_is_called_as_an_annotator_is_only_of_the_wrong_type(workbench):
    body = {"project": "absent", "annotator": True, "reason": "Rest."}
    for what in ("pause", "resume"):
        reply = workbench.as_tenant("POST", f"/api/standings/{what}", json=body)
        assert is_problem(reply, 400, "bad-request")
        assert "annotator" in reply.json()["detail"]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["", "marked"])
@pytest.mark.parametrize("is_packed", [False, True], ids=["plain", "packed"])
def test_a_body_is_the_same_however_it_came(workbench, mark, is_packed):
    workbench.send()
    handle = workbench.take()["assignment_id"]
    body = mark + json.dumps(annotation()).encode()
    headers = {"Content-Type": "application/json"}
    if is_packed:
        body, headers = gzip.compress(body), {**headers, "Content-Encoding": "gzip"}
    path = f"/assignments/{handle}/submit"
    assert workbench.call("POST", path, data=body, headers=headers).status_code == 200


def test_a_body_that_cannot_be_unpacked_is_told_as_a_problem(workbench):
    workbench.send()
    handle = workbench.take()["assignment_id"]
    path = f"/assignments/{handle}/submit"
    body = json.dumps(annotation())
    for sent, kind, status, name in (
        (body.encode(), "br", 415, "unknown-content-encoding"),
        (body.encode(), "gzip", 400, "broken-gzip"),
        (body.encode("utf-16"), "", 400, "not-utf8"),
    ):
        headers = {"Content-Type": "application/json", "Content-Encoding": kind}
        assert is_problem(workbench.call("POST", path, data=sent, headers=headers), status, name)
