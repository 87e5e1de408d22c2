"""Label Studio, installed from PyPI in an environment of its own and run as its users run it.

`label-studio start` on a fresh data folder uses SQLite and one threaded process, which is
what `pip install label-studio` gives. Each annotator is a user of their own, signed up
through the sign-up page, with their own token. Telemetry is off, so nothing leaves the host.
"""

from __future__ import annotations

import http.cookiejar
import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bench import local_server
from bench.create_calls import Creation
from bench.generator import Stream

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence

VERSION = "1.23.2"
# By which this project's environment, or its pins, would be taken for Label Studio's.
OWN_SETTINGS = {
    "UV_BUILD_CONSTRAINT", "UV_CONSTRAINT", "UV_OVERRIDE", "UV_PROJECT", "UV_PROJECT_ENVIRONMENT",
    "UV_WORKING_DIRECTORY", "VIRTUAL_ENV",
}  # fmt: skip

_ADMIN = "admin@bench.example"
_PASSWORD = "Bench-password-1"  # noqa: S105 - of a throw-away server on loopback
_TOKEN = "0123456789abcdef0123456789abcdef01234567"  # noqa: S105 - as above
_LABELS = """<View>
  <Text name="text" value="$text"/>
  <Choices name="label" toName="text" choice="single">
    <Choice value="positive"/><Choice value="negative"/>
  </Choices>
</View>"""


def install(environment: Path, version: str) -> None:
    """Put that version of Label Studio into its environment, unless it is there already."""
    if list(environment.glob(f"lib/*/site-packages/label_studio-{version}.dist-info")):
        return
    place = str(environment.absolute())
    _uv("venv", "--clear", "--python", sys.executable, place)
    # Compiled ahead, or its first start would pay for what a packager usually does.
    _uv("pip", "install", "--compile-bytecode", "--python", place, f"label-studio=={version}")


def _uv(*words: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in OWN_SETTINGS}
    with away_from_pins() as folder:
        subprocess.run(["uv", "--quiet", *words], cwd=folder, env=environment, check=True)  # noqa: S603, S607


@contextmanager
def away_from_pins() -> Generator[Path]:
    """Give a folder in which uv takes no project's pins: ours are not those of Label Studio.

    uv takes them from the nearest project above, and folders for temporary files may lie in a
    clone. So there is a project in this one, which is its own workspace and pins nothing.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        project = '[project]\nname = "elsewhere"\nversion = "0"\n[tool.uv.workspace]\n'
        folder.joinpath("pyproject.toml").write_text(project)
        yield folder


class LabelStudio:
    """One Label Studio on a data folder, driven over HTTP as its own pages drive it."""

    name = "Label Studio"

    def __init__(self, environment: Path, folder: Path, *, version: str = VERSION) -> None:
        """Take the environment that holds the program, and a folder for its data and log."""
        self.version = version
        self._program = environment / "bin" / "label-studio"
        self._folder = folder
        self._server: local_server.LocalServer | None = None
        self._project = 0
        self._annotators: list[str] = []

    def start(self) -> float:
        """Start on the data folder and return the seconds to the first healthy answer."""
        port = local_server.free_port()
        self._server = local_server.start(
            [
                self._program, "start", "--no-browser", "--internal-host", local_server.HOST,
                "--port", str(port), "--data-dir", self._folder / "data",
                "--username", _ADMIN, "--password", _PASSWORD, "--user-token", _TOKEN,
                "--enable-legacy-api-token", "--log-level", "WARNING",
            ],
            port=port,
            healthy="/health",
            environment=_quiet_environment(),
            log=self._folder / "label-studio.log",
        )  # fmt: skip
        return self._server.start_seconds

    def stop(self) -> None:
        """End the server; the data folder stays."""
        self._running.stop()
        self._server = None

    def processes(self) -> list[int]:
        """Name the root of the server's process tree; SQLite lives inside it."""
        return [self._running.process.pid]

    def prepare(self, annotators: int) -> None:
        """Create the project and sign up the annotators."""
        body = {"title": "bench", "label_config": _LABELS, "maximum_annotations": 1}
        project = self._running.ask(
            "POST", "/api/projects/", headers=_as(_TOKEN), body=json.dumps(body).encode()
        )
        self._project = int(str(project.json()["id"]))
        self._annotators = [
            _signed_up(self._running.origin, f"annotator{number}@bench.example")
            for number in range(annotators)
        ]

    def import_body(self, texts: Sequence[str]) -> bytes:
        """Write the texts as the body of one bulk import."""
        return json.dumps([{"text": text} for text in texts]).encode()

    def import_tasks(self, body: bytes) -> int:
        """Send one bulk import and return how many tasks it made."""
        path = f"/api/projects/{self._project}/import"
        reply = self._running.ask("POST", path, headers=_as(_TOKEN), body=body)
        return int(str(reply.json()["task_count"]))

    def import_answered(self, texts: Sequence[str]) -> int:
        """Import tasks with an annotation each, and return how many."""
        choice = {
            "from_name": "label",
            "to_name": "text",
            "type": "choices",
            "value": {"choices": ["positive"]},
        }
        tasks = [{"data": {"text": t}, "annotations": [{"result": [choice]}]} for t in texts]
        return self.import_tasks(json.dumps(tasks).encode())

    def export(self, form: str, take: Callable[[bytes], None]) -> None:
        """Take all tasks with their annotations out, piece by piece."""
        path = f"/api/projects/{self._project}/export?exportType={form.upper()}"
        self._running.stream("GET", path, headers=_as(_TOKEN), take=take)

    def creation(self) -> Creation:
        """Tell how a task is created by a call of its own."""
        return Creation(
            origin=self._running.origin,
            path="/api/tasks/",
            headers=_as(_TOKEN),
            body={"project": self._project, "data": {"text": ""}},
            text_at=("data", "text"),
        )

    def annotations(self) -> int:
        """Count the annotations that the project holds."""
        path = f"/api/projects/{self._project}/?include=id,total_annotations_number"
        reply = self._running.ask("GET", path, headers=_as(_TOKEN))
        return int(str(reply.json()["total_annotations_number"]))

    def stream(self) -> Stream:
        """Tell the generator how to be these annotators."""
        return Stream(
            dialect="label-studio",
            origin=self._running.origin,
            project=str(self._project),
            headers=[_as(token) for token in self._annotators],
        )

    @property
    def _running(self) -> local_server.LocalServer:
        assert self._server is not None, "start comes first"
        return self._server


def _as(token: str) -> dict[str, str]:
    return {"Authorization": f"Token {token}", "Content-Type": "application/json"}


def _quiet_environment() -> Mapping[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return own | {
        "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
        "COLLECT_ANALYTICS": "false",
        "LATEST_VERSION_CHECK": "false",
        "SENTRY_DSN": "",
        "FRONTEND_SENTRY_DSN": "",
    }


def _signed_up(origin: str, email: str) -> str:
    """Go through the sign-up page like a new user and read the token off the account."""
    cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
    browser = urllib.request.build_opener(cookies)
    page = f"{origin}/user/signup/"
    with browser.open(page) as reply:
        found = re.search(rb'csrfmiddlewaretoken" value="([^"]+)"', reply.read())
    assert found is not None, "the sign-up form carries a token against forgery"
    form = {"email": email, "password": _PASSWORD, "csrfmiddlewaretoken": found[1].decode()}
    request = urllib.request.Request(  # noqa: S310 - loopback
        page, data=urllib.parse.urlencode(form).encode(), headers={"Referer": page}
    )
    with browser.open(request):
        pass
    with browser.open(f"{origin}/api/current-user/token") as reply:
        return json.loads(reply.read())["token"]
