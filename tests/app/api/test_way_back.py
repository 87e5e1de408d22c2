"""What an annotator thinks better of: answers corrected, skips taken back, work that came late."""

import time
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from app.api.workbench import Workbench, annotation, is_problem, new_annotator
from app.served import Served

SETTLE_SECONDS_MAX = 30


def project(workbench: Workbench, name: str = "kittens", **policy: Any) -> str:
    body = {"name": name, "type": "categorization", "policy": policy}
    made = workbench.as_tenant("POST", "/v1/projects", json=body)
    assert made.status_code == 200, made.text
    return name


def answered(workbench: Workbench, category: str = "cat") -> str:
    """Answer the next task, and say by which path it is known."""
    at = f"/assignments/{workbench.take()['assignment_id']}"
    done = workbench.call("POST", f"{at}/submit", json=annotation(category))
    assert done.status_code == 200, done.text
    return at


def skipped(workbench: Workbench) -> str:
    at = f"/assignments/{workbench.take()['assignment_id']}"
    done = workbench.call("POST", f"{at}/skip", json={"reason": "unclear"})
    assert done.status_code == 204, done.text
    return at


def revise(workbench: Workbench, at: str, category: object, revision: int = 0) -> Any:
    body = {"revision": revision, "response": {"category": category}}
    return workbench.call("PUT", f"{at}/answer", json=body)


def settled(workbench: Workbench, task_id: str) -> dict[str, Any]:
    deadline = time.monotonic() + SETTLE_SECONDS_MAX
    while time.monotonic() < deadline:
        task = workbench.as_tenant("GET", f"/v1/task/{task_id}").json()
        if task["status"] == "completed":
            return task["response"]
        time.sleep(0.1)
    raise AssertionError(f"{task_id} was not completed")


def run_out(workbench: Workbench, admin: str) -> None:
    """As the worker does with a tenant's leases that ran out: what is live is open again."""
    with psycopg.connect(admin) as connection:
        connection.execute(
            "UPDATE work.assignment AS a SET leased_at = NULL, expires_at = NULL, "
            "state = CASE task.purpose WHEN 'live' THEN 'open' ELSE 'lapsed' END, annotator_id = "
            "CASE task.purpose WHEN 'live' THEN NULL ELSE a.annotator_id END "
            "FROM work.task AS task WHERE a.state = 'leased' AND task.task_id = a.task_id "
            "AND a.tenant_id = %s",
            (workbench.owner.tenant_id,),
        )


def kinds(workbench: Workbench, admin: str) -> list[str]:
    """What the tenant's ledger holds, in the order of entry."""
    with psycopg.connect(admin) as connection:
        rows = connection.execute(
            "SELECT event::jsonb->>'kind' FROM ledger.entry WHERE tenant_id = %s ORDER BY entry_id",
            (workbench.owner.tenant_id,),
        )
        return [kind for (kind,) in rows]


def test_an_answer_is_corrected_before_the_others_are_in(workbench, other_workbench, admin):
    task = workbench.send(project=project(workbench, annotations=2, annotations_max=2))
    at = answered(workbench, "dog")
    opened = workbench.call("GET", f"{at}/answer").json()
    assert (opened["response"], opened["revision"]) == ({"category": "dog"}, 0)
    assert opened["params"]["categories"] == ["cat", "dog"]
    assert revise(workbench, at, "cat").json() == {"revision": 1}
    assert workbench.call("GET", f"{at}/answer").json()["response"] == {"category": "cat"}
    answered(other_workbench, "cat")
    assert settled(workbench, task) == {"category": "cat"}
    assert kinds(workbench, admin).count("annotation.revised") == 1


def test_a_correction_that_is_sent_twice_counts_once(workbench, admin):
    workbench.send(project=project(workbench, annotations=2))
    at = answered(workbench, "dog")
    for _ in range(3):
        assert revise(workbench, at, "cat").json() == {"revision": 1}
    assert kinds(workbench, admin).count("annotation.revised") == 1


def test_a_correction_of_an_older_revision_is_refused(workbench):
    workbench.send(project=project(workbench, annotations=2))
    at = answered(workbench, "dog")
    assert revise(workbench, at, "cat").status_code == 200
    assert is_problem(revise(workbench, at, "dog"), 409, "stale-revision")
    assert revise(workbench, at, "dog", 1).json() == {"revision": 2}
    assert is_problem(revise(workbench, at, "dog", 7), 409, "stale-revision")


def test_what_is_weighed_is_not_corrected_any_more(workbench, other_workbench):
    alone = workbench.send()
    at = answered(workbench, "dog")
    settled(workbench, alone)
    assert is_problem(revise(workbench, at, "cat"), 409, "already-weighed")
    assert is_problem(workbench.call("GET", f"{at}/answer"), 409, "already-weighed")

    pair = workbench.send(project=project(workbench, annotations=2, annotations_max=2))
    at = answered(workbench, "dog")
    answered(other_workbench, "dog")
    assert is_problem(revise(workbench, at, "cat"), 409, "already-weighed")
    assert settled(workbench, pair) == {"category": "dog"}


@pytest.mark.parametrize("response", [{"category": "cow"}, {}, {"x": 1}])
def test_a_correction_is_proved_like_an_answer(workbench, response):
    workbench.send(project=project(workbench, annotations=2))
    at = answered(workbench, "dog")
    body = {"revision": 0, "response": response}
    refused = workbench.call("PUT", f"{at}/answer", json=body)
    assert refused.status_code == 422, refused.text
    assert workbench.call("GET", f"{at}/answer").json()["revision"] == 0


def test_nobody_opens_or_corrects_what_is_anothers(workbench, other_workbench):
    workbench.send(project=project(workbench, annotations=2))
    at = answered(workbench, "dog")
    for call in (
        other_workbench.call("GET", f"{at}/answer"),
        revise(other_workbench, at, "cat"),
        other_workbench.call("POST", f"{at}/unskip"),
    ):
        assert call.status_code == 404, call.text


def test_what_was_never_answered_cannot_be_corrected(workbench):
    workbench.send(project=project(workbench, annotations=2))
    at = f"/assignments/{workbench.take()['assignment_id']}"
    assert is_problem(revise(workbench, at, "cat"), 409, "lease-lost")
    workbench.call("POST", f"{at}/skip", json={"reason": "other"})
    assert is_problem(revise(workbench, at, "cat"), 409, "lease-lost")


def test_the_picture_of_an_answer_is_shown_again(workbench, picture):
    url = workbench.upload("a.png", picture)
    name = project(workbench, annotations=2)
    workbench.send(attachment=url, attachment_type="image", project=name)
    at = answered(workbench)
    (path,) = workbench.call("GET", f"{at}/answer").json()["files"].values()
    assert workbench.call("GET", path.removeprefix("/api")).content == picture
    assert workbench.call("GET", f"{at}/answer/files/1").status_code == 404


def test_a_skip_is_taken_back_while_nobody_else_has_the_task(workbench, admin):
    task = workbench.send()
    at = skipped(workbench)
    lent = workbench.call("POST", f"{at}/unskip").json()
    assert f"/assignments/{lent['assignment_id']}" == at
    assert workbench.call("POST", "/assignments/next").status_code == 204
    assert workbench.submit(lent["assignment_id"], "dog").status_code == 200
    assert settled(workbench, task) == {"category": "dog"}
    assert kinds(workbench, admin).count("assignment.resumed") == 1


def test_a_skip_is_not_taken_back_once_somebody_else_has_the_task(workbench, other_workbench):
    workbench.send()
    at = skipped(workbench)
    other = other_workbench.take()
    assert is_problem(workbench.call("POST", f"{at}/unskip"), 409, "too-late")
    assert other_workbench.submit(other["assignment_id"]).status_code == 200
    assert is_problem(workbench.call("POST", f"{at}/unskip"), 409, "too-late")


def test_a_skip_is_taken_back_once(workbench):
    workbench.send(project=project(workbench, annotations=3))
    at = skipped(workbench)
    assert workbench.call("POST", f"{at}/unskip").status_code == 200
    assert is_problem(workbench.call("POST", f"{at}/unskip"), 409, "too-late")
    assert workbench.submit(at.rpartition("/")[2]).status_code == 200
    assert is_problem(workbench.call("POST", f"{at}/unskip"), 409, "too-late")


def test_whoever_holds_as_many_as_they_may_takes_no_skip_back(workbench):
    for _ in range(10):
        workbench.send()
    at = skipped(workbench)
    workbench.call("POST", "/assignments/take?count=8")
    assert is_problem(workbench.call("POST", f"{at}/unskip"), 409, "too-many-held")
    (held, *_) = workbench.call("GET", "/assignments").json()["assignments"]
    workbench.submit(held["assignment_id"])
    assert workbench.call("POST", f"{at}/unskip").status_code == 200


def test_a_late_answer_counts_while_its_task_wants_one_that_nobody_was_asked_for(
    workbench, other_workbench, admin
):
    task = workbench.send(project=project(workbench, annotations=2, annotations_max=2))
    mine = workbench.take()["assignment_id"]
    run_out(workbench, admin)
    theirs = other_workbench.take()["assignment_id"]
    said = annotation("dog")
    for _ in range(2):
        late = workbench.call("POST", f"/assignments/{mine}/submit", json=said)
        assert (late.status_code, late.json()) == (200, {"annotation_id": said["annotation_id"]})
    assert other_workbench.submit(theirs, "dog").status_code == 200
    assert settled(workbench, task) == {"category": "dog"}
    with psycopg.connect(admin) as connection:
        count = "SELECT count(*) FROM work.annotation WHERE task_id = %s"
        assert connection.execute(count, (task,)).fetchone() == (2,), "no more than were wanted"


def test_a_late_answer_is_refused_once_all_that_are_wanted_are_asked_for(
    workbench, other_workbench, admin
):
    workbench.send()
    mine = workbench.take()["assignment_id"]
    run_out(workbench, admin)
    theirs = other_workbench.take()["assignment_id"]
    assert is_problem(workbench.submit(mine), 409, "lease-lost")
    assert other_workbench.submit(theirs).status_code == 200
    assert is_problem(workbench.submit(mine), 409, "lease-lost")


def test_a_late_answer_under_anothers_id_is_refused(workbench, other_workbench, admin):
    workbench.send(project=project(workbench, annotations=3))
    mine = workbench.take()["assignment_id"]
    run_out(workbench, admin)
    theirs = other_workbench.take()["assignment_id"]
    said = annotation()
    other_workbench.call("POST", f"/assignments/{theirs}/submit", json=said)
    late = workbench.call("POST", f"/assignments/{mine}/submit", json=said)
    assert is_problem(late, 409, "already-annotated")


def test_whoever_skipped_a_task_has_no_late_answer_to_it(workbench, admin):
    workbench.send(project=project(workbench, annotations=3))
    at = skipped(workbench)
    assert is_problem(workbench.submit(at.rpartition("/")[2]), 409, "lease-lost")


GOLD_POLICY = {"gold_share": 0.5, "annotations": 2, "annotations_max": 2}


@pytest.fixture
def among_gold(workbench: Workbench) -> Workbench:
    """A workbench where every other task is gold, and each live one wants two answers."""
    name = project(workbench, **GOLD_POLICY)
    for number in range(3):
        workbench.send(project=name, attachment=f"kitten {number}")
    for number in range(3):
        body = {
            "attachment": f"gold {number}", "attachment_type": "text",
            "categories": ["cat", "dog"], "project": name,
            "expected_response": {"category": "cat"},
        }  # fmt: skip
        made = workbench.as_tenant("POST", "/v1/evaluation_tasks/categorization", json=body)
        assert made.status_code == 200, made.text
    return workbench


def _lent_gold(workbench: Workbench) -> tuple[str, str]:
    """Take tasks until both a live one and gold were lent; their handles."""
    found: dict[bool, str] = {}
    while len(found) < 2:
        lent = workbench.take()
        found.setdefault(lent["params"]["attachment"].startswith("gold"), lent["assignment_id"])
    return found[False], found[True]


def test_gold_is_corrected_as_long_as_a_live_task_in_its_place(among_gold, served, admin):
    live, gold = (f"/assignments/{one}" for one in _lent_gold(among_gold))
    for at in (live, gold):
        among_gold.call("POST", f"{at}/submit", json=annotation("dog"))
        assert revise(among_gold, at, "cat").json() == {"revision": 1}, at
        assert among_gold.call("GET", f"{at}/answer").json()["response"] == {"category": "cat"}
    with psycopg.connect(admin) as connection:
        connection.execute("UPDATE work.task SET stage = 'review' WHERE purpose = 'live' AND "
                           "status = 'pending'")  # fmt: skip
    for at in (live, gold):
        assert is_problem(revise(among_gold, at, "dog", 1), 409, "already-weighed"), at


def test_of_gold_the_first_answer_is_scored(among_gold, admin):
    _, gold = _lent_gold(among_gold)
    among_gold.submit(gold, "dog")
    assert revise(among_gold, f"/assignments/{gold}", "cat").status_code == 200
    with psycopg.connect(admin) as connection:
        deadline = time.monotonic() + SETTLE_SECONDS_MAX
        scored = "SELECT is_right FROM work.gold_score WHERE tenant_id = %s"
        while not (found := connection.execute(scored, (among_gold.owner.tenant_id,)).fetchall()):
            assert time.monotonic() < deadline, "gold answers are scored in the background"
            time.sleep(0.1)
            connection.rollback()
    assert found == [(False,)]


def test_gold_that_was_skipped_is_taken_back_as_a_live_task_is(among_gold):
    live, gold = (f"/assignments/{one}" for one in _lent_gold(among_gold))
    for at in (live, gold):
        assert among_gold.call("POST", f"{at}/skip", json={"reason": "other"}).status_code == 204
        assert among_gold.call("POST", f"{at}/unskip").status_code == 200, at


def test_a_lesson_that_was_skipped_stays_skipped(workbench):
    name = project(workbench, training_score_least=0.5)
    workbench.send(project=name)
    body = {
        "attachment": "lesson", "attachment_type": "text", "categories": ["cat", "dog"],
        "project": name, "expected_response": {"category": "cat"},
    }  # fmt: skip
    for _ in range(2):
        workbench.as_tenant("POST", "/v1/training_tasks/categorization", json=body)
    at = skipped(workbench)
    assert is_problem(workbench.call("POST", f"{at}/unskip"), 409, "too-late")
    at = answered(workbench)
    assert is_problem(revise(workbench, at, "dog"), 409, "already-weighed")


def test_behind_a_wall_nothing_is_opened_again(workbench, other_workbench, served: Served, admin):
    workbench.send(project=project(workbench, annotations=3))
    workbench.send(project="kittens")
    workbench.send(project="kittens")
    at, gone = answered(workbench, "dog"), skipped(workbench)
    late = workbench.take()["assignment_id"]
    run_out(workbench, admin)
    with psycopg.connect(admin) as connection:
        # Somebody else has what they had, and the task wants two more.
        connection.execute(
            "UPDATE work.assignment SET state = 'skipped', annotator_id = %s WHERE state = 'open' "
            "AND assignment_id IN (SELECT DISTINCT ON (task_id) assignment_id FROM "
            "work.assignment WHERE state = 'open' AND tenant_id = %s AND leased_at IS NULL)",
            (new_annotator(served, admin).annotator_id, workbench.owner.tenant_id),
        )
    mine = Workbench(workbench.origin, workbench.person, other_workbench.owner)
    mine.send(attachment="rival")
    while workbench.take()["params"]["attachment"] != "rival":
        pass
    served.command("conflict", "declare", str(workbench.owner.tenant_id), str(mine.owner.tenant_id))
    assert is_problem(workbench.call("GET", f"{at}/answer"), 409, "lease-lost")
    assert is_problem(revise(workbench, at, "cat"), 409, "lease-lost")
    assert workbench.call("POST", f"{gone}/unskip").status_code == 409
    assert is_problem(workbench.submit(late), 409, "lease-lost")


def test_the_ids_of_two_answers_stay_apart(workbench):
    workbench.send(project=project(workbench, annotations=2))
    at = answered(workbench, "dog")
    assert workbench.call("GET", f"/assignments/{uuid4()}/answer").status_code == 404
    assert workbench.call("GET", f"{at}x/answer").status_code == 404
