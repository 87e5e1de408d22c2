"""Evenhand, run as its users run it: `evenhand serve` on a data folder with its own PostgreSQL."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from bench import local_server
from bench.create_calls import Creation
from bench.generator import Stream
from bench.process_cpu import postmaster_of
from bench.target import Target

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

COMMAND_SECONDS_MAX = 60
_PROJECT = "bench"
_CATEGORIES = ["positive", "negative"]


class EvenhandServer:
    """One Evenhand on a data folder: tenant by command line, tasks and annotators over HTTP."""

    name = "Evenhand"
    serve: tuple[str, ...] = (str(Path(sys.executable).with_name("evenhand")), "serve")

    def __init__(self, folder: Path) -> None:
        """Take a folder for the data and the log."""
        self.version = version("evenhand")
        self._folder = folder
        self._data = folder / "data"
        self._server: local_server.LocalServer | None = None
        self._key = ""
        self._test_key = ""
        self._annotators: list[str] = []
        self._keys: dict[str, str] = {}  # of several tenants, where there are
        self.policy: dict[str, object] = {}
        self.annotations_wanted = 1

    def start(self) -> float:
        """Start on the data folder and return the seconds to the first healthy answer."""
        port = local_server.free_port()
        self._server = local_server.start(
            [*self.serve, "--host", local_server.HOST, "--port", str(port)],
            port=port,
            healthy="/healthz",
            environment=self._environment(),
            log=self._folder / "evenhand.log",
        )
        return self._server.start_seconds

    def stop(self) -> None:
        """End the server and with it its PostgreSQL; the data folder stays."""
        self._running.stop()
        self._server = None

    def processes(self) -> list[int]:
        """Name the roots of two process trees: the server's and its PostgreSQL's."""
        return [self._running.process.pid, postmaster_of(self._data)]

    def target(self, tenant: str, annotators: int) -> Target:
        """Make a tenant and annotators for it who know its key."""
        return Target(
            port=self._running.port,
            key=str(self.command("tenant", "create", tenant)["live_key"]),
            annotators=tuple(
                str(self.command("annotator", "create", f"{tenant}{n}@bench.example")["token"])
                for n in range(annotators)
            ),
        )

    def prepare(self, annotators: int) -> None:
        """Create the tenant, its project and the annotators."""
        tenant = self.command("tenant", "create", "bench")
        self._key, self._test_key = str(tenant["live_key"]), str(tenant["test_key"])
        self._enter_annotators(annotators)
        for key in (self._key, self._test_key):
            self._make_project(key)

    def prepare_tenants(self, names: Sequence[str], annotators: int) -> None:
        """Create several tenants with a project each, and the annotators of all of them."""
        for name in names:
            self._keys[name] = str(self.command("tenant", "create", name)["live_key"])
            self._make_project(self._keys[name])
        self._enter_annotators(annotators)

    def import_for(self, tenant: str, texts: Sequence[str]) -> int:
        """Import tasks of one of several tenants, and return how many were made."""
        return self._imported(self._keys[tenant], self.import_body(texts))

    def _enter_annotators(self, count: int) -> None:
        self._annotators = [
            str(self.command("annotator", "create", f"annotator{number}@bench.example")["token"])
            for number in range(count)
        ]

    def _make_project(self, key: str) -> None:
        params = {"categories": _CATEGORIES, "instruction": "Is the text positive?"}
        project: dict[str, object] = {"type": "categorization", "name": _PROJECT, "params": params}
        if self.policy:
            project["policy"] = self.policy
        self._running.ask(
            "POST",
            "/v1/projects",
            headers=_basic(key) | {"Content-Type": "application/json"},
            body=json.dumps(project).encode(),
        )

    def import_body(self, texts: Sequence[str]) -> bytes:
        """Write the texts as the body of one bulk import."""
        lines = (
            {
                "type": "categorization",
                "project": _PROJECT,
                "attachment": text,
                "attachment_type": "text",
                "categories": _CATEGORIES,
                "unique_id": text,
                "annotations_wanted": self.annotations_wanted,
            }
            for text in texts
        )
        return b"".join(json.dumps(line).encode() + b"\n" for line in lines)

    def import_tasks(self, body: bytes) -> int:
        """Send one bulk import and return how many tasks it made."""
        return self._imported(self._key, body)

    def import_answered(self, texts: Sequence[str]) -> int:
        """Import tasks that are completed at once, as tests are, and return how many."""
        return self._imported(self._test_key, self.import_body(texts))

    def export(self, form: str, take: Callable[[bytes], None]) -> None:
        """Take all completed tasks with their params and responses out, piece by piece."""
        path = f"/api/export?params=true&format={'jsonl' if form == 'json' else form}"
        self._running.stream("GET", path, headers=_basic(self._test_key), take=take)

    def creation(self) -> Creation:
        """Tell how a task is created by a call of its own."""
        return Creation(
            origin=self._running.origin,
            path="/v1/task/categorization",
            headers=_basic(self._key),
            body={
                "project": _PROJECT,
                "attachment": "",
                "attachment_type": "text",
                "categories": _CATEGORIES,
            },
            text_at=("attachment",),
        )

    def _imported(self, key: str, body: bytes) -> int:
        reply = self._running.ask(
            "POST",
            "/v1/tasks/bulk",
            headers=_basic(key) | {"Content-Type": "application/x-ndjson"},
            body=body,
        )
        return int(str(reply.json()["created"]))

    def annotations(self) -> int:
        """Count the tasks that are completed; each of them wanted one annotation."""
        path = f"/v1/tasks?project={_PROJECT}&status=completed&limit=1"
        reply = self._running.ask("GET", path, headers=_basic(self._key))
        return int(str(reply.json()["total"]))

    def stream(self) -> Stream:
        """Tell the generator how to be these annotators."""
        return Stream(
            dialect="evenhand",
            origin=self._running.origin,
            project=_PROJECT,
            headers=[
                {"Authorization": f"Bearer {token}", "X-Evenhand-Request": "1"}
                for token in self._annotators
            ],
        )

    @property
    def _running(self) -> local_server.LocalServer:
        assert self._server is not None, "start comes first"
        return self._server

    def _environment(self) -> dict[str, str]:
        return os.environ | {"EVENHAND_DATA_DIR": str(self._data)}

    def command(self, *words: str) -> dict[str, object]:
        """Run a command on the data folder and return what it prints as JSON."""
        done = subprocess.run(  # noqa: S603
            [str(_program()), *words, "--json"],
            env=self._environment(),
            stdout=subprocess.PIPE,
            timeout=COMMAND_SECONDS_MAX,
            check=True,
        )
        return json.loads(done.stdout)


def _basic(key: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode()}


def _program() -> Path:
    return Path(sys.executable).with_name("evenhand")
