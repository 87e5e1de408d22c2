"""What an annotator does with a task, what is refused, and what they never learn."""

import secrets
from uuid import uuid4

import pytest
from app.api.workbench import TENANT_NAME, Workbench, annotation, is_problem


def test_a_task_is_lent_drafted_renewed_listed_and_submitted(workbench):
    task_id = workbench.send()
    lent = workbench.take()
    at = f"/assignments/{lent['assignment_id']}"
    assert lent["params"]["categories"] == ["cat", "dog"]
    assert (lent["review"], lent["draft"]) == (False, None)

    first = workbench.call(
        "PUT", f"{at}/draft", json={"response": {"category": "dog"}, "version": 0}
    )
    assert first.json() == {"version": 1}
    renewed = workbench.call("POST", f"{at}/renew").json()["expires_at"]
    (held,) = workbench.call("GET", "/assignments").json()["assignments"]
    assert held["assignment_id"] == lent["assignment_id"]
    assert held["draft"] == {"response": {"category": "dog"}, "version": 1}
    assert held["expires_at"] == renewed >= lent["expires_at"]

    said = annotation("dog")
    for _ in range(2):
        done = workbench.call("POST", f"{at}/submit", json=said)
        assert (done.status_code, done.json()) == (200, {"annotation_id": said["annotation_id"]})
    assert workbench.call("GET", "/assignments").json() == {"assignments": []}
    assert workbench.as_tenant("GET", f"/v1/task/{task_id}").json()["task_id"] == task_id


def test_when_nothing_is_open_the_answer_is_empty(workbench):
    reply = workbench.call("POST", "/assignments/next")
    assert (reply.status_code, reply.content) == (204, b"")


def test_an_answer_is_handed_in_and_the_next_task_lent_in_one_request(workbench):
    for _ in range(9):
        workbench.send()
    at = f"/assignments/{workbench.take()['assignment_id']}/submit?next=true"
    said = annotation()
    following = workbench.call("POST", at, json=said).json()["next"]
    assert following["params"]["categories"] == ["cat", "dog"]
    (held,) = workbench.call("GET", "/assignments").json()["assignments"]
    assert held["assignment_id"] == following["assignment_id"]

    again = workbench.call("POST", at, json=said).json()
    assert again["annotation_id"] == said["annotation_id"]
    assert again["next"]["assignment_id"] != following["assignment_id"], "a repeat lends one more"
    for _ in range(6):
        workbench.take()
    full = workbench.call("POST", at, json=said)
    assert (full.status_code, full.json()["next"]) == (200, None), "the answer stands all the same"


def test_when_nothing_is_open_the_answer_stands_without_a_next_task(workbench):
    workbench.send()
    at = f"/assignments/{workbench.take()['assignment_id']}/submit?next=true"
    said = annotation()
    done = workbench.call("POST", at, json=said)
    assert (done.status_code, done.json()) == (
        200,
        {"annotation_id": said["annotation_id"], "next": None},
    )


def test_several_tasks_are_lent_at_once_and_no_more_than_one_may_hold(workbench):
    for _ in range(10):
        workbench.send()
    three = workbench.call("POST", "/assignments/take?count=3").json()["assignments"]
    assert len({one["assignment_id"] for one in three}) == 3
    rest = workbench.call("POST", "/assignments/take?count=8").json()["assignments"]
    assert len(rest) == 5
    assert is_problem(workbench.call("POST", "/assignments/take?count=1"), 409, "too-many-held")
    for count in (0, 9, "many"):
        refused = workbench.call("POST", f"/assignments/take?count={count}")
        assert is_problem(refused, 400, "bad-request")
        assert refused.json()["detail"].startswith("count: ")


def test_where_fewer_are_open_fewer_are_lent(workbench):
    workbench.send()
    for found in (1, 0):
        reply = workbench.call("POST", "/assignments/take?count=3")
        assert (reply.status_code, len(reply.json()["assignments"])) == (200, found)


def test_a_word_that_is_no_yes_or_no_is_told_by_the_name_that_was_sent(workbench):
    workbench.send()
    at = f"/assignments/{workbench.take()['assignment_id']}/submit?next=perhaps"
    refused = workbench.call("POST", at, json=annotation())
    assert is_problem(refused, 400, "bad-request")
    assert refused.json()["detail"].startswith("next: ")


def test_whoever_holds_eight_must_finish_one_first(workbench):
    for _ in range(9):
        workbench.send()
    for _ in range(8):
        workbench.take()
    refused = workbench.call("POST", "/assignments/next")
    assert is_problem(refused, 409, "too-many-held")
    assert refused.json()["held_max"] == 8


def test_a_skipped_task_does_not_come_back_to_who_skipped_it(workbench, other_workbench):
    workbench.send()
    handle = workbench.take()["assignment_id"]
    skipped = workbench.call(
        "POST", f"/assignments/{handle}/skip", json={"reason": "unclear", "comment": "é🙂"}
    )
    assert (skipped.status_code, skipped.content) == (204, b"")
    assert workbench.call("POST", "/assignments/next").status_code == 204
    assert other_workbench.take()["params"]["categories"] == ["cat", "dog"]
    assert is_problem(workbench.submit(handle), 409, "lease-lost")


def test_a_draft_made_on_top_of_an_older_one_is_refused(workbench):
    workbench.send()
    path = f"/assignments/{workbench.take()['assignment_id']}/draft"
    assert workbench.call("PUT", path, json={"response": {}, "version": 0}).status_code == 200
    stale = workbench.call("PUT", path, json={"response": {"category": "cat"}, "version": 0})
    assert is_problem(stale, 409, "stale-draft")


def test_another_annotation_for_a_task_that_is_done_is_refused(workbench):
    workbench.send()
    handle = workbench.take()["assignment_id"]
    assert workbench.submit(handle).status_code == 200
    assert is_problem(workbench.submit(handle), 409, "already-annotated")


@pytest.mark.parametrize(
    ("response", "at"),
    [
        ({"category": "fish"}, "category"),
        ({"category": ["cat", "dog"]}, "category"),
        ({}, "category"),
        ({"category": 7}, "category"),
    ],
)
def test_a_response_that_does_not_fit_is_told_what_and_where_and_keeps_the_lease(
    workbench, response, at
):
    workbench.send()
    handle = workbench.take()["assignment_id"]
    path = f"/assignments/{handle}/submit"
    reply = workbench.call("POST", path, json={**annotation(), "response": response})
    assert is_problem(reply, 422, "invalid-response")
    assert reply.json()["at"] == at
    assert f"`{at}`" in reply.json()["detail"]
    assert workbench.submit(handle).status_code == 200


@pytest.mark.parametrize("text", ["\0", "cat\0"])
def test_what_postgresql_cannot_store_is_refused_with_its_place(workbench, text):
    workbench.send()
    at = f"/assignments/{workbench.take()['assignment_id']}"
    sent = {
        "draft": ("PUT", {"response": {"deep": [{"text": text}]}, "version": 0}),
        "submit": ("POST", {**annotation(text)}),
        "skip": ("POST", {"reason": "other", "comment": text}),
    }
    places = {
        "draft": "response.deep[0].text", "submit": "response.category", "skip": "comment"
    }  # fmt: skip
    for name, (method, body) in sent.items():
        reply = workbench.call(method, f"{at}/{name}", json=body)
        assert is_problem(reply, 422, "unfit-body"), name
        assert reply.json()["at"] == places[name]


def _changed(handle: str) -> list[str]:
    middle = len(handle) // 2
    other = "A" if handle[middle] != "A" else "B"
    return [
        handle[:middle] + other + handle[middle + 1 :],
        handle[:-4],
        handle + "AAAA",
        secrets.token_urlsafe(48),
        str(uuid4()),
        "%00",
        "%ff%fe",
        "é",
    ]


def test_a_handle_that_was_tampered_with_leads_nowhere(workbench):
    workbench.send()
    for handle in _changed(workbench.take()["assignment_id"]):
        for method, what, body in [
            ("POST", "renew", None),
            ("PUT", "draft", {"response": {}, "version": 0}),
            ("POST", "submit", annotation()),
            ("POST", "skip", {"reason": "other"}),
            ("GET", "files/0", None),
        ]:
            reply = workbench.call(method, f"/assignments/{handle}/{what}", json=body)
            assert is_problem(reply, 404, "unknown-handle"), (handle, what)


def test_a_handle_opens_for_nobody_but_its_own_annotator(workbench, other_workbench):
    workbench.send()
    handle = workbench.take()["assignment_id"]
    for method, what, body in [
        ("POST", "renew", None),
        ("PUT", "draft", {"response": {}, "version": 0}),
        ("POST", "submit", annotation()),
        ("POST", "skip", {"reason": "other"}),
        ("GET", "files/0", None),
    ]:
        reply = other_workbench.call(method, f"/assignments/{handle}/{what}", json=body)
        assert is_problem(reply, 404, "unknown-handle"), what
    assert workbench.submit(handle).status_code == 200


def test_an_annotator_learns_nothing_of_whose_task_it_is(workbench: Workbench, picture):
    url = workbench.upload("name-of-the-customer.png", picture)
    created = workbench.as_tenant(
        "POST",
        "/v1/projects",
        json={"type": "categorization", "name": "Project Nightjar", "params": {}},
    )
    assert created.status_code == 200, created.text
    task_id = workbench.send(
        attachment=url,
        attachment_type="image",
        project="Project Nightjar",
        unique_id="order-4711",
        metadata={"buyer": "Zephyrine"},
        tags=["quokka"],
        callback_url="http://127.0.0.1:9/their-hook",
    )
    (path,) = workbench.take()["files"].values()
    seen = [
        workbench.call("GET", "/assignments"),
        workbench.call("GET", path.removeprefix("/api")),
        workbench.call("GET", "/me"),
    ]
    told = "\n".join(
        f"{reply.headers} {reply.text if 'json' in reply.headers['content-type'] else ''}"
        for reply in seen
    )
    assert "categories" in told
    for secret in [
        TENANT_NAME, str(workbench.owner.tenant_id), workbench.owner.tenant_id.hex,
        workbench.owner.live_key,
        "Nightjar", "order-4711", "Zephyrine", "quokka", "their-hook", task_id,
        "name-of-the-customer",
    ]:  # fmt: skip
        assert secret not in told
