"""An annotator at the workbench's API, and the tenant whose tasks they are given."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import uuid4

import requests
from app.served import Served

from evenhand import tenants, workforce
from evenhand.foundation import migrate
from evenhand.foundation.database import Pool, pool_of
from evenhand.foundation.proofs import Proofs
from evenhand.foundation.secret import load_secret

SECONDS_MAX = 60
TENANT_NAME = "Nobody May Read This"
QUESTION = {
    "attachment": "The kitten sleeps.",
    "attachment_type": "text",
    "categories": ["cat", "dog"],
    "callback_url": "http://127.0.0.1:9/none",
}

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An annotator with the token of their link."""

    annotator_id: str
    email: str
    token: str


@dataclass(frozen=True, slots=True)
class Workbench:
    """Calls to the workbench's API by token, and to the task API by key."""

    origin: str
    person: Person
    owner: tenants.NewTenant

    def call(self, method: str, path: str, **sent: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.person.token}", **sent.pop("headers", {})}
        return requests.request(
            method, f"{self.origin}/api{path}", headers=headers, timeout=SECONDS_MAX, **sent
        )

    def as_tenant(
        self, method: str, path: str, *, key: str | None = None, **sent: Any
    ) -> requests.Response:
        return requests.request(
            method,
            f"{self.origin}{path}",
            auth=(key or self.owner.live_key, ""),
            timeout=SECONDS_MAX,
            **sent,
        )

    def send(self, kind: str = "categorization", **params: Any) -> str:
        reply = self.as_tenant("POST", f"/v1/task/{kind}", json={**QUESTION, **params})
        assert reply.status_code == 200, reply.text
        return reply.json()["task_id"]

    def upload(self, name: str, content: bytes) -> str:
        reply = self.as_tenant("POST", "/v1/files/upload", files={"file": (name, content)})
        assert reply.status_code == 200, reply.text
        return reply.json()["attachment_url"]

    def take(self) -> dict[str, Any]:
        reply = self.call("POST", "/assignments/next")
        assert reply.status_code == 200, reply.text
        return reply.json()

    def settled(self, task_id: str) -> dict[str, Any]:
        """The task as its customer sees it, as soon as it is completed."""
        deadline = time.monotonic() + SECONDS_MAX
        while time.monotonic() < deadline:
            task = self.as_tenant("GET", f"/v1/task/{task_id}").json()
            if task["status"] == "completed":
                return task
            time.sleep(0.1)
        raise AssertionError(f"{task_id} was not completed: {task}")

    def submit(self, handle: str, category: str = "cat") -> requests.Response:
        return self.call("POST", f"/assignments/{handle}/submit", json=annotation(category))


def annotation(category: object = "cat") -> dict[str, Any]:
    return {
        "annotation_id": str(uuid4()),
        "response": {"category": category},
        "active_ms": 1200,
    }


def new_annotator(served: Served, admin: str) -> Person:
    email = f"{uuid4().hex}@example.org"

    async def make(pool: Pool) -> workforce.NewAnnotator:
        async with pool.connection() as connection:
            return await workforce.create(
                connection, email, name="Anna", kind="person", now=datetime.now(UTC)
            )

    made = _made(served, admin, make)
    return Person(annotator_id=str(made.annotator_id), email=email, token=made.token)


def new_tenant(served: Served, admin: str) -> tenants.NewTenant:
    secret = load_secret(served.data, os.environ.get("EVENHAND_SECRET_KEY"))
    return _made(
        served,
        admin,
        lambda pool: tenants.create(
            pool, secret, f"{TENANT_NAME} {uuid4().hex}", now=datetime.now(UTC)
        ),
    )


def _made(served: Served, admin: str, make: Callable[[Pool], Awaitable[Made]]) -> Made:
    proofs = Proofs(load_secret(served.data, os.environ.get("EVENHAND_SECRET_KEY")))

    async def run() -> Made:
        async with pool_of(migrate.app_conninfo(admin), size=2, proofs=proofs) as pool:
            return await make(pool)

    return asyncio.run(run())


def is_problem(reply: requests.Response, status: int, name: str) -> bool:
    """Whether a reply is this problem document, whole and nothing more trusting than JSON."""
    told = reply.json()
    return (
        reply.status_code == told["status"] == status
        and reply.headers["content-type"] == "application/problem+json"
        and told["type"] == f"/problems/{name}"
        and bool(told["title"])
        and bool(told["detail"])
    )
