"""Whatever a caller may change, of every API, leaves an entry in the tenant's record."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, cast
from uuid import UUID, uuid4

import psycopg
import pytest
import requests
from app.api.workbench import QUESTION, Workbench, annotation, new_annotator, new_tenant
from app.served import Served
from litestar.routes import HTTPRoute

from evenhand import delivery
from evenhand.app.context import Context
from evenhand.app.server import routed

Route: TypeAlias = tuple[str, str]
Calls: TypeAlias = Mapping[Route, tuple[Callable[[], requests.Response], str]]
# What belongs to no tenant is in no tenant's record: an annotator works for many.
OF_NO_TENANT: set[Route] = {("POST", "/api/session"), ("DELETE", "/api/session")}
READING = {"GET", "HEAD", "OPTIONS"}
SETTLED_SECONDS_MAX = 20


def changing_routes() -> set[Route]:
    """Every method and path by which a caller can change something."""
    # Routes are put together without a running server; none of them is called here.
    routes = routed(cast("Context", None)).routes
    return {
        (method, route.path_format)
        for route in routes
        if isinstance(route, HTTPRoute)
        for method in route.methods - READING
    }


class Visit:
    """A customer and two annotators who call every route once, in an order that makes sense."""

    def __init__(self, workbench: Workbench, newcomer: Workbench, picture: str) -> None:
        self.workbench, self.newcomer, self.picture = workbench, newcomer, picture
        self.lent: dict[str, Any] = {}
        self.known: dict[str, str] = {}

    def customer(
        self, method: str, path: str, body: object = None, **sent: Any
    ) -> requests.Response:
        more = {} if body is None else {"json": body}
        return self.workbench.as_tenant(method, path, **more, **sent)

    def of_task(self, method: str, step: str, body: object = None) -> requests.Response:
        return self.customer(method, f"/v1/task/{self.workbench.send(project='p')}{step}", body)

    def batch(self, project: str) -> str:
        name = uuid4().hex
        made = self.customer("POST", "/v1/batches", {"project": project, "name": name})
        assert made.status_code == 200, made.text
        return name

    def of_batch(self, step: str, body: object = None, project: str = "p") -> requests.Response:
        return self.customer("POST", f"/v1/batches/{self.batch(project)}/{step}", body or {})

    def finalized(self) -> requests.Response:
        body = {"name": "staged", "type": "categorization", "rapid": True}
        self.customer("POST", "/v1/projects", body)
        return self.of_batch("finalize", project="staged")

    def bulk(self) -> requests.Response:
        line = json.dumps({**QUESTION, "project": "p", "type": "categorization"})
        return self.customer("POST", "/v1/tasks/bulk", data=f"{line}\n{line}\n".encode())

    def called_back(self) -> requests.Response:
        key = self.workbench.owner.test_key
        made = self.customer("POST", "/v1/task/categorization", QUESTION, key=key).json()
        return self.customer("POST", f"/v1/task/{made['task_id']}/send_callback", key=key)

    def retried(self) -> requests.Response:
        absent = {**QUESTION, "attachment": f"{self.picture}.none", "attachment_type": "image"}
        made = self.customer("POST", "/v1/task/categorization", absent).json()
        deadline = time.monotonic() + SETTLED_SECONDS_MAX
        path = f"/v1/task/{made['task_id']}"
        while self.customer("GET", path).json()["status"] != "error":
            assert time.monotonic() < deadline, "the task does not end in error"
            time.sleep(0.05)
        return self.customer("POST", f"{path}/retry")

    def taken(self) -> requests.Response:
        reply = self.workbench.call("POST", "/assignments/next")
        self.lent = reply.json()
        return reply

    def of_lent(self, method: str, step: str, body: object = None) -> requests.Response:
        at = f"/assignments/{self.lent['assignment_id']}/{step}"
        return self.workbench.call(method, at, **({} if body is None else {"json": body}))

    def skipped(self) -> requests.Response:
        self.taken()
        return self.of_lent("POST", "skip", {"reason": "other"})

    def unskipped(self) -> requests.Response:
        self.first_of("unskipped")
        self.of_lent("POST", "skip", {"reason": "other"})
        return self.of_lent("POST", "unskip")

    def corrected(self) -> requests.Response:
        self.first_of("corrected")
        self.of_lent("POST", "submit", annotation())
        return self.of_lent("PUT", "answer", {"revision": 0, "response": {"category": "dog"}})

    def first_of(self, project: str) -> None:
        """Take a task that two are asked for, and skip what comes before it."""
        policy = {"annotations": 2, "annotations_max": 2}
        body = {"name": project, "type": "categorization", "policy": policy}
        assert self.customer("POST", "/v1/projects", body).status_code == 200
        asked = {**QUESTION, "project": project, "instruction": project, "priority": 30}
        assert self.customer("POST", "/v1/task/categorization", asked).status_code == 200
        self.taken()
        while self.lent["instruction"] != project:
            self.of_lent("POST", "skip", {"reason": "other"})
            self.taken()

    def shown(self) -> requests.Response:
        for _ in range(3):
            self.customer("POST", "/v1/task/categorization", QUESTION)
        taken = self.newcomer.call("POST", "/assignments/take?count=2").json()["assignments"]
        assert [one["shown"] for one in taken] == [True, False]
        return self.newcomer.call("POST", f"/assignments/{taken[1]['assignment_id']}/shown")

    def rivalled(self) -> requests.Response:
        reply = self.customer("POST", "/api/conflicts", {"other": "Somebody"})
        self.known["conflict"] = reply.json()["conflict_id"]
        return reply

    def standing(self, step: str, **more: str) -> requests.Response:
        person = UUID(self.workbench.person.annotator_id)
        name = delivery.annotator_name(self.workbench.owner.tenant_id, person)
        body = {"project": "p", "annotator": name, **more}
        return self.customer("POST", f"/api/standings/{step}", body)

    def copied(self, kind: str) -> requests.Response:
        deadline = time.monotonic() + SETTLED_SECONDS_MAX
        while not (done := self.customer("GET", "/v1/tasks?project=p&status=completed").json())[
            "docs"
        ]:
            assert time.monotonic() < deadline, "nothing was settled"
            time.sleep(0.1)
        return self.customer("POST", f"/v1/task/{done['docs'][0]['task_id']}/{kind}", {})

    def gold(self, kind: str) -> requests.Response:
        body = {**QUESTION, "project": "p", "expected_response": {"category": "cat"}}
        body["attachment"] = f"A cat for {kind}."
        made = self.customer("POST", f"/v1/{kind}/categorization", body)
        self.known[kind] = made.json()["id"]
        return made

    def contested(self) -> requests.Response:
        lesson = self.newcomer.take()
        assert lesson["lesson"], "whoever is new takes the course first"
        self.newcomer.submit(lesson["assignment_id"], "dog")
        body = {"assignment_id": lesson["assignment_id"], "reason": "It barks."}
        return self.newcomer.call("POST", "/me/contests", json=body)

    def decided(self) -> requests.Response:
        (one,) = self.customer("GET", "/api/contests?status=open").json()["contests"]
        at = f"/api/contests/{one['contest_id']}/decide"
        return self.customer("POST", at, {"uphold": False})

    def calls(self) -> Calls:
        """How each route is called, and the kind of the entry that it leaves."""
        # The last two of annotators work off whatever the others left.
        return {
            **self.of_customers(),
            **self.of_edges(),
            **self.of_annotators(),
            ("POST", "/api/assignments/{handle}/unskip"): (self.unskipped, "assignment.resumed"),
            ("PUT", "/api/assignments/{handle}/answer"): (self.corrected, "annotation.revised"),
        }

    def of_customers(self) -> Calls:
        """What customers ask for."""
        p = {"name": "p", "type": "categorization"}
        in_p = {**QUESTION, "project": "p"}
        of_task, of_batch = self.of_task, self.of_batch
        upload = {"files": {"file": ("dot.txt", b"text")}}
        return {
            ("POST", "/v1/projects"): (
                lambda: self.customer("POST", "/v1/projects", p), "project.created",
            ),
            ("POST", "/v1/projects/{name}/setParams"): (
                lambda: self.customer("POST", "/v1/projects/p/setParams", {"instruction": "x"}),
                "project.params_set",
            ),
            ("POST", "/v1/projects/{name}/setPolicy"): (
                lambda: self.customer("POST", "/v1/projects/p/setPolicy", {"annotations": 1}),
                "project.policy_set",
            ),
            ("POST", "/v1/files/upload"): (
                lambda: self.customer("POST", "/v1/files/upload", **upload), "file.stored",
            ),
            ("POST", "/v1/files/import"): (
                lambda: self.customer("POST", "/v1/files/import", {"file_url": self.picture}),
                "file.stored",
            ),
            ("POST", "/v1/batches"): (
                lambda: self.customer("POST", "/v1/batches", {"project": "p", "name": "b"}),
                "batch.created",
            ),
            ("POST", "/v1/batches/{name}/setMetadata"): (
                lambda: of_batch("setMetadata", {"a": 1}), "batch.metadata_set",
            ),
            ("POST", "/v1/batches/{name}/prioritize"): (
                lambda: of_batch("prioritize", {"priority": 30}), "batch.prioritized",
            ),
            ("POST", "/v1/batches/{name}/finalize"): (self.finalized, "batch.finalized"),
            ("POST", "/v1/task/{type_name}"): (
                lambda: self.customer("POST", "/v1/task/categorization", in_p),
                "task.submitted",
            ),
            ("POST", "/v1/tasks/bulk"): (self.bulk, "tasks.submitted"),
            ("POST", "/v1/task/{task_id}/cancel"): (
                lambda: of_task("POST", "/cancel", {}), "task.canceled",
            ),
            ("POST", "/v1/task/{task_id}/unique_id"): (
                lambda: of_task("POST", "/unique_id", {"unique_id": "u"}), "task.unique_id_set",
            ),
            ("DELETE", "/v1/task/{task_id}/unique_id"): (
                lambda: of_task("DELETE", "/unique_id"), "task.unique_id_set",
            ),
            ("POST", "/v1/task/{task_id}/setMetadata"): (
                lambda: of_task("POST", "/setMetadata", {"a": 1}), "task.metadata_set",
            ),
        }  # fmt: skip

    def of_edges(self) -> Calls:
        """What changes a task beside its content."""
        of_task, tags = self.of_task, ["night"]
        return {
            **{
                (method, "/v1/task/{task_id}/tags"): (
                    lambda method=method: of_task(method, "/tags", tags), "task.tags_set",
                )
                for method in ("POST", "PUT", "DELETE")
            },
            ("POST", "/v1/task/{task_id}/send_callback"): (
                self.called_back, "callback.requested",
            ),
            ("POST", "/v1/task/{task_id}/retry"): (self.retried, "task.retried"),
        }  # fmt: skip

    def of_annotators(self) -> Calls:
        """What annotators do, and what a tenant decides of them."""
        return {
            ("POST", "/api/assignments/next"): (self.taken, "assignment.leased"),
            ("POST", "/api/assignments/take"): (
                lambda: self.workbench.call("POST", "/assignments/take"), "assignment.leased",
            ),
            ("PUT", "/api/assignments/{handle}/draft"): (
                lambda: self.of_lent("PUT", "draft", {"response": {}, "version": 0}),
                "draft.begun",
            ),
            ("POST", "/api/assignments/{handle}/renew"): (
                lambda: self.of_lent("POST", "renew"), "assignment.renewed",
            ),
            ("POST", "/api/assignments/{handle}/submit"): (
                lambda: self.of_lent("POST", "submit", annotation()), "annotation.accepted",
            ),
            ("POST", "/api/assignments/{handle}/skip"): (self.skipped, "assignment.skipped"),
            ("POST", "/api/standings/pause"): (
                lambda: self.standing("pause", reason="Rest."), "annotator.paused",
            ),
            ("POST", "/api/standings/resume"): (
                lambda: self.standing("resume"), "annotator.resumed",
            ),
            ("POST", "/v1/task/{task_id}/evaluation_task"): (
                lambda: self.copied("evaluation_task"), "gold.added",
            ),
            ("POST", "/v1/evaluation_tasks/{name}"): (
                lambda: self.gold("evaluation_tasks"), "gold.added",
            ),
            ("DELETE", "/v1/evaluation_tasks/{name}"): (
                lambda: self.retired("evaluation_tasks"), "gold.retired",
            ),
            ("POST", "/v1/training_tasks/{name}"): (
                lambda: self.gold("training_tasks"), "gold.added",
            ),
            ("POST", "/api/me/contests"): (self.contested, "contest.opened"),
            ("POST", "/api/contests/{contest_id}/decide"): (self.decided, "contest.rejected"),
            ("DELETE", "/v1/training_tasks/{name}"): (
                lambda: self.retired("training_tasks"), "gold.retired",
            ),
            ("POST", "/v1/task/{task_id}/training_task"): (
                lambda: self.copied("training_task"), "gold.added",
            ),
            ("POST", "/api/assignments/{handle}/shown"): (self.shown, "assignment.shown"),
            ("POST", "/api/conflicts"): (self.rivalled, "conflict.declared"),
            ("DELETE", "/api/conflicts/{conflict_id}"): (
                lambda: self.customer("DELETE", f"/api/conflicts/{self.known['conflict']}"),
                "conflict.withdrawn",
            ),
        }  # fmt: skip

    def retired(self, kind: str) -> requests.Response:
        return self.customer("DELETE", f"/v1/{kind}/{self.known[kind]}")


@pytest.fixture
def visit(served: Served, admin: str, pictures: str) -> Visit:
    """A visit at which nothing but the visitor's own tasks is open."""
    with psycopg.connect(admin) as connection:
        connection.execute("DELETE FROM work.draft")
        connection.execute("DELETE FROM work.assignment WHERE state = 'open'")
    workbench = Workbench(served.origin, new_annotator(served, admin), new_tenant(served, admin))
    newcomer = Workbench(served.origin, new_annotator(served, admin), workbench.owner)
    return Visit(workbench, newcomer, f"{pictures}/dot.png")


def entered(admin: str, tenant_id: UUID, kind: str) -> int:
    """How many entries of a kind a tenant's record holds."""
    with psycopg.connect(admin) as connection:
        row = connection.execute(
            "SELECT count(*) FROM ledger.entry"
            " WHERE tenant_id = %s AND event::jsonb ->> 'kind' = %s",
            [tenant_id, kind],
        ).fetchone()
    assert row is not None
    return row[0]


def test_every_route_that_changes_something_leaves_its_entry(visit: Visit, admin: str) -> None:
    calls = visit.calls()
    assert calls.keys() | OF_NO_TENANT == changing_routes()
    silent: list[Route] = []
    for route, (call, kind) in calls.items():
        before = entered(admin, visit.workbench.owner.tenant_id, kind)
        reply = call()
        assert reply.status_code < 300, (route, reply.text)
        if entered(admin, visit.workbench.owner.tenant_id, kind) == before:
            silent.append(route)
    assert silent == []
