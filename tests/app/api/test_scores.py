"""What annotators are told of their scores, how they contest them, and what a tenant decides."""

import json
import time
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from app.api.workbench import QUESTION, TENANT_NAME, Workbench, annotation, is_problem

SECRET_PROJECT = "the name that tells whose it is"
LIVE = 14


@pytest.fixture
def gold_workbench(workbench: Workbench) -> Workbench:
    """A workbench at a project where every other task is gold and three of three must be right."""
    policy = {"gold_share": 0.5, "gold_accuracy_least": 0.6, "gold_tasks_least": 3}
    made = workbench.as_tenant(
        "POST", "/v1/projects",
        json={"name": SECRET_PROJECT, "type": "categorization", "policy": policy},
    )  # fmt: skip
    assert made.status_code == 200, made.text
    for number in range(LIVE):
        workbench.send(project=SECRET_PROJECT, attachment=f"kitten {number}")
    return workbench


def add(workbench: Workbench, kind: str, number: int) -> str:
    body = {
        **QUESTION,
        "project": SECRET_PROJECT,
        "attachment": f"kitten 1{number}",
        "expected_response": {"category": "cat"},
    }
    made = workbench.as_tenant("POST", f"/v1/{kind}/categorization", json=body)
    assert made.status_code == 200, made.text
    return made.json()["id"]


def scores(workbench: Workbench) -> dict[str, Any]:
    told = workbench.call("GET", "/me/scores")
    assert told.status_code == 200, told.text
    return told.json()


def until_paused(workbench: Workbench, admin: str, known: int) -> dict[str, Any]:
    """Answer dog to everything, let a day go by, and wait until the worker has paused them."""
    for _ in range(LIVE):
        if workbench.call("POST", "/assignments/next").status_code == 204:
            break
        (lent, *_) = workbench.call("GET", "/assignments").json()["assignments"]
        sent = workbench.submit(lent["assignment_id"], "dog")
        assert sent.status_code == 200, sent.text
    until_scored(workbench, known)
    (project,) = scores(workbench)["projects"]
    assert (project["paused"], project["skill"], project["gold_answers"]) == (None, None, 0)
    with psycopg.connect(admin) as connection:
        connection.execute(
            "UPDATE work.gold_score SET answered_at = answered_at - interval '1 day'"
        )
        connection.execute("UPDATE work.standing SET judge_at = now() WHERE judge_at IS NOT NULL")
    for _ in range(200):
        (project,) = scores(workbench)["projects"]
        if project["paused"]:
            return project
        time.sleep(0.1)
    raise AssertionError("nobody was paused")


def until_scored(workbench: Workbench, answers: int) -> None:
    """Wait until the tenant sees so many answers to gold tasks of its one annotator."""
    at = f"/api/standings?project={SECRET_PROJECT}"
    seen = None
    for _ in range(600):
        seen = workbench.as_tenant("GET", at).json()["standings"]
        if [one["gold_answers"] for one in seen] == [answers]:
            return
        time.sleep(0.1)
    raise AssertionError(f"not all was scored: {seen}")


def test_whoever_is_paused_is_told_why_contests_and_is_given_right(
    gold_workbench: Workbench, admin: str
):
    known = [add(gold_workbench, "evaluation_tasks", number) for number in range(5)]
    paused = until_paused(gold_workbench, admin, 5)
    assert (paused["gold_answers"], paused["gold_right"]) == (5, 0)
    assert paused["skill"]["accuracy"] == 0
    assert paused["paused"]["kind"] == "gold"
    assert "Too few" in paused["paused"]["reason"]
    assert ":00:00" in paused["paused"]["since"]
    seen = gold_workbench.as_tenant("GET", f"/api/standings?project={SECRET_PROJECT}").json()
    assert "0 of 5" in seen["standings"][0]["pause_reason"]
    missed = scores(gold_workbench)["missed"]
    assert len(missed) == 5

    for one in missed:
        at = f"/assignments/{one['assignment_id']}/feedback"
        shown = gold_workbench.call("GET", at).json()
        assert (shown["response"], shown["expected_response"]) == (
            {"category": "dog"}, {"category": "cat"},
        )  # fmt: skip
        sent = gold_workbench.call(
            "POST", "/me/contests",
            json={"assignment_id": one["assignment_id"], "reason": "It barks."},
        )  # fmt: skip
        assert sent.status_code == 200, sent.text
    again = {"assignment_id": missed[0]["assignment_id"], "reason": "It does."}
    twice = gold_workbench.call("POST", "/me/contests", json=again)
    assert is_problem(twice, 409, "already-contested")

    waiting = gold_workbench.as_tenant("GET", "/api/contests?status=open").json()["contests"]
    assert {one["task_id"] for one in waiting} == set(known)
    assert {one["reason"] for one in waiting} == {"It barks."}
    for one in waiting:
        decided = gold_workbench.as_tenant(
            "POST", f"/api/contests/{one['contest_id']}/decide",
            json={"uphold": True, "note": "So it does.", "expected_response": {"category": "dog"}},
        )  # fmt: skip
        assert decided.json()["state"] == "upheld", decided.text
    (project,) = scores(gold_workbench)["projects"]
    assert project["paused"] is None
    told = scores(gold_workbench)["missed"]
    assert {(one["contest"], one["note"]) for one in told} == {("upheld", "So it does.")}


def test_neither_scores_nor_feedback_say_whose_work_it_is(gold_workbench: Workbench, admin: str):
    for number in range(5):
        add(gold_workbench, "evaluation_tasks", number)
    until_paused(gold_workbench, admin, 5)
    (one, *_) = scores(gold_workbench)["missed"]
    feedback = gold_workbench.call("GET", f"/assignments/{one['assignment_id']}/feedback")
    told = json.dumps(scores(gold_workbench)) + feedback.text
    for secret in (TENANT_NAME, SECRET_PROJECT, str(gold_workbench.owner.tenant_id)):
        assert secret not in told
    project_ids = {p["project"] for p in scores(gold_workbench)["projects"]}
    assert not [p for p in project_ids if p.count("-") == 4 and len(p) == 36]


def test_gold_and_live_answers_get_the_same_replies_while_gold_is_in_use(gold_workbench: Workbench):
    for number in range(4):
        add(gold_workbench, "evaluation_tasks", number)
    replies: list[dict[str, Any]] = []
    shapes: set[tuple[str, ...]] = set()
    handles: list[str] = []
    for _ in range(6):
        lent = gold_workbench.take()
        shapes.add(
            tuple(sorted(lent)) + tuple(sorted(lent["params"])) + (str(len(lent["assignment_id"])),)
        )
        assert lent["lesson"] is False
        handles.append(lent["assignment_id"])
        at = f"/assignments/{lent['assignment_id']}"
        gold_workbench.call("POST", f"{at}/submit", json=annotation("cat"))
        contested = {"assignment_id": lent["assignment_id"], "reason": "I am right."}
        replies += [
            gold_workbench.call("GET", f"{at}/feedback").json(),
            gold_workbench.call("POST", "/me/contests", json=contested).json(),
        ]
    # Only now that they are scored could a count or a miss tell which of them were gold.
    until_scored(gold_workbench, 3)
    told = scores(gold_workbench)
    assert told["missed"] == []
    assert [(one["gold_answers"], one["skill"]) for one in told["projects"]] == [(0, None)]
    for handle in handles:
        replies.append(gold_workbench.call("GET", f"/assignments/{handle}/feedback").json())
    assert len(shapes) == 1
    assert all(reply == replies[0] for reply in replies)
    assert replies[0]["status"] == 404


def test_a_lesson_says_that_it_is_one_and_shows_what_was_expected(gold_workbench: Workbench):
    for number in range(2):
        add(gold_workbench, "training_tasks", number)
    lent = gold_workbench.take()
    at = f"/assignments/{lent['assignment_id']}"
    assert lent["lesson"] is True
    assert gold_workbench.call("GET", f"{at}/feedback").status_code == 404
    gold_workbench.submit(lent["assignment_id"], "dog")
    shown = gold_workbench.call("GET", f"{at}/feedback").json()
    assert (shown["lesson"], shown["is_right"], shown["score"]) == (True, False, 0.0)
    (project,) = scores(gold_workbench)["projects"]
    assert (project["training"], project["training_round"]) == ("in_course", 1)


def test_a_lessons_picture_is_shown_with_its_feedback(workbench: Workbench, picture: bytes):
    url = workbench.upload("kitten.png", picture)
    workbench.as_tenant("POST", "/v1/projects", json={"name": "p", "type": "categorization"})
    body = {
        "attachment": url, "attachment_type": "image", "categories": ["cat", "dog"],
        "project": "p",
    }  # fmt: skip
    workbench.as_tenant("POST", "/v1/task/categorization", json=body)
    made = workbench.as_tenant(
        "POST", "/v1/training_tasks/categorization",
        json={**body, "expected_response": {"category": "cat"}},
    )  # fmt: skip
    assert made.status_code == 200, made.text
    lent = workbench.take()
    assert lent["lesson"] is True
    workbench.submit(lent["assignment_id"], "cat")
    shown = workbench.call("GET", f"/assignments/{lent['assignment_id']}/feedback").json()
    (file,) = shown["files"].values()
    assert workbench.call("GET", file.removeprefix("/api")).content == picture
    assert workbench.call("GET", file.removeprefix("/api")[:-1] + "7").status_code == 404


def test_nobody_elses_answers_are_told_or_contested(
    gold_workbench: Workbench, other_workbench: Workbench
):
    add(gold_workbench, "training_tasks", 0)
    lent = gold_workbench.take()
    gold_workbench.submit(lent["assignment_id"], "dog")
    at = f"/assignments/{lent['assignment_id']}/feedback"
    assert is_problem(other_workbench.call("GET", at), 404, "unknown-handle")
    body = {"assignment_id": lent["assignment_id"], "reason": "Mine."}
    assert is_problem(
        other_workbench.call("POST", "/me/contests", json=body), 404, "unknown-handle"
    )
    assert is_problem(
        gold_workbench.call("POST", "/me/contests", json={**body, "reason": "x" * 2001}),
        422, "no-reason",
    )  # fmt: skip


def test_a_tenant_pauses_and_resumes_by_the_names_of_its_exports(
    gold_workbench: Workbench, other_workbench: Workbench
):
    lent = gold_workbench.take()
    gold_workbench.submit(lent["assignment_id"], "cat")
    exported = gold_workbench.as_tenant("GET", "/api/export?annotations=true").text
    names = {
        vote["annotator"]
        for line in exported.splitlines()
        for vote in json.loads(line)["annotations"]
    }
    (name,) = names
    body = {"project": SECRET_PROJECT, "annotator": name}
    paused = gold_workbench.as_tenant(
        "POST", "/api/standings/pause", json={**body, "reason": "Rest."}
    )
    assert paused.json() == {"annotator": name, "paused": True}
    assert gold_workbench.call("POST", "/assignments/next").status_code == 204
    (project,) = scores(gold_workbench)["projects"]
    assert (project["paused"]["kind"], project["paused"]["reason"]) == ("manual", "Rest.")
    at = f"/api/standings?project={SECRET_PROJECT}"
    (seen,) = gold_workbench.as_tenant("GET", at).json()["standings"]
    assert (seen["annotator"], seen["pause_reason"]) == (name, "Rest.")

    assert (
        gold_workbench.as_tenant("POST", "/api/standings/resume", json=body).json()["paused"]
        is False
    )
    assert gold_workbench.take()
    stranger = {**body, "annotator": "0" * 32, "reason": "x"}
    assert is_problem(
        gold_workbench.as_tenant("POST", "/api/standings/pause", json=stranger),
        404,
        "unknown-annotator",
    )
    for method, path, sent in (
        ("GET", at, None),
        ("POST", "/api/standings/pause", {**body, "reason": "x"}),
        ("POST", f"/api/contests/{uuid4()}/decide", {"uphold": False}),
    ):
        assert other_workbench.as_tenant(method, path, json=sent).status_code == 404
