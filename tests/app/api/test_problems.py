"""A server that is in trouble says so, and nothing of the trouble's inside."""

import psycopg
from app.api.desk import annotation, is_problem


def test_a_wait_for_a_lock_that_takes_too_long_asks_to_come_again(desk, admin):
    desk.send()
    handle = desk.take()["assignment_id"]
    with psycopg.connect(admin) as connection:
        connection.execute("LOCK TABLE work.annotation IN ACCESS EXCLUSIVE MODE")
        reply = desk.call("POST", f"/assignments/{handle}/submit", json=annotation())
        assert is_problem(reply, 503, "busy")
        assert reply.headers["retry-after"] == "1"
    assert desk.submit(handle).status_code == 200


def test_a_mistake_of_ours_is_not_explained_to_the_caller(desk, admin, served):
    desk.send()
    handle = desk.take()["assignment_id"]
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute("ALTER TABLE work.annotation RENAME COLUMN active_ms TO hidden_ms")
        try:
            reply = desk.call("POST", f"/assignments/{handle}/submit", json=annotation())
        finally:
            connection.execute("ALTER TABLE work.annotation RENAME COLUMN hidden_ms TO active_ms")
    assert is_problem(reply, 500, "internal-error")
    assert "active_ms" not in reply.text
    assert "request.failed" in served.log.read_text()
    assert desk.submit(handle).status_code == 200
