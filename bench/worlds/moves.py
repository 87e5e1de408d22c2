"""What a tenant and its annotator ask: every endpoint that a key or a token reaches, by chance.

Ids stand in a move as `<kind:number>`, for what an earlier answer told under that name; a number
beyond what is known falls on `foreign`: ids that are somebody else's where there is somebody else.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from evenhand.task_types import REGISTRY

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping

NAMES = ("p", "plain", "overlap", "gold", "absent", "b", "staged", "a/b", "Acorn Labs", "tést")
UNIQUE_IDS = ("one", "two", "three", "four")
RIVALS = ("Acorn Labs", "Bramble AI", "Nobody Here", "Tenant B")
JUNK: tuple[Any, ...] = (
    None,
    True,
    -1,
    2**63,
    1e308,
    "",
    "\0",
    "x" * 300,
    [],
    {},
    [[]],
    "' OR 1=1 --",
)
ANSWERS: tuple[Any, ...] = ({"category": "cat"}, {"category": "dog"}, {}, {"category": "horse"})
STATUSES = ("pending", "completed", "canceled", "error", "nonsense")
LIVE, TEST, ANNOTATOR, NOBODY = "live", "test", "annotator", "nobody"
QUESTION = {"attachment": "The kitten sleeps.", "attachment_type": "text",
            "categories": ["cat", "dog"]}  # fmt: skip
FORM = ('--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
        "kitten\r\n--x--\r\n")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Move:
    """One request, as it is sent in either world once its ids are filled in."""

    who: str
    method: str
    endpoint: str
    target: str
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


def _task(chance: random.Random) -> dict[str, Any]:
    body: dict[str, Any] = {**QUESTION, "attachment": f"Kitten {chance.randrange(4)} sleeps."}
    for name, values in (
        ("project", NAMES), ("batch", NAMES), ("unique_id", UNIQUE_IDS), ("priority", (10, 20, 30)),
        ("tags", (["x"], ["x", "y"])), ("metadata", ({"k": 1}, {"k": "v"})),
        ("clear_unique_id_on_error", (True,)), ("callback_url", ("http://127.0.0.1:9/x",)),
        ("attachment", ("<url:0>", "http://127.0.0.1:9/x")),
    ):  # fmt: skip
        if chance.random() < 0.2:
            body[name] = chance.choice(values)
    return body


def _known(chance: random.Random) -> dict[str, Any]:
    return {**_task(chance), "project": "gold", "expected_response": {"category": "cat"}}


def _policy(chance: random.Random) -> dict[str, Any]:
    return chance.choice([
        {"annotations": 1}, {"annotations": 2, "annotations_max": 3, "confidence": 0.8},
        {"gold_share": 0.5}, {"review_below": 0.9}, {"annotations": 0},
    ])  # fmt: skip


def _project(chance: random.Random) -> dict[str, Any]:
    return {"name": chance.choice(NAMES), "type": "categorization", "rapid": chance.random() < 0.3,
            "policy": _policy(chance)}  # fmt: skip


def _named(*names: str) -> Any:
    """Make bodies of these members, some of which are missing."""
    values: dict[str, tuple[Any, ...]] = {
        "project": NAMES, "name": NAMES, "callback": ("a@example.com", "http://127.0.0.1:9/x", ""),
        "metadata": ({"k": 1}, {}), "unique_id": UNIQUE_IDS, "priority": (10, 20, 30, 40),
        "tags": (["x"], ["y", "z"]), "clear_unique_id": (True, False), "other": RIVALS,
        "cooling_off_days": (0, 30, 180, -1), "file_url": ("http://127.0.0.1:9/x", "ftp://x"),
        "project_name": NAMES, "annotator": ("<annotator:0>", "nobody"), "reason": ("wrong", ""),
        "instruction": ("Look.",), "expected_response": ANSWERS, "response": ANSWERS,
        "annotation_id": ("<uuid:0>", "<uuid:1>"), "version": (0, 1, 2), "active_ms": (0, 900),
        "revision": (0, 1),
        "comment": ("", "why"), "token": ("<token:0>", "x"), "assignment_id": ("<handle:0>",),
        "uphold": (True, False), "note": ("as you say", None),
        "skip": ("unclear", "broken", "other"),
    }  # fmt: skip

    def make(chance: random.Random) -> dict[str, Any]:
        body = {name: chance.choice(values[name]) for name in names if chance.random() < 0.9}
        if "skip" in body:
            body["reason"] = body.pop("skip")
        return body

    return make


SELECTION = ("project", "batch", "status", "params", "annotations", "format")
FOUND = ("limit", "offset", "next_token", "status", "type", "project", "batch", "tags", "unique_id",
         "start_time", "completed_before", "limited_response")  # fmt: skip
# Of each endpoint: how often it is asked (a report seldom, for it starts a process), what may stand
# in its query, and what makes its body.
ENDPOINTS: dict[tuple[str, str], tuple[float, tuple[str, ...], Any]] = {
    ("POST", "/v1/task/{type_name}"): (14, (), _task),
    ("POST", "/v1/tasks/bulk"): (3, ("type", "project", "batch", "atomic"), "lines"),
    ("GET", "/v1/task/{task_id}"): (6, (), None),
    ("GET", "/v1/task/{task_id}/receipts"): (2, (), None),
    ("GET", "/v1/tasks"): (8, FOUND, None),
    ("POST", "/v1/task/{task_id}/cancel"): (3, ("clear_unique_id",), _named("clear_unique_id")),
    ("POST", "/v1/task/{task_id}/unique_id"): (2, (), _named("unique_id")),
    ("DELETE", "/v1/task/{task_id}/unique_id"): (1, (), None),
    ("POST", "/v1/task/{task_id}/setMetadata"): (1, (), _named("metadata")),
    ("POST", "/v1/task/{task_id}/tags"): (1, (), _named("tags")),
    ("PUT", "/v1/task/{task_id}/tags"): (1, (), _named("tags")),
    ("DELETE", "/v1/task/{task_id}/tags"): (1, (), _named("tags")),
    ("POST", "/v1/task/{task_id}/send_callback"): (1, (), None),
    ("POST", "/v1/task/{task_id}/retry"): (1, (), None),
    ("POST", "/v1/training_tasks/{name}"): (1, (), _known),
    ("GET", "/v1/training_tasks/{name}"): (1, (), None),
    ("DELETE", "/v1/training_tasks/{name}"): (1, (), None),
    ("POST", "/v1/evaluation_tasks/{name}"): (2, (), _known),
    ("GET", "/v1/evaluation_tasks/{name}"): (1, (), None),
    ("DELETE", "/v1/evaluation_tasks/{name}"): (1, (), None),
    ("POST", "/v1/task/{task_id}/evaluation_task"): (1, (), _named("expected_response")),
    ("POST", "/v1/task/{task_id}/training_task"): (1, (), _named("expected_response")),
    ("GET", "/v1/training_tasks"): (1, ("limit", "offset", "project"), None),
    ("GET", "/v1/evaluation_tasks"): (1, ("limit", "offset", "project"), None),
    ("GET", "/v1/projects"): (2, ("archived",), None),
    ("POST", "/v1/projects"): (4, (), _project),
    ("GET", "/v1/projects/{name}"): (2, (), None),
    ("POST", "/v1/projects/{name}/setParams"): (1, (), _named("instruction")),
    ("POST", "/v1/projects/{name}/setPolicy"): (1, (), _policy),
    ("GET", "/v1/batches"): (2, ("limit", "offset", "project", "status", "detailed"), None),
    ("POST", "/v1/batches"): (3, (), _named("project", "name", "callback", "metadata")),
    ("GET", "/v1/batches/{name}"): (2, (), None),
    ("GET", "/v1/batches/{name}/status"): (2, (), None),
    ("POST", "/v1/batches/{name}/finalize"): (2, (), None),
    ("POST", "/v1/batches/{name}/setMetadata"): (1, (), _named("metadata")),
    ("POST", "/v1/batches/{name}/prioritize"): (1, (), _named("priority")),
    ("POST", "/v1/files/upload"): (2, (), "form"),
    ("POST", "/v1/files/import"): (1, (), _named("file_url", "project_name")),
    ("GET", "/v1/files"): (1, ("limit", "offset", "project"), None),
    ("POST", "/api/session"): (1, (), _named("token")),
    ("DELETE", "/api/session"): (1, (), None),
    ("GET", "/api/me"): (1, (), None),
    ("GET", "/api/assignments"): (1, (), None),
    ("POST", "/api/assignments/take"): (2, ("count",), None),
    ("POST", "/api/assignments/next"): (6, (), None),
    ("GET", "/api/assignments/{handle}/files/{number}"): (1, (), None),
    ("POST", "/api/assignments/{handle}/shown"): (1, (), None),
    ("PUT", "/api/assignments/{handle}/draft"): (1, (), _named("response", "version")),
    ("POST", "/api/assignments/{handle}/renew"): (1, (), None),
    ("POST", "/api/assignments/{handle}/submit"): (
        7, ("next",), _named("annotation_id", "response", "active_ms")),
    ("POST", "/api/assignments/{handle}/skip"): (1, (), _named("skip", "comment")),
    ("GET", "/api/assignments/{handle}/answer"): (1, (), None),
    ("GET", "/api/assignments/{handle}/answer/files/{number}"): (1, (), None),
    ("PUT", "/api/assignments/{handle}/answer"): (
        1, (), _named("revision", "response", "active_ms")),
    ("POST", "/api/assignments/{handle}/unskip"): (1, (), None),
    ("GET", "/api/me/scores"): (1, (), None),
    ("GET", "/api/assignments/{handle}/feedback"): (1, (), None),
    ("GET", "/api/assignments/{handle}/feedback/files/{number}"): (1, (), None),
    ("POST", "/api/me/contests"): (1, (), _named("assignment_id", "reason")),
    ("GET", "/api/standings"): (1, ("project",), None),
    ("POST", "/api/standings/pause"): (1, (), _named("project", "annotator", "reason")),
    ("POST", "/api/standings/resume"): (2, (), _named("project", "annotator")),
    ("GET", "/api/contests"): (1, ("status", "offset"), None),
    ("POST", "/api/contests/{contest_id}/decide"): (1, (), _named("uphold", "note")),
    ("GET", "/api/conflicts"): (1, (), None),
    ("POST", "/api/conflicts"): (2, (), _named("other", "cooling_off_days")),
    ("DELETE", "/api/conflicts/{conflict_id}"): (1, (), None),
    ("GET", "/api/quality/report"): (0.02, ("project", "format"), None),
    ("GET", "/api/quality/alerts"): (1, ("project", "limit"), None),
    ("GET", "/api/export"): (2, SELECTION, None),
    ("GET", "/api/export/receipts"): (1, SELECTION[:-1], None),
    ("GET", "/api/callbacks"): (1, ("task_id",), None),
    ("GET", "/api/log"): (1, (), None),
    ("GET", "/api/receipts"): (1, ("start", "limit"), None),
    ("GET", "/api/receipts/file"): (1, (), None),
    ("GET", "/api/disclosures"): (1, ("before", "limit", "format"), None),
}  # fmt: skip
ANNOTATORS_OWN = ("/api/session", "/api/me", "/api/assignments")
QUERY: dict[str, tuple[str, ...]] = {
    "type": ("categorization", "nonsense"), "project": NAMES, "batch": NAMES, "name": NAMES,
    "atomic": ("true",), "limit": ("1", "2", "100", "-1"), "offset": ("0", "1", "3"),
    "next_token": ("<next_token:0>", "x"), "status": STATUSES, "tags": ("x", "y"),
    "unique_id": UNIQUE_IDS, "start_time": ("2026-01-01", "x"), "completed_before": ("2036-01-01",),
    "limited_response": ("true",), "clear_unique_id": ("true",), "archived": ("true", "false"),
    "detailed": ("true",), "count": ("1", "3", "99"), "next": ("true", "false"),
    "params": ("true",), "annotations": ("true",), "format": ("jsonl", "parquet", "html", "json"),
    "task_id": ("<task_id:0>", "<task_id:1>"), "start": ("0", "3"), "before": ("9", "0"),
}  # fmt: skip


def under_the_same_names() -> list[Move]:
    """Make projects, and tasks with ids of their own, as the watched tenant will call its own."""
    made: list[tuple[str, dict[str, Any]]] = [
        ("/v1/projects", {"name": name, "type": "categorization"}) for name in NAMES[:5]
    ]
    made += [("/v1/task/categorization", {**QUESTION, "unique_id": one}) for one in UNIQUE_IDS]
    kind = {"Content-Type": "application/json"}
    return [Move(LIVE, "POST", path, path, json.dumps(body), kind) for path, body in made]


def sequence(chance: random.Random) -> list[Move]:
    """Draw some requests that follow each other."""
    return [move(chance) for _ in range(chance.randint(3, 9))]


def move(chance: random.Random) -> Move:
    """Draw a request: mostly as the API takes it, now and then bent."""
    keys = list(ENDPOINTS)
    method, endpoint = chance.choices(keys, [ENDPOINTS[key][0] for key in keys])[0]
    _, may, body = ENDPOINTS[method, endpoint]
    asked = [name for name in may if chance.random() < (0.9 if len(may) < 3 else 0.25)]
    query = "&".join(f"{name}={_quoted(chance.choice(QUERY[name]))}" for name in asked)
    target = _filled(endpoint, chance) + ("?" + query if query else "")
    text, headers = _body(body, chance)
    if chance.random() < 0.1:
        headers["Idempotency-Key"] = chance.choice(("k1", "k2", "k3"))
    return Move(_who(endpoint, chance), method, endpoint, target, text, headers)


def _who(endpoint: str, chance: random.Random) -> str:
    own = ANNOTATOR if endpoint.startswith(ANNOTATORS_OWN) else LIVE
    drawn = chance.random()
    if drawn < 0.9:
        return own
    return TEST if drawn < 0.97 else chance.choice((ANNOTATOR, NOBODY, LIVE))


def _filled(endpoint: str, chance: random.Random) -> str:
    known = {"task_id": "task_id", "handle": "assignment_id", "conflict_id": "conflict_id",
             "contest_id": "contest_id"}  # fmt: skip
    of_gold = endpoint.startswith(("/v1/training_tasks/", "/v1/evaluation_tasks/"))
    names = ("categorization", "<task_id:0>", "<task_id:1>") if of_gold else NAMES
    filled = endpoint
    for name, kind in known.items():
        filled = filled.replace("{" + name + "}", f"<{kind}:{chance.randrange(8)}>")
    filled = filled.replace("{number}", chance.choice("012"))
    filled = filled.replace("{name}", _quoted(chance.choice(names)))
    other = chance.choice((*sorted(REGISTRY), "nonsense"))
    type_name = "categorization" if chance.random() < 0.8 else other
    return filled.replace("{type_name}", type_name)


def _quoted(value: str) -> str:
    return value if value.startswith("<") else quote(value, safe="")


def _body(made_by: Any, chance: random.Random) -> tuple[str, dict[str, str]]:
    if made_by is None:
        return "", {}
    if made_by == "form":
        return FORM, {"Content-Type": "multipart/form-data; boundary=x"}
    if made_by == "lines":
        lines = [json.dumps(_bent(_task(chance), chance)) for _ in range(chance.randint(1, 4))]
        return "\n".join(lines), {"Content-Type": "application/x-ndjson"}
    return json.dumps(_bent(made_by(chance), chance)), {"Content-Type": "application/json"}


def _bent(body: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    if body and chance.random() < 0.1:
        return {**body, chance.choice(sorted(body)): chance.choice(JUNK)}
    return body
